"""What passes at both ends of the wire, with the kernel's own time stamps.

The socket is read in the harness's own process, when it has the time: the kernel stamps each frame as it passes, so
that reading late does no harm, and a frame is in the queue before TCP delivers it, so that `drain` before a judgement
has all that can have led to it. What is lost all the same (the kernel's buffer, or our bound) is counted, and whoever
judges must ask.
"""

from __future__ import annotations

import errno
import hashlib
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.evidence.captured import Captured, Seen, Toward
from harness.evidence.masking import masked
from harness.evidence.pcapng import pcapng
from harness.evidence.redact import redact_bytes
from harness.transports.host import BenchError

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_STATISTICS = 263, 6
PACKET_OUTGOING = 4
"""What Python's socket module has no name for (linux/socket.h, linux/if_packet.h)."""

BUFFER = 64 << 20
"""Bytes of kernel buffer that are asked for; without privilege the kernel gives what net.core.rmem_max allows."""

QUEUE = BUFFER // 512
"""Frames that are read at once: more than the buffer can hold, so that a flood does not keep us for ever."""

MOST_BYTES = 64 << 20
"""What one case may bring; frames beyond it count as dropped."""

FRAME_BYTES = 150
"""What a frame counts beside its bytes."""

STAMPED = (socket.SOL_SOCKET, SO_TIMESTAMPNS)
LONGEST = 65536 + 18
_ANCILLARY = socket.CMSG_SPACE(16)
_TIMESPEC = struct.Struct("@ll")
_STATISTICS = struct.Struct("@II")

LOCAL_EXPERIMENT = 0x88B5
"""The EtherType that IEEE 802 keeps for experiments: no stack answers it."""

HANDSHAKE = 5.0
"""Wall seconds in which a marker must have crossed the wire."""

TRIES = 5
"""Markers that are sent meanwhile: the first may find a link that is only just coming up."""

SHORTEST = 60


class Capture:
    """Both ends of the wire, on one AF_PACKET socket that sees its interfaces.

    `sides`: the end of the wire by the name of its interface. An interface that has been taken away has no name any
    more when its last frames are read; only that at the terminal's end goes so, with the terminal's mains."""

    def __init__(self, packets: socket.socket, sides: Mapping[str, Toward], most_bytes: int = MOST_BYTES) -> None:
        self._socket = packets
        self._sides = {"": Toward.TERMINAL, **sides}
        self._most_bytes = most_bytes
        self.frames: list[Captured] = []
        """The frames of the case, in the order in which the kernel saw them. They are added by `drain` only."""
        self._bytes = 0
        self._dropped = 0
        packets.setblocking(False)
        packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            packets.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except PermissionError:
            packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.begin()

    def begin(self) -> None:
        """A case begins: forget the frames of the one before, and what was lost of them."""
        self.drain()
        self.dropped()
        self.frames = []
        self._bytes = self._dropped = 0

    def drain(self) -> None:
        """Read all that has come, without waiting."""
        for _ in range(QUEUE):
            try:
                data, ancillary, _, address = self._socket.recvmsg(LONGEST, _ANCILLARY)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno == errno.ENETDOWN:
                    # An interface went down: the kernel says so once, and what is queued can be read on.
                    continue
                raise BenchError(f"the capture broke: {error.strerror}") from error
            side = self._sides.get(address[0])
            if side is None:
                continue
            stamp = next((_nanoseconds(value) for level, kind, value in ancillary if (level, kind) == STAMPED), None)
            self._bytes += len(data) + FRAME_BYTES
            if stamp is None or self._bytes > self._most_bytes:
                self._dropped += 1
            else:
                self.frames.append(Captured(stamp, side, address[2] == PACKET_OUTGOING, data))

    def dropped(self) -> int:
        """Frames of this case that were lost: in the kernel's buffer, or beyond what a case may bring."""
        # The kernel counts anew after each look.
        _, dropped = _STATISTICS.unpack(self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, _STATISTICS.size))
        self._dropped += dropped
        return self._dropped

    def seen(self, since: float, until: float, clock: Callable[[int], float]) -> list[Seen]:
        """The frames between two document seconds. `clock`: the document seconds of a stamp.

        What entered the wire sooner and left it within that time stands there too, as it left."""
        self.drain()
        found = (frame.seen(clock) for frame in self.frames)
        return [seen for seen in found if since <= seen.at <= until]

    def ready(self, send: Callable[[bytes], object], within: float = HANDSHAKE) -> None:
        """Make sure that frames are caught at both ends, before the first one that matters.

        `send` puts a frame on the cable at the terminal's end, or at the cloud's; it must be seen entering the wire and
        leaving it. Raises BenchError if it is not, `within` wall seconds."""
        seen: list[Captured] = []
        for _ in range(TRIES):
            marker = mark(os.urandom(16))
            send(marker)
            seen = self.awaited(marker, 2, within / TRIES)
            if {frame.leaving for frame in seen} == {True, False}:
                return
        where = " and ".join(f"{'left' if frame.leaving else 'entered'} at the {frame.side}" for frame in seen)
        raise BenchError(f"no capture: a marker sent through the wire {where or 'was not seen'}, in {within:g} s")

    def awaited(self, marker: bytes, times: int, within: float) -> list[Captured]:
        """Wait until a marker was seen so many times, or for so many wall seconds; where it was seen."""
        begun, seen, read = time.monotonic(), list[Captured](), 0
        readable = select.poll()
        readable.register(self._socket, select.POLLIN)
        while True:
            self.drain()
            # A short frame may have been padded on its way.
            seen += [frame for frame in self.frames[read:] if frame.data.startswith(marker)]
            read = len(self.frames)
            left = begun + within - time.monotonic()
            if len(seen) >= times or left <= 0:
                return seen
            readable.poll(left * 1000)

    def write(
        self,
        path: Path,
        comments: Mapping[int, Sequence[str]] | None = None,
        about: Sequence[str] = (),
        redact: Callable[[bytes], bytes] = redact_bytes,
    ) -> str:
        """Write the frames of the case as a pcapng file; its SHA-256, in hexadecimal.

        `comments`: what is to be said of a frame, by its place in `frames`; `about`: of the whole file; `redact`: gives
        a stream with what is secret masked, byte for byte."""
        self.drain()
        frames, remarks = masked(self.frames, redact)
        for place, said in (comments or {}).items():
            remarks.setdefault(place, []).extend(said)
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for block in pcapng(frames, remarks, about, self.dropped()):
                digest.update(block)
                file.write(block)
        return digest.hexdigest()

    def fileno(self) -> int:
        """Readable when there is something to drain."""
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


def mark(nonce: bytes) -> bytes:
    """A frame that crosses the wire and that nobody answers, told from all others by its nonce."""
    head = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + LOCAL_EXPERIMENT.to_bytes(2)
    return (head + nonce).ljust(SHORTEST, b"\0")


def _nanoseconds(timespec: bytes) -> int:
    seconds, nanoseconds = _TIMESPEC.unpack(timespec)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)
