"""The till: dials, asks, notes what it was told, and hangs up."""

# ruff: noqa: S106 - the passwords are a fake's

from __future__ import annotations

import json
import random

import pytest

from fake_cloud.order import Fate, Outcome
from fake_cloud.pos import Account, PosApi
from fake_cloud.pos_client import Get, PosClient, PosFailed, PosReply
from harness.wire.endpoint import Close, Dial, Noted, Opened, PeerClosed, Received, Refused, Send, Told, WakeAt, Woke
from harness.wire.webapi import order_path

REPLY = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"Status":"OK"}'


@pytest.fixture
def till():
    return PosClient(dial_within=5.0, reply_within=180.0)


def feed(party, *events, now=0.0):
    return [output for event in events for output in party.handle(event, now)]


def test_a_path_has_its_parameters_encoded_in_order():
    path = order_path("runTransaction", command="Sale", password="a&b c", refID="é")
    assert path == "/services/api.asmx/runTransaction?command=Sale&password=a%26b+c&refID=%C3%A9"


def test_a_get_is_dialled_asked_answered_and_hung_up(till):
    assert feed(till, Told("case", Get(7, "/x?y=1"))) == [Dial("pos", 5.0)]
    asked = b"GET /x?y=1 HTTP/1.1\r\nHost: pos\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    assert feed(till, Opened(1, "pos"), now=2.0) == [WakeAt("reply 1", 182.0), Send(1, asked)]
    assert feed(till, Received(1, REPLY[:-1])) == []
    noted = Noted(1, PosReply(7, 200, '{"Status":"OK"}', {"Status": "OK"}))
    assert feed(till, Received(1, REPLY[-1:])) == [noted, WakeAt("reply 1", None), Close(1)]
    assert feed(till, PeerClosed(1, reset=False), Woke("reply 1"), Received(1, b"?")) == []


def test_a_reply_that_ends_with_its_line_is_a_reply(till):
    feed(till, Told("case", Get(7, "/")), Opened(1, "pos"), Received(1, b"HTTP/1.1 200 OK\r\n\r\n[1]"))
    assert feed(till, PeerClosed(1, reset=False)) == [Noted(1, PosReply(7, 200, "[1]", {})), WakeAt("reply 1", None)]


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff", b"[" * 2000, b"1" * 5000])
def test_a_body_that_is_no_json_object_has_no_fields(till, body):
    data = b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    outputs = feed(till, Told("case", Get(7, "/")), Opened(1, "pos"), Received(1, data))
    [reply] = [output.body for output in outputs if isinstance(output, Noted)]
    assert (reply.status, reply.fields) == (500, {})


def test_a_dial_that_fails_is_noted(till):
    feed(till, Told("case", Get(1, "/")), Told("case", Get(2, "/")))
    assert feed(till, Refused("pos", "refused")) == [Noted(0, PosFailed(1, "refused"))]
    assert feed(till, Opened(1, "pos"), Received(1, REPLY))[2] == Noted(
        1, PosReply(2, 200, '{"Status":"OK"}', {"Status": "OK"})
    )


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (PeerClosed(1, reset=False), "the line ended before a reply"),
        (PeerClosed(1, reset=True), "the line was reset"),
        (Woke("reply 1"), "no reply within 180 s"),
        (Received(1, b"SSH-2.0-x\r\n\r\n"), "illegal status line"),
    ],
)
def test_a_line_without_a_reply_is_noted(till, event, why):
    feed(till, Told("case", Get(7, "/")), Opened(1, "pos"))
    noted, *_, last = feed(till, event)
    assert noted == Noted(0, PosFailed(7, why))
    assert last == (WakeAt("reply 1", None) if isinstance(event, PeerClosed) else Close(1))


def test_several_may_be_under_way(till):
    feed(till, Told("case", Get(1, "/")), Told("case", Get(2, "/")), Opened(1, "pos"), Opened(2, "pos"))
    assert feed(till, Received(2, REPLY))[0].body.id == 2
    assert feed(till, Received(1, REPLY))[0].body.id == 1


def test_written_down_without_secrets():
    get = Get(1, order_path("unPairTerminal", key="k3y", password="pa55", terminalId="1"))
    assert get.redacted().path_and_query == "/services/api.asmx/unPairTerminal?key=¤¤¤&password=¤¤¤¤&terminalId=1"
    reply = PosReply(1, 200, '{"ApiKey": "k3y", "Status": "Success"}', {"ApiKey": "k3y", "Status": "Success"})
    assert reply.redacted().fields == {"ApiKey": "¤¤¤", "Status": "Success"}
    assert "k3y" not in repr(reply.redacted())


def test_till_and_api_understand_each_other(till):
    api = PosApi({"shop": Account("k", "p", frozenset({"77"}))}, random.Random(1))  # noqa: S311 - keys of a fake
    sale = order_path(
        "runTransaction", command="Sale", key="k", password="p", amount="1.00", refID="r", terminalId="77"
    )
    [_, ask] = feed(till, Told("case", Get(1, sale)), Opened(1, "pos"))[1:]
    feed(api, Opened(4, "pos"), Received(4, ask.data))
    outputs = feed(api, Told("cloud", Outcome(1, Fate.ANSWERED, {"ResultCode": "Declined"})))
    assert outputs[-1] == Close(4)
    [noted, *_] = feed(till, Received(1, outputs[-2].data))
    assert noted.body.fields["ResultCode"] == "Declined"
    assert json.loads(noted.body.text) == noted.body.fields
