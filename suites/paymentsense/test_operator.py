"""What only a person can judge: the EPoS is brought into a state, and somebody at it looks. See `questions.py`."""

from __future__ import annotations

import pytest

from fake_cloud.paymentsense.instructions import TurnAway
from fixtures.case import case, judging
from fixtures.connect import ConnectSide, PaymentsenseCampaign
from fixtures.docket import Judge
from fixtures.operator import OperatorSide
from harness.checks import asked
from harness.rig.bench import Means
from harness.wire.paymentsense import TurnedAway
from suites.paymentsense import questions
from suites.paymentsense.questions import Question


async def put(question: Question, operator: OperatorSide, judge: Judge) -> None:
    """Ask, and judge by the answer."""
    await operator.asked(question.of, question.look_for, question.question)
    judge(asked.confirmed, of=question.of, requirement=question.of.id)


@case(needs=(Means.OPERATOR,))
@pytest.mark.parametrize(
    "question", [pytest.param(line, id=line.of.id, marks=judging(line.of)) for line in questions.SET_UP]
)
async def test_is_set_up_by_its_installer(
    question: Question, connect: ConnectSide, operator: OperatorSide, judge: Judge
) -> None:
    """The EPoS is connected and at rest; a person looks at its settings."""
    await connect.online()
    await put(question, operator, judge)


@case(questions.KEPT.of, needs=(Means.OPERATOR,))
async def test_a_report_is_kept(connect: ConnectSide, operator: OperatorSide, judge: Judge) -> None:
    """The EPoS is connected; a person runs a report and looks for its copy."""
    await connect.online()
    await put(questions.KEPT, operator, judge)


@case(questions.LOGS.of, needs=(Means.OPERATOR,))
async def test_a_refusal_is_logged_without_the_key(
    connect: ConnectSide, operator: OperatorSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Connect refuses an EPoS that was connected; a person looks at what it shows and logs of that."""
    await connect.online()
    connect.tell(TurnAway(401))
    connect.end()
    await connect.heard(TurnedAway, within=campaign.profile.reconnect.limit)
    await put(questions.LOGS, operator, judge)
