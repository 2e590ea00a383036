"""The cloud's events get the time at which their bytes entered the wire, whatever the harness was doing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.bench import Parted
from harness.evidence.captured import Captured, Toward
from harness.evidence.trace import Trace
from harness.rig.stamping import Stamping
from harness.wire import econduit
from harness.wire.econduit import Ack, Reader, RegistrationAnswer, read_from_terminal
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Send
from harness.wire.framing import Delimited, Malformed
from tests.frames import ACK, CLOUD, FIN, PSH, RST, SYN, TERMINAL, across, caught, tcp

LATE = 0.25
"""Seconds by which the harness of these tests gets round to what came."""

BEAT = b'{"Command":"Heartbeat"}\x04\x04'
ISN, OTHER_ISN = 2**32 - 9, 1000
"""The terminal's numbers wrap within its first message."""


class Wire:
    """A dialogue as frames and as the trace of a harness that is always late."""

    def __init__(self, frame_limit: int = 1 << 20) -> None:
        self.trace = Trace()
        self.frames: list[Captured] = []
        self.frame_limit = frame_limit
        self.peers = {1: TERMINAL}
        self.stamping = Stamping(
            self.trace, self.peers.get, {CLOUD[0]}, lambda stamp: stamp / 1_000_000_000, frame_limit
        )
        self._readers: dict[int, Reader] = {}

    def sent(self, at: float, sequence: int, flags: int = PSH | ACK, data: bytes = b"", *, lost: bool = False) -> None:
        """The terminal sends a segment."""
        frames = across(at, tcp(TERMINAL, CLOUD, sequence, flags, data), Toward.TERMINAL)
        self.frames += frames[:1] if lost else frames

    def answered(self, at: float, sequence: int, flags: int = PSH | ACK, data: bytes = b"") -> None:
        """The cloud sends a segment."""
        self.frames += across(at, tcp(CLOUD, TERMINAL, sequence, flags, data), Toward.CLOUD)

    def dialled(self, at: float, isn: int = ISN, line: int = 1) -> None:
        self.sent(at, isn, SYN)
        self.answered(at + 0.0002, OTHER_ISN, SYN | ACK)
        self.happened(at + LATE, Opened(line, "primary"), line)

    def happened(self, at: float, body: object, line: int = 1, source: str = "cloud") -> None:
        self.trace.record(at, source, line, body)

    def received(self, at: float, data: bytes, line: int = 1) -> None:
        """What a cloud writes down when bytes come."""
        reader = self._readers.setdefault(line, Reader(read_from_terminal, self.frame_limit))
        self.happened(at + LATE, Received(line, data), line)
        for message in reader.receive_data(data):
            self.happened(at + LATE, message, line)

    def stamp(self) -> list[tuple[float, str]]:
        self.stamping.stamp(self.frames)
        return [(event.at, type(event.body).__name__) for event in self.trace]


def test_a_dialogue() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.sent(2.0, ISN + 1, data=BEAT[:9])
    wire.received(2.0, BEAT[:9])
    wire.sent(3.0, ISN + 10, data=BEAT[9:])
    wire.received(3.0, BEAT[9:])
    wire.answered(3.5, OTHER_ISN + 1, data=econduit.ACK)
    wire.happened(3.4, Send(1, econduit.ACK))
    wire.happened(3.4, Ack())
    wire.sent(9.0, ISN + 1 + len(BEAT), FIN | ACK)
    wire.happened(9.0 + LATE, PeerClosed(1, reset=False))
    assert wire.stamp() == [
        (1.0, "Opened"),
        (2.0, "Received"),
        (3.0, "Received"),
        (3.0, "Heartbeat"),
        (3.5, "Send"),
        (3.5, "Ack"),
        (9.0, "PeerClosed"),
        (9.0, "Parted"),
    ]
    assert (wire.stamping.stamped, wire.stamping.missing, wire.stamping.repeated) == (7, 0, 0)


def test_index_and_body_stay_as_they_are() -> None:
    wire = Wire()
    wire.dialled(1.0)
    before = wire.trace.events[0]
    wire.stamp()
    after = wire.trace.events[0]
    assert (after.index, after.source, after.line, after.body) == (before.index, "cloud", 1, before.body)


def test_messages_that_came_in_one_piece_have_each_its_own_time() -> None:
    """The harness slept while three heartbeats came, and read them all at once."""
    wire = Wire()
    wire.dialled(1.0)
    for number in range(3):
        wire.sent(2.0 + number, ISN + 1 + number * len(BEAT), data=BEAT)
    wire.received(7.0, BEAT * 3)
    assert wire.stamp()[1:] == [(4.0, "Received"), (2.0, "Heartbeat"), (3.0, "Heartbeat"), (4.0, "Heartbeat")]


