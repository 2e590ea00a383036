"""HTTP/1.1 as a framing: bytes of one line to requests or replies and back, over h11, without sockets.

h11 knows the protocol; this module adds what a counterpart of ours needs on top of it. A message is one value, body
included. What the other side did wrong is a `Malformed` and never an exception, while a reply that may not be sent now
is our own mistake and raises h11's `LocalProtocolError`. And both limits hold to the byte: h11 is shown no more bytes
than the header limit leaves room for, so that a message means the same in one piece and in a thousand, and a stream
without end cannot fill the memory.

After a mistake nothing on the line can be trusted, so what comes later is not read: reject, and close.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import parse_qs, unquote

import h11

from harness.wire.framing import SHOWN, Malformed

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order and the letter case of the wire; a character is a byte (Latin-1)."""

HEADER_LIMIT = 1 << 14
"""Bytes for the first line and the header fields of one message, the blank line included."""

BODY_LIMIT = 1 << 20
"""Bytes for one body."""


def _value(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.casefold() == name.casefold()), None)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks. `target` as it stands in the first line: path and query, still encoded; `version`: of HTTP,
    as read."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    version: str = "1.1"

    @property
    def path(self) -> str:
        """The decoded path, also of a target in absolute form (`http://host/path`)."""
        path = self.target.partition("?")[0]
        if "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return unquote(path)

    @property
    def query(self) -> dict[str, list[str]]:
        """The decoded parameters, each with all of its values; what is not UTF-8 shows as U+FFFD."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The first value of a header field whatever the case of its name, None if it is absent."""
        return _value(self.headers, name)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answers, final replies only, and 101, after which the line speaks another protocol: the other 1xx
    ones are not worth a value."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header field whatever the case of its name, None if it is absent."""
        return _value(self.headers, name)


# ---- Reading ---------------------------------------------------------------------------------------------------------

Message = TypeVar("Message")
Head = h11.Request | h11.Response | h11.InformationalResponse


def _headers(head: Head) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw_items())


def _request(head: Head, body: bytes) -> Request:
    assert isinstance(head, h11.Request)  # noqa: S101 - h11 gives a server nothing else
    version = head.http_version.decode("ascii")
    return Request(head.method.decode("ascii"), head.target.decode("latin-1"), _headers(head), body, version)


def _reply(head: Head, body: bytes) -> Reply:
    assert isinstance(head, h11.Response | h11.InformationalResponse)  # noqa: S101 - h11 gives a client nothing else
    return Reply(head.status_code, _headers(head), body)


