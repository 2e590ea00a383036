"""What only a person can judge: the terminal is brought into a state, and somebody at the bench looks at it.

The questions are in `questions.py`. Where the rig reads the screen as well, the person's word comes on top of its.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from catalogue.econduit import ECD_033, ECD_080, ECD_085, ECD_087, ECD_103, ECD_107
from fake_cloud.delivery import SILENCE, Delivery, text
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case, judging, needing, not_applicable
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.operator import OperatorSide
from fixtures.party import BEYOND
from harness.checks import asked
from harness.faults.nemesis import Nemesis
from harness.faults.stream.ending import Reset
from harness.faults.stream.shut import Shut
from harness.rig.bench import Means
from harness.wire.econduit import (
    FAILED_INVALID_TERMINAL_TYPE,
    FAILED_REGISTRATION,
    OK_REGISTRATION,
    Register,
    RegistrationAnswer,
)
from suites.econduit import questions
from suites.econduit.drops import recovered
from suites.econduit.questions import Pair, Question

# ---- Asking ----------------------------------------------------------------------------------------------------------


def each(checklist: Iterable[Question]) -> list[Any]:
    """Questions as parameter sets, each judging its own requirements."""
    return [pytest.param(line, id=str(line.of), marks=judging(*line.about)) for line in checklist]


def facts(cloud: CloudSide, campaign: Campaign) -> dict[str, str]:
    """What a question may have to name, as it is in this run."""
    said = [body.terminal_id for _, body in cloud.trace.heard(cloud.name, Register)]
    places = {name: f"{cloud.host_name(name)} port {cloud.address(name)[1]}" for name in ("primary", "spare")}
    return {
        "terminal_id": said[-1] if said else campaign.ixit.terminal_id,
        "heartbeat": f"{campaign.ixit.heartbeat_seconds / campaign.time_scale:g}",  # of the wall, at which he looks
        **places,
    }


async def put(
    question: Question, operator: OperatorSide, cloud: CloudSide, campaign: Campaign, **more: str | None
) -> None:
    """Ask a question, with the facts of this run and `more` of them."""
    known = {**facts(cloud, campaign), **more}
    await operator.asked(question.of, question.look_for.format(**known), question.question.format(**known))


def decide(judge: Judge, question: Question, registered: Sequence[bool] = ()) -> None:
    """Judge by what was answered. `registered`: the state that each question under its requirement was about."""
    judge(
        asked.confirmed,
        of=question.about,
        requirement=question.of.id,
        registered=list(registered),
        meanwhile=question.meanwhile,
    )


async def settled(cloud: CloudSide, seconds: float) -> None:
    """Give the display the time it may take, and a moment more."""
    await cloud.watch(seconds + BEYOND, "the display has time to follow")


# ---- Connected, or not -----------------------------------------------------------------------------------------------


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize("question", each(questions.CONNECTED))
async def test_connected_and_at_rest(
    question: Question,
    cloud: CloudSide,
    terminal: Terminal,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """The terminal is registered and idle; a person looks at it, at its label and at its settings."""
    await terminal.online()
    await settled(cloud, campaign.profile.display.online_within)
    await put(question, operator, cloud, campaign)

    decide(judge, question, [True])


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize("question", each(questions.NOT_CONNECTED))
async def test_not_connected(
    question: Question,
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """The line is lost and no endpoint answers; a person looks at the display."""
    display = campaign.profile.display
    if question.of is ECD_103 and not display.colour:
        not_applicable("the profile expects no colour (display.colour: false)")
    await terminal.online()
    async with nemesis(Shut("primary", "secondary"), on=cloud.name):
        await settled(cloud, display.offline_within)
        await put(question, operator, cloud, campaign)

    decide(judge, question, [False])


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "pair",
    [pytest.param(pair, id=str(pair.online.of), marks=judging(pair.online.of)) for pair in questions.BOTH_WAYS],
)
async def test_both_ways(
    pair: Pair,
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """The cloud is there, goes and comes back; a person is asked in two states, as soon as the display must show it."""
    display = campaign.profile.display
    await terminal.online()
    await settled(cloud, display.online_within)
    if not pair.offline_first:
        await put(pair.online, operator, cloud, campaign)
    async with nemesis(Shut("primary", "secondary"), on=cloud.name):
        await settled(cloud, display.offline_within)
        await put(pair.offline, operator, cloud, campaign)
    if pair.offline_first:
        await terminal.online()
        await settled(cloud, display.online_within)
        await put(pair.online, operator, cloud, campaign)

    decide(judge, pair.online, [False, True] if pair.offline_first else [True, False])


@case(ECD_033, needs=(Means.OPERATOR,))
async def test_nobody_helped(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """The primary goes away and the terminal runs on the secondary; nobody had to do anything for it."""
    await terminal.online()
    async with nemesis(Shut("primary"), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=campaign.profile.connection.reconnect_limit)
        await put(questions.LEFT_ALONE, operator, cloud, campaign)

    decide(judge, questions.LEFT_ALONE, [True])


# ---- Refused ---------------------------------------------------------------------------------------------------------

REFUSALS = {
    "FAILED-REGISTRATION": (text(FAILED_REGISTRATION), questions.REFUSED),
    "unknown text": (text("WELCOME"), questions.STRANGE_ANSWER),
    "ok-registration": (text(OK_REGISTRATION.lower()), questions.ALMOST_RIGHT),
    "no answer": (SILENCE, questions.NO_ANSWER),
    "FAILED-INVALID-TERMINAL-TYPE": (text(FAILED_INVALID_TERMINAL_TYPE), questions.UNKNOWN_TYPE),
}


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    ("answer", "question"),
    [pytest.param(*refusal, id=name, marks=judging(*refusal[1].about)) for name, refusal in REFUSALS.items()],
)
async def test_refused(
    answer: Delivery,
    question: Question,
    cloud: CloudSide,
    terminal: Terminal,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """After a good registration the line ends, and from then on none succeeds; a person watches the display."""
    await terminal.online()
    cloud.bend(Answers.REGISTRATION, answer)
    cloud.end()
    await settled(cloud, campaign.profile.display.offline_within)
    await put(question, operator, cloud, campaign)

    decide(judge, question, [False])


# ---- Sales -----------------------------------------------------------------------------------------------------------


@case(ECD_080, ECD_085, needs=(Means.OPERATOR, Means.APPROVE))
async def test_a_sale_is_run_as_usual(
    cloud: CloudSide, terminal: Terminal, operator: OperatorSide, campaign: Campaign, judge: Judge
) -> None:
    """A person carries a sale through that the cloud has ordered: it runs as usual, and leaves the terminal ready."""
    await terminal.online()
    sale = cloud.say(cloud.sale())
    await put(questions.AS_USUAL, operator, cloud, campaign, amount=campaign.ixit.outcomes.approve)
    await cloud.response(sale)
    await settled(cloud, campaign.profile.display.online_within)
    await put(questions.READY, operator, cloud, campaign)

    decide(judge, questions.AS_USUAL)
    decide(judge, questions.READY, [True])


@case(ECD_107, needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param("approve", marks=needing(Means.APPROVE)),
        pytest.param("decline", marks=needing(Means.DECLINE)),
        pytest.param("cancel", marks=needing(Means.CANCEL)),
        pytest.param("error", marks=needing(Means.ERROR)),
    ],
)
async def test_the_indicator_is_back_after_a_sale(
    outcome: str, cloud: CloudSide, terminal: Terminal, operator: OperatorSide, campaign: Campaign, judge: Judge
) -> None:
    """A person sees a sale through to its end, whatever it comes to; afterwards the display says how it stands."""
    amount = str(getattr(campaign.ixit.outcomes, outcome))
    await terminal.online()
    sale = cloud.say(cloud.sale(amount))
    await put(questions.BACK[outcome], operator, cloud, campaign, amount=amount)
    await cloud.response(sale)

    decide(judge, questions.BACK[outcome])


@case(ECD_087, needs=(Means.OPERATOR, Means.APPROVE))
async def test_the_journal_shows_one_charge(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    operator: OperatorSide,
    campaign: Campaign,
    judge: Judge,
) -> None:
    """The line is cut under a sale, and the sale settled afterwards; the terminal's own journal shows one charge."""
    amount = campaign.ixit.outcomes.approve
    await terminal.online()
    sale = cloud.say(cloud.sale())
    await cloud.response(sale, within=0.0)  # the terminal shall have it before the line goes
    async with nemesis(Reset(), on=cloud.name):
        await recovered(cloud, campaign, sale)
    await put(questions.ONCE, operator, cloud, campaign, amount=amount, reference=sale.ref_id)

    decide(judge, questions.ONCE)


# ---- A POS under test ------------------------------------------------------------------------------------------------


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize("question", each(questions.AT_THE_TILL))
async def test_pos_at_the_till(
    question: Question, cloud: CloudSide, terminal: Terminal, operator: OperatorSide, campaign: Campaign, judge: Judge
) -> None:
    """The terminal is registered and idle; a person works at the POS that orders at it."""
    await terminal.online()
    await put(question, operator, cloud, campaign)

    decide(judge, question)
