"""What entered is told from what left, frame by frame: passed, lost, forged."""

from __future__ import annotations

import pytest

from harness.faults.moment import Toward
from harness.faults.sightings import Passage, Seen, sightings

TERMINAL, CLOUD = Toward.TERMINAL, Toward.CLOUD


def enters(at: float, data: bytes, side: Toward = TERMINAL) -> Seen:
    return Seen(at, side, leaving=False, data=data)


def leaves(at: float, data: bytes, side: Toward = CLOUD) -> Seen:
    return Seen(at, side, leaving=True, data=data)


def of(*frames: Seen, since: float = 0.0, until: float = 100.0, under_way: float = 0.0):
    return sightings(frames, (), since, until, under_way)


@pytest.mark.parametrize("side", list(Toward))
def test_a_frame_is_on_its_way_to_the_end_where_it_leaves(side):
    assert leaves(0, b"x", side).toward is side
    assert enters(0, b"x", side).toward is not side


def test_what_left_as_it_entered_has_passed():
    entered, left = enters(1, b"x"), leaves(2, b"x")
    seen = of(entered, left)
    assert seen.passed == (Passage(entered, (left,)),)
    assert (seen.lost, seen.forged) == ((), ())


def test_what_never_left_was_lost_and_what_never_entered_was_forged():
    entered, left = enters(1, b"x"), leaves(2, b"y")
    seen = of(entered, left)
    assert (seen.passed, seen.lost, seen.forged) == ((), (entered,), (left,))


def test_the_same_bytes_the_other_way_are_another_frame():
    entered, back = enters(1, b"x"), leaves(2, b"x", TERMINAL)
    assert of(entered, back).forged == (back,)


def test_what_entered_once_and_left_twice_is_one_passage():
    entered, *left = enters(1, b"x"), leaves(2, b"x"), leaves(3, b"x")
    assert of(entered, *left).passed == (Passage(entered, tuple(left)),)


def test_a_loss_is_not_blamed_on_an_equal_frame_that_came_later():
    lost, entered, left = enters(1, b"who has"), enters(2, b"who has"), leaves(2.1, b"who has")
    seen = of(lost, entered, left)
    assert seen.lost == (lost,)
    assert seen.passed == (Passage(entered, (left,)),)
    assert of(lost, entered, left, since=1.5).lost == ()


def test_equal_frames_inside_at_the_same_time_all_pass():
    frames = enters(1, b"who has"), enters(2, b"who has"), leaves(3, b"who has"), leaves(4, b"who has")
    seen = of(*frames)
    assert len(seen.passed) == 2
    assert (seen.lost, seen.forged) == ((), ())


def test_a_frame_belongs_to_the_time_in_which_it_entered():
    frames = enters(1, b"x"), leaves(6, b"x"), enters(7, b"y")
    during, after = of(*frames, until=5), of(*frames, since=5)
    assert [passage.entered.data for passage in during.passed] == [b"x"]
    assert (during.lost, during.forged, after.passed, after.forged) == ((), (), (), ())
    assert [frame.data for frame in after.lost] == [b"y"]


def test_what_may_still_be_inside_is_not_lost_yet():
    frames = enters(1, b"x"), enters(9.9, b"y"), enters(10, b"z")
    assert [frame.data for frame in of(*frames, under_way=0.5).lost] == [b"x"]
    assert len(of(*frames).lost) == 3


def test_the_carrier_is_told_of_the_same_time():
    assert sightings((), [(1, False), (2, True), (9, False)], 1.5, 5).carrier == ((2, True),)
