"""A bench at each of the relay boards that are known; and boards that fall silent, lie or are unplugged in mid-run."""

from __future__ import annotations

from pathlib import Path

from harness.rig import relays
from tests.benched import relay_bench, wired
from tests.runs import Folder, many
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
        runs.append([*suite(folder, CUTS.format(cable=CABLE if channels > 1 else ""), board), "--bench", str(bench)])
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


def test_a_board_that_breaks_in_mid_run_is_an_error_of_the_bench(tmp_path):
    mishaps = ["silent", "stuck", "unplugged"]  # the others are tried in tests/rig/test_every_board.py
    for mishap, ended in zip(mishaps, befallen(tmp_path, mishaps), strict=True):
        assert (mishap, ended.code, ended.cases) == (mishap, 3, {"ERROR": 1, "not run": 1}), ended.found
        (finding,) = (one for one in ended.summary["findings"] if one["verdict"] == "ERROR")
        assert "bench: relay board modbus at /dev/pts/" in finding["actual"]
        unsafe = any("NOT in its safe state" in told for told in ended.summary["run"]["rig"])
        if mishap == "unplugged":
            assert unsafe, "nobody knows how a board stands that is gone"
        else:
            assert "sent 01 05" in finding["actual"], "the bytes"


def test_a_contact_that_does_not_move_while_the_board_says_it_did_accuses_nobody(tmp_path):
    (ended,) = befallen(tmp_path, ["lies"])
    assert ended.code == 2, ended.found
    assert "INCONC" in ended.verdicts.values()
    assert "FAIL" not in ended.verdicts.values()


def befallen(folder: Path, mishaps: list[str]) -> list[Folder]:
    """A run for each mishap, at a board that can be asked."""
    runs = []
    for mishap in mishaps:
        (place := folder / mishap).mkdir()
        bench = relay_bench(place, wired("modbus", 8, relays.load("modbus").FIRST))
        runs.append([*suite(place, MISHAP.format(mishap=mishap), mishap), "--bench", str(bench)])
    return many(runs, folder / "runs")
