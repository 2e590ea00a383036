"""What a person at the bench is asked: what stands in the Customer Area. *Yes* means that the requirement is met."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.adyen import ADY_020, ADY_021, ADY_022
from harness.evidence.requirement import Requirement

AREA = "Open the Customer Area with the account that the point of sale uses: In-person payments, Terminal settings."


@dataclass(frozen=True, slots=True)
class Question:
    """`of`: the requirement under which it is asked, and its answer prepared."""

    of: Requirement
    look_for: str
    question: str


SET_BY_HAND = (
    Question(
        ADY_020,
        f"{AREA}\nLook at the account, store or terminal that is named on top.\nThe level wanted is: {{level}}",
        "Is the page about that level, and is the event URL {url} set there?",
    ),
    Question(
        ADY_021,
        f"{AREA}\nOpen Integrations, and look at the section Terminal API.",
        'Is "Decrypted" selected there?',
    ),
    Question(
        ADY_022,
        f"{AREA}\nOpen Integrations, and look at each entry under Event URLs.",
        "Does every entry have a URL?",
    ),
)
