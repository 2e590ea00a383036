"""Whatever comes in, neither DUT raises, and what is no message changes nothing."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.adyen.backend import Backend
from emulator.adyen.sender import Sender
from emulator.adyen.settings import BackendSettings, SenderSettings
from emulator.adyen.webhook import basic
from emulator.http_party import POWER_ON
from harness.evidence.bench import Booked, Pressed
from harness.wire import nexo
from harness.wire.endpoint import Noted, Opened, Output, Received, Send, Told
from harness.wire.http1 import ClientSide, Reply, Request
from tests.emulator.adyen.shop import KEY

SETTINGS = replace(BackendSettings(), configures=False, key=KEY)
LOGIN = basic(SETTINGS.username, SETTINGS.password)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(["MessageHeader", "EventNotification", "PaymentResponse", "TransactionStatusResponse",
                         "NexoBlob", "SecurityTrailer"])  # fmt: skip
PARTS = st.sampled_from(["POIID", "SaleID", "ServiceID", "EventToNotify", "TimeStamp", "EventDetails", "Response",
                         "RejectedMessage", "PaymentReceipt", "RepeatedMessageResponse"])  # fmt: skip
VALUES = JSON | st.sampled_from(["V400m-000000001", "Reject", "SaleWakeUp", "Shutdown", "2030-01-02T03:04:05.000Z"])
MESSAGES = st.builds(
    lambda wrapper, content: {wrapper: content},
    st.sampled_from([nexo.REQUEST, nexo.RESPONSE]),
    JSON | st.dictionaries(NAMES, st.dictionaries(PARTS, VALUES) | JSON),
)


def backend(**changes: object) -> Backend:
    """One that is on and has a sale waiting."""
    made = Backend(replace(SETTINGS, **changes), {}, random.Random(1))  # noqa: S311
    made.handle(POWER_ON, 0.0)
    made.handle(Told("user", Pressed("sale", {"amount": "1.00", "reference": "A"})), 0.0)
    made.handle(Opened(1, "webhook"), 0.0)
    return made


def posted(body: bytes) -> bytes:
    headers = (("Host", "pos"), ("Content-Type", "application/json"), ("Authorization", LOGIN))
    return ClientSide().request(Request("POST", SETTINGS.path, headers, body))


def status(outputs: list[Output]) -> int:
    """With which status these answer a request."""
    side = ClientSide()
    side.request(Request("POST", "/", (("Host", "pos"),)))
    found = side.receive_data(b"".join(output.data for output in outputs if isinstance(output, Send)))
    assert isinstance(found[0], Reply)
    return found[0].status


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_on_a_line(data: bytes, encrypted: bool) -> None:
    made = backend(encrypted=encrypted)
    made.handle(Received(1, data), 1.0)
    other = Sender(replace(SenderSettings(), key=KEY), {}, random.Random(1))  # noqa: S311
    other.handle(POWER_ON, 0.0)
    other.handle(Opened(1, "nexo"), 0.0)
    other.handle(Received(1, data), 1.0)
    other.handle(Told("user", Pressed("request", {"text": data.decode("latin-1")})), 1.0)


@settings(max_examples=25, deadline=None)
@given(JSON | MESSAGES, st.booleans())
def test_any_json_in_a_post_is_answered_and_pays_nothing(document: object, encrypted: bool) -> None:
    made = backend(encrypted=encrypted)
    body = json.dumps(document).encode()
    answered = list(made.handle(Received(1, posted(body)), 1.0))
    assert status(answered) in (200, 400)
    booked = [output.body for output in made.work(2.0) if isinstance(output, Noted) and isinstance(output.body, Booked)]
    assert "paid" not in {body.state for body in booked}
