"""Keys, tokens and passwords out of evidence: each under a pseudonym of the same length, in every form it takes.

A secret is known (it stands in the answers), so it is looked for and not guessed: in clear, percent-encoded, escaped in
JSON or HTML, in hexadecimal, and in base64 at each of the three places where it can begin in a group of three bytes, in
the common alphabet and in that for URLs. HTTP Basic credentials are such a base64.

What is found becomes the *pseudonym* in the same form: `*1*****` for the first secret, `KjEqKioqKg` in base64. So a
written trace still tells whether the DUT sent the right key, and one that is judged again decodes as it did: the forms
of one secret stay equal, and two secrets stay different.

A form is a row of **tokens**, one for each character of the secret; a token matches in some spellings, and each of them
has a replacement of its own length.
"""

from __future__ import annotations

import base64
import functools
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

SHORTEST = 6
"""Characters that a secret must have: a shorter one stands in ordinary text by chance, and would be masked there."""

FILLERS = "*~_.-!$+=x"
"""What a pseudonym is made of: the first of these that no secret contains, so that no secret can arise from it."""

_COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOR_URLS = _COMMON[:-2] + "-_"


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of a form: where it matches, and what stands there instead, as many characters."""

    pattern: str
    instead: Callable[[str], str]


class _Form:
    """How a secret may be written."""

    def __init__(self, tokens: Iterable[_Token]) -> None:
        self._tokens = tuple(tokens)
        self._pattern = re.compile("".join(f"({token.pattern})" for token in self._tokens))

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Where the secret stands in this form, and what is to stand there."""
        for match in self._pattern.finditer(text):
            groups = zip(self._tokens, match.groups(), strict=True)
            yield match.start(), "".join(token.instead(spelt) for token, spelt in groups)


