"""The only one who speaks to relay boards: what `harness.rig.relays` knows of them, carried out over pyserial.

An exchange blocks the event loop for the milliseconds that it takes: no clock of the run may move while mains are being
switched. Every wait ends by a deadline; a board that does not keep it costs that once, and then the bench is broken.
"""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import termios
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import serial

from harness.rig.bench_file import names_a_port
from harness.rig.relays import (
    AllAtOnce,
    Answering,
    Asked,
    Board,
    Identified,
    Identity,
    OneByOne,
    Slow,
    known_channels,
    load,
)
from harness.transports.host import BenchError

LIMIT = 0.5
"""WALL seconds that a board has for an answer, and the port for taking what is said."""

QUIET = 0.5
"""WALL seconds of silence after which nothing late is expected any more."""

MOST = 256
"""Bytes that are read of one answer; the longest, of an LCUS-8, has 80."""

PORTS = "/dev/serial/by-path/… (an absolute path), socket://HOST:PORT, rfc2217://HOST:PORT, loop:// or simulated"

_SLICE = 0.005
_LOST = (serial.SerialException, OSError, termios.error)
_ADVICE = {
    errno.ENOENT: "is not there",
    errno.EACCES: "may not be opened by this user (is the user in the group of the device?)",
    errno.EAGAIN: "is held by another program",
    errno.EBUSY: "is held by another program",
}

_PLUG_ANEW = "cut its power, that of a supply of its own too"

_T = TypeVar("_T")


