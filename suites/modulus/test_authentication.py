"""Chapter B: the key of the handshake, where it stands, and what a POS makes of being refused."""

from __future__ import annotations

from catalogue.modulus import (
    GROUPS,
    MOD_005,
    MOD_010,
    MOD_011,
    MOD_012,
    MOD_013,
    MOD_014,
    MOD_015,
    MOD_016,
    MOD_038,
    QUERY_KEY,
    SCREEN,
)
from fake_cloud.modulus.instructions import Refuse
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from fixtures.program import Program
from harness.checks import dialling, handshake, modulus_connection
from harness.rig.bench import Means
from harness.wire.modulus import GROUP_NAME, KEY_NAME, KeyShown

REFUSALS = (401, 403, 1008)
"""By HTTP status, and by letting in and closing with a code."""

KEPT_OUT = 90.0
"""Seconds for which a POS is refused in each way."""

WINDOW = 60.0


@case(MOD_005, MOD_010, MOD_011, MOD_014)
async def test_shows_its_key_in_the_handshake(gateway: GatewaySide, judge: Judge) -> None:
    """The POS is started: its handshake has an issued key under the documented name, in a header rather than the
    address."""
    await gateway.started()
    await gateway.heard(KeyShown, within=WINDOW)

    judge(handshake.header_or_parameter_given, of=(MOD_010, MOD_011), source="gateway", name=KEY_NAME)
    judge(handshake.header_preferred, of=MOD_014, source="gateway", name=KEY_NAME)
    judge(modulus_connection.shows_an_issued_key, of=MOD_005)


@case(MOD_012, when=(GROUPS,))
async def test_may_name_its_group(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """A POS that names a group does so in the header of the document."""
    await gateway.online()

    judge(handshake.header_given, source="gateway", name=GROUP_NAME, values=[campaign.ixit.group_id])


@case(MOD_013, when=(QUERY_KEY,))
async def test_may_put_its_key_into_the_query(gateway: GatewaySide, judge: Judge) -> None:
    """A POS that puts its key into the query does so under the documented name."""
    await gateway.online()

    judge(handshake.parameter_given, source="gateway", name=KEY_NAME)


@case(MOD_015, needs=(Means.ENDPOINTS,))
async def test_a_key_that_was_not_issued_is_refused(gateway: GatewaySide, pos: Program, judge: Judge) -> None:
    """The POS is given a key that nobody issued: the gateway does not let it in."""
    pos.provision(api_key="nobody-issued-this")
    await gateway.started()
    await gateway.watch(WINDOW, "handshakes with a key that was not issued")

    judge(modulus_connection.only_issued_keys_are_let_in)


@case(MOD_016, MOD_038)
async def test_a_refusal_is_not_fought(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Every handshake is refused, in one way after the other: the POS spaces its attempts."""
    gateway.tell(Refuse(REFUSALS[0]))
    await gateway.started()
    for status in REFUSALS:
        gateway.tell(Refuse(status))
        await gateway.watch(KEPT_OUT, f"every handshake is refused by {status}")

    most = campaign.profile.connection.dials_a_minute
    judge(dialling.attempts_spaced, source="gateway", attempts_at_most=most, window=WINDOW)


@case(MOD_016, needs=(Means.SCREEN,), when=(SCREEN,))
async def test_a_refusal_is_reported(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The handshake is refused: the user reads so."""
    connection = campaign.profile.connection
    gateway.tell(Refuse(REFUSALS[0]))
    await gateway.started()
    await gateway.watch(connection.refusal_within + WINDOW, "the screen tells of it")

    words = list(connection.refusal_words)
    judge(modulus_connection.refusal_reported, words=words, within=connection.refusal_within)
