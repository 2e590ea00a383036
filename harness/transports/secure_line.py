"""A line that is encrypted by TLS, over memory instead of a socket, so that each thing that can happen is told apart.

asyncio's own TLS tells no FIN from an RST, swallows what OpenSSL said of a line that broke, and counts wall seconds.
Here OpenSSL only turns bytes into bytes; when they travel is decided where it is for lines in clear. Memory is bounded:
what came is handed to OpenSSL at once, which keeps a record of 16 KiB and a handshake message of 100 KiB at most.

    TCP is up ─▶ handshake ─▶ Opened, Secured ─▶ Received … ─▶ PeerClosed
                     ╰─▶ failed, or takes too long: no line, and why

After our own goodbye (close_notify and FIN, or the alert that ends a handshake) the connection waits for the other
side's, since whatever comes to a closed socket is answered by RST, which would show the DUT an end that is not ours.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.transports.line import READ_SIZE, Line
from harness.transports.security import in_words
from harness.wire.client_hello import LONGEST, client_hello
from harness.wire.endpoint import Secured, Unsecured

if TYPE_CHECKING:
    from harness.transports.clock import Alarm
    from harness.transports.host import Party
    from harness.transports.tcp import TcpHost

UNSUPPORTED = "UNSUPPORTED_PROTOCOL"
"""OpenSSL's name for a hello that offers no version of TLS which our side speaks."""

GOODBYE = 5.0
"""Seconds, both of the document and of the wall, that the other side has at least for its goodbye, after ours."""

MOST_AFTER = 1 << 18
"""Bytes that it may still have had under way then; who sends more is cut off by RST."""


class SecureLine(Line):
    """One end of an encrypted line. `server_name`: of a client, whom it expects; None for a server.

    `within`: document seconds until it is secured, from now; `failed`: told why it is not, in place of `Opened`."""

    def __init__(
        self,
        host: TcpHost,
        party: Party,
        to: str,
        context: ssl.SSLContext,
        within: float,
        failed: Callable[[str], None],
        server_name: str | None = None,
    ) -> None:
        super().__init__(host, party, to)
        self._within, self._deadline = within, host.now + within
        self._failed = failed
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_name is None, server_hostname=server_name
        )
        self._came = 0
        self._hello = bytearray()
        """The beginning of what came, until the handshake is done."""
        self._after = 0
        self._secured = False
        self._over = False
        self._limit: Alarm | None = None

    def eof_received(self) -> bool:
        self._host.stir()
        if not self._secured:
            self._fail("closed in the handshake" if self._came else "closed before it said anything")
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._host.stir()
        if not self._secured:
            self._fail("closed in the handshake" if error is None else "reset in the handshake")
        self._limited(None)
        super().connection_lost(error)

    def write(self, data: bytes) -> None:
        if data:
            self._tls.write(data)
            self._flush()

    # ---- Coming up ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._limited(self._deadline, self._late)
        self._shake()

    def _late(self) -> None:
        self._fail(f"no handshake within {self._within:g} s, in which {self._came} bytes came")

    def _take(self, data: bytes) -> None:
        self._host.stir()
        self._came += len(data)
        if self._over:
            self._after += len(data)
            if self._after > MOST_AFTER:
                self.transport.abort()
            return
        self._incoming.write(data)
        if not self._secured:
            self._hello += data[: LONGEST - len(self._hello)]
            self._shake()
        if self._secured:
            self._read()

    def _shake(self) -> None:
        """Carry the handshake on, as far as what came allows."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()
            self._fail(self._in_words(error))
        else:
            self._flush()
            self._secured = True
            self._limited(None)
            self._opened()
            self._tell_secured()

    def _tell_secured(self) -> None:
        version, cipher = self._tls.version(), self._tls.cipher()
        assert version is not None and cipher is not None  # noqa: S101, PT018 — narrows: the handshake is done
        hello = client_hello(bytes(self._hello))
        self._hello.clear()
        server_name = self._tls.server_hostname or (None if hello is None else hello.server_name)
        if self._host.holds(self._party, self):
            self._host.feed(self._party.endpoint.name, Secured(self.number, version, cipher[0], server_name))

    def _in_words(self, error: ssl.SSLError) -> str:
        hello = client_hello(bytes(self._hello)) if self._tls.server_side else None
        offered = f": {', '.join(hello.versions)} offered" if error.reason == UNSUPPORTED and hello is not None else ""
        return in_words(error) + offered

    def _fail(self, why: str) -> None:
        if not self._over:
            self._say_goodbye()
            self._failed(why)

    # ---- While it is up ----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Take what can be decrypted. The party may end the line at any piece of it."""
        while self._host.holds(self._party, self):
            try:
                data = self._tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError as error:
                self._host.feed(self._party.endpoint.name, Unsecured(self._to, in_words(error), self.number))
                self._gone(reset=True)
                self._say_goodbye()
                return
            if not data:
                self._gone(reset=False)
                self._finish()
                return
            super()._take(data)
        if not self._over:
            self._flush()  # OpenSSL answers some of what came by itself, as a new key

    def _flush(self) -> None:
        if self._outgoing.pending:
            self.transport.write(self._outgoing.read())

    # ---- Going down --------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # it wants the other side's close_notify, which may come or not
            self._tls.unwrap()
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        """Send what is left and FIN; then wait for the other side's, or until it has had its time."""
        if self._over or self.transport.is_closing():
            self._over = True
            return
        self._over = True
        self._flush()
        self._limited(self._host.now + GOODBYE * max(1.0, self._host.clock.scale), self.transport.abort)
        try:
            self.transport.write_eof()
        except OSError:  # it is reset already, and we shall be told
            self.transport.abort()

    def _limited(self, until: float | None, ring: Callable[[], None] = lambda: None) -> None:
        """The connection is no line of the party, until then at most; None: now it is one, or it is gone."""
        self._host.stir()
        if self._limit is not None:
            self._host.alarms.cancel(self._limit)
            self._limit = None
        if until is None:
            self._host.beside.discard(self)
        else:
            self._host.beside.add(self)
            self._limit = self._host.alarms.set(until, ring)