def check_url(port: str) -> str | None:
    """What is wrong with the name of a port, and what is allowed; None if nothing is. Nothing is opened."""
    if names_a_port(port):
        return None
    return f"a port like {PORTS} (found {port!r})"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said to a board and what it said; `confirmed` is None if the board cannot tell what its relays are."""

    sent: bytes
    received: bytes
    confirmed: bool | None


class Relay:
    """A relay board on its port. Everything raises BenchError if the board is silent, gone, or says what it must not;
    after that the relay may still be switched (the line is let run dry first) and must be closed."""

    def __init__(self, name: str, port: str, channels: tuple[int, ...], line: serial.Serial) -> None:
        """Takes a line that is open. Use `open`."""
        self.label = f"{name} at {port}"
        self.channels = channels
        self.identity = ""
        self._board: Board = load(name)
        self._line = line
        self._tells = isinstance(self._board, Asked)
        self._energised: frozenset[int] = frozenset()
        self._note: _Note | None = None
        self._free_at = 0.0
        self._disturbed = False
        self._sent = bytearray()
        self._received = bytearray()

    @classmethod
    def open(cls, board: str, port: str, channels: int | None = None) -> Relay:
        """Open a port for this harness alone, and meet the board that is said to be there; no other is looked for.

        `channels`: how many it has; may be None for a board sold in one size. No relay is switched."""
        try:
            known = known_channels(board, channels)
        except ValueError as error:
            raise BenchError(f"relay board at {port}: expected {error}") from None
        relay = cls(board, port, known, _opened(board, port))
        try:
            relay._meet(port)
        except BaseException:
            relay.close()
            raise
        return relay

    def close(self) -> None:
        """Give the port back; the relays stay as they are. May be said twice, and to a board that is gone."""
        self._line.close()

    def switch(self, channel: int, *, on: bool) -> Exchange:
        """Energise a relay or let it fall, and have that confirmed if the board can tell."""
        self._check(channel)
        with self._speaking():
            self._command(channel, on)
            found = self._state(channel)
            if found is not None and found is not on:
                raise self._broken(f"read back {_word(found)} after {_word(on)} was asked of channel {channel}")
        return Exchange(bytes(self._sent), bytes(self._received), None if found is None else True)

    def state(self, channel: int) -> bool | None:
        """Whether a relay is energised, by the board's own word; None if the board cannot tell."""
        self._check(channel)
        with self._speaking():
            return self._state(channel)

    # ---- Meeting the board -------------------------------------------------------------------------------------------

    def _meet(self, port: str) -> None:
        board = self._board
        with self._speaking():
            if isinstance(board, AllAtOnce):
                self._start(board, port)
            elif isinstance(board, Identified):
                self._identify(board)
            if isinstance(board, Asked) and board.MAY_BE_SILENT:
                self._tells = self._asked(board, self.channels[0]) is not None
            else:
                self._state(self.channels[0])

    def _identify(self, board: Identified) -> None:
        identity, reply = self._ask(board.identify(), board.identity)
        if identity is None:
            raise self._unanswered("what it is", reply)
        self._recognise(identity)

    def _recognise(self, identity: Identity) -> None:
        if len(self.channels) not in identity.sizes:
            raise self._broken(f"expected one with {len(self.channels)} channels, found {identity.name}")
        self.identity = identity.name

    def _start(self, board: AllAtOnce, port: str) -> None:
        """Start a board that must be started once for as long as it has power, or go on with one that we started.

        What it is asked may switch its relays, if someone else has started it: it is asked once, and a board that does
        not answer is not asked again before it has been plugged in anew."""
        if not port.startswith("/"):
            raise self._broken("can be used at a serial port of this machine only: elsewhere nobody knows its mode")
        self._note = note = _Note(self.label, port)
        energised = note.read()
        if energised is not None:
            self._energised = energised & frozenset(self.channels)
            return
        note.write(None)
        identity, _ = self._ask(board.identify(), board.identity)
        if identity is None:
            self._say(board.pattern(frozenset(), len(self.channels)))
            raise self._broken(f"did not say what it is; {_PLUG_ANEW}, since it may have been started by someone else")
        note.forget()
        self._recognise(identity)
        self._say(board.START)
        note.write(frozenset())

    # ---- Commands and questions --------------------------------------------------------------------------------------

    def _command(self, channel: int, on: bool) -> None:
        board = self._board
        if isinstance(board, AllAtOnce):
            self._energised = self._energised | {channel} if on else self._energised - {channel}
            self._say(board.pattern(self._energised, len(self.channels)))
            if self._note is not None:
                self._note.write(self._energised)
        elif isinstance(board, OneByOne) and isinstance(board, Answering):
            answer, reply = self._ask(board.command(channel, on), lambda reply: board.answered(reply, channel, on))
            if answer is None:
                raise self._unanswered(f"to switch channel {channel} {_word(on)}", reply)
        elif isinstance(board, OneByOne):
            self._say(board.command(channel, on))

    def _state(self, channel: int) -> bool | None:
        board = self._board
        if not (self._tells and isinstance(board, Asked)):
            return None
        found = self._asked(board, channel)
        if found is None:
            raise self._unanswered(f"what channel {channel} is", b"")
        return found

    def _asked(self, board: Asked, channel: int) -> bool | None:
        """What the last answer says; None if the board is silent. Raises BenchError for one that is no answer."""
        found = None
        for query in board.queries(channel, len(self.channels)):
            found, reply = self._ask(query, lambda reply: board.state(reply, channel, len(self.channels)))
            if found is None:
                if reply:
                    raise self._unanswered(f"what channel {channel} is", reply)
                return None
        return found

    # ---- The line ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """One thing that is done with the board: its bytes are kept, and what the port raises is said in our words."""
        self._sent.clear()
        self._received.clear()
        try:
            if self._disturbed:
                self._run_dry()
            yield
        except _LOST as error:
            raise self._broken(f"is gone, or its port is ({_reason(error)})") from error

    def _ask(self, data: bytes, read: Callable[[bytes], _T | None]) -> tuple[_T | None, bytes]:
        """What a reply is read as, and the reply; it is listened to until it can be read, or for LIMIT."""
        self._say(data)
        reply = bytearray()
        until = time.monotonic() + LIMIT
        over = False
        while (found := read(bytes(reply))) is None and not over and len(reply) < MOST:
            over = time.monotonic() >= until  # looked at first: what came while we were held up is in time
            reply += self._hear()
        self._rest()
        return found, bytes(reply)

    def _say(self, data: bytes) -> None:
        while time.monotonic() < self._free_at:
            self._hear()
        self._line.reset_input_buffer()
        self._line.write(data)
        self._sent += data
        self._rest()

    def _rest(self) -> None:
        """From now on, say nothing for as long as the board needs."""
        if isinstance(self._board, Slow):
            self._free_at = time.monotonic() + self._board.PAUSE

    def _hear(self) -> bytes:
        data: bytes = self._line.read(min(max(1, self._line.in_waiting), MOST))
        self._received += data
        return data

    def _run_dry(self) -> None:
        """Listen until the line has been quiet: an answer that is late must not be taken for the next."""
        end = time.monotonic() + 4 * QUIET
        quiet = time.monotonic() + QUIET
        while time.monotonic() < min(quiet, end):
            if self._hear():
                quiet = time.monotonic() + QUIET
        self._disturbed = False

    def _check(self, channel: int) -> None:
        if channel not in self.channels:
            first, last = self.channels[0], self.channels[-1]
            raise BenchError(f"relay board {self.label} has no channel {channel}: its channels are {first} to {last}")

    def _unanswered(self, what: str, reply: bytes) -> BenchError:
        return self._broken(f"was asked {what} and " + ("gave no answer to that" if reply else "stayed silent"))

    def _broken(self, what: str) -> BenchError:
        self._disturbed = True
        sent, received = self._sent.hex(" ").upper(), self._received.hex(" ").upper()
        return BenchError(
            f"relay board {self.label}: {what} (sent {sent or 'nothing'}; received {received or 'nothing'})"
        )


