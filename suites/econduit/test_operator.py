"""What only a person can judge: the terminal is brought into a state, and somebody at the bench looks at it.

Every question is put so that *yes* means that the requirement is met, and so that whoever has never read the document
can answer it. Where the rig reads the screen as well, the person's word comes on top of its.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from catalogue.econduit import (
    ECD_025,
    ECD_026,
    ECD_033,
    ECD_045,
    ECD_046,
    ECD_047,
    ECD_052,
    ECD_053,
    ECD_055,
    ECD_058,
    ECD_064,
    ECD_080,
    ECD_085,
    ECD_087,
    ECD_100,
    ECD_101,
    ECD_102,
    ECD_103,
    ECD_104,
    ECD_105,
    ECD_106,
    ECD_107,
    ECD_124,
    ECD_126,
)
from fake_cloud.delivery import SILENCE, Delivery, text
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case, judging, needing, not_applicable
from fixtures.cloud import BEYOND, CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.operator import OperatorSide
from harness.checks import asked
from harness.evidence.requirement import Requirement
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
from suites.econduit.drops import recovered


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the checklist. `of`: the requirement it is asked about; `also`: what the answer judges besides.

    Both texts may name the facts of a run: {terminal_id}, {primary}, {spare}, {pos}, {heartbeat}."""

    of: Requirement
    look_for: str
    question: str
    also: tuple[Requirement, ...] = ()


def ask(of: Requirement, look_for: str, question: str, *also: Requirement) -> Any:
    """A question as a parameter set that judges its own requirements."""
    return pytest.param(Question(of, look_for, question, also), id=str(of), marks=judging(of, *also))


def facts(cloud: CloudSide, campaign: Campaign) -> dict[str, str]:
    """What a question may have to name, as it is in this run."""
    said = [body.terminal_id for _, body in cloud.trace.heard(cloud.name, Register)]
    places = {name: "{} port {}".format(*cloud.address(name)) for name in ("primary", "spare")}
    return {
        "terminal_id": said[-1] if said else campaign.ixit.terminal_id,
        "heartbeat": f"{campaign.ixit.heartbeat_seconds / campaign.time_scale:g}",
        "pos": campaign.bench.listen.pos,
        **places,
    }


async def put(question: Question, operator: OperatorSide, cloud: CloudSide, campaign: Campaign) -> None:
    """Ask it, with the facts of this run."""
    known = facts(cloud, campaign)
    await operator.asked(question.of, question.look_for.format(**known), question.question.format(**known))


def decide(judge: Judge, question: Question, registered: Sequence[bool] = ()) -> None:
    """Judge by what was answered. `registered`: the state that each question under its requirement was about."""
    about = (question.of, *question.also)
    judge(asked.confirmed, of=about, requirement=question.of.id, registered=list(registered))


async def settled(cloud: CloudSide, seconds: float) -> None:
    """Give the display the time it may take, and a moment more."""
    await cloud.watch(seconds + BEYOND, "the display has time to follow")


# ---- Connected and at rest -------------------------------------------------------------------------------------------

LOOK = "The terminal is connected to the cloud now and has nothing to do. Look at its display, and touch nothing."


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "question",
    [
        ask(ECD_101, LOOK, 'Does the display show the words "POS Online"?'),
        ask(
            ECD_064,
            "About every {heartbeat} seconds the terminal sends the cloud a sign of life, and the cloud answers it. "
            "Watch the display for at least three times as long, and touch nothing.",
            "Did the display stay exactly as it was all the time: no flicker, no message, no other screen?",
        ),
        ask(
            ECD_046,
            "The terminal has told the cloud that its TerminalID is: {terminal_id}\n"
            "Find this number as its end user would, with the terminal alone and nobody to call: on a label on its "
            "case, on its display, or in a menu.",
            "Did you find it easily, and is it the same as the one above, sign by sign?",
        ),
        ask(
            ECD_047,
            "The terminal has told the cloud that its TerminalID is: {terminal_id}\n"
            "Compare it with the serial number and with the MAC address of the terminal (its label, its menu, its "
            "box). If it is neither, it may be the TID: the number under which the merchant's bank knows the terminal, "
            "printed on its receipts.",
            "Is it the serial number, or the MAC address, or a TID that the merchants who use it know?",
        ),
        ask(
            ECD_045,
            "The terminal has told the cloud that its TerminalID is: {terminal_id}\n"
            "Search for this number in the list of all terminals of the platform (its operator, or the vendor's list "
            "of devices, has it).",
            "Does this number belong to this one terminal, and to no other in the list?",
        ),
        ask(
            ECD_026,
            "Open the management system from which the terminal takes its settings (the download system). Look for "
            "the host and the port to which it connects, {primary} today.\n"
            "To be sure, set them to {spare}, look whether they are accepted, and put them back.",
            "Can both the host and the port be changed there, without new software for the terminal?",
        ),
        ask(
            ECD_025,
            "Open the management system from which the terminal takes its settings. Look for the hosts and the ports "
            "to which it connects: there should be two, a primary and a secondary (also called first and second, or "
            "main and backup).",
            "Can both of them, the primary and the secondary, be changed there?",
        ),
    ],
)
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