class _Intake(Generic[Message]):
    """Whole messages out of an h11 connection, within both limits.

    `head` is that of the message in progress; `status` is 0 until the other side makes a mistake, then the HTTP status
    that answers it."""

    def __init__(
        self, connection: h11.Connection, build: Callable[[Head, bytes], Message], header_limit: int, body_limit: int
    ) -> None:
        self._h11 = connection
        self._build = build
        self.header_limit = header_limit
        self._body_limit = body_limit
        self._pending = bytearray()  # not yet shown to h11
        self._held = 0  # shown to h11 and not yet used by it; never above the header limit
        self._shown = bytearray()  # the beginning of the current message, for a Malformed
        self._size = 0
        self.head: Head | None = None
        self._body = bytearray()
        self.status = 0

    @property
    def unread(self) -> int:
        """How many bytes belong to no finished message."""
        return self._size + len(self._pending)

    @property
    def rest(self) -> bytes:
        """What came behind the last whole message."""
        return self._h11.trailing_data[0] + bytes(self._pending)

    def feed(self, data: bytes) -> None:
        self._pending += data

    def next(self) -> Message | Malformed | None:
        """The next whole message, if enough bytes have come."""
        try:
            for event in self._events():
                match event:
                    case h11.Request():
                        self.head = event
                        self._check_body(int(dict(event.headers).get(b"content-length", b"0")))
                    case h11.Response():
                        self.head = event  # its length may be that of a body which HEAD leaves out
                    case h11.InformationalResponse(status_code=101):
                        self.head = event
                        return self._finished()
                    case h11.Data():
                        self._body += event.data
                        self._check_body(len(self._body))
                    case h11.EndOfMessage():
                        return self._finished()
        except h11.RemoteProtocolError as error:
            # h11 quotes the line it stumbled over after a colon; `raw` shows it, and can be redacted.
            return self.refuse(str(error).partition(": ")[0], error.error_status_hint)
        return None

    def refuse(self, why: str, status: int) -> Malformed:
        """The current message as a mistake; nothing is read after it."""
        self.status = status
        refused = Malformed(bytes(self._shown or self._pending[:SHOWN]), why, self.unread)
        self._pending.clear()
        return refused

    def _events(self) -> Iterator[h11.Event]:
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA:
                if self._held == self.header_limit:
                    raise h11.RemoteProtocolError(f"header of more than {self.header_limit} bytes", 431)
                if not self._pending:
                    return
                self._show(bytes(self._pending[: self.header_limit - self._held]))
            elif isinstance(event, h11.Event) and not isinstance(event, h11.ConnectionClosed):
                self._held = len(self._h11.trailing_data[0])
                yield event
            else:
                return

    def _show(self, piece: bytes) -> None:
        del self._pending[: len(piece)]
        self._h11.receive_data(piece)
        self._held += len(piece)
        self._shown += piece[: SHOWN - len(self._shown)]
        self._size += len(piece)

    def _check_body(self, size: int) -> None:
        if size > self._body_limit:
            raise h11.RemoteProtocolError(f"body of more than {self._body_limit} bytes", 413)

    def _finished(self) -> Message:
        assert self.head is not None  # noqa: S101 - h11 ends no message that has not begun
        message = self._build(self.head, bytes(self._body))
        tail = self._h11.trailing_data[0]
        self.head, self._body = None, bytearray()
        self._shown, self._size = bytearray(tail[:SHOWN]), len(tail)
        return message


# ---- Building --------------------------------------------------------------------------------------------------------


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _framed(message: Request | Reply) -> Headers:
    """The headers with the length of the body, unless they say already where the body ends."""
    bodiless = message.status in (204, 304) if isinstance(message, Reply) else not message.body
    if bodiless or message.header("Content-Length") or message.header("Transfer-Encoding"):
        return message.headers
    return (*message.headers, ("Content-Length", str(len(message.body))))


def _send(connection: h11.Connection, *events: h11.Event) -> bytes:
    return b"".join(connection.send(event) or b"" for event in events)


# ---- The two sides ---------------------------------------------------------------------------------------------------


