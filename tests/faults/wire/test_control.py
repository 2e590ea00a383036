"""The wire's process carries frames, does what it is told, says what it did, and never leaves its harness waiting."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from harness.faults.injector import Began, Bit, Broke, Report
from harness.faults.moment import Moment, Passed, Toward
from harness.faults.wire import control
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.control import Status, WireControl, decode, encode
from harness.faults.wire.delay import Delay
from harness.faults.wire.frame import Frame
from harness.transports.host import HarnessError
from tests.faults.wire.replugged import FORBIDDEN
from tests.faults.wire.segments import arp, segment
from tests.faults.wire.test_resolver import question

LIMIT = 10.0
"""Wall seconds that a test waits for a frame or a report before it fails."""

SALE = b'{"Command":"Sale"}\x04\x04'


class Cable:
    """A wire's process between two datagram sockets: what is sent into one end comes out of the other."""

    def __init__(self) -> None:
        self.terminal, wt = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.cloud, wc = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.terminal.settimeout(LIMIT)
        self.cloud.settimeout(LIMIT)
        self.wire = WireControl.start(wt, wc)
        self.reports: list[Report] = []
        self.wire.on_report = self.reports.append

    def close(self) -> None:
        self.wire.close()
        self.terminal.close()
        self.cloud.close()

    def begin(self, number: int, fault: object, moment: Moment | None = None) -> None:
        self.wire.begin(number, fault, moment, seed=1, scale=1.0)

    def until(self, seen: Callable[[], bool]) -> None:
        """Poll until reports have come that the test waits for."""
        while not seen():
            assert select.select([self.wire], [], [], LIMIT)[0], f"nothing more came after {self.reports}"
            self.wire.poll()


@pytest.fixture(scope="module")
def running() -> Iterator[Cable]:
    cable = Cable()
    yield cable
    cable.close()


@pytest.fixture
def cable(running: Cable) -> Cable:
    running.reports.clear()
    return running


@pytest.fixture
def own() -> Iterator[Cable]:
    """A process that the test may end."""
    cable = Cable()
    yield cable
    cable.close()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_carries_frames_both_ways(cable: Cable) -> None:
    cable.terminal.send(b"up")
    cable.cloud.send(b"down")
    assert (cable.cloud.recv(100), cable.terminal.recv(100)) == (b"up", b"down")


def test_a_fault_is_in_force_from_begin_to_end(cable: Cable) -> None:
    cable.begin(1, BlackHole((Toward.CLOUD,)))
    assert [type(report) for report in cable.reports] == [Began]
    cable.terminal.send(arp().data)
    cable.until(lambda: len(cable.reports) == 2)
    cable.wire.end(1)
    cable.terminal.send(b"after")
    assert cable.cloud.recv(100) == b"after"
    assert isinstance(cable.reports[1], Bit)
    assert cable.reports[1].what == "42 bytes toward the cloud"
    assert cable.reports[0].at <= cable.reports[1].at


def test_on_return_of_end_every_bite_was_reported(cable: Cable) -> None:
    cable.begin(1, BlackHole((Toward.CLOUD,)))
    cable.begin(2, BlackHole((Toward.TERMINAL,)))
    for _ in range(5):
        cable.terminal.send(arp().data)
    cable.cloud.send(b"to be swallowed")
    cable.until(lambda: len([report for report in cable.reports if isinstance(report, Bit)]) == 6)
    cable.wire.end(2)
    cable.wire.end(1)
    assert [report.number for report in cable.reports if isinstance(report, Bit)].count(1) == 5


def test_delayed_frames_are_counted_and_leave_at_the_end(cable: Cable) -> None:
    cable.begin(1, Delay(60.0))
    cable.terminal.send(arp().data)
    cable.until(lambda: len(cable.reports) == 2)
    assert cable.wire.held() == 1
    cable.wire.end(1)
    assert cable.cloud.recv(100) == arp().data
    assert cable.wire.status() == Status(held=0, lost=0, next=float("inf"))


def test_a_delayed_frame_leaves_by_itself(cable: Cable) -> None:
    cable.begin(1, Delay(0.02))
    cable.terminal.send(arp().data)
    assert cable.cloud.recv(100) == arp().data
    cable.wire.end(1)


def test_a_moment_crosses_into_the_process(cable: Cable) -> None:
    cable.begin(1, BlackHole(), Moment("a sale", Toward.TERMINAL, '"Sale"', Passed.BODY))
    assert cable.reports == []
    cable.cloud.send(segment(SALE, Toward.TERMINAL).data)
    assert Frame(cable.terminal.recv(100), Toward.TERMINAL).payload == SALE[:-2]
    cable.until(lambda: len(cable.reports) == 2)
    assert [type(report) for report in cable.reports] == [Began, Bit]
    cable.wire.end(1)