def test_what_was_sent_again_counts_from_the_first_time() -> None:
    wire = Wire()
    wire.sent(1.0, ISN, SYN, lost=True)
    wire.dialled(2.0)
    wire.sent(3.0, ISN + 1, data=BEAT, lost=True)
    wire.sent(3.2, ISN + 1, data=BEAT, lost=True)
    wire.sent(3.6, ISN + 1, data=BEAT + BEAT)
    wire.received(3.6, BEAT + BEAT)
    assert wire.stamp() == [(1.0, "Opened"), (3.6, "Received"), (3.0, "Heartbeat"), (3.6, "Heartbeat")]
    assert wire.stamping.repeated == 2


def test_a_keep_alive_is_no_data() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.sent(2.0, ISN + 1, data=BEAT)
    wire.sent(5.0, ISN + len(BEAT), data=b"\0")
    wire.received(2.0, BEAT)
    assert wire.stamp()[1:] == [(2.0, "Received"), (2.0, "Heartbeat")]


def test_malformed_frames_keep_the_count() -> None:
    wire = Wire()
    wire.dialled(1.0)
    pieces = [b"?\x04\x04", b"\x04\x04", BEAT]
    place = ISN + 1
    for number, piece in enumerate(pieces):
        wire.sent(2.0 + number, place, data=piece)
        place += len(piece)
    wire.received(9.0, b"".join(pieces))
    assert wire.stamp()[2:] == [(2.0, "Malformed"), (3.0, "Heartbeat"), (4.0, "Heartbeat")]


def test_a_frame_beyond_the_limit_counts_once_and_from_where_it_was_too_long() -> None:
    wire = Wire(frame_limit=100)
    wire.dialled(1.0)
    pieces = [b"x" * 90, b"x" * 90, b"\x04\x04", b"y" * 101 + b"\x04\x04", BEAT]
    place = ISN + 1
    for number, piece in enumerate(pieces):
        wire.sent(2.0 + number, place, data=piece)
        wire.received(2.0 + number, piece)
        place += len(piece)
    messages = [(at, kind) for at, kind in wire.stamp() if kind in ("Malformed", "Heartbeat")]
    assert messages == [(3.0, "Malformed"), (5.0, "Malformed"), (6.0, "Heartbeat")]


def test_again_and_again_on_a_growing_trace() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.sent(2.0, ISN + 1, data=BEAT[:5])
    wire.received(2.0, BEAT[:5])
    first = wire.stamp()
    assert wire.stamp() == first
    wire.sent(3.0, ISN + 6, data=BEAT[5:])
    wire.received(3.0, BEAT[5:])
    wire.sent(4.0, ISN + 1 + len(BEAT), RST)
    wire.happened(4.0 + LATE, PeerClosed(1, reset=True))
    grown = wire.stamp()
    assert grown[:2] == first
    assert grown[2:] == [(3.0, "Received"), (3.0, "Heartbeat"), (4.0, "PeerClosed"), (4.0, "Parted")]
    assert wire.stamp() == grown


def test_what_had_not_left_yet_is_dated_later() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.happened(2.0, Send(1, b"held"))
    assert wire.stamp()[-1] == (2.0, "Send")
    assert wire.stamping.missing == 1
    wire.answered(8.0, OTHER_ISN + 1, data=b"held")
    assert wire.stamp()[-1] == (8.0, "Send")
    assert wire.stamping.missing == 0


def test_a_message_that_no_send_carried_keeps_its_time() -> None:
    """A fault of the stream swallowed the Send, or a delivery holds the bytes back."""
    wire = Wire()
    wire.dialled(1.0)
    wire.answered(2.0, OTHER_ISN + 1, data=b"x")
    wire.happened(2.1, Send(1, b"x"))
    wire.happened(2.1, Ack())
    wire.happened(3.0, RegistrationAnswer("OK-REGISTRATION"))
    assert wire.stamp()[1:] == [(2.0, "Send"), (2.0, "Ack"), (3.0, "RegistrationAnswer")]
    assert wire.stamping.missing == 0


@pytest.mark.parametrize(("flags", "reset"), [(FIN | ACK, False), (RST, True)])
def test_our_own_close_is_dated_when_it_entered_the_wire(flags: int, reset: bool) -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.happened(3.0, Close(1, reset))
    wire.answered(3.001, OTHER_ISN + 1, flags)
    assert wire.stamp()[1:] == [(3.001, "Close")]


def test_an_end_that_never_reached_the_cloud() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.sent(4.0, ISN + 1, FIN | ACK, lost=True)
    wire.sent(4.2, ISN + 1, FIN | ACK, lost=True)
    wire.stamp()
    assert [(event.at, event.source, event.line, event.body) for event in wire.trace][1:] == [
        (4.0, "wire", 1, Parted(1, reset=False))
    ]
    assert wire.stamping.repeated == 1


