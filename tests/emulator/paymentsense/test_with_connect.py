"""The EPoS and Connect together: whole sales, their endings, and what becomes of them when the line is lost."""

from __future__ import annotations

import pytest

from fake_cloud.paymentsense.instructions import Course, End, Pinging, Run, Stand, TurnAway, Visit
from fake_cloud.paymentsense.terms import Terms
from harness.wire.framing import Malformed
from harness.wire.paymentsense import Admitted, Notification, Pinged, Side, TurnedAway
from harness.wire.websocket_frames import Pong
from tests.emulator.paymentsense.shop import Shop

SIP, DIP, SIS, UIP, TIP = "2211SIP0", "2211DIP0", "2211SIS0", "2211UIP0", "2211TIP0"


def clean(shop: Shop) -> bool:
    """Connect found nothing wrong, and every ping had its pong."""
    pings = [body.payload for body in shop.heard(Pinged)]
    pongs = [body.payload for body in shop.heard(Pong)]
    return not shop.heard(Malformed) and not shop.faults() and pongs == pings[: len(pongs)]


async def test_in_v0_the_machine_is_checked_by_the_method_of_v0_and_cancelled_is_no_outcome():
    shop = await Shop(version="v0").open()
    shop.press("sale", amount="12.40", terminal=TIP)
    assert await shop.shows("AVAILABLE: see on it whether", within=230)
    assert [demand.params for demand in shop.said(Side.EPOS, "terminalsDetails")] == [{"tpi": [TIP]}]
    shop.tell(Run(SIP, Course(("PRESENT_CARD",), pace=5.0, cancellable=False)))
    shop.press("sale", amount="12.40")
    assert await shop.shows("PRESENT_CARD")
    shop.press("cancel")
    assert await shop.stands("paid")
    assert clean(shop)


@pytest.mark.parametrize(("tid", "state"), [(SIP, "paid"), ("2211SCD0", "paid"), (DIP, "declined"), (UIP, "declined")])
async def test_a_sale_ends_as_the_card_machine_says(tid, state):
    shop = await Shop().open()
    shop.press("sale", amount="12.40", reference="R1", terminal=tid)
    assert await shop.stands(state)
    assert shop.settled == ("12.40" if state == "paid" else "")
    for notice in shop.heard(Notification):
        assert any(notice.param("notificationValue") in screen for screen in shop.screens)
    assert clean(shop)


async def test_a_refund_is_refunded():
    shop = await Shop().open()
    shop.press("refund", amount="3.00")
    assert await shop.stands("refunded")


@pytest.mark.parametrize(("accepted", "state"), [("true", "paid"), ("false", "voided")])
async def test_a_signature_is_judged_by_the_user(accepted, state):
    shop = await Shop(tid=SIS).open()
    shop.press("sale", amount="12.40")
    assert await shop.shows("is the signature good?")
    shop.press("signature", accepted=accepted)
    assert await shop.stands(state)
    assert clean(shop)


async def test_a_signature_that_nobody_judges_is_voided_by_connect():
    shop = await Shop(tid=SIS).open()
    shop.press("sale", amount="12.40")
    assert await shop.stands("voided", within=120)
    assert shop.replied("signatureVerificationRequest") == []


async def test_a_cancellation_comes_in_time():
    shop = await Shop().open()
    shop.press("sale", amount="12.40")
    assert await shop.shows("PRESENT_CARD")
    shop.press("cancel")
    assert await shop.stands("cancelled")


async def test_a_cancellation_comes_too_late():
    shop = await Shop().open()
    shop.tell(Run(SIP, Course(("PRESENT_CARD",), pace=5.0, cancellable=False)))
    shop.press("sale", amount="12.40")
    assert await shop.shows("PRESENT_CARD")
    shop.press("cancel")
    assert await shop.shows("UNABLE_TO_CANCEL")
    assert await shop.stands("paid")


async def test_a_sale_that_times_out_is_in_doubt_and_the_machine_is_checked():
    shop = await Shop().open()
    shop.press("sale", amount="12.40", terminal=TIP)
    assert await shop.shows("AVAILABLE: see on it whether", within=230)
    assert shop.states[-1] == "unknown"
    assert len(shop.said(Side.EPOS, "terminalDetails")) == 1
    assert clean(shop)


