"""How checks read WebSocket lines: what we said from bytes, what we heard from notes, when nobody is to blame."""

from __future__ import annotations

from harness.checks.sockets import Disturbances, sockets
from harness.evidence.bench import FaultBegan, FaultEnded
from harness.wire.endpoint import PeerClosed
from harness.wire.websocket import Opcode, Ping, Text, WsFrame
from tests.checks.talks import ACCEPTED, SOURCE, asked, ended, framed, mains, said, up
from tests.checks.traces import trace

UP = up(1, 0)


def test_what_we_said_is_read_from_the_bytes_whatever_their_pieces() -> None:
    data = ACCEPTED + framed(Opcode.TEXT, b"hi") + framed(Opcode.PING)
    [socket] = sockets(trace(*asked(1, 0), *(said(1, at, data[at : at + 1]) for at in range(len(data)))), SOURCE)
    assert [body for _, body in socket.said if not isinstance(body, WsFrame)] == [Text("hi"), Ping(b"")]
    assert socket.accepted is not None
    assert socket.accepted.at == len(ACCEPTED) - 1


def test_a_refusal_is_no_line_and_nothing_is_read_behind_bytes_that_no_one_may_send() -> None:
    [refused] = sockets(trace(*asked(1, 0), said(1, 0, b"HTTP/1.1 401 No\r\n\r\n" + framed(Opcode.PING))), SOURCE)
    assert (refused.accepted, refused.said) == (None, [])
    [bent] = sockets(trace(*UP, said(1, 1, framed(3) + framed(Opcode.PING)), said(1, 2, framed(Opcode.PING))), SOURCE)
    assert bent.told(Ping) == []
    assert bent.unclear == bent.said[0][0].index


def test_signs_of_redaction_in_what_we_said_hide_nothing_behind_them() -> None:
    [socket] = sockets(
        trace(*UP, said(1, 1, framed(Opcode.TEXT, b'{"pan":"4111\xa4\xa4\xa41111"}')), said(1, 2, framed(Opcode.PING))),
        SOURCE,
    )
    assert len(socket.told(Text)) == len(socket.told(Ping)) == 1
    assert socket.unclear == float("inf")
    [bent] = sockets(trace(*UP, said(1, 1, framed(Opcode.TEXT, b"\xff"))), SOURCE)
    assert bent.unclear == bent.said[0][0].index


def test_only_the_lines_of_the_source_and_its_listeners_are_read() -> None:
    both = trace(*up(1, 0), *up(2, 1, to="http"), (2, "gateway", 3, PeerClosed(3, reset=False)))
    assert [socket.number for socket in sockets(both, SOURCE)] == [1, 2]
    assert [socket.number for socket in sockets(both, SOURCE, ["http"])] == [2]
    assert sockets(both, "gateway") == []


def test_a_disturbance_touches_what_it_may_have_reached() -> None:
    harm = [(100.0, "nemesis", 0, FaultBegan("Freeze", "wire")), (120.0, "nemesis", 0, FaultEnded("Freeze", 1))]
    away = Disturbances(trace(mains(0, on=True), mains(40, on=False), mains(50, on=True), *harm, ended(999)))
    assert not away.touch(0, 39)
    assert away.touch(30, 40)
    assert away.touch(49, 60)
    assert not away.touch(50, 60)
    assert away.touch(95, 98)
    assert not away.harmed(40, 45)
