"""Defects that cost money between a POS and a terminal: those that one order can show.

Each keeps its name, behind that of its dialect (or of the terminal), and is the class that is in its own programme."""

from __future__ import annotations

from collections.abc import Mapping

from emulator import defects as terminal
from emulator.adyen import defects as adyen
from emulator.modulus import defects as modulus
from emulator.paymentsense import defects as connect
from emulator.webapi import defects as webapi

_ALL: Mapping[str, Mapping[str, type]] = {
    "connect": connect.DEFECTS,
    "modulus": modulus.DEFECTS,
    "adyen": adyen.DEFECTS,
    "webapi": webapi.DEFECTS,
    "terminal": terminal.DEFECTS,
}
_CHOSEN = {
    "connect": ("retries-sale-after-drop", "drop-is-decline", "timed-out-is-declined", "timed-out-is-paid",
                "any-answer-is-paid", "amount-in-pounds"),
    "modulus": ("resends-after-a-drop", "resends-after-the-limit", "no-result-is-no-payment", "amount-in-cents"),
    "adyen": ("pays-again", "every-result-is-paid", "books-twice"),
    "webapi": tuple(webapi.DEFECTS),
    "terminal": ("charges-again-after-a-drop", "silent-when-declined"),
}  # fmt: skip

DEFECTS: dict[str, type] = {f"{of}-{name}": _ALL[of][name] for of, names in _CHOSEN.items() for name in names}
"""Every defect by its name."""

OF_THE_POS = {f"{of}-{name}": (of, name) for of, names in _CHOSEN.items() if of != "terminal" for name in names}
"""Of each defect of a POS its dialect, and its name there."""

OF_THE_TERMINAL = {f"terminal-{name}": terminal.DEFECTS[name] for name in _CHOSEN["terminal"]}
