"""Pay at counter: what a sale becomes by each of its endings, and by none."""

from __future__ import annotations

import pytest

from tests.emulator.paymentsense.till import SIP, SIS, Till, result


def sold(**fields: str) -> Till:
    """A sale of 12.40 has been asked for, under the reference R1."""
    return Till().online().press("sale", amount="12.40", reference="R1", **fields)


def test_a_sale_is_asked_for_in_minor_units_at_the_machine_of_this_till():
    (asked,) = sold().asked
    assert (asked["method"], asked["jsonrpc"]) == ("sale", "2.0")
    assert asked["params"] == {"tid": SIP, "amount": 1240, "currency": "GBP"}


def test_a_refund_goes_to_the_machine_that_is_named():
    till = Till().online().press("refund", amount="5.00", terminal=SIS)
    assert till.asked[0]["params"]["tid"] == SIS
    till.answers(result(transactionType="REFUND", amountTotal=500))
    assert till.booked[-1] == ("S0001", "refunded", "5.00")


@pytest.mark.parametrize("amount", ["0.00", "", "12.4", "1000000.00", "-1.00", "twelve", "12.40 "])
def test_what_is_no_amount_is_not_sent(amount):
    till = Till().online().press("sale", amount=amount)
    assert (till.asked, till.booked) == ([], [])
    assert "amount" in till.screen


def test_cashback_is_asked_for_and_booked_as_charged():
    till = sold(cashback="20.00")
    assert till.asked[0]["params"]["amountCashback"] == 2000
    till.answers(result(amountCashback=1000, amountTotal=2240))
    assert till.booked[-1] == ("R1", "paid", "22.40")


def test_success_clears_the_amount():
    till = sold().answers(result(userMessage="Thank you, approved."))
    assert till.states == ["open", "pending", "paid"]
    assert "Thank you, approved." in till.screen


@pytest.mark.parametrize(
    ("said", "state"),
    [("DECLINED", "declined"), ("VOID", "voided"), ("UNSUCCESSFUL", "declined"), ("CANCELLED", "cancelled")],
)
def test_no_success_leaves_the_amount_and_is_told(said, state):
    till = sold().answers(result(said, userMessage="Please try another card"))
    assert till.booked[-1] == ("R1", state, "")
    assert said in till.screen
    assert "Please try another card" in till.screen
    till.press("sale", amount="12.40", reference="R1").answers(result())
    assert till.booked[-1] == ("R1", "paid", "12.40")


def test_a_reversal_is_no_payment():
    assert sold().answers(result(transactionType="SALE_REVERSAL")).states[-1] == "voided"


@pytest.mark.parametrize("said", ["TIMED_OUT", "successful", "", None, 7])
def test_what_is_neither_leaves_a_doubt_and_the_machine_is_checked(said):
    till = sold().answers(result(said))
    assert till.states[-1] == "unknown"
    assert (till.asked[-1]["method"], till.asked[-1]["params"]) == ("terminalDetails", {"tid": SIP})
    till.answers({"tid": SIP, "status": "AVAILABLE", "currency": "GBP"})
    assert "AVAILABLE: see on it whether the card was charged" in till.screen


def test_a_machine_that_cannot_be_asked_is_helped():
    till = sold().answers(result("TIMED_OUT"))
    till.says(id=till.asked[-1]["id"], error={"code": -32001, "message": "unavailable"})
    assert "help it" in till.screen


def test_an_error_ends_the_sale_and_is_shown():
    till = sold()
    till.says(id=till.asked[0]["id"], error={"code": -32002, "message": "busy", "data": {"userMessage": "In use."}})
    assert till.states[-1] == "declined"
    assert "In use." in till.screen


def test_a_reference_that_is_paid_or_in_doubt_is_not_charged_again():
    till = sold().answers(result()).press("sale", amount="12.40", reference="R1")
    assert len(till.asked) == 1
    assert "R1 is paid" in till.screen


def test_no_sale_without_a_connection():
    till = Till().power().press("sale", amount="12.40")
    assert till.states == ["open"]
    assert "no connection" in till.screen


def test_one_machine_does_one_thing_at_a_time():
    till = sold().press("sale", amount="3.00", reference="R2")
    assert len(till.asked) == 1
    assert till.booked[-1] == ("R2", "open", "")


# ---- Meanwhile -------------------------------------------------------------------------------------------------------


