"""Chapter C: pings before, during and after a sale, connections that end, and what an EPoS makes of it."""

from __future__ import annotations

import pytest

from catalogue.paymentsense import (
    PAC,
    PSC_060,
    PSC_061,
    PSC_062,
    PSC_063,
    PSC_064,
    PSC_065,
    PSC_066,
    PSC_067,
)
from fake_cloud.paymentsense.instructions import Course, End, Hear, Ping, Pinging, Run, Straighten, TurnAway
from fixtures.case import case
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from fixtures.docket import Judge
from harness.checks import dialling, websocket
from harness.checks import paymentsense_line as line
from harness.checks import paymentsense_sales as sales
from harness.rig.bench import Means
from harness.wire.endpoint import Hearing
from harness.wire.paymentsense import Admitted, Demand, Ended, Side
from harness.wire.websocket import Pong

SOURCE = "connect"
KEYS = (Means.KEYS, Means.SCREEN)

SLOW = Course(("TRANSACTION_STARTED", "PIN_ENTRY"), silent_for=180.0, cancellable=False)
"""A sale that takes three minutes, so that pings fall into it."""

OFTEN = Pinging(period=10.0, pong_within=8.0)
"""Pings that come oftener than usual; who leaves two of them unanswered is gone."""

ENDS = {
    "close 1011": End(code=1011),
    "close 1001": End(code=1001),
    "end without goodbye": End(code=None),
    "reset": End(code=None, reset=True),
}


def silent(campaign: PaymentsenseCampaign, code: int | None) -> Pinging:
    """Connect pings as the profile says, and takes no pong for an answer: in its eyes the EPoS is gone."""
    ping = campaign.profile.ping
    return Pinging(ping.period, ping.pong_within, ping.missed, code, heeds=False)


def unheard(campaign: PaymentsenseCampaign) -> float:
    """Seconds after which such a connection has been ended."""
    ping = campaign.profile.ping
    return ping.period * (ping.missed + 1) + ping.pong_within


def resolved(campaign: PaymentsenseCampaign) -> float:
    """Seconds after a break in which a sale stands as what it is: time to be back, and to tell."""
    return campaign.profile.reconnect.limit + campaign.profile.screen.told_within


# ---- Pings -----------------------------------------------------------------------------------------------------------


