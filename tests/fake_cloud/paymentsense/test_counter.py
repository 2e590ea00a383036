"""Card machines at the counter: each TID's own course, notifications, signatures, cancellations, reports, and how a
case bends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fake_cloud.order import Fate, Order, Outcome
from fake_cloud.paymentsense.instructions import (
    Course,
    Run,
    Stand,
)
from fake_cloud.paymentsense.machines import COURSES
from harness.wire.endpoint import Tell, Told
from harness.wire.paymentsense import (
    BUSY,
    INVALID_PARAMS,
    UNAVAILABLE,
    UNKNOWN_METHOD,
    Demand,
    Refusal,
    Result,
    Side,
)
from harness.wire.paymentsense_schema import mistakes
from tests.fake_cloud.paymentsense.scene import CHIP, DECLINED, FAILED, SIGNED, TERMS, TIMED_OUT, Scene, Till

SALE = {"tid": CHIP, "amount": 1240, "currency": "GBP"}


async def at_counter(**terms: object) -> tuple[Scene, Till]:
    scene = Scene(replace(TERMS, **terms))
    return scene, await scene.till()


# ---- Each its own course ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tid", "result"),
    [(CHIP, "SUCCESSFUL"), ("2211SCD0", "SUCCESSFUL"), (DECLINED, "DECLINED"), (FAILED, "UNSUCCESSFUL")],
)
async def test_a_machine_does_as_its_tid_says(tid, result):
    scene, till = await at_counter()
    answer = await scene.sells(till, tid)
    assert isinstance(answer, Result)
    assert answer.part("transactionResult") == result
    assert answer.part("amountTotal") == 1240
    assert till.notices == [*COURSES[tid[-4:]].notices, "TRANSACTION_FINISHED"]
    assert mistakes("result", "sale", answer.value) == ()


async def test_an_answer_that_times_out_comes_after_200_seconds_without_a_word():
    scene, till = await at_counter()
    began = scene.host.now
    answer = await scene.sells(till, TIMED_OUT)
    assert answer.part("transactionResult") == "TIMED_OUT"
    assert scene.host.now - began == pytest.approx(200, abs=0.1)
    assert till.notices[-1] == "REQUEST_SENT"


async def test_lists_the_machines_that_are_connected():
    scene, till = await at_counter(machines=(CHIP, DECLINED))
    scene.case(Stand(DECLINED, "BUSY"))
    assert (await scene.asks(till, "connectedTerminals")).value == [
        {"tid": CHIP, "status": "AVAILABLE", "currency": "GBP"},
        {"tid": DECLINED, "status": "BUSY", "currency": "GBP"},
    ]
    scene.case(Stand(DECLINED, None))
    assert len((await scene.asks(till, "connectedTerminals")).value) == 1
    assert (await scene.asks(till, "terminalDetails", tid=CHIP)).part("status") == "AVAILABLE"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("sale", {**SALE, "tid": "unknown"}, UNAVAILABLE),
        ("sale", {**SALE, "amount": "12.40"}, INVALID_PARAMS),
        ("terminalDetails", {"tid": 7}, INVALID_PARAMS),
        ("frobnicate", {"tid": CHIP}, UNKNOWN_METHOD),
        ("cancelTransaction", {"tid": CHIP}, INVALID_PARAMS),
        ("duplicate", {"tid": CHIP}, INVALID_PARAMS),
        ("tableListRequest", {}, UNKNOWN_METHOD),
    ],
)
async def test_refuses(method, params, code):
    scene, till = await at_counter()
    answer = await scene.asks(till, method, **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code


async def test_a_machine_does_one_thing_at_a_time():
    scene, till = await at_counter()
    other = await scene.till()
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(1)
    answer = await scene.sells(other)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.user_message) == (BUSY, "The card machine is in use")
    await scene.passes(20)
    assert (await scene.sells(other)).part("transactionResult") == "SUCCESSFUL"


@pytest.mark.parametrize(("all_hear", "heard"), [(False, 0), (True, 8)])
async def test_who_hears_of_a_transaction(all_hear, heard):
    scene, till = await at_counter(notify_all=all_hear)
    other = await scene.till()
    await scene.sells(till)
    await scene.passes(1)
    assert len(other.notices) == heard


async def test_keeps_the_last_transaction_of_a_machine():
    scene, till = await at_counter()
    sold = await scene.sells(till)
    assert (await scene.asks(till, "duplicate", tid=CHIP)).value == sold.value


@pytest.mark.parametrize("method", ["reportEndOfDay", "reportBanking", "reportXBalance", "reportZBalance"])
async def test_reports(method):
    scene, till = await at_counter()
    answer = await scene.asks(till, method, tid=CHIP)
    assert answer.part("reportType") == method.removeprefix("report")
    assert till.notices == ["REPORT_STARTED", "REPORT_FINISHED"]


async def test_a_customer_adds_a_gratuity_at_the_machine():
    scene, till = await at_counter()
    scene.case(Run(CHIP, Course(charged={"amountGratuity": 200, "amountCashback": 0})))
    answer = await scene.sells(till, amountCashback=1000)
    assert [answer.part(f"amount{name}") for name in ("Base", "Cashback", "Gratuity", "Total")] == [1240, 0, 200, 1440]
    scene.case(Run(CHIP, None))
    assert (await scene.sells(till, amountCashback=1000)).part("amountTotal") == 2240


# ---- Signatures and cancellations ------------------------------------------------------------------------------------


async def until_signature(scene: Scene, till: Till) -> Demand:
    scene.tell(till, Demand(Side.EPOS, 1, "sale", {**SALE, "tid": SIGNED}))
    await scene.host.until(lambda: bool(till.all(Demand)), 60, "the question")
    return till.all(Demand)[0]


@pytest.mark.parametrize(
    ("answer", "result"),
    [({"accepted": True}, "SUCCESSFUL"), ({"accepted": False}, "VOID"), ({"accepted": "yes"}, "UNSUCCESSFUL")],
)
async def test_a_signature_is_verified_by_the_epos(answer, result):
    scene, till = await at_counter()
    asked = await until_signature(scene, till)
    assert asked.faults == ()
    scene.tell(till, Result(Side.EPOS, asked.id, answer))
    await scene.passes(1)
    assert till.all(Result)[0].part("transactionResult") == result


@pytest.mark.parametrize("late_answer", [False, True])
async def test_a_signature_that_nobody_verifies_in_80_seconds(late_answer):
    scene, till = await at_counter(signature_timeout="DECLINED")
    asked = await until_signature(scene, till)
    await scene.passes(81)
    if late_answer:
        scene.tell(till, Result(Side.EPOS, asked.id, {"accepted": True}))
        await scene.passes(1)
    assert "SIGNATURE_VERIFICATION_TIMEOUT" in till.notices
    assert [result.part("transactionResult") for result in till.all(Result)] == ["DECLINED"]


@pytest.mark.parametrize(
    ("course", "notice", "result"),
    [(None, "CANCELLING", "CANCELLED"), (Course(cancellable=False), "UNABLE_TO_CANCEL", "SUCCESSFUL")],
)
async def test_a_cancellation_is_answered_at_once_and_decides_nothing(course, notice, result):
    scene, till = await at_counter()
    scene.case(Run(CHIP, course))
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(0.5)
    assert (await scene.asks(till, "cancelTransaction", tid=CHIP)).value == {"result": "cancelling"}
    assert len(till.all(Result)) == 1
    await scene.passes(20)
    assert notice in till.notices
    assert till.all(Result)[1].part("transactionResult") == result


# ---- v0 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v0", None])
async def test_v0_tells_of_several_machines_and_says_cancelled(version):
    scene = Scene(TERMS)
    till = await scene.till(api_version=version)
    scene.case(Stand(DECLINED, None), Run(CHIP, Course(cancellable=False)))
    assert (await scene.asks(till, "terminalsDetails", tpi=[CHIP, DECLINED, "unknown"])).value == [
        {"tid": CHIP, "status": "AVAILABLE", "currency": "GBP"}
    ]
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(0.5)
    assert (await scene.asks(till, "cancelTransaction", 7, tid=CHIP)).value == {"result": "cancelled"}
    await scene.passes(20)
    assert till.all(Result)[-1].part("transactionResult") == "SUCCESSFUL"


@pytest.mark.parametrize(("version", "method"), [("v0", "terminalDetails"), ("v1", "terminalsDetails")])
async def test_a_method_of_the_other_version_is_unknown(version, method):
    scene = Scene(TERMS)
    till = await scene.till(api_version=version)
    answer = await scene.asks(till, method, tid=CHIP, tpi=[CHIP])
    assert isinstance(answer, Refusal)
    assert answer.code == UNKNOWN_METHOD
    (asked,) = [demand for demand in scene.noted(Demand) if demand.method == method]
    assert "is a method of" in asked.faults[0]


# ---- Decided elsewhere -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        ((Fate.ANSWERED, {"ResultCode": "Approved"}), "SUCCESSFUL"),
        ((Fate.ANSWERED, {"ResultCode": "Declined"}), "DECLINED"),
        ((Fate.ANSWERED, {"ResultCode": "Error"}), "UNSUCCESSFUL"),
        ((Fate.OFFLINE, {}), UNAVAILABLE),
        ((Fate.BUSY, {}), BUSY),
        ((Fate.LOST, {}), "TIMED_OUT"),
    ],
)
async def test_an_exchange_decides_in_place_of_the_machine(outcome, answer):
    scene = Scene(replace(TERMS, exchange="exchange"))
    orders = []

    class Exchange:
        name = "exchange"

        def handle(self, event, now):  # noqa: ARG002
            orders.append(event.body)
            yield Tell("connect", Outcome(event.body.id, *outcome))

    till = await scene.till()
    await scene.host.attach(Exchange())
    reply = await scene.sells(till)
    assert orders == [Order(1, CHIP, {"Command": "Sale", "RefID": "PSC-1", "Amount": "12.40"})]
    assert (reply.code if isinstance(reply, Refusal) else reply.part("transactionResult")) == answer


async def test_a_lost_order_may_still_be_answered():
    scene = Scene(replace(TERMS, exchange="exchange"))
    till = await scene.till()
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(1)
    scene.host.feed("connect", Told("exchange", Outcome(1, Fate.LOST, {})))
    await scene.passes(60)
    scene.host.feed("connect", Told("exchange", Outcome(1, Fate.ANSWERED, {"ResultCode": "Approved"})))
    await scene.passes(300)
    assert [result.part("transactionResult") for result in till.all(Result)] == ["SUCCESSFUL"]
