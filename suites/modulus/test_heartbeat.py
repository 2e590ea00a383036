"""Chapter F: the heartbeat of a connected POS, and what it makes of pongs that come, come late, or stay away."""

from __future__ import annotations

from catalogue.modulus import (
    MOD_036,
    MOD_080,
    MOD_081,
    MOD_082,
    MOD_083,
    MOD_084,
    MOD_085,
    MOD_086,
    MOD_087,
    MOD_088,
    MOD_089,
    MOD_090,
    MOD_091,
    PAYMENTS,
)
from fake_cloud.modulus.delivery import SILENCE, Delivery, Then
from fake_cloud.modulus.instructions import Answers, Bend, Decide, Decision, End, Probe, Straighten
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import SETTLED, GatewaySide, ModulusCampaign
from harness.checks import dialling, modulus_heartbeat, websocket
from harness.rig.bench import Means
from harness.wire.endpoint import PeerClosed
from harness.wire.websocket_frames import Closing

ANSWERED_WITHIN = 5.0
"""Seconds in which a control ping is answered: RFC 6455 says `as soon as is practical`."""

# ---- The period ------------------------------------------------------------------------------------------------------


@case(MOD_080, MOD_081, MOD_087, MOD_090)
async def test_pings_about_every_30_seconds(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Connected and left alone, the POS sends the JSON ping from the opening on, about every 30 s."""
    heartbeat = campaign.profile.heartbeat
    await gateway.online()
    await gateway.pings(4)

    judge(modulus_heartbeat.never_silent_for, of=(MOD_080, MOD_087), limit=heartbeat.silent_limit)
    judge(modulus_heartbeat.pings_every, of=MOD_081, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=4)
    judge(modulus_heartbeat.pings_in_json, of=MOD_090, limit=heartbeat.silent_limit)


@case(MOD_080, MOD_085, MOD_086)
async def test_keeps_a_connection(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Every ping is answered for a quarter of an hour; one connection lasts all the while."""
    await gateway.online()
    await gateway.watch(900.0, "a quarter of an hour of pings and pongs")

    judge(modulus_heartbeat.never_silent_for, of=MOD_080, limit=campaign.profile.heartbeat.silent_limit, at_least=850.0)
    judge(modulus_heartbeat.ends_no_healthy_line, of=MOD_085, patience=campaign.profile.heartbeat.pong_earliest)
    judge(modulus_heartbeat.pings_are_answered, of=MOD_086, within=SETTLED)


# ---- Pongs that stay away --------------------------------------------------------------------------------------------


@case(MOD_036, MOD_082, MOD_083, MOD_084)
async def test_a_connection_without_a_pong_is_ended(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """One ping gets no pong: the POS takes the connection for dead, ends it, and opens another."""
    profile = campaign.profile
    await gateway.online()
    gateway.tell(Bend(Answers.PONG, SILENCE))
    await gateway.pings(1)
    await ended(gateway, profile.heartbeat.dead_limit)
    judge_dead_line(judge, campaign)
    gateway.tell(Straighten())
    await gateway.back()

    judge(dialling.dials_again, of=MOD_084, source="gateway", limit=profile.connection.reconnect_limit)
    judge(dialling.one_line_at_a_time, of=MOD_036, source="gateway", listeners=["gateway"])


@case(MOD_083, MOD_084)
async def test_pongs_may_cease_after_a_while(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Three pings are answered and then none: an older pong does not stand for a missing one."""
    profile = campaign.profile
    await gateway.online()
    await gateway.pings(3)
    gateway.tell(Bend(Answers.PONG, SILENCE))
    await ended(gateway, profile.heartbeat.silent_limit + profile.heartbeat.dead_limit)
    judge(modulus_heartbeat.gives_up_a_dead_line, of=MOD_083, limit=profile.heartbeat.dead_limit)
    gateway.tell(Straighten())
    await gateway.back()

    judge(dialling.dials_again, of=MOD_084, source="gateway", limit=profile.connection.reconnect_limit)


@case(MOD_085)
async def test_a_pong_in_time_may_take_some_seconds(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """Every pong comes five seconds late, within the POS's patience: the connection lasts."""
    await gateway.online()
    gateway.tell(Bend(Answers.PONG, Delivery(after=5.0)))
    await gateway.pings(4)
    await gateway.watch(campaign.profile.heartbeat.dead_limit, "the connection lasts")

    judge(modulus_heartbeat.ends_no_healthy_line, patience=campaign.profile.heartbeat.pong_earliest)


@case(MOD_085, MOD_084)
async def test_a_pong_that_is_too_late_breaks_nothing(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """A pong comes 12 s after its ping, at the edge of the POS's patience: it stays, or it is back soon."""
    profile = campaign.profile
    await gateway.online()
    gateway.tell(Bend(Answers.PONG, Delivery(after=12.0), times=1))
    await gateway.pings(1)
    await gateway.watch(profile.heartbeat.dead_limit + profile.connection.reconnect_limit, "what becomes of it")
    await gateway.pings(2)

    judge(modulus_heartbeat.ends_no_healthy_line, of=MOD_085, patience=profile.heartbeat.pong_earliest)
    judge(modulus_heartbeat.never_silent_for, of=MOD_084, limit=profile.heartbeat.silent_limit)


def judge_dead_line(judge: Judge, campaign: ModulusCampaign) -> None:
    """How long it waited for the pong, and that it waited no longer."""
    heartbeat = campaign.profile.heartbeat
    judge(
        modulus_heartbeat.waits_for_the_pong,
        of=MOD_082,
        earliest=heartbeat.pong_earliest,
        latest=heartbeat.pong_latest,
    )
    judge(modulus_heartbeat.gives_up_a_dead_line, of=MOD_083, limit=heartbeat.dead_limit)


async def ended(gateway: GatewaySide, within: float) -> None:
    """Await the end of the line by the POS, in order or not."""
    await gateway.heard(object, within=within, where=lambda body: isinstance(body, PeerClosed | Closing))


# ---- Other times -----------------------------------------------------------------------------------------------------


@case(MOD_088)
async def test_one_heartbeat_after_each_reconnect(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The connection is dropped three times, at odd moments; afterwards pings come no denser than at first."""
    await gateway.online()
    await gateway.pings(3)
    for moment in (7.0, 11.0, 19.0):
        await gateway.watch(moment, "a moment between two pings")
        gateway.tell(End(Then.DROP))
        if not await gateway.back():
            break
        await gateway.pings(1)
    await gateway.pings(6)

    judge(modulus_heartbeat.one_heartbeat)
    judge(modulus_heartbeat.never_silent_for, limit=campaign.profile.heartbeat.silent_limit)


@case(MOD_089, needs=(Means.KEYS,), when=(PAYMENTS,))
async def test_pings_while_a_payment_runs(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The customer takes his time: a payment runs for a hundred seconds, and the pings go on."""
    await gateway.online()
    await gateway.pings(2)
    gateway.tell(Decide(Decision(after=100.0)))
    await gateway.ordered()
    await gateway.watch(110.0, "a customer who takes his time")

    judge(modulus_heartbeat.beats_during_payments, longest=2 * campaign.profile.heartbeat.latest)


@case(MOD_091)
async def test_control_pings_are_answered(gateway: GatewaySide, judge: Judge) -> None:
    """The gateway sends control pings of every size, alone and in a row: each gets its pong."""
    await gateway.online()
    for payload in (b"", b"\x00\xff", b"are you there?", bytes(range(125))):
        gateway.tell(Probe(payload))
        await gateway.watch(ANSWERED_WITHIN + SETTLED, "the pong")
    for payload in (b"one", b"two", b"three"):
        gateway.tell(Probe(payload))
    await gateway.watch(2 * ANSWERED_WITHIN, "the pongs of three pings in a row")

    judge(websocket.pings_answered, source="gateway", within=ANSWERED_WITHIN)


@case(MOD_091, MOD_089, needs=(Means.KEYS,), when=(PAYMENTS,))
async def test_control_pings_are_answered_in_a_payment(gateway: GatewaySide, judge: Judge) -> None:
    """While a payment runs, the gateway's control pings are answered as ever."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=60.0)))
    await gateway.ordered()
    for number in range(3):
        gateway.tell(Probe(b"in a payment, %d" % number))
        await gateway.watch(ANSWERED_WITHIN + SETTLED, "the pong")

    judge(websocket.pings_answered, of=MOD_091, source="gateway", within=ANSWERED_WITHIN)


@case(MOD_090, MOD_080)
async def test_control_traffic_does_not_stand_for_the_ping(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The gateway's own control pings keep the wire busy; the JSON ping comes all the same."""
    heartbeat = campaign.profile.heartbeat
    await gateway.online()
    for _ in range(15):
        gateway.tell(Probe(b"busy"))
        await gateway.watch(10.0, "a busy wire")

    judge(modulus_heartbeat.never_silent_for, limit=heartbeat.silent_limit, at_least=heartbeat.silent_limit)
