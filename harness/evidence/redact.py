"""Card data out of evidence: as many characters out as in, so that offsets still hold.

A number is taken for a card number if it has 13 to 19 digits (perhaps grouped), begins as the schemes begin and passes
the Luhn check. Its middle is replaced by `¤`, a sign no terminal uses for masking: a written trace still shows *that* a
card number came in clear, and the check that looks for one judges it the same when the trace is read again.
"""

from __future__ import annotations

import re

MASK = "¤"
"""One character in text and one byte in Latin-1."""

_GROUPED = r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}"
# The format code B of a track 1 stands before a number like a hexadecimal digit, and is none.
_CANDIDATE = re.compile(rf"(?:(?<![0-9A-Fa-f.\-])|(?<=%B))(?:{_GROUPED}|\d{{13,19}})(?![0-9A-Fa-f]|[.\-]\d)")
_MASKED = re.compile(rf"\d(?:[ -]?\d){{5}}[ -]?(?:{MASK}[ -]?){{3,}}\d(?:[ -]?\d){{3}}")

_SCHEMES = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"
    r"|(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12,14}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35\d{14}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{11,17}"
)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_numbers(text: str) -> list[tuple[int, int]]:
    """Where card numbers stand in clear, as (start, end)."""
    spans = []
    for found in _CANDIDATE.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if _SCHEMES.fullmatch(digits) and luhn(digits):
            spans.append(found.span())
    return spans


def masked_by_us(text: str) -> bool:
    """Whether a card number stood here before it was redacted."""
    return _MASKED.search(text) is not None


def redact(text: str) -> str:
    """The text with the middle of each card number masked: the first six and the last four digits stay."""
    pieces, done = [], 0
    for start, end in card_numbers(text):
        digits = [place for place in range(start, end) if text[place] not in " -"]
        pieces += [text[done : digits[6]], re.sub(r"\d", MASK, text[digits[6] : digits[-4]])]
        done = digits[-4]
    return "".join([*pieces, text[done:]])


def redact_bytes(data: bytes) -> bytes:
    """The same for bytes, which keep their number."""
    return redact(data.decode("latin-1")).encode("latin-1")
