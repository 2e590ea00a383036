"""The encryption of nexo messages as the maker of a POS writes it: one method a step, so that each can be got wrong.

It follows the same sheet as `harness.wire.envelope` and takes from there how an envelope is written and read; what is
computed with its parts is its own work, so that a mistake of the one shows against the other.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from harness.wire import envelope, nexo
from harness.wire.envelope import BLOCK_BITS, VERSION, Envelope, Key, Material, Trailer, Unopened
from harness.wire.framing import Malformed
from harness.wire.nexo import HEADER, Message


class Seal:
    """Closes and opens envelopes with one key."""

    def __init__(self, key: Key) -> None:
        self.key = key

    def material(self) -> Material:
        """80 bytes of 4000 rounds: HMAC key, AES key, IV."""
        return envelope.derive(self.key.passphrase)

    def iv(self, nonce: bytes) -> bytes:
        """That of one message: the derived one XOR its nonce."""
        return bytes(one ^ other for one, other in zip(self.material().iv, nonce, strict=True))

    def _cipher(self, nonce: bytes) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES256(self.material().cipher_key), modes.CBC(self.iv(nonce)))

    def tag(self, text: bytes, blob: bytes) -> bytes:  # noqa: ARG002  # a defect takes the cipher text
        """The HMAC is over what is read in clear."""
        return hmac.digest(self.material().hmac_key, text, "sha256")

    # ---- Closing -----------------------------------------------------------------------------------------------------

    def close(self, message: Message, nonce: bytes) -> bytes:
        """The message in its envelope, as JSON. `nonce`: 16 bytes, never used twice."""
        text = message.build()
        padder = PKCS7(BLOCK_BITS).padder()
        encryptor = self._cipher(nonce).encryptor()
        blob = encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()
        trailer = Trailer(self.key.identifier, self.key.version, nonce, self.tag(text, blob))
        return Envelope(message.WRAPPER, message.content[HEADER], blob, trailer).build()

    # ---- Opening -----------------------------------------------------------------------------------------------------

    def knows(self, trailer: Trailer) -> bool:
        """Whether an envelope was closed with our key, in a version we know (ADY-114)."""
        named = (trailer.key_identifier, trailer.key_version, trailer.crypto_version)
        return named == (self.key.identifier, self.key.version, VERSION)

    def authentic(self, text: bytes, closed: Envelope) -> bool:
        """Compared in constant time (ADY-111)."""
        return hmac.compare_digest(self.tag(text, closed.blob), closed.trailer.hmac)

    def same_header(self, inner: Message, closed: Envelope) -> bool:
        """The clear header is nobody's word until the one inside says the same (ADY-113)."""
        return bool(inner.content.get(HEADER) == closed.header)

    def open(self, message: Message) -> Message | Unopened:
        """What is inside, after every check; `Unopened.why` is for our own log (ADY-114)."""
        closed = envelope.read(message)
        if closed is None:
            return Unopened("not a proper envelope")
        if not self.knows(closed.trailer):
            return Unopened("unknown key or version")
        padded, text = self._decrypted(closed)
        authentic = self.authentic(padded if text is None else text, closed)
        if text is None:
            return Unopened("wrong padding")
        if not authentic:
            return Unopened("wrong HMAC")
        inner = nexo.parse(text)
        if isinstance(inner, Malformed) or inner.WRAPPER != message.WRAPPER or inner.sealed:
            return Unopened("no message inside")
        return inner if self.same_header(inner, closed) else Unopened("the header inside is another")

    def _decrypted(self, closed: Envelope) -> tuple[bytes, bytes | None]:
        """With padding, and without it if it is a proper one."""
        decryptor = self._cipher(closed.trailer.nonce).decryptor()
        padded = decryptor.update(closed.blob) + decryptor.finalize()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        try:
            return padded, unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            return padded, None
