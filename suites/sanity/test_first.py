"""Run before everything else: a terminal that fails here need not be asked for details."""

from fixtures.campaign import Campaign
from fixtures.case import case
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.rig.bench import Means
from suites.sanity import dialogue


@case(*dialogue.JUDGES, needs=(Means.APPROVE,))
async def test_registers_beats_and_sells(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Powered on, the terminal registers, sends a heartbeat while idle, and answers a sale."""
    await dialogue.registers_beats_and_sells(cloud, terminal, campaign, judge)
