"""What Connect says, bent by a case; what an EPoS gets wrong; and whatever else may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.delivery import Then
from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.instructions import (
    RESET_INSTEAD,
    SILENCE,
    Bend,
    Course,
    End,
    Refuse,
    Run,
    Say,
    SayBytes,
    Stand,
    Straighten,
    Way,
    late,
)
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Send, Told, Woke
from harness.wire.framing import Malformed
from harness.wire.paymentsense import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Demand,
    Ended,
    Notification,
    Oddity,
    Refusal,
    Result,
    Side,
    Unsent,
)
from harness.wire.websocket_frames import Opcode, Ping, WsFrame, written
from tests.fake_cloud.paymentsense.scene import CHIP, TERMS, Scene, Till

SALE = {"tid": CHIP, "amount": 1240, "currency": "GBP"}


async def at_counter() -> tuple[Scene, Till]:
    scene = Scene()
    return scene, await scene.till()


# ---- Bent by a case --------------------------------------------------------------------------------------------------


async def test_answers_out_of_order():
    scene, till = await at_counter()
    scene.case(Bend("connectedTerminals", late(5), times=1))
    scene.tell(till, Demand(Side.EPOS, 1, "connectedTerminals"))
    scene.tell(till, Demand(Side.EPOS, 2, "terminalDetails", {"tid": CHIP}))
    await scene.passes(10)
    assert [result.id for result in till.all(Result)] == [2, 1]


async def test_an_answer_is_withheld_sent_twice_or_altered():
    scene, till = await at_counter()
    scene.case(Bend("terminalDetails", SILENCE, times=1))
    scene.tell(till, Demand(Side.EPOS, 1, "terminalDetails", {"tid": CHIP}))
    await scene.passes(5)
    assert till.messages == []
    scene.case(Bend("terminalDetails", Way(copies=2), times=1))
    await scene.asks(till, "terminalDetails", 2, tid=CHIP)
    await scene.passes(5)
    assert [(result.id, result.of) for result in till.all(Result)] == [(2, "terminalDetails"), (2, "")]
    scene.case(Bend("terminalDetails", Way(members={"id": "2", "extra": [1]}, without=("jsonrpc",))))
    scene.tell(till, Demand(Side.EPOS, 3, "terminalDetails", {"tid": CHIP}))
    await scene.passes(5)
    altered = till.all(Result)[-1]
    assert (altered.id, len(altered.faults)) == ("2", 1)
    scene.case(Straighten())
    assert isinstance(await scene.asks(till, "terminalDetails", 4, tid=CHIP), Result)


async def test_a_message_in_fragments_with_pings_between():
    scene, till = await at_counter()
    scene.case(Bend("terminalNotification", Way(fragments=(1, 30, 31), ping_between=True), times=1))
    await scene.sells(till)
    assert till.notices[0] == "TRANSACTION_STARTED"
    assert [ping.payload for ping in till.all(Ping)] == [b"between 1", b"between 2", b"between 3"]
    first = [frame for frame in till.all(WsFrame) if not frame.fin or frame.opcode == 0]
    assert [(frame.opcode, frame.fin, len(frame.payload)) for frame in first[:3]] == [
        (1, False, 1), (0, False, 29), (0, False, 1)]  # fmt: skip


async def test_errors_in_place_of_results():
    scene, till = await at_counter()
    scene.case(Refuse("sale", -32050, "host down", "Please try again", times=1))
    answer = await scene.sells(till)
    assert (answer.code, answer.message, answer.user_message) == (-32050, "host down", "Please try again")
    assert isinstance(await scene.sells(till), Result)


async def test_the_line_goes_in_the_middle_of_a_sale_and_the_machine_goes_on():
    scene, till = await at_counter()
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(2)
    scene.case(End(code=None, reset=True))
    await scene.passes(30)
    assert till.all(PeerClosed) == [PeerClosed(1, True)]
    assert Unsent("sale") in scene.noted(Unsent)
    again = await scene.till()
    assert (await scene.asks(again, "duplicate", tid=CHIP)).part("transactionResult") == "SUCCESSFUL"


async def test_the_line_goes_in_place_of_an_answer():
    scene, till = await at_counter()
    scene.case(Bend("sale", RESET_INSTEAD))
    scene.tell(till, Demand(Side.EPOS, 1, "sale", SALE))
    await scene.passes(30)
    assert till.all(Result) == []
    assert till.all(PeerClosed) == [PeerClosed(1, True)]


async def test_a_goodbye_is_waited_for_some_seconds():
    scene, till = await at_counter()
    scene.case(Bend("terminalDetails", Way(then=Then.CLOSE)))
    await scene.asks(till, "terminalDetails", tid=CHIP)
    await scene.passes(4)
    assert till.all(PeerClosed) == []
    await scene.passes(2)
    assert till.all(PeerClosed) == [PeerClosed(1, False)]
    assert scene.noted(Ended, Close)[-1] == Close(1)


@pytest.mark.parametrize(
    ("what", "noted"),
    [
        ("{", Oddity),
        ('[{"jsonrpc":"2.0","method":"a"}]', Oddity),
        ('{"jsonrpc":"2.0","id":9,"method":"frobnicate"}', Demand),
        (Notification(Side.CONNECT, "frobnicated", {}), Notification),
    ],
)
async def test_says_whatever_a_case_wants(what, noted):
    scene, till = await at_counter()
    scene.case(Say(what))
    await scene.passes(1)
    assert len(scene.noted(noted)) == 1
    assert len(till.all(WsFrame)) == 1


async def test_says_bytes_that_are_no_frame():
    scene, till = await at_counter()
    scene.case(SayBytes(b"\x83\x00"))
    await scene.passes(1)
    assert len(till.all(Malformed)) == 1


def test_nothing_can_be_said_to_nobody():
    connect = Connect(TERMS)
    said = [
        output for what in (Say("{"), End(), Say("{", line=3)) for output in connect.handle(Told("case", what), 0.0)
    ]
    assert [output.body for output in said if hasattr(output, "body")] == [Unsent(""), Unsent("")]


# ---- What an EPoS gets wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", PARSE_ERROR), ('[{"jsonrpc":"2.0","id":1,"method":"connectedTerminals"}]', INVALID_REQUEST)],
)
async def test_what_is_no_message_is_refused_without_an_id(text, code):
    scene, till = await at_counter()
    scene.tell(till, text)
    await scene.passes(1)
    assert [(refusal.id, refusal.code) for refusal in till.all(Refusal)] == [(None, code)]


async def test_a_frame_against_the_rules_ends_the_connection():
    scene, till = await at_counter()
    scene.tell(till, b"\x83\x00")
    await scene.passes(10)
    assert scene.noted(Ended) == [Ended("broke the rules of WebSocket", 1002)]


async def test_a_goodbye_is_answered():
    scene, till = await at_counter()
    scene.tell(till, till.client.close(1001))
    await scene.passes(1)
    assert till.all(PeerClosed) == [PeerClosed(1, False)]


# ---- Whatever comes --------------------------------------------------------------------------------------------------

HANDSHAKE = b"\r\n".join(
    [b"GET /pac?token=0b6e-key&api-version=v1&software-house-id=SH001X&installer-id=IN777 HTTP/1.1", b"Host: a",
     b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
     b"Sec-WebSocket-Version: 13", b"", b""]
)  # fmt: skip
TEXTS = [
    b"{",
    b"[]",
    b'{"jsonrpc":"2.0","id":1,"method":"sale","params":{"tid":"2211SIP0","amount":5.0,"currency":"GBP"}}',
    b'{"id":[],"method":"sale","params":[]}',
    b'{"id":1,"result":null}',
    b'{"jsonrpc":"2.0","method":"x"}',
]
FRAMES = [
    *(written(Opcode.TEXT, text, fin=True, rsv=0, mask=bytes(4)) for text in TEXTS),
    *(written(opcode, b"", fin=True, rsv=0, mask=bytes(4)) for opcode in (Opcode.CLOSE, Opcode.PONG, Opcode.PING)),
]
INPUTS = st.one_of(
    st.builds(Opened, st.integers(1, 3), st.just("connect")),
    st.builds(Received, st.integers(1, 3), st.sampled_from([HANDSHAKE, *FRAMES])),
    st.builds(Received, st.integers(1, 3), st.binary(max_size=40)),
    st.builds(PeerClosed, st.integers(1, 3), st.booleans()),
    st.just(Woke("agenda")),
    st.builds(Told, st.just("case"), st.sampled_from(
        [End(), End(1, None), Say("{"), Say("{", line=2), Bend("sale", Way(copies=2, then=Then.RESET)),
         Stand(CHIP, None), Run(CHIP, Course(signature=True, pace=0.1)), Straighten()])),
)  # fmt: skip


@given(st.lists(INPUTS, max_size=30))
def test_nothing_is_said_on_a_line_that_is_not_up(events):
    connect, up = Connect(TERMS), set()
    for number, event in enumerate(events):
        if isinstance(event, Opened):
            if event.line in up:
                continue  # a number is never given twice while its line is up
            up.add(event.line)
        elif isinstance(event, PeerClosed):
            up.discard(event.line)
        for output in connect.handle(event, number * 10.0):
            if isinstance(output, Send | Close):
                assert output.line in up
            if isinstance(output, Close):
                up.discard(output.line)
