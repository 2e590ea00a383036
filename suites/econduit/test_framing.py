"""Chapter A, framing and encoding: every message ends with 04 04, and nothing else says where one ends."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from catalogue.econduit import (
    ACKS_ASKED,
    ACKS_NOT_ASKED,
    ECD_001,
    ECD_002,
    ECD_003,
    ECD_004,
    ECD_005,
    ECD_006,
    ECD_007,
    ECD_008,
    ECD_009,
    ECD_010,
    TRANSACTIONS,
)
from fake_cloud.delivery import BYTE_BY_BYTE, HELD_FOR_NEXT, Delivery
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case, needing, not_applicable
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.econduit import spellings
from harness.checks import framing, standing
from harness.rig.bench import Means
from harness.wire import econduit
from harness.wire.econduit import Command, Heartbeat, Register, RegistrationAnswer

GAP = 0.5
"""Seconds between two pieces of a message: enough for each to be a segment of its own."""


def balance(cloud: CloudSide) -> Command:
    """The command of these cases: documented, it needs no amount, and no money moves if it is understood."""
    return cloud.command("GiftBalance")


async def answered(cloud: CloudSide, campaign: Campaign, command: Command, *cuts: int, gap: float = GAP) -> bool:
    """Send a command cut at these offsets; whether it was answered."""
    cloud.say(command, Delivery(cuts=cuts, gap=gap))
    return await cloud.response(command, within=campaign.ixit.transaction_within + gap * len(cuts)) is not None


# ---- What ends a message ---------------------------------------------------------------------------------------------


@case(ECD_001, ECD_002)
async def test_ends_its_registration(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """Powered on, the terminal registers; the registration ends with 04 04."""
    await terminal.dials()
    await cloud.heard(Register, within=campaign.profile.registration.answer_within)

    judge(framing.every_message_terminated, patience=framing.PATIENCE, message="registration")


@case(ECD_001, ECD_003)
async def test_ends_each_heartbeat(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The terminal is left idle for two heartbeats; each ends with 04 04."""
    await terminal.online()
    for _ in range(2):
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(framing.every_message_terminated, patience=framing.PATIENCE, message="heartbeat")


@case(ECD_001, ECD_004, needs=(Means.APPROVE,))
async def test_ends_each_response(cloud: CloudSide, terminal: Terminal, judge: Judge) -> None:
    """Two sales are ordered one after the other; each response ends with 04 04."""
    await terminal.online()
    for _ in range(2):
        await cloud.transact(cloud.sale())

    judge(framing.every_message_terminated, patience=framing.PATIENCE, message="response")


