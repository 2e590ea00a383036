"""A terminal that means no good: it dials, and then does the one thing that its last argument names."""

from __future__ import annotations

import os
import socket
import sys
import time

END = b"\x04\x04"
REGISTER = (
    b'{"Command":"Register","TerminalType":"AcmePay","TerminalModel":"H","TerminalID":"77001234",'
    b'"SoftwareVersion":"Hostile 1","AckHeartbeat":"true"}' + END
)
BEAT = b'{"Command":"Heartbeat"}' + END


def garbage(line: socket.socket) -> None:
    line.sendall(bytes(range(5, 256)) * 20 + END)


def endless(line: socket.socket) -> None:
    while True:
        line.sendall(b"\xff" * 65536)


def flood(line: socket.socket) -> None:
    line.sendall(REGISTER)
    line.recv(100)
    line.setblocking(False)
    while True:
        started = time.monotonic()
        try:
            line.sendall(BEAT * 100)
            line.recv(1 << 20)
        except BlockingIOError:
            pass
        time.sleep(max(0.0, started + 0.01 - time.monotonic()))  # noqa: TID251 — 10,000 heartbeats a second


def empty_frames(line: socket.socket) -> None:
    line.sendall(REGISTER)
    while True:
        line.sendall(END * 4096)


def half_a_frame(line: socket.socket) -> None:
    line.sendall(REGISTER + b'{"Command":"Hear')


def no_utf8(line: socket.socket) -> None:
    line.sendall(REGISTER + b'{"Command":"Heartbeat","Note":"caf\xe9"}' + END)


def half_a_letter(line: socket.socket) -> None:
    line.sendall(REGISTER + b'{"Command":"Heartbeat","\\ud83d":7,"Note":"\\udcff"}' + END)


def depth(line: socket.socket) -> None:
    line.sendall(REGISTER + b'{"a":' * 100_000 + END)


def dies(line: socket.socket) -> None:
    line.sendall(REGISTER)
    line.recv(100)
    sys.exit("out of paper")


def many_lines(line: socket.socket) -> None:
    lines = [line]
    while len(lines) < 400:
        lines.append(socket.create_connection(line.getpeername()))
    lines[-1].sendall(REGISTER)
    time.sleep(100)  # noqa: TID251


def screams(line: socket.socket) -> None:
    line.sendall(REGISTER)
    while True:
        os.write(1, b"\x00\xffgarbage\n" * 1000)


if __name__ == "__main__":
    host, port, habit = sys.argv[1:4]
    with socket.create_connection((host, int(port))) as dialled:
        try:
            globals()[habit](dialled)
            time.sleep(100)  # noqa: TID251 — and then silence
        except OSError:
            time.sleep(100)  # noqa: TID251 — the line was ended; that is no reason to go
