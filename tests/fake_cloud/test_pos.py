"""The web API: an order out and an outcome in, told in its own shapes, and a lost answer that stays unknown."""

# ruff: noqa: S106 - the passwords are a fake's

from __future__ import annotations

import json

import pytest

from fake_cloud.order import Fate, Order, Outcome
from harness.wire.econduit import RESPONSE_FIELDS
from harness.wire.endpoint import Noted, PeerClosed, Tell, Told, WakeAt, Woke
from harness.wire.webapi import PosAnswer, PosCall
from tests.fake_cloud.pos_talk import APPROVED, LOGIN, SALE, Desk, answer, reply_in


@pytest.fixture
def desk():
    return Desk()


# ---- An order's way --------------------------------------------------------------------------------------------------


def test_an_order_goes_to_the_cloud_and_its_outcome_to_the_line_that_waits(desk):
    order = Order(1, "77001234", {"Command": "Sale", "RefID": "ref-1", "Amount": "12.40"})
    shown = {key: value for key, value in SALE.items() if key not in ("key", "password")}
    assert desk.ask("runTransaction", now=5.0, **SALE) == [
        Noted(1, PosCall("runTransaction", shown)),
        WakeAt("answer 1", 125.0),
        Tell("cloud", order),
    ]
    forget, noted, send = desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)), 6.0)
    assert forget == WakeAt("answer 1", None)
    fields = json.loads(reply_in([send]).body)
    assert noted == Noted(1, PosAnswer(200, fields))
    assert tuple(fields) == RESPONSE_FIELDS
    assert fields["ResultCode"] == "Approved"
    assert (fields["Amount"], fields["AmountString"]) == (12.4, "12.40")
    assert (fields["CashBack"], fields["CashBackString"]) == (0.0, "0.00")
    assert fields["Track1"] is None
    assert fields["EMV_AID"] == ""


def test_run_transaction_2_needs_its_four_fields_and_hands_on_those_with_a_value(desk):
    assert desk.told("runTransaction2", **SALE)["Message"] == "Missing parameter: invoiceNumber"
    extra = {"invoiceNumber": "17", "merchantId": "", "token": "", "expDate": ""}
    [*_, tell] = desk.ask("runTransaction2", **SALE, **extra)
    assert tell.body.fields == {"Command": "Sale", "RefID": "ref-1", "Amount": "12.40", "InvoiceNumber": "17"}


def test_command_and_names_are_taken_in_any_case(desk):
    given = {**SALE, "command": "giftaddvalue", "REFID": "r"}
    del given["refID"]
    [*_, tell] = desk.ask("runTransaction", **given)
    assert tell.body.fields == {"Command": "GiftAddValue", "RefID": "r", "Amount": "12.40"}


def test_tracks_stay_null_and_what_the_api_does_not_know_is_left_out(desk):
    fields = desk.order(fields={**APPROVED, "Track1": "B4242", "PAN": "4242424242424242"})
    assert fields["Track1"] is None
    assert "PAN" not in fields


@pytest.mark.parametrize(
    ("given", "number", "text"),
    [
        ({"Amount": "10.00"}, 10.0, "10.00"),
        ({"AmountString": "10.00"}, 10.0, "10.00"),
        ({"amount": "10.00"}, 10.0, "10.00"),
        ({}, 12.4, "12.40"),
        ({"Amount": "ten"}, None, "ten"),
        ({"Amount": "1e999"}, None, "1e999"),
        ({"Amount": "\ud800"}, None, "\ud800"),
    ],
)
def test_an_amount_stands_twice_and_one_that_is_no_number_is_null(desk, given, number, text):
    fields = desk.order(fields={"ResultCode": "Approved", **given})
    assert (fields["Amount"], fields["AmountString"]) == (number, text)


@pytest.mark.parametrize(
    ("fate", "message"),
    [
        (Fate.OFFLINE, "Terminal offline"),
        (Fate.BUSY, "Terminal busy"),
        (Fate.LOST, "Receive error: outcome unknown, use checkStatus before the next transaction"),
        (Fate.TIMED_OUT, "Receive error: outcome unknown, use checkStatus before the next transaction"),
    ],
)
def test_every_fate_but_an_answer_is_an_error_and_never_declined(desk, fate, message):
    fields = desk.order(fate)
    assert (fields["ResultCode"], fields["Message"], fields["RefID"]) == ("Error", message, "ref-1")
    assert desk.status()["ResultFinal"] is (fate in (Fate.OFFLINE, Fate.BUSY))


