"""What only a person can judge: how the POS keeps its key, what it logs, and what lies between it and the gateway.

Every question is put so that *yes* means that the requirement is met, in words for somebody who has never read the
document."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.modulus import MOD_017, MOD_018, MOD_019, MOD_039, MOD_074
from fake_cloud.modulus.instructions import Say
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide
from fixtures.operator import OperatorSide
from harness.checks import asked
from harness.evidence.requirement import Requirement
from harness.rig.bench import Means


@dataclass(frozen=True, slots=True)
class Question:
    """`look_for`: what to do and to look at; a line of it is a paragraph."""

    of: Requirement
    look_for: str
    question: str


QUESTIONS = (
    Question(
        MOD_017,
        "Find out where the POS has its API key from: ask the vendor, and search the source code or the installed "
        "program for the key.",
        "Does the key come from the environment or from a store of secrets, and stands nowhere in the source code?",
    ),
    Question(
        MOD_018,
        "Look for parts of the POS that run in a browser, or are sent to the machines of customers: pages, scripts, "
        "apps. Search them for the API key.",
        "Is the key in none of them?",
    ),
    Question(
        MOD_019,
        "The POS has connected just now. Search everything that it wrote into logs for its API key.",
        "Do its logs not hold the key?",
    ),
    Question(
        MOD_074,
        'The POS has received messages just now, among them one with the word "noticeBoard". Look into its logs.',
        "Do the logs have the incoming messages, that one included?",
    ),
    Question(
        MOD_039,
        "Ask who runs the site's network what proxies and firewalls do to a connection that lasts for hours, and for "
        "how long it may be silent.",
        "Do they let a WebSocket connection last, with a ping every 30 s?",
    ),
)


@case(*(question.of for question in QUESTIONS), needs=(Means.OPERATOR,))
async def test_what_a_person_sees(gateway: GatewaySide, operator: OperatorSide, judge: Judge) -> None:
    """Somebody looks at a POS that is connected, at what it logs, and at how it is kept."""
    await gateway.online()
    gateway.tell(Say({"action": "noticeBoard", "text": "the certification says hello"}))
    await gateway.pings(1)
    for question in QUESTIONS:
        await operator.asked(question.of, question.look_for, question.question)
        judge(asked.confirmed, of=question.of, requirement=question.of.id)