def test_notifications_are_shown_while_it_runs_and_only_those_of_its_machine():
    till = sold().says(method="terminalNotification", params={"tid": SIP, "notificationValue": "PRESENT_CARD"})
    assert "PRESENT_CARD" in till.screen
    till.says(method="terminalNotification", params={"tid": SIS, "notificationValue": "REMOVE_CARD"})
    assert "PRESENT_CARD" in till.screen
    assert till.replies == []


def test_answers_find_their_questions_in_any_order():
    till = sold().press("sale", amount="3.00", reference="R2", terminal=SIS)
    first, second = (asked["id"] for asked in till.asked)
    till.says(id=second, result=result("DECLINED"))
    till.says(id=first, result=result())
    assert till.booked[-2:] == [("R2", "declined", ""), ("R1", "paid", "12.40")]


def test_an_id_of_another_type_is_no_answer():
    till = sold()
    till.says(id=str(till.asked[0]["id"]), result=result())
    assert till.states[-1] == "pending"


@pytest.mark.parametrize("accepted", [True, False])
def test_the_user_judges_the_signature(accepted):
    till = sold(terminal=SIS).says(id="sig-1", method="signatureVerificationRequest", params={"tid": SIS})
    assert till.replies == []
    till.press("signature", accepted=str(accepted).lower())
    assert till.replies == [{"jsonrpc": "2.0", "id": "sig-1", "result": {"accepted": accepted}}]


def test_a_signature_is_not_answered_when_nobody_waits_for_it():
    till = sold(terminal=SIS).says(id=9, method="signatureVerificationRequest", params={"tid": SIS})
    till.after(80).press("signature", accepted="true")
    assert till.replies == []
    assert "No signature" in till.screen


def test_a_signature_of_no_sale_of_ours_is_refused():
    till = Till().online().says(id=9, method="signatureVerificationRequest", params={"tid": SIS})
    assert till.replies[0]["error"]["code"] == -32602


def test_the_answer_to_a_cancellation_is_no_outcome():
    till = sold().press("cancel")
    assert (till.asked[-1]["method"], till.asked[-1]["params"]) == ("cancelTransaction", {"tid": SIP})
    till.answers({"result": "cancelling"})
    assert till.states[-1] == "pending"
    till.answers(result(), number=0)
    assert till.states[-1] == "paid"


def test_there_may_be_nothing_to_cancel():
    assert Till().online().press("cancel").asked == []


# ---- Cut off ---------------------------------------------------------------------------------------------------------


def test_a_drop_leaves_the_sale_unknown_and_it_is_not_tried_again():
    till = sold().dropped()
    assert till.booked[-1] == ("R1", "unknown", "")
    assert "outcome unknown" in till.screen
    till.after(2).back().after(600)
    assert len(till.asked) == 1
    assert till.states[-1] == "unknown"


def test_a_power_cut_does_too():
    till = Till(storage=sold().storage).power()
    assert till.booked == [("R1", "unknown", "")]
    assert "outcome unknown" in till.screens[0]


def test_an_answer_that_does_not_come_leaves_it_unknown_and_a_late_one_decides():
    till = Till(keepalive=600.0).online().press("sale", amount="12.40").after(219)
    assert till.states[-1] == "pending"
    assert till.after(1).states[-1] == "unknown"
    till.answers(result())
    assert till.states[-1] == "paid"


# ---- Reports ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "method"), [("end of day", "reportEndOfDay"), ("XBalance", "reportXBalance")])
def test_a_report_is_kept(name, method):
    till = Till().online().press("report", name=name)
    assert till.asked[0]["method"] == method
    till.answers({"tid": SIP, "balances": {}})
    assert "stored as report 1" in till.screen
    assert method in till.storage["report 1"]


def test_the_machine_of_the_till_can_be_chosen():
    till = Till().online().press("terminal", tid=SIS).press("sale", amount="1.00")
    assert till.asked[0]["params"]["tid"] == SIS


def test_the_machines_are_listed():
    till = Till().online().press("terminals").answers([{"tid": SIP, "status": "AVAILABLE"}])
    assert f"tid {SIP}, status AVAILABLE" in till.screen


def test_half_a_character_can_be_shown():
    """JSON may name half of a surrogate pair, which no UTF-8 can carry on."""
    till = sold()
    till.hears(
        till.server.text('{"jsonrpc":"2.0","id":1,"result":{"transactionResult":"VOID","userMessage":"\\ud83d!"}}')
    )
    assert till.states[-1] == "voided"
    assert till.screen.encode()
    till.hears(till.server.text('{"jsonrpc":"2.0","id":"\\ud83d","method":"dance"}'))
    assert till.replies[-1]["error"]["code"] == -32601
