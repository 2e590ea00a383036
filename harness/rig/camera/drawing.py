"""What a person is shown who tells the camera where to look: a grid to read coordinates from, or what was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from harness.rig.bench_file import Corner

STEP = 50
"""Pixels between two lines of the grid; every second one is numbered."""

GRID, MARK = (255, 200, 0), (0, 0, 255)


def grid(picture: Any) -> Any:
    """The picture with its coordinates."""
    drawn = picture.copy()
    height, width = drawn.shape[:2]
    for x in range(0, width, STEP):
        cv2.line(drawn, (x, 0), (x, height), GRID, 1)
    for y in range(0, height, STEP):
        cv2.line(drawn, (0, y), (width, y), GRID, 1)
    for x in range(0, width, 2 * STEP):
        _number(drawn, x, (x + 2, 12))
    for y in range(2 * STEP, height, 2 * STEP):
        _number(drawn, y, (2, y - 3))
    return drawn


def marked(picture: Any, corners: Sequence[Corner], line: Any) -> Any:
    """The picture with the corners, each with its number; below it the status line as it is read."""
    drawn = picture.copy()
    points = [(round(corner.x), round(corner.y)) for corner in corners]
    cv2.polylines(drawn, [np.array(points, np.int32)], True, MARK, 1)
    for number, (x, y) in enumerate(points, 1):
        cv2.circle(drawn, (x, y), 3, MARK, -1)
        _number(drawn, number, (x + 5, y - 5), MARK)
    width = max(drawn.shape[1], line.shape[1])
    return np.vstack([_widened(drawn, width), _widened(line, width)])


def _widened(picture: Any, width: int) -> Any:
    return cv2.copyMakeBorder(picture, 0, 0, 0, width - picture.shape[1], cv2.BORDER_CONSTANT, value=(0, 0, 0))


def _number(drawn: Any, number: int, at: tuple[int, int], colour: tuple[int, int, int] = GRID) -> None:
    cv2.putText(drawn, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3)
    cv2.putText(drawn, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1)
