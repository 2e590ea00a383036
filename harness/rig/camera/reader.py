"""One picture, read: the status line set straight, its text by OCR and its colour by how its letters differ from their
ground.

A camera mixes what it sees: thin letters blur into their ground, a reflection adds white to both. What such a mixture
keeps is the direction from ground to letters in the colour cube. So the letters' colour is where the line from the
ground through the measured mean leaves the cube: blur only shortens the way. Grey letters become black or white that
way and pale ones bright, which is as fine as a name needs. Letters without a colour of their own on a coloured band
have the band's.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR

from harness.checks.screen import OFFLINE, ONLINE
from harness.rig.bench_file import Corner
from harness.rig.camera.vote import NOT_RED, Look, spelled

HEIGHT = 96
"""Pixels of the status line set straight; twice what the OCR's network takes in."""

FINE = 48.0
"""Pixels of the picture that the status line must be high for it to accuse: the OCR's network takes in so many, and of
what is magnified for it, it loses spaces and strokes, while being sure of itself."""

RIM = 2
"""A letter whose middle is so many columns (of eight pixels of the OCR's) from the end of a line is at its rim."""

ROOM = 14
"""Pixels of room around a status line that is read a second time."""

WIDEST = 24
"""Times its height that a status line may be wide."""

CONTRAST = 18.0
"""By how much (of 255) letters must differ from their ground to be looked at."""

COLOURED, PLAIN = 0.5, 0.38
"""Saturation (0 to 1) from which on something has a colour, and up to which it has none: white balance alone makes 0.3
of nothing. What lies between cannot be told."""

BRIGHT, TINGED = 96, 72
"""Value (of 255) from which on a colour has a name; below it all is black, if its channels differ by less than the
latter, as white balance alone makes them."""

FAR_FROM_RED = 60
"""Degrees of hue from red on which nothing is red, however faint it is."""

HUES = (
    (20, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (200, "cyan"), (265, "blue"), (335, "magenta"),
    (360, "red"),
)  # fmt: skip
"""Up to which hue, in degrees, a colour has its name."""


def _sides(corners: Sequence[Corner]) -> tuple[float, float]:
    """Width and height of the status line in the picture."""
    upper, right, lower, left = (
        math.dist((one.x, one.y), (other.x, other.y))
        for one, other in zip(corners, [*corners[1:], corners[0]], strict=True)
    )
    return (upper + lower) / 2, (right + left) / 2


def fine(corners: Sequence[Corner]) -> bool:
    """Whether the camera is close enough for a reading that accuses."""
    return _sides(corners)[1] >= FINE


def straight(picture: Any, corners: Sequence[Corner]) -> Any:
    """The status line set straight: the corners' quadrangle as a rectangle, HEIGHT pixels high."""
    there = np.array([(corner.x, corner.y) for corner in corners], np.float32)
    width, height = _sides(corners)
    width = round(HEIGHT * min(max(width / max(height, 1.0), 1.0), WIDEST))
    here = np.array([(0, 0), (width, 0), (width, HEIGHT), (0, HEIGHT)], np.float32)
    return cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(there, here), (width, HEIGHT), flags=cv2.INTER_CUBIC
    )


def colour(line: Any) -> str:
    """The colour of a status line, as a CSS name; NOT_RED, if no more can be told than that, or "".

    That of its letters; where these are black or white on a coloured band, that of the band."""
    small = cv2.resize(line, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    # The median of a neighbourhood larger than a letter is its ground, also where a reflection lies.
    ground = cv2.medianBlur(small, small.shape[0] // 2 * 2 - 7)
    # Its rim may lie beyond the band.
    inside = slice(small.shape[0] // 6, -small.shape[0] // 6), slice(small.shape[1] // 24, -small.shape[1] // 24)
    ground = ground[inside].reshape(-1, 3).astype(np.float32)
    away = small[inside].reshape(-1, 3).astype(np.float32) - ground
    far = np.linalg.norm(away, axis=1)
    letters = far >= 0.6 * np.percentile(far, 99)
    step = away[letters].mean(axis=0)
    if np.abs(step).max() < CONTRAST:
        return ""
    base = ground[letters].mean(axis=0)
    room = np.where(step > 0, 255 - base, base)
    ink = base + step * np.min(room / np.maximum(np.abs(step), 1e-3))
    of_letters = _name(ink)
    if of_letters not in ("white", "black"):
        return of_letters
    # A reflection washes a band out, but not all of it.
    saturation = 1 - ground.min(axis=1) / np.maximum(ground.max(axis=1), 1)
    band = _name(ground[saturation >= np.percentile(saturation, 85)].mean(axis=0))
    return of_letters if band in ("white", "black") else band


def _name(bgr: Any) -> str:
    """The name of a colour; NOT_RED or "" if it is between a colour and none."""
    blue, green, red = (float(part) for part in bgr)
    most, least = max(blue, green, red), min(blue, green, red)
    chroma = most - least
    if chroma < TINGED and most < BRIGHT:
        return "black"
    if chroma <= PLAIN * most:
        return "white"
    sixth, part = {red: (0, green - blue), green: (2, blue - red), blue: (4, red - green)}[most]
    hue = 60 * (sixth + part / chroma) % 360
    if chroma < COLOURED * most or most < BRIGHT:
        return NOT_RED if FAR_FROM_RED <= hue <= 360 - FAR_FROM_RED else ""
    return next(name for up_to, name in HUES if hue <= up_to)


@functools.cache
def _ocr() -> Any:
    """The OCR: its network is loaded once, and runs in one thread, for the machine has others to do."""
    return RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": 1, "Global.log_level": "error"})


def load() -> None:
    """Load the OCR, and let it read once: the first time takes longer."""
    _text(np.zeros((HEIGHT, 4 * HEIGHT, 3), np.uint8))


def read(line: Any) -> Look:
    """What a status line that was set straight says.

    A text that the document does not know is read twice, the second time smaller; what differs then was not sure. Nor
    is a text that reaches to the rim: there may be more of it, where the camera was told not to look."""
    text, sure, at_the_rim = _text(line)
    if not text:
        return Look("", 0.0, "")
    if spelled(text) not in (ONLINE, OFFLINE):
        again, sure_again, _ = _text(cv2.copyMakeBorder(line, ROOM, ROOM, ROOM, ROOM, cv2.BORDER_REPLICATE))
        sure = min(sure, sure_again) if again == text and not at_the_rim else 0.0
    return Look(text, sure, colour(line))


def _text(line: Any) -> tuple[str, float, bool]:
    """The text, how sure the OCR is of the letter of which it is least sure, and whether a letter is at the rim."""
    told = _ocr()(line, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    text = told.txts[0].strip() if told.txts else ""
    if not text:
        return "", 0.0, False
    words = told.word_results[0]
    columns = [column for word in words.word_cols for column in word]
    return text, min(words.confs), columns[0] < RIM or columns[-1] > words.line_txt_len - 1 - RIM
