"""The checklist: what a person at the EPoS is asked, in words for somebody who has never read the document.

Every question is put so that *yes* means that the requirement is met. What to do and to look at comes first; a line of
it is a paragraph on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.paymentsense import PSC_004, PSC_008, PSC_015, PSC_019, PSC_029, PSC_100, PSC_109, PSC_110
from harness.evidence.requirement import Requirement


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the checklist."""

    of: Requirement
    look_for: str
    question: str


SETTINGS = (
    "Open the settings of the EPoS, as its installer does when he sets it up at a customer's site: menus, files, a"
    " management system, whatever it has."
)

SET_UP = (
    Question(PSC_004, SETTINGS, "Can the host address of Connect be set there, for this site alone?"),
    Question(PSC_008, SETTINGS, "Can the API key (token) be set there?"),
    Question(PSC_019, SETTINGS, "Can the installer-id be set there?"),
    Question(
        PSC_015,
        f"{SETTINGS}\nLook for the software-house-id, which tells Connect who has made the EPoS.",
        "Is there no way to change it?",
    ),
    Question(
        PSC_110,
        f"{SETTINGS}\nThink of a house with two tills.",
        "Can each till be given a host address and an API key of its own?",
    ),
    Question(
        PSC_100,
        "Begin a sale, and look how a card machine is chosen for it; or look in the settings of this till.",
        "Can a card machine be chosen, for each sale or for this till?",
    ),
)
"""Asked of an EPoS that is connected and at rest."""

KEPT = Question(
    PSC_109,
    "Run the report of the end of the day, and wait until it is there. Then look where the EPoS keeps its reports.",
    "Is there a copy of the report that can be looked at later?",
)

LOGS = Question(
    PSC_029,
    "Connect has just refused the EPoS. Look at all messages it shows about that, and at each log file it writes.",
    "Does the API key (token) stand in none of them, neither alone nor as a part of an address?",
)
