"""What holds in the catalogue of Modulus alone, and in the answers of its emulated client."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue import modulus
from catalogue.answers.modulus import Ics, Ixit, Profile
from catalogue.modulus import CATALOGUE, chapter_of
from harness.evidence.answers import read
from harness.evidence.requirement import Requirement

ANSWERS = Path(__file__).parents[2] / "answers" / "pos-client"


@pytest.mark.parametrize("requirement", CATALOGUE, ids=str)
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
