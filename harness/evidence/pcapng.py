"""A capture file as Wireshark reads it (pcapng): its blocks, as bytes.

One section with one interface for each end of the wire, time stamps in nanoseconds, and with each frame the direction
it went, as the wire saw it: *inbound* entered the wire there, *outbound* left it. Layout: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

from harness.evidence.captured import Captured, Toward

APPLICATION = "terminal certification harness"
SECTION, INTERFACE, PACKET, STATISTICS = 0x0A0D0D0A, 1, 6, 5
END, COMMENT = 0, 1
USER_APPLICATION = 4
NAME, DESCRIPTION, RESOLUTION = 2, 3, 9
FLAGS = 2
INBOUND, OUTBOUND = 1, 2
RECEIVED, DROPPED = 4, 5
ETHERNET = 1
TWICE = "a frame that passed stands here twice, once for each end of the wire: frame.interface_name tells them apart"
SIDES = (Toward.TERMINAL, Toward.CLOUD)
"""The interfaces of the file, in the order of their numbers."""

Options = Sequence[tuple[int, bytes]]


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes, options: Options = ()) -> bytes:
    written = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    if written:
        written += struct.pack("<HH", END, 0)
    length = struct.pack("<I", 12 + len(body) + len(written))
    return struct.pack("<I", kind) + length + body + written + length


def section(comments: Iterable[str] = ()) -> bytes:
    """The head of the file, with what is to be said of the whole of it."""
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    said = [(COMMENT, comment.encode()) for comment in comments]
    return _block(SECTION, body, [*said, (USER_APPLICATION, APPLICATION.encode())])


def interface(side: Toward) -> bytes:
    """One end of the wire."""
    description = f"the wire's end at the {side}"
    options = [(NAME, side.encode()), (DESCRIPTION, description.encode()), (RESOLUTION, b"\x09")]
    return _block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, 0), options)


def packet(frame: Captured, comments: Iterable[str] = ()) -> bytes:
    """One frame at one end of the wire, and what is to be said of it."""
    number, length = SIDES.index(frame.side), len(frame.data)
    body = struct.pack("<IIIII", number, frame.stamp >> 32, frame.stamp & 0xFFFFFFFF, length, length)
    options = [(COMMENT, comment.encode()) for comment in comments]
    options.append((FLAGS, struct.pack("<I", OUTBOUND if frame.leaving else INBOUND)))
    return _block(PACKET, body + _padded(frame.data), options)


def statistics(side: Toward, stamp: int, received: int, dropped: int) -> bytes:
    """How many frames came at one end of the wire, and how many of the capture were dropped, up to a moment."""
    body = struct.pack("<III", SIDES.index(side), stamp >> 32, stamp & 0xFFFFFFFF)
    return _block(STATISTICS, body, [(RECEIVED, struct.pack("<Q", received)), (DROPPED, struct.pack("<Q", dropped))])


def pcapng(
    frames: Sequence[Captured],
    comments: Mapping[int, Sequence[str]] | None = None,
    about: Iterable[str] = (),
    dropped: int = 0,
) -> Iterable[bytes]:
    """The blocks of a whole file, in order of time.

    `comments`: what is to be said of a frame, by its place in `frames`; `about`: of the file; `dropped`: frames that
    the capture lost."""
    yield section([*about, TWICE])
    for side in SIDES:
        yield interface(side)
    said = comments or {}
    for place in sorted(range(len(frames)), key=lambda place: frames[place].stamp):
        yield packet(frames[place], said.get(place, ()))
    last = max((frame.stamp for frame in frames), default=0)
    for side in SIDES:
        yield statistics(side, last, sum(frame.side is side for frame in frames), dropped)
