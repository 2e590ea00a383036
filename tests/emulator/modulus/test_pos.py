"""Sales and their results: what is ordered, what a result is worth, and what becomes of a sale without one."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.evidence.bench import Booked
from harness.wire import modulus
from harness.wire.endpoint import Close, Dial, PeerClosed, Received, Refused
from harness.wire.modulus import GetTerminals, JsonPing, Payment
from tests.emulator.modulus.shop import INQUIRY, LISTED, Request, Shop, online, result, selling

PUSH = {"action": "terminalStatusUpdate", "deviceId": "TERM-001", "connectionId": "conn-9"}


def again(shop):
    """The connection was lost, and is there again."""
    shop.feed(PeerClosed(shop.line, reset=True))
    shop.after(5)
    shop.accept()
    shop.hear(LISTED)


def asked(shop):
    """The HTTP side takes the question at hand: what is asked."""
    shop.answer_dial()
    return shop.last(Request)


# ---- Ordering --------------------------------------------------------------------------------------------------------


def test_a_payment_as_the_document_wants_it():
    shop, payment = selling(amount="12.4")
    assert payment.faults == ()
    assert list(payment.document.fields) == ["action", "terminalId", "paymentRequest"]
    assert payment.terminal_id == "TERM-001"
    assert (payment.amount, payment.request.unquoted) == ("12.40", ())
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", payment.transaction_id)
    assert [booked.state for booked in shop.all(Booked)] == ["open", "pending"]


def test_each_attempt_has_its_own_transaction():
    shop, payment = selling()
    shop.hear(result(payment))
    shop.press("sale", amount="12.40")
    assert len({one.transaction_id for one in shop.all(Payment)}) == 2


@pytest.mark.parametrize("fields", [
    {"amount": "12.40", "terminal": "TERM-002"},
    {"amount": "12.40", "terminal": "TERM-009"},
    {"amount": "twelve"}, {"amount": "-1.00"}, {"amount": "0"}, {"amount": "1.005"}, {},
])  # fmt: skip
def test_what_cannot_be_paid_is_told_and_not_sent(fields):
    shop = online()
    shop.press("sale", **fields)
    assert "No sale" in shop.screen
    assert not shop.all(Payment)


def test_nothing_is_ordered_before_the_terminals_are_known():
    shop = Shop()
    shop.power_on()
    shop.accept()
    shop.press("sale", amount="12.40")
    assert not shop.all(Payment)
    assert "No sale" in shop.screen


def test_one_payment_at_a_time_on_a_terminal():
    shop, payment = selling()
    shop.press("sale", amount="1.00", terminal="TERM-001")
    assert shop.all(Payment) == [payment]


def test_a_terminal_follows_its_pushes():
    shop = online()
    shop.hear({**PUSH, "status": "disconnected"})
    assert "TERM-001 offline" in shop.screen
    shop.press("sale", amount="1.00", terminal="TERM-001")
    shop.hear({**PUSH, "status": "connected"})
    assert "TERM-001 online" in shop.screen
    assert not shop.all(Payment)
    shop.press("sale", amount="1.00", terminal="TERM-001")
    assert shop.last(Payment).terminal_id == "TERM-001"  # and not the connection, which has changed


def test_a_push_that_names_no_terminal_makes_it_ask():
    shop = online()
    shop.hear({"action": "terminalStatusUpdate", "status": "disconnected"})
    assert len(shop.all(GetTerminals)) == 2


def test_a_terminal_without_a_name_is_named_by_its_connection():
    shop = online()
    shop.hear({"action": "terminalsResponse", "terminals": [{"connectionId": "conn-7", "status": "online"}]})
    shop.press("sale", amount="1.00")
    assert shop.last(Payment).terminal_id == "conn-7"


# ---- Results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [("SUCCESS", "paid"), ("FAILED", "declined"), ("CANCELLED", "cancelled"), ("PENDING", "pending")],
)
def test_only_a_success_is_paid(status, state):
    shop, payment = selling()
    shop.hear(result(payment, status, errorMessage="Card declined (51)"))
    assert shop.book == {payment.transaction_id: state}
    assert ("Card declined (51)" in shop.screen) is (state != "pending")


def test_the_amount_is_compared_as_a_decimal():
    shop, payment = selling()
    shop.hear(result(payment, amount="12.4"))
    assert shop.last(Booked) == Booked(payment.transaction_id, "paid", "12.40")


@pytest.mark.parametrize("wrong", [{"amount": "1.24"}, {"amount": None}, {"terminal": "TERM-002"}])
def test_a_result_that_does_not_fit_settles_nothing_and_is_asked_about(wrong):
    shop, payment = selling()
    shop.hear(result(payment, **wrong))
    assert shop.book == {payment.transaction_id: "unknown"}
    assert payment.transaction_id in asked(shop).target


def test_a_result_of_the_terminals_connection_fits():
    shop, payment = selling()
    shop.hear(result(payment, terminal="conn-1"))
    assert shop.book == {payment.transaction_id: "paid"}


def test_a_repeated_result_is_applied_once():
    shop, payment = selling()
    for _ in range(3):
        shop.hear(result(payment))
    assert [booked.state for booked in shop.all(Booked)] == ["open", "pending", "paid"]
    shop.press("report")
    assert "Takings 12.40" in shop.screen


def test_a_result_of_another_changes_nothing_and_is_logged():
    shop, payment = selling()
    shop.hear(result(payment, transactionId="stranger"))
    assert shop.book == {payment.transaction_id: "pending"}
    assert "no payment of ours: 'stranger'" in shop.journal


def test_results_are_matched_whatever_their_order():
    shop, first = selling()
    shop.hear({**LISTED, "terminals": [{"deviceId": name, "status": "online"} for name in ("TERM-001", "TERM-002")]})
    shop.press("sale", amount="1.00")
    second = shop.last(Payment)
    assert second.terminal_id == "TERM-002"
    shop.hear(result(second, "FAILED", "TERM-002"))
    shop.hear(result(first))
    assert shop.book == {first.transaction_id: "paid", second.transaction_id: "declined"}


def test_a_contradiction_is_not_believed_but_asked_about():
    shop, payment = selling()
    shop.hear(result(payment, "FAILED"))
    shop.hear(result(payment))
    assert shop.book == {payment.transaction_id: "declined"}
    asked(shop)
    shop.reply(200, transactionId=payment.transaction_id, status="COMPLETED", amount="12.40")
    assert shop.book == {payment.transaction_id: "paid"}


def test_a_void_undoes_a_sale_for_good():
    shop, payment = selling()
    shop.hear(result(payment))
    shop.hear({"action": "paymentVoided", "transactionId": payment.transaction_id, "voidReason": "by the merchant"})
    assert "by the merchant" in shop.screen
    shop.hear(result(payment))
    assert shop.book == {payment.transaction_id: "voided"}


@pytest.mark.parametrize("shape", [{}, {"action": "error"}])
def test_an_error_is_shown_and_ends_the_attempt(shape):
    shop, payment = selling()
    shop.hear({**shape, "error": "Not Found", "message": "Terminal connection not found"})
    assert "Terminal connection not found" in shop.screen
    assert shop.book == {payment.transaction_id: "declined"}


def test_an_error_about_another_ends_nothing():
    shop, payment = selling()
    shop.hear({"action": "error", "error": "Not Found", "message": "gone", "transactionId": "stranger"})
    assert shop.book == {payment.transaction_id: "pending"}


def test_an_error_that_may_be_about_several_leaves_them_unknown():
    shop, _ = selling()
    shop.hear({**LISTED, "terminals": [{"deviceId": name, "status": "online"} for name in ("TERM-001", "TERM-002")]})
    shop.press("sale", amount="1.00")
    shop.hear({"action": "error", "error": "Conflict", "message": "Payment in progress"})
    assert set(shop.book.values()) == {"unknown"}


# ---- No result -------------------------------------------------------------------------------------------------------


def test_without_a_result_a_sale_is_unknown_and_asked_about_and_never_sent_again():
    shop, payment = selling()
    for _ in range(4):
        shop.after(30)
        shop.hear({"action": "pong"})
    assert shop.book == {payment.transaction_id: "unknown"}
    request = asked(shop)
    assert request.target == f"/v1/transactions/{payment.transaction_id}"
    stamp = request.header("x-timestamp")
    assert int(stamp) == 1_767_225_600 + 120
    assert request.header("x-signature") == modulus.signature("bench-pos-secret", "GET", request.target, stamp)
    shop.reply(200, transactionId=payment.transaction_id, status="COMPLETED", amount="12.40")
    assert shop.book == {payment.transaction_id: "paid"}
    assert shop.all(Payment) == [payment]


@pytest.mark.parametrize("answer", [
    (404, {}), (500, {}), (200, {"status": "PENDING"}), (200, {"status": "AWAITING_RECONNECT"}),
    (200, {"status": "COMPLETED", "amount": "1.24"}),
])  # fmt: skip
def test_while_nobody_can_tell_it_stays_unknown_and_is_asked_about_again(answer):
    shop, payment = selling(ping_every=1e6)
    shop.after(120)
    code, fields = answer
    for _ in range(3):
        asked(shop)
        shop.reply(code, transactionId=payment.transaction_id, **fields)
        shop.after(30)
    assert shop.book == {payment.transaction_id: "unknown"}
    assert shop.times(Request) == [120, 150, 180]


def test_an_inquiry_that_is_not_answered_is_made_again():
    shop, payment = selling(ping_every=1e6)
    shop.after(120)
    shop.feed(Refused(INQUIRY, "refused"))
    shop.after(30)
    asked(shop)
    shop.after(10)
    assert shop.last(Close).line == 2
    shop.after(30)
    assert [dial.to for dial in shop.all(Dial)].count(INQUIRY) == 3
    shop.answer_dial()
    shop.feed(PeerClosed(3, reset=True))
    shop.hear(result(payment))
    assert shop.book == {payment.transaction_id: "paid"}


def test_one_question_at_a_time():
    shop, first = selling(ping_every=1e6)
    shop.hear({**LISTED, "terminals": [{"deviceId": name, "status": "online"} for name in ("TERM-001", "TERM-002")]})
    shop.press("sale", amount="1.00")
    second = shop.last(Payment)
    shop.after(120)
    assert first.transaction_id in asked(shop).target
    shop.reply(200, transactionId=first.transaction_id, status="FAILED")
    assert second.transaction_id in asked(shop).target
    shop.reply(200, transactionId=second.transaction_id, status="CANCELLED")
    assert shop.book == {first.transaction_id: "declined", second.transaction_id: "cancelled"}


def test_a_sale_survives_a_drop_and_is_asked_about_after_it():
    shop, payment = selling()
    again(shop)
    assert payment.transaction_id in asked(shop).target
    shop.reply(200, transactionId=payment.transaction_id, status="PENDING")
    assert shop.book == {payment.transaction_id: "pending"}
    shop.hear(result(payment))
    assert shop.book == {payment.transaction_id: "paid"}
    assert shop.all(Payment) == [payment]


def test_a_sale_survives_its_pos():
    storage: dict[str, str] = {}
    shop = online(storage=storage)
    shop.press("sale", amount="12.40")
    reference = shop.last(Payment).transaction_id
    shop = online(storage=storage)
    assert shop.book == {reference: "unknown"}
    assert reference in asked(shop).target


def test_without_a_place_to_ask_it_stays_unknown():
    shop, payment = selling(ping_every=1e6, inquiry=None)
    shop.after(1000)
    assert shop.book == {payment.transaction_id: "unknown"}
    assert len(shop.all(Dial)) == 1


def test_a_reconnecting_terminal_fails_no_payment():
    shop, payment = selling()
    shop.hear({**PUSH, "status": "reconnecting"})
    assert "still pending" in shop.screen
    shop.hear({**PUSH, "status": "connected"})
    shop.hear(result(payment))
    assert shop.book == {payment.transaction_id: "paid"}
    assert shop.all(Payment) == [payment]


@pytest.mark.parametrize(("status", "orders"), [("SUCCESS", 1), ("PENDING", 1), ("FAILED", 2), ("CANCELLED", 2)])
def test_a_sale_is_tried_again_only_if_it_was_not_paid(status, orders):
    shop = online()
    shop.press("sale", amount="12.40", reference="T-1")
    shop.hear(result(shop.last(Payment), status))
    shop.press("sale", amount="12.40", reference="T-1")
    assert len(shop.all(Payment)) == orders


# ---- Whatever comes --------------------------------------------------------------------------------------------------

STRANGE = [
    "not json", "[]", "{}", '{"action":7}', '{"action":"somethingNew","x":1}', '{"action":"terminalsResponse"}',
    '{"action":"terminalsResponse","terminals":[7,{"deviceId":7},{"deviceId":"X"}]}', '{"action":"paymentComplete"}',
    '{"action":"paymentComplete","paymentResponse":[]}', '{"action":"terminalStatusUpdate"}',
    '{"action":"paymentVoided"}', '{"action":"pong","action":"pong"}', '{"action":"error"}',
]  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_what_makes_no_sense_is_logged_and_the_connection_kept(text):
    shop, payment = selling()
    shop.hear(text)
    shop.after(30)
    assert len(shop.all(JsonPing)) == 1
    assert not shop.all(Close)
    assert text in shop.journal
    shop.hear(LISTED)
    assert "TERM-001 online" in shop.screen
    assert payment.transaction_id in shop.book


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from([
    "action", "terminals", "terminalId", "deviceId", "connectionId", "status", "paymentResponse", "transactionId",
    "amount", "error", "message", "reason", "voidReason",
])  # fmt: skip


@settings(max_examples=40)
@given(st.sampled_from(sorted(modulus.TO_POS)), st.dictionaries(MEMBERS, JSON, max_size=6))
def test_no_message_makes_it_fail_or_believe_that_it_was_paid(action, members):
    shop, payment = selling()
    shop.hear(json.dumps({**members, "action": action}))
    assert shop.book[payment.transaction_id] != "paid"


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_bytes_make_it_fail(pieces):
    shop, _ = selling(ping_every=1e6)
    shop.after(120)
    inquiry = shop.answer_dial()
    for line in (1, inquiry):
        for piece in pieces:
            shop.feed(Received(line, piece))
        shop.feed(PeerClosed(line, reset=False))
    assert "unknown" in shop.book.values()


@pytest.mark.parametrize("half", ["\\ud800", "a\\udfffb"])
def test_half_a_character_is_shown_as_something_that_can_be_written(half):
    shop, payment = selling()
    shop.hear(json.dumps(result(payment, "FAILED")).replace('"FAILED"', f'"FAILED","errorMessage":"{half}"'))
    shop.hear(f'{{"action":"forceDisconnect","reason":"{half}"}}')
    assert shop.screen.encode()
    assert shop.journal.encode()
