"""Chapter E: what the gateway sends is handled, of whatever kind, in order, and nonsense is borne."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from catalogue.modulus import MOD_058, MOD_070, MOD_071, MOD_072, MOD_073, MOD_075, MOD_076, MOD_077, MOD_078
from fake_cloud.modulus import sayings
from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.instructions import Decide, Decision, Displace, End, Goes, Probe, Say
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from fixtures.program import Program
from harness.checks import modulus_book, modulus_heartbeat, modulus_messages, modulus_payments
from harness.rig.bench import Means
from suites.modulus.test_results import HEARD, of, sold

REASON = "Another till was opened with this key"


@case(MOD_070, needs=(Means.KEYS, Means.SCREEN))
async def test_handles_each_kind_of_message(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """A day in short: a list, a sale with its result, a terminal that goes and comes, pongs, and a displacement."""
    profile, terminal = campaign.profile, campaign.ixit.terminals[0]
    await gateway.online()
    payment = await sold(gateway, campaign)
    for status in ("offline", "online"):
        gateway.tell(Goes(terminal, status))
        await gateway.watch(HEARD, f"the POS hears that the terminal is {status}")
        await gateway.ordered(terminal=terminal)
        await gateway.watch(profile.payment.decided_after + HEARD, "the sale ends")
    await gateway.pings(2)
    judge(modulus_heartbeat.ends_no_healthy_line, patience=profile.heartbeat.pong_earliest)
    judge(modulus_payments.asks_for_terminals, within=profile.connection.open_within)
    judge(modulus_book.stands, transaction=of(payment), states=["paid"])
    judge(modulus_payments.orders_as_terminals_stand, within=campaign.ixit.order_within)
    gateway.tell(Displace(REASON))
    await gateway.watch(2 * HEARD, "the POS hears that it is displaced")

    judge(modulus_book.shows_the_reason)


# ---- Nonsense --------------------------------------------------------------------------------------------------------

UNKNOWN: tuple[dict[str, Any], ...] = (
    {"action": "terminalFirmwareUpdate", "terminalId": "TERM-001", "version": "9.1"},
    {"action": "paymentAccepted", "transactionId": "0190a3c2-7b10-7c4e-9a51-0f2b6d8e1a11"},
    {"action": "getTerminals"},
    {"action": ""},
    {"terminals": 7},
)

BAD_TEXTS = (
    "Service Unavailable",
    '{"action":"paymentComplete","paymentResp',
    "",
    '[{"action":"pong"}]',
    "null",
    '{"action":"pong"}{"action":"pong"}',
    "[" * 10_000,
)

MISSHAPEN: tuple[dict[str, Any], ...] = (
    {"action": "terminalsResponse"},
    {"action": "terminalsResponse", "terminals": None},
    {"action": "terminalsResponse", "terminals": [7, None, [], {}]},
    {"action": "terminalsResponse", "terminals": [{"deviceId": 7, "status": True}]},
    {"action": "paymentComplete", "terminalId": "TERM-001"},
    {"action": "paymentComplete", "terminalId": "TERM-001", "paymentResponse": []},
    {"action": "paymentComplete", "terminalId": "TERM-001", "paymentResponse": {"status": "SUCCESS"}},
    {"action": "terminalStatusUpdate", "terminalId": "TERM-001", "status": 1},
    {"action": "paymentVoided"},
)


async def bears(gateway: GatewaySide, campaign: ModulusCampaign, strange: Iterable[Say], judge: Judge) -> None:
    """A sale runs, and strange things come; the POS is awaited to speak again, and the sale to be paid."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=4 * HEARD)))
    payment = await gateway.ordered()
    for said in strange:
        gateway.tell(said)
        await gateway.watch(1.0, "the POS makes what it can of it")
    await gateway.watch(4 * HEARD, "the terminal decides")
    await gateway.pings(1)

    judge(modulus_messages.bears_what_is_strange, within=campaign.profile.heartbeat.silent_limit)
    judge(modulus_book.stands, transaction=of(payment), states=["paid"])


