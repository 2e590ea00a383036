"""Chapter C: connections that are lost, refused, displaced or ended, and how a POS comes back from each."""

from __future__ import annotations

from catalogue.modulus import (
    DISCOVERY,
    MOD_001,
    MOD_030,
    MOD_031,
    MOD_032,
    MOD_033,
    MOD_034,
    MOD_035,
    MOD_036,
    MOD_037,
    MOD_038,
    MOD_040,
    MOD_095,
)
from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.instructions import End, Hear, Put, Refuse, Say, Straighten
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import SETTLED, GatewaySide, ModulusCampaign
from fixtures.program import Program
from harness.checks import dialling, handshake, modulus_connection, standing, websocket
from harness.faults.nemesis import Nemesis
from harness.faults.stream.silence import Silence
from harness.rig.bench import Means
from harness.wire.endpoint import Hearing, Opened, PeerClosed, Unsecured
from harness.wire.modulus import KEY_NAME, KeyShown
from harness.wire.websocket_frames import Opcode, written

WINDOW = 60.0
KEPT_AWAY = 300.0
"""Seconds for which a POS is kept from its gateway."""


def judge_return(judge: Judge, campaign: ModulusCampaign, at_least: int = 1) -> None:
    """It was back in time, by dials that were no storm."""
    connection = campaign.profile.connection
    judge(dialling.dials_again, source="gateway", limit=connection.reconnect_limit, at_least=at_least)
    judge(dialling.attempts_spaced, source="gateway", attempts_at_most=connection.dials_a_minute, window=WINDOW)


# ---- What is lost comes back -----------------------------------------------------------------------------------------


CODES = (1000, 1001, 1008, 1011, 1012, 4000, None)
"""What a gateway may close with; None: a close frame without a code."""


