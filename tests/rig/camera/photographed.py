"""Photographs of a rendered screen, as a camera on a bench would take them: seeded, and as bad as asked for.

What is done to a picture, in the order in which light and camera do it: it is seen askew and within a bezel, unevenly
lit, with a reflection, through a lens that is not quite sharp, by a sensor with a tint, a gain and noise, and is then
compressed. Where the status line's corners are is known only to a few pixels, as somebody points at them.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from emulator.picture import SIZE, STATUS_LINE
from harness.rig.bench_file import Corner

PHOTOGRAPH = 640, 480
"""Pixels across and down of what the camera gives."""

BEZEL = 14
"""Pixels of the display that its dark frame is wide."""


@dataclass(frozen=True)
class Level:
    """How bad. `scale`: pixels of the photograph to one of the display; `askew`, `pointed`: pixels by which the corners
    of the display are moved, and known wrongly; `noise`: sigma; `quality`: of the JPEG; `glare`: its strength, and
    whether it lies `on_text`."""

    scale: float
    askew: float
    pointed: float
    blur: float
    noise: float
    quality: int
    glare: float
    on_text: bool


EASY = Level(scale=1.1, askew=15, pointed=2, blur=0.6, noise=4, quality=90, glare=0.25, on_text=False)
MEDIUM = Level(scale=0.9, askew=35, pointed=4, blur=1.1, noise=11, quality=70, glare=0.5, on_text=False)
HARD = Level(scale=0.45, askew=30, pointed=4, blur=1.2, noise=22, quality=45, glare=0.6, on_text=True)
LEVELS = {"easy": EASY, "medium": MEDIUM, "hard": HARD}


class Scene:
    """A camera before a display: what stays the same from frame to frame. `corners`: of the status line in its
    pictures, as somebody pointed at them."""

    def __init__(self, level: Level, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 — reproducible on purpose
        self.level, self.seed = level, seed
        around = lambda reach: rng.uniform(-reach, reach)  # noqa: E731
        middle = np.array([side / 2 + around(20) for side in PHOTOGRAPH])
        upright = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * np.array(SIZE) * level.scale / 2 + middle
        askew = upright + [[around(level.askew * level.scale) for _ in "xy"] for _ in upright]
        self._warp = cv2.getPerspectiveTransform(_quadrangle(0, 0, *SIZE), np.float32(askew))
        line = cv2.perspectiveTransform(_quadrangle(*STATUS_LINE)[None], self._warp)[0]
        pointed = [[float(at + around(level.pointed)) for at in corner] for corner in line]
        self.corners = tuple(Corner(x=x, y=y) for x, y in pointed)
        self._tint = np.float32([rng.uniform(0.85, 1.15) for _ in "bgr"]) * rng.uniform(0.75, 1.15)
        # The light: a slope over the whole picture, and a reflection on the text or below it.
        width, height = PHOTOGRAPH
        down, across = np.mgrid[0:height, 0:width].astype(np.float32)
        self._slope = (1 + around(0.25) * (across / width - 0.5) + around(0.25) * (down / height - 0.5))[..., None]
        x, y = (float(at) + around(30 * level.scale) for at in line.mean(axis=0))
        y += 0 if level.on_text else 70 * level.scale
        spot = np.exp(-(((across - x) / 60) ** 2) - ((down - y) / 35) ** 2)
        self._glare = 255 * level.glare * spot[..., None]

    def photograph(self, picture: bytes, frame: int = 0) -> bytes:
        """A frame, as JPEG. `frame`: its number; noise and the light's flicker differ from frame to frame."""
        level, rng = self.level, np.random.default_rng([self.seed, frame])
        display = np.array(Image.open(io.BytesIO(picture)).convert("RGB"))[:, :, ::-1]
        framed = cv2.copyMakeBorder(display, BEZEL, BEZEL, BEZEL, BEZEL, cv2.BORDER_CONSTANT, value=(22, 22, 22))
        if level.scale < 1:  # a pixel of the sensor sees more than one of the display
            framed = cv2.GaussianBlur(framed, (0, 0), 0.35 / level.scale)
        within = np.array([[1, 0, -BEZEL], [0, 1, -BEZEL], [0, 0, 1]], np.float64)
        seen = cv2.warpPerspective(framed, self._warp @ within, PHOTOGRAPH, borderValue=(58, 52, 47))
        light = cv2.GaussianBlur(seen * self._slope + self._glare, (0, 0), level.blur)
        light *= self._tint * np.float32(rng.uniform(0.96, 1.04))
        light += level.noise * rng.standard_normal(light.shape, np.float32)
        taken = np.clip(light, 0, 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", taken, [cv2.IMWRITE_JPEG_QUALITY, level.quality])
        return bytes(jpeg)


def _quadrangle(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.float32([(left, top), (right, top), (right, bottom), (left, bottom)])
