"""Defects that only the mains show: two lives with one flash between them, beside those of the conformant terminal."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

import pytest

from emulator.defects import DEFECTS, power
from emulator.terminal import Terminal
from emulator.uplink import POWER_ON
from harness.evidence.bench import Journal
from harness.wire.endpoint import Dial, Noted, Opened, Output, Received, Send
from tests.emulator.dialogue import (
    HEARTBEAT,
    OFFLINE,
    OK,
    ONLINE,
    PRIMARY,
    REGISTRATION,
    After,
    Dialogue,
    command,
    terminal,
)

Flash = MutableMapping[str, str]
Life = Callable[[type[Terminal], Flash], list[Output]]

REGISTERS = (POWER_ON, Opened(1, PRIMARY), Received(1, OK))


def boots(kind: type[Terminal], flash: Flash) -> list[Output]:
    """A life that ends before it has got anywhere."""
    return Dialogue(terminal(kind, flash)).play(POWER_ON).heard


def registers(kind: type[Terminal], flash: Flash) -> list[Output]:
    """A life with a registration, and too short for a heartbeat."""
    return Dialogue(terminal(kind, flash)).play(*REGISTERS).heard


def beats(kind: type[Terminal], flash: Flash) -> list[Output]:
    """A life with a heartbeat."""
    return Dialogue(terminal(kind, flash)).play(*REGISTERS, After(61)).heard


def sells(kind: type[Terminal], flash: Flash) -> list[Output]:
    """A life with a sale that is carried out, or told again."""
    return Dialogue(terminal(kind, flash)).play(*REGISTERS, Received(1, command()), After(9)).heard


def after(lives: tuple[Life, ...], last: Life, kind: type[Terminal]) -> list[Output]:
    """What is said in the last life after some others with the same flash."""
    flash: dict[str, str] = {}
    for life in lives:
        life(kind, flash)
    return last(kind, flash)


SHOWN: dict[str, tuple[tuple[Life, ...], Life]] = {
    "id-counts-starts": ((boots,), registers),
    "asks-for-a-key-after-a-cut": ((registers,), boots),
    "stays-in-its-boot-loader": ((boots, registers, boots, boots), boots),
    "beats-before-it-registers": ((registers,), registers),
    "screen-from-flash": ((registers,), boots),
    "outcomes-in-ram": ((sells,), sells),
}
"""The lives after which a defect shows, and the one in which it does."""


def test_each_defect_of_the_mains_is_here():
    assert {name for name, kind in DEFECTS.items() if kind.__module__ == power.__name__} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_a_defect_shows_after_the_mains_went(name):
    lives, last = SHOWN[name]
    assert after(lives, last, DEFECTS[name]) != after(lives, last, Terminal)


@pytest.mark.parametrize("life", [boots, registers, sells])
@pytest.mark.parametrize("name", SHOWN)
def test_no_first_life_shows_it(name, life):
    assert after((), life, DEFECTS[name]) == after((), life, Terminal)


# ---- What each of them does ------------------------------------------------------------------------------------------


def test_31_the_id_changes_with_each_start():
    said = [after((boots,) * cuts, registers, DEFECTS["id-counts-starts"]) for cuts in range(3)]
    ids = [next(output.data for output in life if isinstance(output, Send)) for life in said]
    assert ids == [REGISTRATION.replace(b"77001234", b"77001234" + starts) for starts in (b"", b"1", b"2")]


def test_34_no_key_is_pressed():
    assert after((registers,), boots, DEFECTS["asks-for-a-key-after-a-cut"]) == []
    assert after((boots,), boots, DEFECTS["asks-for-a-key-after-a-cut"]) == [Dial(PRIMARY, 10.0), OFFLINE]


def test_34_a_heartbeat_makes_a_start_a_good_one():
    lives: tuple[Life, ...] = (boots, boots, boots)
    loader = DEFECTS["stays-in-its-boot-loader"]
    assert after((*lives, registers), boots, loader) == []
    assert after((*lives, beats, *lives), boots, loader) == [Dial(PRIMARY, 10.0), OFFLINE]


def test_35_the_heartbeat_comes_first():
    said = after((registers,), registers, DEFECTS["beats-before-it-registers"])
    assert [output.data for output in said if isinstance(output, Send)] == [HEARTBEAT, REGISTRATION]


def test_19_the_screen_is_what_it_was():
    assert after((registers,), boots, DEFECTS["screen-from-flash"]) == [Dial(PRIMARY, 10.0), ONLINE]


def test_28_what_was_charged_is_charged_again():
    def charges(kind: type[Terminal]) -> list[str]:
        said = after((sells,), sells, kind)
        return [
            output.body.reference for output in said if isinstance(output, Noted) and isinstance(output.body, Journal)
        ]

    assert (charges(Terminal), charges(DEFECTS["outcomes-in-ram"])) == ([], ["Ref-0001"])
