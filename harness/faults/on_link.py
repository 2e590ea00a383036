"""Harm to the wire, played on a link of lines: the memory's, or the proxy's.

Each piece that meets a harm is put before the very rule that the wire's process would put the frame before, as that
frame (`as_frames`); what the rule says of the frame is then done to the piece. A lost piece is sent again by the link,
as TCP would; a delayed one delays those behind it. Harms to single packets that TCP repairs (loss, a lost message) are
felt as delays here; one that puts other bytes in a frame's place cannot be played.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from harness.faults import as_frames
from harness.faults.injector import Began, Bit, Broke, Report
from harness.faults.moment import Moment, Toward, Watch
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Flow, Out, Rule, Scene
from harness.transports.host import HarnessError
from harness.transports.link import Fate, Kind, Link, Piece

_OTHER = {Toward.TERMINAL: Toward.CLOUD, Toward.CLOUD: Toward.TERMINAL}


class Linked(Protocol):
    """Who carries lines over a link."""

    link: Link

    @property
    def now(self) -> float:
        """The time, in the seconds of what is reported."""

    def across(self) -> dict[int, str]:
        """The lines over the link that are up at one end at least: by connection, the listener that was dialled."""

    def forge(self, connection: int, toward: str, kind: Kind, data: bytes = b"") -> bool:
        """Let something come out of the link that nobody has sent; whether its addressee was there."""


class _Lines:
    """The lines across the link, as rules see connections."""

    def __init__(self, host: Linked) -> None:
        self._host = host

    def __iter__(self) -> Iterator[Flow]:
        for connection, to in self._host.across().items():
            toward_cloud, toward_terminal = (
                self._host.link.next_place(connection, end) for end in (Toward.CLOUD, Toward.TERMINAL)
            )
            yield as_frames.flow(connection, to, toward_cloud=toward_cloud, toward_terminal=toward_terminal)

    def of(self, frame: Frame) -> Flow | None:
        """The connection a TCP frame belongs to."""
        end = frame.source if frame.toward is Toward.CLOUD else frame.destination
        return next((flow for flow in self if flow.terminal == end), None)


class _Harm:
    """One fault of the wire: a watcher of the link until its moment comes, an obstacle on it from then on."""

    def __init__(
        self, number: int, fault: WireFault, moment: Moment | None, scene: Scene, wire: LinkWire, host: Linked
    ) -> None:
        self._number = number
        self._fault = fault
        self._moment = moment
        self._scene = scene
        self._wire = wire
        self._host = host
        self._watches: dict[int, Watch] = {}
        self._rule: Rule | None = None
        self._in_force = False

    def cut(self, piece: Piece) -> int | None:
        """How many of these bytes still pass if the moment comes with them."""
        if self._moment is None or piece.toward != self._moment.toward:
            return None
        return self._watches.setdefault(piece.connection, Watch(self._moment)).cut(piece.data)

    def came(self) -> None:
        """Begin."""
        self._wire.on_report(Began(self._number, self._host.now))
        try:
            self._rule = self._fault.rule(self._scene)
            self._forge(self._rule.begin(self._host.now))
        except Exception as error:  # noqa: BLE001 — reported as Broke
            self._broke(error)
            return
        self._bitten()
        self._in_force = True
        self._host.link.put(self)

    def meets(self, piece: Piece) -> float | Fate:
        """What the rule lets become of a piece."""
        if self._rule is None:
            return 0.0
        awaits = self._host.link.next_place(piece.connection, _OTHER[Toward(piece.toward)])
        frame = as_frames.frame_of(piece, awaits)
        try:
            outs = self._rule.frame(frame, self._host.now)
            fate = 0.0 if outs is None else self._fate(piece, frame, outs)
        except Exception as error:  # noqa: BLE001 — reported as Broke; the piece passes as it came
            self._broke(error)
            return 0.0
        self._bitten()
        return fate

    def withdraw(self) -> None:
        """End: no trace of it stays on the link."""
        self._host.link.unwatch(self)
        if not self._in_force:
            return
        self._host.link.clear(self)
        if self._rule is not None:
            try:
                self._forge(self._rule.end(self._host.now))
            except Exception as error:  # noqa: BLE001 — reported as Broke
                self._broke(error)
            self._bitten()

    def _fate(self, piece: Piece, frame: Frame, outs: Sequence[Out]) -> float | Fate:
        onward = [out for out in outs if out.toward is frame.toward]
        if any(len(out.data) >= len(frame.data) and out.data != frame.data for out in onward):
            raise HarnessError("what puts other bytes in a frame's place can be played only on frames")
        back = [out for out in outs if out.toward is not frame.toward]
        self._forge(back, dialled=piece.kind is Kind.DIAL)
        whole = [out.after for out in onward if out.data == frame.data]
        if whole:
            return min(whole)
        # A sender takes no answer but TCP's for one to its segment; who asks for a way or for a name takes any.
        asks = piece.kind in (Kind.QUESTION, Kind.DIAL)
        return Fate.TAKEN if any(asks or Frame(out.data, out.toward).is_tcp for out in back) else Fate.LOST

    def _forge(self, outs: Sequence[Out], *, dialled: bool = False) -> None:
        for out in outs:
            for said in as_frames.said_in(Frame(out.data, out.toward)):
                kind = Kind.REJECTION if dialled and said.kind is Kind.RESET else said.kind
                self._host.forge(said.connection, said.toward, kind, said.data)

    def _bitten(self) -> None:
        if self._rule is not None:
            for what in self._rule.bites:
                self._wire.on_report(Bit(self._number, self._host.now, what))
            self._rule.bites.clear()

    def _broke(self, error: Exception) -> None:
        self._rule = None
        why = f"{type(self._fault).__name__}: {type(error).__name__}: {error}"
        self._wire.on_report(Broke(self._number, self._host.now, why))


class LinkWire:
    """Implements `Injector` on a link."""

    def __init__(self, host: Linked) -> None:
        self.on_report: Callable[[Report], None] = lambda _: None
        self._host = host
        self._harms: dict[int, _Harm] = {}

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force at once, or when its moment comes."""
        if number in self._harms:
            raise HarnessError(f"fault {number} is in force already")
        scene = Scene(random.Random(seed), scale, _Lines(self._host))  # noqa: S311 — chance that can be had again
        harm = self._harms[number] = _Harm(number, fault, moment, scene, self, self._host)
        if moment is None:
            harm.came()
        else:
            self._host.link.watch(harm)

    def end(self, number: int) -> None:
        """Take a fault out of force; what it lost is sent again, what it delays arrives."""
        if (harm := self._harms.pop(number, None)) is None:
            raise HarnessError(f"no fault {number} is in force")
        harm.withdraw()

    def poll(self) -> None:
        """Everything was reported when it happened."""

    def close(self) -> None:
        """End every fault that is left."""
        for number in tuple(self._harms):
            self.end(number)
