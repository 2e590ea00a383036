"""The safe state of a bench: how every run leaves it, and how a run finds it that follows one that was killed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from harness.rig.bench_file import RelayFile
from harness.rig.contact import Board
from harness.rig.lease import Lease
from harness.transports.host import BenchError, HarnessError


def restore(board: Board, file: RelayFile, lease: Lease | None = None) -> list[str]:
    """Put power and link into the safe state of the bench file, whatever they are in; a sentence for each that is not.

    A channel that fails keeps none of the others from being tried. Ctrl-C and SIGTERM wait until all were: that is one
    exchange a channel, each with its own limit. The lease is told of each that is back. May be said any number of
    times: first thing of a run, since nobody knows how the board was left, and last thing of it."""
    failed = []
    with _undisturbed():
        for what, contact in file.contacts_in_use.items():
            on = getattr(file.safe, what)
            try:
                confirmed = board.switch(contact.channel, on=contact.energised(on=on)).confirmed
                if confirmed is False:
                    raise BenchError(f"channel {contact.channel} reads otherwise than it was switched")
                if lease is not None:
                    lease.note(what, on)
            except (HarnessError, OSError) as error:
                failed.append(f"{what} is not known to be in its safe state: {error}")
    return failed


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """An impatient second Ctrl-C must not leave a terminal without mains."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
