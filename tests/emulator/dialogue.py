"""Dialogues with a terminal, written as they happened: `>>` is fed in, `<<` is expected out. Time passes because the
test says so.

    Dialogue(terminal()) >> POWER_ON << Dial(PRIMARY, 10) << OFFLINE >> Opened(1, PRIMARY) << Send(1, REGISTRATION)

Timers are kept and fired in order as time passes; they are not part of the dialogue.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, replace

from emulator.panel import PLEASE_WAIT, POS_OFFLINE, POS_ONLINE
from emulator.settings import Settings
from emulator.terminal import Terminal
from emulator.uplink import POWER_ON
from harness.evidence.bench import Screen
from harness.wire import econduit
from harness.wire.endpoint import Dial, Input, Noted, Opened, Output, Received, Send, WakeAt, Woke

PRIMARY, SECONDARY = "primary:80", "secondary:9001"
SETTINGS = Settings(PRIMARY, SECONDARY)

OFFLINE = Noted(0, Screen(POS_OFFLINE, "red"))
ONLINE = Noted(0, Screen(POS_ONLINE, "white"))
WAIT = Noted(0, Screen(PLEASE_WAIT, "white"))

REGISTRATION = (
    b'{"Command":"Register","TerminalType":"AcmePay","TerminalModel":"Lane-7","TerminalID":"77001234",'
    b'"SoftwareVersion":"AcmeApp v3.4","AckHeartbeat":"true"}\x04\x04'
)
OK = b"OK-REGISTRATION\x04\x04"
HEARTBEAT = b'{"Command":"Heartbeat"}\x04\x04'
ACK = b'{"Status":"OK"}\x04\x04'


@dataclass(frozen=True)
class After:
    """This many seconds pass."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """A response is expected, of which these fields are known."""

    line: int
    result: str
    ref_id: str
    message: str | None = None


@dataclass(frozen=True)
class Charge:
    """A journal entry is expected."""

    reference: str


def terminal(
    kind: type[Terminal] = Terminal, flash: MutableMapping[str, str] | None = None, **changes: object
) -> Terminal:
    """A terminal that has no power yet. `changes`: settings other than the usual."""
    return kind(replace(SETTINGS, **changes), {} if flash is None else flash, random.Random(1))  # noqa: S311


def command(name: str = "Sale", ref_id: str = "Ref-0001", amount: str = "12.40") -> bytes:
    return econduit.build({"Command": name, "RefID": ref_id, "Amount": amount})


def fields_of(output: Output) -> dict[str, str] | None:
    """The fields of a response, if this is one."""
    if not isinstance(output, Send) or not output.data.endswith(econduit.TERMINATOR):
        return None
    message = econduit.read_from_terminal(output.data[:-2])
    return message.document.fields if isinstance(message, econduit.Response) else None


def is_as(expected: object, output: Output) -> bool:
    """Whether an output is the expected one; an Answer and a Charge leave holes."""
    if isinstance(expected, Charge):
        return isinstance(output, Noted) and getattr(output.body, "reference", None) == expected.reference
    if isinstance(expected, Answer):
        fields = fields_of(output)
        return (
            fields is not None
            and output.line == expected.line
            and (fields["ResultCode"], fields["RefID"]) == (expected.result, expected.ref_id)
            and expected.message in (None, fields["Message"])
        )
    return output == expected


class Dialogue:
    """A terminal, a clock, and what has been said so far."""

    def __init__(self, of: Terminal) -> None:
        self.terminal = of
        self.now = 0.0
        self.said: list[tuple[float, Output]] = []
        """All it has ever said and when, timers apart."""
        self._unread: deque[tuple[float, Output]] = deque()
        self._timers: dict[str, float] = {}
        self._script: list[str] = []

    @property
    def heard(self) -> list[Output]:
        return [output for _, output in self.said]

    def __rshift__(self, event: Input | After) -> Dialogue:
        self.silent()
        self._script.append(f"{self.now:8.2f} >> {event}")
        if isinstance(event, After):
            self._pass(event.seconds)
        else:
            self._feed(event)
        return self

    def __lshift__(self, expected: object) -> Dialogue:
        __tracebackhide__ = True
        at, said = self._unread.popleft() if self._unread else (self.now, None)
        if said is None or not is_as(expected, said):
            raise AssertionError("\n".join([*self._script, f"{at:8.2f} << {said}", f"expected << {expected}"]))
        self._script.append(f"{at:8.2f} << {said}")
        return self

    def silent(self) -> Dialogue:
        """Nothing more was said."""
        __tracebackhide__ = True
        if self._unread:
            said = [f"{at:8.2f} << {output}" for at, output in self._unread]
            raise AssertionError("\n".join([*self._script, *said, "expected: nothing of this"]))
        return self

    def skip(self) -> Dialogue:
        """Whatever was said, it is not this test's business."""
        while self._unread:
            at, said = self._unread.popleft()
            self._script.append(f"{at:8.2f} <- {said}")
        return self

    def play(self, *events: Input | After) -> Dialogue:
        """All of this happens, and what is said about it is not checked."""
        for event in events:
            self.skip() >> event
        return self.skip()

    def to_online(self, line: int = 1) -> Dialogue:
        """On from a dial that waits for its outcome."""
        return self.play(Opened(line, self.terminal.dialled)) >> Received(line, OK)

    def _feed(self, event: Input) -> None:
        for output in self.terminal.handle(event, self.now):
            if isinstance(output, WakeAt):
                self._timers.pop(output.name, None)
                if output.at is not None:
                    self._timers[output.name] = output.at
            else:
                self.said.append((self.now, output))
                self._unread.append((self.now, output))

    def _pass(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timers:
            name = min(self._timers, key=self._timers.__getitem__)
            if self._timers[name] > end + 1e-9:
                break
            self.now = max(self.now, self._timers.pop(name))
            self._feed(Woke(name))
        self.now = end


def powered(**changes: object) -> Dialogue:
    """Power is on, the primary is being dialled."""
    return Dialogue(terminal(**changes)) >> POWER_ON << Dial(PRIMARY, 10.0) << OFFLINE


def online(**changes: object) -> Dialogue:
    """Registered on line 1, `POS Online` shown."""
    return powered(**changes).to_online() << ONLINE
