"""Parties on real TCP sockets and real time, perhaps scaled, perhaps moved forward while nothing goes on (`virtual`).

A listener can refuse (the port is held by a bound socket that does not listen, so that no other program takes it) and
can let a dial time out (its backlog is full, so the kernel drops the SYN), both as the dialler's own kernel feels them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.trace import Trace
from harness.transports.clock import Alarm, Alarms, Clock
from harness.transports.host import MOST_BYTES, BenchError, Host, OnNoted, Party
from harness.transports.listening import bound
from harness.wire.endpoint import Endpoint, Hearing, Input, Opened, PeerClosed, Received, Refused, Woke

BACKLOG = 4096
"""A short backlog would drop SYNs in a storm of reconnects, and the terminal would be blamed for the delay."""

BY_SOCKETS = frozenset({Hearing.ANSWERING, Hearing.REFUSED, Hearing.TIMED_OUT})
"""What a listener can be to its diallers without help of the wire."""

READ_SIZE = 16384
"""asyncio reads 256 KiB at once by default, which costs an mmap and a munmap for each small message."""

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
    hearing: Hearing = Hearing.ANSWERING
    listening: socket.socket | None = None
    fillers: list[socket.socket] = field(default_factory=list)


class _Line(asyncio.Protocol):
    """One connection of one party: three callbacks, three Inputs."""

    def __init__(self, host: TcpHost, party: Party, to: str) -> None:
        self._host = host
        self._party = party
        self._to = to
        self.number = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 — narrows the type: we only make streams
        self.transport = transport
        transport.max_size = READ_SIZE  # type: ignore[attr-defined]
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self._host.opened(self._party, self)
        self._host.feed(self._party.endpoint.name, Opened(self.number, self._to))

    def data_received(self, data: bytes) -> None:
        if self._host.holds(self._party, self):
            self._host.feed(self._party.endpoint.name, Received(self.number, data))
            if self._host.prompt and not self.transport.is_closing():
                self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def eof_received(self) -> bool:
        self._gone(reset=False)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._gone(reset=error is not None)

    def _gone(self, reset: bool) -> None:
        if self._host.let_go(self._party, self):
            self._host.feed(self._party.endpoint.name, PeerClosed(self.number, reset))


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
        self._lines: dict[tuple[str, int], _Line] = {}
        self._peers: dict[tuple[str, int], tuple[str, int]] = {}
        self._timers: dict[tuple[str, str], Alarm] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._coming: set[socket.socket] = set()

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
        self, endpoint: Endpoint, listen: Mapping[str, tuple[str, int]] | None = None, *, recorded: bool = True
    ) -> None:
        party = self._parties[endpoint.name] = Party(endpoint, recorded)
        for name, address in (listen or {}).items():
            holder = self._bind(name, address)
            listener = self._listeners[name] = _Listener(party, name, holder.getsockname()[:2], holder)
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
        self.alarms.cancel_all()
        for line in list(self._lines.values()):
            line.transport.abort()
        self._lines.clear()
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
        self._parties.clear()

    # ---- lines -------------------------------------------------------------------------------------------------------

    def opened(self, party: Party, line: _Line) -> int:
        """Give a new connection its number."""
        number = party.new_line()
        self._lines[party.endpoint.name, number] = line
        self._peers[party.endpoint.name, number] = line.transport.get_extra_info("peername")[:2]
        return number

    def holds(self, party: Party, line: _Line) -> bool:
        """Whether the line still counts, or has been closed by us."""
        return self._lines.get((party.endpoint.name, line.number)) is line

    def let_go(self, party: Party, line: _Line) -> bool:
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
            held.transport.write(data)

    def _close(self, party: Party, line: int, reset: bool) -> None:
        held = self._lines.pop((party.endpoint.name, line), None)
        if held is None:
            return
        if reset:
            # Lingering for no time makes the kernel send RST in place of FIN.
            held.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            held.transport.abort()
        else:
            held.transport.close()

    def _dial(self, party: Party, to: str, within: float) -> None:
        self.own(self._dialled(party, to, within))

    async def _dialled(self, party: Party, to: str, within: float) -> None:
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
                        await loop.create_connection(lambda: _Line(self, party, to), sock=dialling)
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

    def _listen(self, party: Party, at: str, hearing: Hearing) -> None:  # noqa: ARG002 — the name tells the listener
        self._hear(self._listeners[at], hearing)

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
        self.own(self._accepted(listener, accepted))

    async def _accepted(self, listener: _Listener, accepted: socket.socket) -> None:
        with self._come(accepted):
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: _Line(self, listener.party, listener.name), accepted
            )

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
