"""Both ends of a real wire are caught, with stamps, and what is lost is counted."""

import hashlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.evidence.captured import Toward
from harness.rig.capture import Capture, mark
from harness.rig.network import ETH_P_ALL, WC, WT, Network, NetworkForbidden
from harness.transports.host import BenchError

SIDES = {WT: Toward.TERMINAL, WC: Toward.CLOUD}
PACKET_OUTGOING = 4


class Cable:
    """Carries each frame from one end of the wire to the other, in a thread, while the block runs."""

    def __init__(self, network: Network) -> None:
        self._ends = [network.packets(WT), network.packets(WC)]
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.close()
        self._thread.join()
        for end in (*self._ends, self._stopped):
            end.close()

    def _carry(self) -> None:
        while self._stopped not in (ready := select.select([*self._ends, self._stopped], [], [])[0]):
            for end in ready:
                data, address = end.recvfrom(65536)
                if address[2] != PACKET_OUTGOING:
                    self._ends[1 - self._ends.index(end)].send(data)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    try:
        with Network.open() as network:
            network.plug()
            yield network
    except NetworkForbidden as error:
        pytest.skip(str(error))


@pytest.fixture
def capture(network: Network) -> Iterator[Capture]:
    capture = Capture(network.capture(), SIDES)
    yield capture
    capture.close()


@pytest.fixture
def terminal(network: Network) -> Iterator[socket.socket]:
    """Puts frames on the cable at the terminal."""
    with network.socket("terminal", socket.AF_PACKET, socket.SOCK_RAW) as card:
        card.bind(("eth0", ETH_P_ALL))
        yield card


def until(seen: Callable[[], bool]) -> None:
    """The kernel may hand a frame on a moment after it was sent."""
    deadline = time.monotonic() + 10
    while not seen() and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    assert seen()


def drained(capture: Capture, data: bytes, times: int = 1) -> None:
    """Read until the frame was caught so many times."""

    def seen() -> bool:
        capture.drain()
        return len(frames_of(capture, data)) >= times

    until(seen)


def frames_of(capture: Capture, data: bytes) -> list[tuple[str, bool]]:
    return [(frame.side.value, frame.leaving) for frame in capture.frames if frame.data == data]


def test_ready_when_a_marker_crossed(network: Network, capture: Capture, terminal: socket.socket) -> None:
    with Cable(network):
        capture.ready(terminal.send)
    markers = [frame for frame in capture.frames if frame.data[12:14] == b"\x88\xb5"]
    assert [(frame.side, frame.leaving) for frame in markers] == [(Toward.TERMINAL, False), (Toward.CLOUD, True)]


def test_not_ready_when_the_wire_carries_nothing(capture: Capture, terminal: socket.socket) -> None:
    with pytest.raises(BenchError, match=r"a marker sent through the wire entered at the terminal, in 0\.1 s"):
        capture.ready(terminal.send, within=0.1)


def test_not_ready_when_nothing_is_seen_at_all(capture: Capture) -> None:
    with pytest.raises(BenchError, match="was not seen"):
        capture.ready(lambda _: None, within=0.1)


def test_the_stamp_lies_between_before_and_after(capture: Capture, terminal: socket.socket) -> None:
    before = time.time_ns()
    terminal.send(mark(b"now"))
    drained(capture, mark(b"now"))
    [stamp] = [frame.stamp for frame in capture.frames if frame.data == mark(b"now")]
    assert before <= stamp <= time.time_ns()


def test_a_new_case_forgets_the_frames_of_the_last(capture: Capture, terminal: socket.socket) -> None:
    terminal.send(mark(b"one"))
    drained(capture, mark(b"one"))
    capture.begin()
    terminal.send(mark(b"two"))
    drained(capture, mark(b"two"))
    assert [frame.data for frame in capture.frames] == [mark(b"two")]


def test_sightings_are_on_the_clock_of_the_run(capture: Capture, terminal: socket.socket) -> None:
    capture.begin()
    terminal.send(mark(b"seen"))
    drained(capture, mark(b"seen"))
    begun = time.time_ns()
    [seen] = capture.seen(-60.0, 60.0, lambda stamp: (stamp - begun) / 1e9)
    assert (seen.side, seen.leaving, seen.toward, seen.data) == (Toward.TERMINAL, False, Toward.CLOUD, mark(b"seen"))
    assert seen.at <= 0.0
    assert capture.seen(1.0, 60.0, lambda stamp: (stamp - begun) / 1e9) == []


def test_what_the_kernel_lost_is_counted(network: Network, terminal: socket.socket) -> None:
    packets = network.capture()
    capture = Capture(packets, SIDES)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for _ in range(50):
        terminal.send(mark(b"flood"))

    def all_told() -> bool:
        capture.drain()
        return len(frames_of(capture, mark(b"flood"))) + capture.dropped() == 50

    until(all_told)
    assert capture.dropped() == capture.dropped() > 0
    capture.begin()
    assert capture.dropped() == 0
    capture.close()


def test_what_a_case_may_bring_is_bounded(network: Network, terminal: socket.socket) -> None:
    capture = Capture(network.capture(), SIDES, most_bytes=1000)
    for _ in range(10):
        terminal.send(mark(b"much"))

    def all_told() -> bool:
        capture.drain()
        return capture.dropped() == 6

    until(all_told)
    assert len(capture.frames) == 4
    capture.close()


def test_last_words_before_a_power_cut_are_the_terminals(
    network: Network, capture: Capture, terminal: socket.socket
) -> None:
    terminal.send(mark(b"last words"))
    network.unplug()
    drained(capture, mark(b"last words"))
    network.plug()
    assert frames_of(capture, mark(b"last words")) == [("terminal", False)]
    with network.socket("terminal", socket.AF_PACKET, socket.SOCK_RAW) as card:
        card.bind(("eth0", ETH_P_ALL))
        card.send(mark(b"first words"))
        drained(capture, mark(b"first words"))
    assert frames_of(capture, mark(b"first words")) == [("terminal", False)]


def test_the_file_is_what_its_hash_says(capture: Capture, terminal: socket.socket, tmp_path: Path) -> None:
    terminal.send(mark(b"x"))
    drained(capture, mark(b"x"))
    digest = capture.write(tmp_path / "wire.pcapng", {0: ["touched"]}, ["a case"])
    written = (tmp_path / "wire.pcapng").read_bytes()
    assert hashlib.sha256(written).hexdigest() == digest
    assert b"touched" in written
    assert mark(b"x") in written


def test_a_capture_that_broke_says_so(network: Network) -> None:
    packets = network.capture()
    capture = Capture(packets, SIDES)
    capture.close()
    with pytest.raises(BenchError, match="the capture broke"):
        capture.drain()
