"""The k-th message, packet or byte of a kind is lost, and nothing else.

What is to be lost is a stretch of one connection's stream. A segment that holds a part of it leaves without that part:
what stands before it and behind it leaves as segments of their own, so that not a byte more is lost than was meant.
TCP then sends the stretch again; it passes then, or is lost each time, *for good*: the receiver's stream ends before it
for as long as the fault lasts, though the connection stands and later bytes arrive.

New bytes are told from bytes sent again by their place in the stream. A sender's segments come in the order in which
they were sent, so a byte behind the furthest one seen is new, and every other one has been sent before. Only behind a
fault that loses or reorders there are gaps: what stands behind a gap counts as the beginning of a message.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import LONGEST, Toward
from harness.faults.sightings import NO_SIGN, Seen, Sightings, Sign
from harness.faults.wire.checksum import remainder, shortened
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError

# ---- What is aimed at ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Stream:
    """One way of one connection. Places count its bytes from the first that was seen; `next` is the place behind the
    last, `sequence` its sequence number. `message`: what is there of the message under way (at most its last LONGEST
    bytes), which `began` at a place; `counted`: whether it was found to match."""

    sequence: int
    next: int = 0
    message: bytes = b""
    began: int = 0
    counted: bool = False

    def place(self, sequence: int) -> int:
        """The place of a sequence number; they turn over, so it is the nearest of all that it may be."""
        return self.next + ((sequence - self.sequence + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


@dataclass(slots=True)
class _Stretch:
    """Bytes of a stream that are to be lost: from one place up to another, None while that is not known."""

    stream: _Stream
    start: int
    stop: int | None


class _Lose(Rule):
    """Finds its stretch in the bytes that are new, and loses it."""

    def __init__(self, scene: Scene, fault: _DropKth) -> None:
        super().__init__(scene)
        self._toward = Toward(fault.toward)
        self._for_good = fault.for_good
        self._streams: dict[bytes, _Stream] = {}
        self.pattern = fault.expression
        self.k = fault.k
        self.stretch: _Stretch | None = None

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward is not self._toward or not frame.is_tcp:
            return None
        payload = frame.payload
        if not payload:
            if frame.flags & SYN:
                self._streams.pop(_connection(frame), None)
            return None
        connection = _connection(frame)
        stream = self._streams.get(connection)
        if stream is None:
            stream = self._streams[connection] = _Stream(frame.sequence)
        start = stream.place(frame.sequence)
        stop = start + len(payload)
        new = max(start, stream.next)
        if new > stream.next:
            stream.message, stream.began, stream.counted = b"", new, False
        if new < stop:
            stream.next, stream.sequence = stop, (frame.sequence + len(payload)) & 0xFFFFFFFF
            if self.stretch is None or self.stretch.stop is None:
                self.look(stream, new, payload[new - start :])
        return self._without(frame, stream, start, start if self._for_good else new)

    def _without(self, frame: Frame, stream: _Stream, start: int, since: int) -> Sequence[Out] | None:
        """The frame, whose payload stands at `start`, without the part of the stretch that it holds after `since`."""
        stretch = self.stretch
        if stretch is None or stretch.stream is not stream:
            return None
        length = len(frame.payload)
        first = max(stretch.start, since) - start
        last = length if stretch.stop is None else min(stretch.stop - start, length)
        if first >= last:
            return None
        self.bite(f"{last - first} of {length} bytes toward the {frame.toward}")
        outs = []
        if first > 0:
            outs.append(Out(shortened(frame, first), frame.toward))
        if last < length:
            outs.append(Out(remainder(frame, last), frame.toward))
        return outs

    @abstractmethod
    def look(self, stream: _Stream, place: int, data: bytes) -> None:
        """Look for the stretch in the new bytes of a stream, which stand at a place."""


class _LosePacket(_Lose):
    def look(self, stream: _Stream, place: int, data: bytes) -> None:
        if self.pattern.search(data):
            self.k -= 1
            if not self.k:
                self.stretch = _Stretch(stream, place, place + len(data))


class _LoseInMessages(_Lose):
    """Cuts streams into messages."""

    def __init__(self, scene: Scene, fault: _DropOfMessages) -> None:
        super().__init__(scene, fault)
        self._terminator = fault.terminator.encode("latin-1")

    def look(self, stream: _Stream, place: int, data: bytes) -> None:
        stream.message += data
        while (end := stream.message.find(self._terminator)) >= 0:
            size = end + len(self._terminator)
            stop = stream.next - len(stream.message) + size
            self._found(stream, stream.message[:end], stop, whole=True)
            stream.message, stream.began, stream.counted = stream.message[size:], stop, False
        if stream.message:
            self._found(stream, stream.message, stream.next, whole=False)
        stream.message = stream.message[-LONGEST:]

    def _found(self, stream: _Stream, body: bytes, stop: int, *, whole: bool) -> None:
        stretch = self.stretch
        if stretch is None:
            if self.pattern.search(body):
                self.stretch = self.hit(stream, stop, whole=whole)
        elif stretch.stream is stream and stretch.stop is None and whole:
            stretch.stop = stop

    @abstractmethod
    def hit(self, stream: _Stream, stop: int, *, whole: bool) -> _Stretch | None:
        """What is to be lost of the stream's message, which matches, and is there up to `stop`, perhaps not `whole`."""


class _LoseMessage(_LoseInMessages):
    def hit(self, stream: _Stream, stop: int, *, whole: bool) -> _Stretch | None:
        if not stream.counted:
            stream.counted = True
            self.k -= 1
        return None if self.k else _Stretch(stream, stream.began, stop if whole else None)


