"""Captured frames without what is secret: masked in the TCP streams they carry, with checksums that stay true.

A card number may be split over two segments, so the streams are put together first, masked as a whole, and what was
masked is carried back into every frame that holds one of those bytes, at either end of the wire and in repetitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.evidence.captured import Captured
from harness.evidence.segment import SYN, Address, Segment, distance, replaced, segment

MASKED = "card data or secrets in this frame were masked by the harness, and its checksum moved by as much"

Redact = Callable[[bytes], bytes]
"""Gives bytes with what is secret in them masked, as many as it was given."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A segment with payload: its place in the capture, and the distance of its first byte from the stream's."""

    at: int
    place: int
    found: Segment


@dataclass(slots=True)
class _Stream:
    """One direction of one connection. `origin`: its first sequence number."""

    origin: int
    pieces: list[_Piece] = field(default_factory=list)

    def runs(self) -> Iterator[tuple[int, bytes, list[_Piece]]]:
        """The stretches of the stream without a hole: where one begins, its bytes, the pieces in it."""
        pieces = sorted(self.pieces, key=lambda piece: piece.at)
        start, run, inside = pieces[0].at if pieces else 0, bytearray(), list[_Piece]()
        for piece in pieces:
            if piece.at > start + len(run):
                yield start, bytes(run), inside
                start, run, inside = piece.at, bytearray(), []
            run += piece.found.payload[start + len(run) - piece.at :]
            inside.append(piece)
        yield start, bytes(run), inside


def masked(frames: Sequence[Captured], redact: Redact) -> tuple[list[Captured], dict[int, list[str]]]:
    """The frames with what is secret masked, and a remark on each that was changed, by its place.

    A frame whose bytes are not those of its stream (harm changed them) is masked by itself as well."""
    clean = list(frames)
    remarks: dict[int, list[str]] = {}
    for stream in _streams(frames):
        for start, run, pieces in stream.runs():
            without = redact(run)
            for piece in pieces:
                payload = piece.found.payload
                here = slice(piece.at - start, piece.at - start + len(payload))
                alone = payload if payload == run[here] else redact(payload)
                if run[here] == without[here] and alone == payload:
                    continue
                changes = _changes(payload, alone) | _changes(run[here], without[here])
                data = replaced(frames[piece.place].data, piece.found, changes)
                clean[piece.place] = replace(frames[piece.place], data=data)
                remarks[piece.place] = [MASKED]
    return clean, remarks


def _streams(frames: Sequence[Captured]) -> list[_Stream]:
    """Every direction of every connection; a new SYN between the same ports begins a new one."""
    ways: dict[tuple[Address, Address], list[_Stream]] = defaultdict(list)
    for place, frame in enumerate(frames):
        found = segment(frame.data)
        if found is None:
            continue
        way = ways[found.source, found.destination]
        if not way or (found.flags & SYN and found.sequence != way[-1].origin):
            way.append(_Stream(found.sequence))
        if found.payload:
            way[-1].pieces.append(_Piece(distance(way[-1].origin, found.sequence), place, found))
    return [stream for way in ways.values() for stream in way]


def _changes(before: bytes, after: bytes) -> dict[int, int]:
    return {place: new for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
