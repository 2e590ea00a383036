"""What holds in every catalogue: whole and in order, a sentence a requirement, and each is seen or says why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from catalogue import adyen, econduit, end_to_end, modulus, paymentsense
from catalogue.answers import adyen as of_adyen
from catalogue.answers import modulus as of_modulus
from catalogue.answers import paymentsense as of_paymentsense
from harness.evidence.answers import Answers
from harness.evidence.requirement import Level, Requirement, Seen


@dataclass(frozen=True)
class Whole:
    """What a catalogue is to be. `numbers`: of each chapter; `levels`: how many requirements of each, written in the
    document and implied; `claims`: what its conditions ask for; `subjects`: how a sentence begins, by whom it binds
    first; `sources`: where requirements were read."""

    module: ModuleType
    prefix: str
    numbers: dict[str, Iterable[int]]
    levels: dict[tuple[Level, str], int]
    claims: set[str]
    subjects: dict[str, str | tuple[str, ...]]
    sources: set[str] = field(default_factory=lambda: {"seed"})

    @property
    def ids(self) -> list[str]:
        return [f"{self.prefix}-{number:03}" for numbers in self.numbers.values() for number in numbers]


MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY
WRITTEN, IMPLIED = "written", "implied"


def claims(ics: type[Answers], *others: str) -> set[str]:
    """All that the ICS ask. `others`: what only cases ask for, or other programmes."""
    return set(ics.model_fields) - set(others)


CATALOGUES = [
    Whole(
        econduit,
        "ECD",
        {
            "Framing and encoding": range(1, 11),
            "Connection and endpoints": range(20, 37),
            "Registration": range(40, 59),
            "Heartbeat": range(60, 71),
            "Transactions": range(80, 91),
            "User feedback and certification": (*range(100, 108), 110),
            "Extended": range(120, 127),
        },
        {(MUST, WRITTEN): 39, (MUST, IMPLIED): 34, (SHOULD, WRITTEN): 7, (SHOULD, IMPLIED): 3, (MAY, IMPLIED): 1},
        {
            *("acks_asked", "acks_not_asked", "cable", "colour_display", "pos_api_extended", "secondary_endpoint"),
            *("status_display", "transactions", "wifi"),
        },
        {"T": "The terminal ", "C": "The cloud ", "POS": "The POS ", "tester": "The tester "},
        {"seed", "P1", "P2", "P4", "P6"},
    ),
    Whole(
        paymentsense,
        "PSC",
        {
            "Transport and connection address": range(1, 31),
            "Messages": range(40, 54),
            "Pings and liveness": range(60, 68),
            "Extended": range(100, 118),
        },
        {(MUST, WRITTEN): 38, (MUST, IMPLIED): 23, (SHOULD, WRITTEN): 3, (SHOULD, IMPLIED): 4, (MAY, WRITTEN): 2},
        claims(of_paymentsense.Ics),
        {"EPoS": "The EPoS ", "Connect": "Connect "},
        {"seed", "C2", "C3", "C4", "C6", "C7", "Y"},
    ),
    Whole(
        modulus,
        "MOD",
        {
            "Prerequisites and endpoint": range(1, 8),
            "Authentication": range(10, 20),
            "Connection lifecycle": range(30, 41),
            "Discovery and payment": range(50, 66),
            "Handling messages": range(70, 79),
            "Heartbeat": range(80, 92),
            "Self-test": range(95, 96),
            "Extended": range(100, 109),
        },
        {(MUST, WRITTEN): 39, (MUST, IMPLIED): 22, (SHOULD, WRITTEN): 10, (SHOULD, IMPLIED): 2, (MAY, WRITTEN): 2},
        claims(of_modulus.Ics),
        {"POS": "The POS ", "gateway": "The gateway ", "site": "The site ", "integrator": "The integrator "},
        {"seed", "M3", "M4", "M5", "M6", "M9"},
    ),
    Whole(
        adyen,
        "ADY",
        {
            "Purpose and endpoint": range(1, 11),
            "Set-up in the Customer Area": range(20, 30),
            "Set-up by Management API": range(40, 52),
            "Notification message": range(60, 69),
            "Meaning of events": range(70, 84),
            "Asynchronous responses": range(90, 99),
            "Encryption": range(110, 116),
            "Robustness": range(120, 123),
        },
        {(MUST, WRITTEN): 38, (MUST, IMPLIED): 28, (SHOULD, IMPLIED): 4, (MAY, WRITTEN): 3},
        claims(of_adyen.Ics, "refunds"),
        {
            "WR": "The receiver ",
            "CF": "The back office ",
            "PT": "The terminal ",
            "sender": "The sender ",
            "POS": "The POS ",
        },
        {"seed", "A1", "A2", "A4", "A6", "A10", "A11"},
    ),
    Whole(
        end_to_end,
        "E2E",
        {"The order": range(1, 4), "The outcome": range(10, 16), "The terminal away": range(20, 22)},
        {(MUST, IMPLIED): 10, (SHOULD, IMPLIED): 1},
        set(),
        {"POS": ("The POS ", "The amount "), "T": "The terminal ", "harness": "The cloud "},
    ),
]
TOTALS = {"ECD": 84, "PSC": 70, "MOD": 75, "ADY": 73, "E2E": 11}

every = pytest.mark.parametrize("whole", CATALOGUES, ids=lambda whole: whole.prefix)
each = pytest.mark.parametrize(
    ("whole", "requirement"),
    [pytest.param(whole, entry, id=entry.id) for whole in CATALOGUES for entry in whole.module.CATALOGUE],
)


@every
def test_holds_every_requirement_of_the_document_once_and_in_order(whole: Whole):
    assert len(whole.ids) == TOTALS[whole.prefix]
    assert [requirement.id for requirement in whole.module.CATALOGUE] == whole.ids
    assert list(whole.module.BY_ID) == whole.ids


@every
def test_counts_the_levels_as_the_document_does(whole: Whole):
    entries = whole.module.CATALOGUE
    assert Counter((entry.level, IMPLIED if entry.implied else WRITTEN) for entry in entries) == whole.levels


@every
def test_divides_into_the_chapters_of_the_document(whole: Whole):
    assert tuple(whole.numbers) == whole.module.CHAPTERS
    for chapter, numbers in whole.numbers.items():
        of = {whole.module.chapter_of(whole.module.BY_ID[f"{whole.prefix}-{number:03}"]) for number in numbers}
        assert of == {chapter}


@every
def test_every_claim_decides_something_and_no_other_is_asked_for(whole: Whole):
    assert {condition.item for entry in whole.module.CATALOGUE for condition in entry.when} == whole.claims


@every
def test_no_two_texts_are_alike(whole: Whole):
    assert len({requirement.text for requirement in whole.module.CATALOGUE}) == len(whole.module.CATALOGUE)


@each
def test_constant_is_named_by_its_id(whole: Whole, requirement: Requirement):
    assert getattr(whole.module, requirement.id.replace("-", "_")) is requirement


@each
def test_text_is_one_sentence_about_whom_it_binds(whole: Whole, requirement: Requirement):
    assert requirement.text.startswith(whole.subjects[requirement.binds[0]])
    assert ". " not in requirement.text
    assert "  " not in requirement.text
    assert not requirement.text.endswith((".", " ")), "titles in tables and reports end without a full stop"


@each
def test_names_its_clause_and_source(whole: Whole, requirement: Requirement):
    assert requirement.clause
    assert set(requirement.source.split(", ")) <= whole.sources


@each
def test_is_seen_somehow_or_says_why_not(whole: Whole, requirement: Requirement):
    assert bool(requirement.seen) != bool(requirement.why_unseen)
    assert list(requirement.seen) == [seen for seen in Seen if seen in requirement.seen], "twice, or out of order"
