"""Chapter E, transactions: every command answered once, in truth, on its line, whatever comes between."""

from __future__ import annotations

import pytest

from catalogue.econduit import (
    ECD_080,
    ECD_081,
    ECD_082,
    ECD_083,
    ECD_084,
    ECD_085,
    ECD_086,
    ECD_087,
    ECD_088,
    ECD_089,
)
from fake_cloud.delivery import GARBAGE, Delivery, text
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.verdicts import Inconclusive
from harness.checks import lines, pairing, privacy, standing
from harness.faults.nemesis import Fault, Nemesis
from harness.faults.stream.ending import OrderlyClose, Reset
from harness.faults.stream.shut import Shut
from harness.rig.bench import Means
from harness.wire.econduit import (
    FOLLOW_UPS,
    OK_REGISTRATION,
    RESPONSE_FIELDS,
    RESULT_CODES,
    TRANSACTIONS,
    Command,
    RegistrationAnswer,
    Response,
)

ORIGINALS = {"Capture": "Auth", "Void": "Sale", "TipAdjust": "Sale"}
"""What must have been approved under a RefID before a follow-up of it makes sense."""

UNSUCCESSFUL = [
    pytest.param("decline", marks=needing(Means.DECLINE)),
    pytest.param("cancel", marks=needing(Means.CANCEL)),
    pytest.param("error", marks=needing(Means.ERROR)),
]

REFUSALS = [code for code in RESULT_CODES if code not in ("Approved", "Busy")]

LOOK = 10.0
"""Seconds for which a case looks whether an answer comes that need not come."""


def amount_of(campaign: Campaign, outcome: str) -> str:
    """The amount of the IXIT that provokes an outcome; the case needs the means for it."""
    return str(getattr(campaign.ixit.outcomes, outcome))


async def answers(cloud: CloudSide, campaign: Campaign, *commands: Command) -> None:
    """Await the responses to several commands, in whichever order they come."""
    missing = [command.ref_id for command in commands]
    while missing:
        heard = await cloud.heard(
            Response, within=campaign.ixit.transaction_within, where=lambda response: response.ref_id in missing
        )
        if heard is None:
            return
        missing.remove(heard[1].ref_id)


# ---- What is asked and what is answered ------------------------------------------------------------------------------


