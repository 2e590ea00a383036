"""The line of an EPoS: its address, its pings, its drops, and its patience with refusals."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.paymentsense.settings import SOFTWARE_HOUSE_ID
from harness.wire.endpoint import Close, Dial, PeerClosed, Received, Refused
from harness.wire.paymentsense import read_address
from tests.emulator.paymentsense.till import AT, SIP, Till, result

PONG, CLOSE, PING = 10, 8, 9


def address(till: Till):
    return read_address(till.server.request.target)


def test_it_dials_securely_and_says_who_it_is():
    till = Till(installer_id="a/b &c").online()
    assert till.done[1][1] == Dial(AT, 10.0, secure=True)
    found = address(till)
    assert found.integration == "pac"
    assert [(one.name, one.value) for one in found.parameters[1:]] == [
        ("api-version", "v1"),
        ("software-house-id", SOFTWARE_HOUSE_ID),
        ("installer-id", "a/b &c"),
    ]
    assert till.server.request.header("Host") == "testhost.connect.paymentsense.cloud"
    assert till.server.request.header("Authorization") is None


@pytest.mark.parametrize(("integration", "asks"), [("pac", False), ("pat", True)])
def test_the_final_receipt_is_asked_for_with_pat_alone(integration, asks):
    till = Till(integration=integration, final_receipt=True).online()
    assert [one.raw for one in address(till).all("final-pos-receipt-request")] == [None] * asks


def test_the_installer_moves_it_to_another_site():
    other = {"host": "other.connect.paymentsense.cloud", "token": "t2", "installer_id": "I2"}
    till = Till().online().press("configure", **other).back()
    assert (address(till).value("token"), address(till).value("installer-id")) == ("t2", "I2")
    assert till.server.request.header("Host") == other["host"]
    assert address(till).value("software-house-id") == SOFTWARE_HOUSE_ID
    again = Till(storage=till.storage).online()
    assert address(again).value("token") == "t2"


# ---- Refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 422, 400, 500, 599])
def test_a_refusal_is_shown_without_the_token_and_not_repeated_soon(status):
    till = Till().power().refuses(status)
    assert str(status) in till.screen
    assert till.epos.site("token") not in "".join(till.screens)
    assert Close(1) in till.closes
    for _ in range(4):
        seen = len(till.dials)
        till.after(11)
        assert len(till.dials) == seen
        till.after(240)
        assert len(till.dials) == seen + 1
        till.refuses(status)


def test_a_certificate_that_is_not_trusted_is_told():
    till = Till().power().feed(Refused(AT, "not secured: certificate verify failed: self-signed certificate"))
    assert "self-signed certificate" in till.screen
    assert len(till.after(11).dials) == 1


def test_a_handshake_without_an_answer_is_given_up():
    till = Till().power().opened().after(15)
    assert Close(1) in till.closes
    assert "no answer" in till.screen


def test_a_refusal_that_ends_with_the_line_is_heard():
    till = Till().power().opened()
    till.hears(b"HTTP/1.1 401 Unauthorized\r\n\r\nno such").feed(PeerClosed(1, reset=False))
    assert "401 Unauthorized" in till.screen


def test_what_is_no_websocket_is_left():
    till = Till().power().opened().hears(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    assert Close(1) in till.closes
    assert len(till.after(11).dials) == 1


# ---- Pings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
@pytest.mark.parametrize("selling", [False, True])
def test_a_ping_is_answered_with_its_payload_whatever_goes_on(payload, selling):
    till = Till().online()
    if selling:
        till.press("sale", amount="1.00").says(id=1, method="signatureVerificationRequest", params={"tid": SIP})
    before, screens = list(till.frames), list(till.screens)
    till.hears(till.server.ping(payload))
    (pong,) = till.frames[len(before) :]
    assert (pong.opcode, pong.payload, pong.masked) == (PONG, payload, True)
    assert till.screens == screens


def test_a_ping_amid_fragments_is_answered_and_the_message_whole():
    till = Till().online().press("sale", amount="12.40", reference="R1")
    text = '{"jsonrpc":"2.0","id":1,"result":{"transactionResult":"SUCCESSFUL","amountTotal":1240,"userMessage":"£"}}'
    first, second = till.server.fragments(text, text.encode().index(b"\xc2") + 1)
    till.hears(first).hears(till.server.ping(b"!")).hears(second)
    assert till.frames[-1].opcode == PONG
    assert till.states[-1] == "paid"


def test_silence_is_looked_into():
    till = Till().online().after(90)
    assert till.frames[-1].opcode == PING
    till.hears(till.server.pong(b"still there")).after(89)
    assert till.closes == []
    till.after(21)
    assert till.closes == [Close(1, reset=True)]
    assert "does not answer" in till.screen


# ---- Dropped ---------------------------------------------------------------------------------------------------------


def test_a_close_is_answered_told_and_followed_by_the_same_address():
    till = Till().online()
    first = till.server.request.target
    till.hears(till.server.close(1011, "no pong"))
    assert (till.frames[-1].opcode, till.frames[-1].payload[:2]) == (CLOSE, b"\x03\xf3")
    assert "closed by Connect 1011 no pong" in till.screen
    till.after(1).back()
    assert till.server.request.target == first
    assert till.screen == "Connected"
    assert till.after(5).closes == [Close(1)]


def test_a_broken_frame_ends_the_line_and_is_told():
    till = Till().online().hears(b"\xff\x00")
    assert till.frames[-1].opcode == CLOSE
    assert till.closes == [Close(1)]
    assert "Not connected" in till.screen


def test_it_comes_back_with_back_off():
    till = Till().online().after(61).dropped()
    for _ in range(8):
        till.dialling().feed(Refused(AT, "refused"))
    gaps = [later - sooner for sooner, later in pairwise(till.dials[1:])]
    assert till.dials[1] - 61 <= 1.0
    assert all(gap >= 0.8 * 2**n for n, gap in enumerate(gaps[:4], 1))
    assert max(gaps) <= 31.0


def test_a_line_that_never_lasts_is_not_tried_in_a_tight_loop():
    till = Till().online()
    for _ in range(6):
        till.after(0.5).dropped().after(31)
        till.back()
    assert len(till.dials) == 7


# ---- Displaced -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["error", "errorMessage", "close"])
def test_who_is_displaced_waits_for_its_user(how):
    till = Till(integration="pat").online()
    if how == "error":
        till.says(id=None, error={"code": -32000, "message": "Connection Discontinued"})
    elif how == "errorMessage":
        till.says(method="errorMessage", params={"code": 1, "message": "Connection Discontinued"})
    else:
        till.hears(till.server.close(1000, "Connection Discontinued"))
    till.feed(PeerClosed(1, reset=False)).after(3600)
    assert len(till.dials) == 1
    assert "Connection Discontinued" in till.screen
    till.press("connect").back()
    assert till.screen == "Connected"


def test_who_quits_stays_away():
    till = Till().online().press("quit")
    assert till.frames[-1].opcode == CLOSE
    assert till.after(600).dials == [0.0]
    assert len(till.press("connect").dials) == 2


# ---- Whatever comes --------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_break_it(pieces):
    till = Till().online()
    for piece in pieces:
        till.feed(Received(1, piece))
    till.after(300)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(
    st.dictionaries(st.sampled_from(["id", "method", "params", "result", "error"]), JSON, max_size=4),
    st.sampled_from(["pac", "pat"]),
)
def test_no_message_breaks_it(members, integration):
    till = Till(integration=integration, tables={"12": "12.40"}).online().press("sale", amount="12.40", reference="R1")
    till.says(**members)
    till.hears(till.server.ping(b"?"))
    assert till.frames[-1].opcode == PONG
    assert till.answers(result()).states[-1] in ("paid", "unknown", "declined")
