"""What the three services share that a DUT calls: how an answer is said, and whose credentials a call brought."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Protocol

from fake_cloud.adyen.instructions import Answering
from harness.wire import nexo
from harness.wire.adyen import DeviceReply, HeardReply, Login, SettingsReply
from harness.wire.endpoint import Output
from harness.wire.framing import SHOWN
from harness.wire.http1 import Reply, Request
from harness.wire.nexo import JsonObject

Said = SettingsReply | DeviceReply | HeardReply


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the call at hand on a line, and what the trace shall say of it."""

    line: int
    reply: Reply
    said: Said

    def bent(self, how: Answering) -> Answered:
        """The same with what a case wants in its place."""
        status = self.reply.status if how.status is None else how.status
        body = self.reply.body if how.body is None else how.body
        reply = Reply(status, how.headers or self.reply.headers, body)
        said: Said = replace(self.said, status=status)
        if how.body is not None:
            text = how.body[:SHOWN].decode(errors="backslashreplace")
            match said:
                case SettingsReply():
                    said = SettingsReply(status, {})
                case DeviceReply():
                    said = DeviceReply(status, text, {})
                case HeardReply():
                    said = HeardReply(status, text)
        return Answered(self.line, reply, said)


class Called(Protocol):
    """A service: what it does when somebody calls it. It answers now, or later, or never."""

    def called(self, line: int, request: Request, now: float) -> Iterator[Output | Answered]: ...


def json_reply(status: int, document: JsonObject) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), nexo.write(document))


def text_reply(status: int, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())


def problem(status: int, title: str, invalid: list[tuple[str, str]] | None = None) -> JsonObject:
    """An error of Adyen's in the form of RFC 9457; `invalid`: fields and what is wrong with them."""
    document: JsonObject = {"status": status, "title": title, "errorCode": f"00_{status}"}
    if invalid:
        document["invalidFields"] = [{"name": name, "message": why} for name, why in invalid]
    return document


def key_login(request: Request, api_key: str) -> Login:
    """Whether a call brought the API key."""
    given = request.header("X-API-Key")
    if not given:
        return Login.ABSENT
    return Login.RIGHT if compare_digest(given.encode(), api_key.encode()) else Login.WRONG


def basic_login(request: Request, username: str, password: str) -> Login:
    """Whether a call brought these credentials by basic authentication."""
    if not username and not password:
        return Login.NONE_SET
    scheme, _, words = (request.header("Authorization") or "").partition(" ")
    if not words:
        return Login.ABSENT
    try:
        given = b64decode(words.strip(), validate=True)
    except ValueError:
        return Login.WRONG
    right = scheme.casefold() == "basic" and compare_digest(given, f"{username}:{password}".encode())
    return Login.RIGHT if right else Login.WRONG
