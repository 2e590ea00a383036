"""Chapter A: the endpoint a POS is given, how it gets there, and in what form it speaks."""

from __future__ import annotations

from catalogue.modulus import MOD_001, MOD_002, MOD_003, MOD_004, MOD_006, MOD_007, MOD_051, MOD_052
from fake_cloud.modulus.instructions import Hear
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from fixtures.party import BEYOND
from fixtures.program import Program
from harness.checks import handshake, modulus_connection, websocket
from harness.rig.bench import Means
from harness.wire.endpoint import Hearing, Opened, Unsecured

ALONE = 90.0
"""Seconds for which a POS is kept from its gateway."""


def arrival(campaign: ModulusCampaign) -> float:
    """Document seconds from the start of a POS to its being let in."""
    return campaign.ixit.boot_within * campaign.time_scale + campaign.profile.connection.first_dial_within


@case(MOD_001, MOD_003, MOD_004, MOD_007)
async def test_arrives_at_its_endpoint(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The POS is started: it is let in at /v1 of its endpoint, and speaks in texts of one JSON object each."""
    await gateway.online()
    await gateway.pings(1)

    judge(handshake.path_among, of=MOD_001, source="gateway", paths=["/v1"])
    judge(websocket.frames_legal, of=MOD_001, source="gateway")
    judge(modulus_connection.reaches, of=(MOD_001, MOD_003), listener="gateway", within=arrival(campaign))
    judge(websocket.one_value_a_message, of=(MOD_004, MOD_007), source="gateway", objects=True)


@case(MOD_001, needs=(Means.TLS,))
async def test_its_lines_are_encrypted(gateway: GatewaySide, judge: Judge) -> None:
    """The POS is started: every line it opens is encrypted."""
    await gateway.online()

    judge(handshake.secured, source="gateway")


@case(MOD_002, needs=(Means.ENDPOINTS,))
async def test_goes_where_it_is_provisioned(
    gateway: GatewaySide, pos: Program, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The POS is given another endpoint, and started again: it arrives at the new one."""
    await gateway.online()
    await pos.power_off()
    pos.provision(gateway="spare")
    await pos.power_on()
    await gateway.watch(arrival(campaign) + BEYOND, "time to arrive")

    judge(modulus_connection.reaches, listener="spare", within=arrival(campaign))


@case(MOD_006)
async def test_does_not_fall_back_to_plain(gateway: GatewaySide, pos: Program, judge: Judge) -> None:
    """The gateway refuses all dials while a listener without encryption stands beside it: nobody goes there."""
    await gateway.online()
    gateway.tell(Hear("gateway", Hearing.REFUSED))
    await pos.power_cycle()
    await gateway.watch(ALONE, "the gateway is away, the plain listener is there")
    gateway.tell(Hear("gateway"))
    await gateway.heard(Opened, within=ALONE)

    judge(handshake.untouched, source="gateway", listener="plain")
    judge(modulus_connection.never_in_clear, listener="gateway")


@case(MOD_006, needs=(Means.TLS,))
async def test_does_not_drop_encryption_where_it_fails(gateway: GatewaySide, judge: Judge) -> None:
    """Encryption with the gateway does not come about: the POS does not speak in clear, there or elsewhere."""
    gateway.tell(Hear("gateway", identity="self-signed"))
    await gateway.started()
    await gateway.watch(ALONE, "a gateway that cannot be trusted")
    gateway.tell(Hear("gateway"))
    await gateway.heard(object, within=ALONE, where=lambda body: isinstance(body, Opened | Unsecured))

    judge(handshake.untouched, source="gateway", listener="plain")
    judge(modulus_connection.never_in_clear, listener="gateway")


@case(MOD_051, MOD_052)
async def test_learns_of_the_terminals(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Let in, the POS asks for the terminals, and is told of each with its deviceId and status."""
    await gateway.online()

    within = campaign.profile.connection.open_within
    judge(modulus_connection.lists_on_every_line, of=MOD_051, within=within)
    judge(modulus_connection.terminals_are_told, of=MOD_052)
