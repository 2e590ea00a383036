"""The envelope: byte for byte the sheet's own vector, and nothing opened that anybody changed."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import envelope, nexo
from harness.wire.envelope import Key, Unopened

KEY = Key("Harness-Passphrase-1!", "harness-key", 1)
NONCE = bytes(range(16))
TEXT = (
    b'{"SaleToPOIRequest":{"EventNotification":{"EventDetails":"newstate=MAINTENANCE&oldstate=IDLE",'
    b'"EventToNotify":"BeginMaintenance","TimeStamp":"2030-01-02T03:04:05.000Z"},"MessageHeader":'
    b'{"DeviceID":"1000000001","MessageCategory":"Event","MessageClass":"Event","MessageType":"Notification",'
    b'"POIID":"V400m-000000001","ProtocolVersion":"3.0","SaleID":"HARNESS-POS-1"}}}'
)


def message(text=TEXT):
    parsed = nexo.parse(text)
    assert isinstance(parsed, nexo.SaleToPOIRequest)
    return parsed


def sealed():
    return envelope.seal(message(), KEY, NONCE)


def opened(made, keys=KEY):
    return envelope.open_sealed(nexo.parse(made.build()), keys)


def test_the_key_material_is_that_of_the_vector():
    material = envelope.derive(KEY.passphrase)

    assert material.hmac_key.hex() == "5db3eda89d8b68e7c856f63a95d00a219d077bb34fe4774a76b66d848d959449"
    assert material.cipher_key.hex() == "c7a6085230267fc42d6c918e20b3c4e31305f5a80b75c567783474d5604c9f9f"
    assert material.iv.hex() == "63be943fc2fd056069db0b4cafeb278e"


def test_the_envelope_is_that_of_the_vector():
    made = sealed()

    assert message().build() == TEXT
    assert len(TEXT) == 365
    assert b64encode(made.trailer.hmac) == b"pCej5TyBTILlW7RXbTcFJdgn9KpzGb6rl7M2b4ZDLeo="
    assert len(made.blob) == 368
    assert hashlib.sha256(made.blob).hexdigest() == "253dfca60944ba2af6a222cb8d4d4dc131d6f780f0b329d7f4f765ea3432d096"


def test_what_was_sealed_is_opened_whole():
    found = opened(sealed())

    assert isinstance(found, nexo.SaleToPOIRequest)
    assert found.build() == TEXT
    assert nexo.parse(sealed().build()).faults == ()


def test_the_right_one_of_several_keys_is_found_by_its_name_and_version():
    newer = Key("Another-Passphrase-2?", KEY.identifier, 2)

    assert isinstance(opened(sealed(), (newer, KEY)), nexo.SaleToPOIRequest)
    assert opened(sealed(), newer) == Unopened("unknown key or version")


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda made: envelope.with_blob_flipped(made, 0), "wrong padding or HMAC"),
        (lambda made: envelope.with_blob_flipped(made, -1), "wrong padding or HMAC"),
        (lambda made: envelope.with_blob_flipped(made, -17), "wrong padding or HMAC"),
        (envelope.with_hmac_flipped, "wrong padding or HMAC"),
        (lambda made: replace(made, trailer=replace(made.trailer, nonce=bytes(16))), "wrong padding or HMAC"),
        (lambda made: replace(made, blob=made.blob[:-16]), "wrong padding or HMAC"),
        (lambda made: replace(made, blob=made.blob[:-1]), "not a proper envelope"),
        (lambda made: replace(made, blob=b""), "not a proper envelope"),
        (lambda made: replace(made, trailer=replace(made.trailer, nonce=bytes(8))), "not a proper envelope"),
        (lambda made: replace(made, trailer=replace(made.trailer, key_identifier="other")), "unknown key or version"),
        (lambda made: replace(made, trailer=replace(made.trailer, key_version=2)), "unknown key or version"),
        (lambda made: replace(made, trailer=replace(made.trailer, crypto_version=0)), "unknown key or version"),
        (
            lambda made: replace(made, header={**made.header, "POIID": "V400m-000000002"}),
            "the header inside is not the one outside",
        ),
    ],
)
def test_nothing_is_opened_that_was_changed(bend, why):
    assert opened(bend(sealed())) == Unopened(why)


@pytest.mark.parametrize("text", [b"", b"{}", b"no JSON", sealed().build()])
def test_what_is_no_message_inside_is_not_opened(text):
    made = envelope.seal_text(text, nexo.REQUEST, message().header.members(), KEY, NONCE)

    assert opened(made) == Unopened("no message inside")


@given(
    st.dictionaries(
        st.sampled_from(["NexoBlob", "SecurityTrailer", "MessageHeader"]),
        st.none()
        | st.text(max_size=40)
        | st.integers()
        | st.dictionaries(
            st.sampled_from(["KeyIdentifier", "KeyVersion", "AdyenCryptoVersion", "Nonce", "Hmac"]),
            st.none()
            | st.text(max_size=20)
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.lists(st.none()),
        ),
    )
)
def test_no_envelope_raises(content):
    found = nexo.parse(json.dumps({"SaleToPOIRequest": content}).encode())

    assert isinstance(found, nexo.SaleToPOIRequest)
    assert isinstance(envelope.open_sealed(found, KEY), Unopened)


def test_a_key_does_not_show_its_passphrase():
    assert KEY.passphrase not in repr(KEY)
    assert "hmac_key" not in repr(envelope.derive(KEY.passphrase))