class _LoseByte(_LoseInMessages):
    def hit(self, stream: _Stream, stop: int, *, whole: bool) -> _Stretch | None:
        place = stream.began + self.k - 1
        return _Stretch(stream, place, place + 1) if place < stop else None


# ---- The faults ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _DropKth(WireFault):
    """Raises HarnessError for a `k` below 1 and for a `pattern` that is no regular expression."""

    means: ClassVar[Means] = Means.PACKETS

    pattern: str = ""
    k: int = 1
    toward: Toward = Toward.CLOUD
    for_good: bool = False

    def __post_init__(self) -> None:
        if self.k < 1:
            raise HarnessError(f"{self.name}: counting begins at 1, not at {self.k}")
        try:
            re.compile(self.pattern.encode("latin-1"))
        except (re.error, UnicodeEncodeError) as error:
            raise HarnessError(f"{self.name}: {self.pattern!r} is no regular expression over bytes: {error}") from error

    @property
    def expression(self) -> re.Pattern[bytes]:
        return re.compile(self.pattern.encode("latin-1"))

    def signs(self, seen: Sightings) -> Sign:
        """Segments that entered, and of whose bytes those that were meant, and only those, left in no segment."""
        dropped = [
            (payload, missing)
            for payload, missing in _missing(seen, Toward(self.toward))
            if missing and self.meant(payload, missing)
        ]
        if not dropped:
            return NO_SIGN
        payload, missing = dropped[0]
        return Sign(len(dropped), f"{len(missing)} of {len(payload)} bytes toward the {self.toward} never left")

    @abstractmethod
    def meant(self, payload: bytes, missing: bytes) -> bool:
        """Whether these missing bytes of a segment's payload are what was to be lost."""


@dataclass(frozen=True)
class _DropOfMessages(_DropKth):
    """Raises HarnessError, too, for messages that nothing ends."""

    terminator: str = "\x04\x04"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.terminator:
            raise HarnessError(f"{self.name}: a message needs a terminator")


@dataclass(frozen=True)
class DropMessage(_DropOfMessages):
    """The `k`-th message `toward` an end whose bytes match `pattern` is lost, with its terminator.

    `k` counts from the fault's beginning, over all connections. `pattern` and `terminator` are as in a `Moment`: a
    regular expression over Latin-1 text, searched in the message; the bytes that end a message. Its first transmission
    is lost, or with `for_good` every one. A message in several segments is lost from that one on with which it is
    known to match."""

    name: ClassVar[str] = "lost message"

    def rule(self, scene: Scene) -> Rule:
        return _LoseMessage(scene, self)

    def meant(self, payload: bytes, missing: bytes) -> bool:
        return self.expression.search(missing) is not None


@dataclass(frozen=True)
class DropPacket(_DropKth):
    """The `k`-th TCP segment `toward` an end is lost whose payload is new and matches `pattern`.

    `k` counts from the fault's beginning, over all connections; `pattern` is a regular expression over the payload as
    Latin-1 text, and every payload matches the empty one. The segment is lost once; with `for_good` its bytes are lost
    each time, in whatever segments they are sent again."""

    name: ClassVar[str] = "lost packet"

    def rule(self, scene: Scene) -> Rule:
        return _LosePacket(scene, self)

    def meant(self, payload: bytes, missing: bytes) -> bool:
        return missing == payload and self.expression.search(payload) is not None


@dataclass(frozen=True)
class DropByte(_DropOfMessages):
    """The `k`-th byte of the next message `toward` an end that matches `pattern` and is that long is lost.

    The segment that holds the byte leaves as two, the one before and the one behind the byte, so that the receiver has
    all but this one; its terminator's bytes count too. TCP repairs that: it sends the byte again. With `for_good` it
    is lost each time. `pattern` and `terminator` are as in a `Moment`. A byte that passed in an earlier segment than
    that with which its message is known to match is not called back: the fault then does not bite."""

    name: ClassVar[str] = "lost byte"

    def rule(self, scene: Scene) -> Rule:
        return _LoseByte(scene, self)

    def meant(self, payload: bytes, missing: bytes) -> bool:
        return len(missing) == 1 and self.expression.search(payload) is not None


def _connection(frame: Frame) -> bytes:
    """Addresses and ports of a TCP frame."""
    return frame.data[26:34] + frame.data[frame.transport : frame.transport + 4]


def _missing(seen: Sightings, toward: Toward) -> Iterator[tuple[bytes, bytes]]:
    """Of each TCP segment that did not leave as it was: its payload, and those of its bytes that left in no piece of
    it. A piece bears the number of the packet that it was cut from."""

    def packet(frame: Frame) -> bytes:
        return _connection(frame) + frame.data[18:20]

    pieces: dict[bytes, list[Frame]] = defaultdict(list)
    for frame in _segments(seen.forged, toward):
        pieces[packet(frame)].append(frame)
    for frame in _segments(seen.lost, toward):
        payload = frame.payload
        left = bytearray(len(payload))
        for piece in pieces.get(packet(frame), ()):
            start = (piece.sequence - frame.sequence) & 0xFFFFFFFF
            stop = start + len(piece.payload)
            left[start:stop] = b"\1" * len(left[start:stop])
        yield payload, bytes(byte for byte, out in zip(payload, left, strict=True) if not out)


def _segments(frames: Sequence[Seen], toward: Toward) -> Iterator[Frame]:
    """Those TCP frames among them that go toward an end and have a payload."""
    for seen in frames:
        frame = Frame(seen.data, seen.toward)
        if frame.toward is toward and frame.is_tcp and frame.payload:
            yield frame
