"""Frames out of a byte stream, and what is no frame as a value with its reason.

The rule of eConduit Direct (clause "Overview") is that a message ends with the two bytes 04 04 and nothing else
delimits it: not the TCP segment, not a line end. The decoder therefore remembers how far it has searched, so that a
frame of a megabyte in pieces of one byte costs no more than one search, and it never holds more than `limit` bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One delimited message, without its delimiter."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no proper frame or message, and why. The other side's mistake is data, never an exception.

    `raw` is cut to `SHOWN` bytes, `size` is how many there were."""

    raw: bytes
    why: str
    size: int


SHOWN = 256


def malformed(raw: bytes, why: str) -> Malformed:
    """A Malformed that keeps the first `SHOWN` bytes of what came."""
    return Malformed(raw[:SHOWN], why, len(raw))


class Delimited:
    """Splits a stream into frames ended by fixed bytes, feeding on pieces of any size.

    `limit` bounds the bytes held for one frame; a longer one is reported once as Malformed and skipped up to its end,
    so that a stream which never ends a frame can neither fill the memory nor hide what comes after it."""

    def __init__(self, terminator: bytes, limit: int = 1 << 20) -> None:
        self._terminator = terminator
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._skipping = False

    @property
    def pending(self) -> bytes:
        """Bytes that have come and belong to no finished frame yet (at most `SHOWN` of them)."""
        return bytes(self._buffer[:SHOWN])

    def receive_data(self, data: bytes) -> Iterator[Frame | Malformed]:
        """Feed bytes; yield the frames they finish, in order."""
        self._buffer += data
        start = 0
        while (end := self._buffer.find(self._terminator, max(start, self._searched))) >= 0:
            payload = bytes(self._buffer[start:end])
            start = self._searched = end + len(self._terminator)
            if self._skipping:
                self._skipping = False
            elif len(payload) > self._limit:
                yield self._too_long(payload)
            else:
                yield Frame(payload)
        del self._buffer[:start]
        self._searched = max(0, len(self._buffer) - len(self._terminator) + 1)
        if len(self._buffer) > self._limit + len(self._terminator):
            if not self._skipping:
                yield self._too_long(bytes(self._buffer))
            self._skipping = True
            # What is skipped needs no keeping, but a terminator may be split over this piece and the next.
            del self._buffer[: self._searched]
            self._searched = 0

    def _too_long(self, raw: bytes) -> Malformed:
        return malformed(raw, f"no terminator {self._terminator.hex(' ')} within the limit of {self._limit} bytes")
