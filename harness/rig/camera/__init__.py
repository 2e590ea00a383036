"""A camera that reads the display of the DUT: pictures, the status line in them, its text and colour, and a vote.

Needs the extra `camera` (OpenCV, rapidocr, onnxruntime), which is loaded when a camera is started, and not before.
"""

from __future__ import annotations

from harness.transports.host import BenchError


def missing(error: ImportError) -> BenchError:
    """What to say where the extra is not installed."""
    return BenchError(f"a camera needs the extra `camera` (pip install '.[camera]'): {error.name} is not installed")
