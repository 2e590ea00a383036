"""Clocks that jump together: a conductor whose far ends are played by the test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from harness.transports import tcp, virtual
from harness.transports.host import BenchError, HarnessError
from harness.transports.tcp import TcpHost
from harness.transports.virtual import DUT, Conductor, conducted
from tests.transports.party import PATIENCE, pass_by
from tests.transports.test_under_way import UNACKNOWLEDGED, UNREAD, row, table

HOUR = 3600.0


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    host = TcpHost()
    yield host
    await host.close()


class FarEnd:
    """Answers requests as an emulator does: with an activity, with what is due, and with the moment it had done it."""

    def __init__(self, fd: int) -> None:
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(False)
        self.first = json.loads(self.socket.recv(4096))
        self.activity = iter(lambda: 7, None)
        self.due = float("inf")
        self.does_what_is_due = True
        self.jumps: list[float] = []
        self.released: list[float] = []
        asyncio.get_running_loop().add_reader(self.socket, self._asked)

    def _asked(self) -> None:
        if not (message := self.socket.recv(4096)):
            self.close()
            return
        request = json.loads(message)
        if "release" in request:
            self.released.append(request["release"])
            return
        reply = {"number": request["number"]}
        if "to" not in request:
            reply |= {"activity": next(self.activity), "due": self.due}
        else:
            self.jumps.append(request["to"])
            self.due = float("inf")
            if not self.does_what_is_due:
                return
            reply["done"] = time.monotonic()
        self.socket.send(json.dumps(reply).encode())

    def close(self) -> None:
        if self.socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()


@contextlib.asynccontextmanager
async def far_end(conductor: Conductor, who: str = DUT) -> AsyncIterator[FarEnd]:
    far = FarEnd(conductor.join(who))
    yield far
    far.close()


@pytest.fixture
def quiet(tmp_path) -> Iterator[int]:
    path = tmp_path / "tcp"
    path.write_bytes(table(row("01")))
    fd = os.open(path, os.O_RDWR)
    yield fd
    os.close(fd)


async def test_alone_the_clock_jumps_to_the_end_of_the_wait(host, quiet):
    Conductor(host, lambda: [quiet])
    await pass_by(host, 1e6)
    assert 1e6 <= host.now < 1e6 + PATIENCE


async def test_both_jump_to_what_is_due_first(host, quiet):
    async with far_end(Conductor(host, lambda: [quiet])) as far:
        assert far.first["now"] == pytest.approx(host.at(far.first["at"]))
        far.due = 1000.0
        begun = host.now
        await pass_by(host, HOUR)
        assert far.jumps == [1000.0, pytest.approx(begun + HOUR, abs=1.0)]


async def test_who_does_something_between_two_words_is_not_idle(host, quiet):
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor) as far:
        far.activity = iter(range(1_000_000))
        await pass_by(host, 0.1)
        assert conductor.jumps == 0
        assert far.jumps == []


@pytest.mark.parametrize(
    ("rows", "excused", "jumps"),
    [
        (table(row("01", UNACKNOWLEDGED)), False, False),
        (table(row("01", UNACKNOWLEDGED)), True, True),
        (table(row("01", UNREAD)), True, False),
        (table(row("02")), False, False),
        (table(row("01")), False, True),
    ],
    ids=["unacknowledged", "excused", "unread", "in a handshake", "at rest"],
)
async def test_what_is_under_way_keeps_time_real(host, quiet, rows, excused, jumps):
    os.ftruncate(quiet, 0)
    os.pwrite(quiet, rows, 0)
    conductor = Conductor(host, lambda: [quiet], excused=lambda: excused)
    async with far_end(conductor):
        await pass_by(host, 0.1)
        assert bool(conductor.jumps) is jumps


class Wire:
    """Holds a frame back until a document second, on a clock of its own that is moved."""

    def __init__(self, host, due):
        self.host, self.due, self.ahead = host, due, []

    def next_frame(self):
        return self.due - self.host.now if self.due > self.host.now else float("inf")

    def advance(self, seconds):
        self.ahead.append(seconds)


@pytest.mark.parametrize("rows", [table(row("01")), table(row("01", UNACKNOWLEDGED))], ids=["at rest", "held"])
async def test_what_the_wire_holds_back_is_the_next_thing_due(host, quiet, rows):
    """The clocks stop at the second at which the frame goes, though nobody in either process waits for it."""
    os.ftruncate(quiet, 0)
    os.pwrite(quiet, rows, 0)
    wire = Wire(host, due=HOUR / 2)
    conductor = Conductor(host, lambda: [quiet], wire)
    async with far_end(conductor) as far:
        far.due = 2 * HOUR
        await host.until(lambda: bool(far.jumps), HOUR, "a jump")
        assert far.jumps[0] == pytest.approx(HOUR / 2, abs=0.01)
        assert wire.ahead[0] == pytest.approx(HOUR / 2, abs=1)


async def test_a_hold_ends_without_a_word(host, quiet, monkeypatch):
    """The far end hangs while it does what is due: both clocks run on after the same time, and what it says is late."""
    monkeypatch.setattr(virtual, "MOST_HELD", 0.05)
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor) as far:
        far.due, far.does_what_is_due = 1000.0, False
        await pass_by(host, HOUR)
        assert far.jumps[0] == 1000.0
        since, until = host.clock._begun[1:3]
        assert until - since == pytest.approx(0.05)
        assert host.at(since) == host.at(until) == 1000.0


async def test_a_far_end_that_ends_in_the_middle_of_a_jump_leaves_the_harness_alone(host, quiet):
    conductor = Conductor(host, lambda: [quiet])
    far = FarEnd(conductor.join())
    far.due, far.does_what_is_due = 1000.0, False
    asyncio.get_running_loop().call_later(0.1, far.close)
    await pass_by(host, HOUR)
    assert far.jumps == [1000.0]
    assert conductor.jumps == 2


async def test_who_joins_takes_the_place_of_who_was_there(host, quiet):
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor) as first:
        await pass_by(host, HOUR)
        async with far_end(conductor) as second:
            await pass_by(host, HOUR)
    assert len(first.jumps) == len(second.jumps) == 1
    assert second.first["now"] >= HOUR


async def test_several_follow_and_all_run_on_from_one_moment(host, quiet):
    """They jump to whatever is due first at any of them; the one that takes longest says when all clocks run again."""
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor, "pos") as pos, far_end(conductor, "terminal") as terminal:
        pos.due, terminal.due = 1000.0, 500.0
        await pass_by(host, HOUR)
        assert pos.jumps[0] == terminal.jumps[0] == 500.0
        assert pos.jumps == terminal.jumps
        assert pos.released[0] == terminal.released[0] == host.clock._begun[2]


@pytest.mark.parametrize("restless", ["pos", "terminal"])
async def test_any_of_several_that_is_not_idle_keeps_time_real(host, quiet, restless):
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor, "pos") as pos, far_end(conductor, "terminal") as terminal:
        {"pos": pos, "terminal": terminal}[restless].activity = iter(range(1_000_000))
        await pass_by(host, 0.1)
        assert conductor.jumps == 0


async def test_one_of_several_leaves_and_the_others_go_on(host, quiet):
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor, "pos") as pos:
        async with far_end(conductor, "terminal") as terminal:
            await pass_by(host, HOUR)
        await pass_by(host, HOUR)
        conductor.leave("pos")
        await pass_by(host, HOUR)
    assert (len(pos.jumps), len(terminal.jumps), conductor.jumps) == (2, 1, 3)


async def test_one_of_several_that_hangs_in_a_hold_costs_no_more_than_that(host, quiet, monkeypatch):
    monkeypatch.setattr(virtual, "MOST_HELD", 0.05)
    conductor = Conductor(host, lambda: [quiet])
    async with far_end(conductor, "pos") as pos, far_end(conductor, "terminal") as terminal:
        pos.due, pos.does_what_is_due = 1000.0, False
        await pass_by(host, HOUR)
        since, until = host.clock._begun[1:3]
        assert until - since == pytest.approx(0.05)
        assert terminal.released[0] == until


async def test_a_table_that_cannot_be_read_is_told_to_the_case_that_waits(host):
    Conductor(host, lambda: [10**6])
    with pytest.raises(HarnessError, match="cannot read a namespace's table of connections: Bad file descriptor"):
        await pass_by(host, HOUR)


async def test_a_conductor_that_breaks_is_told_to_the_case_that_waits(host, quiet):
    def breaks() -> list[int]:
        raise LookupError("a bug of ours")

    Conductor(host, breaks)
    with pytest.raises(HarnessError, match=r"the conductor of the clocks broke: .*a bug of ours"):
        await pass_by(host, HOUR)


async def test_who_waits_long_is_told_what_for(host, quiet, monkeypatch):
    monkeypatch.setattr(tcp, "PROGRESS_EVERY", 0.0)
    told = []
    host.on_wait = lambda what, elapsed, limit: told.append((what, elapsed, limit))
    Conductor(host, lambda: [quiet])
    await pass_by(host, HOUR)
    assert told[-1] == ("time to pass", 0.0, HOUR)
    assert max(elapsed for _, elapsed, _ in told) >= HOUR


def test_without_a_conductor_there_is_no_clock():
    with pytest.raises(BenchError, match=r"no conductor of clocks at file descriptor 1000000: .*Bad file descriptor"):
        conducted(10**6, lambda *_: None, lambda: 0)
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    with pytest.raises(BenchError, match="no conductor of clocks at file descriptor"):
        conducted(its.detach(), lambda *_: None, lambda: 0)
