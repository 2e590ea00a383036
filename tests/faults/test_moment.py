"""A moment comes at its byte, however the message is cut into pieces."""

from __future__ import annotations

import pytest

from harness.faults.moment import Moment, Passed, Toward, Watch

BEAT = b'{"Command":"Heartbeat"}\x04\x04'
SALE = b'{"Command":"Sale"}\x04\x04'


def moment(passed: Passed) -> Moment:
    return Moment("a sale", Toward.TERMINAL, '"Sale"', passed)


@pytest.mark.parametrize(
    ("passed", "offset"),
    [(Passed.NOTHING, 0), (Passed.FIRST_BYTE, 1), (Passed.BODY, len(SALE) - 2), (Passed.WHOLE, len(SALE))],
)
def test_cuts_at_its_byte(passed: Passed, offset: int) -> None:
    watch = Watch(moment(passed))
    assert watch.cut(BEAT) is None
    assert watch.cut(BEAT + SALE + BEAT) == len(BEAT) + offset


@pytest.mark.parametrize("at", range(1, len(SALE)))
@pytest.mark.parametrize("passed", [Passed.BODY, Passed.WHOLE])
def test_cuts_at_its_byte_in_two_pieces(passed: Passed, at: int) -> None:
    watch = Watch(moment(passed))
    wanted = len(SALE) - (2 if passed is Passed.BODY else 0)
    assert watch.cut(SALE[:at]) is None
    assert watch.cut(SALE[at:]) == max(0, wanted - at)


def test_does_not_come_with_another_message() -> None:
    watch = Watch(moment(Passed.WHOLE))
    assert [watch.cut(BEAT) for _ in range(3)] == [None] * 3
    assert watch.cut(SALE) == len(SALE)


def test_comes_with_a_message_that_is_not_finished_yet_if_nothing_of_it_may_pass() -> None:
    assert Watch(moment(Passed.NOTHING)).cut(BEAT + SALE[:-3]) == len(BEAT)
