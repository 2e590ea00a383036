"""What happens on a bench beside the wire, as values of the trace: power, screens, provisioning, harm, answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """What the idle display of the DUT shows from now on. `colour`: of the text, a CSS colour name, "" if unknown."""

    text: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """A line of the DUT's own journal: a charge it has made. `reference`: its RefID, `charge`: its authorisation."""

    reference: str
    charge: str


@dataclass(frozen=True, slots=True)
class Mains:
    """The rig switched the mains of the DUT."""

    on: bool


@dataclass(frozen=True, slots=True)
class Exited:
    """The program that is the DUT ended by itself, unasked. `stderr`: the end of what it wrote there."""

    code: int
    stderr: str


@dataclass(frozen=True, slots=True)
class Provisioned:
    """The rig changed settings of the DUT, as a terminal management system would."""

    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The DUT wrote something on its screen channel that is no screen."""

    text: str


@dataclass(frozen=True, slots=True)
class Overrun:
    """The other side sent more on a line than is worth keeping; the harness reset the line. `size`: bytes received."""

    line: int
    size: int


@dataclass(frozen=True, slots=True)
class FaultBegan:
    """Harm begins. `on`: the party or place it is done to."""

    fault: str
    on: str


@dataclass(frozen=True, slots=True)
class Bite:
    """The harm took hold once: what it took hold of."""

    fault: str
    what: str


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """Harm ends. `bites`: how often it took hold."""

    fault: str
    bites: int


@dataclass(frozen=True, slots=True)
class Remark:
    """The case says where it is: a step's beginning, for whoever reads the trace."""

    text: str


KINDS = (Screen, Journal, Mains, Exited, Provisioned, Unreadable, Overrun, FaultBegan, Bite, FaultEnded, Remark)
