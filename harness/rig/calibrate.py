"""Tell a camera where the display's status line is: `python -m harness.rig calibrate`, once a bench.

First without corners: it writes the camera's picture with a grid, from which a person reads where the corners are. Then
with them: it writes the status line set straight, says what is read there, and prints what to put into the bench file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from harness.evidence.answers import AnswerError, read
from harness.rig.bench_file import CameraFile
from harness.rig.camera import missing
from harness.transports.host import BenchError

CORNERS = "upper left, upper right, lower right, lower left, as they are on the display"


def corner(text: str) -> dict[str, float]:
    """X,Y in pixels."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; X,Y in pixels is") from error
    return {"x": x, "y": y}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "--source", required=True, metavar="SOURCE", help="/dev/video0, http://…/snapshot.jpg, or a folder of images"
    )
    parser.add_argument(
        "--corners", type=corner, nargs=4, metavar="X,Y", help=f"of the status line, in pixels: {CORNERS}"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("camera.png"),
        metavar="FILE",
        help="the picture to write (default: camera.png)",
    )


def main(given: argparse.Namespace) -> int:
    """Look once, write what is seen, print what is read; 0. Raises AnswerError for wrong corners, and BenchError."""
    try:
        from harness.rig.camera import sources
    except ImportError as error:
        raise missing(error) from error
    if given.out.suffix != ".png":
        raise AnswerError(f"--out: found {given.out}; allowed: a file whose name ends in .png")
    camera = None if given.corners is None else _camera(given.source, given.corners)
    source = sources.open_source(given.source)
    try:
        picture = source.look()
    finally:
        source.close()
    lines = _told(picture, camera, given.out)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _told(picture: Any, camera: CameraFile | None, out: Path) -> Iterator[str]:
    """What is to be said of a picture, which is written with what is to be seen in it."""
    from harness.rig.camera import drawing, reader, sources

    height, width = picture.shape[:2]
    if camera is None:
        _write(out, sources.encoded(drawing.grid(picture)))
        yield f"{out}: the camera's picture, {width} by {height} pixels, with its coordinates."
        yield f"Give the corners of the status line, with a little room around its letters (--corners): {CORNERS}."
        return
    if outside := [f"{at.x:g},{at.y:g}" for at in camera.corners if at.x > width or at.y > height]:
        allowed = f"points within the picture, {width} by {height} pixels"
        raise AnswerError(f"--corners: found {' '.join(outside)}; allowed: {allowed}")
    line = reader.straight(picture, camera.corners)
    _write(out, sources.encoded(drawing.marked(picture, camera.corners, line)))
    look = reader.read(line)
    yield f"# {out}: the corners in the camera's picture, and below it the status line as it is read:"
    yield f"# {look}" if look.text else "# nothing legible"
    if not reader.fine(camera.corners):
        yield f"# The status line is less than {reader.FINE:g} pixels high: what is wrong on it will count as unread."
        yield "# Move the camera closer, or let it take larger pictures."
    section = camera.model_dump(mode="json")
    section["corners"] = [{axis: round(value, 1) for axis, value in corner.items()} for corner in section["corners"]]
    yield yaml.safe_dump({"screen": section}, sort_keys=False, default_flow_style=None).rstrip()


def _camera(source: str, corners: list[dict[str, float]]) -> CameraFile:
    text = yaml.safe_dump({"source": source, "corners": corners}, default_flow_style=None)
    try:
        return read(CameraFile, text, "--corners")
    except AnswerError as error:
        raise AnswerError(str(error).replace("--corners:1: corners", "--corners")) from error


def _write(path: Path, png: bytes) -> None:
    try:
        path.write_bytes(png)
    except OSError as error:
        raise BenchError(f"--out: cannot write {path}: {error.strerror}") from error
