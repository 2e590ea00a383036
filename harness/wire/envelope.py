"""The encrypted envelope of nexo messages: sealed with a nonce that is handed in, opened or refused in one same way.

From the passphrase come, once, an HMAC key, an AES key and an IV. The whole JSON text, its outer member and its header
included, is encrypted by AES-256-CBC under the IV XOR the message's nonce, and HMAC'd *in clear*: so a receiver must
decrypt before it can check, and what it must not do is let the sender learn which of the two failed. Beside the blob
the header stands in clear, for routing; nothing protects that copy but a comparison with the one inside.

`seal` makes an envelope, and each of its parts can be bent by a case; `open_sealed` never raises for what came.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from harness.wire import nexo
from harness.wire.framing import Malformed
from harness.wire.nexo import BLOB, HEADER, TRAILER, JsonObject, Message

SALT = b"AdyenNexoV1Salt"
ROUNDS = 4000
VERSION = 1
"""AdyenCryptoVersion."""

NONCE_BYTES = 16
HMAC_BYTES = 32
BLOCK_BITS = 128


@dataclass(frozen=True, slots=True)
class Key:
    """A shared key as both sides name it. The passphrase stays out of `repr`."""

    passphrase: str = field(repr=False)
    identifier: str
    version: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class Material:
    """What is derived from a passphrase: 32, 32 and 16 bytes."""

    hmac_key: bytes
    cipher_key: bytes
    iv: bytes


@lru_cache(maxsize=64)
def derive(passphrase: str, *, salt: bytes = SALT, rounds: int = ROUNDS) -> Material:
    """PBKDF2-HMAC-SHA1, 80 bytes, cut in the order HMAC key, AES key, IV."""
    bits = PBKDF2HMAC(algorithm=SHA1(), length=80, salt=salt, iterations=rounds).derive(passphrase.encode())  # noqa: S303
    return Material(bits[:32], bits[32:64], bits[64:])


@dataclass(frozen=True, slots=True)
class Trailer:
    """The SecurityTrailer, its binary members decoded."""

    key_identifier: str
    key_version: int
    nonce: bytes
    hmac: bytes
    crypto_version: int = VERSION

    def members(self) -> JsonObject:
        return {
            "AdyenCryptoVersion": self.crypto_version,
            "Hmac": b64encode(self.hmac).decode(),
            "KeyIdentifier": self.key_identifier,
            "KeyVersion": self.key_version,
            "Nonce": b64encode(self.nonce).decode(),
        }


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed message, its parts apart. `wrapper`: SaleToPOIRequest or SaleToPOIResponse; `header`: the clear copy, as
    JSON members."""

    wrapper: str
    header: JsonObject
    blob: bytes
    trailer: Trailer

    def document(self) -> JsonObject:
        members = {HEADER: self.header, BLOB: b64encode(self.blob).decode(), TRAILER: self.trailer.members()}
        return {self.wrapper: members}

    def build(self) -> bytes:
        """The envelope as JSON."""
        return nexo.write(self.document())


# ---- Sealing ---------------------------------------------------------------------------------------------------------


def seal(message: Message, key: Key, nonce: bytes) -> Envelope:
    """A message in its envelope. `nonce`: 16 random bytes, never used twice."""
    return seal_text(message.build(), message.WRAPPER, message.header.members(), key, nonce)


def seal_text(text: bytes, wrapper: str, header: JsonObject, key: Key, nonce: bytes) -> Envelope:
    """Any text in an envelope, legal or not, with any header beside it."""
    material = derive(key.passphrase)
    padder = PKCS7(BLOCK_BITS).padder()
    encryptor = _cipher(material, nonce).encryptor()
    blob = encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()
    trailer = Trailer(key.identifier, key.version, nonce, hmac.digest(material.hmac_key, text, "sha256"))
    return Envelope(wrapper, header, blob, trailer)


def _cipher(material: Material, nonce: bytes) -> Cipher[modes.CBC]:
    iv = bytes(one ^ other for one, other in zip(material.iv, nonce, strict=True))
    return Cipher(algorithms.AES256(material.cipher_key), modes.CBC(iv))


