"""The answers about an EPoS: the delivered folder is whole, and what contradicts itself is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.answers.paymentsense import Ics, Ixit, Profile
from harness.evidence.answers import AnswerError, read
from harness.wire.paymentsense import ANALOGUE, NAMES

FOLDER = Path(__file__).parents[2] / "answers" / "epos"


def test_delivered_answers_are_the_recommended_ones():
    assert read(Ics, (FOLDER / "ics.yaml").read_text(), "ics.yaml") == Ics()
    assert read(Profile, (FOLDER / "profile.yaml").read_text(), "profile.yaml") == Profile()
    assert read(Ixit, (FOLDER / "ixit.yaml").read_text(), "ixit.yaml").machines == Ixit().machines


@pytest.mark.parametrize(("model", "file"), [(Ics, "ics.yaml"), (Profile, "profile.yaml")])
def test_delivered_answers_name_every_key(model, file):
    text = (FOLDER / file).read_text()
    assert all(f"{key}:" in text for key in model.model_fields)


def test_a_method_can_be_called_otherwise():
    profile = read(Profile, "methods: {names: {tableListRequest: getTables}}", "profile.yaml")
    assert profile.methods.on_wire == {**NAMES, "tableListRequest": "getTables"}


def test_an_analogue_is_open_until_it_is_confirmed_or_changed():
    assert Profile().methods.unconfirmed == ANALOGUE
    said = "methods: {confirmed: [tableLockRequest, tableUnlock], names: {tableListRequest: getTables}}"
    assert read(Profile, said, "profile.yaml").methods.unconfirmed == (
        "posReceiptRequest", "transactionResponse", "finalPOSReceiptRequest", "errorMessage"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("methods: {names: {payNow: sale}}", "profile.yaml:1: methods.names.payNow"),
        ("methods: {confirmed: [tableUnlock, sale]}", "profile.yaml:1: methods.confirmed.1"),
        ("methods: {names: {refund: sale}}", "no two methods may have one name"),
        ("ping: {period: 30, pong_within: 40}", "pong_within must be below period"),
        ("ping: {period: 120}", "profile.yaml:1: ping.period"),
        ("pac: {transaction_within: 100}", "transaction_within must not be below timed_out_after"),
        (
            "screen: {notifications: {PIN: enter}}",
            "profile.yaml:1: screen.notifications.* found PIN; allowed: APPROVED",
        ),
        ("handshake: {missing_ids_status: 418}", "profile.yaml:1: handshake.missing_ids_status"),
    ],
)
def test_mistakes_are_told_with_their_place(text, told):
    with pytest.raises(AnswerError, match=told):
        read(Profile, text, "profile.yaml")


def test_machines_that_are_there():
    assert Ixit().machines.all[0] == Ixit().machines.chip_and_pin
    assert read(Ixit, "machines: {signature: null}", "ixit.yaml").machines.all == tuple(
        tid for tid in Ixit().machines.all if tid != Ixit().machines.signature
    )
