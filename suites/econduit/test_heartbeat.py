"""Chapter D: the heartbeat of an idle terminal, its ack, and its place beside transactions and reconnects."""

from __future__ import annotations

from catalogue.econduit import (
    ACKS_ASKED,
    ACKS_NOT_ASKED,
    ECD_006,
    ECD_022,
    ECD_060,
    ECD_061,
    ECD_062,
    ECD_063,
    ECD_064,
    ECD_065,
    ECD_066,
    ECD_067,
    ECD_068,
    ECD_069,
    ECD_070,
    TRANSACTIONS,
)
from fake_cloud.delivery import HELD_FOR_NEXT, SILENCE, late
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.checks import cadence, lines, pairing
from harness.faults.nemesis import Nemesis
from harness.faults.stream.ending import Reset
from harness.rig.bench import Means
from harness.wire.econduit import Heartbeat, Register
from harness.wire.endpoint import PeerClosed


async def beats(cloud: CloudSide, campaign: Campaign, number: int) -> None:
    """Await so many heartbeats, each for as long as an idle terminal may be silent; give up at the first that fails."""
    for _ in range(number):
        if await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit) is None:
            return


# ---- The period ------------------------------------------------------------------------------------------------------


@case(ECD_060, ECD_061)
async def test_beats_about_once_a_minute(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Registered and left alone, the terminal sends heartbeats of a known form, about a minute apart."""
    heartbeat = campaign.profile.heartbeat
    await terminal.online()
    await beats(cloud, campaign, 3)

    judge(cadence.never_silent_for, of=ECD_060, limit=heartbeat.silent_limit)
    judge(cadence.heartbeat_form, of=ECD_060, bodies=list(heartbeat.bodies))
    judge(cadence.heartbeat_every, of=ECD_061, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=3)


@case(ECD_070)
async def test_beats_unattended_for_hours(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Left alone for the hours of the IXIT, the terminal stays registered and never falls silent."""
    limit = campaign.profile.heartbeat.silent_limit
    soak = campaign.ixit.soak_hours * 3600.0
    await terminal.online()
    await cloud.watch(soak, "the terminal's unattended hours")

    judge(cadence.never_silent_for, limit=limit, at_least=soak - limit)


# ---- The ack ---------------------------------------------------------------------------------------------------------


@case(ECD_062, ECD_064, needs=(Means.ACKS,), when=(ACKS_ASKED,))
async def test_ack_asked_for_is_consumed_in_silence(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The terminal asks for acks; the cloud acks each heartbeat, and nothing comes in answer to an ack."""
    terminal.provision(ack_heartbeat="true")
    await terminal.online()
    await beats(cloud, campaign, 1)
    await cloud.watch(campaign.profile.registration.answer_within, "what may come in answer to an ack")

    judge(cadence.acks_when_asked, of=ECD_062, within=campaign.profile.connection.ack_within)
    judge(cadence.ack_changes_nothing, of=ECD_064)


@case(ECD_063, ECD_065, needs=(Means.ACKS,), when=(ACKS_NOT_ASKED,))
async def test_ack_not_asked_for_is_not_missed(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The terminal does not ask for acks; the cloud sends none, and the terminal keeps its line and its heartbeat."""
    profile = campaign.profile
    terminal.provision(ack_heartbeat="false")
    await terminal.online()
    await beats(cloud, campaign, 2)

    judge(cadence.acks_when_asked, of=ECD_063, within=profile.connection.ack_within)
    judge(lines.keeps_line, of=ECD_065, at_least=2 * profile.heartbeat.earliest)
    judge(cadence.never_silent_for, of=ECD_065, limit=profile.heartbeat.silent_limit)


@case(ECD_069, needs=(Means.ACKS,), when=(ACKS_ASKED,))
async def test_reconnects_when_acks_stay_away(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The terminal asks for acks and gets none; it gives up the line and registers on a new one."""
    connection = campaign.profile.connection
    patience = connection.ack_within + connection.reconnect_limit
    terminal.provision(ack_heartbeat="true")
    await terminal.online()
    cloud.bend(Answers.ACK, SILENCE)
    await beats(cloud, campaign, 1)
    await cloud.heard(PeerClosed, within=patience)
    await cloud.heard(Register, line="new", within=connection.reconnect_limit)

    judge(lines.gives_up_half_open_line, within=patience)
    judge(lines.registers_first_on_every_line, at_least=2)


@case(ECD_022, ECD_064, needs=(Means.ACKS,), when=(ACKS_ASKED,))
async def test_late_ack_is_good_enough(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The ack comes late, but well before the terminal may take the line for severed; it keeps its line."""
    profile = campaign.profile
    terminal.provision(ack_heartbeat="true")
    await terminal.online()
    cloud.bend(Answers.ACK, late(profile.connection.ack_within / 4))
    await beats(cloud, campaign, 1)
    await cloud.watch(profile.connection.ack_within, "the line around a late ack")

    judge(lines.keeps_line, of=ECD_022, at_least=profile.heartbeat.earliest)
    judge(cadence.ack_changes_nothing, of=ECD_064)


@case(ECD_006, ECD_064, needs=(Means.ACKS, Means.APPROVE), when=(ACKS_ASKED, TRANSACTIONS))
async def test_ack_and_command_in_one_piece(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """An ack and a command come in one TCP segment; the ack is consumed and the command is served."""
    terminal.provision(ack_heartbeat="true")
    await terminal.online()
    cloud.bend(Answers.ACK, HELD_FOR_NEXT, times=1)
    await beats(cloud, campaign, 1)
    sale = cloud.sale()
    await cloud.transact(sale)

    judge(pairing.result_is, of=ECD_006, ref_id=sale.ref_id, allowed=["Approved"])
    judge(cadence.ack_changes_nothing, of=ECD_064)


# ---- Beside transactions and reconnects ------------------------------------------------------------------------------


@case(ECD_066, ECD_067, ECD_068, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_beats_around_a_transaction(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A sale runs while a heartbeat falls due; none lands in its response, and one comes in time after it."""
    heartbeat = campaign.profile.heartbeat
    await terminal.online()
    await beats(cloud, campaign, 1)
    await cloud.watch(campaign.ixit.heartbeat_seconds - cadence.CROSSING, "the next heartbeat is almost due")
    await cloud.transact(cloud.sale())
    await beats(cloud, campaign, 1)
    await cloud.heard(Heartbeat, within=heartbeat.earliest)

    judge(cadence.busy_heartbeats, of=ECD_066, allowed=heartbeat.while_busy == "allowed")
    judge(cadence.never_inside_a_message, of=ECD_067, bodies=list(heartbeat.bodies))
    judge(cadence.resumes_once, of=ECD_068, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=2)


@case(ECD_068)
async def test_beats_again_after_a_reconnect(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line is reset between two heartbeats; on the new line one comes in time, and none is made up for."""
    heartbeat = campaign.profile.heartbeat
    await terminal.online()
    await beats(cloud, campaign, 1)
    await cloud.watch(campaign.ixit.heartbeat_seconds / 2, "half of a period")
    async with nemesis(Reset(), on=cloud.name):
        await cloud.heard(Register, line="new", within=campaign.profile.connection.reconnect_limit)
    await beats(cloud, campaign, 1)
    await cloud.heard(Heartbeat, within=heartbeat.earliest)

    judge(cadence.resumes_once, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=2)