def test_a_rule_that_breaks_is_named_and_the_frame_passes(cable: Cable) -> None:
    cable.begin(1, BlackHole(("nowhere",)))
    cable.terminal.send(b"as it came")
    assert cable.cloud.recv(100) == b"as it came"
    (broke,) = cable.reports
    assert isinstance(broke, Broke)
    assert broke.why == "BlackHole: ValueError: 'nowhere' is not a valid Toward"
    cable.wire.end(1)


def test_answers_for_the_names_it_was_given(cable: Cable) -> None:
    cable.wire.names({"primary.cloud.test": "198.51.100.10"}, all=True)
    cable.terminal.send(question("primary.cloud.test").data)
    assert bytes([198, 51, 100, 10]) in cable.terminal.recv(1000)
    cable.wire.names({})
    cable.terminal.send(question("primary.cloud.test").data)
    assert cable.cloud.recv(1000) == question("primary.cloud.test").data


def test_ends_that_have_no_name_are_bound_for_good(cable: Cable) -> None:
    cable.wire.rebind()
    cable.terminal.send(b"still there")
    assert cable.cloud.recv(100) == b"still there"


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda wire: wire.end(7), "no fault 7 is in force"),
        (lambda wire: wire.begin(1, BlackHole(), Moment("?", Toward.CLOUD, "("), 1, 1.0), "unterminated subpattern"),
        (lambda wire: wire._ask("dance"), "it cannot 'dance'"),
    ],
)
def test_what_it_cannot_do_it_says(cable: Cable, ask: Callable[[WireControl], None], why: str) -> None:
    with pytest.raises(HarnessError, match=f"the wire: .*{why}"):
        ask(cable.wire)
    assert cable.wire.held() == 0


def test_a_listener_that_fails_loses_no_report(cable: Cable) -> None:
    def fail(_: Report) -> None:
        cable.wire.on_report = cable.reports.append
        raise RuntimeError("the trace is full")

    cable.wire.on_report = fail
    with pytest.raises(RuntimeError):
        cable.begin(1, BlackHole(("nowhere",)))
    cable.wire.end(1)
    cable.begin(2, BlackHole())
    cable.wire.end(2)
    assert [report.number for report in cable.reports] == [2]


@pytest.mark.parametrize("report", [Began(1, 2.5), Bit(1, 2.5, "ä"), Broke(1, 2.5, "why")])
def test_reports_cross_as_they_are(report: Report) -> None:
    assert decode(encode(report)) == report


# ---- Ends ------------------------------------------------------------------------------------------------------------


def test_close_ends_the_process_and_may_be_called_again(own: Cable) -> None:
    own.begin(1, BlackHole())
    own.wire.close()
    assert gone(own.wire.pid)
    own.wire.close()
    with pytest.raises(HarnessError, match="closed"):
        own.wire.held()


def test_a_dead_process_is_an_error_that_says_so(own: Cable) -> None:
    os.kill(own.wire.pid, signal.SIGKILL)
    assert select.select([own.wire], [], [], LIMIT)[0]
    with pytest.raises(HarnessError, match=r"the wire's process has ended \(-9\)"):
        own.wire.poll()
    with pytest.raises(HarnessError, match="has ended"):
        own.begin(1, BlackHole())


def test_a_silent_process_is_not_waited_for(own: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.1)
    os.kill(own.wire.pid, signal.SIGSTOP)
    with pytest.raises(HarnessError, match="did not answer 'end' within"):
        own.wire.end(1)
    own.wire.close()
    assert gone(own.wire.pid)


def test_a_process_that_does_not_come_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control.sys, "executable", "/nowhere/python")
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with pytest.raises(HarnessError, match="cannot start the wire's process: No such file"):
        WireControl.start(*ends)
    assert [end.fileno() for end in ends] == [-1, -1]


def test_without_sockets_it_says_who_starts_it() -> None:
    started = subprocess.run([sys.executable, "-m", "harness.faults.wire"], capture_output=True, text=True, check=False)
    assert started.returncode == 4
    assert "is started by the harness" in started.stderr


def test_it_dies_with_its_harness() -> None:
    starts = (
        "import socket, sys; from harness.faults.wire.control import WireControl;"
        "wire = WireControl.start(*socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM));"
        "print(wire.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", starts], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as harness:
        wire = os.pidfd_open(int(harness.stdout.readline()))
        harness.kill()
    ended, _, _ = select.select([wire], [], [], LIMIT)
    os.close(wire)
    assert ended


def test_a_cable_that_was_out_is_taken_hold_of_again() -> None:
    """Frames of a real kernel, in namespaces of their own."""
    words = [sys.executable, "-m", "tests.faults.wire.replugged"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == FORBIDDEN:
        pytest.skip(done.stdout)
    assert done.stdout.splitlines() == [
        "before: True",
        "without it: the wire: cannot take hold of wt: No such device",
        "after: True True",
        "lost: 0",
    ], done.stderr
