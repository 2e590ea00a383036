"""A TCP address of our own, held whether or not anybody is let in."""

from __future__ import annotations

import socket

from harness.transports.host import BenchError


def bound(address: tuple[str, int], bound: socket.socket | None = None) -> socket.socket:
    """A socket, of this machine if none is given, bound but not listening: the port is ours, and dialling it refused.

    Raises BenchError."""
    bound = socket.socket() if bound is None else bound
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, OverflowError) as error:
        bound.close()
        raise BenchError(
            f"cannot have {address[0]}:{address[1]}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return bound
