"""Events of Paymentsense Connect for traces written by hand: what was pressed, asked, answered, shown and booked."""

from __future__ import annotations

from typing import Any

from harness.evidence.bench import Booked, Pressed, Remark, Screen
from harness.wire.paymentsense import Demand, Notification, Refusal, Result, Side

Line = tuple[float, str, int, object]


def press(at: float, key: str, **fields: str) -> Line:
    return (at, "bench", 0, Pressed(key, fields))


def asks(at: float, method: str, id: Any = 1, **params: Any) -> Line:
    """The EPoS asks Connect."""
    return (at, "connect", 1, Demand(Side.EPOS, id, method, params))


def wants(at: float, method: str, id: Any = 1, **params: Any) -> Line:
    """Connect asks the EPoS."""
    return (at, "connect", 1, Demand(Side.CONNECT, id, method, params))


def says(at: float, method: str, **params: Any) -> Line:
    """Connect tells the EPoS."""
    return (at, "connect", 1, Notification(Side.CONNECT, method, params))


def answers(at: float, of: str = "sale", id: Any = 1, **members: Any) -> Line:
    """Connect answers the EPoS."""
    return (at, "connect", 1, Result(Side.CONNECT, id, members, of))


def replies(at: float, of: str, id: Any = 1, **members: Any) -> Line:
    """The EPoS answers Connect."""
    return (at, "connect", 1, Result(Side.EPOS, id, members, of))


def refuses(at: float, of: str = "sale", id: Any = 1, user_message: str = "") -> Line:
    return (at, "connect", 1, Refusal(Side.CONNECT, id, -32002, "busy", user_message, of))


def shows(at: float, text: str) -> Line:
    return (at, "bench", 0, Screen(text))


def books(at: float, state: str, amount: str = "", reference: str = "R1") -> Line:
    return (at, "bench", 0, Booked(reference, state, amount))


def end(at: float) -> Line:
    return (at, "case", 0, Remark("the end"))
