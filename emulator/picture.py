"""The emulator's screen as a picture: the photograph of it that a camera would take if nothing stood in its way.

Needs Pillow, which is loaded when the first picture is asked for: a terminal without `--picture` starts without it.
"""

from __future__ import annotations

import io
from enum import StrEnum

from harness.evidence.bench import Screen

SIZE = 480, 320
"""Pixels across and down."""

STATUS_LINE = 40, 120, 440, 200
"""Where the status line is: left, top, right, bottom."""

LETTERS = 46
"""Height of the letters of a short text, ascent and descent together; a long text is written smaller."""

LCD = "#b9c6a5", "#1c241a"
"""Ground and ink of a display without colours."""


class Style(StrEnum):
    """Where a display has its colours: in letters on a dark or a light ground, or in a band behind white letters."""

    DARK = "dark"
    LIGHT = "light"
    BAND = "band"


def picture(screen: Screen, style: Style = Style.DARK) -> bytes:
    """A PNG of the display that shows this screen. A screen without a colour is one of a display that has none.

    Raises ImportError without Pillow."""
    from PIL import Image, ImageColor, ImageDraw, ImageFont

    ground, band, ink = _colours(screen.colour, style)
    image = Image.new("RGB", SIZE, ImageColor.getrgb(ground))
    draw = ImageDraw.Draw(image)
    draw.rectangle(STATUS_LINE, fill=band)
    left, top, right, bottom = STATUS_LINE
    size = LETTERS
    while (width := draw.textlength(screen.text, ImageFont.load_default(size))) > (right - left) * 0.9:
        size = int(size * min(0.95, (right - left) * 0.9 / width))
    place = ((left + right) / 2, (top + bottom) / 2)
    draw.text(place, screen.text, fill=ink, font=ImageFont.load_default(size), anchor="mm")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _colours(colour: str, style: Style) -> tuple[str, str, str]:
    """Ground of the display, ground of the status line, and its letters."""
    if not colour:
        return LCD[0], *LCD
    match style:
        case Style.DARK:
            return "#101418", "#101418", colour
        case Style.LIGHT:
            return "#f4f4f0", "#f4f4f0", "black" if colour == "white" else colour
        case Style.BAND:
            return "#f4f4f0", "#30343a" if colour == "white" else colour, "white"