@case(MOD_030, MOD_031)
async def test_reconnects_after_a_close(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The gateway closes a connection that lives, with one code after the other: the POS opens another each time."""
    await gateway.online()
    for code in CODES:
        gateway.tell(End(Then.CLOSE, code=code))
        await gateway.back()
        await gateway.pings(1)

    judge_return(judge, campaign, at_least=len(CODES))


@case(MOD_030, MOD_032)
async def test_recovers_from_a_drop(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The line is dropped without a close frame, in order and by reset: the POS opens another each time."""
    await gateway.online()
    for then in (Then.DROP, Then.RESET, Then.DROP):
        gateway.tell(End(then))
        await gateway.back()
        await gateway.pings(1)

    judge_return(judge, campaign, at_least=3)


@case(MOD_030, MOD_032)
async def test_recovers_from_a_gateway_that_falls_silent(
    gateway: GatewaySide, nemesis: Nemesis, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The gateway falls silent without ending the line: the POS notices, and is back when it speaks again."""
    profile = campaign.profile
    await gateway.online()
    async with nemesis(Silence(), on="gateway"):
        await gateway.heard(PeerClosed, within=profile.heartbeat.silent_limit + profile.heartbeat.dead_limit)
    await gateway.let_in(KEPT_AWAY)

    judge(modulus_connection.lists_on_every_line, within=profile.connection.open_within, at_least=2)


@case(MOD_030, MOD_038)
async def test_keeps_trying(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """For five minutes every handshake is dropped: the POS spaces its attempts, does not give up, and is back."""
    await gateway.online()
    gateway.tell(Refuse(None))
    gateway.tell(End(Then.RESET))
    await gateway.watch(KEPT_AWAY, "every handshake is dropped")
    gateway.tell(Straighten())
    await gateway.let_in(KEPT_AWAY)

    most = campaign.profile.connection.dials_a_minute
    judge(dialling.attempts_spaced, of=MOD_038, source="gateway", attempts_at_most=most, window=WINDOW)
    judge(modulus_connection.let_in_again, of=MOD_030, at_least=2)


@case(MOD_030, MOD_032)
async def test_returns_to_a_gateway_that_was_away(gateway: GatewaySide, judge: Judge) -> None:
    """The line is cut and all dials are refused for five minutes: the POS is back once the gateway is."""
    await gateway.online()
    gateway.tell(Hear("gateway", Hearing.REFUSED))
    gateway.tell(End(Then.RESET))
    await gateway.watch(KEPT_AWAY, "the gateway is away")
    gateway.tell(Hear("gateway"))
    await gateway.let_in(KEPT_AWAY)

    judge(modulus_connection.let_in_again, at_least=2)


@case(MOD_037, MOD_034, MOD_036, when=(DISCOVERY,))
async def test_starts_over_on_the_new_connection(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The connection is lost three times: on each new one the POS shows its key, asks for the terminals, and the old
    one is gone."""
    await gateway.online()
    for then in (Then.CLOSE, Then.DROP, Then.RESET):
        gateway.tell(End(then))
        await gateway.back()
    await gateway.watch(WINDOW, "one connection is enough")

    judge(
        modulus_connection.lists_on_every_line, of=MOD_037, within=campaign.profile.connection.open_within, at_least=4
    )
    judge(handshake.header_or_parameter_given, of=MOD_037, source="gateway", name=KEY_NAME)
    judge(dialling.one_line_at_a_time, of=(MOD_034, MOD_036), source="gateway", listeners=["gateway"])


# ---- Whom it trusts --------------------------------------------------------------------------------------------------

IDENTITIES = ("wrong host", "expired", "self-signed")


async def dials_there(gateway: GatewaySide, identity: str) -> None:
    """From now on the gateway has this certificate; await a dial, and that something comes of it."""
    gateway.tell(Hear("gateway", identity=identity))
    await gateway.heard(object, within=2 * WINDOW, where=lambda body: isinstance(body, Opened | Unsecured))
    await gateway.watch(SETTLED, "whether a line comes of it")


@case(MOD_033, needs=(Means.TLS,))
async def test_trusts_no_certificate_that_is_wrong(gateway: GatewaySide, judge: Judge) -> None:
    """The gateway's certificate is wrong from the start, in one way after the other: the POS opens no line."""
    gateway.tell(Hear("gateway", identity=IDENTITIES[0]))
    await gateway.started()
    for identity in IDENTITIES[1:]:
        await dials_there(gateway, identity)

    judge(modulus_connection.distrusts, listener="gateway", at_least=len(IDENTITIES))


@case(MOD_033, needs=(Means.TLS,))
async def test_trusts_no_wrong_certificate_on_its_return(gateway: GatewaySide, judge: Judge) -> None:
    """The line is dropped, and the gateway comes back with another certificate, which is wrong in one way after the
    other: the POS stays away until it is right."""
    await gateway.online()
    gateway.tell(Hear("gateway", identity="self-signed"))
    gateway.tell(End(Then.DROP))
    for identity in IDENTITIES:
        await dials_there(gateway, identity)
    gateway.tell(Hear("gateway"))
    await gateway.let_in(KEPT_AWAY)

    judge(modulus_connection.distrusts, listener="gateway", at_least=len(IDENTITIES))


@case(MOD_001, needs=(Means.TLS,))
async def test_speaks_no_old_tls(gateway: GatewaySide, judge: Judge) -> None:
    """The gateway offers TLS 1.1 and nothing better: the POS opens no line."""
    gateway.tell(Hear("gateway", identity="old tls"))
    await gateway.started()
    await gateway.watch(WINDOW, "nothing but an old TLS")

    judge(modulus_connection.distrusts, listener="gateway")


@case(MOD_033)
async def test_follows_no_redirect(gateway: GatewaySide, judge: Judge) -> None:
    """On its return the POS is answered with redirects of every kind to another place: it does not go there."""
    await gateway.online()
    elsewhere = f"wss://{gateway.address('spare')}/v1"
    for status in (301, 302, 307, 308):
        gateway.tell(Refuse(status, headers=(("Location", elsewhere),)))
        gateway.tell(End(Then.DROP))
        await gateway.heard(KeyShown, within=2 * WINDOW)
    await gateway.watch(WINDOW, "a place that lures")

    judge(handshake.untouched, source="gateway", listener="spare")


# ---- Errors of transport ---------------------------------------------------------------------------------------------

BROKEN = {
    "a reserved bit": written(Opcode.TEXT, b"{}", fin=True, rsv=4, mask=None),
    "a reserved opcode": written(5, b"{}", fin=True, rsv=0, mask=None),
    "a masked frame": written(Opcode.TEXT, b"{}", fin=True, rsv=0, mask=b"mask"),
    "a text that is no UTF-8": written(Opcode.TEXT, b"\xff\xfe", fin=True, rsv=0, mask=None),
    "a continuation of nothing": written(Opcode.CONT, b"{}", fin=True, rsv=0, mask=None),
    "a close frame of one byte": written(Opcode.CLOSE, b"\x03", fin=True, rsv=0, mask=None),
    "noise": bytes(range(0x80, 0x100)) * 4,
}


@case(MOD_040)
async def test_survives_broken_frames(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The gateway sends what is no frame, of one kind after the other: the POS may end the connection, and lives on."""
    await gateway.online()
    for what, data in BROKEN.items():
        gateway.remark(f"sending {what}")
        gateway.tell(Put(data))
        await gateway.heard(PeerClosed, within=campaign.profile.heartbeat.dead_limit)
        gateway.tell(End(Then.RESET))
        await gateway.let_in(KEPT_AWAY)
    await gateway.pings(1)

    judge(standing.keeps_running)
    judge(modulus_connection.alive_at_the_end, silence=campaign.profile.heartbeat.silent_limit)


@case(MOD_040)
async def test_survives_a_reset_inside_a_frame(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The line is reset in the middle of a frame, and then in the middle of a handshake: the POS comes back."""
    await gateway.online()
    gateway.tell(Put(written(Opcode.TEXT, b"x" * 100, fin=True, rsv=0, mask=None)[:50]))
    gateway.tell(Refuse(None, times=1))
    gateway.tell(End(Then.RESET))
    await gateway.let_in(KEPT_AWAY)
    await gateway.pings(1)

    judge(standing.keeps_running)
    judge(modulus_connection.alive_at_the_end, silence=campaign.profile.heartbeat.silent_limit)


@case(MOD_040)
async def test_puts_fragments_together(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """A message comes in fragments, cut inside of a character, with a control ping between messages: it is read, and
    the connection lasts."""
    await gateway.online()
    gateway.tell(Say({"action": "noticeBoard", "text": "Grüße"}, Delivery(sizes=(1, 2, 30, 1))))
    await gateway.pings(2)

    judge(standing.keeps_running)
    judge(modulus_connection.alive_at_the_end, silence=campaign.profile.heartbeat.silent_limit)


# ---- The end ---------------------------------------------------------------------------------------------------------


@case(MOD_035, needs=(Means.KEYS,))
async def test_says_goodbye(gateway: GatewaySide, pos: Program, campaign: ModulusCampaign, judge: Judge) -> None:
    """The user closes the application: the connection is closed by a close frame."""
    within = campaign.profile.connection.goodbye_within
    await gateway.online()
    gateway.mark()
    await pos.press("quit")
    await gateway.heard(PeerClosed, within=within)

    judge(websocket.says_goodbye, source="gateway", patience=within)


@case(MOD_095)
async def test_the_self_test_of_the_page(gateway: GatewaySide, judge: Judge) -> None:
    """The four steps that the page would have an integrator go through: open, terminals, ping, reconnection."""
    await gateway.online()
    await gateway.pings(1)
    gateway.tell(End(Then.DROP))
    await gateway.back()

    judge(modulus_connection.passes_the_self_test)
