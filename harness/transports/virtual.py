"""Virtual time over real sockets: while nothing is under way, all clocks jump together to the next thing that is due.

The harness and the programs on the bench are processes with one document clock (`clock.Clock`), in real time. A
**conductor** in the harness moves it forward whenever that cannot be noticed: when nothing can happen before the next
alarm of any of them. That is so if at one moment all processes are idle and nothing is between them. No moment can be
seen at once in several processes and a network, so it is proven:

    harness settled ─▶ each program settled ─▶ network at rest, now ─▶ each program still so ─▶ harness still so

None of them did anything from its first word to its last, all these spans contain the moment at which the network was
at rest, and so whatever could wake one of them would have to come from another, over the network. (What goes from one
program to another past us must be in the tables too: not on a `shared` network, where only our own lines count.)
Otherwise real time passes, 1:1: TCP's own timers are the kernel's, and nobody can move those.

A jump has a **hold**: the harness stops its clock at the reading D of the next alarm and tells the programs, which set
their own the same, do what is due at D, and say at which moment they had done so. The latest of these moments is told
to all, and from there all clocks run on. What a program does at D thus bears the time D, however late the machine came
to it. A hold lasts at most `MOST_HELD`, so a program that hangs costs no more than that; all know it without a word.

One request at a time to each program and one reply to each, as JSON over a SOCK_SEQPACKET pair whose end the program
inherits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from harness.transports.clock import Clock
from harness.transports.host import BenchError, HarnessError, OnNoted
from harness.transports.tcp import TcpHost
from harness.transports.under_way import Address, read, under_way
from harness.wire.endpoint import Hearing

MOST_HELD = 1.0
"""Wall seconds that a clock stands still at most while the programs do what is due."""

LONGEST_MESSAGE = 4096

FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.016
"""Wall seconds between two looks at whether all is quiet, as they grow while nothing changes."""

TURNS = 3
"""Turns of the event loop after which whatever was on its way through it has shown: data that lay in a socket has been
fed, a dial that ran out of time has been told, a line that was closed has said so to the kernel."""

PATIENCE = 10.0
"""Wall seconds for the first word of the conductor, which is said before the program is started."""


async def settled(host: TcpHost, unread: Callable[[], int] = lambda: 0) -> None:
    """Await that nothing goes on in this process. `unread`: bytes it has said that their reader has not taken."""
    while True:
        before = host.activity
        for _ in range(TURNS):
            await asyncio.sleep(0)  # noqa: TID251 — a turn of the loop, no time
        if host.activity == before:
            if not host.busy and not unread():
                return
            await _stirred(host, before, FIRST_PAUSE)


async def _stirred(host: TcpHost, before: int, within: float) -> bool:
    """Await more activity than before, for so many wall seconds."""
    host.stirred.clear()
    if host.activity == before:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):  # wait_for may lose the cancellation at the host's end (CPython 86296)
                await host.stirred.wait()
    return host.activity != before


class Inside(Protocol):
    """The wire, as far as time is concerned."""

    def next_frame(self) -> float:
        """Seconds until it lets the next frame go that it holds back; infinity if it holds none.

        What it has not carried on yet, it carries on now."""

    def advance(self, seconds: float) -> None:
        """Its time jumps ahead."""


# ---- The harness's side ----------------------------------------------------------------------------------------------


class _Follower:
    """The conductor's line to one program. `gone`: what to do when it ends."""

    def __init__(self, line: socket.socket, gone: Callable[[], None]) -> None:
        self._line = line
        self._gone = gone
        self._asked = 0
        self._reply: asyncio.Future[dict[str, Any] | None] | None = None
        asyncio.get_running_loop().add_reader(line, self._readable)

    def ask(self, within: float | None = None, **request: float) -> asyncio.Future[dict[str, Any] | None]:
        """Say a request; the reply to it is None if the program ends, or takes longer than `within`."""
        loop = asyncio.get_running_loop()
        self._asked += 1
        reply: asyncio.Future[dict[str, Any] | None] = loop.create_future()
        self._reply = reply
        if within is not None:
            limit = loop.call_later(within, self._give_up)
            reply.add_done_callback(lambda _: limit.cancel())
        self.say(number=self._asked, **request)
        return reply

    def say(self, **words: float) -> None:
        """Say what has no reply."""
        try:
            self._line.send(json.dumps(words).encode())
        except OSError:
            self._gone()

    def leave(self) -> None:
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()
        self._answered(None)

    def _give_up(self) -> None:
        if self._line.fileno() >= 0:
            self._readable()  # it may have answered while this process was not running
        self._answered(None)

    def _readable(self) -> None:
        try:
            message = self._line.recv(LONGEST_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._gone()
            return
        reply = json.loads(message)
        if reply.pop("number") == self._asked:
            self._answered(reply)

    def _answered(self, reply: dict[str, Any] | None) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)


