"""Chapter C: what a terminal says first on every line, and what each answer to it opens or leaves shut."""

from __future__ import annotations

import pytest

from catalogue.econduit import (
    ECD_032,
    ECD_040,
    ECD_041,
    ECD_042,
    ECD_043,
    ECD_044,
    ECD_045,
    ECD_046,
    ECD_048,
    ECD_049,
    ECD_050,
    ECD_051,
    ECD_052,
    ECD_053,
    ECD_054,
    ECD_055,
    ECD_056,
    ECD_057,
    ECD_058,
    ECD_106,
    SECONDARY_ENDPOINT,
    STATUS_DISPLAY,
    TRANSACTIONS,
)
from fake_cloud.delivery import (
    BYTE_BY_BYTE,
    CLOSE_AFTER,
    CLOSE_INSTEAD,
    CRLF,
    GARBAGE,
    RESET_AFTER,
    RESET_INSTEAD,
    SILENCE,
    UNTERMINATED,
    Delivery,
    Then,
    late,
    text,
)
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.checks import lines, pairing, registration, screen
from harness.faults.nemesis import Fault, Nemesis
from harness.faults.stream.ending import OrderlyClose, Reset
from harness.faults.stream.shut import Shut
from harness.rig.bench import Means
from harness.wire.econduit import (
    ACK,
    FAILED_INVALID_TERMINAL_TYPE,
    FAILED_REGISTRATION,
    OK_REGISTRATION,
    REGISTER_FIELDS,
    Register,
)
from harness.wire.endpoint import PeerClosed


def patience(campaign: Campaign) -> float:
    """Seconds in which a terminal gives up a registration that came to nothing, and is back with another."""
    return campaign.profile.registration.answer_within + campaign.profile.connection.longest_pause


async def registers_anew(
    cloud: CloudSide, campaign: Campaign, answer: Delivery, times: int | None = None
) -> int | None:
    """End the line of a registered terminal, and answer what it then registers with like this, always or so many times.

    The number of the new line; None if the terminal does not register on one."""
    cloud.bend(Answers.REGISTRATION, answer, times)
    cloud.end()
    heard = await cloud.heard(Register, line="new", within=campaign.profile.connection.reconnect_limit)
    return None if heard is None else heard[0].line


async def sells(cloud: CloudSide, terminal: Terminal, judge: Judge) -> None:
    """A terminal whose registration was accepted takes a command and serves it (ECD-054)."""
    await terminal.online()
    sale = cloud.sale()
    await cloud.transact(sale)
    judge(pairing.result_is, of=ECD_054, ref_id=sale.ref_id, allowed=["Approved"])


# ---- When it comes ---------------------------------------------------------------------------------------------------


