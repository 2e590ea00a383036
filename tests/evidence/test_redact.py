"""Card numbers are masked in their middle, as many characters out as in, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.redact import MASK, card_numbers, luhn, masked_by_us, redact, redact_bytes

CARDS = {
    "Visa": "4111111111111111",
    "Visa of 13 digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard of the 2 series": "2223003122003222",
    "American Express": "378282246310005",
    "Discover": "6011111111111117",
    "Diners Club": "30569309025904",
    "JCB": "3530111333300000",
    "in groups": "4111 1111 1111 1111",
    "in groups with hyphens": "4111-1111-1111-1111",
    "American Express in groups": "3782 822463 10005",
}
OTHERS = {
    "a wrong check digit": "4111111111111112",
    "too short": "411111111111",
    "no scheme": "0000000000000000",
    "masked by the terminal": "411111******1111",
    "a part of a longer number": "99994111111111111111",
    "hexadecimal": "A4111111111111111F",
    "an amount": "4111111111111111.00",
    "a terminal's serial number": "77001234",
}


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("around", ["{}", '{{"PAN":"{}"}}\x04\x04', "ref {}, approved", "%B{}^CARD/TEST^2512"])
def test_a_card_number_keeps_six_and_four_digits(name, around):
    text = around.format(CARDS[name])
    clean = redact(text)
    assert len(clean) == len(text)
    assert MASK in clean
    assert masked_by_us(clean)
    assert card_numbers(clean) == []
    start, end = card_numbers(text)[0]
    assert clean[:start] + clean[end:] == text[:start] + text[end:]
    assert clean[start : start + 6] == text[start : start + 6]
    assert clean[end - 4 : end] == text[end - 4 : end]
    assert sum(sign.isdigit() for sign in clean[start:end]) <= 10


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_card_number_stays(name):
    assert redact(OTHERS[name]) == OTHERS[name]
    assert not masked_by_us(OTHERS[name])


def test_every_card_number_of_a_text():
    text = f"{CARDS['Visa']} {CARDS['Mastercard']}"
    assert redact(text) == f"411111{MASK * 6}1111 555555{MASK * 6}4444"


@given(st.binary())
def test_bytes_keep_their_number_and_redacting_twice_changes_nothing(data):
    clean = redact_bytes(data)
    assert len(clean) == len(data)
    assert redact_bytes(clean) == clean


@given(st.text("0123456789", min_size=12, max_size=18))
def test_one_check_digit_in_ten_is_right(digits):
    assert sum(luhn(digits + digit) for digit in "0123456789") == 1