# ---- Not connected ---------------------------------------------------------------------------------------------------

GONE = "The cloud has been taken away: the terminal cannot connect now. Look at its display, and touch nothing."


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "question",
    [
        ask(ECD_102, GONE, 'Does the display show the words "POS Offline"?'),
        ask(ECD_103, GONE, 'Are the words "POS Offline" on the display in red?'),
    ],
)
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


# ---- Both, one after the other ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """A question about the terminal while connected, and its counterpart while not. Yes is wanted to both.

    `offline_first`: what it shows while connected is asked after the cloud has come back."""

    online: Question
    offline: Question
    offline_first: bool = False


def ask_both(of: Requirement, online: tuple[str, str], offline: tuple[str, str], *, offline_first: bool = False) -> Any:
    """A pair as a parameter set; what to look at and the question, for each state."""
    pair = Pair(Question(of, *online), Question(of, *offline), offline_first)
    return pytest.param(pair, id=str(of), marks=judging(of))


EXACTLY = (
    "Are the words written exactly like this, capital and small letters included, and are they on the screen that the "
    "terminal shows by itself, not in a menu: {}"
)


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "pair",
    [
        ask_both(
            ECD_100,
            (LOOK, "Can somebody who uses this terminal tell at a glance that it is connected (words, lamp, sign)?"),
            (GONE, "Can he tell at a glance that it is NOT connected now: does it look clearly different from before?"),
        ),
        ask_both(ECD_104, (LOOK, EXACTLY.format("POS Online")), (GONE, EXACTLY.format("POS Offline"))),
        ask_both(
            ECD_105,
            ("The cloud has just come back, and the terminal is connected.", 'Does it show "POS Online" already?'),
            ("The cloud has just been taken away.", 'Does the display show "POS Offline" already?'),
            offline_first=True,
        ),
    ],
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
    """The cloud is there, goes and comes back; a person is asked in each state, as soon as the display must show it."""
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


# ---- Refused ---------------------------------------------------------------------------------------------------------

NO_SIGN = (
    'Did the display stay without "POS Online", and without any other sign of being connected, all the time, not even '
    "for a moment?"
)


def ask_refused(of: Requirement, id: str, answer: Delivery, told: str, *also: Requirement) -> Any:
    """A registration that comes to nothing. `told`: what the cloud does, for the person who looks."""
    look_for = f"{told} The terminal may try again and again. Watch its display for half a minute, and touch nothing."
    return pytest.param(answer, Question(of, look_for, NO_SIGN, also), id=id, marks=judging(of, *also))


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ask_refused(
            ECD_055,
            "FAILED-REGISTRATION",
            text(FAILED_REGISTRATION),
            "The cloud refuses the terminal now, whenever it connects.",
            ECD_052,
        ),
        ask_refused(
            ECD_052,
            "unknown text",
            text("WELCOME"),
            "The cloud answers the terminal now with a word that means nothing.",
            ECD_055,
        ),
        ask_refused(
            ECD_053,
            "ok-registration",
            text(OK_REGISTRATION.lower()),
            "The cloud answers the terminal now with almost the right word, in small letters: a refusal, too.",
            ECD_055,
        ),
        ask_refused(
            ECD_106,
            "no answer",
            SILENCE,
            "The cloud lets the terminal connect now, and never answers what it says.",
            ECD_055,
        ),
        pytest.param(
            text(FAILED_INVALID_TERMINAL_TYPE),
            Question(
                ECD_058,
                "The cloud refuses the terminal now because it does not know its type, whenever it connects.\n"
                "Look where a technician would who has to find out why it does not connect: its display, its log, its "
                "service menu, the printer.",
                'Is he told that the cloud does not know the type of the terminal ("FAILED-INVALID-TERMINAL-TYPE", or '
                "the same in other words)?",
            ),
            id="FAILED-INVALID-TERMINAL-TYPE",
            marks=judging(ECD_058),
        ),
    ],
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


# ---- Left alone ------------------------------------------------------------------------------------------------------


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
    question = Question(
        ECD_033,
        "Two minutes ago at most, the main server of the cloud was taken away, and the terminal has connected to the "
        "second one. Look at the terminal.",
        "Was it left alone meanwhile: nobody pressed a key, confirmed a message or restarted it, and it asks for "
        "nothing of the kind now?",
    )
    await terminal.online()
    async with nemesis(Shut("primary"), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=campaign.profile.connection.reconnect_limit)
        await put(question, operator, cloud, campaign)

    decide(judge, question, [True])


# ---- Sales -----------------------------------------------------------------------------------------------------------

ORDERED: dict[str, str] = {
    "approve": "The cloud orders a sale of {} now. Carry it through at the terminal: present a card, do what it asks.",
    "decline": "The cloud orders a sale of {} now, which will be declined. Present a card, and do what it asks.",
    "cancel": "The cloud orders a sale of {} now. Cancel it at the terminal, as a customer would.",
    "error": "The cloud orders a sale of {} now, which will end in an error. Present a card, and do what it asks.",
}
"""What the person has to do, by the outcome that is wanted; the answer is given when it is done."""


@case(ECD_080, ECD_085, needs=(Means.OPERATOR, Means.APPROVE))
async def test_a_sale_is_run_as_usual(
    cloud: CloudSide, terminal: Terminal, operator: OperatorSide, campaign: Campaign, judge: Judge
) -> None:
    """A person carries a sale through that the cloud has ordered: it runs as usual, and leaves the terminal ready."""
    amount = campaign.ixit.outcomes.approve
    usual = Question(
        ECD_080,
        ORDERED["approve"].format(amount),
        f"Did the terminal begin by itself, and run the sale as any other: the amount {amount}, its usual screens, the "
        "result at the end?",
    )
    ready = Question(
        ECD_085,
        "The sale is over. Look at the display, and touch nothing.",
        "Is the terminal back at its idle screen, connected and ready for the next sale, without anybody's doing?",
    )
    await terminal.online()
    sale = cloud.say(cloud.sale())
    await put(usual, operator, cloud, campaign)
    await cloud.response(sale)
    await settled(cloud, campaign.profile.display.online_within)
    await put(ready, operator, cloud, campaign)

    decide(judge, usual)
    decide(judge, ready, [True])


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
    back = Question(
        ECD_107,
        ORDERED[outcome].format(amount) + " Then wait until the terminal is back at its idle screen.",
        'Does the idle screen show "POS Online" (or "POS Offline") again, without anybody\'s doing?',
    )
    await terminal.online()
    sale = cloud.say(cloud.sale(amount))
    await put(back, operator, cloud, campaign)
    await cloud.response(sale)

    decide(judge, back)


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
    await terminal.online()
    sale = cloud.say(cloud.sale())
    await cloud.response(sale, within=0.0)  # the terminal shall have it before the line goes
    async with nemesis(Reset(), on=cloud.name):
        await recovered(cloud, campaign, sale)
    once = Question(
        ECD_087,
        f"One sale of {campaign.ixit.outcomes.approve} was ordered (reference {sale.ref_id}), and the line was cut "
        "while it ran.\n"
        "Look into the terminal's own records: its journal, its list of transactions, or a printed batch report. The "
        "newest entry is this sale.",
        "Is it there exactly once: one charge of this amount, and not a second one just before or after it?",
    )
    await put(once, operator, cloud, campaign)

    decide(judge, once)


# ---- A POS under test ------------------------------------------------------------------------------------------------


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "question",
    [
        ask(
            ECD_124,
            "Take the POS that is under test; it orders at {pos}. Order a sale that is approved for less than was "
            "asked (a prepaid card with too little on it).",
            "Does the POS book the lower amount as part payment, and ask how the rest will be paid?",
        ),
        ask(
            ECD_126,
            "Take the POS that is under test; it orders at {pos}. Order a sale and, while the terminal waits for the "
            "card, try to close the payment window of the POS and to cancel there.",
            "Does the window stay open, and does the POS leave cancelling to the terminal?",
        ),
    ],
)
async def test_pos_at_the_till(
    question: Question, cloud: CloudSide, terminal: Terminal, operator: OperatorSide, campaign: Campaign, judge: Judge
) -> None:
    """The terminal is registered and idle; a person works at the POS that orders at it."""
    await terminal.online()
    await put(question, operator, cloud, campaign)

    decide(judge, question)
