"""Not resolved: the name of the cloud leads nowhere, or to the wrong place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import UDP, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError

_DNS = 53
_HEADER = 12
_LONGEST_LABEL = 63
_ANSWER, _AUTHORITY = 0x80, 0x04
"""Bits of the third byte of a header."""


class Outcome(StrEnum):
    """What becomes of a query."""

    NO_SUCH_NAME = "no such name"
    SERVER_FAILURE = "server failure"
    WRONG_ADDRESS = "wrong address"
    SILENCE = "silence"

    @property
    def rcode(self) -> int:
        """As it stands in the header of an answer; silence has none."""
        return {Outcome.NO_SUCH_NAME: forge.NAME_ERROR, Outcome.SERVER_FAILURE: forge.SERVER_FAILURE}.get(
            self, forge.NO_ERROR
        )


def _query(frame: Frame) -> bytes | None:
    """The DNS message of a frame that goes to a resolver; None for any other."""
    return _message(frame) if frame.protocol == UDP and frame.destination[1] == _DNS else None


def _answer(frame: Frame) -> bytes | None:
    """The DNS message of a frame that comes from a resolver; None for any other."""
    return _message(frame) if frame.protocol == UDP and frame.source[1] == _DNS else None


def _message(frame: Frame) -> bytes | None:
    return frame.data[frame.transport + 8 :] if frame.transport else None


def _question(message: bytes) -> bytes | None:
    """The only question of a message: name, type and class; None if it has not one, whole and without pointers."""
    if message[4:6] != b"\0\1":
        return None
    at = _HEADER
    while at < len(message) and 0 < message[at] <= _LONGEST_LABEL:
        at += 1 + message[at]
    end = at + 5
    return message[_HEADER:end] if end <= len(message) and message[at] == 0 else None


def _name(question: bytes) -> str:
    """The name that is asked for, in small letters."""
    labels, at = [], 0
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]])
        at += 1 + question[at]
    return b".".join(labels).decode("latin-1").lower()


class _Names:
    """The names that are harmed; any, if there are none."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.rstrip(".").lower() for name in names)

    def __contains__(self, name: str) -> bool:
        return not self._names or name in self._names


class _Misdirect(Rule):
    def __init__(self, scene: Scene, names: _Names, outcome: Outcome, address: str) -> None:
        super().__init__(scene)
        self._names = names
        self._outcome = outcome
        self._address = address

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward is not Toward.CLOUD or (message := _query(frame)) is None:
            return None
        question = _question(message)
        if question is None or message[2] & _ANSWER or (name := _name(question)) not in self._names:
            return None
        self.bite(f"{name}: {self._outcome}")
        if self._outcome is Outcome.SILENCE:
            return ()
        return (forge.dns_answer(frame, question, self._outcome.rcode, self._address),)


@dataclass(frozen=True)
class NotResolved(WireFault):
    """Each query of the terminal over UDP for one of `names` (all if none are given) has this `outcome`.

    `address`: the wrong one that is told, the one of nobody (RFC 5737) if not given. Raises HarnessError for an outcome
    that there is not."""

    name: ClassVar[str] = "not resolved"
    means: ClassVar[Means] = Means.NOT_RESOLVED

    outcome: Outcome = Outcome.NO_SUCH_NAME
    names: tuple[str, ...] = ()
    address: str = "203.0.113.1"

    def __post_init__(self) -> None:
        if self.outcome not in tuple(Outcome):
            raise HarnessError(f"not resolved: the outcome {self.outcome!r} is none of {', '.join(Outcome)}")

    def rule(self, scene: Scene) -> Rule:
        outcome = Outcome(self.outcome)
        return _Misdirect(scene, _Names(self.names), outcome, self.address if outcome is Outcome.WRONG_ADDRESS else "")

    @property
    def deaf(self) -> tuple[tuple[str, int], ...]:
        return ((self.address, 0),) if self.outcome == Outcome.WRONG_ADDRESS else ()

    def signs(self, seen: Sightings) -> Sign:
        """Queries that entered and never left, for silence; else answers that no resolver has given.

        The resolver of the bench may itself be played on the wire: it answers with authority."""
        names, outcome = _Names(self.names), Outcome(self.outcome)
        silent = outcome is Outcome.SILENCE
        found = []
        for one in seen.lost if silent else seen.forged:
            message = (_query if silent else _answer)(Frame(one.data, one.toward))
            question = None if message is None else _question(message)
            if message is None or question is None or (name := _name(question)) not in names:
                continue
            if silent or self._is_forged(message, outcome):
                found.append(name)
        return Sign(len(found), f"{found[0]}: {outcome}") if found else NO_SIGN

    def _is_forged(self, message: bytes, outcome: Outcome) -> bool:
        if message[2] & _AUTHORITY or message[3] & 0x0F != outcome.rcode:
            return False
        # The address stands at the end of the only record.
        return outcome is not Outcome.WRONG_ADDRESS or message.endswith(IPv4Address(self.address).packed)