@case(ECD_080, ECD_081, ECD_082, ECD_084, needs=(Means.APPROVE,))
@pytest.mark.parametrize("name", TRANSACTIONS)
async def test_command_is_processed(
    name: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Each command of the protocol is carried out and answered once, in the existing format, under its own RefID.

    A follow-up reuses the RefID of an approved original."""
    await terminal.online()
    amount = None if name == "GiftBalance" else campaign.ixit.outcomes.approve
    command = cloud.command(ORIGINALS.get(name, name), amount)
    await cloud.transact(command)
    if name in FOLLOW_UPS:
        command = cloud.command(name, amount, command.ref_id)
        await cloud.transact(command)

    judge(pairing.result_is, of=ECD_080, ref_id=command.ref_id, allowed=["Approved"])
    judge(pairing.tells_what_was_asked, of=ECD_080, ref_id=command.ref_id)
    judge(pairing.responses_in_form, of=ECD_081, names=list(RESPONSE_FIELDS), required=["ResultCode"])
    judge(pairing.answered_once, of=ECD_082, within=campaign.ixit.transaction_within)
    judge(pairing.answered_on_its_line, of=ECD_082)
    judge(pairing.echoes_reference, of=ECD_084)


@case(ECD_082, ECD_083, ECD_084)
@pytest.mark.parametrize("outcome", UNSUCCESSFUL)
async def test_unsuccessful_transaction_is_answered(
    outcome: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A sale that is declined, cancelled by the cardholder or ends in an error is answered like any other."""
    await terminal.online()
    sale = cloud.sale(amount_of(campaign, outcome))
    await cloud.transact(sale)

    judge(pairing.answered_once, of=(ECD_082, ECD_083), within=campaign.ixit.transaction_within)
    judge(pairing.result_is, of=ECD_083, ref_id=sale.ref_id, allowed=REFUSALS)
    judge(pairing.echoes_reference, of=ECD_084)


@case(ECD_083, ECD_084)
async def test_follow_up_without_an_original_is_answered(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A void of a RefID that the terminal has never seen is answered, with whatever result."""
    await terminal.online()
    await cloud.transact(cloud.command("Void"))

    judge(pairing.answered_once, of=ECD_083, within=campaign.ixit.transaction_within)
    judge(pairing.echoes_reference, of=ECD_084)


@case(ECD_084, needs=(Means.APPROVE,))
@pytest.mark.parametrize("shape", ["{}", "0000{}", "{}-e29b-41d4-a716", "{}/.:_+ x", "{}" + "Long" * 16])
async def test_reference_comes_back_unchanged(
    shape: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A RefID of both letter cases, leading zeros, signs, a blank or 84 characters is echoed sign by sign."""
    await terminal.online()
    fresh = cloud.sale()
    await cloud.transact(cloud.command("Sale", campaign.ixit.outcomes.approve, shape.format(fresh.ref_id)))

    judge(pairing.echoes_reference)


@case(ECD_082, ECD_084, ECD_085, needs=(Means.APPROVE,))
async def test_sales_one_after_another(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """Five sales, each ordered as soon as the one before is answered, are answered on the one line."""
    await terminal.online()
    sales = [cloud.sale() for _ in range(5)]
    for sale in sales:
        await cloud.transact(sale)

    judge(pairing.answered_once, of=ECD_082, within=campaign.ixit.transaction_within, at_least=len(sales))
    judge(pairing.answered_on_its_line, of=ECD_082, at_least=len(sales))
    judge(pairing.echoes_reference, of=ECD_084, at_least=len(sales))
    judge(pairing.result_is, of=ECD_085, ref_id=sales[-1].ref_id, allowed=["Approved"])


@case(ECD_085, needs=(Means.APPROVE,))
@pytest.mark.parametrize("outcome", ["approve", *UNSUCCESSFUL])
async def test_waits_for_commands_again(
    outcome: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """After a response of any kind the terminal keeps its line and takes the next sale."""
    await terminal.online()
    await cloud.transact(cloud.sale(amount_of(campaign, outcome)))
    await cloud.watch(1.0, "the terminal keeps its line after a response")
    sale = cloud.sale()
    await cloud.transact(sale)

    judge(standing.stays_open, ack_within=campaign.profile.connection.ack_within)
    judge(pairing.result_is, ref_id=sale.ref_id, allowed=["Approved"])


@case(ECD_089)
@pytest.mark.parametrize("outcome", [pytest.param("approve", marks=needing(Means.APPROVE)), *UNSUCCESSFUL])
async def test_no_card_data_in_clear(
    outcome: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Whatever a sale comes to, nothing that the terminal sends holds a full card number, a track or a PIN."""
    await terminal.online()
    await cloud.transact(cloud.sale(amount_of(campaign, outcome)))

    judge(privacy.no_card_data_in_clear)


# ---- Busy ------------------------------------------------------------------------------------------------------------


@case(ECD_086, needs=(Means.APPROVE,))
async def test_second_command_while_busy(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A sale that comes while another runs leaves that one alone, and is answered busy or carried out after it."""
    await terminal.online()
    first, second = cloud.say(cloud.sale()), cloud.say(cloud.sale())
    await answers(cloud, campaign, first, second)

    limit = 2 * campaign.ixit.transaction_within
    judge(
        pairing.running_one_undisturbed,
        first=first.ref_id,
        second=second.ref_id,
        when_busy=campaign.profile.transactions.when_busy,
        within=limit,
    )
    judge(pairing.answered_once, within=limit, at_least=2)
    judge(pairing.charged_once, ref_id=first.ref_id)


@case(ECD_086, needs=(Means.APPROVE,))
async def test_same_order_again_while_it_runs(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """An impatient POS gives an order a second time while it runs: it stays one charge, and a later sale works."""
    await terminal.online()
    sale = cloud.say(cloud.say(cloud.sale()))
    await answers(cloud, campaign, sale, sale)
    after = cloud.sale()
    await cloud.transact(after)

    judge(pairing.charged_once, ref_id=sale.ref_id)
    judge(pairing.result_is, ref_id=after.ref_id, allowed=["Approved"])


# ---- Drops in mid-transaction ----------------------------------------------------------------------------------------

TRIES = 3
"""Sales that are begun until one is still without its response when the line is to be cut."""


async def begun_sale(cloud: CloudSide) -> Command:
    """A sale that the terminal has had for a moment and has not answered yet."""
    for _ in range(TRIES):
        sale = cloud.say(cloud.sale())
        if await cloud.response(sale, within=0.0) is None:
            return sale
    raise Inconclusive(f"{TRIES} sales were answered before the line could be cut")


async def recovered(cloud: CloudSide, campaign: Campaign, sale: Command) -> Command:
    """Await the outcome of a cut sale, ask for it by the same order if it does not come, then have another sale.

    Where it comes by itself, a second one is looked for: that would be a double charge, or a double answer."""
    connection = campaign.profile.connection
    patience = connection.longest_pause + connection.reconnect_limit
    await cloud.heard(RegistrationAnswer, within=patience, where=lambda answer: answer.text == OK_REGISTRATION)
    await cloud.response(sale)
    await cloud.transact(sale)
    await cloud.response(sale, within=LOOK)
    after = cloud.sale()
    await cloud.transact(after)
    return after


def judge_drop(judge: Judge, campaign: Campaign, sale: Command, after: Command) -> None:
    """No double charge, the outcome recovered, the terminal usable."""
    judge(pairing.charged_once, of=ECD_087, ref_id=sale.ref_id)
    judge(
        pairing.outcome_after_drop,
        of=ECD_087,
        ref_id=sale.ref_id,
        after_drop=campaign.profile.transactions.after_drop,
    )
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


@case(ECD_087, needs=(Means.APPROVE,))
@pytest.mark.parametrize("fault", [Reset, OrderlyClose], ids=["reset", "orderly-close"])
async def test_line_ends_in_mid_sale(
    fault: type[Reset], cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line ends under a running sale; registered again, the terminal has charged once and tells the outcome."""
    await terminal.online()
    sale = await begun_sale(cloud)
    async with nemesis(fault(), on=cloud.name):
        after = await recovered(cloud, campaign, sale)

    connection = campaign.profile.connection
    judge(lines.back_within, limit=connection.reconnect_limit, warn=connection.reconnect_warn)
    judge_drop(judge, campaign, sale, after)


@case(ECD_087, needs=(Means.APPROVE,))
async def test_outage_in_mid_sale(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """Both endpoints are gone while a sale runs to its end; afterwards it has charged once and tells the outcome."""
    await terminal.online()
    sale = await begun_sale(cloud)
    outage: Fault = Shut("primary", "secondary")
    async with nemesis(outage, on=cloud.name):
        await cloud.watch(campaign.profile.display.offline_within, "no endpoint answers while the sale ends")
    after = await recovered(cloud, campaign, sale)

    judge_drop(judge, campaign, sale, after)


@case(ECD_087, needs=(Means.APPROVE, Means.POWER))
async def test_power_cut_in_mid_sale(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The mains go in the middle of a sale; afterwards the order, given again, is charged once and told."""
    await terminal.online()
    sale = await begun_sale(cloud)
    await terminal.power_cycle()
    await terminal.online()
    await cloud.response(sale, within=LOOK)
    await cloud.transact(sale)
    after = cloud.sale()
    await cloud.transact(after)

    judge_drop(judge, campaign, sale, after)


@case(ECD_087, needs=(Means.APPROVE,))
async def test_answered_order_given_again(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A POS that missed the answer gives the order again under its RefID: it is told, and nothing more is charged."""
    await terminal.online()
    sale = cloud.sale()
    await cloud.transact(sale)
    await cloud.transact(sale)

    judge(pairing.charged_once, ref_id=sale.ref_id)
    judge(pairing.answered_once, within=campaign.ixit.transaction_within, at_least=2)


@case(ECD_082, needs=(Means.APPROVE,))
async def test_no_second_answer_after_a_drop(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line is reset after a sale was answered; registered again, the terminal does not answer it once more."""
    await terminal.online()
    sale = cloud.sale()
    await cloud.transact(sale)
    async with nemesis(Reset(), on=cloud.name):
        await terminal.online()
        await cloud.response(sale, within=LOOK)

    judge(pairing.answered_once, within=campaign.ixit.transaction_within)


# ---- What no terminal can understand ---------------------------------------------------------------------------------

HALF = b'{"Command":"Sale","RefID":"'
HUGE = b'{"Command":"' + b"A" * (1 << 18)

NONSENSE = {
    "unknown command": text('{"Command":"Fly","RefID":"Ref-fly-0001"}'),
    "command in another letter case": text('{"command":"Fly","refid":"Ref-fly-0002"}'),
    "command without RefID": text('{"Command":"GiftBalance"}'),
    "no command": text('{"RefID":"Ref-none-0001"}'),
    "empty object": text("{}"),
    "empty frame": text(""),
    "bare word": text("SALE"),
    "not an object": text('["Sale"]'),
    "malformed JSON": text("{'Command':'Sale',}"),
    "JSON cut short": text('{"Command":"Sale","RefID":"Ref-cut-0001","Amount":'),
    "deeply nested JSON": text("[" * 4000),
    "garbage bytes": GARBAGE,
    "a quarter of a megabyte without an end": Delivery(body=HUGE),
    "half a command, a silence, its end": Delivery(body=HALF, cuts=(len(HALF),), gap=LOOK),
}
"""What stands in place of a command on the line, ended by 04 04 unless it says otherwise."""


@case(ECD_088, needs=(Means.APPROVE,))
@pytest.mark.parametrize("delivery", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_survived(
    delivery: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """What is no command is answered by an error or ignored; the line stays up, and a sale after it is approved."""
    await terminal.online()
    cloud.say(cloud.command("Fly"), delivery)
    await cloud.watch(len(delivery.cuts) * delivery.gap, "the nonsense is under way")
    await cloud.heard(Response, within=LOOK)
    sale = cloud.sale()
    await cloud.transact(sale)

    judge(standing.stays_open, ack_within=campaign.profile.connection.ack_within)
    judge(pairing.result_is, ref_id=sale.ref_id, allowed=["Approved"])


@case(ECD_088, needs=(Means.APPROVE,))
@pytest.mark.parametrize(
    ("name", "amount"),
    [("Fly", "1.00"), ("sale", "1.00"), ("Sale", "abc"), ("Sale", "-1.00"), ("Sale", ""), ("Sale", "1,00")],
)
async def test_impossible_command_is_never_approved(
    name: str, amount: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """A command of no known name, or with an amount that is none, is never approved; a sale after it is."""
    await terminal.online()
    impossible = cloud.say(cloud.command(name, amount))
    await cloud.response(impossible, within=LOOK)
    sale = cloud.sale()
    await cloud.transact(sale)

    judge(pairing.never_approved, ref_id=impossible.ref_id)
    judge(standing.stays_open, ack_within=campaign.profile.connection.ack_within)
    judge(pairing.result_is, ref_id=sale.ref_id, allowed=["Approved"])