def test_an_answer_without_a_result_leaves_the_outcome_unknown(desk):
    assert desk.order(fields={"Message": "?"})["Message"].startswith("Receive error")
    assert desk.status()["ResultFinal"] is False


# ---- Lost answers ----------------------------------------------------------------------------------------------------


def test_a_terminal_that_does_not_answer_in_time_leaves_a_receive_error_until_it_does(desk):
    desk.ask("runTransaction", **SALE)
    assert answer(desk.feed(Woke("answer 1"), 120.0))["Message"].startswith("Receive error")
    assert desk.status()["ResultFinal"] is False
    assert desk.feed(Told("cloud", Outcome(1, Fate.LOST, {}))) == []
    assert desk.status()["ResultFinal"] is False
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED))) == []
    status = desk.status()
    assert (status["ResultCode"], status["ResultFinal"], status["AuthCode"]) == ("Approved", True, "A1B2C3")


def test_check_status_while_the_order_is_on_its_way(desk):
    desk.ask("runTransaction", **SALE)
    status = desk.status()
    assert (status["Message"], status["ResultFinal"]) == ("Transaction in progress", False)


def test_a_pos_that_hung_up_finds_the_outcome_by_check_status(desk):
    desk.ask("runTransaction", **SALE)
    assert desk.feed(PeerClosed(1, reset=True)) == []
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED))) == [WakeAt("answer 1", None)]
    assert desk.status()["ResultCode"] == "Approved"


def test_check_status_of_what_was_never_ordered_and_of_another_account(desk):
    desk.order()
    assert desk.status(refID="ref-2")["Message"] == "Transaction not found"
    assert desk.status(command="Void")["Message"] == "Transaction not found"
    assert desk.status(terminalId="77005678")["Message"] == "Transaction not found"
    assert desk.status(terminalId="99", key="other", password="other")["Message"] == "Transaction not found"
    assert desk.status(key="other", password="other")["Message"] == "Terminal not paired with this key"


def test_a_final_outcome_does_not_change(desk):
    desk.order()
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, {"ResultCode": "Declined"}))) == []
    assert desk.feed(Woke("answer 1")) == []
    assert desk.feed(Told("cloud", Outcome(7, Fate.ANSWERED, APPROVED))) == []
    assert desk.status()["ResultCode"] == "Approved"


# ---- RefIDs and batches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["Sale", "Refund", "Auth", "GiftSale"])
@pytest.mark.parametrize("fate", [Fate.ANSWERED, Fate.LOST, Fate.TIMED_OUT])
def test_a_first_transaction_needs_a_fresh_ref_id(desk, command, fate):
    desk.order(fate)
    assert desk.told("runTransaction", **{**SALE, "command": command})["Message"] == "Duplicate transaction"


@pytest.mark.parametrize("fate", [Fate.OFFLINE, Fate.BUSY])
def test_a_ref_id_that_never_reached_a_terminal_is_free_again(desk, fate):
    desk.order(fate)
    assert desk.order()["ResultCode"] == "Approved"
    assert desk.status()["ResultFinal"] is True


def test_a_ref_id_still_on_its_way_is_a_duplicate(desk):
    desk.ask("runTransaction", **SALE)
    assert desk.told("runTransaction", **SALE)["Message"] == "Duplicate transaction"


@pytest.mark.parametrize("command", ["Capture", "Void", "TipAdjust"])
def test_a_follow_up_needs_a_known_ref_id_and_an_open_batch(desk, command):
    follow_up = {**SALE, "command": command}
    assert desk.told("runTransaction", **follow_up)["Message"] == "Transaction not found"
    desk.order()
    assert desk.order(command=command)["ResultCode"] == "Approved"
    assert desk.status(command=command)["ResultCode"] == "Approved"
    desk.told("closeBatch", **LOGIN, refId="b", merchantId="")
    assert desk.told("runTransaction", **follow_up)["Message"] == "Batch already closed"


def test_the_same_follow_up_twice_at_once_is_a_duplicate(desk):
    desk.order()
    desk.ask("runTransaction", **{**SALE, "command": "Void"})
    assert desk.told("runTransaction", **{**SALE, "command": "Void"})["Message"] == "Duplicate transaction"


