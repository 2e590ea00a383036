"""The whole way of an order: a POS fetches a URL, the cloud carries the command to the terminal, the answer comes back.

Most cases judge our own side (ECD-090): what a POS hears must be what the terminal said, and where nobody knows the
outcome it must hear exactly that. Requirements of group G (ECD-120 to ECD-126) bind the POS; they have no case here,
because the till of this harness is no POS under test and would only be judging itself.
"""

from __future__ import annotations

import pytest

from catalogue.econduit import ECD_080, ECD_083, ECD_087, ECD_090
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.till import Till
from harness.checks import pairing, web
from harness.faults.nemesis import Nemesis
from harness.faults.stream.ending import Reset
from harness.faults.stream.shut import Shut
from harness.rig.bench import Means
from harness.wire.econduit import OK_REGISTRATION, RESULT_CODES, Command, RegistrationAnswer

DATE = "07292026"
"""A day as MMDDYYYY, which checkStatus asks for and this cloud does not judge."""


def ordered(till: Till, sale: Command, call: str = "runTransaction", /, **changed: str | None) -> int:
    """Order a command by URL; parameters may be changed, or left out with None."""
    known: dict[str, str | None] = {
        "command": sale.name,
        "amount": sale.fields.get("Amount", "1.00"),
        "refID": sale.ref_id,
    }
    return till.order(call, **(known | changed))


def asked_after(till: Till, sale: Command) -> int:
    """Ask for the status of a command by URL."""
    return till.order("checkStatus", command=sale.name, refID=sale.ref_id, date=DATE)


def judge_answer(judge: Judge, call: int) -> None:
    """An answer in the API's own shape, true to what the terminal said."""
    judge(web.answers_in_shape, of=ECD_090, call=call)
    judge(web.tells_the_truth, of=ECD_090, call=call)


# ---- Sales by URL ----------------------------------------------------------------------------------------------------


@case(ECD_080, ECD_090, needs=(Means.APPROVE,))
@pytest.mark.parametrize("call", ["runTransaction", "runTransaction2"])
async def test_sale_by_url_is_approved(
    call: str, cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge
) -> None:
    """A sale ordered by URL goes down to the terminal as it stands there, and its approval comes back to the POS."""
    await terminal.online()
    sale = cloud.sale()
    more = {} if call == "runTransaction" else {"invoiceNumber": "7", "merchantId": "", "token": "", "expDate": ""}
    order = ordered(till, sale, call, **more)
    await till.reply(order)

    judge(pairing.result_is, of=ECD_080, ref_id=sale.ref_id, allowed=["Approved"])
    judge(web.reaches_the_terminal, of=ECD_090, call=order)
    judge_answer(judge, order)


@case(ECD_083, ECD_090)
@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param("decline", marks=needing(Means.DECLINE)),
        pytest.param("cancel", marks=needing(Means.CANCEL)),
        pytest.param("error", marks=needing(Means.ERROR)),
    ],
)
async def test_unsuccessful_sale_by_url(
    outcome: str, cloud: CloudSide, terminal: Terminal, till: Till, campaign: Campaign, judge: Judge
) -> None:
    """A sale that is declined, cancelled or fails is told to the POS as the terminal told it."""
    await terminal.online()
    sale = cloud.sale(str(getattr(campaign.ixit.outcomes, outcome)))
    order = ordered(till, sale)
    await till.reply(order)

    refusals = [code for code in RESULT_CODES if code not in ("Approved", "Busy")]
    judge(pairing.result_is, of=ECD_083, ref_id=sale.ref_id, allowed=refusals)
    judge_answer(judge, order)


@case(ECD_080, ECD_090, needs=(Means.APPROVE,))
async def test_void_by_url(cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge) -> None:
    """A void reuses the RefID of its sale and is carried out; the POS hears of both."""
    await terminal.online()
    sale = cloud.sale()
    first = ordered(till, sale)
    await till.reply(first)
    second = ordered(till, sale, command="Void")
    await till.reply(second)

    judge(pairing.result_is, of=ECD_080, ref_id=sale.ref_id, allowed=["Approved"])
    judge_answer(judge, first)
    judge_answer(judge, second)


# ---- The terminal is not there, or not free --------------------------------------------------------------------------


@case(ECD_090, needs=(Means.APPROVE,))
async def test_terminal_offline(
    cloud: CloudSide, terminal: Terminal, till: Till, nemesis: Nemesis, judge: Judge
) -> None:
    """While the terminal has no line the POS hears that it is offline, at once, and checkStatus says: final."""
    await terminal.online()
    async with nemesis(Shut("primary", "secondary"), on=cloud.name):
        sale = cloud.sale()
        order = ordered(till, sale)
        await till.reply(order)
        status = asked_after(till, sale)
        await till.reply(status)

    judge(web.refuses, call=order, because="Terminal offline")
    judge_answer(judge, order)
    judge(web.tells, call=status, ResultFinal=True)
    judge_answer(judge, status)


@case(ECD_090, needs=(Means.APPROVE,))
async def test_terminal_busy(cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge) -> None:
    """Of two orders at once one is carried out, and the POS of the other hears that the terminal is busy."""
    await terminal.online()
    first, second = ordered(till, cloud.sale()), ordered(till, cloud.sale())
    await till.reply(second)
    await till.reply(first)

    judge_answer(judge, first)
    judge(web.tells, call=second, ResultCode="Error", Message="Terminal busy")
    judge_answer(judge, second)


