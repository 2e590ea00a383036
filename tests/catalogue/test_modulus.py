"""The catalogue of Modulus is complete, well formed, and says of each requirement when and how it is seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from catalogue import modulus
from catalogue.answers.modulus import Ics, Ixit, Profile
from catalogue.modulus import BY_ID, CATALOGUE, CHAPTERS, chapter_of
from harness.evidence.answers import read
from harness.evidence.requirement import Level, Requirement, Seen

NUMBERS = {
    "Prerequisites and endpoint": range(1, 8),
    "Authentication": range(10, 20),
    "Connection lifecycle": range(30, 41),
    "Discovery and payment": range(50, 66),
    "Handling messages": range(70, 79),
    "Heartbeat": range(80, 92),
    "Self-test": range(95, 96),
    "Extended": range(100, 109),
}
LEVELS = {
    (Level.MUST, "written"): 39,
    (Level.MUST, "implied"): 22,
    (Level.SHOULD, "written"): 10,
    (Level.SHOULD, "implied"): 2,
    (Level.MAY, "written"): 2,
}
SUBJECTS = {
    "POS": "The POS ",
    "gateway": "The gateway ",
    "site": "The site ",
    "integrator": "The integrator ",
}
ANSWERS = Path(__file__).parents[2] / "answers" / "pos-client"

each = pytest.mark.parametrize("requirement", CATALOGUE, ids=str)


def test_holds_every_requirement_of_the_document_once_and_in_order():
    expected = [f"MOD-{number:03}" for numbers in NUMBERS.values() for number in numbers]
    assert len(expected) == 75
    assert [requirement.id for requirement in CATALOGUE] == expected
    assert list(BY_ID) == expected


def test_counts_the_levels_as_the_document_does():
    found = Counter((entry.level, "implied" if entry.implied else "written") for entry in CATALOGUE)
    assert found == LEVELS


def test_divides_into_the_chapters_of_the_document():
    assert tuple(NUMBERS) == CHAPTERS
    for chapter, numbers in NUMBERS.items():
        assert {chapter_of(BY_ID[f"MOD-{number:03}"]) for number in numbers} == {chapter}


def test_every_claim_decides_something_and_no_other_is_asked_for():
    assert {condition.item for entry in CATALOGUE for condition in entry.when} == set(Ics.model_fields)


@each
def test_constant_is_named_by_its_id(requirement: Requirement):
    assert getattr(modulus, requirement.id.replace("-", "_")) is requirement


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
    assert set(requirement.source.split(", ")) <= {"seed", "M3", "M4", "M5", "M6", "M9"}


@each
def test_is_seen_somehow_or_says_why_not(requirement: Requirement):
    assert bool(requirement.seen) != bool(requirement.why_unseen)
    assert list(requirement.seen) == [seen for seen in Seen if seen in requirement.seen], "twice, or out of order"


@each
def test_what_goes_beyond_the_seed_is_behind_the_switch(requirement: Requirement):
    assert (chapter_of(requirement) == "Extended") == (modulus.EXTENDED in requirement.when)
    assert (requirement.source != "seed") == (modulus.EXTENDED in requirement.when)


# ---- The answers of the emulated client ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "model"), [("ics", Ics), ("ixit", Ixit), ("profile", Profile)])
def test_the_answers_are_readable_and_the_recommended_ones(name, model):
    answered = read(model, (ANSWERS / f"{name}.yaml").read_text(encoding="utf-8"), name)
    assert answered == model(**({"boot_within": 30.0} if name == "ixit" else {}))


def test_limits_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="earliest < latest"):
        Profile.model_validate({"heartbeat": {"earliest": 40.0}})
    with pytest.raises(ValueError, match="pong_earliest"):
        Profile.model_validate({"heartbeat": {"pong_latest": 7.0}})
