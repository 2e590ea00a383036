"""Every run puts its bench into the safe state, whatever it finds and whatever fails."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

import pytest

from harness.rig.bench_file import Contact, RelayFile, SafeState
from harness.rig.lease import Lease
from harness.rig.safe import restore
from harness.transports.host import BenchError


@dataclass(frozen=True)
class Said:
    sent = received = b""
    confirmed: bool | None


@dataclass
class Board:
    """A relay board that is not there: what it was told, and which channels fail how."""

    label = "a board that is not there"
    fails: dict[int, Exception] = field(default_factory=dict)
    confirms: bool | None = True
    told: list[tuple[int, bool]] = field(default_factory=list)
    interrupted: bool = False

    def switch(self, channel: int, *, on: bool) -> Said:
        if self.interrupted:
            signal.raise_signal(signal.SIGINT)
        self.told.append((channel, on))
        if channel in self.fails:
            raise self.fails[channel]
        return Said(self.confirms)


def bench(**fields: object) -> RelayFile:
    wired = {"power": Contact(channel=1), "link": Contact(channel=2, contact="normally_closed")}
    return RelayFile(board="lcus", channels=2, port="/dev/ttyUSB0", **{**wired, **fields})


def test_power_and_link_are_put_back_whatever_they_are_in():
    board = Board()
    assert restore(board, bench()) == []
    assert board.told == [(1, True), (2, False)]  # a normally closed contact is closed at rest
    assert restore(board, bench(safe=SafeState(power=False, link=False))) == []
    assert board.told[2:] == [(1, False), (2, True)]


def test_what_is_not_wired_is_not_switched():
    board = Board()
    assert restore(board, bench(power=None)) == []
    assert board.told == [(2, False)]


@pytest.mark.parametrize("confirms", [True, None])
def test_the_lease_is_told_what_is_back(tmp_path, confirms):
    with Lease.take("here", "counter", folder=tmp_path) as lease:
        lease.note("power", on=False)
        lease.note("link", on=False)
        restore(Board(fails={2: BenchError("silent")}, confirms=confirms), bench(), lease)
        with pytest.raises(BenchError, match="held by"):
            Lease.take("here", "counter", folder=tmp_path)
    with Lease.take("here", "counter", folder=tmp_path) as lease:
        assert lease.left == {"link": False}
        lease.note("link", on=True)


def test_a_channel_that_fails_keeps_none_from_being_tried():
    board = Board(fails={1: BenchError("lcus at /dev/ttyUSB0: silent"), 2: OSError(5, "Input/output error")})
    assert restore(board, bench()) == [
        "power is not known to be in its safe state: lcus at /dev/ttyUSB0: silent",
        "link is not known to be in its safe state: [Errno 5] Input/output error",
    ]
    assert board.told == [(1, True), (2, False)]


def test_a_relay_that_reads_otherwise_is_told():
    board = Board(confirms=False)
    failed = restore(board, bench(link=None))
    assert failed == ["power is not known to be in its safe state: channel 1 reads otherwise than it was switched"]


def test_an_impatient_second_ctrl_c_waits_until_all_is_back():
    board = Board(interrupted=True)
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a script's background is deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            restore(board, bench())
    finally:
        signal.signal(signal.SIGINT, heard)
    assert board.told == [(1, True), (2, False)]
    board.interrupted = False
    assert restore(board, bench()) == []
