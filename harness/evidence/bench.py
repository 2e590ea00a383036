"""What happens on a bench beside the wire, as values of the trace: power, screens, provisioning, harm, answers."""

from __future__ import annotations

from dataclasses import dataclass, replace


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
class Pressed:
    """The upper tester did what a cashier does. `key`: which act, as `sale`; `fields`: what he types."""

    key: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Booked:
    """How it stands with a sale in the DUT's own book, from now on. `reference`: under which it keeps it.

    `state`: one of `open`, `pending`, `paid`, `refunded`, `declined`, `cancelled`, `unknown`, `voided`; `amount`: what
    was settled."""

    reference: str
    state: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Mains:
    """The rig switched the mains of the DUT."""

    on: bool


@dataclass(frozen=True, slots=True)
class Actuated:
    """A contact of the bench was switched. `what`: `power` or `link`; `on`: what hangs there is on (up) from now on.

    `by`: the board and its port; `sent`, `received`: the bytes of the exchange, in hexadecimal; `confirmed`: whether
    the board read the contact back as asked, None if it cannot tell."""

    what: str
    on: bool
    by: str
    sent: str
    received: str
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class ActuatorDelay:
    """How long a contact of this bench takes from its command to its effect, as measured before the campaign.

    `mean` and `spread` (how far the furthest lay from it) in document seconds; `samples`: how many switchings were
    timed."""

    what: str
    on: bool
    mean: float
    spread: float
    samples: int

    def scaled(self, times: float) -> ActuatorDelay:
        """The same in another clock's seconds."""
        return replace(self, mean=self.mean * times, spread=self.spread * times)


@dataclass(frozen=True, slots=True)
class Unread:
    """The rig looked at the display and could not read it. `why`: what it made of it; `file`: the picture, if kept."""

    why: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Photographed:
    """The picture by which the `Screen` before it was read. `sha256`: of the file, in hexadecimal; `late`: document
    seconds by which the display may have shown it sooner, since no picture was taken of it meanwhile."""

    file: str
    sha256: str
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The operator was asked. `requirement`: the id it is about; `look_for`: what was to be done and looked at."""

    requirement: str
    question: str
    look_for: str


YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"
"""What an operator may answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the operator said: `yes`, `no` or `cannot tell`, and a remark. `prepared`: it was written down before the
    run, and nobody looked in this one; `by`: who answered, of a prepared answer also when."""

    requirement: str
    answer: str
    remark: str = ""
    prepared: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A person who was asked to press a key, or to start or end the DUT, says that it is done.

    What he was asked stands before it (`Pressed`, `Mains`): it happened at some moment between the two."""


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
    """Harm begins. `on`: the party or place it is done to; `outage`: from now until its end the cloud is out of the
    DUT's reach, or the DUT out of the cloud's."""

    fault: str
    on: str
    outage: bool = False


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
class Witnessed:
    """What a witness that is independent of the injector saw of a harm.

    `signs` of it between its beginning and its end, `lingering` ones after its end; `what`: the first, for a reader."""

    fault: str
    witness: str
    signs: int
    lingering: int
    what: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """The link at the DUT's end of the wire lost its carrier, or has it again."""

    up: bool


@dataclass(frozen=True, slots=True)
class Parted:
    """At the DUT's end of the wire its stack ended a line (FIN, or RST), whether or not that reached the cloud."""

    line: int
    reset: bool


@dataclass(frozen=True, slots=True)
class CaptureClosed:
    """The capture of the wire was written. `sha256`: of the file, in hexadecimal; `frames`: how many are in it."""

    file: str
    sha256: str
    frames: int


@dataclass(frozen=True, slots=True)
class Timing:
    """How the times of this trace were taken, and by how many document seconds one may be wrong."""

    source: str
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Impaired:
    """The harness itself was not fit to judge: frames missing in its capture, a stepped clock, a full accept queue, a
    stall of its own. `seconds`: for how many document seconds, 0 where that has no meaning."""

    what: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Remark:
    """The case says where it is: a step's beginning, for whoever reads the trace."""

    text: str


KINDS = (
    *(Screen, Journal, Pressed, Booked, Mains, Exited, Provisioned, Unreadable, Overrun, Remark),
    *(Actuated, ActuatorDelay, Unread, Photographed, Asked, Answered, Done),
    *(FaultBegan, Bite, FaultEnded, Witnessed, Carrier, Parted, CaptureClosed, Timing, Impaired),
)  # fmt: skip