@case(ECD_087, ECD_090, needs=(Means.APPROVE,))
async def test_drop_in_mid_sale_leaves_the_outcome_unknown(
    cloud: CloudSide, terminal: Terminal, till: Till, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line is reset under a sale ordered by URL: the POS hears "unknown", and checkStatus says no more than is
    known: not final while the terminal has not told the outcome, and the outcome once it has."""
    await terminal.online()
    sale = cloud.sale()
    order = ordered(till, sale)
    await cloud.heard(Command, within=campaign.ixit.transaction_within)
    async with nemesis(Reset(), on=cloud.name):
        await till.reply(order)
        early = asked_after(till, sale)
        await till.reply(early)
        patience = campaign.profile.connection.reconnect_limit
        await cloud.heard(RegistrationAnswer, within=patience, where=lambda answer: answer.text == OK_REGISTRATION)
        await cloud.response(sale)
        late = asked_after(till, sale)
        await till.reply(late)

    for call in (order, early, late):
        judge_answer(judge, call)
    judge(pairing.charged_once, of=ECD_087, ref_id=sale.ref_id)


# ---- Calls that are refused ------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "wrong key": ({"key": "nobody"}, "Invalid key or password"),
    "wrong password": ({"password": "guess"}, "Invalid key or password"),
    "foreign terminal": ({"terminalId": "nobody's"}, "Terminal not paired"),
    "unknown command": ({"command": "Fly"}, "Invalid command"),
    "amount without a point": ({"amount": "100"}, "Invalid amount"),
    "amount in words": ({"amount": "one"}, "Invalid amount"),
    "negative amount": ({"amount": "-1.00"}, "Invalid amount"),
    "no RefID": ({"refID": None}, "Missing parameter: refID"),
    "empty RefID": ({"refID": ""}, "Missing parameter: refID"),
    "no amount": ({"amount": None}, "Missing parameter: amount"),
    "no command": ({"command": None}, "Missing parameter: command"),
    "no key": ({"key": None}, "Missing parameter: key"),
    "no terminal": ({"terminalId": None}, "Missing parameter: terminalId"),
}
"""What is changed in a good order, and what the POS is told."""


@case(ECD_090, needs=(Means.APPROVE,))
@pytest.mark.parametrize(("changed", "because"), WRONG.values(), ids=WRONG)
async def test_wrong_order_is_refused(
    changed: dict[str, str | None], because: str, cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge
) -> None:
    """An order with something wrong in it is refused with a clear reason, and no command reaches the terminal."""
    await terminal.online()
    order = ordered(till, cloud.sale(), **changed)
    await till.reply(order)

    judge(web.refuses, call=order, because=because)
    judge(web.answers_in_shape, call=order)


@case(ECD_090, needs=(Means.APPROVE,))
async def test_reference_used_before_is_refused(cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge) -> None:
    """A second sale under one RefID is refused as a duplicate and does not reach the terminal."""
    await terminal.online()
    sale = cloud.sale()
    await till.reply(ordered(till, sale))
    again = ordered(till, sale)
    await till.reply(again)

    judge(web.refuses, call=again, because="Duplicate transaction")
    judge(web.answers_in_shape, call=again)


@case(ECD_090)
async def test_follow_up_of_nothing_is_refused(cloud: CloudSide, terminal: Terminal, till: Till, judge: Judge) -> None:
    """A void of a RefID that was never ordered is refused; so is the question after its status."""
    await terminal.online()
    void = cloud.command("Void")
    order, status = ordered(till, void), asked_after(till, void)
    await till.reply(order)
    await till.reply(status)

    judge(web.refuses, call=order, because="Transaction not found")
    judge(web.refuses, call=status, because="Transaction not found")
    judge(web.answers_in_shape, call=status)


# ---- Batch and pairing -----------------------------------------------------------------------------------------------


@case(ECD_090, needs=(Means.APPROVE,))
async def test_batch_is_closed_over_what_was_approved(
    cloud: CloudSide, terminal: Terminal, till: Till, campaign: Campaign, judge: Judge
) -> None:
    """closeBatch tells number and amount of the approved sales; a void of one of them then comes too late."""
    await terminal.online()
    sale = cloud.sale()
    told = await till.reply(ordered(till, sale))
    close = till.order("closeBatch", refId=cloud.command("Sale").ref_id, merchantId="")
    await till.reply(close)
    late = ordered(till, sale, command="Void")
    await till.reply(late)

    judge(web.answers_in_shape, call=close)
    if told is not None and told.fields.get("ResultCode") == "Approved":
        judge(web.tells, call=close, TransCntTotal=1, AmtTotalString=campaign.ixit.outcomes.approve)
        judge(web.refuses, call=late, because="Batch already closed")


@case(ECD_090, needs=(Means.APPROVE,))
async def test_terminal_is_unpaired_and_paired(
    cloud: CloudSide, terminal: Terminal, till: Till, campaign: Campaign, judge: Judge
) -> None:
    """An unpaired terminal takes no orders of its former key; paired anew, it takes those of its new one."""
    terminal_id = campaign.ixit.terminal_id
    await terminal.online()
    unpair = till.order("unPairTerminal")
    await till.reply(unpair)
    refused = ordered(till, cloud.sale())
    await till.reply(refused)
    pair = till.order("pairTerminal", key=None, password=None, resellerName="bench", referenceId="another shop")
    paired = await till.reply(pair)
    keys = paired.fields if paired is not None else {}
    order = ordered(till, cloud.sale(), key=keys.get("ApiKey", ""), password=keys.get("ApiPassword", ""))
    await till.reply(order)

    for call in (unpair, pair):
        judge(web.tells, call=call, Status="Success", TerminalID=terminal_id)
        judge(web.answers_in_shape, call=call)
    judge(web.refuses, call=refused, because="Terminal not paired")
    judge(web.reaches_the_terminal, call=order)
    judge_answer(judge, order)
