"""What the document asks of the gateway: our own side, judged like any other."""

from __future__ import annotations

from catalogue.modulus import MOD_059, MOD_077, MOD_101, PAYMENTS
from fake_cloud.modulus.rival import Arrive, Leave
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import SETTLED, GatewaySide, ModulusCampaign
from fixtures.party import BEYOND, PartySide
from harness.checks import dialling, modulus_connection, modulus_heartbeat
from harness.rig.bench import Means
from harness.wire.modulus import PaymentComplete


@case(MOD_059, needs=(Means.KEYS,), when=(PAYMENTS,))
async def test_a_result_is_whole(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """A sale is ordered and paid: its result comes with all that the document says of one."""
    await gateway.online()
    await gateway.ordered()
    await gateway.heard(PaymentComplete, within=campaign.profile.payment.result_within)

    judge(modulus_connection.results_are_whole)


@case(MOD_101, MOD_077)
async def test_the_newer_connection_wins(
    gateway: GatewaySide, rival: PartySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """Another POS connects with the same key: the one on the bench is told to go, and does not come back to fight."""
    quiet = campaign.profile.force_disconnect.reconnect_after
    await gateway.online()
    rival.tell(Arrive(gateway.address(modulus_heartbeat.BESIDE)))
    await gateway.watch(quiet + BEYOND, "two POS, one key")
    rival.tell(Leave())
    await gateway.watch(SETTLED, "the other leaves")

    judge(modulus_connection.newest_wins, of=MOD_101, within=SETTLED)
    judge(
        dialling.no_dial_after,
        of=MOD_077,
        source="gateway",
        words="forceDisconnect",
        quiet=quiet,
        listeners=["gateway", "spare"],
    )