def test_a_batch_counts_what_was_approved_and_closes(desk):
    def run(command, ref_id, amount, **fields):
        given = {"ResultCode": "Approved", "Amount": amount, **fields}
        desk.order(command=command, refID=ref_id, amount=amount, fields=given)

    run("Sale", "1", "10.00")
    run("Sale", "2", "5.00", Amount="3.00")  # part payment
    run("Sale", "3", "7.00")
    run("Void", "3", "7.00")
    run("Sale", "4", "9.00", ResultCode="Declined")
    run("Refund", "5", "20.05")
    run("Auth", "6", "50.00")
    run("Auth", "7", "8.00")
    run("Capture", "7", "8.00")
    run("TipAdjust", "1", "1.00")
    run("GiftSale", "8", "2.50")
    desk.order(Fate.LOST, refID="9")
    assert desk.told("closeBatch", **LOGIN, refId="b-1", merchantId="") == {
        "TerminalID": "77001234",
        "RefID": "b-1",
        "ResultCodeCredit": "1",
        "ResultCodeGift": "1",
        "MessageCredit": "Settled",
        "MessageGift": "Settled",
        "BatchNumCredit": "1",
        "BatchNumGift": "1",
        "TransCntTotal": 5,
        "AmtTotal": 4.45,
        "AmtTotalString": "4.45",
        "TransCntCredit": 4,
        "AmtCredit": 1.95,
        "AmtCreditString": "1.95",
        "TransCntGift": 1,
        "AmtGift": 2.5,
        "AmtGiftString": "2.50",
    }
    again = desk.told("closeBatch", **LOGIN, refId="b-2", merchantId="")
    assert (again["ResultCodeCredit"], again["BatchNumCredit"], again["TransCntTotal"]) == ("1", "2", 0)


def test_a_batch_may_come_to_less_than_nothing(desk):
    desk.order(command="Refund", fields={"ResultCode": "Approved"}, amount="0.05")
    assert desk.told("closeBatch", **LOGIN, refId="b", merchantId="")["AmtCreditString"] == "-0.05"


def test_a_batch_does_not_close_over_an_order_on_its_way(desk):
    desk.ask("runTransaction", **SALE)
    fields = desk.told("closeBatch", **LOGIN, refId="b", merchantId="")
    assert (fields["ResultCodeCredit"], fields["MessageCredit"]) == ("0", "Terminal busy")
    desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)))
    assert desk.told("closeBatch", **LOGIN, refId="b", merchantId="")["BatchNumCredit"] == "1"


# ---- Pairing ---------------------------------------------------------------------------------------------------------

PAIR = {"resellerName": "acme", "referenceId": "shop-2", "terminalId": "55", "businessName": "Shop", "city": "Rye"}


def test_pairing_gives_keys_that_work_and_unpairing_takes_them(desk):
    outputs = desk.ask("pairTerminal", **PAIR)
    fields = answer(outputs)
    assert {**fields, "ApiKey": "", "ApiPassword": ""} == {
        "TerminalID": "55",
        "ApiKey": "",
        "ApiPassword": "",
        "Status": "Success",
        "ErrorMessage": None,
    }
    [_, noted] = [output for output in outputs if isinstance(output, Noted)]
    assert noted.body == PosAnswer(200, {"TerminalID": "55", "Status": "Success", "ErrorMessage": None})
    login = {"key": fields["ApiKey"], "password": fields["ApiPassword"], "terminalId": "55"}
    assert desk.order(**login)["ResultCode"] == "Approved"
    gone = {"TerminalID": "55", "ApiKey": "", "ApiPassword": "", "Status": "Success", "ErrorMessage": None}
    assert desk.told("unPairTerminal", **login) == gone
    gone |= {"Status": "Error", "ErrorMessage": "Terminal not paired with this key"}
    assert desk.told("unPairTerminal", **login) == gone


def test_one_reference_id_has_one_pair_of_keys(desk):
    first = desk.told("pairTerminal", **PAIR)
    second = desk.told("pairTerminalWithCountry", **{**PAIR, "terminalId": "56", "country": "UK"})
    assert (first["ApiKey"], first["ApiPassword"]) == (second["ApiKey"], second["ApiPassword"])
    other = desk.told("pairTerminal", **{**PAIR, "referenceId": "shop-3", "terminalId": "57"})
    assert other["ApiKey"] not in ("", first["ApiKey"])
    assert desk.told("pairTerminal", **{**PAIR, "referenceId": "shop"})["ErrorMessage"] == "Terminal already paired"


def test_the_same_seed_makes_the_same_keys():
    assert Desk().told("pairTerminal", **PAIR) == Desk().told("pairTerminal", **PAIR)


def test_a_country_is_one_of_five(desk):
    fields = desk.told("pairTerminalWithCountry", **PAIR, country="Mars")
    assert fields["Status"] == "Error"
    assert fields["ErrorMessage"] == "Invalid country: must be one of USA, Canada, UK, Australia, New Zealand"
