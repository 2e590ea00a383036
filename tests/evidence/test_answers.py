"""Answers are read whole or not at all; each mistake names file, line, key, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from catalogue.answers.econduit import Ics, Ixit, Profile
from harness.evidence.answers import AnswerError, read
from harness.rig.bench_file import TerminalBench

MISTAKES: dict[str, tuple[type[BaseModel], str, list[str]]] = {
    "an unknown key": (
        Ics,
        "acks_asked: true\nwlan: true\n",
        [
            "a.yaml:2: wlan: unknown key; allowed: acks_asked, acks_not_asked, cable, colour_display, "
            "pos_api_extended, secondary_endpoint, status_display, transactions, wifi"
        ],
    ),
    "an unknown key of a section": (
        Ixit,
        "outcomes:\n  approve: '1.00'\n  refuse: '1.01'\n",
        ["a.yaml:3: outcomes.refuse: unknown key; allowed: approve, cancel, decline, error"],
    ),
    "a word for a claim": (
        Ics,
        "# claims\n\nwifi: maybe\n",
        ["a.yaml:3: wifi: found 'maybe'; allowed: a boolean"],
    ),
    "a number for a text": (
        Ixit,
        "terminal_id: 77001234\n",
        ["a.yaml:1: terminal_id: found 77001234; allowed: a text in quotation marks"],
    ),
    "an amount that is a number": (
        Ixit,
        "outcomes: {approve: 1.00}\n",
        ["a.yaml:1: outcomes.approve: found 1.0; allowed: a text in quotation marks"],
    ),
    "an amount without cents": (
        Ixit,
        "outcomes:\n  approve: '1'\n",
        [r"a.yaml:2: outcomes.approve: found '1'; allowed: text like '^\d{1,9}\.\d{2}$'"],
    ),
    "a time that is none": (
        Ixit,
        "boot_within: 0\n",
        ["a.yaml:1: boot_within: found 0; allowed: greater than 0"],
    ),
    "a reading that is none": (
        Profile,
        "cloud:\n  terminate_commands: true\n  terminate_registration: lf\n",
        ["a.yaml:3: cloud.terminate_registration: found 'lf'; allowed: 'terminated', 'bare' or 'crlf'"],
    ),
    "a text for a section": (
        Profile,
        "heartbeat: often\n",
        [
            "a.yaml:1: heartbeat: found 'often'; allowed: a mapping with the keys bodies, earliest, latest, "
            "reset_on_traffic, silent_limit, while_busy"
        ],
    ),
    "an entry of a list": (
        Ixit,
        "terminal_types:\n  - AcmePay\n  - 7\n",
        ["a.yaml:3: terminal_types.1: found 7; allowed: a text in quotation marks"],
    ),
    "figures out of order": (
        Profile,
        "heartbeat: {earliest: 80}\n",
        [
            "a.yaml:1: (whole file): found {'heartbeat': {'earliest': 80}}; "
            "allowed: heartbeat: earliest < latest <= silent_limit must hold"
        ],
    ),
    "two mistakes": (
        Ixit,
        "soak_hours: long\nframe_limit: 1\n",
        [
            "a.yaml:1: soak_hours: found 'long'; allowed: a number",
            "a.yaml:2: frame_limit: found 1; allowed: greater than or equal to 1024",
        ],
    ),
    "no YAML": (
        Ics,
        "wifi: [true\ncable: true\n",
        ["a.yaml:2: not YAML: expected ',' or ']', but got ':'"],
    ),
    "a tab": (
        Ics,
        "wifi: true\n\tcable: true\n",
        ["a.yaml:2: not YAML: found character '\\t' that cannot start any token"],
    ),
    "a sign that no text has": (
        Ics,
        "wifi: true\ncable: \0\n",
        ["a.yaml:2: not YAML: character 0x0000 is not allowed"],
    ),
    "a key twice": (
        Ixit,
        "soak_hours: 1\noutcomes:\n  decline: '2.00'\n  decline: '3.00'\nsoak_hours: 2\n",
        [
            "a.yaml:5: soak_hours: found twice; allowed: once",
            "a.yaml:4: outcomes.decline: found twice; allowed: once",
        ],
    ),
    "a key that is a number": (
        Profile,
        "1: 2\n",
        [
            "a.yaml:1: 1: unknown key; "
            "allowed: cloud, connection, display, heartbeat, registration, transactions"
        ],
    ),
    "a list": (Ics, "- wifi\n", ["a.yaml:1: found ['wifi']; allowed: a mapping of keys to values"]),
    "a kind of DUT that is none": (
        TerminalBench,
        "name: x\ndut: relay\n",
        ["a.yaml:2: dut: found 'relay'; allowed: 'memory', 'emulator', 'process' or 'bench'"],
    ),
    "no kind of DUT": (
        TerminalBench,
        "name: x\n",
        ["a.yaml:1: dut: missing; allowed: 'memory' or 'emulator' or 'process' or 'bench'"],
    ),
    "an unknown placeholder": (
        TerminalBench,
        "dut: process\ncommand: [run, '{port}']\n",
        [
            "a.yaml:2: command: found ['run', '{port}']; allowed: a command whose placeholders are among "
            "{primary_host}, {primary_port}, {secondary_host}, {secondary_port}, {terminal_id}, {heartbeat_seconds}, "
            "{time_scale}, {ack_heartbeat}, {state_dir}, {python} (unknown: {port})"
        ],
    ),
    "an address without port": (
        TerminalBench,
        "dut: memory\nlisten:\n  primary: localhost\n",
        [
            "a.yaml:3: listen.primary: found 'localhost'; "
            "allowed: HOST:PORT, the port from 0 (any free one) to 65535"
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(mistake):
    model, text, sentences = MISTAKES[mistake]
    with pytest.raises(AnswerError) as told:
        read(model, text, "a.yaml")
    assert str(told.value).splitlines() == sentences


@pytest.mark.parametrize("model", [Ics, Ixit, Profile])
def test_an_empty_file_takes_every_default(model):
    assert read(model, "", "a.yaml") == read(model, "# nothing\n", "a.yaml") == model()


def test_what_is_given_stands_over_the_file():
    ixit = read(Ixit, "time_scale: 2\nboot_within: 7\n", "a.yaml", time_scale=100)
    assert (ixit.time_scale, ixit.boot_within) == (100, 7)


def test_answers_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Ics().wifi = False  # type: ignore[misc]


@pytest.mark.parametrize(("model", "name"), [(Ics, "ics"), (Ixit, "ixit"), (Profile, "profile")])
def test_the_emulators_answers_are_the_defaults_written_out(model, name):
    path = Path("answers/emulator") / f"{name}.yaml"
    answers = read(model, path.read_text("utf-8"), str(path))
    missing = set(model.model_fields) - answers.model_fields_set
    assert missing <= {"time_scale", "pos_key", "pos_password"}
    changed = {"boot_within"} if model is Ixit else set()
    for field in answers.model_fields_set - changed:
        assert getattr(answers, field) == getattr(model(), field)


def mistakes(text: str) -> list[str]:
    try:
        read(Profile, text, "a.yaml")
    except AnswerError as error:
        return str(error).splitlines()
    return []


WORDS = ("heartbeat", ":", " ", "\n", "&a", "*a", "[", "]", "{", "}", "<<", "1", "~", "!!x", "-")


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map("".join))
def test_no_text_breaks_the_reader(text):
    assert all(sentence.startswith("a.yaml:") for sentence in mistakes(text))
