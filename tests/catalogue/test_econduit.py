"""The catalogue of eConduit Direct is complete, well formed, and says of each requirement when and how it is seen."""

from __future__ import annotations

from collections import Counter

import pytest

from catalogue import econduit
from catalogue.econduit import BY_ID, CATALOGUE, CHAPTERS, chapter_of
from harness.evidence.requirement import Level, Requirement, Seen

NUMBERS = {
    "Framing and encoding": range(1, 11),
    "Connection and endpoints": range(20, 37),
    "Registration": range(40, 59),
    "Heartbeat": range(60, 71),
    "Transactions": range(80, 91),
    "User feedback and certification": (*range(100, 108), 110),
    "Extended": range(120, 127),
}
LEVELS = {
    (Level.MUST, "written"): 39,
    (Level.MUST, "implied"): 34,
    (Level.SHOULD, "written"): 7,
    (Level.SHOULD, "implied"): 3,
    (Level.MAY, "implied"): 1,
}
SUBJECTS = {"T": "The terminal ", "C": "The cloud ", "POS": "The POS ", "tester": "The tester "}
ICS_ITEMS = {
    "acks_asked",
    "acks_not_asked",
    "cable",
    "colour_display",
    "pos_api_extended",
    "secondary_endpoint",
    "status_display",
    "transactions",
    "wifi",
}

each = pytest.mark.parametrize("requirement", CATALOGUE, ids=str)


def test_holds_every_requirement_of_the_document_once_and_in_order():
    expected = [f"ECD-{number:03}" for numbers in NUMBERS.values() for number in numbers]
    assert len(expected) == 84
    assert [requirement.id for requirement in CATALOGUE] == expected
    assert list(BY_ID) == expected


def test_counts_the_levels_as_the_document_does():
    found = Counter((entry.level, "implied" if entry.implied else "written") for entry in CATALOGUE)
    assert found == LEVELS


def test_divides_into_the_chapters_of_the_document():
    assert tuple(NUMBERS) == CHAPTERS
    assert Counter(map(chapter_of, CATALOGUE)) == {chapter: len(numbers) for chapter, numbers in NUMBERS.items()}
    for chapter, numbers in NUMBERS.items():
        assert {chapter_of(BY_ID[f"ECD-{number:03}"]) for number in numbers} == {chapter}


def test_asks_for_every_ics_item_and_no_other():
    assert {condition.item for entry in CATALOGUE for condition in entry.when} == ICS_ITEMS


@each
def test_constant_is_named_by_its_id(requirement: Requirement):
    assert getattr(econduit, requirement.id.replace("-", "_")) is requirement


@each
def test_text_is_one_sentence_about_whom_it_binds(requirement: Requirement):
    assert requirement.text.startswith(SUBJECTS[requirement.binds[0]])
    assert ". " not in requirement.text
    assert "  " not in requirement.text
    assert not requirement.text.endswith((".", " ")), "titles in tables and reports end without a full stop"


def test_no_two_texts_are_alike():
    assert len({requirement.text for requirement in CATALOGUE}) == len(CATALOGUE)


@each
def test_names_its_clause_and_source(requirement: Requirement):
    assert requirement.clause
    assert set(requirement.source.split(", ")) <= {"seed", "P1", "P2", "P4", "P6"}


@each
def test_is_seen_somehow_or_says_why_not(requirement: Requirement):
    assert bool(requirement.seen) != bool(requirement.why_unseen)
    assert list(requirement.seen) == [seen for seen in Seen if seen in requirement.seen], "twice, or out of order"


@each
def test_what_only_a_screen_shows_is_asked_only_of_a_terminal_that_has_one(requirement: Requirement):
    if requirement.seen == (Seen.DISPLAY,):
        assert econduit.STATUS_DISPLAY in requirement.when


@each
def test_the_pos_is_judged_only_when_it_is_under_test(requirement: Requirement):
    assert ("POS" in requirement.binds) == (econduit.POS_API_EXTENDED in requirement.when)