class ServerSide:
    """The server's end of one line.

    Requests come out one at a time: what a client pipelines behind one waits until it has been answered, so that
    answers cannot change places. After `send`, `receive_data(b"")` gives the next."""

    def __init__(self, header_limit: int = HEADER_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._h11 = h11.Connection(h11.SERVER, header_limit)
        self._intake = _Intake(self._h11, _request, header_limit, body_limit)
        self._ahead = header_limit + body_limit
        self._asked: Request | None = None
        self._interim = b""

    @property
    def rest(self) -> bytes:
        """What came behind the request at hand: of another protocol, if that is what it asked for."""
        return self._intake.rest

    @property
    def must_close(self) -> bool:
        """Nothing more can be answered on this line: the client or a reply said so, or a mistake ended the talk."""
        if self._asked:
            return False
        return self._intake.status != 0 or self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE)

    def receive_data(self, data: bytes) -> list[Request | Malformed]:
        """Feed bytes; the request they finish, or what is wrong with it. No bytes: go on with those that wait."""
        if self._intake.status or self.must_close:
            return []
        self._intake.feed(data)
        if self._asked:
            if self._intake.unread <= self._ahead:
                return []
            return [self._intake.refuse(f"more than {self._ahead} bytes ahead of an answer", 431)]
        found = self._intake.next()
        if isinstance(found, Request):
            self._asked = found
        elif self._h11.they_are_waiting_for_100_continue and not self._intake.status:
            self._interim += _send(self._h11, h11.InformationalResponse(status_code=100, headers=[]))
        return [] if found is None else [found]

    def receive_eof(self) -> list[Malformed]:
        """The client ended the line; an unfinished request is its mistake."""
        if self._intake.status or self._asked or not self._intake.unread:
            return []
        return [self._intake.refuse("the line ended inside a request", 400)]

    def data_to_send(self) -> bytes:
        """What is owed before any answer: `100 Continue` to a client that holds its body back for it. Once."""
        interim, self._interim = self._interim, b""
        return interim

    def send(self, reply: Reply) -> bytes:
        """The bytes that answer the request at hand; to HEAD, without the body."""
        head = h11.Response(
            status_code=reply.status,
            headers=_encoded(_framed(reply)),
            reason=phrase(reply.status),
        )
        body = [h11.Data(data=reply.body)] if reply.body and not self._asked_for_head() else []
        sent = _send(self._h11, head, *body, h11.EndOfMessage())
        self._asked = None
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        return sent

    def _asked_for_head(self) -> bool:
        if self._asked:
            return self._asked.method == "HEAD"
        return isinstance(self._intake.head, h11.Request) and self._intake.head.method == b"HEAD"

    def rejection(self, refused: Malformed) -> bytes:
        """The reply that tells a client of its mistake and ends the line; b"" where none may be sent: a request
        before it still waits for its own reply, or one is already on its way."""
        if self._asked or self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return b""
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close"))
        return self.send(Reply(self._intake.status or 400, headers, f"{refused.why}\n".encode()))


def phrase(status: int) -> bytes:
    """The registered words for a status, b"" for one that is not."""
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


class ClientSide:
    """The client's end of one line, with one request at a time."""

    def __init__(self, header_limit: int = HEADER_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._h11 = h11.Connection(h11.CLIENT, header_limit)
        self._intake = _Intake(self._h11, _reply, header_limit, body_limit)
        self._asking = False

    @property
    def rest(self) -> bytes:
        """What came behind the reply 101: of the protocol that the line speaks from there on."""
        return self._intake.rest

    @property
    def must_close(self) -> bool:
        """No further request can be made on this line."""
        return self._intake.status != 0 or (not self._asking and self._h11.our_state is not h11.IDLE)

    def request(self, request: Request) -> bytes:
        """The bytes that ask. `headers` must have `Host`; the length of a body is added."""
        head = h11.Request(method=request.method, target=request.target, headers=_encoded(_framed(request)))
        body = [h11.Data(data=request.body)] if request.body else []
        sent = _send(self._h11, head, *body, h11.EndOfMessage())
        self._asking = True
        return sent

    def receive_data(self, data: bytes) -> list[Reply | Malformed]:
        """Feed bytes; the reply they finish, or what is wrong with it. Bytes that nothing asked for are a mistake."""
        if self._intake.status:
            return []
        self._intake.feed(data)
        return self._read()

    def receive_eof(self) -> list[Reply | Malformed]:
        """The server ended the line: that ends a reply of unknown length, and cuts any other short."""
        if self._intake.status or not self._asking:
            return []
        if not self._intake.unread:
            return [self._intake.refuse("the line ended before a reply", 502)]
        self._h11.receive_data(b"")
        return self._read()

    def _read(self) -> list[Reply | Malformed]:
        found: list[Reply | Malformed] = []
        if self._asking and (message := self._intake.next()):
            self._asking = False
            found.append(message)
            if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
                self._h11.start_next_cycle()
        switched = self._h11.our_state is h11.SWITCHED_PROTOCOL
        if not self._asking and not self._intake.status and self._intake.unread and not switched:
            found.append(self._intake.refuse("bytes that no request asked for", 502))
        return found
