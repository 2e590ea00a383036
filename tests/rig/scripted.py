"""A port at whose other end a script answers: what a relay board would say, or what one must not."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import serial.rfc2217

_LONGEST_WAIT = 30.0


@dataclass
class Script:
    """The far end of a pty. `answers`: what is said to each thing that is heard, one after another, the last for ever;
    what is not in it is heard and not answered. Its port is there until `unplug`."""

    answers: Mapping[bytes, tuple[bytes, ...]]
    heard: bytes = b""
    """All that has been said to it, complete once the last of it has been answered; if that never is, see `hears`."""
    _said: dict[bytes, int] = field(default_factory=dict)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Self:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._told_to_end, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def hears(self, data: bytes) -> bool:
        """Wait until this is all that has been said to it; whether it is."""
        with self._more:
            return self._more.wait_for(lambda: self.heard == data, _LONGEST_WAIT)

    def say(self, data: bytes) -> None:
        """Say something that nobody has asked for."""
        os.write(self._master, data)

    def unplug(self) -> None:
        """Hear no more, and take the port away."""
        if self._thread.is_alive():
            os.write(self._end, b".")
            self._thread.join(_LONGEST_WAIT)
            for descriptor in (self._master, self._slave, self._told_to_end, self._end):
                os.close(descriptor)

    def _run(self) -> None:
        unread = b""
        while self._master in select.select([self._master, self._told_to_end], [], [], _LONGEST_WAIT)[0]:
            data = os.read(self._master, 4096)
            with self._more:
                self.heard += data
                self._more.notify()
            unread = self._answered(unread + data)

    def _answered(self, unread: bytes) -> bytes:
        """What is left of the unread when every whole question in it has been answered."""
        while unread:
            question = next((one for one in self.answers if unread.startswith(one)), None)
            if question is not None:
                for answer in self._next(question):
                    os.write(self._master, answer)
                unread = unread[len(question) :]
            elif any(one.startswith(unread) for one in self.answers):
                break
            else:
                unread = unread[1:]
        return unread

    def _next(self, question: bytes) -> Iterator[bytes]:
        answers = self.answers[question]
        at = self._said.get(question, 0)
        self._said[question] = at + 1
        if answers:
            yield answers[min(at, len(answers) - 1)]


class _Port(serial.Serial):
    """A pty has no modem lines."""

    cts = dsr = ri = cd = property(lambda _: False)
    dtr = rts = property(lambda _: False, lambda _, __: None)


@dataclass
class _Telnet:
    """What pyserial's server writes its negotiations to."""

    line: socket.socket

    def write(self, data: bytes) -> None:
        self.line.sendall(data)


@contextmanager
def rfc2217(script: Script) -> Iterator[str]:
    """The script's port behind a server of RFC 2217, for one client; the URL of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, script.port))
        thread.start()
        yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}?timeout={_LONGEST_WAIT}"
    thread.join(_LONGEST_WAIT)


def _serve(server: socket.socket, port: str) -> None:
    client, _ = server.accept()
    with client, _Port(port, timeout=0) as line:
        telnet = serial.rfc2217.PortManager(line, _Telnet(client))
        while ready := select.select([client, line], [], [], _LONGEST_WAIT)[0]:
            if line in ready:
                client.sendall(b"".join(telnet.escape(line.read(4096))))
            if client in ready:
                data = client.recv(4096)
                if not data:
                    break
                line.write(b"".join(telnet.filter(data)))