# ---- Bending ---------------------------------------------------------------------------------------------------------


def flipped(data: bytes, place: int = -1) -> bytes:
    """The bytes with one bit of one byte changed."""
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def with_blob_flipped(envelope: Envelope, place: int = 0) -> Envelope:
    """One bit of the cipher text is another."""
    return replace(envelope, blob=flipped(envelope.blob, place))


def with_hmac_flipped(envelope: Envelope) -> Envelope:
    """One bit of the HMAC is another."""
    return replace(envelope, trailer=replace(envelope.trailer, hmac=flipped(envelope.trailer.hmac)))


# ---- Opening ---------------------------------------------------------------------------------------------------------

NOT_OPENED = "the envelope cannot be opened"
"""The one reason that may be told to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """An envelope that is not to be trusted. `why`, for our own trace alone: which check refused it. The sender gets
    `NOT_OPENED`, whatever it was."""

    why: str


def open_sealed(message: Message, keys: Key | tuple[Key, ...]) -> Message | Unopened:
    """The message inside an envelope, its HMAC and its header checked; one that fails any check is `Unopened`.

    Decryption and HMAC are both done before either is judged, and the HMAC is compared in constant time."""
    if (envelope := read(message)) is None:
        return Unopened("not a proper envelope")
    known = (keys,) if isinstance(keys, Key) else keys
    trailer = envelope.trailer
    key = next((k for k in known if (k.identifier, k.version) == (trailer.key_identifier, trailer.key_version)), None)
    if key is None or trailer.crypto_version != VERSION:
        return Unopened("unknown key or version")
    text = _decrypted(envelope, key)
    if text is None:
        return Unopened("wrong padding or HMAC")
    inner = nexo.parse(text)
    if isinstance(inner, Malformed) or inner.WRAPPER != message.WRAPPER or inner.sealed:
        return Unopened("no message inside")
    if inner.content.get(HEADER) != envelope.header:
        return Unopened("the header inside is not the one outside")
    return inner


def read(message: Message) -> Envelope | None:
    """The envelope's parts, None where one is missing or has not its form."""
    content = message.content
    trailer, header = content.get(TRAILER), content.get(HEADER)
    if not isinstance(trailer, dict) or not isinstance(header, dict):
        return None
    identifier = trailer.get("KeyIdentifier")
    version, crypto = trailer.get("KeyVersion"), trailer.get("AdyenCryptoVersion")
    blob, nonce, tag = _bytes(content.get(BLOB)), _bytes(trailer.get("Nonce")), _bytes(trailer.get("Hmac"))
    if blob is None or nonce is None or tag is None or not isinstance(identifier, str):
        return None
    if type(version) is not int or type(crypto) is not int:
        return None
    if not blob or len(blob) % (BLOCK_BITS // 8) or len(nonce) != NONCE_BYTES or len(tag) != HMAC_BYTES:
        return None
    return Envelope(message.WRAPPER, header, blob, Trailer(identifier, version, nonce, tag, crypto))


def _bytes(value: object) -> bytes | None:
    try:
        return b64decode(value, validate=True) if isinstance(value, str) else None
    except ValueError:
        return None


def _decrypted(envelope: Envelope, key: Key) -> bytes | None:
    """The text, None if its padding or its HMAC is wrong: as much work for the one as for the other."""
    material = derive(key.passphrase)
    decryptor = _cipher(material, envelope.trailer.nonce).decryptor()
    padded = decryptor.update(envelope.blob) + decryptor.finalize()
    unpadder = PKCS7(BLOCK_BITS).unpadder()
    try:
        text, well_padded = unpadder.update(padded) + unpadder.finalize(), True
    except ValueError:
        text, well_padded = padded, False
    expected = hmac.digest(material.hmac_key, text, "sha256")
    return text if hmac.compare_digest(expected, envelope.trailer.hmac) and well_padded else None
