"""The POS's one WebSocket: its handshake, its heartbeat, and what follows when it is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emulator.modulus.pos import Pos
from harness.wire.endpoint import Close, Dial, PeerClosed, Received, Refused
from harness.wire.modulus import GetTerminals, JsonPing
from harness.wire.websocket import Closing, Pong
from tests.emulator.modulus.shop import GATEWAY, KEY, LISTED, Shop, Upgrade, online, selling

PONG = {"action": "pong"}


def dials(shop):
    return shop.times(Dial)


def test_the_key_goes_in_the_header_of_an_encrypted_handshake():
    shop = online(group="shop-7")
    assert shop.all(Dial) == [Dial(GATEWAY, 10.0, secure=True)]
    request = shop.last(Upgrade).request
    assert (request.target, request.header("Host")) == ("/v1", GATEWAY)
    assert (request.header("x-api-key"), request.header("x-group-id")) == (KEY, "shop-7")
    assert request.version == "1.1"


def test_terminals_are_asked_for_on_every_connection():
    shop = online()
    shop.feed(PeerClosed(1, reset=True))
    shop.after(5)
    shop.accept()
    assert shop.last(Upgrade).request.header("x-api-key") == KEY
    assert len(shop.all(GetTerminals)) == 2


# ---- Losing it -------------------------------------------------------------------------------------------------------


def close_frame(shop):
    shop.feed(Received(1, shop.server().close(1001, "going away")))


def broken_frame(shop):
    shop.feed(Received(1, shop.server().frame(3, b"")))


@pytest.mark.parametrize(
    "loss", [lambda shop: shop.feed(PeerClosed(1, reset=False)), close_frame, broken_frame], ids=["FIN", "close", "bad"]
)
def test_a_lost_connection_is_opened_again_after_five_seconds(loss):
    shop = online()
    loss(shop)
    shop.after(4.99)
    assert len(dials(shop)) == 1
    shop.after(0.01)
    assert len(dials(shop)) == 2
    assert "Offline" in shop.screen


def test_a_close_frame_is_answered_and_the_old_line_goes_before_a_new_one():
    shop = online()
    close_frame(shop)
    kinds = [did.what for did in shop.did if isinstance(did.what, Closing | Close | Dial)]
    assert kinds[1:] == [Closing(1001, ""), Close(1)]


def test_failures_are_spaced_and_a_success_forgives_them():
    shop = Shop()
    shop.power_on()
    pauses = []
    for _ in range(6):
        failed = shop.now
        shop.feed(Refused(GATEWAY, "refused"))
        shop.after(60)
        pauses.append(dials(shop)[-1] - failed)
    assert pauses == [5, 10, 20, 40, 60, 60]
    shop.accept()
    shop.hear(LISTED)
    before = shop.now
    shop.feed(PeerClosed(shop.line, reset=True))
    shop.after(60)
    assert dials(shop)[-1] - before == pytest.approx(5)


@pytest.mark.parametrize("status", [401, 403, 302])
def test_a_refusal_is_shown_and_spaced_and_never_followed_elsewhere(status):
    shop = Shop()
    shop.power_on()
    for _ in range(4):
        line = shop.answer_dial()
        refusal = shop.server(line).refuse(status, (("Location", "wss://elsewhere.example/v1"),))
        before = shop.now
        shop.feed(Received(line, refusal))
        assert str(status) in shop.screen
        while dials(shop)[-1] <= before:
            shop.after(1)
    assert [later - sooner for sooner, later in pairwise(dials(shop))] == [5, 10, 20, 40]
    assert {dial.to for dial in shop.all(Dial)} == {GATEWAY}


def test_a_handshake_without_an_answer_is_given_up():
    shop = Shop()
    shop.power_on()
    shop.answer_dial()
    shop.after(10)
    assert shop.last(Close) == Close(1)
    shop.after(5)
    assert len(dials(shop)) == 2


# ---- Heartbeat -------------------------------------------------------------------------------------------------------


def test_a_json_ping_every_thirty_seconds_also_during_a_payment():
    shop, _ = selling()
    for _ in range(4):
        shop.after(30)
        shop.hear(PONG)
    assert shop.times(JsonPing) == [30, 60, 90, 120]


def test_a_missing_pong_ends_the_connection_and_another_follows():
    shop = online()
    shop.after(40)
    assert shop.last(Close) == Close(1, reset=True)
    shop.after(5)
    assert dials(shop) == [0, 45]


def test_one_timer_after_many_reconnects():
    shop = online()
    for _ in range(3):
        shop.after(7)
        shop.feed(PeerClosed(shop.line, reset=True))
        shop.after(5)
        shop.accept()
        shop.hear(LISTED)
    began = shop.now
    for _ in range(3):
        shop.after(30)
        shop.hear(PONG)
    assert shop.times(JsonPing) == [began + 30, began + 60, began + 90]


def test_a_control_ping_is_answered_with_its_payload():
    shop = online()
    shop.feed(Received(1, shop.server().ping(b"abc")))
    assert shop.last(Pong) == Pong(b"abc")


# ---- Being displaced, leaving ----------------------------------------------------------------------------------------


def test_a_displaced_pos_tells_why_and_stays_away_until_its_user_returns():
    shop = online()
    shop.hear({"action": "forceDisconnect", "reason": "Another till took over"})
    assert "Another till took over" in shop.screen
    shop.feed(PeerClosed(1, reset=False))
    shop.after(3600)
    assert len(dials(shop)) == 1
    shop.press("connect")
    assert len(dials(shop)) == 2


def test_it_says_goodbye_when_it_closes():
    shop = online()
    shop.press("quit")
    assert shop.last(Closing).code == 1000
    assert not shop.all(Close)
    shop.feed(Received(1, shop.server().close(1000)))
    assert shop.all(Close) == [Close(1)]
    shop.after(3600)
    assert len(dials(shop)) == 1


def test_it_waits_for_the_gateways_goodbye_only_so_long():
    shop = online()
    shop.press("quit")
    shop.after(2)
    assert shop.all(Close) == [Close(1)]


def test_a_line_that_comes_too_late_is_closed():
    shop = Shop(Pos)
    shop.power_on()
    shop.press("quit")
    shop.answer_dial()
    assert shop.last(Close) == Close(1)


def test_the_key_is_in_no_text_of_its_own():
    shop = online()
    shop.hear({"action": "echo", "key": KEY})
    assert "echo" in shop.journal
    assert KEY not in shop.journal + shop.screen
    assert KEY not in repr(shop.pos.settings)
