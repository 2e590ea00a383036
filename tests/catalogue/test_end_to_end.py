"""What holds in the catalogue of one order's whole way alone: each clause it follows from is a requirement."""

from __future__ import annotations

from catalogue import adyen, econduit, end_to_end, modulus, paymentsense
from catalogue.answers.end_to_end import Ics

KNOWN = {requirement.id for one in (adyen, econduit, modulus, paymentsense) for requirement in one.CATALOGUE}


def test_each_follows_from_requirements_of_the_four_programmes():
    for requirement in end_to_end.CATALOGUE:
        named = requirement.clause.split(", ")
        assert requirement.implied
        assert set(named) <= KNOWN, requirement


def test_conditions_are_claims():
    for condition in (end_to_end.CONNECT, end_to_end.MODULUS, end_to_end.ADYEN, end_to_end.WEBAPI):
        assert condition.item in Ics.model_fields


def test_each_binds_a_dut_or_ourselves():
    assert {party for requirement in end_to_end.CATALOGUE for party in requirement.binds} == {"POS", "T", "harness"}
