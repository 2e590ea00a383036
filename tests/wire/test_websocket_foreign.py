"""Both sides against `websockets`, a foreign implementation: a mistake that our two sides share would not be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Opcode as ForeignOpcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from harness.wire.framing import Malformed
from harness.wire.websocket import Client, Closing, NotUpgraded, Ping, Pong, Server, Text, Upgrade, Upgraded, WsFrame
from harness.wire.websocket_frames import written
from tests.wire.test_websocket import chance, meant


def test_a_foreign_client_is_understood_and_understands():
    foreign = ClientProtocol(parse_uri("ws://host/v1?x-api-key=k"))
    foreign.send_request(foreign.connect())
    server = Server()
    [upgrade] = server.receive_data(b"".join(foreign.data_to_send()))
    assert isinstance(upgrade, Upgrade)
    assert upgrade.request.query == {"x-api-key": ["k"]}
    foreign.receive_data(server.accept() + b"".join(server.fragments("a€b", 2)) + server.ping(b"p" * 125))
    assert foreign.state is State.OPEN
    foreign.send_text(b"x" * 70000)
    foreign.send_close(1001, "so long")
    assert meant(server.receive_data(b"".join(foreign.data_to_send()))) == [
        Pong(b"p" * 125), Text("x" * 70000), Closing(1001, "so long"),
    ]  # fmt: skip
    _, *frames = foreign.events_received()
    assert [(frame.opcode, bytes(frame.data), frame.fin) for frame in frames] == [
        (ForeignOpcode.TEXT, b"a\xe2", False),
        (ForeignOpcode.CONT, b"\x82\xacb", True),
        (ForeignOpcode.PING, b"p" * 125, True),
    ]
    foreign.receive_data(server.close(1001))
    assert foreign.close_rcvd is not None
    assert foreign.close_rcvd.code == 1001


def test_a_foreign_server_is_understood_and_understands():
    foreign, client = ServerProtocol(), Client(chance())
    foreign.receive_data(client.request("/pat?token=t", "host"))
    [request] = foreign.events_received()
    foreign.send_response(foreign.accept(request))
    foreign.send_text(b"y" * 200)
    foreign.send_ping(b"p")
    upgraded, *rest = meant(client.receive_data(b"".join(foreign.data_to_send())))
    assert isinstance(upgraded, Upgraded)
    assert rest == [Text("y" * 200), Ping(b"p")]
    foreign.receive_data(client.pong(b"p") + client.text("z" * 65536) + client.close(3001, "enough"))
    assert [(frame.opcode, len(frame.data)) for frame in foreign.events_received()] == [
        (ForeignOpcode.PONG, 1), (ForeignOpcode.TEXT, 65536), (ForeignOpcode.CLOSE, 8),
    ]  # fmt: skip
    assert foreign.close_rcvd is not None
    assert foreign.close_rcvd.code == 3001


def test_a_foreign_refusal_is_understood():
    foreign, client = ServerProtocol(), Client(chance())
    foreign.receive_data(client.request("/nowhere", "host"))
    foreign.send_response(foreign.reject(404, "no such path\n"))
    [refused] = client.receive_data(b"".join(foreign.data_to_send()))
    assert isinstance(refused, NotUpgraded)
    assert (refused.reply.status, refused.reply.body) == (404, b"no such path\n")


# ---- The same judgement ----------------------------------------------------------------------------------------------

FRAMES = st.builds(
    written,
    st.sampled_from([0, 0, 1, 1, 2, 9, 10, 3, 11]),
    st.binary(max_size=4).map(bytes.hex).map(str.encode) | st.sampled_from([b"x" * 125, b"x" * 126, b"x" * 70000]),
    fin=st.booleans(),
    rsv=st.sampled_from([0] * 9 + [1, 2, 4]),
    mask=st.sampled_from([b"mask"] * 9 + [None]),
)
GOODBYES = st.builds(
    written,
    st.just(8),
    st.sampled_from([b"", b"x"]) | st.integers(0, 5100).map(lambda code: code.to_bytes(2, "big") + b"so long"),
    fin=st.just(True),
    rsv=st.just(0),
    mask=st.just(b"mask"),
)


@given(st.lists(FRAMES, max_size=6), GOODBYES)
@pytest.mark.parametrize("limit", [1 << 20, 300])
def test_both_find_the_same_messages_up_to_the_same_mistake(limit, frames, goodbye):
    """What `websockets` leaves to others is left out: UTF-8, lengths in too many bytes, data after a goodbye."""
    data = b"".join(frames) + goodbye
    foreign, ours = ServerProtocol(max_size=limit), Server(message_limit=limit)
    hello = Client(chance()).request("/", "host")
    foreign.receive_data(hello)
    foreign.send_response(foreign.accept(foreign.events_received()[0]))
    ours.receive_data(hello)
    ours.accept()
    foreign.receive_data(data)
    told = ours.receive_data(data)
    # It takes a goodbye inside a message for a mistake; section 5.4 lets control frames stand there.
    mistake = foreign.parser_exc if str(foreign.parser_exc) != "incomplete fragmented message" else None
    assert (mistake is not None) == any(isinstance(one, Malformed) for one in told)
    shown = [(one.opcode, one.payload, one.fin) for one in told if isinstance(one, WsFrame)]
    received = [(frame.opcode, bytes(frame.data), frame.fin) for frame in foreign.events_received()]
    assert received == shown[: len(received)]
    assert len(shown) - len(received) <= (foreign.parser_exc is not None)  # ours shows the wrong one too
