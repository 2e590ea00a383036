"""A contact that says it cuts the mains, and does not: nobody is accused of what he then did not do."""

from __future__ import annotations

from tests.runs import run

PLUGIN = """
from fixtures.dut import SOURCE, MemoryDut
from harness.evidence.bench import Mains

switch_on = MemoryDut.power_on


async def power_on(dut):
    if dut._on:
        dut._host.record(SOURCE, Mains(on=True))
    await switch_on(dut)


async def power_off(dut):
    dut._host.record(SOURCE, Mains(on=False))


MemoryDut.power_on, MemoryDut.power_off = power_on, power_off
"""


def test_mains_that_never_go_accuse_nobody(tmp_path, monkeypatch):
    (tmp_path / "lying_mains.py").write_text(PLUGIN, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    selected = ["suites/econduit/test_power.py", "--bench", "benches/memory.yaml"]
    lying = run(tmp_path / "out", *selected, "-p", "lying_mains").proven()
    assert (lying.code, set(lying.cases)) == (2, {"INCONC"}), lying.found
    assert "after the power was cut" in lying.found
