"""The catalogue of one order's whole way: its form, and that each clause it follows from is a requirement."""

from __future__ import annotations

from catalogue import adyen, econduit, end_to_end, modulus, paymentsense
from catalogue.answers.end_to_end import Ics

KNOWN = {requirement.id for one in (adyen, econduit, modulus, paymentsense) for requirement in one.CATALOGUE}


def test_ids_and_chapters_ascend():
    ids = [requirement.id for requirement in end_to_end.CATALOGUE]
    assert ids == sorted(set(ids))
    assert {end_to_end.chapter_of(requirement) for requirement in end_to_end.CATALOGUE} == set(end_to_end.CHAPTERS)


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
