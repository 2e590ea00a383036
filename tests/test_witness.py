"""Every harm that the wire can do is seen by its witness; one that is only said to be done is seen by none.

Each harm is met by a terminal in a whole run, twice: once it is done, and once an injector that does nothing says that
it is. Then only the witness stands between the run and a PASS that proves nothing.
"""

from __future__ import annotations

import pytest

from harness.faults import on_memory
from tests.harms import HARMS, kinds
from tests.runs import Run, run
from tests.wired import needs_namespaces, packet_bench, suite

SUITE = '''
import pytest

from catalogue.econduit import ECD_042
from fixtures.case import case, needing
from harness.checks import lines
from suites.econduit.drops import usable
from tests.harms import HARMS


@pytest.mark.parametrize(
    ("fault", "stimulus"),
    [pytest.param(*harm, id=str(number), marks=needing(harm[0].means)) for number, harm in enumerate(HARMS)],
)
@case(ECD_042)
async def test_harm(cloud, terminal, nemesis, campaign, judge, fault, stimulus):
    """A registered terminal meets a harm, and sells when it is over."""
    await terminal.online()
    async with nemesis(fault):
        await stimulus(cloud)
    await usable(cloud, campaign)
    judge(lines.registers_first_on_every_line)
'''

DISARMED = '''
import time

import pytest

from tests.harms import disarmed


@pytest.fixture
def nemesis(staged, campaign):
    """Says that it harms, and does not."""
    return disarmed(staged.nemesis, (lambda: staged.host.now) if campaign.jumps else time.monotonic)
'''

TIMES = 20
"""How far the clock is compressed. TCP's own timers are not, and it is TCP that mends what some of these harms do."""

WITNESSES = {"memory": "record of the link", "netns": "capture on both sides of the wire"}


def played(folder, bench, *, more=""):
    """Every harm in a whole run on a bench. `more`: of the suite."""
    if bench == "netns":
        needs_namespaces()
    file = packet_bench(folder, times=TIMES) if bench == "netns" else "benches/memory.yaml"
    return run(folder / "out", *suite(folder, SUITE + more), "--bench", file, "--seed", "1").proven()


def verdicts(ended: Run) -> dict[int, str]:
    """What became of each harm, by its place in HARMS."""
    found = {int(name.split("[")[1].rstrip("]")): verdict for name, verdict in ended.verdicts.items()}
    assert len(found) == len(HARMS), ended.output
    return found


def playable(bench: str) -> set[int]:
    """The harms that a bench can play, by their place in HARMS."""
    return {number for number, (fault, _) in enumerate(HARMS) if bench == "netns" or fault.means in on_memory.MEANS}


def test_no_kind_of_harm_is_forgotten():
    assert kinds() == {type(fault) for fault, _ in HARMS}


@pytest.mark.parametrize("bench", WITNESSES)
def test_each_harm_is_seen_by_its_witness(tmp_path, bench):
    ended = played(tmp_path, bench)
    can = playable(bench)
    assert verdicts(ended) == {number: "PASS" if number in can else "not run" for number in range(len(HARMS))}, (
        ended.found
    )


@pytest.mark.parametrize("bench", WITNESSES)
def test_without_an_injector_nothing_is_decided(tmp_path, bench):
    ended = played(tmp_path, bench, more=DISARMED)
    can = playable(bench)
    assert verdicts(ended) == {number: "INCONC" if number in can else "not run" for number in range(len(HARMS))}
    assert ended.found.splitlines() == [
        f"INCONC ECD-042: {fault.name}: no sign of it in the {WITNESSES[bench]}"
        for number, (fault, _) in enumerate(HARMS)
        if number in can
    ]
    assert ended.code == 2
