"""What holds for one order on its whole way, from a POS through the cloud to a payment terminal and back.

No document of its own says so: each sentence follows from clauses of the four that are certified by themselves, which
`clause` names. So most are *implied*: a POS and a terminal may each keep their own document and still lose money
between them.
"""

from __future__ import annotations

from bisect import bisect_right

from harness.evidence.requirement import MUST, SHOULD, Condition, Requirement, Seen

PROGRAMME = "End to end"
DOCUMENT = "One order through Paymentsense Connect, Modulus, Adyen or the eConduit web API to an eConduit terminal"
CHAPTERS = ("The order", "The outcome", "The terminal away")
"""Chapters A to C, each with the numbers from its entry in `FIRST` on."""

FIRST = (1, 10, 20)
"""The first number of each chapter."""

CONNECT = Condition("speaks_connect")
MODULUS = Condition("speaks_modulus")
ADYEN = Condition("speaks_adyen")
WEBAPI = Condition("speaks_webapi")

WIRE, DISPLAY = Seen.WIRE, Seen.DISPLAY

# A table to be read beside the documents, so laid out by hand.
# fmt: off

# ---- A. The order ----------------------------------------------------------------------------------------------------

E2E_001 = MUST("E2E-001", "The POS orders a sale once, whatever becomes of its terminal, its line or its own mains",
               "MOD-065, MOD-104, PSC-066, PSC-108, ADY-098, ECD-122", binds=("POS",), implied=True, seen=(WIRE,))
E2E_002 = MUST("E2E-002", "The terminal charges an order once at most, whatever becomes of its line",
               "ECD-087", binds=("T",), implied=True, seen=(WIRE, DISPLAY))
E2E_003 = MUST("E2E-003", "The amount that is ordered, charged and booked is the one that the cashier typed",
               "MOD-055, MOD-062, PSC-111, PSC-113, ADY-095, ECD-083", binds=("POS", "T"), implied=True,
               seen=(WIRE, DISPLAY))
E2E_004 = SHOULD("E2E-004", "The POS that orders by URL makes a fresh RefID for every sale",
                 "ECD-120", binds=("POS",), implied=True, when=(WEBAPI,), seen=(WIRE,))
E2E_005 = SHOULD("E2E-005", "The POS that orders by URL holds a second sale back until the terminal is free",
                 "ECD-125", binds=("POS",), implied=True, when=(WEBAPI,), seen=(WIRE,))

# ---- B. The outcome --------------------------------------------------------------------------------------------------

E2E_010 = MUST("E2E-010", "The POS books a sale as paid once it is told that the terminal approved it",
               "MOD-061, PSC-106, ADY-094, ECD-122", binds=("POS",), implied=True, seen=(DISPLAY,))
E2E_011 = MUST("E2E-011", "The POS books a sale as unpaid once it is told that the terminal declined it",
               "MOD-108, PSC-107, ADY-094, ECD-122", binds=("POS",), implied=True, seen=(DISPLAY,))
E2E_012 = MUST("E2E-012", "The POS takes an order whose outcome nobody has told it for neither paid nor unpaid, for as "
                          "long as that lasts",
               "MOD-065, MOD-102, PSC-066, PSC-108, ADY-098, ECD-122", binds=("POS",), implied=True, seen=(DISPLAY,))
E2E_013 = MUST("E2E-013", "The terminal answers each order that it carries out; one that its line was lost with, "
                          "when it is registered again, unless it holds that outcome for a question",
               "ECD-083, ECD-087", binds=("T",), implied=True)
E2E_014 = MUST("E2E-014", "The cloud brings the outcome back to the POS that ordered, in the dialect of the order",
               "MOD-059, PSC-105, ADY-091", binds=("harness",), implied=True)
E2E_015 = SHOULD("E2E-015", "The POS shows its user what became of the sale",
                 "MOD-108, PSC-107, PSC-108, ADY-094", binds=("POS",), implied=True, seen=(DISPLAY,))
E2E_016 = MUST("E2E-016", "The POS that orders by URL asks for the status of an order whose answer was lost, and "
                          "does so before the next sale",
               "ECD-122", binds=("POS",), implied=True, when=(WEBAPI,), seen=(WIRE,))
E2E_017 = MUST("E2E-017", "The POS that orders by URL asks for a status no faster than every 5 s for 3 min, then no "
                          "faster than every 30 s",
               "ECD-123", binds=("POS",), implied=True, when=(WEBAPI,), seen=(WIRE,))
E2E_018 = MUST("E2E-018", "The POS that orders by URL takes an approved amount below the one it asked for as part "
                          "payment",
               "ECD-124", binds=("POS",), implied=True, when=(WEBAPI,), seen=(DISPLAY,))

# ---- C. The terminal away --------------------------------------------------------------------------------------------

E2E_020 = MUST("E2E-020", "The cloud tells the POS in its dialect that the terminal has dropped, and that it is back",
               "MOD-075, ADY-073, ADY-074, ECD-090", binds=("harness",), implied=True)
E2E_021 = MUST("E2E-021", "The POS takes no money for a sale at a terminal that cannot be reached",
               "MOD-058, PSC-112, ADY-077", binds=("POS",), implied=True, seen=(WIRE, DISPLAY))
# fmt: on

CATALOGUE: tuple[Requirement, ...] = tuple(entry for entry in globals().values() if isinstance(entry, Requirement))
"""All requirements in the order above."""

BY_ID = {requirement.id: requirement for requirement in CATALOGUE}
"""For readers of bundles, which hold ids; code names the constants."""


def chapter_of(requirement: Requirement) -> str:
    """The title of the chapter a requirement of this catalogue stands in, one of `CHAPTERS`."""
    number = int(requirement.id.removeprefix("E2E-"))
    return CHAPTERS[bisect_right(FIRST, number) - 1]
