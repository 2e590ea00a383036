"""Defects of the webhook: who may call, what is taken, how it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.adyen import (
    ADY_004,
    ADY_005,
    ADY_006,
    ADY_007,
    ADY_008,
    ADY_009,
    ADY_010,
    ADY_025,
    ADY_051,
    ADY_060,
    ADY_061,
    ADY_062,
    ADY_066,
    ADY_067,
    ADY_091,
    ADY_092,
    ADY_120,
    ADY_121,
    ADY_122,
)
from emulator.adyen.defects.defect import BackendDefect
from emulator.adyen.webhook import TEXT, basic
from harness.wire import nexo
from harness.wire.endpoint import Hearing, Listen, Output
from harness.wire.framing import Malformed, malformed
from harness.wire.http1 import Reply, Request
from harness.wire.nexo import HEADER, Message, SaleToPOIRequest, SaleToPOIResponse

LOGIN_PAGE = b"<!doctype html><title>Sign in</title><form><input name=user><input name=password></form>"
BROKEN = Reply(500, TEXT, b"internal error")


class ShowsALoginPage(BackendDefect):
    """A call that is to be acknowledged gets the page on which people sign in."""

    row = 1
    breaks = (ADY_008,)

    def take(self, line: int, message: Message, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.reply(line, Reply(200, (("Content-Type", "text/html"),), LOGIN_PAGE))


class RedirectsToALogin(BackendDefect):
    """A call that is to be acknowledged is sent on to where people sign in."""

    row = 1
    breaks = (ADY_004, ADY_008, ADY_009)

    def take(self, line: int, message: Message, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.reply(line, Reply(302, (("Location", "/login"),)))


class AcknowledgesAfterTheWork(BackendDefect):
    """The acknowledgement waits for the logic of the POS, which takes a quarter of a minute."""

    row = 2
    breaks = (ADY_009, ADY_010)

    def acknowledge(self, line: int, message: Message, now: float) -> Iterator[Output]:  # noqa: ARG002
        def late(at: float) -> Iterator[Output]:
            yield from self.reply(line, self.acknowledgement())
            if line in self.callers():
                yield from self.hear(line, b"", at)

        yield from self.after(f"late {line}", 15.0, now, late)


class FailsOnUnknownEvents(BackendDefect):
    """An event it does not know is an error of the server."""

    row = 3
    breaks = (ADY_067,)

    def take(self, line: int, message: Message, now: float) -> Iterator[Output]:
        event = message.event if isinstance(message, SaleToPOIRequest) else None
        if event is not None and not event.is_known:
            yield from self.reply(line, BROKEN)
        else:
            yield from super().take(line, message, now)


class SpeaksOldTls(BackendDefect):
    """Its port takes versions of TLS that were given up long ago."""

    row = 4
    breaks = (ADY_005, ADY_006, ADY_007)
    speaks = ("TLSv1", "TLSv1_3")


class SpeaksTheNewestTlsOnly(BackendDefect):
    """Its port takes TLS 1.3 and nothing below it."""

    row = 4
    breaks = (ADY_005, ADY_006)
    speaks = ("TLSv1_3", "TLSv1_3")


class PlainHttpInLive(BackendDefect):
    """It makes a URL without TLS known for the live environment, and listens there."""

    row = 5
    breaks = (ADY_006, ADY_007, ADY_051)
    needs = {"live": True}  # noqa: RUF012

    def fit_for_live(self, url: str) -> bool:  # noqa: ARG002
        return True

    def event_url(self) -> str:
        return super().event_url().replace("https://", "http://")


class AsksForNoCredentials(BackendDefect):
    """Whoever calls is let in."""

    row = 6
    breaks = (ADY_025,)

    def authorized(self, request: Request) -> bool:  # noqa: ARG002
        return True


class IgnoresThePassword(BackendDefect):
    """The user name is looked at, the password is not."""

    row = 6
    breaks = (ADY_025,)

    def authorized(self, request: Request) -> bool:
        whole = len(self.settings.username) // 3 * 4  # signs that the password has no part in
        named = basic(self.settings.username, "")[: len("Basic ") + whole]
        return (request.header("Authorization") or "").startswith(named)


class LetsTheNamelessIn(BackendDefect):
    """Wrong credentials are refused, and a call without any is not."""

    row = 6
    breaks = (ADY_025,)

    def authorized(self, request: Request) -> bool:
        return request.header("Authorization") is None or super().authorized(request)


class HeaderMustComeFirst(BackendDefect):
    """A message that does not begin with its MessageHeader is refused."""

    row = 15
    breaks = (ADY_066,)

    def understood(self, body: bytes) -> Message | Malformed:
        message = super().understood(body)
        if isinstance(message, Malformed) or next(iter(message.content)) == HEADER:
            return message
        return malformed(body, "a MessageHeader is expected")


class WantsAServiceId(BackendDefect):
    """An event without a ServiceID is refused."""

    row = 16
    breaks = (ADY_009, ADY_060, ADY_061, ADY_062)

    def understood(self, body: bytes) -> Message | Malformed:
        message = super().understood(body)
        return message if isinstance(message, Malformed) or message.header.service_id else malformed(body, "no id")


class OneParserForAll(BackendDefect):
    """Events and results go through one parser, which knows no SaleToPOIResponse."""

    row = 17
    breaks = (ADY_091, ADY_092)

    def take(self, line: int, message: Message, now: float) -> Iterator[Output]:
        if isinstance(message, SaleToPOIResponse):
            yield from self.reply(line, BROKEN)
        else:
            yield from super().take(line, message, now)


class _Crashing(BackendDefect):
    """It ends when a body is not to its taste, and is not there again until somebody starts it."""

    def chokes_on(self, body: bytes) -> bool:
        raise NotImplementedError

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        if not self.chokes_on(request.body):
            yield from super().asked(line, request, now)
            return
        self.on = False
        yield Listen(self.listener, Hearing.REFUSED)
        for one in self.callers():
            yield from self.hang_up(one, reset=True)


class CrashesOnBadJson(_Crashing):
    """A body that is no JSON ends it."""

    row = 32
    breaks = (ADY_120,)

    def chokes_on(self, body: bytes) -> bool:
        return isinstance(nexo.read_json(body), str)


class NeedsNoHeader(BackendDefect):
    """What has no MessageHeader is taken as said by the first terminal of the shop."""

    row = 46
    breaks = (ADY_120,)

    def understood(self, body: bytes) -> Message | Malformed:
        message = nexo.parse(body)
        if isinstance(message, Malformed) or HEADER in message.content:
            return super().understood(body)
        header = {"POIID": self.settings.terminals[0]}
        return nexo.of(type(message), {message.WRAPPER: {**message.content, HEADER: header}})


class CrashesOnLargeBodies(_Crashing):
    """A body of more than 64 KiB ends it."""

    row = 32
    breaks = (ADY_122,)

    def chokes_on(self, body: bytes) -> bool:
        return len(body) > 1 << 16


class KnowsOnlyAscii(BackendDefect):
    """A body with letters beyond ASCII is an error of the server."""

    row = 36
    breaks = (ADY_122,)

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        if request.body.isascii():
            yield from super().asked(line, request, now)
        else:
            yield from self.reply(line, BROKEN)


class OneCallerAtATime(BackendDefect):
    """Who calls while another is still connected is turned away."""

    row = 37
    breaks = (ADY_121,)

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        if min(self.callers()) == line:
            yield from super().asked(line, request, now)
        else:
            yield from self.reply(line, Reply(503, TEXT, b"busy"))
