"""The catalogue of Adyen's events is complete, well formed, and says of each requirement how it is seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from catalogue import adyen
from catalogue.adyen import BY_ID, CATALOGUE, CHAPTERS, chapter_of
from catalogue.answers.adyen import Ics, Ixit, Profile
from harness.evidence.answers import AnswerError, read
from harness.evidence.requirement import Level, Requirement, Seen

NUMBERS = {
    "Purpose and endpoint": range(1, 11),
    "Set-up in the Customer Area": range(20, 30),
    "Set-up by Management API": range(40, 52),
    "Notification message": range(60, 69),
    "Meaning of events": range(70, 84),
    "Asynchronous responses": range(90, 99),
    "Encryption": range(110, 116),
    "Robustness": range(120, 123),
}
LEVELS = {
    (Level.MUST, "written"): 38,
    (Level.MUST, "implied"): 28,
    (Level.SHOULD, "implied"): 4,
    (Level.MAY, "written"): 3,
}
SUBJECTS = {
    "WR": "The receiver ", "CF": "The back office ", "PT": "The terminal ", "sender": "The sender ", "POS": "The POS ",
}  # fmt: skip
ANSWERS = Path(__file__).parents[2] / "answers" / "pos-backend"

each = pytest.mark.parametrize("requirement", CATALOGUE, ids=str)


def test_holds_every_requirement_of_the_document_once_and_in_order():
    expected = [f"ADY-{number:03}" for numbers in NUMBERS.values() for number in numbers]
    assert len(expected) == 73
    assert [requirement.id for requirement in CATALOGUE] == expected
    assert list(BY_ID) == expected


def test_counts_the_levels_as_the_document_does():
    found = Counter((entry.level, "implied" if entry.implied else "written") for entry in CATALOGUE)
    assert found == LEVELS


def test_divides_into_the_chapters_of_the_document():
    assert tuple(NUMBERS) == CHAPTERS
    for chapter, numbers in NUMBERS.items():
        assert {chapter_of(BY_ID[f"ADY-{number:03}"]) for number in numbers} == {chapter}


def test_asks_for_every_ics_item_and_no_other():
    assert {condition.item for entry in CATALOGUE for condition in entry.when} == set(Ics.model_fields)


@each
def test_constant_is_named_by_its_id(requirement: Requirement):
    assert getattr(adyen, requirement.id.replace("-", "_")) is requirement


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
    assert set(requirement.source.split(", ")) <= {"seed", "A1", "A2", "A4", "A6", "A10", "A11"}


@each
def test_is_seen_somehow(requirement: Requirement):
    assert requirement.seen
    assert list(requirement.seen) == [seen for seen in Seen if seen in requirement.seen], "twice, or out of order"


@each
def test_what_binds_the_sender_is_asked_of_a_dut_that_emits(requirement: Requirement):
    if set(requirement.binds) <= {"PT", "sender"}:
        assert adyen.EMITS in requirement.when


# ---- The answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "name"), [(Ics, "ics"), (Ixit, "ixit"), (Profile, "profile")])
def test_the_answers_of_the_backend_are_the_recommended_readings(model, name):
    path = ANSWERS / f"{name}.yaml"

    found = read(model, path.read_text(), str(path))

    assert found.model_fields_set >= set(model.model_fields) - {"time_scale"}, "every key is shown to who copies it"
    assert name == "ixit" or found == model()


def test_every_profile_key_of_the_sheet_is_there():
    keys = ("ack.mode", "ack.retry", "config.encryption_source", "config.nesting", "events.unique_deviceid",
            "events.details", "tls.max", "auth.refusal", "encryption.clear_reject", "events.service_id",
            "ack.retry_on_4xx", "endpoint.port_map")  # fmt: skip

    for key in keys:
        section, _, name = key.partition(".")
        assert hasattr(getattr(Profile(), section), name)


def test_a_dut_stands_on_one_side_of_the_wire():
    with pytest.raises(AnswerError, match="one side of the wire"):
        read(Ics, "emits: true", "ics.yaml")


def test_what_is_not_sent_again_has_no_pauses():
    assert Profile().ack.pauses == (5.0, 30.0, 120.0)
    assert read(Profile, "ack: {retry: none}", "profile.yaml").ack.pauses == ()