DUT = "dut"
"""The program that joins unless another is named."""


class Conductor:
    """Moves the clock of a host, and of the programs that have joined, while the host is in `until`.

    `tables`: open files of /proc/net/tcp, of each namespace in which there are lines; `shared`: other programs have
    lines there too, which do not count. `inside`: the wire, if there is one. `excused`: whether what is unacknowledged
    or unanswered will stay so while the wire is as it is: all of it is swallowed, and no retransmission gets through.
    `deaf`: addresses at which a harm leaves dials without an answer. `jumps`: how often it has moved the clock."""

    def __init__(
        self,
        host: TcpHost,
        tables: Callable[[], Iterable[int]],
        inside: Inside | None = None,
        excused: Callable[[], bool] = lambda: False,
        deaf: Callable[[], Iterable[Address]] = lambda: (),
        *,
        shared: bool = False,
    ) -> None:
        self._host = host
        self._tables = tables
        self._inside = inside
        self._excused = excused
        self._deaf = deaf
        self._shared = shared
        self._followers: dict[str, _Follower] = {}
        self.jumps = 0
        host.prompt = True
        host.own(self._conduct())

    def join(self, who: str = DUT) -> int:
        """Let a program take part from now on, in place of any before it of that name.

        Returns the file descriptor that it is to inherit and be told with `--clock-fd`. The caller closes its own copy
        once the program is started: its end is then seen. Until it answers, time is real."""
        self.leave(who)
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        at = time.monotonic()
        ours.send(json.dumps({"at": at, "now": self._host.at(at)}).encode())
        self._followers[who] = _Follower(ours, lambda: self.leave(who))
        self._host.stir()
        return its.detach()

    def leave(self, who: str = DUT) -> None:
        """A program takes no part any more: it was powered off, or ended."""
        if (follower := self._followers.pop(who, None)) is not None:
            follower.leave()
            self._host.stir()

    async def _conduct(self) -> None:
        pause = FIRST_PAUSE
        try:
            while True:
                before = self._host.activity
                if await self._step() or await _stirred(self._host, before, pause):
                    pause = FIRST_PAUSE
                else:
                    pause = min(2 * pause, LONGEST_PAUSE)
        except HarnessError as error:
            self._host.broke(error)
        except Exception as error:  # noqa: BLE001 — kept, and raised to the case that waits
            self._host.broke(HarnessError(f"the conductor of the clocks broke: {error!r}"))
        finally:
            for who in list(self._followers):
                self.leave(who)

    async def _step(self) -> bool:
        """Move the clocks to what is due next, if all is quiet; whether it did."""
        host = self._host
        if not host.waiting:
            return False
        await settled(host)
        before, alone = host.activity, not self._followers
        first = await self._ask_all()
        # Asked first: it also carries on whatever lay unread in the wire, a RST perhaps, of which no table knows.
        frame = math.inf if self._inside is None else self._inside.next_frame()
        if not self._at_rest(cut=alone or frame < math.inf or self._excused()):
            return False
        second = await self._ask_all()
        if second != first or host.activity != before or host.busy or not host.waiting:
            return False
        their_due = [reply["due"] for reply in second.values() if reply is not None]
        due = min(host.alarms.next, host.now + frame, *their_due)
        if not host.now < due < math.inf:
            return False
        await self._jump(due)
        return True

    def _at_rest(self, *, cut: bool) -> bool:
        """Whether nothing is between the processes. `cut`: what is unacknowledged stays so until the next frame leaves
        the wire: without a program nobody is left who could acknowledge, a harm swallows it, or the wire holds it."""
        deaf = [*self._host.addresses(Hearing.TIMED_OUT), *self._deaf()]
        ours = [*self._host.addresses(), *self._host.reached] if self._shared else None
        try:
            return not any(under_way(read(table), deaf=deaf, ours=ours, cut=cut) for table in self._tables())
        except OSError as error:
            raise BenchError(f"cannot read a namespace's table of connections: {error.strerror}") from error

    async def _jump(self, to: float) -> None:
        clock, since = self._host.clock, time.monotonic()
        ahead = to - clock.at(since)
        clock.hold(to, since)
        if self._inside is not None:
            self._inside.advance(ahead)
        done = since
        for reply in (await self._ask_all(MOST_HELD, to=to, since=since)).values():
            done = max(done, min(time.monotonic(), since + MOST_HELD) if reply is None else reply["done"])
        clock.release(done)
        for follower in list(self._followers.values()):
            follower.say(release=done)
        self.jumps += 1
        self._host.alarms.catch_up()

    async def _ask_all(self, within: float | None = None, **request: float) -> dict[str, dict[str, Any] | None]:
        """The reply of each program to a request that all of them get at once."""
        asked = {who: follower.ask(within, **request) for who, follower in list(self._followers.items())}
        return {who: await reply for who, reply in asked.items()}


