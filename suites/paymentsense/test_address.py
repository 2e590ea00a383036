"""Chapter A: the secure WebSocket, and the address by which an EPoS reaches Connect."""

from __future__ import annotations

import pytest

from catalogue.paymentsense import (
    FINAL_RECEIPT,
    INSTALLED_BY_ITS_MAKER,
    INSTALLED_BY_RESELLERS,
    PAC,
    PAT,
    PSC_001,
    PSC_002,
    PSC_003,
    PSC_004,
    PSC_005,
    PSC_006,
    PSC_007,
    PSC_008,
    PSC_009,
    PSC_010,
    PSC_011,
    PSC_012,
    PSC_013,
    PSC_014,
    PSC_015,
    PSC_016,
    PSC_017,
    PSC_018,
    PSC_019,
    PSC_020,
    PSC_021,
    PSC_022,
    PSC_023,
    PSC_024,
    PSC_025,
    PSC_026,
    PSC_027,
    PSC_028,
    PSC_029,
    PSC_030,
    SPEAKS_V0,
    SPEAKS_V1,
)
from fake_cloud.paymentsense.instructions import Hear, Straighten, TurnAway, Visit
from fixtures.case import case, needing
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from fixtures.docket import Judge
from harness.checks import dialling, handshake, jsonrpc
from harness.checks import paymentsense_address as address
from harness.checks import paymentsense_messages as messages
from harness.rig.bench import Means
from harness.wire.endpoint import Unsecured
from harness.wire.paymentsense import (
    INSTALLER,
    SOFTWARE_HOUSE,
    TABLE_VISIT,
    VERSION,
    Notification,
    TurnedAway,
)
from harness.wire.paymentsense_schema import V1, VERSIONS

SOURCE = "connect"

BOTH = pytest.mark.parametrize(
    "integration", [pytest.param("pac", marks=needing(when=(PAC,))), pytest.param("pat", marks=needing(when=(PAT,)))]
)


@BOTH
@case(PSC_001, PSC_002, PSC_005, PSC_006, PSC_007, PSC_010, PSC_011, PSC_012, PSC_013, PSC_014, PSC_016, PSC_017,
      PSC_025, PSC_030)  # fmt: skip
async def test_connects_with_a_whole_address(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, integration: str
) -> None:
    """The EPoS is started at its site; its first handshake has host, path, key, version and ids as they must be."""
    await connect.online(integration)

    judge(handshake.untouched, source=SOURCE, listener="plain", of=PSC_001)
    judge(address.host_of_the_site, server_names=True, of=PSC_002)
    judge(handshake.path_among, source=SOURCE, paths=[f"/{integration}"], any_case=True, of=PSC_005)
    judge(handshake.path_in_lower_case, source=SOURCE, of=PSC_006)
    judge(address.key_in_the_address, of=(PSC_007, PSC_030))
    judge(handshake.parameter_given, source=SOURCE, name=VERSION, of=PSC_012)
    default, latest = campaign.profile.handshake.default_version, campaign.profile.handshake.latest_version
    judge(address.version_among, allowed=list(VERSIONS), default=default, claimed=campaign.ics.api_version, of=PSC_010)
    if campaign.ics.new_integration:
        judge(address.version_among, allowed=[V1], default=default, of=PSC_011)
    judge(address.version_among, allowed=[latest], default=default, of=PSC_013)
    judge(handshake.parameter_given, source=SOURCE, name=SOFTWARE_HOUSE, of=PSC_014)
    judge(handshake.parameter_given, source=SOURCE, name=SOFTWARE_HOUSE, values=[campaign.ixit.software_house_id],
          of=PSC_016)  # fmt: skip
    judge(handshake.parameter_given, source=SOURCE, name=INSTALLER, of=PSC_017)
    judge(handshake.no_placeholders, source=SOURCE, of=PSC_025)


@case(PSC_001, needs=(Means.TLS,))
async def test_is_encrypted(connect: ConnectSide, judge: Judge) -> None:
    """The EPoS is started; every line that it opens is encrypted."""
    await connect.online()

    judge(handshake.secured, source=SOURCE)


