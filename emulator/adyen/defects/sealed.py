"""Defects of encryption."""

from __future__ import annotations

import hmac

from catalogue.adyen import ADY_110, ADY_111, ADY_112, ADY_113, ADY_114
from emulator.adyen.defects.defect import BackendDefect
from emulator.adyen.seal import Seal
from harness.wire import envelope
from harness.wire.envelope import Envelope, Material
from harness.wire.nexo import Message

ENCRYPTED = {"encrypted": True}


class _Trusting(Seal):
    def authentic(self, text: bytes, closed: Envelope) -> bool:  # noqa: ARG002
        return True


class HmacNotChecked(BackendDefect):
    """Whatever decrypts is believed."""

    row = 18
    breaks = (ADY_111,)
    needs = ENCRYPTED
    sealing = _Trusting


class _OverCipherText(Seal):
    def tag(self, text: bytes, blob: bytes) -> bytes:  # noqa: ARG002
        return hmac.digest(self.material().hmac_key, blob, "sha256")


class HmacOverCipherText(BackendDefect):
    """The HMAC is computed over what is encrypted, as is usual elsewhere."""

    row = 18
    breaks = (ADY_111,)
    needs = ENCRYPTED
    sealing = _OverCipherText


class TakesClearMessages(BackendDefect):
    """A message without an envelope is believed on a URL that is encrypted."""

    row = 19
    breaks = (ADY_112,)
    needs = ENCRYPTED

    def may_be_clear(self, message: Message) -> bool:  # noqa: ARG002
        return True


class _WithoutNonce(Seal):
    def iv(self, nonce: bytes) -> bytes:  # noqa: ARG002
        return self.material().iv


class IvWithoutNonce(BackendDefect):
    """The derived IV is used for every message, without the nonce."""

    row = 20
    breaks = (ADY_110, ADY_111)
    needs = ENCRYPTED
    sealing = _WithoutNonce


class _OtherOrder(Seal):
    def material(self) -> Material:
        right = super().material()
        return Material(right.cipher_key, right.hmac_key, right.iv)


class KeysInTheOtherOrder(BackendDefect):
    """The AES key is taken before the HMAC key."""

    row = 20
    breaks = (ADY_110, ADY_111)
    needs = ENCRYPTED
    sealing = _OtherOrder


class _FewRounds(Seal):
    def material(self) -> Material:
        return envelope.derive(self.key.passphrase, rounds=1000)


class ThousandRounds(BackendDefect):
    """The keys are derived in 1000 rounds."""

    row = 20
    breaks = (ADY_110, ADY_111)
    needs = ENCRYPTED
    sealing = _FewRounds


class TellsWhichCheckFailed(BackendDefect):
    """Who sends a bad envelope learns whether its padding or its HMAC is wrong."""

    row = 21
    breaks = (ADY_114,)
    needs = ENCRYPTED

    def reason(self, why: str) -> str:
        return why


class _AnyHeader(Seal):
    def same_header(self, inner: Message, closed: Envelope) -> bool:  # noqa: ARG002
        return True


class BelievesEitherHeader(BackendDefect):
    """The clear header is not compared with the one inside the envelope."""

    row = 40
    breaks = (ADY_113,)
    needs = ENCRYPTED
    sealing = _AnyHeader
