"""WebSocket lines in traces of a few lines: legal frames, pongs, JSON, a goodbye, and who survives bad text."""

from __future__ import annotations

import pytest

from harness.checks import websocket
from harness.evidence.bench import FaultBegan
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.framing import Malformed
from harness.wire.websocket import Binary, Closing, Opcode, Pong, WsFrame
from tests.checks.talks import (
    Happened,
    Sample,
    concludes,
    ended,
    framed,
    heard,
    mains,
    named,
    on,
    pressed,
    said,
    seen_both_ways,
    up,
)

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

FRAME = WsFrame(1, b"{}", True, True, 0)
UNMASKED = Malformed(b"\x81\x00", "unmasked frame from a client (RFC 6455 section 5.1)", 2)
CUT = Malformed(b"\x81", "the line ended inside a frame (RFC 6455 section 5.2)", 1)
LONG = Malformed(b"\x81", "message of 9 bytes or more, beyond the limit of 8 (RFC 6455 section 10.4)", 9)
NO_JSON = Malformed(b"{", "not JSON: Expecting value", 1)
GONE, GOODBYE = PeerClosed(1, reset=False), Closing(1000, "")


def ping(at: float, payload: bytes = b"p") -> Happened:
    return said(1, at, framed(Opcode.PING, payload))


def pong(at: float, payload: bytes = b"p") -> Happened:
    return heard(1, at, Pong(payload))


UP = up(1, 0)
TEN = {"within": 10.0}
FIVE = {"patience": 5.0}

SAMPLES = [
    # legal frames
    Sample(websocket.frames_legal, [*UP, heard(1, 1, FRAME)], PASS, "2 handshakes and frames"),
    Sample(websocket.frames_legal, [*UP, heard(1, 1, UNMASKED)], FAIL, "line 1: unmasked frame"),
    Sample(websocket.frames_legal, [*UP, heard(1, 1, NO_JSON)], PASS, "1 handshake"),
    Sample(websocket.frames_legal, [*UP, heard(1, 1, CUT)], FAIL, "inside a frame"),
    Sample(websocket.frames_legal, [*UP, mains(1, on=False), heard(1, 1, CUT)], PASS, "1 handshake"),
    Sample(websocket.frames_legal, [*UP, heard(1, 1, LONG)], INCONC, "1 messages were longer"),
    Sample(websocket.frames_legal, [ended(9)], INCONC, "no handshakes"),
    # answered pings
    Sample(websocket.pings_answered, [*UP, ping(1), pong(2)], PASS, "1 ping", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), pong(2, b""), ended(12)], FAIL, "11.0 s, but by", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), ended(12)], FAIL, "not answered for 11.0 s", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), pong(12)], FAIL, "answered only after 11.0 s", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), ended(10)], INCONC, "no pings", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), on(1, 3, Close(1)), ended(99)], INCONC, "no pings", TEN),
    Sample(websocket.pings_answered, [*UP, heard(1, 1, GOODBYE), ping(2), ended(99)], INCONC, "no pings", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1), mains(2, on=False), ended(99)], INCONC, "no pings", TEN),
    Sample(websocket.pings_answered, [*UP, pong(1), ping(2), ended(99)], FAIL, "not answered", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1, b"a"), ping(2, b"b"), pong(3, b"b")], PASS, "2 pings", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1, b"a"), ping(20, b"b"), pong(21, b"b")], FAIL, "after 20.0 s", TEN),
    Sample(websocket.pings_answered, [*UP, ping(1, b"a"), pong(2, b"a"), ping(31, b"a"), pong(32, b"a")], PASS,
           "2 pings", TEN),
    # one JSON value a message
    Sample(websocket.one_value_a_message, [*UP, heard(1, 1, "[1]")], PASS, "1 message"),
    Sample(websocket.one_value_a_message, [*UP, heard(1, 1, "{}{}")], FAIL, "no JSON value"),
    Sample(websocket.one_value_a_message, [*UP, heard(1, 1, Binary(b"{}"))], FAIL, "binary message on line 1"),
    Sample(websocket.one_value_a_message, [*UP, heard(1, 1, "[1]")], FAIL, "no object", {"objects": True}),
    Sample(websocket.one_value_a_message, UP, INCONC, "no messages"),
    # a goodbye
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), heard(1, 2, GOODBYE), on(1, 2, GONE)], PASS, "1 line",
           FIVE),
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), on(1, 2, GONE)], FAIL, "line 1 got no close frame", FIVE),
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), heard(1, 9, GOODBYE)], FAIL, "after 8.0 s", FIVE),
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), ended(9)], FAIL, "line 1 got no close frame", FIVE),
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), ended(4)], INCONC, "no lines", FIVE),
    Sample(websocket.says_goodbye, [*UP, pressed(1, "quit"), mains(2, on=False), on(1, 2, GONE)], INCONC, "no lines",
           FIVE),
    Sample(websocket.says_goodbye, [*UP, on(1, 1, GONE), pressed(2, "quit"), ended(9)], INCONC, "no lines", FIVE),
    # who survives
    Sample(websocket.survives, [*UP, said(1, 1, "{"), ended(7)], PASS, "1 such text", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), on(1, 2, GONE)], FAIL, "given up 1.0 s later", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), heard(1, 2, GOODBYE)], FAIL, "given up 1.0 s later", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), on(1, 7, GONE)], PASS, "1 such text", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, '{"a":"odd"}'), ended(7)], PASS, "1", {**FIVE, "words": "odd"}),
    Sample(websocket.survives, [*UP, said(1, 1, "{}"), ended(7)], INCONC, "no such texts", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), on(1, 2, Close(1)), ended(9)], INCONC, "no such texts", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), said(1, 2, framed(8)), heard(1, 2, GOODBYE), ended(9)], INCONC,
           "no such texts", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, framed(1, b"{\xff")), on(1, 2, GONE), ended(9)], INCONC, "", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), mains(2, on=False), on(1, 2, GONE), ended(9)], INCONC, "", FIVE),
    Sample(websocket.survives, [*UP, said(1, 1, "{"), pressed(2, "quit"), on(1, 2, GONE), ended(9)], INCONC, "", FIVE),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_finding(sample: Sample) -> None:
    concludes(sample)


def test_every_check_was_seen_both_ways() -> None:
    seen_both_ways(websocket, SAMPLES)


def test_a_harmed_wire_excuses_a_ping() -> None:
    harm = (2.0, "nemesis", 0, FaultBegan("Freeze", "wire", outage=True))
    concludes(Sample(websocket.pings_answered, [*UP, ping(1), harm, ended(99)], INCONC, "no pings", TEN))
