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

PHOTOGRAPH = 800, 600
"""Pixels across and down of what the camera gives."""


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


EASY = Level(scale=1.3, askew=15, pointed=2, blur=0.6, noise=4, quality=90, glare=0.25, on_text=False)
MEDIUM = Level(scale=0.9, askew=35, pointed=4, blur=1.1, noise=11, quality=70, glare=0.5, on_text=False)
HARD = Level(scale=0.45, askew=30, pointed=4, blur=1.2, noise=22, quality=45, glare=0.6, on_text=True)
LEVELS = {"easy": EASY, "medium": MEDIUM, "hard": HARD}


@dataclass(frozen=True)
class Scene:
    """A camera before a display: what stays the same from frame to frame."""

    level: Level
    seed: int

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)  # noqa: S311 — reproducible on purpose
        level, (width, height) = self.level, SIZE
        centre = np.array(PHOTOGRAPH) / 2 + [rng.uniform(-40, 40), rng.uniform(-30, 30)]
        half = np.array([width, height]) * level.scale / 2
        flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + centre
        reach = level.askew * level.scale
        moved = flat + [[rng.uniform(-reach, reach) for _ in "xy"] for _ in flat]
        display = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
        warp = cv2.getPerspectiveTransform(display, np.float32(moved))
        left, top, right, bottom = STATUS_LINE
        line = np.float32([[[left, top], [right, top], [right, bottom], [left, bottom]]])
        true = cv2.perspectiveTransform(line, warp)[0]
        told = true + [[rng.uniform(-level.pointed, level.pointed) for _ in "xy"] for _ in true]
        below = np.array([0, 0 if level.on_text else 70 * level.scale])
        glare = true.mean(axis=0) + below
        object.__setattr__(self, "warp", warp)
        object.__setattr__(self, "corners", tuple(Corner(x=float(x), y=float(y)) for x, y in told))
        object.__setattr__(self, "tint", [rng.uniform(0.85, 1.15) for _ in "bgr"])
        object.__setattr__(self, "gain", rng.uniform(0.75, 1.15))
        object.__setattr__(self, "slope", (rng.uniform(-0.25, 0.25), rng.uniform(-0.25, 0.25)))
        object.__setattr__(self, "glare", glare + [rng.uniform(-30, 30) * level.scale for _ in "xy"])

    def photograph(self, picture: bytes, frame: int = 0) -> bytes:
        """A frame, as JPEG. `frame`: its number; noise and the light's flicker differ from frame to frame."""
        rng = np.random.default_rng([self.seed, frame])
        level, (width, height) = self.level, PHOTOGRAPH
        screen = np.array(Image.open(io.BytesIO(picture)).convert("RGB"))[:, :, ::-1]
        seen = np.full((height, width, 3), (58, 52, 47), np.uint8)
        bezel = cv2.copyMakeBorder(screen, 14, 14, 14, 14, cv2.BORDER_CONSTANT, value=(22, 22, 22))
        shift = np.array([[1, 0, -14], [0, 1, -14], [0, 0, 1]], np.float64)
        flags = cv2.INTER_AREA if level.scale < 1 else cv2.INTER_LINEAR
        if level.scale < 1:
            bezel = cv2.GaussianBlur(bezel, (0, 0), 0.35 / level.scale)
        cv2.warpPerspective(
            bezel, self.warp @ shift, PHOTOGRAPH, dst=seen, flags=flags & 1, borderMode=cv2.BORDER_TRANSPARENT
        )
        light = seen.astype(np.float32)
        down, across = np.mgrid[0:height, 0:width].astype(np.float32)
        light *= (1 + self.slope[0] * (across / width - 0.5) + self.slope[1] * (down / height - 0.5))[..., None]
        spot = np.exp(-(((across - self.glare[0]) / 60) ** 2 + ((down - self.glare[1]) / 35) ** 2))
        light += 255 * level.glare * spot[..., None]
        light = cv2.GaussianBlur(light, (0, 0), level.blur)
        light *= np.array(self.tint, np.float32) * self.gain * float(rng.uniform(0.96, 1.04))
        light += rng.normal(0, level.noise, light.shape)
        done, jpeg = cv2.imencode(
            ".jpg", np.clip(light, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, level.quality]
        )
        assert done
        return jpeg.tobytes()
