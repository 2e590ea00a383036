"""Who is let in by Connect, as what, and with which status the others are turned away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fake_cloud.paymentsense.instructions import Hear, Straighten, TurnAway
from harness.wire.endpoint import Hearing, Listen, Opened, Received, Send
from harness.wire.paymentsense import DISCONTINUED, Admitted, Ended, Notification, TurnedAway
from harness.wire.websocket import NotUpgraded
from harness.wire.websocket_frames import Closing
from tests.fake_cloud.paymentsense.scene import KEY, SITE, TERMS, Scene


@pytest.mark.parametrize(
    ("target", "values", "admitted"),
    [
        ("pac", {}, Admitted("pac", "v1", False, SITE)),
        ("pat", {}, Admitted("pat", "v1", False, SITE)),
        ("PAT", {}, Admitted("pat", "v1", False, SITE)),
        ("pac", {"api_version": "v0"}, Admitted("pac", "v0", False, SITE)),
        ("pac", {"api_version": None}, Admitted("pac", "v0", False, SITE)),
        ("pat", {"flag": True}, Admitted("pat", "v1", True, SITE)),
        ("pat", {"flag": True, "api_version": "v0"}, Admitted("pat", "v0", False, SITE)),
        ("pac", {"flag": True}, Admitted("pac", "v1", True, SITE)),
    ],
)
async def test_lets_in(target, values, admitted):
    scene = Scene()
    till = await scene.till(target, **values)
    assert till.status == 101
    assert scene.noted(Admitted) == [admitted]


@pytest.mark.parametrize(
    ("target", "values", "status"),
    [
        ("", {}, 404),
        ("tables", {}, 404),
        ("pac", {"token": "wrong"}, 401),
        ("pac", {"token": None}, 401),
        ("pac", {"token": ""}, 401),
        ("pac", {"api_version": "1"}, 400),
        ("pac", {"software_house_id": None}, 401),
        ("pac", {"software_house_id": "SH999"}, 401),
        ("pac", {"installer_id": None}, 401),
        ("pac", {"installer_id": "[installer-id]"}, 401),
    ],
)
async def test_turns_away(target, values, status):
    scene = Scene()
    till = await scene.till(target, **values)
    assert till.status == status
    assert [turned.status for turned in scene.noted(TurnedAway)] == [status]


@pytest.mark.parametrize(
    ("terms", "target", "values", "status"),
    [
        ({"missing_ids_status": 422}, "pac", {"installer_id": None}, 422),
        ({"missing_ids_status": None}, "pac", {"installer_id": None}, 101),
        ({"installers": ()}, "pac", {"installer_id": "any"}, 101),
        ({"case_strict": True}, "PAC", {}, 404),
        ({"flag_on_pac": False}, "pac", {"flag": True}, 400),
        ({"flag_on_pac": False}, "pat", {"flag": True}, 101),
    ],
)
async def test_reads_open_points_as_the_profile_says(terms, target, values, status):
    assert (await Scene(replace(TERMS, **terms)).till(target, **values)).status == status


async def test_credentials_in_headers_alone_are_let_in_and_never_answered():
    scene = Scene()
    till = await scene.till(token=None, headers=(("Authorization", f"Bearer {KEY}"),))
    assert till.status == 101
    scene.tell(till, '{"jsonrpc":"2.0","id":1,"method":"connectedTerminals"}')
    await scene.passes(60)
    assert till.messages == []


async def test_what_is_no_handshake_is_turned_away():
    scene = Scene()
    till = await scene.till(headers=(("Sec-WebSocket-Version", "8"),))
    assert till.status == 400


def test_what_is_no_http_is_turned_away():
    scene = Scene()
    list(scene.connect.handle(Opened(1, "connect"), 0.0))
    said = list(scene.connect.handle(Received(1, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), 0.0))
    assert [output.data[:12] for output in said if isinstance(output, Send)] == [b"HTTP/1.1 400"]


async def test_a_case_turns_away_so_many_times():
    scene = Scene()
    await scene.till()
    scene.case(TurnAway(403, '{"userMessage":"no"}', times=1))
    first, second = await scene.till(), await scene.till()
    assert (first.status, second.status) == (403, 101)
    assert first.all(NotUpgraded)[0].reply.body == b'{"userMessage":"no"}'


async def test_a_case_drops_a_handshake_until_straightened():
    scene = Scene()
    await scene.till()
    scene.case(TurnAway(None))
    assert (await scene.till()).status is None
    scene.case(Straighten())
    assert (await scene.till()).status == 101


async def test_a_case_says_how_a_listener_hears():
    scene = Scene()
    await scene.till()
    scene.case(Hear("connect", Hearing.REFUSED))
    assert (await scene.till()).heard == []
    assert scene.noted(Listen) == [Listen("connect", Hearing.REFUSED, "good")]


async def test_many_at_the_counter_one_at_the_tables():
    scene = Scene()
    counters = [await scene.till("pac") for _ in range(3)]
    old, other_site = await scene.till("pat"), await scene.till("pac")
    new = await scene.till("pat")
    await scene.passes(10)
    assert [till.all(Closing) for till in (*counters, other_site, new)] == [[]] * 5
    assert old.all(Notification)[0].param("message") == DISCONTINUED
    assert old.all(Closing)[0].code == 1000
    assert [ended.why for ended in scene.noted(Ended)] == [DISCONTINUED]


async def test_the_tables_of_another_site_are_another_matter():
    scene = Scene(replace(TERMS, sites={KEY: SITE, "other-key": "other"}))
    first = await scene.till("pat")
    await scene.till("pat", token="other-key")  # noqa: S106
    await scene.passes(10)
    assert first.all(Closing) == []
