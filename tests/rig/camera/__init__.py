"""Tests of the camera. Without its extra each of their files is skipped, by its name; `tox -e camera` runs them."""

from __future__ import annotations

import pytest

for needed in ("cv2", "onnxruntime", "rapidocr", "PIL"):
    pytest.importorskip(needed, reason=f"the camera needs the extra `camera`: {needed} is not installed")
