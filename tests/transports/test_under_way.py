"""The kernel's table of connections: which rows are at rest, of rows as it prints them and of its own."""

from __future__ import annotations

import os
import socket
import time

import pytest

from harness.transports.under_way import read, under_way

HEADER = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
DEAF = ("127.0.0.1", 0x1F90)

PATIENCE = 10.0
"""Wall seconds for an acknowledgement that the kernel puts off; only a failing test waits so long."""


def table(*rows: tuple[str, str, str, str]) -> bytes:
    lines = [
        f"   {number}: {local} {remote} {state} {queues} 00:00000000 00000000     0        0 1 1 00000000 20 4 30\n"
        for number, (local, remote, state, queues) in enumerate(rows)
    ]
    return HEADER + "".join(lines).encode()


def row(state: str, queues: str = "00000000:00000000", remote: str = "0100007F:1F90") -> tuple[str, str, str, str]:
    return ("0100007F:8EE2", remote, state, queues)


UNACKNOWLEDGED, UNREAD = "0000005F:00000000", "00000000:0000005F"


@pytest.mark.parametrize("state", ["01", "05", "06", "07", "08", "0A"])
def test_states_that_last_are_at_rest(state):
    assert under_way(table(row(state))) == ""


@pytest.mark.parametrize("state", ["02", "03", "04", "09", "0B", "0C"])
def test_handshakes_and_goodbyes_are_under_way_unless_nothing_gets_through(state):
    assert f"in state {state}" in under_way(table(row("01"), row(state)))
    assert under_way(table(row(state)), cut=True) == ""


def test_a_byte_in_a_queue_is_under_way_and_an_outage_excuses_only_the_unacknowledged():
    assert "95 unacknowledged" in under_way(table(row("01", UNACKNOWLEDGED)))
    assert "95 unread" in under_way(table(row("01", UNREAD)))
    assert under_way(table(row("01", UNACKNOWLEDGED)), cut=True) == ""
    assert under_way(table(row("01", UNREAD)), cut=True) != ""


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 — a listener on all addresses
def test_who_waits_at_a_deaf_door_waits_on(host):
    waits = [("0100007F:1F90", "00000000:0000", "0A", "00000000:00000001"), row("02", "00000001:00000000")]
    assert under_way(table(*waits)) != ""
    assert under_way(table(*waits), deaf=[(host, DEAF[1])]) == ""
    assert under_way(table(row("02", remote="0100007F:1F91")), deaf=[DEAF]) != ""
    assert under_way(table(row("01", UNACKNOWLEDGED)), deaf=[DEAF]) != "", "a line that is up is another matter"


def test_a_stranger_does_not_count_in_a_shared_table():
    strange = ("0100007F:1234", "0100007F:4321", "02", UNACKNOWLEDGED)
    assert under_way(table(strange), ours=[DEAF]) == ""
    assert under_way(table(strange, row("01", UNREAD)), ours=[DEAF]) != ""
    assert under_way(table(("0100007F:1F90", "0100007F:8EE2", "01", UNREAD)), ours=[DEAF]) != ""


def comes_to(fd: int, ours: list[tuple[str, int]], words: str) -> None:
    """Await that the first row under way says these words, or that none is ("").

    The kernel's acknowledgements take their own time; until then it is the other end's row that is not at rest."""
    until = time.monotonic() + PATIENCE
    while (told := under_way(read(fd), ours=ours)) != words and not (words and words in told):
        assert told or not words, f"all is at rest, and not {words}"
        assert time.monotonic() < until, told


def test_the_kernel_tells_what_is_unread_and_what_was_read():
    fd = os.open("/proc/net/tcp", os.O_RDONLY)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        ours = [server.getsockname()]
        assert "unread" in under_way(read(fd), ours=ours), "nobody has accepted it"
        accepted, _ = server.accept()
        with accepted:
            comes_to(fd, ours, "")
            client.sendall(b"hello")
            comes_to(fd, ours, "5 unread")
            accepted.recv(5)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            comes_to(fd, ours, "")
            client.shutdown(socket.SHUT_WR)
            comes_to(fd, ours, "1 unread")  # a FIN is read too
            assert accepted.recv(5) == b""
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            comes_to(fd, ours, "")
    os.close(fd)
