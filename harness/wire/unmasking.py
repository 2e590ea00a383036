"""Through the masks of a client's frames, so that what stands under them can be rewritten at its length.

A mask (RFC 6455 section 5.3) hides nothing, since it travels with the frame, but a redactor that looks for card numbers
in bytes as they came would not find one that anybody can unmask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from websockets.utils import apply_mask

Change = Callable[[list[bytes]], list[bytes]]
"""Pieces of a stream, rewritten; each keeps its length."""

_UPGRADE = re.compile(rb"\A[A-Z]+ [^\r\n]*\r\n(?:[^\r\n]+\r\n)*?(?i:upgrade):[ \t]*(?i:websocket)[^\r\n]*\r\n")


def rewritten(pieces: list[bytes], change: Change) -> list[bytes]:
    """All bytes that a client sent on one line, changed with the payloads of its frames unmasked, and masked again.

    What is no WebSocket line is changed as it stands; a stream that broke its framing is unmasked as far as that can be
    followed."""
    stream = bytearray(b"".join(pieces))
    masks = list(_masks(bytes(stream)))
    _mask(stream, masks)
    changed = bytearray(b"".join(change(_cut(bytes(stream), pieces))))
    _mask(changed, masks)
    return _cut(bytes(changed), pieces)


def _masks(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where masked payloads begin and end, and by what they are masked."""
    at = stream.find(b"\r\n\r\n") + 4
    if at < 4 or not _UPGRADE.match(stream):
        return
    while at + 2 <= len(stream):
        masked, short = stream[at + 1] & 0x80, stream[at + 1] & 0x7F
        wide = {126: 2, 127: 8}.get(short, 0)
        length = int.from_bytes(stream[at + 2 : at + 2 + wide], "big") if wide else short
        at += 2 + wide
        if masked:
            mask, at = stream[at : at + 4], at + 4
            if len(mask) == 4:
                yield at, min(at + length, len(stream)), mask
        at += length


def _mask(stream: bytearray, masks: list[tuple[int, int, bytes]]) -> None:
    for begin, end, mask in masks:
        stream[begin:end] = apply_mask(bytes(stream[begin:end]), mask)


def _cut(stream: bytes, like: list[bytes]) -> list[bytes]:
    found, at = [], 0
    for piece in like:
        found.append(stream[at : at + len(piece)])
        at += len(piece)
    return found
