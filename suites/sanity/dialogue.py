"""The one dialogue that opens and closes a campaign: registration, heartbeat, sale."""

from catalogue.econduit import ECD_040, ECD_054, ECD_060
from fixtures.campaign import Campaign
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.checks import cadence, lines, pairing
from harness.wire.econduit import Heartbeat

JUDGES = (ECD_040, ECD_054, ECD_060)


async def registers_beats_and_sells(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """Power on, hear a registration and a heartbeat, have a sale approved."""
    await terminal.online()
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
    sale = cloud.sale()
    await cloud.transact(sale)

    judge(lines.registers_first_on_every_line, of=ECD_040)
    judge(cadence.never_silent_for, of=ECD_060, limit=campaign.profile.heartbeat.silent_limit)
    judge(pairing.result_is, of=ECD_054, ref_id=sale.ref_id, allowed=["Approved"])