@case(MOD_071, needs=(Means.KEYS, Means.SCREEN))
async def test_bears_an_unknown_action(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """While a sale runs the gateway sends objects whose action the page does not know."""
    await bears(gateway, campaign, map(Say, UNKNOWN), judge)


@case(MOD_072, needs=(Means.KEYS, Means.SCREEN))
async def test_bears_a_text_that_is_no_message(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """While a sale runs the gateway sends texts that are no JSON object."""
    await bears(gateway, campaign, (Say(delivery=Delivery(text=text)) for text in BAD_TEXTS), judge)


@case(MOD_073, needs=(Means.KEYS, Means.SCREEN))
async def test_bears_a_message_of_the_wrong_shape(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """While a sale runs the gateway sends known actions whose members are missing or of another kind."""
    await bears(gateway, campaign, map(Say, MISSHAPEN), judge)


@case(MOD_070, MOD_072, needs=(Means.KEYS, Means.SCREEN))
async def test_reads_a_message_in_pieces(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The result comes in fragments, one of which ends inside a character."""
    more = {"receiptData": "Merci — à bientôt"}
    await gateway.online()
    payment = await sold(gateway, campaign, Decision(more=more, delivery=Delivery(sizes=(1, 40, 90, 1))))

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


# ---- Terminals that go and come --------------------------------------------------------------------------------------


@case(MOD_058, MOD_075, needs=(Means.KEYS,))
@pytest.mark.parametrize("status", ["offline", "reconnecting"])
async def test_follows_a_terminal_that_goes_and_comes(
    status: str, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The gateway pushes that a terminal goes, and later that it is back; the cashier sells on it both times."""
    terminal = campaign.ixit.terminals[0]
    await gateway.online()
    for stands in (status, "online"):
        gateway.tell(Goes(terminal, stands))
        await gateway.watch(HEARD, f"the POS hears that the terminal is {stands}")
        await gateway.ordered(terminal=terminal)
        await gateway.watch(campaign.profile.payment.decided_after + HEARD, "the sale ends")

    judge(modulus_payments.orders_as_terminals_stand, of=MOD_075, within=campaign.ixit.order_within)
    judge(modulus_payments.pays_on_online_terminals, of=MOD_058)


# ---- Order and haste -------------------------------------------------------------------------------------------------


@case(MOD_078, needs=(Means.KEYS,))
async def test_a_payment_blocks_nothing(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """While a sale runs the gateway pings by control frames; each is answered in time."""
    await gateway.online()
    gateway.tell(Decide(Decision(withheld=True)))
    await gateway.ordered()
    for payload in (b"", b"one", bytes(125)):
        gateway.tell(Probe(payload))
        await gateway.watch(campaign.profile.heartbeat.pong_latest + 1.0, "the POS answers a ping")

    judge(modulus_messages.answers_pings_while_it_pays, within=campaign.profile.heartbeat.pong_latest)


@case(MOD_078, needs=(Means.KEYS, Means.SCREEN))
async def test_results_are_booked_in_the_order_of_their_arrival(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """Two sales run on two terminals; their results come right behind each other, the second sale's first."""
    first, second = campaign.ixit.terminals[:2]
    await gateway.online()
    gateway.tell(Decide(Decision(withheld=True), times=2))
    orders = [await gateway.ordered(terminal=first), await gateway.ordered(terminal=second)]
    for terminal, order in reversed(list(zip((first, second), orders, strict=True))):
        gateway.tell(Say(sayings.result(terminal, sayings.response(of(order), amount=campaign.ixit.amount))))
    await gateway.watch(2 * HEARD, "the POS books both")

    judge(modulus_book.booked_in_order)


# ---- Displaced -------------------------------------------------------------------------------------------------------


@case(MOD_076, needs=(Means.SCREEN,))
@pytest.mark.parametrize("reason", [REASON, "Clé déjà utilisée"])
async def test_shows_why_it_was_displaced(reason: str, gateway: GatewaySide, judge: Judge) -> None:
    """The gateway sends forceDisconnect with a reason."""
    await gateway.online()
    gateway.tell(Displace(reason))
    await gateway.watch(2 * HEARD, "the user is told")

    judge(modulus_book.shows_the_reason)


@case(MOD_077)
@pytest.mark.parametrize("then", [Then.KEEP, Then.CLOSE, Then.DROP, Then.RESET])
async def test_does_not_fight_for_its_connection(
    then: Then, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The gateway sends forceDisconnect, and then leaves the line alone, closes it, drops it or resets it."""
    await gateway.online()
    gateway.tell(Say(sayings.force_disconnect(REASON), Delivery(then=then)))
    away = campaign.profile.force_disconnect.reconnect_after
    await gateway.watch(away + 1.0, "the POS stays away")

    judge(modulus_messages.stays_away, at_least=away)


@case(MOD_077, needs=(Means.KEYS,))
async def test_returns_when_its_user_says_so(
    gateway: GatewaySide, pos: Program, campaign: ModulusCampaign, judge: Judge
) -> None:
    """Displaced; its user takes the connection back, and the POS is displaced again."""
    away = campaign.profile.force_disconnect.reconnect_after
    await gateway.online()
    for _ in range(2):
        gateway.tell(Displace(REASON))
        await gateway.watch(away + 1.0, "the POS stays away")
        gateway.mark()
        await pos.press("connect")
        await gateway.back()
    gateway.tell(End(Then.CLOSE))

    judge(modulus_messages.stays_away, at_least=away)
