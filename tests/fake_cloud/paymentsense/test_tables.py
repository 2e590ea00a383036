"""Card machines at the table: the steps of a visit, what ends it early, and the final receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fake_cloud.paymentsense.instructions import Visit
from harness.wire.paymentsense import Demand, Notification, Refusal, Result, Side, Unsent, receipt
from tests.fake_cloud.paymentsense.scene import CHIP, TERMS, Scene, Till

BILL = {"receiptLines": receipt("TABLE 12", "TOTAL 12.40")}
ANSWERS = {
    "tableListRequest": {"tables": ["11", "12"], "currency": "GBP"},
    "tableLockRequest": {"confirmed": True, "amount": 1240, "currency": "GBP"},
    "posReceiptRequest": BILL,
    "finalPOSReceiptRequest": BILL,
    "transactionResponse": {},
}
WHOLE = ["tableListRequest", "tableLockRequest", "posReceiptRequest", "transactionResponse", "tableUnlock"]


async def house(
    answers: dict[str, object] | Callable[[Demand], object], *, flag: bool = False, **terms: object
) -> tuple[Scene, Till]:
    """A scene with a till that answers what it is asked by `answers`; by silence what is not in it."""
    scene = Scene(replace(TERMS, **terms))
    till = await scene.till("pat", flag=flag)
    await scene.passes(1)
    hear = till.dialogue.hear

    def answering(text: str) -> object:
        heard = hear(text)
        if isinstance(heard, Demand) and heard.method in answers:
            scene.tell(till, Result(Side.EPOS, heard.id, answers[heard.method]))
        return heard

    till.dialogue.hear = answering
    return scene, till


def methods(till: Till) -> list[str]:
    return [message.method for message in till.messages if isinstance(message, Demand | Notification)]


async def test_a_whole_visit():
    scene, till = await house(ANSWERS)
    scene.case(Visit(CHIP, "12"))
    await scene.passes(30)
    assert methods(till) == WHOLE
    assert [message.faults for message in till.messages] == [()] * 5
    assert till.all(Notification)[0].param("amountTotal") == 1240
    assert scene.noted(Result)[1].part("confirmed") is True


async def test_a_bill_is_shared():
    scene, till = await house(ANSWERS)
    scene.case(Visit(CHIP, "12", payments=(600, 640)))
    await scene.passes(30)
    told = till.all(Notification)[0]
    assert [paid["amountPaid"] for paid in told.param("payments")] == [600, 640]


async def test_the_final_receipt_is_asked_for_with_the_flag_and_never_without():
    scene, till = await house(ANSWERS, flag=True)
    scene.case(Visit(CHIP, "12"))
    await scene.passes(30)
    assert methods(till) == [*WHOLE[:4], "finalPOSReceiptRequest", "tableUnlock"]


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ({}, WHOLE[:1]),
        ({"tableListRequest": {"tables": ["11"]}}, WHOLE[:1]),
        ({"tableListRequest": {"tables": 12}}, WHOLE[:1]),
        ({"tableListRequest": ANSWERS["tableListRequest"]}, WHOLE[:2]),
        ({**ANSWERS, "tableLockRequest": {"confirmed": False}}, WHOLE[:2]),
        ({**ANSWERS, "tableLockRequest": {"confirmed": "true"}}, WHOLE[:2]),
        ({**ANSWERS, "tableLockRequest": {"confirmed": True, "amount": "12.40"}}, WHOLE),
        ({**ANSWERS, "posReceiptRequest": None}, WHOLE),
    ],
)
async def test_a_visit_ends_where_the_epos_does_not_go_along(answers, seen):
    scene, till = await house(answers)
    scene.case(Visit(CHIP, "12"))
    await scene.passes(60)
    assert methods(till) == seen


async def test_an_answer_after_the_machine_gave_up_changes_nothing():
    scene, till = await house({})
    scene.case(Visit(CHIP, "12"))
    await scene.passes(11)
    scene.tell(till, Result(Side.EPOS, till.all(Demand)[0].id, ANSWERS["tableListRequest"]))
    await scene.passes(11)
    assert methods(till) == WHOLE[:1]


async def test_news_as_requests_where_the_profile_says_so():
    scene, till = await house(ANSWERS, methods_asked=("transactionResponse", "tableUnlock"))
    scene.case(Visit(CHIP, "12"))
    await scene.passes(60)
    assert [message.method for message in till.all(Demand)] == WHOLE


async def test_some_steps_only():
    scene, till = await house(ANSWERS)
    scene.case(Visit(CHIP, "12", only=("tableLockRequest",)), Visit(CHIP, "12", only=("tableLockRequest",)))
    await scene.passes(5)
    assert methods(till) == ["tableLockRequest"] * 2


async def test_a_visit_to_nobody():
    scene = Scene()
    await scene.till("pac")
    scene.case(Visit(CHIP, "12"))
    await scene.passes(1)
    assert scene.noted(Unsent) == [Unsent("tableListRequest")]


async def test_at_the_tables_an_epos_asks_nothing():
    scene = Scene()
    till = await scene.till("pat")
    assert isinstance(await scene.asks(till, "connectedTerminals"), Refusal)