# ---- The side of a program -------------------------------------------------------------------------------------------


def conducted(fd: int, on_noted: OnNoted, unread: Callable[[], int]) -> TcpHost:
    """A host whose clock is moved by the conductor at the other end of an inherited socket.

    `unread`: bytes that this process has written and nobody has read. Raises BenchError if there is no conductor."""
    with contextlib.ExitStack() as given_up:
        try:
            conductor = given_up.enter_context(socket.socket(fileno=fd))
            conductor.settimeout(PATIENCE)
            first = json.loads(conductor.recv(LONGEST_MESSAGE))
            clock = Clock(begun=first["at"], now=first["now"])
        except (OSError, ValueError, KeyError) as error:
            raise BenchError(f"no conductor of clocks at file descriptor {fd}: {error}") from error
        conductor.setblocking(False)
        given_up.pop_all()
    host = TcpHost(on_noted=on_noted, clock=clock)
    host.prompt = True
    host.own(_follow(host, conductor, unread))
    return host


async def _follow(host: TcpHost, conductor: socket.socket, unread: Callable[[], int]) -> None:
    """Tell the conductor when nothing goes on here, and go along with it; in real time once it is gone."""
    loop = asyncio.get_running_loop()
    limit: asyncio.TimerHandle | None = None
    with conductor, contextlib.suppress(ConnectionError):
        while message := await loop.sock_recv(conductor, LONGEST_MESSAGE):
            request = json.loads(message)
            if "release" in request:
                if limit is not None:
                    limit.cancel()
                host.clock.release(request["release"])
                continue
            reply = {"number": request["number"]}
            if "to" in request:
                since = request["since"]
                host.clock.hold(request["to"], since)
                limit = loop.call_at(since + MOST_HELD, host.clock.release, since + MOST_HELD)
                host.alarms.catch_up()
                reply["done"] = min(time.monotonic(), since + MOST_HELD)
            else:
                await settled(host, unread)
                reply |= {"activity": host.activity, "due": host.alarms.next}
            await loop.sock_sendall(conductor, json.dumps(reply).encode())
