"""Whatever a DUT sends, no party of ours raises, and what it pipelines is served in order."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.adyen.instructions import Configure, Emit
from fake_cloud.adyen.party import LISTENERS, Adyen
from fake_cloud.adyen.terms import Terms
from harness.wire.adyen import Acknowledged, SettingsCall, SettingsReply, Unacknowledged
from harness.wire.endpoint import Close, Dial, Noted, Opened, PeerClosed, Received, Send, Told
from harness.wire.framing import Malformed
from tests.fake_cloud.adyen.shop import LANE, MERCHANT, nexo_settings

TERMS = Terms()
HEAD = b"%b %b HTTP/1.1\r\nHost: x\r\nX-API-Key: " + TERMS.api_key.encode() + b"\r\nContent-Length: %d\r\n\r\n%b"
PATHS = (
    "/v3/merchants/HarnessMerchant/terminalSettings",
    f"/v1/merchants/HarnessMerchant/devices/{LANE}/async",
    f"/v1/merchants/HarnessMerchant/devices/{LANE}/sync",
    "/v1/merchants/HarnessMerchant/connectedDevices",
    "/events",
)
NAMES = ("SaleToPOIRequest", "SaleToPOIResponse", "MessageHeader", "POIID", "PaymentRequest", "NexoBlob", "nexo",
         "SecurityTrailer", "eventUrls", "eventLocalUrls", "url", "encryptionKey", "TransactionStatusRequest",
         "MessageReference", "AbortRequest", "passphrase", "AmountsReq", "RequestedAmount")  # fmt: skip
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([LANE, "x", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)


def cloud():
    made = Adyen(TERMS, random.Random(1))  # noqa: S311 — only nonces
    list(made.handle(Told("case", Configure(MERCHANT, nexo_settings())), 0.0))
    return made


def said(party, *events):
    return [output for number, event in enumerate(events) for output in party.handle(event, float(number))]


@given(st.sampled_from(LISTENERS), st.lists(st.binary(max_size=80), max_size=5))
def test_bytes_from_a_caller(listener, pieces):
    said(cloud(), Opened(1, listener), *(Received(1, piece) for piece in pieces), PeerClosed(1, reset=False))


@given(
    st.sampled_from(LISTENERS),
    st.sampled_from(["GET", "PATCH", "POST", "DELETE"]),
    st.sampled_from(PATHS),
    st.binary(max_size=40) | DOCUMENTS.map(lambda document: json.dumps(document).encode()),
)
def test_calls_with_any_body(listener, method, path, body):
    call = HEAD % (method.encode(), path.encode(), len(body), body)

    outputs = said(cloud(), Opened(1, listener), Received(1, call))

    assert any(isinstance(output, Noted) for output in outputs)


@given(st.lists(st.binary(max_size=80), max_size=4), st.booleans())
def test_bytes_in_place_of_an_acknowledgement(pieces, reset):
    party = cloud()
    dials = said(party, Told("case", Emit(1, LANE, "Shutdown")))
    outputs = said(party, Opened(1, dials[0].to), *(Received(1, piece) for piece in pieces), PeerClosed(1, reset=reset))

    assert isinstance(dials[0], Dial)
    fates = [output.body for output in outputs if isinstance(output, Noted)
             if isinstance(output.body, Acknowledged | Unacknowledged)]  # fmt: skip
    assert len(fates) == 1


def test_calls_that_were_pipelined_are_served_in_order():
    calls = b"".join(HEAD % (b"GET", b"/v3/merchants/%b/terminalSettings" % name, 0, b"") for name in (b"A", b"B"))

    outputs = said(cloud(), Opened(1, "management"), Received(1, calls))

    noted = [type(output.body) for output in outputs if isinstance(output, Noted)]
    assert noted == [SettingsCall, SettingsReply] * 2
    assert len([output for output in outputs if isinstance(output, Send)]) == 2


def test_thousands_of_calls_in_one_piece_are_served():
    calls = (HEAD % (b"GET", b"/x", 0, b"")) * 2000

    outputs = said(cloud(), Opened(1, "device"), Received(1, calls))

    assert len([output for output in outputs if isinstance(output, Send)]) == 2000


@pytest.mark.parametrize("listener", LISTENERS)
def test_what_is_no_http_is_told_and_turned_away(listener):
    outputs = said(cloud(), Opened(1, listener), Received(1, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"))

    assert [type(output) for output in outputs] == [Noted, Send, Close]
    assert isinstance(outputs[0].body, Malformed)
