"""The door of a DUT that is software: keys from stdin, screen and book to stdout, settings that are none refused."""

from __future__ import annotations

import json

import pytest

from emulator.__main__ import USAGE, main
from emulator.software_door import LONGEST, Keys, show
from harness.evidence.bench import Booked, Journal, Pressed, Remark, Screen


@pytest.fixture
def pressed():
    return []


@pytest.fixture
def keys(pressed):
    return Keys(pressed.append)


def test_keys_come_in_lines_whatever_the_pieces(keys, pressed):
    line = json.dumps({"press": {"sale": {"amount": "12.40", "note": "Çay"}}}).encode() + b"\n"
    for byte in line + line:
        keys.data_received(bytes((byte,)))
    assert pressed == [Pressed("sale", {"amount": "12.40", "note": "Çay"})] * 2


@pytest.mark.parametrize(
    "line",
    [b"sale", b"[]", b'{"press": "sale"}', b'{"press": {}}', b'{"press": {"a": {}, "b": {}}}', b"\xff", b"[" * 9999],
)
def test_what_presses_no_key_is_told_and_passed_over(keys, pressed, capsys, line):
    keys.data_received(line + b'\n{"press": {"quit": {}}}\n')
    assert pressed == [Pressed("quit", {})]
    assert "presses no key" in capsys.readouterr().err


def test_a_line_without_an_end_is_not_kept_for_ever(keys):
    for _ in range(4):
        keys.data_received(b"x" * LONGEST)
    assert len(keys._held) <= LONGEST


def test_screen_and_book_are_lines_of_stdout(capsys):
    for body in (Screen("Bezahlt: 12,40 €", "green"), Booked("A1", "paid", "12.40"), Journal("R", "C"), Remark("no")):
        show("till", 0, body)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"screen": {"text": "Bezahlt: 12,40 €", "colour": "green"}},
        {"journal": {"reference": "A1", "state": "paid", "amount": "12.40"}},
        {"journal": {"reference": "R", "charge": "C"}},
    ]


@pytest.mark.parametrize("text", [None, "no JSON"])
def test_settings_that_cannot_be_read_are_told(tmp_path, capsys, text):
    path = tmp_path / "settings.json"
    if text is not None:
        path.write_text(text)
    assert main(("software", "modulus", "--settings", str(path))) == USAGE
    out, err = capsys.readouterr()
    assert not out
    assert f"--settings {path}" in err
    assert err.count("\n") == 1


def test_a_storage_that_is_none_is_told(tmp_path, capsys):
    path = tmp_path / "storage.json"
    path.write_text("[]")
    assert main(("software", "modulus", "--settings", str(path), "--storage", str(path))) == USAGE
    assert f"--storage {path}: no flash" in capsys.readouterr().err
