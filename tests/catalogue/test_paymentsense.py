"""The catalogue of Paymentsense Connect is complete, well formed, and says when and how each requirement is seen."""

from __future__ import annotations

from collections import Counter

import pytest

from catalogue import paymentsense
from catalogue.answers.paymentsense import Ics
from catalogue.paymentsense import BY_ID, CATALOGUE, CHAPTERS, EXTENDED, chapter_of
from harness.evidence.requirement import Level, Requirement, Seen

NUMBERS = {
    "Transport and connection address": range(1, 31),
    "Messages": range(40, 54),
    "Pings and liveness": range(60, 68),
    "Extended": range(100, 118),
}
LEVELS = {
    (Level.MUST, "written"): 38,
    (Level.MUST, "implied"): 23,
    (Level.SHOULD, "written"): 3,
    (Level.SHOULD, "implied"): 4,
    (Level.MAY, "written"): 2,
}
SUBJECTS = {("EPoS",): "The EPoS ", ("Connect",): "Connect ", ("EPoS", "Connect"): "The EPoS and Connect "}

each = pytest.mark.parametrize("requirement", CATALOGUE, ids=str)


def test_holds_every_requirement_of_the_document_once_and_in_order():
    expected = [f"PSC-{number:03}" for numbers in NUMBERS.values() for number in numbers]
    assert len(expected) == 70
    assert [requirement.id for requirement in CATALOGUE] == expected
    assert list(BY_ID) == expected


def test_counts_the_levels_as_the_document_does():
    found = Counter((entry.level, "implied" if entry.implied else "written") for entry in CATALOGUE)
    assert found == LEVELS


def test_divides_into_its_chapters():
    assert tuple(NUMBERS) == CHAPTERS
    for chapter, numbers in NUMBERS.items():
        assert {chapter_of(BY_ID[f"PSC-{number:03}"]) for number in numbers} == {chapter}


def test_asks_for_every_ics_item_and_no_other():
    assert {condition.item for entry in CATALOGUE for condition in entry.when} == set(Ics.model_fields)


@each
def test_constant_is_named_by_its_id(requirement: Requirement):
    assert getattr(paymentsense, requirement.id.replace("-", "_")) is requirement


@each
def test_text_is_one_sentence_about_whom_it_binds(requirement: Requirement):
    assert requirement.text.startswith(SUBJECTS[requirement.binds])
    assert ". " not in requirement.text
    assert "  " not in requirement.text
    assert not requirement.text.endswith((".", " "))


def test_no_two_texts_are_alike():
    assert len({requirement.text for requirement in CATALOGUE}) == len(CATALOGUE)


@each
def test_names_its_clause_and_source(requirement: Requirement):
    assert requirement.clause
    assert set(requirement.source.split(", ")) <= {"seed", "C2", "C3", "C4", "C6", "C7", "Y"}


@each
def test_is_seen_somehow_or_says_why_not(requirement: Requirement):
    assert bool(requirement.seen) != bool(requirement.why_unseen)
    assert list(requirement.seen) == [seen for seen in Seen if seen in requirement.seen], "twice, or out of order"


@each
def test_what_goes_beyond_the_page_is_behind_its_own_switch(requirement: Requirement):
    assert (requirement.source != "seed") == (EXTENDED in requirement.when)
