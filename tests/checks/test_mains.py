"""Cuts in traces of a few lines: what shows that they went, what shows that they did not, and what shows nothing."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import mains
from harness.evidence.bench import (
    Actuated,
    ActuatorDelay,
    Carrier,
    FaultBegan,
    FaultEnded,
    Journal,
    Mains,
    Remark,
    Screen,
)
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, Opened, PeerClosed, Received
from tests.checks.traces import BEAT, OK, command, register, trace

PASS, INCONC = Verdict.PASS, Verdict.INCONC
SILENCE = 75.0


def on(line: int, at: float, body: object) -> Any:
    """Something the cloud saw on a line."""
    return (at, "cloud", line, body)


def up(line: int, at: float) -> list[Any]:
    """A line that comes up and is registered at once."""
    return [on(line, at, Opened(line, "primary")), on(line, at, register()), on(line, at, OK)]


def power(at: float, *, to: bool) -> Any:
    return (at, "bench", 0, Mains(to))


def moved(at: float, what: str, *, to: bool, confirmed: bool | None = None) -> Any:
    """A contact was switched, by a board that can tell or not."""
    return (at, "bench", 0, Actuated(what, to, "lcus at /dev/ttyUSB0", "a00100a1", "", confirmed))


def began(at: float) -> Any:
    return (at, "nemesis", 0, FaultBegan("cable out", "wire", outage=True))


def over(at: float) -> Any:
    return (at, "nemesis", 0, FaultEnded("cable out", 1))


def shows(at: float, text: str) -> Any:
    return (at, "bench", 0, Screen(text))


def carrier(at: float, *, there: bool) -> Any:
    return (at, "wire", 0, Carrier(there))


def end(at: float) -> Any:
    return (at, "case", 0, Remark("the end"))


START = [power(0, to=True), *up(1, 1)]
DARK = [*START, power(20, to=False)]
LIT = power(50, to=True)
OUT = moved(20, "link", to=False)
IN = moved(50, "link", to=True)
READ_BACK = moved(20, "power", to=False, confirmed=True)
CANNOT_TELL = moved(20, "power", to=False)
NOTHING, NOTHING_OF_CABLE = "nothing shows that the power went at 20.0 s", "nothing shows that the link went at 20.0 s"

WENT: list[Any] = [
    # It went, and this shows it.
    ("read back", [*DARK, READ_BACK, LIT, end(60)], PASS, "so in 1 cuts"),
    ("read back, on record before", [*START, READ_BACK, power(20, to=False), LIT, end(60)], PASS, "so in 1 cuts"),
    ("line replaced", [*DARK, CANNOT_TELL, LIT, on(2, 55, Opened(2, "primary"))], PASS, "so in 1 cuts"),
    ("line replaced by the cloud", [*DARK, LIT, *up(2, 55)[:2], on(1, 55, Close(1)), up(2, 55)[2]], PASS, "1 cuts"),
    ("line reset by a stack", [*DARK, on(1, 40, PeerClosed(1, reset=True)), LIT, *up(2, 55)], PASS, "1 cuts"),
    ("a kernel says goodbye", [*DARK, on(1, 31, PeerClosed(1, reset=False)), LIT, *up(2, 55)], PASS, "1 cuts"),
    ("a word under way", [*DARK, on(1, 21, Received(1, b"x")), on(1, 21, BEAT), LIT, *up(2, 55)], PASS, "1 cuts"),
    ("carrier lost", [*DARK, carrier(20.1, there=False), LIT, carrier(51, there=True), end(60)], PASS, "1 cuts"),
    ("screen dark", [*DARK, shows(21, ""), LIT, end(60)], PASS, "1 cuts"),
    ("never heard again", [*DARK, LIT, end(95)], PASS, "1 cuts"),
    ("dark for long", [*START, power(20, to=False), power(99, to=True), end(100)], PASS, "1 cuts"),
    ("bounce", [*DARK, power(21, to=True), power(22, to=False), power(23, to=True), *up(2, 30)], PASS, "2 cuts"),
    ("two cuts", [*DARK, LIT, *up(2, 55), power(70, to=False), power(90, to=True), *up(3, 95)], PASS, "2 cuts"),
    ("a boot without a dial", [*DARK, LIT, shows(55, "POS Offline"), power(60, to=False), power(90, to=True),
                               *up(2, 95)], PASS, "2 cuts"),
    ("a dial under way", [*DARK, LIT, power(60, to=False), *up(2, 59), power(90, to=True), *up(3, 95)], PASS, "2 cuts"),
    ("harmed after long", [*DARK, began(96), power(97, to=True), over(98), *up(2, 99)], PASS, "1 cuts"),
    ("harmed long before", [*START, began(10), over(15), *DARK[len(START):], LIT, *up(2, 60)], PASS, "1 cuts"),
    # It did not.
    ("heard", [*DARK, READ_BACK, on(1, 40, BEAT), LIT, *up(2, 55)], INCONC, "it was heard 20.0 s after the power"),
    ("bytes", [*DARK, READ_BACK, on(1, 40, Received(1, b"{")), LIT, *up(2, 55)], INCONC, "it was heard 20.0 s"),
    ("dials", [*DARK, READ_BACK, on(2, 40, Opened(2, "primary")), LIT], INCONC, "it dialled 20.0 s after"),
    ("screen lit", [*DARK, READ_BACK, shows(40, "POS Online"), LIT, *up(2, 55)], INCONC, "it showed 'POS Online' 20.0"),
    ("journal", [*DARK, READ_BACK, (40, "bench", 0, Journal("A", "B")), LIT, *up(2, 55)], INCONC, "in its journal"),
    ("brown-out survived", [*DARK, READ_BACK, power(21, to=True), on(1, 61, BEAT)], INCONC, "heard 41.0 s after"),
    ("second of two", [*DARK, LIT, *up(2, 55), power(70, to=False), on(2, 85, BEAT), power(90, to=True), *up(3, 95)],
     INCONC, "it was heard 15.0 s after the power was cut"),
    ("goodbye", [*DARK, READ_BACK, LIT, on(1, 55, PeerClosed(1, reset=False)), *up(2, 56)], INCONC, "it closed a line"),
    # Nobody knows.
    ("board cannot tell", [*DARK, CANNOT_TELL, LIT, end(60)], INCONC, NOTHING),
    ("board is not asked", [*DARK, LIT, end(60)], INCONC, NOTHING),
    ("the cloud ended the line", [*DARK, on(1, 30, Close(1)), LIT, *up(2, 55)], INCONC, NOTHING),
    ("there was no line", [power(0, to=True), power(20, to=False), LIT, *up(1, 55)], INCONC, NOTHING),
    ("the line was gone", [*START, on(1, 9, PeerClosed(1, reset=True)), *DARK[len(START):], LIT, *up(2, 55)], INCONC,
     NOTHING),
    ("the wire was harmed", [*DARK, began(30), LIT, over(55), *up(2, 60)], INCONC, NOTHING),
    ("it was harmed before", [*START, began(10), *DARK[len(START):], LIT, over(55), *up(2, 60)], INCONC, NOTHING),
    ("another contact", [*DARK, moved(20, "link", to=False, confirmed=True), LIT, end(60)], INCONC, NOTHING),
    ("the cable was out before", [*START, carrier(19, there=False), *DARK[len(START):], LIT, end(60)], INCONC, NOTHING),
    ("only one of two", [*DARK, READ_BACK, LIT, *up(2, 55), power(70, to=False), power(90, to=True), end(99)], INCONC,
     "nothing shows that the power went at 70.0 s"),
    # There is nothing to judge.
    ("no cut", START, INCONC, "no cut to judge"),
    ("off before the first on", [power(0, to=False), *START], INCONC, "no cut to judge"),
    ("off at the end", [*DARK, end(90)], INCONC, "no cut to judge"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "verdict", "words"), [row[1:] for row in WENT], ids=[row[0] for row in WENT])
def test_mains(events: list[Any], verdict: Verdict, words: str) -> None:
    finding = mains.power_really_went(trace(*events), silence=SILENCE)
    assert finding.verdict is verdict, finding
    assert words in finding.actual


PULLED: list[Any] = [
    ("read back", [*START, moved(20, "link", to=False, confirmed=True), IN, on(1, 61, BEAT)], PASS, "1 cuts"),
    ("carrier lost", [*START, OUT, carrier(20, there=False), IN, on(1, 61, BEAT)], PASS, "1 cuts"),
    ("carrier lost, on record before", [*START, carrier(19.9, there=False), OUT, IN, on(1, 61, BEAT)], PASS, "1 cuts"),
    ("line replaced", [*START, OUT, IN, *up(2, 55)], PASS, "1 cuts"),
    ("silent for long", [*START, OUT, moved(99, "link", to=True), on(1, 100, BEAT)], PASS, "1 cuts"),
    ("a loose one", [*START, OUT, moved(21, "link", to=True), moved(22, "link", to=False), IN, *up(2, 55)], PASS, "2"),
    ("the screen may go on", [*START, OUT, shows(40, "POS Offline"), IN, *up(2, 55)], PASS, "1 cuts"),
    ("heard", [*START, moved(20, "link", to=False, confirmed=True), on(1, 40, BEAT), IN], INCONC, "heard 20.0 s after"),
    ("dials by Wi-Fi", [*START, OUT, *up(2, 40), IN], INCONC, "it dialled 20.0 s after the link was cut"),
    ("line kept", [*START, OUT, IN, on(1, 61, BEAT)], INCONC, NOTHING_OF_CABLE),
    ("a dark screen says nothing", [*START, OUT, shows(21, ""), IN, on(1, 61, BEAT)], INCONC, NOTHING_OF_CABLE),
    ("a word in between", [*START, OUT, moved(30, "link", to=True), on(1, 61, BEAT), moved(70, "link", to=False),
                           moved(90, "link", to=True), *up(2, 95)], INCONC, NOTHING_OF_CABLE),
    ("no contact", [*START, carrier(20, there=False), carrier(50, there=True)], INCONC, "no cut to judge"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "verdict", "words"), [row[1:] for row in PULLED], ids=[row[0] for row in PULLED])
def test_cable(events: list[Any], verdict: Verdict, words: str) -> None:
    finding = mains.cable_really_went(trace(*events), silence=SILENCE)
    assert finding.verdict is verdict, finding
    assert words in finding.actual


def test_a_slow_contact_has_more_time() -> None:
    slow = (0.0, "bench", 0, ActuatorDelay("power", on=False, mean=6.0, spread=2.0, samples=5))
    late = [*DARK, READ_BACK, on(1, 36, BEAT), LIT, *up(2, 55)]
    assert mains.power_really_went(trace(*late), silence=SILENCE).verdict is INCONC
    assert mains.power_really_went(trace(slow, *late), silence=SILENCE).verdict is PASS


def test_what_the_cloud_says_to_a_dead_terminal_is_no_sign_of_life() -> None:
    dark = [*DARK, READ_BACK, on(1, 40, command("A")), LIT, *up(2, 55)]
    assert mains.power_really_went(trace(*dark), silence=SILENCE).verdict is PASS


@pytest.mark.parametrize("check", [mains.power_really_went, mains.cable_really_went])
def test_where_there_is_nothing_to_judge_there_is_no_evidence(check: Any) -> None:
    finding = check(trace(*START), silence=SILENCE)
    assert (finding.verdict, finding.evidence) == (INCONC, ())
