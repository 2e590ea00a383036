"""The two clocks tell the same story: the memory bench and the emulator over TCP, case by case.

Compared are each case's verdict, and what the cloud heard and said on each line, in order. Left out is what only one of
them can have: how bytes were cut into pieces, where a screen, read beside the wire, falls between messages, and which
side was a millisecond sooner to end a line that both were ending. A case ends while life goes on: the last few events
may be in one story and not yet in the other.
"""

from __future__ import annotations

import json

import pytest

from fixtures import evidence
from harness.checks.reading import harms
from harness.evidence.bench import FaultBegan
from harness.evidence.trace import Trace
from harness.faults.power.dips import PowerBounce
from harness.wire.econduit import Ack, Command, Heartbeat, Register, RegistrationAnswer, Response
from harness.wire.endpoint import Close, Opened, PeerClosed
from tests.runs import Run, run

COMPARED = (
    "ECD-002", "ECD-004", "ECD-020", "ECD-024", "ECD-040", "ECD-041", "ECD-042", "ECD-080", "ECD-082",
    "ECD-083", "ECD-084", "ECD-086", "ECD-088", "ECD-090",
)  # fmt: skip
"""Requirements whose cases end by what happens, not by how long was watched."""

AT_LEAST = 15

LAST_FEW = 3


def told(trace: Trace) -> dict[int, list[str]]:
    """What happened on each line of the cloud, as words."""
    story: dict[int, list[str]] = {}
    for event in trace:
        match event.body:
            case RegistrationAnswer(text):
                word = text
            case Command() | Response():
                word = f"{type(event.body).__name__} {event.body.ref_id}"
            case Opened(_, to):
                word = f"Opened at {to}"
            case Register() | Heartbeat() | Ack():
                word = type(event.body).__name__
            case Close() | PeerClosed():
                word = "ended"
            case _:
                continue
        if event.source == "cloud":
            story.setdefault(event.line, []).append(word)
    return story


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    selected = ["--requirement", ",".join(COMPARED), "--seed", "11"]
    memory = run(tmp_path_factory.mktemp("memory"), "--bench", "benches/memory.yaml", *selected).proven()
    emulator = run(tmp_path_factory.mktemp("emulator"), "--bench", "benches/emulator.yaml", *selected).proven()
    return memory, emulator


def same(one: dict[int, list[str]], other: dict[int, list[str]]) -> bool:
    """Line by line the same words in the same order, up to the last few of the last line."""
    last = max(one.keys() | other.keys(), default=0)
    for line in one.keys() | other.keys():
        left, right = one.get(line, []), other.get(line, [])
        common = min(len(left), len(right))
        if left[:common] != right[:common] or abs(len(left) - len(right)) > (LAST_FEW if line == last else 1):
            return False
    return True


def bounced(trace: Trace) -> bool:
    return any(isinstance(event.body, FaultBegan) and event.body.fault == PowerBounce.name for event in trace)


def stories(of: Run) -> dict[str, dict[int, list[str]]]:
    """The story of each case in which the wire was not harmed: when TCP gets through again is nobody's to say.

    Nor is how far a program comes with its boot while the mains bounce."""
    found = {
        json.loads(file.read_text(encoding="utf-8"))["case"]: evidence.read(file.with_name("trace.jsonl"))
        for file in sorted(of.folder.glob("cases/*/case.json"))
    }
    return {case: told(trace) for case, trace in found.items() if not harms(trace) and not bounced(trace)}


def test_the_same_verdicts(runs: tuple[Run, Run]) -> None:
    memory, emulator = runs
    both = {case for case, verdict in emulator.verdicts.items() if verdict != "not run"}
    assert len(both) >= AT_LEAST
    assert {case: memory.verdicts[case] for case in both} == {case: emulator.verdicts[case] for case in both}


def test_the_same_order_of_events(runs: tuple[Run, Run]) -> None:
    memory, emulator = (stories(one) for one in runs)
    both = memory.keys() & emulator.keys()
    assert len(both) >= AT_LEAST
    different = {case: (memory[case], emulator[case]) for case in both if not same(memory[case], emulator[case])}
    assert not different
    assert sum(len(line) for case in both for line in memory[case].values()) > 100
