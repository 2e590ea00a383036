"""The gateway left alone is that of the document; each thing a case may bend is bent, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.modulus.delivery import GONE, SILENCE, TWICE, Delivery, Then
from fake_cloud.modulus.instructions import (
    Answers,
    Bend,
    Displace,
    End,
    Hear,
    Probe,
    Put,
    Refuse,
    Say,
    Straighten,
    Unheard,
)
from fake_cloud.modulus.terms import Key, Paired
from harness.wire import modulus
from harness.wire.endpoint import Hearing, Listen, Received
from harness.wire.framing import Malformed
from harness.wire.http1 import Request
from harness.wire.modulus import Action, Injected, JsonPing, JsonPong, KeyShown
from harness.wire.websocket import Upgrade
from harness.wire.websocket_frames import Binary, Closing, Ping, Pong, Text, WsFrame
from tests.fake_cloud.modulus.dialogue import KEY, Dialogue

PING, PONG = modulus.ping(), {"action": "pong"}


@pytest.fixture
def till() -> Dialogue:
    """A dialogue with a POS on line 1."""
    dialogue = Dialogue()
    assert dialogue.connect() == 1
    return dialogue


# ---- Who is let in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "headers", "status", "shown"),
    [
        ("/v1", {"x_api_key": KEY}, 101, KeyShown(("header",), True, "/v1")),
        ("/v1", {"X_API_KEY": KEY, "X_Group_Id": "g"}, 101, KeyShown(("header",), True, "/v1", "g")),
        (f"/v1?x-api-key={KEY}", {}, 101, KeyShown(("query",), True, "/v1")),
        (f"/v1?x-api-key={KEY}", {"x_api_key": KEY}, 101, KeyShown(("header", "query"), True, "/v1")),
        ("/v1", {}, 401, KeyShown((), False, "/v1")),
        ("/v1", {"Authorization": KEY}, 401, KeyShown((), False, "/v1")),
        ("/v1", {"x_api_key": "stolen"}, 401, KeyShown(("header",), False, "/v1")),
        ("/v1", {"x_api_key": "no-websocket"}, 403, KeyShown(("header",), False, "/v1")),
        ("/", {"x_api_key": KEY}, 404, KeyShown(("header",), True, "/")),
        ("/v1/", {"x_api_key": KEY}, 404, KeyShown(("header",), True, "/v1/")),
    ],
)
def test_a_handshake_shows_a_key(target, headers, status, shown):
    dialogue = Dialogue(keys=(Key(KEY), Key("no-websocket", websocket=False)))
    line = dialogue.dial(target, **headers)
    assert dialogue.status(line) == status
    assert [type(body) for _, body in dialogue.noted] == [Upgrade, KeyShown]
    assert dialogue.noted[1] == (line, replace(shown, answer=status))
    assert (line in dialogue.closed) is (status != 101)


def test_a_bad_key_may_be_let_in_and_shown_out():
    dialogue = Dialogue(refusal=1008)
    line = dialogue.dial()
    assert dialogue.status(line) == 101
    assert dialogue.news(line) == [Closing(1008, "API key refused")]
    dialogue.say(line, PING)
    assert dialogue.news(line) == []
    dialogue.wait(5)
    assert dialogue.closed == {line: (5.0, False)}


def test_a_broken_frame_of_one_that_is_shown_out_is_recorded_too():
    dialogue = Dialogue(refusal=1008)
    line = dialogue.dial()
    dialogue.feed(Received(line, b"\x81\x01a"))
    assert isinstance(dialogue.noted[-1][1], Malformed)
    assert line in dialogue.closed


def test_a_case_refuses_so_many_times():
    dialogue = Dialogue()
    dialogue.tell(Refuse(503, times=2))
    assert [dialogue.status(dialogue.dial(x_api_key=KEY)) for _ in range(3)] == [503, 503, 101]


def test_a_case_refuses_until_it_straightens():
    dialogue = Dialogue()
    dialogue.tell(Refuse(302, headers=(("Location", "wss://elsewhere/v1"),)))
    line = dialogue.dial(x_api_key=KEY)
    reply = dialogue.clients[line].reply
    assert reply is not None
    assert (reply.status, reply.header("location")) == (302, "wss://elsewhere/v1")
    dialogue.tell(Refuse(None))
    dropped = dialogue.dial(x_api_key=KEY)
    assert dialogue.status(dropped) is None
    assert dropped in dialogue.closed
    dialogue.tell(Straighten())
    assert dialogue.status(dialogue.dial(x_api_key=KEY)) == 101


def test_what_is_no_handshake_is_recorded_and_turned_away():
    dialogue = Dialogue()
    line = dialogue.open()
    dialogue.feed(Received(line, b"\x16\x03\x01\x02\x00hello\r\n\r\n"))
    assert [type(body) for _, body in dialogue.noted] == [Malformed]
    assert line in dialogue.closed


# ---- One connection for a key ----------------------------------------------------------------------------------------


def test_the_newer_connection_wins_and_the_older_is_told(till: Dialogue):
    newer = till.connect()
    assert till.news(1) == [{"action": "forceDisconnect", "reason": "Another connection was opened with this API key"}]
    till.wait(0.5)
    assert till.news(1) == [Closing(1000, "displaced")]
    till.say(newer, PING)
    assert till.news(newer) == [PONG]


def test_another_key_displaces_nobody():
    dialogue = Dialogue(keys=(Key(KEY), Key("other")))
    first, second = dialogue.connect(), dialogue.connect("other")
    dialogue.wait(60)
    assert dialogue.news(first) == dialogue.news(second) == []


def test_a_displaced_line_may_be_left_open():
    dialogue = Dialogue(displaced_after=None)
    line = dialogue.connect()
    dialogue.tell(Displace("elsewhere"))
    dialogue.wait(60)
    assert dialogue.news(line) == [{"action": "forceDisconnect", "reason": "elsewhere"}]
    assert dialogue.closed == {}


# ---- Messages of the document ----------------------------------------------------------------------------------------


def test_a_ping_is_answered_by_a_pong(till: Dialogue):
    till.say(1, PING)
    assert till.news(1) == [PONG]
    kinds = [type(body) for _, body in till.noted]
    assert kinds == [Upgrade, KeyShown, WsFrame, Text, JsonPing, JsonPong]


def test_terminals_are_listed(till: Dialogue):
    till.say(1, modulus.get_terminals())
    (listed,) = till.news(1)
    assert listed["action"] == "terminalsResponse"
    assert [(entry["deviceId"], entry["status"]) for entry in listed["terminals"]] == [
        ("TERM-001", "online"),
        ("TERM-002", "online"),
    ]
    assert isinstance(till.noted[-1][1], modulus.TerminalsResponse)
    assert till.noted[-1][1].faults == ()


def test_a_list_may_be_empty_and_one_of_the_offline():
    for paired, statuses in (((), []), ((Paired("T", "offline"),), ["offline"])):
        dialogue = Dialogue(terminals=paired)
        line = dialogue.connect()
        dialogue.say(line, modulus.get_terminals())
        (listed,) = dialogue.news(line)
        assert [entry["status"] for entry in listed["terminals"]] == statuses


def test_what_is_no_message_is_noted_and_not_answered(till: Dialogue):
    for text in ("{", '{"action":"pong"}', '{"action":7}'):
        till.say(1, text)
    assert till.news(1) == []
    assert [type(body) for _, body in till.noted if isinstance(body, Malformed | Action)] == [
        Malformed,
        modulus.UnknownAction,
        modulus.UnknownAction,
    ]


def test_a_control_ping_is_answered(till: Dialogue):
    till.feed(Received(1, till.clients[1].ping(b"abc")))
    assert till.news(1) == [Pong(b"abc")]


def test_a_close_is_answered_and_the_line_ended(till: Dialogue):
    till.feed(Received(1, till.clients[1].close(1001, "bye")))
    assert till.news(1) == [Closing(1001, "")]
    assert till.closed == {1: (0.0, False)}


def test_a_broken_frame_ends_the_line(till: Dialogue):
    till.feed(Received(1, b"\x81\x01a"))
    assert till.news(1) == [Closing(1002, "")]
    assert 1 in till.closed
    assert any(isinstance(body, Malformed) for _, body in till.noted)


def test_silence_ends_the_line_and_pings_keep_it(till: Dialogue):
    for _ in range(30):
        till.wait(30)
        till.say(1, PING)
    till.news(1)
    till.wait(599)
    assert till.news(1) == []
    till.wait(1)
    assert till.news(1) == [Closing(1001, "idle")]


# ---- What a case bends -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivery", "heard"),
    [
        (SILENCE, []),
        (TWICE, [PONG, PONG]),
        (Delivery(text="pong"), ["pong"]),
        (Delivery(changes={"action": "ping"}), [{"action": "ping"}]),
        (Delivery(changes={"action": GONE, "a.b": 1}), [{}]),
        (Delivery(sizes=(1, 2, 3)), [PONG]),
        (Delivery(binary=True), [Binary(b'{"action":"pong"}')]),
        (Delivery(then=Then.CLOSE), [PONG, Closing(1001, "")]),
        (Delivery(then=Then.RESET), [PONG]),
        (Delivery(silent=True, then=Then.CLOSE), [Closing(1001, "")]),
    ],
)
def test_a_pong_is_bent_once(till: Dialogue, delivery, heard):
    till.tell(Bend(Answers.PONG, delivery, times=1))
    till.say(1, PING)
    assert till.news(1) == heard
    assert (1 in till.closed) is (delivery.then is Then.RESET)
    if delivery.then is Then.KEEP:
        till.say(1, PING)
        assert till.news(1) == [PONG]


def test_a_late_pong_comes_late_and_others_overtake_it(till: Dialogue):
    till.tell(Bend(Answers.PONG, Delivery(after=12.0), times=1))
    till.say(1, PING)
    till.wait(1)
    till.say(1, modulus.get_terminals())
    till.wait(20)
    assert [(at, said["action"]) for at, said in till.timed(1)] == [(1.0, "terminalsResponse"), (12.0, "pong")]


def test_pongs_are_withheld_until_straightened(till: Dialogue):
    till.tell(Bend(Answers.PONG, SILENCE))
    for _ in range(3):
        till.say(1, PING)
    till.tell(Straighten())
    till.say(1, PING)
    assert till.news(1) == [PONG]


def test_a_late_message_for_a_line_that_is_gone_is_dropped(till: Dialogue):
    till.tell(Bend(Answers.PONG, Delivery(after=12.0)))
    till.say(1, PING)
    till.leave(1)
    till.wait(20)
    assert till.news(1) == []


def test_a_case_says_what_it_likes(till: Dialogue):
    till.tell(
        Say({"action": "weather"}),
        Say(delivery=Delivery(text="{not json")),
        Say({"action": "terminalsResponse"}, Delivery(copies=2)),
        Probe(b"hello"),
        Put(b"\x89\x00"),
    )
    assert till.news(1) == [
        {"action": "weather"},
        "{not json",
        {"action": "terminalsResponse"},
        {"action": "terminalsResponse"},
        Ping(b"hello"),
        Ping(b""),
    ]
    assert [body for _, body in till.noted if isinstance(body, Injected)] == [
        Injected('{"action":"weather"}'),
        Injected("{not json"),
    ]


def test_a_case_says_it_on_the_line_it_names(till: Dialogue):
    till.tell(Say({"action": "a"}, line=1), Say({"action": "b"}, line=9))
    assert till.news(1) == [{"action": "a"}]
    assert till.noted[-1] == (0, Unheard("Say"))


@pytest.mark.parametrize(
    ("end", "heard", "closed"),
    [
        (End(), [Closing(1001, "")], None),
        (End(code=1012, reason="restart"), [Closing(1012, "restart")], None),
        (End(code=None), [Closing(None, "")], None),
        (End(Then.DROP), [], (0.0, False)),
        (End(Then.RESET, line=1), [], (0.0, True)),
    ],
)
def test_a_case_ends_a_line(till: Dialogue, end, heard, closed):
    till.tell(end)
    assert till.news(1) == heard
    assert till.closed.get(1) == closed
    till.wait(5)
    assert 1 in till.closed


def test_a_case_says_how_a_listener_hears_and_who_it_is():
    dialogue = Dialogue()
    dialogue.tell(Hear("gateway", Hearing.REFUSED), Hear("gateway", identity="expired"))
    assert dialogue.others == [Listen("gateway", Hearing.REFUSED), Listen("gateway", identity="expired")]


def test_nobody_to_say_it_to_is_noted():
    dialogue = Dialogue()
    dialogue.tell(Say({"action": "pong"}), Displace(), Probe())
    assert [body.what for _, body in dialogue.noted] == ["Say", "Displace", "Probe"]


# ---- Never an exception ----------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_raise(pieces):
    dialogue = Dialogue()
    line = dialogue.connect()
    for piece in pieces:
        dialogue.feed(Received(line, piece))
    dialogue.leave(line)


@given(st.lists(st.text(max_size=40) | st.sampled_from([PING, '{"action":"payment","paymentRequest":{}}']), max_size=5))
def test_no_text_raises(texts):
    dialogue = Dialogue()
    line = dialogue.connect()
    for text in texts:
        dialogue.say(line, text)
    dialogue.wait(100)


def test_any_target_is_answered():
    dialogue = Dialogue()
    line = dialogue.dial("/v1?x-api-key=a&x-api-key=" + KEY)
    assert dialogue.status(line) == 101
    assert isinstance(dialogue.noted[0][1].request, Request)
