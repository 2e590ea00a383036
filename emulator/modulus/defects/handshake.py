"""Defects of the endpoint and of authentication (sheet, A and B)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from catalogue.modulus import MOD_001, MOD_002, MOD_005, MOD_006, MOD_010, MOD_011, MOD_014, MOD_016, MOD_033, MOD_038
from emulator.modulus.defects.defect import Defect
from emulator.modulus.link import Standing
from harness.wire import modulus
from harness.wire.endpoint import Dial, Input, Output, Refused
from harness.wire.http1 import Headers, Reply


class KeyInTheQuery(Defect):
    """The key goes in the query of the URL, where every proxy writes it down."""

    row = 1
    breaks = (MOD_014,)

    def target(self) -> str:
        return f"{super().target()}?{modulus.KEY_NAME}={quote(self.settings.api_key)}"

    def headers(self) -> Headers:
        return tuple(header for header in super().headers() if header[0] != modulus.KEY_NAME)


class KeyInTheFirstMessage(Defect):
    """It connects first and means to authenticate by a message afterwards."""

    row = 2
    breaks = (MOD_010, MOD_011)

    def headers(self) -> Headers:
        return tuple(header for header in super().headers() if header[0] != modulus.KEY_NAME)

    def connected(self, now: float) -> Iterator[Output]:
        yield from self.send(modulus.build({"action": "authenticate", modulus.KEY_NAME: self.settings.api_key}))
        yield from super().connected(now)


class KeyAsApiToken(Defect):
    """The header is named `X-Api-Token`."""

    row = 3
    breaks = (MOD_011,)

    def headers(self) -> Headers:
        return (("X-Api-Token", self.settings.api_key),)


class KeyAsAuthorization(Defect):
    """The key comes as a bearer token."""

    row = 3
    breaks = (MOD_011,)

    def headers(self) -> Headers:
        return (("Authorization", f"Bearer {self.settings.api_key}"),)


class ShowsAKeyOfItsOwn(Defect):
    """The key is one that its maker thought of, and nobody has issued."""

    row = 32
    breaks = (MOD_005,)

    def headers(self) -> Headers:
        return ((modulus.KEY_NAME, "pos-of-the-maker"),)


class EndpointCompiledIn(Defect):
    """The first endpoint it ever saw is for good; what is provisioned later has no effect."""

    row = 4
    breaks = (MOD_002,)

    def endpoint(self) -> str:
        return self.storage.setdefault("endpoint", super().endpoint())


class RootPath(Defect):
    """The handshake asks for `/`."""

    row = 4
    breaks = (MOD_001,)

    def target(self) -> str:
        return "/"


class TrustsAnybody(Defect):
    """The check of certificates is switched off."""

    row = 5
    breaks = (MOD_033,)
    needs_tls = True
    trusts_anybody = True


class FollowsARedirect(Defect):
    """It goes wherever a refusal points, key and all."""

    row = 5
    breaks = (MOD_033,)
    elsewhere = ""

    def endpoint(self) -> str:
        return self.elsewhere or super().endpoint()

    def denied(self, reply: Reply, now: float) -> Iterator[Output]:
        self.elsewhere = urlsplit(reply.header("Location") or "").netloc
        yield from super().denied(reply, now)


class FallsBackToPlain(Defect):
    """Where TLS fails it tries without."""

    row = 32
    breaks = (MOD_006,)
    needs_tls = True

    def react(self, event: Input, now: float) -> Iterator[Output]:
        if isinstance(event, Refused) and event.why.startswith("not secured") and self.standing is Standing.DIALLING:
            yield Dial(self.endpoint(), self.settings.dial_within)
        else:
            yield from super().react(event, now)


class HammersAfterARefusal(Defect):
    """Refused, it asks again every 10 ms, fifty times, and then takes a breath."""

    row = 6
    breaks = (MOD_016, MOD_038)
    refusals = 0

    def denied(self, reply: Reply, now: float) -> Iterator[Output]:
        yield from super().denied(reply, now)
        self.refusals += 1
        if self.refusals % 50:
            yield from self.wake("redial", now + 0.01)


class HidesTheRefusal(Defect):
    """A refused key looks to the user like a gateway that is slow."""

    row = 32
    breaks = (MOD_016,)

    def denied(self, reply: Reply, now: float) -> Iterator[Output]:
        yield from super().denied(reply, now)
        self.say("Connecting")
