"""Bytes between messages, in traces of a few lines: ended, not ended, stray, cut."""

from __future__ import annotations

import pytest

from harness.checks import framing
from harness.checks.framing import every_message_terminated, nothing_between_messages, understood_however_cut
from harness.evidence.bench import Mains, Remark
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Send
from tests.checks.traces import OK, command, response, trace

CLOUD = "cloud"
BEAT = b'{"Command":"Heartbeat"}'
REGISTER = b'{"Command":"Register","SoftwareVersion":"1","AckHeartbeat":"true"}'
RESPONSE = b'{"ResultCode":"Approved","RefID":"one"}'
END = b"\x04\x04"


def stream(*pieces: tuple[float, bytes], until: float = 100.0, then: object = None):
    """A line on which these bytes came, watched until a moment."""
    events = [(0.0, CLOUD, 1, Opened(1, "primary"))]
    events += [(at, CLOUD, 1, Received(1, data)) for at, data in pieces]
    events += [(until, CLOUD, 1, then)] if then is not None else []
    return trace(*events, (until, "case", 0, Remark("the end")))


@pytest.mark.parametrize(
    ("seen", "message", "verdict", "words"),
    [
        (stream((1, REGISTER + END), (61, BEAT + END)), "", Verdict.PASS, "2 messages"),
        (stream((1, REGISTER), (3, END)), "", Verdict.PASS, "1 message"),
        (stream((1, REGISTER), (30, END)), "", Verdict.FAIL, "line 1: the registration stood without 04 04 for 29.0"),
        (stream((1, REGISTER + b"\x04")), "registration", Verdict.FAIL, r"is followed by b'\x04'"),
        (stream((1, REGISTER + b"0x040x04")), "registration", Verdict.FAIL, "0x040x04"),
        (stream((1, REGISTER + END), (61, BEAT), until=62.0), "", Verdict.PASS, "1 message"),
        (stream((1, REGISTER + END), (61, BEAT)), "heartbeat", Verdict.FAIL, "line 1: the heartbeat b'{"),
        (stream((1, REGISTER + END), (61, BEAT)), "registration", Verdict.PASS, "1 registration"),
        (stream((1, BEAT), until=2.0, then=PeerClosed(1, reset=False)), "", Verdict.FAIL, "was never ended, in 1.0 s"),
        (stream((1, BEAT), until=2.0, then=Close(1)), "", Verdict.INCONC, "no message"),
        (stream((1, RESPONSE), (60, BEAT + END)), "response", Verdict.FAIL, "is followed by b'{"),
        (stream((1, BEAT + END + b"\n"), (61, BEAT + END + b"\n")), "", Verdict.PASS, "2 messages"),
        (stream((1, REGISTER + END)), "response", Verdict.INCONC, "no response"),
    ],
)
def test_every_message_terminated(seen, message, verdict, words):
    finding = every_message_terminated(seen, patience=framing.PATIENCE, message=message)
    assert (finding.verdict, words in finding.actual) == (verdict, True), finding


@pytest.mark.parametrize("learnt", [2.1, 60.0])
def test_a_power_cut_excuses_half_a_message(learnt):
    """Whether the cloud learns of it at once, or long after by a reset."""
    cut = trace(
        (0.0, "bench", 0, Mains(on=True)),
        (1.0, CLOUD, 1, Opened(1, "primary")),
        (2.0, CLOUD, 1, Received(1, REGISTER + END + BEAT)),
        (2.1, "bench", 0, Mains(on=False)),
        (learnt, CLOUD, 1, PeerClosed(1, reset=True)),
    )
    assert every_message_terminated(cut, patience=framing.PATIENCE).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("seen", "verdict", "words"),
    [
        (stream((1, REGISTER + END + BEAT + END)), Verdict.PASS, "2 messages"),
        (stream((1, b"Heartbeat" + END + END)), Verdict.PASS, "2 messages"),
        (stream((1, REGISTER + b"\x04"), (1.1, b"\x04")), Verdict.PASS, "1 message"),
        (stream((1, REGISTER + END + b"\n")), Verdict.FAIL, r"a stray b'\n' after the last message"),
        (stream((1, REGISTER + END + b"\n" + BEAT + END)), Verdict.FAIL, r"a stray b'\n' before"),
        (stream((1, REGISTER + b"\r\n" + END)), Verdict.FAIL, r"a stray b'\r' after a registration"),
        (stream((1, REGISTER + b"\r\n")), Verdict.FAIL, r"a stray b'\r' after a registration"),
        (stream((1, REGISTER + b"0x040x04")), Verdict.FAIL, "the text '0x04'"),
        (stream((1, REGISTER + END + b"\x04" + BEAT + END)), Verdict.FAIL, "a lone 04"),
        (stream((1, BEAT + b"\x04" + BEAT + b"\x04")), Verdict.FAIL, "a lone 04"),
        (stream((1, b'{"a":"0x04 is no stray inside a value"}' + END)), Verdict.PASS, "1 message"),
        (stream(), Verdict.INCONC, "no messages"),
    ],
)
def test_nothing_between_messages(seen, verdict, words):
    finding = nothing_between_messages(seen)
    assert (finding.verdict, words in finding.actual) == (verdict, True), finding


OPENED = (0.0, CLOUD, 1, Opened(1, "primary"))
SENT = (
    (1.0, CLOUD, 1, Send(1, b"x" * 17)),
    (2.0, CLOUD, 1, Send(1, b"x" * 40)),
    (2.0, CLOUD, 1, command("one")),
)
ANSWERED = (
    (4.0, CLOUD, 1, Received(1, RESPONSE + END)),
    (4.0, CLOUD, 1, response("one")),
)
LATER = (70.0, "case", 0, Remark("no Response in 60 s"))


@pytest.mark.parametrize(
    ("events", "verdict", "words"),
    [
        ((*SENT, *ANSWERED), Verdict.PASS, "1 command"),
        ((*SENT, LATER), Verdict.FAIL, "none to the Sale sent in 2 segments of 17 + 40 bytes in 68.0 s"),
        (SENT, Verdict.INCONC, "0 commands"),
        ((*SENT, (3.0, CLOUD, 1, PeerClosed(1, reset=False))), Verdict.FAIL, "none to the Sale"),
        ((*SENT[:1], (1.1, CLOUD, 1, PeerClosed(1, reset=False))), Verdict.FAIL, "one segment of 17 bytes of an unf"),
        ((*SENT, (3.0, CLOUD, 1, Close(1))), Verdict.INCONC, "0 commands"),
        (
            (*SENT, *ANSWERED, (4.0, CLOUD, 1, command("two")), (4.1, CLOUD, 1, PeerClosed(1, reset=False))),
            Verdict.PASS,
            "1 command",
        ),
        (
            ((1.0, CLOUD, 1, OK), (1.0, CLOUD, 1, Send(1, b"x" * 70)), (1.0, CLOUD, 1, command("one")), LATER),
            Verdict.FAIL,
            "sent with the message before it in one segment of 70 bytes",
        ),
    ],
)
def test_understood_however_cut(events, verdict, words):
    finding = understood_however_cut(trace(OPENED, *events), within=60.0, at_least=1)
    assert (finding.verdict, words in finding.actual) == (verdict, True), finding