@case(PSC_060, PSC_061)
async def test_answers_pings_while_idle(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """An idle EPoS is pinged for ten minutes."""
    await connect.online()
    await connect.watch(600.0, "pings of an idle EPoS")

    judge(line.pings_periodically, period=campaign.profile.ping.period, of=PSC_060)
    judge(websocket.pings_answered, source=SOURCE, within=campaign.profile.ping.pong_within, of=PSC_061)


PAYLOADS = (b"", b"x", b"ping", bytes(125), bytes(range(1, 126)), b'{"jsonrpc":"2.0","id":1,"method":"sale"}')


@case(PSC_061, PSC_064, needs=(Means.SCREEN,))
async def test_answers_with_the_payload_of_the_ping(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Pings come with no payload, with the longest, with bytes that are no text, and with what looks like a message."""
    await connect.online()
    await connect.watch(5.0, "that it comes to rest")
    for payload in PAYLOADS:
        connect.tell(Ping(payload))
        await connect.heard(Pong, within=campaign.profile.ping.pong_within)
        await connect.watch(5.0, "whether anything else comes of it")

    judge(websocket.pings_answered, source=SOURCE, within=campaign.profile.ping.pong_within, of=PSC_061)
    judge(line.ping_is_no_message, within=2.0, of=PSC_064)


@case(PSC_063)
async def test_answers_pings_for_hours(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Nobody touches the till for hours."""
    await connect.online()
    await connect.watch(campaign.ixit.idle_hours * 3600.0, "pings of an idle EPoS")

    judge(websocket.pings_answered, source=SOURCE, within=campaign.profile.ping.pong_within)


@case(PSC_063, when=(PAC,), needs=(Means.KEYS,))
async def test_answers_pings_before_during_and_after_a_sale(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A sale takes three minutes: pings come before it, meanwhile, and after it."""
    tid = campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(OFTEN)
    connect.tell(Run(tid, SLOW))
    await connect.watch(35.0, "pings before a sale")
    await epos.sold(await epos.sells(tid), within=campaign.profile.pac.transaction_within)
    await connect.watch(35.0, "pings after a sale")

    judge(websocket.pings_answered, source=SOURCE, within=OFTEN.pong_within)


@case(PSC_063, when=(PAC,), needs=(Means.KEYS,))
async def test_answers_pings_while_a_question_is_open(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The till asks for a signature to be verified, and the cashier takes his time."""
    tid = campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(OFTEN)
    connect.tell(Run(tid, Course(signature=True)))
    reference = await epos.sells(tid)
    await connect.heard(Demand, within=30.0, where=lambda said: said.by is Side.CONNECT)
    await connect.watch(campaign.profile.signature.window - 20.0, "pings while a question is open")
    await epos.press("signature", accepted="true")
    await epos.sold(reference)

    judge(websocket.pings_answered, source=SOURCE, within=OFTEN.pong_within)


# ---- Ended -----------------------------------------------------------------------------------------------------------


def close_codes(campaign: PaymentsenseCampaign) -> list[int | None]:
    """The ways of ending the connection that the profile wants played."""
    ways: dict[str, list[int | None]] = {"both": [1011, None], "1011": [1011], "drop": [None]}
    return ways[campaign.profile.ping.close_mode]


@case(PSC_062, PSC_065, needs=(Means.SCREEN,))
async def test_finds_back_when_it_was_taken_for_gone(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Connect hears no pong and ends the connection, in each of its ways: the EPoS notices, tells, and is back."""
    told = campaign.profile.screen.told_within
    await connect.online()
    for code in close_codes(campaign):
        connect.tell(silent(campaign, code))
        await connect.heard(Ended, within=unheard(campaign))
        connect.tell(Pinging(campaign.profile.ping.period, campaign.profile.ping.pong_within))
        await connect.let_in()
        await connect.watch(told + 61.0, "that it stays")

    judge(line.ends_the_silent, within=unheard(campaign), missed=campaign.profile.ping.missed, of=PSC_062)
    judge(line.break_is_told, within=told, of=PSC_065)
    judge(dialling.dials_again, source=SOURCE, limit=campaign.profile.reconnect.limit, of=PSC_065)
    judge(line.same_address, of=PSC_065)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
@case(PSC_065, needs=(Means.SCREEN,))
async def test_finds_back(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, end: End) -> None:
    """Connect ends the connection: the EPoS notices, tells its user, and connects again with the same address."""
    await connect.online()
    connect.tell(end)
    await connect.let_in()
    await connect.watch(campaign.profile.screen.told_within, "whether the user is told")

    judge(line.break_is_told, within=campaign.profile.screen.told_within)
    judge(dialling.dials_again, source=SOURCE, limit=campaign.profile.reconnect.limit)
    judge(line.same_address)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
@case(PSC_066, when=(PAC,), needs=KEYS)
async def test_a_break_in_mid_sale_leaves_a_doubt(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, end: End
) -> None:
    """The connection ends while a sale runs: it is neither paid nor failed, and not asked for again."""
    told = campaign.profile.screen.told_within
    tid = campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(Run(tid, SLOW))
    await epos.sells(tid)
    await connect.heard(Demand, within=told)
    await connect.watch(3.0, "that the sale runs")
    connect.tell(end)
    await connect.let_in()
    await connect.watch(resolved(campaign) + 20.0, "what becomes of the sale")

    judge(line.outstanding_is_unknown, within=resolved(campaign))


@case(PSC_066, when=(PAC,), needs=KEYS)
async def test_a_sale_after_a_break_is_another(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The connection ends while a sale runs, and the next sale is paid: the first one stays in doubt."""
    told = campaign.profile.screen.told_within
    first, second = campaign.ixit.machines.all[:2]
    await connect.online("pac")
    connect.tell(Run(first, SLOW))
    connect.tell(Run(second, Course()))
    await epos.sells(first)
    await connect.heard(Demand, within=told)
    connect.end(None, reset=True)
    await connect.let_in()
    await connect.watch(resolved(campaign), "what becomes of the sale")
    await epos.sold(await epos.sells(second))
    await connect.watch(told, "what is booked in the end")

    judge(line.outstanding_is_unknown, within=resolved(campaign))
    judge(sales.success_clears, within=told)


# ---- Finding back ----------------------------------------------------------------------------------------------------

TURNED = {"dropped": TurnAway(None), "refused with 503": TurnAway(503)}


@pytest.mark.parametrize("turned", TURNED.values(), ids=TURNED.keys())
@case(PSC_067)
async def test_takes_its_time_to_find_back(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, turned: TurnAway
) -> None:
    """The connection ends, and for five minutes no handshake succeeds: the pauses between attempts are such that they
    stay few."""
    await connect.online()
    connect.tell(turned)
    connect.end(None)
    await connect.watch(300.0, "attempts to find back")
    connect.tell(Straighten())
    await connect.let_in(within=300.0)

    judge(dialling.attempts_spaced, source=SOURCE, attempts_at_most=campaign.profile.reconnect.a_minute, window=60.0)


@case(PSC_067)
async def test_takes_its_time_when_let_in_and_ended(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Ten times in a row Connect lets the EPoS in and ends the connection at once."""
    await connect.online()
    for _ in range(10):
        connect.end(None)
        if not await connect.let_in(within=120.0):
            break

    judge(dialling.attempts_spaced, source=SOURCE, attempts_at_most=campaign.profile.reconnect.a_minute, window=60.0)


@case(PSC_065, needs=(Means.SCREEN, Means.TIME_OUT))
async def test_finds_back_when_nobody_listens(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The connection ends, and for a minute nobody listens: then it is back, with the same address."""
    await connect.online()
    connect.tell(Hear("connect", Hearing.REFUSED))
    connect.end(None)
    await connect.watch(60.0, "whether the user is told")
    connect.tell(Hear("connect", Hearing.ANSWERING))
    await connect.heard(Admitted, within=2 * campaign.profile.reconnect.limit)

    judge(line.break_is_told, within=campaign.profile.screen.told_within)
    judge(dialling.dials_again, source=SOURCE, limit=2 * campaign.profile.reconnect.limit)
    judge(line.same_address)