def test_a_reset_that_the_wire_forged() -> None:
    wire = Wire()
    wire.dialled(1.0)
    wire.frames.append(caught(5.0, Toward.CLOUD, tcp(TERMINAL, CLOUD, ISN + 1, RST), leaving=True))
    wire.happened(5.0 + LATE, PeerClosed(1, reset=True))
    assert wire.stamp()[1:] == [(5.0, "PeerClosed")]


def test_a_terminal_that_dials_again_from_the_same_port() -> None:
    """Its new stack resets the old connection, in the numbers of that, after it has dialled anew."""
    wire = Wire()
    wire.dialled(1.0)
    wire.sent(2.0, ISN + 1, data=BEAT)
    wire.received(2.0, BEAT)
    wire.peers[2] = TERMINAL
    new = 70_000
    wire.sent(20.0, new, SYN)
    wire.sent(20.1, ISN + 1 + len(BEAT), RST)
    wire.happened(20.1 + LATE, PeerClosed(1, reset=True))
    wire.dialled(21.0, new, line=2)
    wire.sent(22.0, new + 1, data=BEAT)
    wire.received(22.0, BEAT, line=2)
    events = wire.stamp()
    assert events[3:7] == [(20.1, "PeerClosed"), (20.0, "Opened"), (22.0, "Received"), (22.0, "Heartbeat")]
    assert [event.body for event in wire.trace][7:] == [Parted(1, reset=True)]


def test_dials_that_no_line_came_of_are_passed_over() -> None:
    wire = Wire()
    wire.sent(0.2, 5, SYN)
    wire.answered(0.3, 0, RST | ACK)
    wire.sent(0.5, 6, SYN, lost=True)
    wire.dialled(1.0)
    wire.sent(1.1, 8, SYN)
    wire.answered(1.4, 2000, SYN | ACK)
    assert wire.stamp() == [(1.0, "Opened")]


def test_where_the_capture_has_nothing_the_event_keeps_its_time() -> None:
    wire = Wire()
    wire.peers[2] = ("192.0.2.99", 1)
    wire.happened(1.0, Opened(2, "primary"), 2)
    wire.happened(2.0, Received(2, BEAT), 2)
    wire.happened(3.0, Opened(3, "primary"), 3)
    assert wire.stamp() == [(1.0, "Opened"), (2.0, "Received"), (3.0, "Opened")]
    assert (wire.stamping.stamped, wire.stamping.missing) == (0, 3)


def test_other_sources_and_other_traffic_are_left_alone() -> None:
    wire = Wire()
    wire.frames += across(0.1, tcp(TERMINAL, ("203.0.113.1", 80), 1, SYN), Toward.TERMINAL)
    wire.frames.append(caught(0.2, Toward.TERMINAL, b"\xff" * 60))
    wire.happened(1.0, Opened(1, "pos"), 1, "pos")
    wire.happened(1.0, RegistrationAnswer("x"), 0)
    assert wire.stamp() == [(1.0, "Opened"), (1.0, "RegistrationAnswer")]
    assert wire.stamping.missing == 0


@given(
    pieces=st.lists(st.sampled_from([b"\x04", b"\x04\x04", b"{}", b"abc", b"x" * 70]), max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    segments=st.integers(1, 40),
    limit=st.sampled_from([8, 100, 1000]),
)
def test_each_message_is_dated_by_the_segment_that_ended_it(
    pieces: list[bytes], cuts: list[int], segments: int, limit: int
) -> None:
    """However TCP cut the stream and however the harness read it: as a reader that is fed byte by byte would see it.

    A frame beyond the limit has no end of its own; only that it counts once is held here."""
    stream = b"".join(pieces)
    wire = Wire(limit)
    wire.dialled(1.0)
    for start in range(0, len(stream), segments):
        wire.sent(2.0 + start, ISN + 1 + start, data=stream[start : start + segments])
    ends = sorted({0, *(cut for cut in cuts if cut < len(stream)), len(stream)})
    for start, end in pairwise(ends):
        wire.received(1000.0 + end, stream[start:end])
    wire.stamp()
    frames, expected = Delimited(econduit.TERMINATOR, limit), []
    for place in range(len(stream)):
        expected += [(2.0 + place // segments * segments, found) for found in frames.receive_data(stream[place:][:1])]
    messages = [event for event in wire.trace if not isinstance(event.body, Opened | Received)]
    assert len(messages) == len(expected)
    for event, (at, frame) in zip(messages, expected, strict=True):
        assert isinstance(frame, Malformed) or event.at == at
    assert wire.stamping.missing == 0
