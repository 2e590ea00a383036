"""A stranger at the door: what he tells of being let in, turned away, and left without a word."""

from __future__ import annotations

import pytest

from fake_cloud.adyen.probe import Knock, Probe
from harness.wire.adyen import Knocked
from harness.wire.endpoint import Close, Dial, Noted, Opened, PeerClosed, Received, Refused, Secured, Send, Told, Woke


def knocks(knock, *events):
    """What a probe says when it knocks, and then this happens."""
    probe = Probe("TLS 1.2", "TLS 1.2")
    said = list(probe.handle(Told("case", knock), 0.0))
    for number, event in enumerate(events, 1):
        said += probe.handle(event, float(number))
    return said


BY_TLS, IN_CLEAR = Knock("webhook", secure=True), Knock("webhook", secure=False, words=b"POST /")


@pytest.mark.parametrize(
    ("knock", "events", "told"),
    [
        (BY_TLS, [Opened(1, "webhook"), Secured(1, "TLSv1.2", "", None)], Knocked("TLS 1.2", "TLSv1.2", "", b"")),
        (BY_TLS, [Refused("webhook", "not secured: eof")], Knocked("TLS 1.2", "", "not secured: eof", b"")),
        (IN_CLEAR, [Opened(1, "webhook"), Received(1, b"HTTP/1.1 200")], Knocked("TLS 1.2", "", "", b"HTTP/1.1 200")),
        (IN_CLEAR, [Opened(1, "webhook"), PeerClosed(1, reset=True)],
         Knocked("TLS 1.2", "", "the line was ended without a word", b"")),
        (IN_CLEAR, [Opened(1, "webhook"), Woke("patience")], Knocked("TLS 1.2", "", "no word came", b"")),
    ],
)  # fmt: skip
def test_he_tells_once_what_became_of_it(knock, events, told):
    said = knocks(knock, *events, Woke("patience"), PeerClosed(1, reset=False))

    assert said[0] == Dial("webhook", 5.0, secure=knock.secure)
    assert [output.body for output in said if isinstance(output, Noted)] == [told]
    assert any(isinstance(output, Close) for output in said) == (
        told.heard != b"" or bool(told.secured) or "no word" in told.why
    )
    assert (Send(1, b"POST /") in said) == (knock is IN_CLEAR)