@case(PSC_003, PSC_004, PSC_008, PSC_015, PSC_019, needs=(Means.ENDPOINTS,))
async def test_moves_to_another_site(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The EPoS is set up for one site and then for another: host, key and installer are the other's, the software
    house is not."""
    await connect.online(site="first")
    await epos.power_off()
    connect.mark()
    await connect.online(site="other")

    other = campaign.ixit.other_site or campaign.ixit.site
    judge(address.host_of_the_site, of=(PSC_003, PSC_004))
    judge(address.moved_to_the_site, site=other.host, of=(PSC_003, PSC_008))
    judge(address.same_at_every_site, name=SOFTWARE_HOUSE, of=PSC_015)
    judge(address.given_at_site, name=INSTALLER, values={campaign.ixit.site.host: campaign.ixit.site.installer_id,
                                                         other.host: other.installer_id}, of=PSC_019)  # fmt: skip


@case(PSC_020, when=(INSTALLED_BY_RESELLERS,))
async def test_names_the_reseller(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """A reseller has installed the EPoS, with its own id."""
    await connect.online()

    judge(handshake.parameter_given, source=SOURCE, name=INSTALLER, values=[campaign.ixit.site.installer_id])


@case(PSC_018, when=(INSTALLED_BY_ITS_MAKER,), needs=(Means.ENDPOINTS,))
async def test_may_name_its_maker_twice(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """The firm that makes the EPoS has installed it too, with the id of its software house."""
    await connect.online(installer="its maker")

    judge(handshake.parameter_given, source=SOURCE, name=INSTALLER, values=[campaign.ixit.software_house_id])


# ---- The final receipt -----------------------------------------------------------------------------------------------


@case(PSC_021, PSC_026, when=(PAT, FINAL_RECEIPT, SPEAKS_V1), needs=(Means.ENDPOINTS,))
async def test_passes_the_flag_at_the_table(connect: ConnectSide, judge: Judge) -> None:
    """A pat EPoS is set to ask for final receipts: the flag is in its address, as a bare name."""
    await connect.online("pat", final_receipt="true")

    judge(address.flag_passed, of=(PSC_021, PSC_026))
    judge(handshake.parameter_bare, source=SOURCE, name="final-pos-receipt-request", of=PSC_026)


@case(PSC_022, PSC_023, when=(PAT, FINAL_RECEIPT), needs=(Means.ENDPOINTS,), rests_on=TABLE_VISIT)
async def test_answers_for_the_final_receipt_that_it_wanted(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A pat EPoS is set to ask for final receipts; after a payment at the table it is asked for one, and answers."""
    within = campaign.profile.pat.answer_within
    await connect.online("pat", final_receipt="true")
    connect.tell(Visit(campaign.ixit.machines.all[0], campaign.ixit.table))
    await connect.heard(Notification, within=6 * within, where=lambda said: said.method == "tableUnlock")
    await connect.watch(1.0, "whether the last answer is late")

    judge(messages.final_receipt_as_flagged, of=PSC_022)
    judge(jsonrpc.calls_answered, source=SOURCE, within=within, of=PSC_023,
          methods=[campaign.profile.methods.on_wire["finalPOSReceiptRequest"]])  # fmt: skip


@case(PSC_024, when=(PAT,), rests_on=TABLE_VISIT)
async def test_is_not_asked_for_a_final_receipt_that_it_did_not_want(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A pat EPoS that passes no flag takes a payment at the table; Connect asks for no final receipt."""
    await connect.online("pat")
    connect.tell(Visit(campaign.ixit.machines.all[0], campaign.ixit.table))
    within = 6 * campaign.profile.pat.answer_within
    await connect.heard(Notification, within=within, where=lambda said: said.method == "tableUnlock")

    judge(messages.final_receipt_as_flagged)


@case(PSC_021, when=(PAC, FINAL_RECEIPT), needs=(Means.ENDPOINTS,))
async def test_passes_no_flag_at_the_counter(connect: ConnectSide, judge: Judge) -> None:
    """A pac EPoS whose final receipts are switched on passes no flag all the same."""
    await connect.online("pac", final_receipt="true")

    judge(address.flag_only_with_pat_v1)


@case(PSC_021, when=(PAT, FINAL_RECEIPT, SPEAKS_V0), needs=(Means.ENDPOINTS,))
async def test_passes_no_flag_with_v0(connect: ConnectSide, judge: Judge) -> None:
    """A pat EPoS of v0 whose final receipts are switched on passes no flag: v0 has none."""
    await connect.online("pat", final_receipt="true")

    judge(address.flag_only_with_pat_v1)


# ---- Refused ---------------------------------------------------------------------------------------------------------

WATCHED = 300.0
"""Seconds for which an EPoS is watched that is refused again and again."""


async def refused(connect: ConnectSide, campaign: PaymentsenseCampaign) -> None:
    """Watch an EPoS that is refused again and again, until it has tried oftener than it may in a minute at most."""
    until = connect.now + WATCHED
    for _ in range(campaign.profile.handshake.refused_tries + 1):
        if await connect.heard(TurnedAway, within=max(0.0, until - connect.now)) is None:
            return


@case(PSC_009, needs=(Means.ENDPOINTS,))
async def test_is_not_let_in_with_a_wrong_key(connect: ConnectSide, judge: Judge) -> None:
    """The EPoS is set up with a key of no site."""
    await connect.online(key="wrong")

    judge(address.turned_away_without_key)


@pytest.mark.parametrize("status", [401, 404, 503])
@case(PSC_028)
async def test_tells_of_a_refusal_and_takes_its_time(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, status: int
) -> None:
    """Connect refuses every handshake of an EPoS that was online before, and of one that was just started."""
    await connect.online()
    connect.tell(TurnAway(status))
    connect.end()
    await connect.heard(TurnedAway, within=campaign.profile.reconnect.limit)
    await refused(connect, campaign)

    judge(dialling.attempts_spaced, source=SOURCE, attempts_at_most=campaign.profile.handshake.refused_tries,
          window=60.0)  # fmt: skip


@case(PSC_028, needs=(Means.SCREEN,))
async def test_shows_a_refusal(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Connect refuses the first handshake of an EPoS: its user is told."""
    connect.tell(TurnAway(401, '{"userMessage":"Unknown API key"}'))
    await connect.online()
    await connect.watch(campaign.profile.screen.told_within + 1.0, "whether the user is told")

    judge(address.refusal_told, within=campaign.profile.screen.told_within)


@case(PSC_028)
async def test_comes_back_after_a_refusal(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Connect refuses three handshakes with 401 and then lets the EPoS in: it had not given up, nor insisted."""
    connect.tell(TurnAway(401, times=3))
    await connect.online()
    connect.tell(Straighten())
    await connect.let_in(within=WATCHED)

    judge(dialling.attempts_spaced, source=SOURCE, attempts_at_most=campaign.profile.handshake.refused_tries,
          window=60.0)  # fmt: skip


@case(PSC_029, needs=(Means.SCREEN,))
async def test_shows_no_key(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Connect lets an EPoS in, ends its connection and refuses it: in no error message does the key stand."""
    await connect.online()
    connect.tell(TurnAway(401))
    connect.end()
    await connect.heard(TurnedAway, within=campaign.profile.reconnect.limit)
    await connect.watch(campaign.profile.screen.told_within, "what it shows")

    judge(address.key_not_shown)


@pytest.mark.parametrize("identity", ["wrong host", "expired", "self-signed"])
@case(PSC_027, needs=(Means.TLS,))
async def test_trusts_no_bad_certificate(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, identity: str
) -> None:
    """Connect's listener shows a certificate that is not to be trusted: no handshake comes, and no key is shown."""
    connect.tell(Hear("connect", identity=identity))
    await connect.started()
    await connect.heard(Unsecured, within=campaign.ixit.boot_within * campaign.time_scale)

    judge(address.certificate_refused)