@case(ECD_040, ECD_041, ECD_043, ECD_051, needs=(Means.POWER,))
async def test_registers_when_it_starts(terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """Switched on, off and on again, the terminal registers at each start, first and once on its line."""
    await terminal.online()
    await terminal.power_cycle()
    await terminal.online()

    boot = campaign.ixit.boot_within * campaign.time_scale
    judge(registration.registers_after_power_on, of=ECD_040, within=boot, at_least=2)
    judge(lines.registers_first_on_every_line, of=ECD_041, at_least=2)
    judge(lines.registers_once_per_line, of=ECD_043)
    judge(registration.answered_by_the_book, of=ECD_051)


@case(ECD_041, ECD_042, ECD_043)
@pytest.mark.parametrize("ending", [Reset, OrderlyClose])
async def test_registers_again_after_a_drop(
    ending: type[Fault], cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line ends under an idle terminal; it dials again and registers anew, before anything else and once."""
    await terminal.online()
    async with nemesis(ending(), on=cloud.name):
        await cloud.heard(Register, line="new", within=campaign.profile.connection.reconnect_limit)

    judge(lines.registers_first_on_every_line, of=(ECD_041, ECD_042), at_least=2)
    judge(lines.registers_once_per_line, of=ECD_043)


@case(ECD_042, ECD_048, when=(SECONDARY_ENDPOINT,))
async def test_registers_again_on_the_secondary(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The primary goes away; on the secondary the terminal registers as on any new line, with the same TerminalID."""
    await terminal.online()
    async with nemesis(Shut("primary"), on=cloud.name):
        await cloud.heard(Register, line="new", within=campaign.profile.connection.reconnect_limit)

    judge(lines.registers_first_on_every_line, of=ECD_042, at_least=2)
    judge(registration.id_is_stable, of=ECD_048, at_least=2)


@case(ECD_041, ECD_042)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(CLOSE_INSTEAD, id="closed-instead"),
        pytest.param(RESET_INSTEAD, id="reset-instead"),
        pytest.param(CLOSE_AFTER, id="closed-after-OK"),
        pytest.param(RESET_AFTER, id="reset-after-OK"),
        pytest.param(text(FAILED_REGISTRATION, then=Then.CLOSE), id="closed-after-failure"),
    ],
)
async def test_registers_again_after_a_drop_around_the_answer(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The line ends instead of the answer or right after it; the terminal comes back and registers anew."""
    await terminal.online()
    await registers_anew(cloud, campaign, answer, times=1)
    await cloud.heard(Register, line="new", within=patience(campaign))

    judge(lines.registers_first_on_every_line, at_least=3)


# ---- What it says ----------------------------------------------------------------------------------------------------


@case(ECD_044, ECD_045, ECD_046, ECD_049, ECD_050, ECD_058)
async def test_says_what_it_is(terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The registration is complete: identity as read on the terminal, a type the cloud knows, application, version."""
    read = campaign.profile.registration
    names = list(REGISTER_FIELDS)
    await terminal.online()

    judge(registration.has_every_field, of=ECD_044, names=["TerminalID"])
    judge(registration.id_is_its_own, of=ECD_045)
    judge(lines.terminal_id_is, of=ECD_046, terminal_id=campaign.ixit.terminal_id)
    judge(registration.has_every_field, of=ECD_049, names=["SoftwareVersion"])
    judge(registration.names_application_and_version, of=ECD_049)
    judge(registration.has_every_field, of=ECD_050, names=["Command", "TerminalType", "TerminalModel"])
    judge(registration.asks_for_acks_in_words, of=ECD_050, values=list(read.ack_values))
    judge(registration.has_no_more_than, of=ECD_050, names=names, extra_fields=read.extra_fields)
    judge(registration.has_known_type, of=ECD_058, types=list(campaign.ixit.terminal_types))


@case(ECD_046, ECD_048, needs=(Means.POWER,))
async def test_keeps_its_terminal_id(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The terminal loses its line and comes back, is switched off and on; its TerminalID stays what its label says."""
    await terminal.online()
    cloud.end(reset=True)
    await cloud.heard(Register, line="new", within=campaign.profile.connection.reconnect_limit)
    await terminal.power_cycle()
    await terminal.online()

    judge(lines.terminal_id_is, of=ECD_046, terminal_id=campaign.ixit.terminal_id)
    judge(registration.id_is_stable, of=ECD_048, at_least=3)


# ---- What is no success ----------------------------------------------------------------------------------------------


async def orders_where_refused(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Answer a registration like this, then order a sale on that very line, for as long as the terminal keeps it."""
    await terminal.online()
    line = await registers_anew(cloud, campaign, answer)
    if line is not None:
        cloud.say(cloud.sale(), line=line)
        await cloud.heard(PeerClosed, line=line, within=campaign.ixit.transaction_within)
    judge(registration.runs_nothing_unregistered)


@case(ECD_052, ECD_055, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(text(FAILED_REGISTRATION), id="FAILED-REGISTRATION"),
        pytest.param(text(FAILED_INVALID_TERMINAL_TYPE), id="FAILED-INVALID-TERMINAL-TYPE"),
        pytest.param(text("PENDING"), id="unknown-text"),
        pytest.param(text(ACK.decode()), id="ack"),
        pytest.param(text(""), id="empty"),
        pytest.param(GARBAGE, id="garbage"),
    ],
)
async def test_any_other_answer_is_failure(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The registration is answered with anything but OK-REGISTRATION; a sale ordered on that line is not run."""
    await orders_where_refused(answer, cloud, terminal, campaign, judge)


@case(ECD_053, ECD_055, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
@pytest.mark.parametrize(
    "answer",
    ["ok-registration", "OK-REGISTRATION2", " OK-REGISTRATION", "OK", "OK-REGISTRATION FAILED"],
    ids=lambda answer: answer.replace(" ", "_"),
)
async def test_answer_is_compared_to_the_letter(
    answer: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The registration is answered with almost OK-REGISTRATION; a sale ordered on that line is not run."""
    await orders_where_refused(text(answer), cloud, terminal, campaign, judge)


@case(ECD_055, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_runs_nothing_before_the_answer(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The registration is not answered yet; a sale ordered on that line is not run."""
    await orders_where_refused(SILENCE, cloud, terminal, campaign, judge)


@case(ECD_055, ECD_106, needs=(Means.SCREEN,), when=(STATUS_DISPLAY,))
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(text(FAILED_REGISTRATION), id="FAILED-REGISTRATION"),
        pytest.param(text(OK_REGISTRATION.lower()), id="ok-registration"),
        pytest.param(SILENCE, id="no-answer"),
    ],
)
async def test_is_not_shown_online_without_success(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Registrations go on failing; POS Online does not come up, not even for a moment."""
    display = campaign.profile.display
    await terminal.online()
    await terminal.shows(screen.ONLINE, within=display.online_within)
    await registers_anew(cloud, campaign, answer)
    await cloud.watch(display.offline_within + display.online_within, "the screen while registrations fail")

    judge(screen.never_online_unregistered, within=display.offline_within)


# ---- What comes after a failure --------------------------------------------------------------------------------------


@case(ECD_032, ECD_056)
async def test_retries_but_not_in_a_tight_loop(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Every registration is refused for some minutes; the terminal goes on trying, with pauses."""
    connection = campaign.profile.connection
    await terminal.online()
    await registers_anew(cloud, campaign, text(FAILED_REGISTRATION))
    await cloud.watch(2 * connection.longest_pause, "the pauses between refused registrations")

    judge(lines.dials_bounded, of=(ECD_032, ECD_056), a_minute=connection.dials_a_minute)
    judge(lines.retries_after_failure, of=ECD_056, within=connection.longest_pause)


@case(ECD_054, ECD_056, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_is_accepted_after_failures(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Two registrations are refused and a third is accepted; the terminal waits for commands as if nothing had been."""
    await terminal.online()
    await registers_anew(cloud, campaign, text(FAILED_REGISTRATION), times=2)
    for _ in range(2):
        await cloud.heard(Register, line="new", within=campaign.profile.connection.longest_pause)

    judge(registration.comes_back_accepted, of=ECD_056, within=campaign.profile.connection.longest_pause)
    await sells(cloud, terminal, judge)


@case(ECD_057)
async def test_gives_up_an_unanswered_registration(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The registration stays without an answer; after a time the terminal takes it for failed and begins anew."""
    await terminal.online()
    await registers_anew(cloud, campaign, SILENCE)
    await cloud.heard(Register, line="new", within=patience(campaign))

    judge(lines.leaves_unanswered_registration, within=patience(campaign))


# ---- What is success -------------------------------------------------------------------------------------------------


@case(ECD_054, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_answer_in_pieces_is_success(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """OK-REGISTRATION comes byte by byte; the terminal puts it together and waits for commands."""
    await terminal.online()
    await registers_anew(cloud, campaign, BYTE_BY_BYTE)
    await cloud.watch(campaign.profile.registration.answer_within, "an answer in pieces")
    await sells(cloud, terminal, judge)


@case(ECD_054, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_late_answer_is_success(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """OK-REGISTRATION comes late, but well before the terminal may give it up; it waits for commands."""
    within = campaign.profile.registration.answer_within
    await terminal.online()
    await registers_anew(cloud, campaign, late(within / 3))
    await cloud.watch(within, "a late answer")
    await sells(cloud, terminal, judge)


@case(ECD_054, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
@pytest.mark.parametrize("answer", [pytest.param(UNTERMINATED, id="bare"), pytest.param(CRLF, id="crlf")])
async def test_survives_another_ending_of_the_answer(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """OK-REGISTRATION comes once without 04 04; taken for success or for none, the terminal is soon in service.

    The document leaves open how the cloud ends its answers (open point 2), so a terminal may ask for the profile's
    reading; it may not be stuck for want of it."""
    await terminal.online()
    await registers_anew(cloud, campaign, answer, times=1)
    await cloud.heard(Register, line="new", within=patience(campaign))
    await sells(cloud, terminal, judge)
