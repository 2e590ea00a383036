"""Our envelope and that of Adyen's own Node library open each other; and neither does if ours is bent."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.wire import envelope, nexo
from harness.wire.envelope import Key, Unopened
from harness.wire.nexo import EVENT_HEADER, EventNotification, MessageHeader, PaymentReceipt, PaymentResponse

FOLDER = Path(__file__).parent / "adyen"
KEY = Key("Harness-Passphrase-1!", "harness-key", 1)
NONCE = bytes(range(16))
AT = "2030-01-02T03:04:05.000Z"
NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = pytest.mark.skipif("INTEROP" not in os.environ, reason="needs node and npm: tox -e interop")

EVENT = nexo.request(
    dataclasses.replace(EVENT_HEADER, sale_id="HARNESS-POS-1", poi_id="V400m-000000001", device_id="1000000001"),
    EventNotification("BeginMaintenance", AT, "newstate=MAINTENANCE&oldstate=IDLE"),
)
RESULT = nexo.response(
    MessageHeader(type="Response", sale_id="HARNESS-POS-1", poi_id="V400m-000000001", service_id="200"),
    PaymentResponse(
        "Success", "772", AT, "45.08", "EUR", receipts=(PaymentReceipt("CustomerReceipt", ("CAFÉ €", "ÇA")),)
    ),
)

each_library = pytest.mark.parametrize("library", ["NexoCrypto", "NexoSecurityManager"])
each_message = pytest.mark.parametrize("message", [EVENT, RESULT], ids=lambda message: message.name)


@pytest.fixture(scope="module")
def library_at(tmp_path_factory):
    """A folder with our script and the library it locks, from the npm registry."""
    folder = tmp_path_factory.mktemp("adyen")
    for name in ("package.json", "package-lock.json", "envelope.js"):
        shutil.copy(FOLDER / name, folder)
    done = subprocess.run(
        [NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def ask(library_at):
    """Has the library seal or open something."""

    def asked(**order):
        order["key"] = {"passphrase": KEY.passphrase, "identifier": KEY.identifier, "version": KEY.version}
        done = subprocess.run(
            [NODE, "envelope.js"],
            cwd=library_at, input=json.dumps(order) + "\n", capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    return asked


@each_library
@each_message
def test_we_open_what_they_seal(ask, library, message):
    sealed = ask(do="seal", **{"with": library}, wrapper=message.WRAPPER, text=message.build().decode())["envelope"]

    theirs = nexo.parse(nexo.write(sealed))

    assert theirs.faults == ()
    assert envelope.open_sealed(theirs, KEY) == message


@each_library
@each_message
def test_they_open_what_we_seal(ask, library, message):
    made = envelope.seal(message, KEY, NONCE)

    found = ask(do="open", **{"with": library}, sealed=made.document()[message.WRAPPER])

    assert found == {"text": message.build().decode()}


@each_library
@pytest.mark.parametrize(
    "bend",
    [
        envelope.with_hmac_flipped,
        envelope.with_blob_flipped,
        lambda made: dataclasses.replace(made, trailer=dataclasses.replace(made.trailer, nonce=bytes(16))),
    ],
    ids=["HMAC", "blob", "nonce"],
)
def test_they_open_nothing_that_we_bent(ask, library, bend):
    bent = bend(envelope.seal(EVENT, KEY, NONCE))

    assert "refused" in ask(do="open", **{"with": library}, sealed=bent.document()[nexo.REQUEST])


@pytest.mark.parametrize(
    "bent",
    [
        lambda derive: lambda passphrase: derive(passphrase, rounds=1000),
        lambda derive: lambda passphrase: derive(passphrase, salt=b"AdyenNexoV2Salt"),
        lambda derive: lambda passphrase: _swapped(derive(passphrase)),
    ],
    ids=["1000 rounds", "another salt", "keys in another order"],
)
def test_the_two_part_if_our_side_is_bent(ask, monkeypatch, bent):
    sealed = ask(do="seal", **{"with": "NexoCrypto"}, wrapper=nexo.REQUEST, text=EVENT.build().decode())["envelope"]
    monkeypatch.setattr(envelope, "derive", bent(envelope.derive))

    assert isinstance(envelope.open_sealed(nexo.parse(nexo.write(sealed)), KEY), Unopened)
    ours = envelope.seal(EVENT, KEY, NONCE).document()[nexo.REQUEST]
    assert "refused" in ask(do="open", **{"with": "NexoCrypto"}, sealed=ours)


def _swapped(material):
    return dataclasses.replace(material, hmac_key=material.cipher_key, cipher_key=material.hmac_key)
