"""Keys that diallers show: each is known by its place, hidden from then on, and nothing else is taken for one."""

from __future__ import annotations

from base64 import b64encode

import pytest

from fake_cloud.keys import MOST, Keys
from harness.wire.endpoint import Received
from harness.wire.http1 import Request
from harness.wire.websocket import Upgrade

KEY = "Kx7-aPi-kEy-22"
BASIC = b64encode(f"events:{KEY}".encode()).decode()


def shown(text):
    return Received(1, text.encode())


@pytest.mark.parametrize(
    "body",
    [
        shown(f"GET /pac?token={KEY}&api-version=v1 HTTP/1.1\r\nHost: a\r\n"),
        shown(f"GET /v1?x-api-key={KEY} HTTP/1.1\r\n"),
        shown(f"GET /v1 HTTP/1.1\r\nX-API-Key:  {KEY}\r\nHost: a\r\n"),
        shown(f"GET /pac HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n"),
        shown(f"POST /events HTTP/1.1\r\nauthorization: Basic {BASIC}\r\n"),
        shown(f"GET /services/api.asmx/x?command=Sale&password={KEY} HTTP/1.1\r\n"),
        shown(f'{{"encryptionKey": {{"passphrase": "{KEY}", "version": 1}}}}'),
        shown(f'{{"url": "https://a", "password" : "{KEY}"}}'),
        Upgrade(Request("GET", f"/pat?token={KEY}")),
        Upgrade(Request("GET", "/v1", (("Host", "a"), ("x-api-key", KEY)))),
    ],
)
def test_a_key_is_hidden_once_it_was_shown(body):
    keys = Keys({})
    keys.learn(body)
    assert KEY not in keys.hidden.masked(f"{KEY} {body}")
    assert BASIC not in keys.hidden.masked(BASIC)


@pytest.mark.parametrize(
    "text",
    ["GET /pac?token=12345 HTTP/1.1\r\n", "GET /pac?tokens=of-no-meaning HTTP/1.1\r\n", '{"pass": "of-no-meaning"}',
     "GET / HTTP/1.1\r\nAuthorization: Basic %%%%\r\n"],
)  # fmt: skip
def test_what_is_no_key_or_too_short_to_be_told_is_left(text):
    keys = Keys({})
    keys.learn(shown(text))
    assert keys.hidden.masked("12345 of-no-meaning") == "12345 of-no-meaning"


def test_those_that_were_given_keep_their_pseudonyms():
    keys = Keys({"key": "bench-key", "token": ""})
    before = keys.hidden.masked("bench-key")
    keys.learn(shown(f"GET /?token={KEY} HTTP/1.1\r\n"))
    assert keys.hidden.masked("bench-key") == before != keys.hidden.masked(KEY)


def test_one_who_shows_a_new_key_each_time_fills_no_memory():
    keys = Keys({})
    for number in range(MOST + 20):
        keys.learn(shown(f"GET /?token=key-{number:06} HTTP/1.1\r\n"))
    assert len(keys.hidden.legend) == MOST
