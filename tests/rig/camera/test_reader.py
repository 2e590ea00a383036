"""Photographs of rendered screens, read: how many are read right, and that none is read wrong."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from emulator.picture import Style, picture
from harness.evidence.bench import Screen
from harness.rig.bench_file import Corner
from harness.rig.camera import reader
from harness.rig.camera.sources import decoded
from harness.rig.camera.vote import VOTES, Look, vote
from tests.rig.camera.photographed import LEVELS, Level, Scene

EXPECTED = [Screen("POS Online", "white"), Screen("POS Online", "green"), Screen("POS Offline", "red")]
ACCUSED = [
    Screen("POS ONLINE", "white"),
    Screen("POS online", "green"),
    Screen("Connected", "green"),
    Screen("POS Offline", "white"),
    Screen("POS OFFLINE", "red"),
    Screen("PLEASE WAIT", "white"),
]
MONOCHROME = [Screen("POS Online"), Screen("POS Offline")]


def looks(shown: Screen, style: Style, level: Level, seed: int) -> tuple[list[Look], bool]:
    """What five photographs of a screen say, and whether the camera was close enough to accuse."""
    scene, drawn = Scene(level, seed), picture(shown, style)
    frames = [decoded(scene.photograph(drawn, frame), f"frame {frame}") for frame in range(VOTES)]
    read = [reader.read(reader.straight(frame, scene.corners)) for frame in frames]
    return read, reader.fine(scene.corners)


def outcome(shown: Screen, style: Style, level: Level, seed: int) -> str:
    """`right`, `unread`, or what was read wrong. On a light display black stands for white; where the document says no
    colour it may be left untold."""
    seen, fine = looks(shown, style, level, seed)
    read = vote(seen, coloured=bool(shown.colour), fine=fine)
    if read is None:
        return "unread"
    colour = "black" if style is Style.LIGHT and shown.colour == "white" else shown.colour
    allowed = {colour} if shown.text == "POS Offline" else {colour, ""}
    return "right" if read.text == shown.text and read.colour in allowed else f"{shown} read as {read}"


def photographed(shown: list[Screen], level: str, seeds: range) -> Counter[str]:
    """The outcomes of five photographs of each screen in each style, each scene with a seed of its own."""
    scenes = [(screen, style) for screen in shown for style in (Style if screen.colour else [Style.DARK])]
    outcomes: Counter[str] = Counter()
    for turn, seed in enumerate(seeds):
        outcomes[outcome(*scenes[turn % len(scenes)], LEVELS[level], seed)] += 1
    assert not outcomes.keys() - {"right", "unread"}, outcomes
    return outcomes


# Together 112 scenes: 560 photographs.


def test_at_an_easy_level_what_is_expected_is_read():
    assert photographed(EXPECTED + MONOCHROME, "easy", range(1000, 1011))["unread"] == 0


def test_at_a_medium_level_what_is_expected_is_read():
    outcomes = photographed(EXPECTED + MONOCHROME, "medium", range(2000, 2044))
    assert outcomes["right"] >= 0.95 * outcomes.total()


def test_at_a_medium_level_what_accuses_is_read_or_left_unread():
    outcomes = photographed(ACCUSED, "medium", range(3000, 3036))
    assert outcomes["right"] > outcomes["unread"]


def test_at_a_hard_level_nothing_is_read_wrong():
    assert photographed([*EXPECTED, *ACCUSED], "hard", range(4000, 4021)).total() == 21


# ---- Without a photograph --------------------------------------------------------------------------------------------

WHOLE = tuple(Corner(x=x, y=y) for x, y in ((40, 120), (440, 120), (440, 200), (40, 200)))


def line(shown: Screen, style: Style = Style.DARK) -> object:
    return reader.straight(decoded(picture(shown, style), "picture"), WHOLE)


@pytest.mark.parametrize(
    ("name", "style", "read"),
    [
        *((name, Style.DARK, name) for name in ("red", "white", "green", "blue", "yellow", "magenta", "cyan")),
        *((name, Style.LIGHT, name) for name in ("red", "black", "green", "blue", "magenta")),
        *((name, Style.BAND, name) for name in ("red", "green", "blue")),
        ("crimson", Style.DARK, "red"),
        ("darkred", Style.LIGHT, "red"),
        ("orange", Style.DARK, "orange"),
        ("grey", Style.DARK, "white"),
        ("white", Style.BAND, "white"),
    ],
)
def test_a_colour_has_its_name(name, style, read):
    assert reader.colour(line(Screen("POS Offline", name), style)) == read


def test_a_dark_or_covered_line_says_nothing():
    assert reader.read(line(Screen("", "black"))) == Look("", 0.0, "")
    assert reader.colour(np.zeros((96, 480, 3), np.uint8)) == ""


def test_a_text_that_may_be_cut_off_is_not_believed():
    """The camera was moved, or its corners are wrong: it sees a part of the line."""
    part = line(Screen("POS Offline", "red"))[:, :230]
    look = reader.read(part)
    assert look.text
    assert look.text != "POS Offline"
    assert look.sure == 0.0


def test_a_camera_far_away_is_not_fine():
    assert reader.fine(WHOLE)
    assert not reader.fine(tuple(Corner(x=at.x / 2, y=at.y / 2) for at in WHOLE))


def test_a_line_that_stands_on_its_side_is_set_straight():
    turned = cv2.rotate(decoded(picture(Screen("POS Online", "white")), "picture"), cv2.ROTATE_90_CLOCKWISE)
    corners = tuple(Corner(x=turned.shape[1] - at.y, y=at.x) for at in WHOLE)
    assert reader.read(reader.straight(turned, corners)).text == "POS Online"
