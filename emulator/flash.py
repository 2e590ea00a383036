"""What survives the power cuts of a DUT in software, in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from pathlib import Path


class FileFlash(MutableMapping[str, str]):
    """A flash in a file, written through: what a terminal has put there is there when its process is killed.

    Raises ValueError for a file that is no flash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
            self._kept = {str(name): str(value) for name, value in kept.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise ValueError(f"{path}: no flash of a terminal: {error}; name a file it wrote, or none") from error

    def __getitem__(self, name: str) -> str:
        return self._kept[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._kept[name] = value
        self._write()

    def __delitem__(self, name: str) -> None:
        del self._kept[name]
        self._write()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def _write(self) -> None:
        # A power cut in the middle must leave the old content or the new, never half of one.
        half_written = self._path.with_name(self._path.name + ".new")
        half_written.write_text(json.dumps(self._kept), "utf-8")
        half_written.replace(self._path)
