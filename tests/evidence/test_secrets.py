"""Secrets out of evidence: in every form they take, as many characters in as out, and still equal to themselves."""

from __future__ import annotations

import base64
import html
import json
import string
import urllib.parse
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.evidence.secrets import FILLERS, Secrets

KEY, PASSWORD = "Kx7-aPi+kEy/22", "pA55 w0rd&mörë"

FORMS: dict[str, Callable[[str], str]] = {
    "clear": lambda secret: secret,
    "quoted": urllib.parse.quote,
    "all of it quoted": lambda secret: urllib.parse.quote(secret, safe=""),
    "in a query": urllib.parse.quote_plus,
    "in a query, small": lambda secret: urllib.parse.quote_plus(secret).replace("%2B", "%2b").replace("%2F", "%2f"),
    "every byte quoted": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON, slashes escaped": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1].replace("/", r"\/"),
    "HTML": html.escape,
    "UTF-8 read as Latin-1": lambda secret: secret.encode().decode("latin-1"),
    "hex": lambda secret: secret.encode().hex(),
    "HEX": lambda secret: secret.encode().hex().upper(),
    "a dump": lambda secret: secret.encode().hex(" "),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64, unpadded": lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
    "base64, quoted": lambda secret: urllib.parse.quote(base64.b64encode(secret.encode()).decode(), safe=""),
    "base64 behind one": lambda secret: base64.b64encode(b"?" + secret.encode() + b"\xff\xff").decode(),
    "base64 behind two": lambda secret: base64.b64encode(b"~\xff" + secret.encode() + b"\xff").decode(),
    "basic": lambda secret: "Basic " + base64.b64encode(b"bench:" + secret.encode()).decode(),
    "basic, as the user": lambda secret: "Basic " + base64.b64encode(secret.encode() + b":secret").decode(),
}

few = settings(max_examples=40)
signs = st.characters(exclude_characters=FILLERS[0], exclude_categories=["Cs", "Cc"])
texts = st.text(st.one_of(st.sampled_from(string.ascii_letters + "/+ %=&\\\"'"), signs), min_size=6, max_size=20)
pairs = st.lists(texts, min_size=2, max_size=2, unique=True)


def secrets(*values: str) -> Secrets:
    return Secrets({f"secret {number}": value for number, value in enumerate(values)})


# ---- Every form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [KEY, PASSWORD])
def test_a_secret_is_masked_in_every_form(secret, form):
    text = f'{{"before": "{FORMS[form](secret)}", "after": 1}}'
    masked = secrets(secret).masked(text)
    assert len(masked) == len(text)
    assert masked.startswith('{"before": "')
    assert masked.endswith('", "after": 1}')
    assert not [name for name, other in FORMS.items() if other(secret) in masked]
    assert masked != text


@few
@given(secret=texts, before=st.text(max_size=9), after=st.text(max_size=9), form=st.sampled_from(list(FORMS)))
def test_whatever_the_secret_and_whatever_stands_around_it(secret, before, after, form):
    text = before + FORMS[form](secret) + after
    masked = secrets(secret).masked(text)
    assert len(masked) == len(text)
    assert secret not in masked
    assert FORMS[form](secret) not in masked


