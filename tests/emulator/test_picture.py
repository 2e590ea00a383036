"""The emulator's screen as a picture, and as a file that is there while the terminal runs."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.__main__ import USAGE, main
from emulator.picture import LCD, SIZE, STATUS_LINE, Style, picture
from harness.evidence.bench import Screen

Image = pytest.importorskip("PIL.Image", reason="pictures need Pillow (the extra `camera`)")

PATIENCE = 20.0


def colours(screen: Screen, style: Style) -> set[tuple[int, int, int]]:
    """The colours of the status line that more than a few pixels have."""
    line = Image.open(io.BytesIO(picture(screen, style))).crop(STATUS_LINE)
    return {colour for count, colour in line.getcolors(1 << 16) if count > 200}


def test_a_picture_is_a_png_of_the_display():
    with Image.open(io.BytesIO(picture(Screen("POS Online", "white")))) as image:
        assert (image.format, image.size) == ("PNG", SIZE)


@pytest.mark.parametrize(
    ("style", "colour", "there"),
    [
        (Style.DARK, "red", {(16, 20, 24), (255, 0, 0)}),
        (Style.LIGHT, "red", {(244, 244, 240), (255, 0, 0)}),
        (Style.LIGHT, "white", {(244, 244, 240), (0, 0, 0)}),
        (Style.BAND, "red", {(255, 0, 0), (255, 255, 255)}),
        (Style.BAND, "white", {(48, 52, 58), (255, 255, 255)}),
    ],
)
def test_a_display_has_its_colours_where_its_style_says(style, colour, there):
    assert colours(Screen("POS Offline", colour), style) == there


def test_a_display_without_colours_has_two():
    hexadecimal = {"#{:02x}{:02x}{:02x}".format(*colour) for colour in colours(Screen("POS Offline"), Style.DARK)}
    assert hexadecimal == set(LCD)


def test_a_long_text_keeps_within_the_line():
    left, top, right, bottom = STATUS_LINE
    with Image.open(io.BytesIO(picture(Screen("A text that is much too long for it", "white")))) as image:
        beside = [image.crop((0, top, left, bottom)), image.crop((right, top, SIZE[0], bottom))]
    assert all(len(part.getcolors()) == 1 for part in beside)


# ---- As a file -------------------------------------------------------------------------------------------------------


def test_a_place_that_cannot_be_written_is_refused(tmp_path, capsys):
    arguments = ("terminal", "--primary", "h:80", "--picture", str(tmp_path / "none" / "screen.png"))
    assert main(arguments) == USAGE
    assert "--picture" in capsys.readouterr().err


async def started(path: Path) -> asyncio.subprocess.Process:
    """A terminal without a cloud, once it shows its first screen."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", "terminal", "--primary", "127.0.0.1:1", "--picture", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    async with asyncio.timeout(PATIENCE):
        shown = json.loads(await process.stdout.readline())
    assert shown == {"screen": {"text": "POS Offline", "colour": "red"}}
    return process


async def ended(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await process.wait()
    process._transport.close()


async def gone(there: Callable[[], bool]) -> None:
    """Await the keeper, a process of its own: it holds nothing that could be awaited but the file itself."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        while there():
            turn = asyncio.Event()
            loop.call_later(0.01, turn.set)
            await turn.wait()


async def test_a_killed_terminal_shows_nothing(tmp_path):
    path = tmp_path / "screen.png"
    process = await started(path)
    assert path.read_bytes() == picture(Screen("POS Offline", "red"))
    await ended(process)
    await gone(path.exists)


async def test_in_a_folder_a_dark_display_is_left(tmp_path):
    process = await started(tmp_path)
    path = tmp_path / f"screen-{process.pid}.png"
    assert path.read_bytes() == picture(Screen("POS Offline", "red"))
    dark = tmp_path / "off.png"
    assert dark.stat().st_mtime < path.stat().st_mtime
    await ended(process)
    await gone(path.exists)
    assert list(tmp_path.iterdir()) == [dark]
    assert dark.read_bytes() == picture(Screen("", "black"))
