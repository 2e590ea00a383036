"""What is written for a bench to read."""

from __future__ import annotations

import json

from emulator.panel import Notice, written
from harness.evidence.bench import Journal, Screen


def test_screens_and_journal_are_json_lines():
    assert json.loads(written(Screen("POS Online", "white"))) == {"screen": {"text": "POS Online", "colour": "white"}}
    assert json.loads(written(Journal("ré\nf", "A1"))) == {"journal": {"reference": "ré\nf", "charge": "A1"}}
    assert "\n" not in written(Journal("ré\nf", "A1"))


def test_a_notice_is_not_on_the_screen():
    assert written(Notice("call somebody")) is None