class Secrets:
    """What must stand nowhere. `values`: secrets by a name for them; an empty one is none.

    Raises ValueError for one that is too short to be told from ordinary text. The sentence does not repeat it."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.legend: dict[str, str] = {}
        """Whose pseudonym begins how: `*1*` is the secret named `pos_key`."""
        given = {name: value for name, value in (values or {}).items() if value}
        for name, value in given.items():
            if len(value) < SHORTEST:
                raise ValueError(
                    f"{name}: a secret of {len(value)} characters cannot be kept out of evidence, since it stands in "
                    f"other texts by chance; allowed: at least {SHORTEST} characters"
                )
        distinct = list(dict.fromkeys(given.values()))
        filler = next((filler for filler in FILLERS if not any(filler in secret for secret in distinct)), FILLERS[0])
        pseudonyms = {}
        for number, secret in enumerate(distinct, 1):
            mark = f"{filler}{number}{filler}"
            self.legend[mark] = ", ".join(name for name, value in given.items() if value == secret)
            pseudonyms[secret] = mark.ljust(len(secret), filler)
        self._forms: list[_Form] = []
        for secret in sorted(distinct, key=len):  # where two overlap, the longer one has the last word
            self._forms += _forms(secret, pseudonyms[secret], filler)

    def masked(self, text: str) -> str:
        """The text, as long as it was, with pseudonyms in place of secrets."""
        if len(text) < SHORTEST:
            return text
        clean: list[str] | None = None
        for form in self._forms:
            for start, instead in form.found(text):
                clean = list(text) if clean is None else clean
                clean[start : start + len(instead)] = instead
        return text if clean is None else "".join(clean)

    def masked_bytes(self, data: bytes) -> bytes:
        """The same for bytes, which keep their number."""
        return self.masked(data.decode("latin-1")).encode("latin-1")

    def masked_json(self, value: Any) -> Any:
        """The same for the texts in a JSON value, however deep. The names of an object's members are ours, and stay."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, dict):
            return {name: self.masked_json(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.masked_json(item) for item in value)
        return value

    def masked_pieces(self, pieces: Sequence[bytes]) -> list[bytes]:
        """The pieces in which the bytes of a stream came, masked as a whole and cut again in the same places."""
        whole = self.masked_bytes(b"".join(pieces))
        return [whole[start:end] for start, end in pairwise(accumulate(map(len, pieces), initial=0))]


# ---- The forms of a secret -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)  # who learns secrets one by one makes the forms of each once
def _forms(secret: str, pseudonym: str, filler: str) -> tuple[_Form, ...]:
    """All of them. `pseudonym`: as many characters, all of them ASCII."""
    data = secret.encode()
    disguise = "".join(by.ljust(len(of.encode()), filler) for of, by in zip(secret, pseudonym, strict=True)).encode()
    return (
        _Form(_spelt(of, by, filler) for of, by in zip(secret, pseudonym, strict=True)),
        _Form(_in_hex(of, by, first=not place) for place, (of, by) in enumerate(zip(data, disguise, strict=True))),
        *(_Form(_in_base64(data, disguise, before)) for before in range(3)),
    )


def _spelt(of: str, by: str, filler: str) -> _Token:
    """A character in clear, in UTF-8 that was taken for Latin-1, percent-encoded, escaped in JSON, XML or HTML."""
    octets = of.encode()
    units = of.encode("utf-16-be").hex()
    by_octets = by.ljust(len(octets), filler)
    by_units = by.ljust(len(units) // 4, filler)
    percent = "".join(f"%{octet:02X}" for octet in octets)
    escaped = "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
    spellings = {
        _either_case(percent): "".join(f"%{ord(sign):02X}" for sign in by_octets),
        _either_case(escaped): "".join(f"\\u{ord(sign):04x}" for sign in by_units),
        re.escape(of): by,
    }
    if len(octets) > 1:
        spellings[re.escape(octets.decode("latin-1"))] = by_octets
    for escape in {html.escape(of), f"&#{ord(of)};", f"&#x{ord(of):x};"} - {of}:
        spellings[re.escape(escape)] = by.ljust(len(escape), filler)
    if of in "\"'\\/":
        spellings[re.escape(f"\\{of}")] = by.ljust(2, filler)
    if of == " ":
        spellings[re.escape("+")] = by
    return _of(spellings)


def _of(spellings: Mapping[str, str]) -> _Token:
    """A token that is spelt in one of several ways, longest first: patterns, and what stands there instead."""
    ordered = sorted(spellings.items(), key=lambda item: -len(item[1]))
    table = [(re.compile(pattern), instead) for pattern, instead in ordered]

    def instead(spelt: str) -> str:
        return next(instead for pattern, instead in table if pattern.fullmatch(spelt))

    return _Token("|".join(pattern for pattern, _ in ordered), instead)


def _either_case(text: str) -> str:
    """A pattern for an escape whose hexadecimal digits may be capitals or not."""
    return "".join(f"[{sign.lower()}{sign.upper()}]" if sign in "abcdefABCDEF" else re.escape(sign) for sign in text)


def _in_hex(of: int, by: int, *, first: bool) -> _Token:
    """A byte as two hexadecimal digits; from the second byte on perhaps with a sign before it, as in a dump."""
    sign = "" if first else "[ :-]?"
    return _Token(sign + _either_case(f"{of:02x}"), lambda spelt: f"{spelt[:-2]}{by:02x}")


def _in_base64(data: bytes, disguise: bytes, before: int) -> Iterator[_Token]:
    """The characters that bytes are in base64, if so many others stand before them in their group of three.

    The first and the last may hold bits of what stands around: these stay as they are."""
    sixes = _sixes(data, before)
    ours = _sixes(b"\xff" * len(data), before)
    for of, by, mask in zip(sixes, _sixes(disguise, before), ours, strict=True):
        yield _sextet(of, by, mask)


def _sixes(data: bytes, before: int) -> list[int]:
    """Groups of six bits from the first to the last that have a bit of the data."""
    padded = bytes(before) + data + bytes(-(before + len(data)) % 3)
    characters = base64.b64encode(padded).decode()
    last = -(-8 * (before + len(data)) // 6)
    return [_COMMON.index(character) for character in characters[8 * before // 6 : last]]


def _sextet(of: int, by: int, mask: int) -> _Token:
    """Those characters whose bits under the mask are ours."""
    values = [value for value in range(64) if value & mask == of & mask]
    spellings = {spelt: value for value in values for spelt in (_COMMON[value], _FOR_URLS[value])}
    escapes = {f"%{ord(sign):02X}": value for sign, value in spellings.items() if sign in "+/"}

    def instead(spelt: str) -> str:
        escaped = len(spelt) > 1
        value = escapes[spelt.upper()] if escaped else spellings[spelt]
        sign = (_FOR_URLS if spelt in "-_" else _COMMON)[(value & ~mask) | (by & mask)]
        return f"%{ord(sign):02X}" if escaped else sign

    patterns = [f"[{re.escape(''.join(spellings))}]", *map(_either_case, escapes)]
    return _Token("|".join(patterns), instead)
