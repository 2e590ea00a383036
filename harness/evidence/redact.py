"""Card data out of evidence: as many characters out as in, so that offsets still hold.

A number is taken for a card number if it has the first digits and the length of a scheme and passes the Luhn check,
whether it stands in one piece, in groups, or before the discretionary data of a track. Its middle is replaced by `¤`, a
sign no terminal uses for masking: a written trace still shows *that* a card number came in clear, and the check that
looks for one judges it the same when the trace is read again.

What looks like one and is none decides how such a rule is built, for an accusation must be certain: digits inside a
longer number, a decimal fraction or a hexadecimal word (a UUID, a cryptogram, a hash) are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MASK = "¤"
"""One character in text and one byte in Latin-1."""

SCHEMES = {
    "Visa": r"4(?:\d{12}|\d{15}|\d{18})",
    "Mastercard": r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}",
    "Mir": r"220[0-4]\d{12,15}",
    "American Express": r"3[47]\d{13}",
    "Diners Club": r"(?:30[0-5]|309|36\d|3[89]\d)\d{11,16}",
    "JCB": r"35(?:2[89]|[3-8]\d)\d{12,15}",
    "Discover and RuPay": r"(?:6011|64[4-9]\d|65\d\d|81\d\d|82\d\d)\d{12,15}",
    "UnionPay": r"62\d{14,17}",
    # Its 13 digits are left out: they are those of a GTIN, and one article number in ten passes the Luhn check.
    "Maestro": r"(?:50|5[6-9]|6\d)\d{14,17}",
}
"""First digits and lengths (ISO/IEC 7812 and the schemes' own pages)."""

_SCHEME = re.compile("|".join(SCHEMES.values()))

_FORMS = (
    re.compile(r"(?<!\d)(?<!\d\.)(\d{13,19})(?!\d|\.\d)"),
    # 4-4-4-4-3 and shorter, 4-6-5 and 4-6-4. Looked ahead for, because a group before it may belong to something else.
    re.compile(r"(?<![\d.])(?<!\d[ -])(?=(\d{4}([ -])\d{4}\2\d{4}\2\d{1,4}(?:\2\d{1,3})?)(?!\d|[ -]\d|\.\d))"),
    re.compile(r"(?<![\d.])(?=(\d{4}([ -])\d{4}\2\d{4}\2\d{4})(?!\d|-\d|\.\d))"),
    re.compile(r"(?<![\d.])(?=(\d{4}([ -])\d{6}\2\d{4,5})(?!\d|-\d|\.\d))"),
)

_TRACK_1 = re.compile(r"%?[Bb](\d{13,19})\^[^^?\x04]{2,26}\^\d{7,}[^?\x04\"]*\??")
_TRACK_2 = re.compile(r"(?<!\d)(\d{13,19})[=Dd]\d{7,}\??")
_TAG_5A = re.compile(r"5[Aa](?:07(\d{13,14})|08(\d{15,16})|09(\d{17,18})|0[Aa](\d{19}))")
"""EMV data in hexadecimal: the PAN under tag 5A; that of tag 57 is a track 2 with `D` for `=`."""

_MASKED = re.compile(rf"\d[ -]?{MASK}(?:[ -]?{MASK})+[ -]?\d")
_WORD = re.compile(r"[0-9A-Za-z]+")

Span = tuple[int, int]


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return _SCHEME.fullmatch(digits) is not None and luhn(digits)


def _in_hex(text: str, start: int, end: int) -> bool:
    """Whether these digits belong to a hexadecimal word: one with letters, all of them from A to F."""
    if text[max(0, start - 2) : start] in ("%B", "%b"):
        return False  # the format code of a track 1
    before, after = re.search(r"[0-9A-Za-z]*$", text[max(0, start - 64) : start]), _WORD.match(text, end, end + 64)
    around = (before[0] if before else "") + (after[0] if after else "")
    return around != "" and not re.search(r"[G-Zg-z]", around) and re.search(r"[A-Fa-f]", around) is not None


def tracks(text: str) -> list[Span]:
    """Where track data stand in clear, card number and all, as (start, end)."""
    return sorted(found.span() for form in (_TRACK_1, _TRACK_2) for found in form.finditer(text) if _is_card(found[1]))


def _numbers(text: str) -> Iterator[Span]:
    for form in _FORMS:
        for found in form.finditer(text):
            if _is_card(found[1]) and not _in_hex(text, *found.span(1)):
                yield found.span(1)
    for form in (_TRACK_1, _TRACK_2):
        yield from (found.span(1) for found in form.finditer(text) if _is_card(found[1]))
    for found in _TAG_5A.finditer(text):
        if _is_card(found[found.lastindex or 0]):
            yield found.span(found.lastindex or 0)


def card_numbers(text: str) -> list[Span]:
    """Where card numbers stand in clear, as (start, end), in order and without overlap."""
    spans: list[Span] = []
    for start, end in sorted(set(_numbers(text)), key=lambda span: (span[0], -span[1])):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def masked_by_us(text: str) -> bool:
    """Whether a card number stood here before it was redacted."""
    return _MASKED.search(text) is not None


def redact(text: str) -> str:
    """The text with the middle of each card number masked, and all of a track that follows it.

    The first six and the last four digits stay, and so do the signs between groups and fields."""
    clean = list(text)
    for start, end in card_numbers(text):
        digits = [place for place in range(start, end) if text[place].isdigit()]
        for place in digits[6:-4]:
            clean[place] = MASK
    for form in (_TRACK_1, _TRACK_2):
        for found in form.finditer(text):
            if _is_card(found[1]):
                for place in range(found.end(1), found.end()):
                    clean[place] = MASK if text[place].isalnum() else text[place]
    return "".join(clean)


def redact_bytes(data: bytes) -> bytes:
    """The same for bytes, which keep their number."""
    return redact(data.decode("latin-1")).encode("latin-1")