@few
@given(secret=texts, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_base64_decodes_to_the_pseudonym_among_what_stood_there(secret, before, after):
    text = base64.b64encode(before + secret.encode() + after).decode()
    decoded = base64.b64decode(secrets(secret).masked(text), validate=True)
    assert len(decoded) == len(before + secret.encode() + after)
    assert secret.encode() not in decoded
    assert b"*1*" in decoded


@pytest.mark.parametrize("form", FORMS)
def test_two_forms_of_one_secret_stay_equal(form):
    clear, told = secrets(KEY).masked(KEY), secrets(KEY).masked(FORMS[form](KEY))
    decoded = {
        **dict.fromkeys(FORMS, urllib.parse.unquote(told)),
        **{name: bytes.fromhex(told).decode() for name in ("hex", "HEX", "a dump") if form == name},
    }[form]
    if "basic" in form or "base64" in form:
        packed = urllib.parse.unquote(told).removeprefix("Basic ").replace("-", "+").replace("_", "/")
        decoded = base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("latin-1")
    if form == "HTML":
        decoded = html.unescape(told)
    if "JSON" in form:
        decoded = json.loads(f'"{told}"')
    assert clear in decoded


@few
@given(pairs)
def test_two_secrets_stay_different(pair):
    both = secrets(*pair)
    masked = [both.masked(secret) for secret in pair]
    assert masked[0] != masked[1]
    assert [both.masked(secret) for secret in pair] == masked
    assert set(both.legend.values()) == {"secret 0", "secret 1"}


@few
@given(pairs, st.integers(0, 20))
def test_of_two_that_overlap_nothing_is_left(pair, overlap):
    first, second = pair
    masked = secrets(*pair).masked(first + second[overlap:] + first[:overlap] + second + first)
    assert first not in masked
    assert second not in masked


def test_one_inside_another_does_not_spoil_it():
    assert secrets("secret", "a secret of mine").masked("a secret of mine, a secret") == "*2**************, a *1****"


# ---- What is left alone ----------------------------------------------------------------------------------------------


@few
@given(st.text(string.ascii_lowercase + "/&=?", max_size=100))
def test_a_text_without_secrets_is_left_alone(text):
    assert secrets(KEY, PASSWORD).masked(text) == text


@few
@given(texts)
def test_what_is_masked_stays_as_it_is(secret):
    once = secrets(secret).masked(secret)
    assert secrets(secret).masked(once) == once


def test_without_secrets_nothing_is_masked():
    assert Secrets().masked(KEY) == KEY
    assert Secrets({"token": ""}).masked(KEY) == KEY
    assert Secrets().masked_bytes(b"\xff\x00") == b"\xff\x00"


def test_what_stands_around_in_base64_stays_as_it_was():
    text = base64.b64encode(b"bench:" + KEY.encode() + b"\xff tail").decode()
    assert base64.b64decode(secrets(KEY).masked(text)) == b"bench:*1************\xff tail"


# ---- Bytes and pieces ------------------------------------------------------------------------------------------------


@few
@given(
    secret=texts,
    cuts=st.lists(st.integers(0, 60), max_size=5),
    form=st.sampled_from([form for form in FORMS if form != "UTF-8 read as Latin-1"]),
)
def test_a_secret_over_several_pieces(secret, cuts, form):
    whole = b"\x00\xff" + FORMS[form](secret).encode() + b"\xfe"
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(places)]
    masked = secrets(secret).masked_pieces(pieces)
    assert [len(piece) for piece in masked] == [len(piece) for piece in pieces]
    assert FORMS[form](secret).encode() not in b"".join(masked)
    assert b"".join(masked) == secrets(secret).masked_bytes(whole)


def test_no_pieces_are_none():
    assert secrets(KEY).masked_pieces([]) == []


# ---- What is given ---------------------------------------------------------------------------------------------------


def test_a_short_secret_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="pos_password: a secret of 5 characters cannot be kept out") as refused:
        Secrets({"pos_key": KEY, "pos_password": "12345"})
    assert "12345" not in str(refused.value)


def test_one_secret_under_two_names_is_one():
    both = Secrets({"key": KEY, "old key": KEY})
    assert both.legend == {"*1*": "key, old key"}


def test_a_pseudonym_is_made_of_what_no_secret_contains():
    assert secrets("se*cret").masked("se*cret") == "~1~~~~~"
    assert secrets("1*1*1*1*").masked("1*1*1*1*1*") == "~1~~~~~~1*"


def test_it_is_told_from_its_appearance_by_nobody():
    assert KEY not in repr(secrets(KEY))
