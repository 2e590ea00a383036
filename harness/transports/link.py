"""What lies between the DUT and its counterparts in memory: a link that delays, loses and answers as it is told.

Theory. Parties speak in TCP's terms, so the link does to them what a harmed wire does to TCP. Whatever is sent crosses
as a *piece* (a question for an address, a dial, bytes, the end of a line, …); the pieces of one line that go one way
keep their order. A piece that is lost is sent again after 0.2 s, 0.4 s, … as Linux does, and whatever stands behind it
waits; after the fifteenth time in vain its sender gives the line up. One thing is kinder than a real stack: when an
obstacle goes, what was lost is sent again at once, not when its pause has run out. A reset is sent once and never
again, but for one that answers what itself is sent again.

The link keeps its own record of each crossing: when a piece entered, when it left, or that it never did. Who put which
obstacle there is no matter to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Protocol

LATENCY = 0.001
"""Seconds a piece is under way: enough that cause stands before effect in the trace."""

TERMINAL, CLOUD = "terminal", "cloud"
"""The two ends of the link, as the words of `Toward`. The DUT alone is at the terminal's end."""

RETRIES = 15
"""How often a lost piece is sent again (Linux: tcp_retries2); its sender then gives up, after 924.6 s in all."""

FIRST_PAUSE, FIRST_PAUSE_OF_DIAL, LONGEST_PAUSE = 0.2, 1.0, 120.0
"""Seconds until a lost piece is sent again; each pause is twice the one before, up to the longest."""


class Kind(StrEnum):
    """What crosses."""

    QUESTION = "a question for an address"
    ADDRESS = "an address"
    UNKNOWN = "word that a name is not known"
    DIAL = "a dial"
    ANSWER = "the answer to a dial"
    UNREACHABLE = "word that an address is out of reach"
    BYTES = "bytes"
    END = "the end of a line"
    RESET = "a reset"
    REJECTION = "a reset in answer to what nobody is there for"


@dataclass(frozen=True, slots=True)
class Piece:
    """What crosses at once. `connection`: its line, numbered from 1 in the order of dialling, vain ones too; `to`: the
    name of the listener that was dialled; `toward`: the end it is on its way to.

    The link numbers what is sent: `place` is that of its first byte among all that was sent on this line this way,
    where what begins or ends a line counts as one; `number` counts transmissions: what is sent again has a new one."""

    connection: int
    to: str
    toward: str
    kind: Kind
    data: bytes = b""
    place: int = 0
    number: int = 0

    @property
    def length(self) -> int:
        """Places that it takes."""
        return 1 if self.kind in (Kind.DIAL, Kind.ANSWER, Kind.END) else len(self.data)


@dataclass(slots=True)
class Crossing:
    """A piece at the link. `entered`: when, None for one that was forged; `left`: when it comes out, None if it was
    lost, or answered in the place of its addressee."""

    piece: Piece
    entered: float | None
    left: float | None = None


class Fate(Enum):
    """What becomes of a piece that does not pass: it is lost, and sent again; or the obstacle takes it, and answers in
    the place of its addressee as it likes."""

    LOST = "lost"
    TAKEN = "taken"


class Obstacle(Protocol):
    """Something on the link that does harm."""

    def meets(self, piece: Piece) -> float | Fate:
        """What becomes of a piece, asked each time it is sent: the seconds by which it is delayed, or its fate."""


class Watcher(Protocol):
    """Waits for a moment in what is sent."""

    def cut(self, piece: Piece) -> int | None:
        """How many of these bytes still pass if the moment comes with them, else None."""

    def came(self) -> None:
        """The moment is here: what passes before it is on its way, what follows has not entered."""


Arrive = Callable[[Piece], None]
"""Told that a piece, or the part of it that stands before a moment, is there."""


@dataclass(slots=True, eq=False)
class _Parcel:
    """A piece that is to be sent. `given_up`: told when its sender has sent it in vain too often; `moments`: those that
    come with it, by the bytes that stand before them, None while nobody has looked."""

    piece: Piece
    arrive: Arrive
    given_up: Callable[[], None] = lambda: None
    tries: int = 0
    pausing: bool = False
    moments: list[tuple[int, Watcher]] | None = None


@dataclass(slots=True, eq=False)
class _Flight:
    """A parcel on its way. `due`: when it would arrive with none before it; `by`: who delays it."""

    parcel: _Parcel
    crossing: Crossing
    due: float
    by: tuple[Obstacle, ...]
    arrives: float | None = None


