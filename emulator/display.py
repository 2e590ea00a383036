"""The emulator's display as a file that a camera can look at: there while the terminal runs, gone when it ends.

A terminal that is killed cannot put its picture away, and a display that goes on shining without mains would be seen.
So a keeper, which waits for the end of a pipe that only the terminal holds, puts it away.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from emulator.picture import picture
from harness.evidence.bench import Screen

KEEPER = 'read -r _; rm -f "$1"'

DARK = "off.png"
"""What a camera sees in the folder of a display that has no mains: the oldest picture of all."""


class Display:
    """Pictures of screens, each replacing the one before it: in this file, or in a file of its own in this folder,
    beside one of the dark display.

    Raises ImportError without Pillow, OSError where nothing can be written."""

    def __init__(self, path: Path) -> None:
        self._path = path / f"screen-{os.getpid()}.png" if path.is_dir() else path
        dark = path / DARK if path.is_dir() else path
        self._write(dark, Screen("", "black"))
        os.utime(dark, (0, 0))
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def show(self, screen: Screen) -> None:
        """Show this from now on; whoever looks meanwhile sees the old screen or the new one, never half of one."""
        self._write(self._path, screen)

    def _write(self, path: Path, screen: Screen) -> None:
        half_written = path.with_name(f"{path.name}.{os.getpid()}")
        half_written.write_bytes(picture(screen))
        half_written.replace(path)