async def test_after_a_time_out_a_machine_may_be_out_of_reach():
    shop = await Shop().open()
    shop.press("sale", amount="12.40", terminal=TIP)
    await shop.after(100)
    shop.tell(Stand(TIP, None))
    assert await shop.shows("is out of reach", within=130)


@pytest.mark.parametrize("end", [End(), End(code=None), End(code=None, reset=True), End(code=1011)])
async def test_a_drop_in_mid_sale_leaves_a_doubt_and_no_second_charge(end):
    shop = await Shop().open()
    shop.press("sale", amount="12.40")
    assert await shop.shows("PRESENT_CARD")
    shop.tell(end)
    assert await shop.stands("unknown")
    assert await shop.until(lambda: len(shop.heard(Admitted)) == 2)
    await shop.after(300)
    assert len(shop.said(Side.EPOS, "sale")) == 1
    assert shop.states[-1] == "unknown"
    assert shop.lines == 2


async def test_a_report_is_kept():
    shop = await Shop().open()
    shop.press("report", name="Z balance")
    assert await shop.shows("stored as report 1")
    assert "reportZBalance" in shop.till.storage["report 1"]
    assert clean(shop)


async def test_a_busy_machine_is_told():
    shop = await Shop().open()
    shop.tell(Stand(SIP, "BUSY"))
    shop.press("sale", amount="12.40")
    assert await shop.shows("The card machine is in use")
    assert shop.states[-1] == "declined"


async def test_an_idle_day_passes_with_every_ping_answered():
    shop = await Shop().open()
    await shop.after(24 * 3600.0)
    assert (len(shop.heard(Pinged)), shop.lines) == (2880, 1)
    assert clean(shop)


@pytest.mark.parametrize("period", [5.0, 60.0, 89.0])
async def test_connect_may_ping_as_seldom_as_it_likes(period):
    shop = await Shop().open()
    shop.tell(Pinging(period=period))
    await shop.after(3600)
    assert shop.lines == 1


async def test_a_connect_that_never_pings_is_looked_for():
    shop = await Shop().open()
    shop.tell(Pinging(period=100_000.0))
    await shop.after(3600)
    assert shop.lines == 1


async def test_a_token_that_is_not_known_is_told():
    shop = Shop(terms=Terms(sites={"another": "elsewhere"}))
    with pytest.raises(AssertionError):
        await shop.open()
    assert "401" in shop.screen
    assert len(shop.heard(TurnedAway)) <= 3


async def test_who_is_turned_away_comes_back_when_it_is_let():
    shop = Shop()
    await shop.host.attach(shop.connect, {"connect": ("", 0)})
    shop.tell(TurnAway(422, times=2))
    await shop.host.attach(shop.till, recorded=False)
    shop.press("connect")
    assert await shop.shows("Connected", within=90)
    assert len(shop.heard(TurnedAway)) == 2


# ---- At the table ----------------------------------------------------------------------------------------------------


async def test_a_guest_pays_at_the_table():
    shop = await Shop(integration="pat", final_receipt=True, tables={"12": "12.40", "14": "5.00"}).open()
    shop.tell(Visit("T1", "12"))
    assert await shop.stands("paid")
    await shop.after(1)
    assert shop.settled == "12.40"
    for method in ("tableListRequest", "tableLockRequest", "posReceiptRequest", "finalPOSReceiptRequest"):
        assert len(shop.replied(method)) == 1
    assert "free" in shop.screen
    assert clean(shop)


async def test_guests_share_a_bill():
    shop = await Shop(integration="pat", tables={"12": "12.40"}).open()
    shop.tell(Visit("T1", "12", payments=(1000, 240)))
    assert await shop.stands("paid")
    assert shop.replied("finalPOSReceiptRequest") == []


async def test_a_table_can_be_locked_by_one_only():
    shop = await Shop(integration="pat", tables={"12": "12.40"}).open()
    for tid in ("T1", "T2"):
        shop.tell(Visit(tid, "12", only=("tableLockRequest",)))
        await shop.after(1)
    assert [reply.value["confirmed"] for reply in shop.replied("tableLockRequest")] == [True, False]
