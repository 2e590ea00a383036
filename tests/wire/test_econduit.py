"""The messages of eConduit Direct against the document's own bytes, and against everything that is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import econduit
from harness.wire.econduit import (
    REGISTRATION_ANSWERS,
    Ack,
    Command,
    Heartbeat,
    Reader,
    Register,
    RegistrationAnswer,
    Response,
    Strange,
    build,
    read_from_cloud,
    read_from_terminal,
)
from harness.wire.framing import Malformed
from harness.wire.strict_json import Document

VECTORS = {
    vector["name"]: vector
    for vector in yaml.safe_load((Path(__file__).parents[1] / "vectors" / "econduit.yaml").read_text("utf-8"))
}


def bytes_of(vector: dict[str, Any]) -> bytes:
    return vector["bytes"].translate({ord("␄"): "\x04", ord("␍"): "\r", ord("␊"): "\n"}).encode()


def read(vector: dict[str, Any], pieces: list[bytes]) -> list[object]:
    reader = Reader(read_from_terminal if vector["from"] == "terminal" else read_from_cloud)
    return [message for piece in pieces for message in reader.receive_data(piece)]


def described(message: Any) -> dict[str, Any]:
    """A message in the words of the vectors."""
    said: dict[str, Any] = {"kind": type(message).__name__}
    match message:
        case Heartbeat(body):
            said["body"] = body
        case RegistrationAnswer(text):
            said["text"] = text
        case Command(fields):
            said["fields"] = fields
        case Malformed(_, why):
            said["why"] = why.partition(":")[0]
        case Register(document) | Response(document):
            said["fields"] = document.fields
            if document.unquoted:
                said["unquoted"] = list(document.unquoted)
    return said


# ---- Vectors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_is_read_whole_byte_by_byte_and_with_a_tail(name):
    vector = VECTORS[name]
    data = bytes_of(vector)
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))], [data + b"{"]):
        assert [described(message) for message in read(vector, pieces)] == [vector["read"]]


def test_vectors_of_one_side_in_one_stream():
    for side in ("terminal", "cloud"):
        vectors = [vector for vector in VECTORS.values() if vector["from"] == side]
        stream = b"".join(map(bytes_of, vectors))
        assert [described(message) for message in read(vectors[0], [stream])] == [one["read"] for one in vectors]


@pytest.mark.parametrize("name", ["the registration, whole", "the order of a sale"])
def test_a_vector_is_built_from_its_fields(name):
    vector = VECTORS[name]
    assert build(vector["read"]["fields"]) == bytes_of(vector)


def test_what_the_cloud_says_is_built_as_the_document_prints_it():
    assert build(econduit.ACK) == bytes_of(VECTORS["the ack of a heartbeat"])
    assert {build(answer) for answer in REGISTRATION_ANSWERS} == {
        bytes_of(vector) for vector in VECTORS.values() if vector["read"]["kind"] == "RegistrationAnswer"
    }


# ---- What kind of message it is --------------------------------------------------------------------------------------

FROM_TERMINAL = {
    b'{"command":"register","TerminalID":"1"}': Register,
    b'{"COMMAND":"REGISTER"}': Register,
    b'{"TerminalID":"1","softwareversion":"2"}': Register,
    b'{"Command":"Registration"}': Strange,
    b'{"Command":"heartbeat"}': Heartbeat,
    b'{"command":"Heartbeat"}': Heartbeat,
    b'{"Command":"Heartbeat","TerminalID":"1","More":"2"}': Heartbeat,
    b'{"resultcode":"Approved"}': Response,
    b'{"Command":"Sale","ResultCode":"Approved"}': Response,
    b'{"Status":"OK"}': Strange,
    b"{}": Strange,
    b"heartbeat": Malformed,
    b"[]": Malformed,
    b"\xff\xfe": Malformed,
}


@pytest.mark.parametrize("payload", FROM_TERMINAL)
def test_kinds_are_told_apart_without_regard_to_letter_case(payload):
    assert type(read_from_terminal(payload)) is FROM_TERMINAL[payload]


def test_a_heartbeat_in_no_reading_keeps_its_own_text():
    other = b'{"Command":"heartbeat"}'
    assert read_from_terminal(other) == Heartbeat(other.decode(), Document({"Command": "heartbeat"}))


@pytest.mark.parametrize(("bodies", "kind"), [((), Malformed), (("",), Heartbeat), (("Heartbeat",), Malformed)])
def test_the_profile_says_whether_an_empty_frame_is_a_heartbeat(bodies, kind):
    assert type(read_from_terminal(b"", bodies)) is kind


@pytest.mark.parametrize(
    ("value", "asks"), [('"true"', True), ("true", True), ('"True"', False), ('"false"', False), ("1", False)]
)
def test_who_asks_for_acks(value, asks):
    register = read_from_terminal(b'{"Command":"Register","AckHeartbeat":%s}' % value.encode())
    assert isinstance(register, Register)
    assert register.asks_for_acks is asks


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"ok-registration", RegistrationAnswer("ok-registration")),
        (b"", RegistrationAnswer("")),
        (b'{"Status":"OK","Command":"Sale"}', Command({"Status": "OK", "Command": "Sale"})),
        (b'{"Status":"ok"}', Command({"Status": "ok"})),
        (b'{"Status":"OK","More":"1"}', Ack()),
    ],
)
def test_what_a_terminal_hears(payload, message):
    assert read_from_cloud(payload) == message


# ---- Never an exception ----------------------------------------------------------------------------------------------


@given(st.binary(max_size=120))
def test_nothing_that_comes_raises(payload):
    assert isinstance(read_from_terminal(payload), Register | Heartbeat | Response | Strange | Malformed)
    assert isinstance(read_from_cloud(payload), RegistrationAnswer | Ack | Command | Malformed)


def test_a_message_beyond_the_limit_is_malformed_and_the_next_is_read():
    reader = Reader(read_from_terminal, limit=100)
    found = reader.receive_data(b"x" * 101 + econduit.TERMINATOR + build("Heartbeat") + b"half")
    assert [type(message) for message in found] == [Malformed, Heartbeat]
    assert reader.pending == b"half"
