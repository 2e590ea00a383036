"""Mains that are cut leave the cloud half-open: nothing of the dead terminal reaches it, neither FIN nor reset."""

from __future__ import annotations

import pytest

from harness.evidence.bench import Mains
from harness.evidence.captured import Toward
from harness.wire.econduit import OK_REGISTRATION, RegistrationAnswer
from harness.wire.endpoint import Close, Opened, PeerClosed
from tests.runs import run
from tests.wired import frames, needs_namespaces, packet_bench, suite, traces

SUITE = '''
import time
from pathlib import Path

from catalogue.econduit import ECD_042
from fixtures.case import case
from harness.checks import lines


@case(ECD_042)
async def test_cut(cloud, terminal, judge):
    """The mains are cut under a registered terminal; a sale is ordered of it; it has mains again."""
    await terminal.online()
    await terminal.power_off()
    off = time.time_ns()
    cloud.say(cloud.sale())
    await cloud.watch(20, "no mains")
    Path({cut!r}).write_text(f"{{off}} {{time.time_ns()}}")
    await terminal.power_on()
    await terminal.online()
    judge(lines.registers_first_on_every_line, at_least=2)
'''


@pytest.mark.parametrize("times", [1, 20], ids=["virtual clock", "compressed clock"])
def test_the_cloud_hears_nothing_of_a_terminal_without_mains(tmp_path, times):
    needs_namespaces()
    cut = tmp_path / "cut"
    bench = packet_bench(tmp_path, times=times)
    ended = run(tmp_path / "out", *suite(tmp_path, SUITE.format(cut=str(cut))), "--bench", bench).proven()
    assert (ended.code, ended.cases) == (0, {"PASS": 1}), ended.output

    (trace,) = traces(ended).values()
    switched = {mains.on: event.index for event, mains in trace.heard("bench", Mains)[:3]}  # on, off, on
    assert sorted(switched) == [False, True]
    without = trace.events[switched[False] : switched[True]]
    assert not [event for event in without if isinstance(event.body, PeerClosed | Close | Opened)]
    registered = [
        event.index for event, said in trace.heard("cloud", RegistrationAnswer) if said.text == OK_REGISTRATION
    ]
    assert len(registered) == 2
    assert registered[0] < switched[False] < switched[True] < registered[1]

    off, on = map(int, cut.read_text().split())
    (capture,) = ended.folder.glob("cases/*/wire.pcapng")
    entered = [frame.caught for frame in frames(capture) if not frame.caught.leaving]
    of_the_cut = {frame.side for frame in entered if off < frame.stamp < on}
    # The cloud believes in its line, and sends the order again and again; the terminal says nothing.
    assert of_the_cut == {Toward.CLOUD}
    for before, after in ((0, off), (on, 1 << 63)):
        assert {frame.side for frame in entered if before < frame.stamp < after} == set(Toward)
