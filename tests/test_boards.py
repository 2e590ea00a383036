"""A bench at each of the relay boards that are known; and boards that fall silent, lie or are unplugged in mid-run."""

from __future__ import annotations

import pytest

from harness.rig import relays
from tests.benched import relay_bench, wired
from tests.runs import many, run
from tests.wired import needs_namespaces, suite

CUTS = '''
from catalogue.econduit import ECD_030, ECD_040
from fixtures.case import case
from harness.checks import lines, outage
from harness.faults.power.dips import PowerCut
from harness.faults.wire.cable_out import CableOut


@case(ECD_040)
async def test_mains(terminal, judge):
    """The mains are cut for long; the terminal registers after it as before."""
    await terminal.online()
    await terminal.suffers(PowerCut())
    await terminal.online()
    judge(lines.registers_first_on_every_line, at_least=2)
{cable}
'''

CABLE = '''

@case(ECD_030)
async def test_cable(cloud, terminal, nemesis, campaign, judge):
    """The cable is pulled at its contact, and plugged in again."""
    await terminal.online()
    async with nemesis(CableOut()):
        await cloud.watch(5, "the cable is out")
    await cloud.watch(100, "the terminal is back")
    judge(outage.back_after, limit=100, warn=90)
'''


def size(board: str) -> int:
    """Two channels where the board has them in some size, else one."""
    sizes = relays.load(board).SIZES
    return min((one for one in sizes if one > 1), default=sizes[0])


def test_mains_and_cable_at_every_board(tmp_path):
    needs_namespaces()
    runs = []
    for board in relays.names():
        folder = tmp_path / board
        folder.mkdir()
        channels = size(board)
        bench = relay_bench(folder, wired(board, channels, relays.load(board).FIRST), wire="netns")
        runs.append([*suite(folder, CUTS.format(cable=CABLE if channels > 1 else "")), "--bench", str(bench)])
    assert len(runs) >= 10
    for board, ended in zip(relays.names(), many(runs, tmp_path / "runs"), strict=True):
        cases = {"PASS": 2 if size(board) > 1 else 1}
        assert (board, ended.code, ended.cases) == (board, 0, cases), ended.found
        told = " ".join(ended.summary["run"]["rig"])
        assert board in told


MISHAP = '''
from catalogue.econduit import ECD_040
from fixtures.case import case
from fixtures.plugin import RIG
from harness.checks import lines


@case(ECD_040)
async def test_mishap(terminal, judge, pytestconfig):
    """The mains are to be cut at a board to which something happens."""
    await terminal.online()
    pytestconfig.stash[RIG].board.mishap({mishap!r})
    await terminal.power_cycle()
    await terminal.online()
    judge(lines.registers_first_on_every_line, at_least=2)


@case(ECD_040)
async def test_next(terminal, judge):
    """It registers."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)
'''


@pytest.mark.parametrize("mishap", ["silent", "late", "wrong", "stuck", "powerless", "unplugged"])
def test_a_board_that_breaks_in_mid_run_is_an_error_of_the_bench(tmp_path, mishap):
    bench = relay_bench(tmp_path, wired("modbus", 8, first=relays.load("modbus").FIRST))
    ended = run(tmp_path / "out", *suite(tmp_path, MISHAP.format(mishap=mishap)), "--bench", bench).proven()
    assert (ended.code, ended.cases) == (3, {"ERROR": 1, "not run": 1}), ended.output
    (finding,) = (one for one in ended.summary["findings"] if one["verdict"] == "ERROR")
    assert "bench: " in finding["actual"]
    assert "modbus" in finding["actual"]
    assert "/dev/pts/" in finding["actual"]
    assert "01 05" in finding["actual"], "the bytes that were sent"
    assert "the bench is broken" in ended.output


def test_a_contact_that_does_not_move_while_the_board_says_it_did_accuses_nobody(tmp_path):
    bench = relay_bench(tmp_path, wired("modbus", 8, first=relays.load("modbus").FIRST))
    ended = run(tmp_path / "out", *suite(tmp_path, MISHAP.format(mishap="lies")), "--bench", bench).proven()
    assert ended.code == 2, ended.output
    assert "INCONC" in ended.verdicts.values()
    assert "FAIL" not in ended.verdicts.values()