def _opened(board: str, port: str) -> serial.Serial:
    label = f"relay board {board} at {port}"
    if wrong := check_url(port):
        raise BenchError(f"{label}: expected {wrong}")
    if port == "simulated":
        raise BenchError(f"{label}: the simulated board has not been started; here its port is needed")
    alone = True if port.startswith("/") else None  # only a device can be locked
    limit = None if port.startswith("rfc2217:") else LIMIT  # which pyserial has no limit for but the socket's own
    baud = load(board).BAUD
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pyserial 3.5 starts its threads in an old way
            line = serial.serial_for_url(port, baud, timeout=_SLICE, write_timeout=limit, exclusive=alone)
        if port.startswith("socket:"):  # or the second of two words waits until the first is acknowledged: 40 ms
            line._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[attr-defined]
        return line
    except (*_LOST, ValueError) as error:
        advice = _ADVICE.get(getattr(error, "errno", None) or 0, "cannot be opened")
        raise BenchError(f"{label}: the port {advice}: {_reason(error)}") from error


class _Note:
    """What is remembered of a board that must be started once: `asked`, until it has said what it is, or `started`, and
    what was energised last.

    It holds for as long as the device is the one it was: the kernel makes it anew, with another time of birth, when the
    board is plugged in again. There is one note for a device and its birth, in the folder for temporary files, that
    every user of the machine may change."""

    def __init__(self, label: str, port: str) -> None:
        self._label = label
        device = Path(port).stat()
        self._born = str(device.st_ctime_ns)
        self._name = f"relay-board-{device.st_rdev:x}"
        self._path = Path(tempfile.gettempdir()) / f"{self._name}-{self._born}"

    def read(self) -> frozenset[int] | None:
        """What was energised last; None if this board has not been asked anything. Raises BenchError."""
        with self._at_hand():
            words = self._path.read_text("ascii").split() if self._path.exists() else []
            if words[:1] != [self._born]:
                return None
            if words[1:2] == ["started"]:
                return frozenset(map(int, words[2:]))
        raise BenchError(f"relay board {self._label}: did not say what it was when it was asked; {_PLUG_ANEW}")

    def write(self, energised: frozenset[int] | None) -> None:
        """None: it is being asked. Raises BenchError."""
        known = ["asked"] if energised is None else ["started", *map(str, sorted(energised))]
        with self._at_hand(), os.fdopen(self._opened(), "w", encoding="ascii") as file:
            file.truncate(file.write(" ".join([self._born, *known]) + "\n"))

    def _opened(self) -> int:
        # Asked to make it, the kernel refuses a file of another user in a folder like this, though it could be changed.
        if os.path.lexists(self._path):
            return os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW)
        for stale in self._path.parent.glob(f"{self._name}-*"):  # of the device before, which is no more
            with suppress(OSError):
                stale.unlink()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.fchmod(descriptor, 0o666)
        return descriptor

    def forget(self) -> None:
        """Raises BenchError."""
        with self._at_hand():
            self._path.unlink()

    @contextmanager
    def _at_hand(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            what = f"whether it has been started is noted in {self._path}, which is of no use ({error})"
            raise BenchError(f"relay board {self._label}: {what}") from error


def _reason(error: Exception) -> object:
    """In words: some of what the port raises are a number and words, shown as a pair."""
    return error.args[-1] if error.args else repr(error)


def _word(on: bool) -> str:
    return "on" if on else "off"
