"""Parties on real TCP sockets and real time, perhaps scaled, perhaps moved forward while nothing goes on (`virtual`).

A listener can refuse (the port is held by a bound socket that does not listen, so that no other program takes it) and
can let a dial time out (its backlog is full, so the kernel drops the SYN), both as the dialler's own kernel feels them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.trace import Trace
from harness.transports.clock import Alarm, Alarms, Clock
from harness.transports.host import MOST_BYTES, BenchError, Host, OnNoted, Party
from harness.transports.line import Line
from harness.transports.listening import bound
from harness.transports.secure_line import SecureLine
from harness.transports.security import GOOD, Security
from harness.wire.endpoint import Endpoint, Hearing, Input, Refused, Unsecured, Woke

BACKLOG = 4096
"""A short backlog would drop SYNs in a storm of reconnects, and the terminal would be blamed for the delay."""

BY_SOCKETS = frozenset({Hearing.ANSWERING, Hearing.REFUSED, Hearing.TIMED_OUT})
"""What a listener can be to its diallers without help of the wire."""

Bind = Callable[[str, tuple[str, int]], socket.socket]
"""Gives a TCP socket that is bound to the address of the listener of that name, where the DUT can reach it."""

Play = Callable[[str, bool], None]
"""Makes the listener of that name unreachable in some way, or reachable again."""

PROGRESS_EVERY = 1.0
"""Wall seconds between two looks at whether a progress line is due."""

_SYN_SENT = 2
"""The first byte of TCP_INFO while a dial is not answered."""


@dataclass(slots=True)
class _Listener:
    party: Party
    name: str
    address: tuple[str, int]
    holder: socket.socket
    security: Security | None = None
    """How those who dial it are answered; None: in clear."""
    identity: str = GOOD
    hearing: Hearing = Hearing.ANSWERING
    listening: socket.socket | None = None
    fillers: list[socket.socket] = field(default_factory=list)


class TcpHost(Host):
    """Carries lines over TCP. A dialled address is `HOST:PORT`; a listener has a name.

    `scale`: document seconds that pass in one wall second. `bind`: where listeners are, this machine by default.
    `players`: how a hearing that sockets alone cannot play is played by the wire. `clock`: one that is kept in step
    with another process's; it stands for `scale`."""

    def __init__(
        self,
        *,
        scale: float = 1.0,
        trace: Trace | None = None,
        on_noted: OnNoted | None = None,
        most_bytes: int = MOST_BYTES,
        bind: Bind | None = None,
        players: Mapping[Hearing, Play] | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(trace, on_noted, most_bytes)
        self.clock = clock or Clock(scale)
        self.alarms = Alarms(self.clock)
        self.prompt = False
        """Whether what came is acknowledged at once, after the answer to it if there is one: TCP's own delay of up to
        40 ms is an unacknowledged byte to whoever waits until nothing is under way."""
        self.activity = 0
        """Counts what happens here: if it stands still, nothing did."""
        self.stirred = asyncio.Event()
        """Set whenever something happens here; whoever awaits it clears it."""
        self.waiting = 0
        """How many are in `until`."""
        self._bind = bind or (lambda _, address: bound(address))
        self._players = dict(players or {})
        self.hearings = BY_SOCKETS | self._players.keys()
        self._changed = asyncio.Event()
        self._listeners: dict[str, _Listener] = {}
        self._lines: dict[tuple[str, int], Line] = {}
        self.reached: set[tuple[str, int]] = set()
        """Where somebody was who answered a dial of ours."""
        self._peers: dict[tuple[str, int], tuple[str, int]] = {}
        self._timers: dict[tuple[str, str], Alarm] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._coming: set[socket.socket] = set()
        self._security: dict[str, Security] = {}
        self.beside: set[Line] = set()
        """Connections that are no line of a party: in their handshake, or after our goodbye."""

    @property
    def now(self) -> float:
        return self.clock.now

    def at(self, monotonic: float) -> float:
        """Document seconds at a moment of the machine's monotonic clock."""
        return self.clock.at(monotonic)

    @property
    def busy(self) -> bool:
        """Whether a line is about to come up, or a dial about to fail; one that nobody has answered yet is not."""
        return any(_state(coming) != _SYN_SENT for coming in self._coming)

    def stir(self) -> None:
        """Something happens here: whoever waits should look again."""
        self.activity += 1
        self.stirred.set()
        self._changed.set()

    def feed(self, name: str, event: Input) -> None:
        self.stir()
        super().feed(name, event)

    def peer(self, name: str, line: int) -> tuple[str, int] | None:
        """Address of the other end of a party's line, also after it ended; None for a line that never was."""
        return self._peers.get((name, line))

    def address(self, listener: str) -> tuple[str, int]:
        """Host and port under which a listener of ours is reached."""
        return self._listeners[listener].address

    def addresses(self, *hearings: Hearing) -> list[tuple[str, int]]:
        """Where our listeners are that treat diallers in one of these ways; in any way, if none is given."""
        listeners = self._listeners.values()
        return [one.address for one in listeners if one.hearing in (hearings or Hearing)]

    async def attach(
        self,
        endpoint: Endpoint,
        listen: Mapping[str, tuple[str, int]] | None = None,
        *,
        recorded: bool = True,
        security: Security | None = None,
    ) -> None:
        party = self._parties[endpoint.name] = Party(endpoint, recorded)
        if security is not None:
            security.begin()
            self._security[endpoint.name] = security
        for name, address in (listen or {}).items():
            holder = self._bind(name, address)
            listener = self._listeners[name] = _Listener(party, name, holder.getsockname()[:2], holder)
            if security is not None and name in security.listeners:
                listener.security = security
            self._hear(listener, Hearing.ANSWERING)

    def lines_of(self, name: str) -> list[int]:
        return [line for party, line in self._lines if party == name]

    async def until(self, seen: Callable[[], bool], within: float, what: str) -> bool:
        begun = self.now
        deadline = begun + within
        alarm = self.alarms.set(deadline, self._happened) if deadline < math.inf else None
        tell = self.on_wait or (lambda _what, _elapsed, _limit: None)
        scale = self.clock.scale
        self.waiting += 1
        self.stir()
        told = time.monotonic()
        try:
            while not seen():
                self._check()
                if self.now >= deadline:
                    return False
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROGRESS_EVERY):
                        await self._changed.wait()
                if time.monotonic() - told >= PROGRESS_EVERY:
                    told = time.monotonic()
                    tell(what, (self.now - begun) / scale, within / scale)
        finally:
            self.waiting -= 1
            if alarm is not None:
                self.alarms.cancel(alarm)
            tell(what, 0.0, within / scale)
        self._check()
        return True

    async def close(self) -> None:
        self._parties.clear()  # nothing happens to them any more
        self.alarms.cancel_all()
        for line in [*self._lines.values(), *self.beside]:
            line.transport.abort()
        self._lines.clear()
        self.beside.clear()
        for security in self._security.values():
            security.end()
        for listener in self._listeners.values():
            self._deafen(listener)
            listener.holder.close()
        self._listeners.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self._coming:  # of tasks that had not begun
            connection.close()
        self._coming.clear()

    # ---- lines -------------------------------------------------------------------------------------------------------

    def opened(self, party: Party, line: Line) -> int:
        """Give a new connection its number."""
        number = party.new_line()
        self._lines[party.endpoint.name, number] = line
        self._peers[party.endpoint.name, number] = line.transport.get_extra_info("peername")[:2]
        return number

    def holds(self, party: Party, line: Line) -> bool:
        """Whether the line still counts, or has been closed by us."""
        return self._lines.get((party.endpoint.name, line.number)) is line

    def let_go(self, party: Party, line: Line) -> bool:
        """Forget a line; whether it still counted."""
        return self.holds(party, line) and self._lines.pop((party.endpoint.name, line.number)) is line

    def _happened(self) -> None:
        self.stir()

    def own(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run beside the parties until it ends, or the host is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _soon(self, do: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(do)

    def _send(self, party: Party, line: int, data: bytes) -> None:
        held = self._lines.get((party.endpoint.name, line))
        if held is not None:
            held.write(data)

    def _close(self, party: Party, line: int, reset: bool) -> None:
        held = self._lines.pop((party.endpoint.name, line), None)
        if held is not None:
            held.end(reset=reset)

    def _dial(self, party: Party, to: str, within: float, secure: bool) -> None:
        line = self._secure_dial(party, to, within) if secure else Line(self, party, to)
        self.own(self._dialled(party, to, within, line))

    def _secure_dial(self, party: Party, to: str, within: float) -> SecureLine:
        name = party.endpoint.name
        security = self._security.get(name)
        if security is None or security.trusting is None:
            raise BenchError(f"{name} dials {to} by TLS, and was given nobody to trust")
        expected = security.server_name or to.rpartition(":")[0]
        return SecureLine(
            *(self, party, to, security.trusting, within),
            failed=lambda why: self.feed(name, Refused(to, f"not secured: {why}")),
            server_name=expected,
        )

    async def _dialled(self, party: Party, to: str, within: float, line: Line) -> None:
        loop = asyncio.get_running_loop()
        host, _, port = to.rpartition(":")
        try:
            async with asyncio.timeout(None) as limit:

                def give_up() -> None:
                    self.stir()
                    limit.reschedule(loop.time())

                alarm = self.alarms.set(self.now + within, give_up)
                try:
                    with self._come(socket.socket()) as dialling:
                        dialling.setblocking(False)
                        await loop.sock_connect(dialling, (host, int(port)))
                        self.reached.add(dialling.getpeername()[:2])
                        await loop.create_connection(lambda: line, sock=dialling)
                finally:
                    self.alarms.cancel(alarm)
        except TimeoutError:
            self.feed(party.endpoint.name, Refused(to, Hearing.TIMED_OUT.value))
        except ConnectionRefusedError:
            self.feed(party.endpoint.name, Refused(to, Hearing.REFUSED.value))
        except socket.gaierror:
            self.feed(party.endpoint.name, Refused(to, Hearing.NOT_RESOLVED.value))
        except OSError:
            self.feed(party.endpoint.name, Refused(to, Hearing.UNREACHABLE.value))

    @contextlib.contextmanager
    def _come(self, connection: socket.socket) -> Iterator[socket.socket]:
        """While a line comes up on a connection, which is closed if it does not."""
        self._coming.add(connection)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            self._coming.discard(connection)

    # ---- listeners ---------------------------------------------------------------------------------------------------

    def _listen(self, party: Party, at: str, hearing: Hearing, identity: str) -> None:  # noqa: ARG002 — `at` tells it
        listener = self._listeners[at]
        if listener.security is not None:
            listener.security.identity(at, identity)
        listener.identity = identity
        self._hear(listener, hearing)

    def _hear(self, listener: _Listener, hearing: Hearing) -> None:
        if hearing not in self.hearings:
            raise BenchError(f"listener {listener.name}: {hearing.value!r} cannot be played by sockets alone")
        self._deafen(listener)
        if (before := self._players.get(listener.hearing)) is not None:
            before(listener.name, False)
        listener.hearing = hearing
        if (play := self._players.get(hearing)) is not None:
            play(listener.name, True)
        if hearing is Hearing.REFUSED:
            return
        listener.listening = self._bind(listener.name, listener.address)
        listener.listening.setblocking(False)
        if hearing is Hearing.TIMED_OUT:
            listener.listening.listen(0)
            for _ in range(2):
                filler = self._bind(listener.name, (listener.address[0], 0))
                filler.setblocking(False)
                filler.connect_ex(listener.address)
                listener.fillers.append(filler)
        else:
            listener.listening.listen(BACKLOG)
            asyncio.get_running_loop().add_reader(listener.listening, self._accept, listener)

    def _deafen(self, listener: _Listener) -> None:
        if listener.listening is not None:
            asyncio.get_running_loop().remove_reader(listener.listening)
            listener.listening.close()
            listener.listening = None
        while listener.fillers:
            listener.fillers.pop().close()

    def _accept(self, listener: _Listener) -> None:
        if listener.listening is None:
            return
        try:
            accepted, _ = listener.listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        accepted.setblocking(False)
        self._coming.add(accepted)
        self.stir()
        self.own(self._accepted(accepted, self._answering(listener)))

    def _answering(self, listener: _Listener) -> Line:
        """The line to be of somebody who dials a listener now."""
        party, security = listener.party, listener.security
        if security is None:
            return Line(self, party, listener.name)
        context, within = security.identity(listener.name, listener.identity), security.within(self.clock.scale)
        return SecureLine(
            *(self, party, listener.name, context, within),
            failed=lambda why: self.feed(party.endpoint.name, Unsecured(listener.name, why)),
        )

    async def _accepted(self, accepted: socket.socket, line: Line) -> None:
        with self._come(accepted):
            await asyncio.get_running_loop().connect_accepted_socket(lambda: line, accepted)

    # ---- timers ------------------------------------------------------------------------------------------------------

    def _wake(self, party: Party, timer: str, at: float | None) -> None:
        key = (party.endpoint.name, timer)
        if (old := self._timers.pop(key, None)) is not None:
            self.alarms.cancel(old)
        if at is not None:
            self._timers[key] = self.alarms.set(at, lambda: self._woke(key))

    def _woke(self, key: tuple[str, str]) -> None:
        self._timers.pop(key, None)
        self.feed(key[0], Woke(key[1]))


def _state(connection: socket.socket) -> int:
    """The kernel's state of a connection, as in /proc/net/tcp."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