@case(ECD_005, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_sends_nothing_between_messages(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Registration, response and heartbeat follow each other; no 04, CR, LF or NUL stands in or between them."""
    await terminal.online()
    await cloud.transact(cloud.sale())
    for _ in range(2):
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(framing.nothing_between_messages)


@pytest.mark.parametrize(
    "acks",
    [
        pytest.param("true", marks=needing(when=(ACKS_ASKED,))),
        pytest.param("false", marks=needing(when=(ACKS_NOT_ASKED,))),
    ],
)
@case(ECD_007, ECD_008, ECD_009, ECD_010, needs=(Means.APPROVE, Means.ACKS), when=(TRANSACTIONS,))
async def test_speaks_quoted_json(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, acks: str
) -> None:
    """Set to either AckHeartbeat, the terminal registers, answers a sale and beats: all of it strict, quoted JSON."""
    terminal.provision(ack_heartbeat=acks)
    await terminal.online()
    await cloud.transact(cloud.sale())
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(standing.names_in_documented_case, of=ECD_007, **spellings(campaign))
    judge(standing.values_quoted, of=ECD_008)
    judge(standing.messages_are_json, of=ECD_009)
    judge(standing.no_byte_order_mark, of=ECD_010)


# ---- What does not ---------------------------------------------------------------------------------------------------


@case(ECD_006, when=(TRANSACTIONS,))
async def test_understands_a_command_cut_anywhere(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A command comes in two segments, cut after its first byte, its second, … inside its 04 04; all are answered."""
    await terminal.online()
    size = len(econduit.build(balance(cloud).fields))
    for cut in range(1, size):
        if not await answered(cloud, campaign, balance(cloud), cut):
            break

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=size - 1)


@case(ECD_006, when=(TRANSACTIONS,))
async def test_understands_single_bytes(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The answer to the registration, the acks and a command come byte by byte; the command is answered."""
    for answers in Answers:
        cloud.bend(answers, Delivery(cuts=BYTE_BY_BYTE.cuts, gap=GAP / 5))
    await terminal.dials()
    if await cloud.heard(RegistrationAnswer, within=campaign.profile.registration.answer_within):
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
        command = balance(cloud)
        await answered(cloud, campaign, command, *range(1, len(econduit.build(command.fields))), gap=GAP / 5)

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=1)


@case(ECD_006, when=(TRANSACTIONS,))
async def test_waits_for_the_rest_of_a_command(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The cloud pauses in the middle of a command, for half the time an ack may take; the command is answered."""
    await terminal.online()
    command = balance(cloud)
    await answered(
        cloud,
        campaign,
        command,
        len(econduit.build(command.fields)) // 2,
        gap=campaign.profile.connection.ack_within / 2,
    )

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=1)


@pytest.mark.parametrize("cut", [pytest.param(False, id="whole"), pytest.param(True, id="and-a-half")])
@case(ECD_006, when=(TRANSACTIONS,))
async def test_understands_two_commands_in_one_segment(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, cut: bool
) -> None:
    """Two commands come in one segment, or one and a half and then the rest; both are answered, if only as busy."""
    await terminal.online()
    first, second = balance(cloud), balance(cloud)
    cloud.say(first, HELD_FOR_NEXT)
    cuts = (len(econduit.build(first.fields)) + len(econduit.build(second.fields)) // 2,) if cut else ()
    if await answered(cloud, campaign, second, *cuts):
        await answer_to(cloud, first)

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=2)


async def answer_to(cloud: CloudSide, command: Command) -> None:
    """Await a response that may have come already, before another that was awaited."""
    if not any(body.ref_id == command.ref_id for _, body in cloud.trace.heard("cloud", econduit.Response)):
        await cloud.response(command)


@case(ECD_006, when=(TRANSACTIONS,))
async def test_understands_a_command_behind_the_registration_answer(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """OK-REGISTRATION and a command come in one segment; the command is answered."""
    if campaign.profile.cloud.terminate_registration != "terminated":
        not_applicable("profile cloud.terminate_registration: without its 04 04 an answer ends by silence alone")
    cloud.bend(Answers.REGISTRATION, HELD_FOR_NEXT, times=1)
    await terminal.online()
    await answered(cloud, campaign, balance(cloud))

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=1)


@case(ECD_006, when=(TRANSACTIONS, ACKS_ASKED))
async def test_understands_a_command_behind_an_ack(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The ack of a heartbeat and a command come in one segment; the command is answered."""
    await terminal.online()
    cloud.bend(Answers.ACK, HELD_FOR_NEXT, times=1)
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
    await answered(cloud, campaign, balance(cloud))

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=1)


COMMANDS_CUT = st.lists(st.sets(st.integers(1, 150), max_size=6).map(sorted), min_size=1, max_size=3)
"""Some commands, each as the offsets at which it is cut; offsets beyond its end cut nothing."""


def drawn(seed: int, most: int) -> list[list[list[int]]]:
    """What Hypothesis draws from COMMANDS_CUT with this seed, all before the case begins: nothing a case does is
    repeated because of what it found."""
    found: list[list[list[int]]] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=most,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(COMMANDS_CUT)
    def collect(cuts: list[list[int]]) -> None:
        found.append(cuts)

    collect()
    return found


@case(ECD_006, when=(TRANSACTIONS,))
async def test_understands_commands_cut_by_chance(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Commands follow one another, cut in places that chance drew from the seed of the run; all are answered."""
    # Drawn before anything runs: it takes a second of which the terminal would hear nothing from the cloud.
    commands = [cuts for example in drawn(campaign.seed, most=8) for cuts in example]
    await terminal.online()
    for cuts in commands:
        if not await answered(cloud, campaign, balance(cloud), *cuts):
            break

    judge(framing.understood_however_cut, within=campaign.ixit.transaction_within, at_least=len(commands))