@dataclass(slots=True)
class _Lane:
    """One line, one way: what waits to be sent (again), what is on its way, and the place of what is sent next."""

    waiting: deque[_Parcel] = field(default_factory=deque)
    flying: deque[_Flight] = field(default_factory=deque)
    place: int = 0


class Link:
    """Carries pieces between its two ends, `latency` seconds each. `clock`: the time; `at(time, do)`: lets something
    happen at a time."""

    def __init__(
        self,
        clock: Callable[[], float],
        at: Callable[[float, Callable[[], None]], object],
        latency: float = LATENCY,
    ) -> None:
        self.crossings: list[Crossing] = []
        """Every crossing so far, in the order of entering (or of forging)."""
        self.carriers: list[tuple[float, bool]] = []
        """When the carrier at the terminal's end went and came."""
        self._latency = latency
        self._clock = clock
        self._at = at
        self._obstacles: list[Obstacle] = []
        self._watchers: list[Watcher] = []
        self._lanes: dict[tuple[int, str], _Lane] = {}
        self._sent = 0
        self._carrier = True
        self._dark = False

    # ---- harm --------------------------------------------------------------------------------------------------------

    def put(self, obstacle: Obstacle) -> None:
        """From now on pieces meet this obstacle, after those that stand already."""
        self._obstacles.append(obstacle)

    def clear(self, obstacle: Obstacle) -> None:
        """Take an obstacle away: what it lost is sent again, what it delays arrives."""
        self._obstacles.remove(obstacle)
        for lane in self._lanes.values():
            for flight in lane.flying:
                if obstacle in flight.by:
                    flight.due = min(flight.due, self._clock() + self._latency)
            self._land(lane)
        self._again()

    def watch(self, watcher: Watcher) -> None:
        """Show this watcher all bytes that are sent, until its moment has come."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Show it no more; no matter if its moment has come."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def carrier(self, *, up: bool) -> None:
        """Take the carrier at the terminal's end away, or give it back. Without it everything is lost."""
        if up is not self._carrier:
            self._carrier = up
            self.carriers.append((self._clock(), up))
            if up:
                self._again()

    def power(self, *, on: bool) -> None:
        """Whether somebody is there at the terminal's end. What its dead stack had not got through is gone for good;
        what is sent to it meanwhile comes out of the link, but nobody takes it."""
        self._dark = not on
        if self._dark:
            for (_, toward), lane in self._lanes.items():
                if toward == CLOUD:
                    lane.waiting.clear()
        else:
            self._again()

    # ---- carrying ----------------------------------------------------------------------------------------------------

    def carry(self, piece: Piece, arrive: Arrive, given_up: Callable[[], None] = lambda: None) -> None:
        """Send a piece. It arrives after all that was sent before it on its line, however often that is lost."""
        lane = self._lane(piece)
        if piece.kind in (Kind.RESET, Kind.REJECTION):
            lane.waiting.clear()  # who resets has nothing more to say
        lane.waiting.append(_Parcel(replace(piece, place=lane.place), arrive, given_up))
        lane.place += piece.length
        if len(lane.waiting) == 1:
            self._transmit(lane)

    def forge(self, piece: Piece, arrive: Arrive) -> None:
        """Let a piece come out that nobody has sent."""
        lane = self._lane(piece)
        parcel = _Parcel(self._numbered(replace(piece, place=lane.place)), arrive)
        lane.place += piece.length
        self._leave(lane, parcel, None, 0.0, ())

    def forget(self, connection: int) -> None:
        """Nothing of this line is sent any more: its dial timed out."""
        for toward in (TERMINAL, CLOUD):
            if (lane := self._lanes.pop((connection, toward), None)) is not None:
                lane.waiting.clear()

    def next_place(self, connection: int, toward: str) -> int:
        """The place of what is sent next on a line toward an end."""
        lane = self._lanes.get((connection, toward))
        return 0 if lane is None else lane.place

    def _lane(self, piece: Piece) -> _Lane:
        return self._lanes.setdefault((piece.connection, piece.toward), _Lane())

    def _numbered(self, piece: Piece) -> Piece:
        self._sent += 1
        return replace(piece, number=self._sent)

    def _transmit(self, lane: _Lane) -> None:
        while lane.waiting:
            parcel = lane.waiting[0]
            parcel.piece = self._numbered(parcel.piece)
            fate, by = self._fate(parcel.piece)
            if not isinstance(fate, Fate):
                lane.waiting.popleft()
                self._pass(lane, parcel, fate, by)
                continue
            self.crossings.append(Crossing(parcel.piece, self._clock()))
            if fate is Fate.LOST and parcel.piece.kind is not Kind.RESET:
                self._pause(lane, parcel)
                return
            lane.waiting.popleft()

    def _pass(self, lane: _Lane, parcel: _Parcel, after: float, by: tuple[Obstacle, ...]) -> None:
        """Nothing stops a parcel; but a moment may come with it, and what begins then may stop the rest of it."""
        piece = parcel.piece
        if parcel.moments is None:
            cuts = [(watcher.cut(piece), watcher) for watcher in self._watchers if piece.kind is Kind.BYTES]
            parcel.moments = sorted(((at, who) for at, who in cuts if at is not None), key=lambda moment: moment[0])
        if not parcel.moments:
            self._leave(lane, parcel, self._clock(), after, by)
            return
        cut = parcel.moments[0][0]
        head, rest = (
            replace(piece, data=piece.data[:cut]),
            replace(piece, data=piece.data[cut:], place=piece.place + cut),
        )
        come = [who for at, who in parcel.moments if at == cut or not rest.data]
        later = [(at - cut, who) for at, who in parcel.moments if who not in come]
        if head.data:
            self._leave(lane, _Parcel(head, parcel.arrive), self._clock(), after, by)
        if rest.data:
            lane.waiting.appendleft(_Parcel(rest, parcel.arrive, parcel.given_up, moments=later))
        for watcher in come:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
                watcher.came()

    def _leave(
        self, lane: _Lane, parcel: _Parcel, entered: float | None, after: float, by: tuple[Obstacle, ...]
    ) -> None:
        crossing = Crossing(parcel.piece, entered)
        self.crossings.append(crossing)
        lane.flying.append(_Flight(parcel, crossing, self._clock() + self._latency + after, by))
        self._land(lane)

    def _land(self, lane: _Lane) -> None:
        """Say when what is on its way arrives: in the order in which it was sent."""
        before = 0.0
        for flight in lane.flying:
            before = max(before, flight.due)
            if flight.arrives is None or flight.arrives > before:
                flight.arrives = flight.crossing.left = before
                self._at(before, lambda: self._landed(lane))

    def _landed(self, lane: _Lane) -> None:
        while lane.flying and (arrives := lane.flying[0].arrives) is not None and arrives <= self._clock():
            parcel = lane.flying.popleft().parcel
            if not self._dark or parcel.piece.toward != TERMINAL:
                parcel.arrive(parcel.piece)
            elif parcel.piece.kind is not Kind.RESET:
                lane.waiting.append(parcel)
                if lane.waiting[0] is parcel:
                    self._pause(lane, parcel)

    def _fate(self, piece: Piece) -> tuple[float | Fate, tuple[Obstacle, ...]]:
        """What becomes of a piece, and whose doing it is."""
        if not self._carrier:
            return Fate.LOST, ()
        delay, by = 0.0, []
        for obstacle in tuple(self._obstacles):
            after = obstacle.meets(piece)
            if isinstance(after, Fate):
                return after, (obstacle,)
            if after:
                delay += after
                by.append(obstacle)
        return delay, tuple(by)

    def _pause(self, lane: _Lane, parcel: _Parcel) -> None:
        """Send a lost piece again when its pause has run out; the next one, if it is not in one."""
        if parcel.pausing:
            return
        first = FIRST_PAUSE_OF_DIAL if parcel.piece.kind in (Kind.QUESTION, Kind.DIAL, Kind.ANSWER) else FIRST_PAUSE
        pause = min(LONGEST_PAUSE, first * 2.0**parcel.tries)
        parcel.tries += 1
        parcel.pausing = True

        def retry() -> None:
            parcel.pausing = False
            if not lane.waiting or lane.waiting[0] is not parcel:
                return
            if parcel.tries > RETRIES:
                lane.waiting.clear()
                parcel.given_up()
            else:
                self._transmit(lane)

        self._at(self._clock() + pause, retry)

    def _again(self) -> None:
        for lane in list(self._lanes.values()):
            self._transmit(lane)
