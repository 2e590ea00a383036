"""A POS is the one of its dialect; a defect is that of one dialect, or of the terminal, and of no other."""

from __future__ import annotations

import random

import pytest

from emulator.adyen.backend import Backend
from emulator.end_to_end.build import build
from emulator.end_to_end.defects import DEFECTS, OF_THE_POS, OF_THE_TERMINAL
from emulator.modulus.pos import Pos
from emulator.paymentsense.epos import Epos
from emulator.terminal import Terminal
from emulator.webapi.pos import Pos as PosByUrl

SETTINGS = {
    "connect": {"address": "connect"},
    "modulus": {"gateway": "gateway", "api_key": "bench-pos-key"},
    "adyen": {},
    "webapi": {"api": "pos", "key": "bench-key", "password": "bench-password"},
}
KINDS = {"connect": Epos, "modulus": Pos, "adyen": Backend, "webapi": PosByUrl}


def made(dialect: str, defect: str | None = None):
    settings = {"dialect": dialect, **SETTINGS[dialect]}
    return build(settings, {}, random.Random(1), defect)  # noqa: S311


@pytest.mark.parametrize("dialect", KINDS)
def test_the_conformant_pos_of_each_dialect(dialect):
    assert type(made(dialect)) is KINDS[dialect]


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("dialect", KINDS)
def test_a_defect_is_that_of_its_own_dialect(name, dialect):
    wanted = DEFECTS[name] if OF_THE_POS.get(name, ("",))[0] == dialect else KINDS[dialect]
    assert type(made(dialect, name)) is wanted


def test_those_of_the_terminal_are_terminals():
    assert OF_THE_TERMINAL
    assert OF_THE_TERMINAL.keys() | OF_THE_POS.keys() == DEFECTS.keys()
    assert all(issubclass(kind, Terminal) for kind in OF_THE_TERMINAL.values())


def test_an_unknown_dialect_is_none():
    with pytest.raises(KeyError):
        build({"dialect": "carrier pigeon"}, {}, random.Random(1))  # noqa: S311
