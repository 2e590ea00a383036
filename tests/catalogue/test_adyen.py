"""What holds in the catalogue of Adyen events alone, and in the answers of its emulated backend."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue import adyen
from catalogue.answers.adyen import Ics, Ixit, Profile
from harness.evidence.answers import AnswerError, read
from harness.evidence.requirement import Requirement

ANSWERS = Path(__file__).parents[2] / "answers" / "pos-backend"


@pytest.mark.parametrize("requirement", adyen.CATALOGUE, ids=str)
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
