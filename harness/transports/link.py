"""What lies between the DUT and its counterparts in memory: a link that delays, loses and answers as it is told.

Theory. Parties speak in TCP's terms, so the link does to them what a harmed wire does to TCP. Whatever is sent crosses
as a *piece* (a dial, the answer to it, bytes, the end of a line, its reset); the pieces of one line that go one way
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

    DIAL = "a dial"
    ANSWER = "the answer to a dial"
    BYTES = "bytes"
    END = "the end of a line"
    RESET = "a reset"
    REJECTION = "a reset in answer to what nobody is there for"
    UNREACHABLE = "word that an address is out of reach"
    UNKNOWN = "word that a name is not known"


@dataclass(frozen=True, slots=True)
class Piece:
    """What crosses at once. `connection`: its line, numbered from 1 in the order of dialling, vain ones too; `to`: the
    name of the listener that was dialled; `toward`: the end it is on its way to."""

    connection: int
    to: str
    toward: str
    kind: Kind
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A piece at the link. `entered`: when, None for one that was forged; `left`: when it comes out, None if it was
    lost, or answered in the place of its addressee."""

    piece: Piece
    entered: float | None
    left: float | None


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
    """A piece on its way. `given_up`: told when its sender has sent it in vain too often."""

    piece: Piece
    arrive: Arrive
    given_up: Callable[[], None] = lambda: None
    tries: int = 0


@dataclass(slots=True)
class _Lane:
    """One line, one way: what waits to be sent (again), and when the last that was sent arrives."""

    waiting: deque[_Parcel] = field(default_factory=deque)
    arrival: float = 0.0


class Link:
    """Carries pieces between its two ends. `clock`: the time; `at(time, do)`: lets something happen at a time."""

    def __init__(self, clock: Callable[[], float], at: Callable[[float, Callable[[], None]], object]) -> None:
        self.crossings: list[Crossing] = []
        """Every crossing so far, in the order of entering (or of forging)."""
        self.carriers: list[tuple[float, bool]] = []
        """When the carrier at the terminal's end went and came."""
        self._clock = clock
        self._at = at
        self._obstacles: list[Obstacle] = []
        self._watchers: list[Watcher] = []
        self._lanes: dict[tuple[int, str], _Lane] = {}
        self._carrier = True
        self._dark = False

    # ---- harm --------------------------------------------------------------------------------------------------------

    def place(self, obstacle: Obstacle) -> None:
        """From now on pieces meet this obstacle, after those that stand already."""
        self._obstacles.append(obstacle)

    def clear(self, obstacle: Obstacle) -> None:
        """Take an obstacle away; what was lost is sent again."""
        self._obstacles.remove(obstacle)
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
            self._again()

    def power(self, *, on: bool) -> None:
        """Whether somebody is there at the terminal's end. What its dead stack had not got through is gone for good;
        what is sent to it is lost while it is off."""
        self._dark = not on
        if self._dark:
            for (_, toward), lane in self._lanes.items():
                if toward == CLOUD:
                    lane.waiting.clear()
        self._again()

    # ---- carrying ----------------------------------------------------------------------------------------------------

    def carry(self, piece: Piece, arrive: Arrive, given_up: Callable[[], None] = lambda: None) -> None:
        """Send a piece. It arrives after all that was sent before it on its line, however often that is lost."""
        for watcher in tuple(self._watchers):
            passed = watcher.cut(piece) if piece.kind is Kind.BYTES else None
            if passed is not None:
                self.unwatch(watcher)
                if passed:
                    self._send(_Parcel(replace(piece, data=piece.data[:passed]), arrive, given_up))
                watcher.came()
                piece = replace(piece, data=piece.data[passed:])
        if piece.data or piece.kind is not Kind.BYTES:
            self._send(_Parcel(piece, arrive, given_up))

    def forge(self, piece: Piece, arrive: Arrive) -> None:
        """Let a piece come out that nobody has sent."""
        self._leave(self._lane(piece), _Parcel(piece, arrive), entered=None, after=0.0)

    def forget(self, line: int) -> None:
        """Nothing of this line is sent any more: its dial timed out."""
        for toward in (TERMINAL, CLOUD):
            if (lane := self._lanes.pop((line, toward), None)) is not None:
                lane.waiting.clear()

    def _lane(self, piece: Piece) -> _Lane:
        return self._lanes.setdefault((piece.connection, piece.toward), _Lane())

    def _send(self, parcel: _Parcel) -> None:
        lane = self._lane(parcel.piece)
        if parcel.piece.kind in (Kind.RESET, Kind.REJECTION):
            lane.waiting.clear()  # who resets has nothing more to say
        lane.waiting.append(parcel)
        if lane.waiting[0] is parcel:
            self._transmit(lane)

    def _transmit(self, lane: _Lane) -> None:
        while lane.waiting:
            parcel = lane.waiting[0]
            fate = self._fate(parcel.piece)
            if isinstance(fate, Fate):
                self.crossings.append(Crossing(parcel.piece, self._clock(), None))
                if fate is Fate.LOST and parcel.piece.kind is not Kind.RESET:
                    if parcel.tries == 0:
                        self._retry(lane, parcel)
                    return
                lane.waiting.popleft()
            else:
                lane.waiting.popleft()
                self._leave(lane, parcel, self._clock(), fate)

    def _leave(self, lane: _Lane, parcel: _Parcel, entered: float | None, after: float) -> None:
        lane.arrival = max(lane.arrival, self._clock() + LATENCY + after)
        self.crossings.append(Crossing(parcel.piece, entered, lane.arrival))

        def there() -> None:
            if self._dark and parcel.piece.toward == TERMINAL:
                self._send(parcel)  # in vain, until somebody is there
            else:
                parcel.arrive(parcel.piece)

        self._at(lane.arrival, there)

    def _fate(self, piece: Piece) -> float | Fate:
        if not self._carrier or (self._dark and piece.toward == TERMINAL):
            return Fate.LOST
        delay = 0.0
        for obstacle in self._obstacles:
            after = obstacle.meets(piece)
            if isinstance(after, Fate):
                return after
            delay += after
        return delay

    def _retry(self, lane: _Lane, parcel: _Parcel) -> None:
        """Send a lost piece again when its next pause has run out."""
        first = FIRST_PAUSE_OF_DIAL if parcel.piece.kind in (Kind.DIAL, Kind.ANSWER) else FIRST_PAUSE
        pause = min(LONGEST_PAUSE, first * 2.0**parcel.tries)
        parcel.tries += 1

        def retry() -> None:
            if not lane.waiting or lane.waiting[0] is not parcel:
                return
            if parcel.tries > RETRIES:
                lane.waiting.clear()
                parcel.given_up()
                return
            self._transmit(lane)
            if lane.waiting and lane.waiting[0] is parcel:
                self._retry(lane, parcel)

        self._at(self._clock() + pause, retry)

    def _again(self) -> None:
        for lane in list(self._lanes.values()):
            self._transmit(lane)
