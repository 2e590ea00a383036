"""Card data out of evidence: every scheme, however it stands there, and nothing that merely looks like one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.redact import MASK, SCHEMES, card_numbers, luhn, masked_by_us, redact, redact_bytes, tracks

CARDS = {  # published test numbers
    "Visa": "4761739001010119",
    "Visa of 13 digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard, second range": "2223003122003222",
    "American Express": "378282246310005",
    "Diners Club": "30569309025904",
    "Diners Club of 36": "36006666333344",
    "JCB": "3530111333300000",
    "Discover": "6011111111111117",
    "UnionPay": "6200000000000005",
    "UnionPay of 19 digits": "6205500000000000004",
    "Maestro": "6759649826438453",
}
PAN = CARDS["Visa"]

NO_CARDS = {
    "an epoch in milliseconds": "1753776000123",
    "an epoch in microseconds": "1753776000123456",
    "a date and time": "20260729123456",
    "a UUID": "4761e290-1b5d-4761-9001-446655440000",
    "a UUID of digits": "47617390-0101-4019-8761-739001010119",
    "a hash": "4761739001010119" + "a4" * 12,
    "a cryptogram": "6F1C4761739001010119",
    "a decimal fraction": "0.4761739001010119",
    "a longer number": "47617390010101190000",
    "one digit wrong": "4761739001010118",
    "no scheme": "0000000000000000",
    "too short": "411111111111",
    "an amount": "4111111111111111.00",
    "an article number": "6901234567892",
    "masked by the terminal": "476173******0119",
    "a base64 word": "QUJDREVGR0hJSktMTU5PUA==",
    "an authorisation response": '{"AuthCode":"A1B2C3","RefID":"Ref-0000476173","EMV_TVR":"0000008000"}',
}

IN_PLACE = {
    "alone": "{}",
    "quoted": '"CardBin":"{}"',
    "after a word": "VISA{}",
    "after a word that ends in a hex letter": "Card{}",
    "with a dash before": "PAN-{}",
    "at the end of a sentence": "card {}.",
    "in a track 1": "%B{}^CARD/TEST^30122010000000000000?",
    "in a track 1 that breaks off": "%B{}^CARD/TEST^2512",
    "in a track 2": ";{}=30122010000000000000?",
    "in hex, tag 57": "5710{}D30122010000000000",
}


@pytest.mark.parametrize("number", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize("place", IN_PLACE.values(), ids=IN_PLACE)
def test_card_number_is_found_and_masked(number, place):
    text = place.format(number)
    if place.startswith("5710"):
        text = "57 10 " + text[4:]  # a length byte before it would make one long number
    clean = redact(text)
    assert card_numbers(text) == [(text.index(number), text.index(number) + len(number))]
    assert len(clean) == len(text)
    assert number not in clean
    assert number[:6] + MASK * (len(number) - 10) + number[-4:] in clean
    assert card_numbers(clean) == []
    assert masked_by_us(clean)


GROUPS = ("4761 7390 0101 0119", "4761-7390-0101-0119", "3782 822463 10005", "3056 930902 5904",
          "6205 5000 0000 0000 004")  # fmt: skip
# A group of four before groups of four may begin a number that is none; the one behind it must still be found.
BEFORE = [*(("", grouped) for grouped in GROUPS), *(("card ", grouped) for grouped in GROUPS), ("1234 ", GROUPS[0])]


@pytest.mark.parametrize(("before", "grouped"), BEFORE)
def test_grouped_card_number_keeps_its_groups(before, grouped):
    clean = redact(before + grouped)
    digits = "".join(sign for sign in clean.removeprefix(before) if sign not in " -")
    assert [place for place, sign in enumerate(clean) if sign in " -"] == [
        place for place, sign in enumerate(before + grouped) if sign in " -"
    ]
    assert digits.count(MASK) == len(digits) - 10
    assert masked_by_us(clean)


def test_track_loses_all_but_its_ends():
    track = f";{PAN}=30122010000000000000?"
    assert tracks(track) == [(1, len(track))]
    assert redact(track) == f";476173{MASK * 6}0119={MASK * 20}?"


def test_number_under_tag_5a_is_found():
    assert redact(f"9F0206000000000100 5A08{PAN}5F34") == f"9F0206000000000100 5A08476173{MASK * 6}01195F34"


@pytest.mark.parametrize("text", NO_CARDS.values(), ids=NO_CARDS)
def test_what_is_no_card_number_stays(text):
    assert card_numbers(text) == []
    assert redact(text) == text
    assert not masked_by_us(text)


def test_letters_beyond_ascii_are_not_taken_for_the_mask():
    assert not masked_by_us("Käse 1234 ää 5678".encode().decode("latin-1"))


def test_every_card_number_of_a_text_is_masked():
    assert redact(f"{PAN} {CARDS['Mastercard']}") == f"476173{MASK * 6}0119 555555{MASK * 6}4444"


@given(st.text("0123456789", min_size=12, max_size=18))
def test_one_check_digit_in_ten_is_right(digits):
    assert sum(luhn(digits + digit) for digit in "0123456789") == 1


@given(st.text(alphabet=st.sampled_from(list("0123456789abcdefABF -=^?;%." + MASK)) | st.characters()))
def test_as_many_characters_out_as_in_and_no_second_thoughts(text):
    clean = redact(text)
    assert len(clean) == len(text)
    assert redact(clean) == clean
    assert card_numbers(clean) == []


@given(st.binary())
def test_as_many_bytes_out_as_in(data):
    assert len(redact_bytes(data)) == len(data)


@given(st.sampled_from(sorted(SCHEMES)), st.integers(0, 2**32))
def test_every_number_of_every_scheme_is_masked(scheme, seed):
    number = _number_of(scheme, random.Random(seed))  # noqa: S311 - a test number
    text = f'{{"PAN":"{number}"}}'
    assert card_numbers(text) == [(8, 8 + len(number))]
    assert number not in redact(text)


_BEGINNINGS = {
    "Visa": ("4", 16), "Mastercard": ("53", 16), "Mir": ("2202", 16), "American Express": ("37", 15),
    "Diners Club": ("36", 14), "JCB": ("3530", 16), "Discover and RuPay": ("6011", 16), "UnionPay": ("62", 16),
    "Maestro": ("5018", 16),
}  # fmt: skip


def _number_of(scheme, chance):
    """A number of the scheme with a right check digit."""
    first, length = _BEGINNINGS[scheme]
    body = first + "".join(chance.choice("0123456789") for _ in range(length - len(first) - 1))
    return next(body + last for last in "0123456789" if luhn(body + last))
