"""What each end awaits next is known, whatever was lost or repeated; connections that have ended are forgotten."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP, UDP, IPOption_Timestamp
from scapy.layers.l2 import Ether

from harness.faults.moment import Toward
from harness.faults.wire import flows
from harness.faults.wire.flows import FlowTable
from harness.faults.wire.frame import Frame

UP, DOWN = Toward.CLOUD, Toward.TERMINAL
TERMINAL, CLOUD = "192.0.2.10", "198.51.100.10"
MACS = {UP: ("02:00:00:00:00:10", "02:00:00:00:00:01"), DOWN: ("02:00:00:00:00:01", "02:00:00:00:00:10")}
TOP = 1 << 32


def tcp(
    toward: Toward, flags: str, sequence: int, ack: int = 0, payload: bytes = b"", port: int = 40_000, options: int = 0
) -> Frame:
    source, destination = MACS[toward]
    addresses = (TERMINAL, CLOUD) if toward is UP else (CLOUD, TERMINAL)
    ports = (port, 2010) if toward is UP else (2010, port)
    ip = IP(src=addresses[0], dst=addresses[1], options=[IPOption_Timestamp()] * options)
    segment = TCP(sport=ports[0], dport=ports[1], flags=flags, seq=sequence % TOP, ack=ack % TOP)
    return Frame(bytes(Ether(src=source, dst=destination) / ip / segment / payload), toward)


def fed(*frames: Frame, table: FlowTable | None = None) -> FlowTable:
    table = FlowTable() if table is None else table
    for frame in frames:
        table.passed(frame.data, frame.toward)
    return table


def handshake(up: int = 100, down: int = 500, port: int = 40_000, options: int = 0) -> list[Frame]:
    return [
        tcp(UP, "S", up, port=port, options=options),
        tcp(DOWN, "SA", down, up + 1, port=port),
        tcp(UP, "A", up + 1, down + 1, port=port, options=options),
    ]


def awaited(table: FlowTable) -> tuple[int | None, int | None]:
    (flow,) = table
    return flow.next_of_terminal, flow.next_of_cloud


@pytest.mark.parametrize("options", [0, 1], ids=["", "with IP options"])
@pytest.mark.parametrize("start", [100, TOP - 3, TOP - 1])
def test_follows_a_connection_from_its_first_frame(start: int, options: int) -> None:
    table = fed(
        *handshake(start, 500, options=options),
        tcp(UP, "PA", start + 1, 501, b"register", options=options),
        tcp(DOWN, "PA", 501, start + 9, b"ok"),
    )
    assert awaited(table) == ((start + 9) % TOP, 503)
    (flow,) = table
    assert (flow.terminal, flow.cloud) == ((bytes([192, 0, 2, 10]), 40_000), (bytes([198, 51, 100, 10]), 2010))
    assert (flow.terminal_mac.hex(), flow.cloud_mac.hex()) == ("020000000010", "020000000001")


def test_a_segment_that_did_not_leave_is_still_awaited() -> None:
    table = fed(*handshake())
    lost = tcp(DOWN, "PA", 501, 101, b"lost")
    table.entered(lost.data, lost.toward)
    assert awaited(table) == (101, 501)
    fed(tcp(DOWN, "PA", 505, 101, b"behind"), table=table)
    assert awaited(table) == (101, 501)
    fed(tcp(DOWN, "PA", 501, 101, b"lost"), table=table)
    acknowledged = tcp(UP, "A", 101, 511)
    table.entered(acknowledged.data, acknowledged.toward)
    assert awaited(table) == (101, 511)


def test_bytes_that_were_sent_before_are_not_counted_again() -> None:
    table = fed(*handshake(), tcp(UP, "PA", 101, 501, b"register"), tcp(UP, "PA", 101, 501, b"regi"))
    assert awaited(table) == (109, 501)
    fed(tcp(UP, "PA", 105, 501, b"ster and more"), table=table)
    assert awaited(table) == (118, 501)


def test_an_old_acknowledgement_takes_nothing_back() -> None:
    table = fed(*handshake(), tcp(UP, "PA", 101, 501, b"register"), tcp(DOWN, "A", 501, 103))
    assert awaited(table) == (109, 501)


def test_a_connection_older_than_the_wire_is_known_by_its_first_data() -> None:
    table = fed(tcp(UP, "A", 101, 501))
    assert len(table) == 0
    fed(tcp(UP, "PA", 101, 501, b"beat"), table=table)
    assert awaited(table) == (105, 501)


def test_the_connection_of_a_frame_is_found_both_ways() -> None:
    table = fed(*handshake())
    (flow,) = table
    assert table.of(tcp(UP, "A", 101, 501)) is flow
    assert table.of(tcp(DOWN, "A", 501, 101)) is flow
    assert table.of(tcp(UP, "A", 101, 501, options=1)) is flow
    assert table.of(tcp(UP, "A", 101, 501, port=40_001)) is None
    udp = Ether() / IP(src=TERMINAL, dst=CLOUD) / UDP(sport=40_000, dport=2010)
    assert table.of(Frame(bytes(udp), UP)) is None


def test_forgets_what_both_have_finished_and_does_not_learn_it_anew_from_its_last_words() -> None:
    table = fed(*handshake())
    (flow,) = table
    fed(tcp(UP, "FA", 101, 501), tcp(DOWN, "FA", 501, 102), table=table)
    assert flow.ended
    fed(tcp(UP, "A", 102, 502), table=table)
    assert len(table) == 0


def test_a_connection_that_one_has_finished_is_still_there() -> None:
    table = fed(*handshake(), tcp(UP, "FA", 101, 501))
    assert awaited(table) == (102, 501)


def test_a_reset_that_goes_through_ends_it() -> None:
    assert len(fed(*handshake(), tcp(DOWN, "R", 501))) == 0


def test_a_forged_reset_ends_it_for_the_end_that_it_is_sent_to() -> None:
    table = fed(*handshake())
    table.left(tcp(DOWN, "R", 501).data, DOWN)
    assert awaited(table) == (101, 501)
    table.left(tcp(UP, "R", 101).data, UP)
    assert len(table) == 0


def test_a_reset_that_is_lost_ends_it_for_the_end_that_sent_it() -> None:
    table = fed(*handshake())
    table.entered(tcp(UP, "R", 101).data, UP)
    assert len(table) == 1
    table.left(tcp(UP, "R", 101).data, UP)
    assert len(table) == 0


def test_a_new_connection_in_the_name_of_an_old_one_is_a_new_one() -> None:
    table = fed(*handshake())
    (old,) = table
    fed(tcp(UP, "S", 7000), tcp(UP, "S", 7000), table=table)
    (new,) = table
    assert new is not old
    assert old.ended
    assert awaited(table) == (7001, None)
    fed(tcp(UP, "S", 7000), table=table)
    assert next(iter(table)) is new


def test_remembers_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MOST_FLOWS", 3)
    table = FlowTable()
    for port in range(40_000, 40_010):
        fed(*handshake(port=port), table=table)
    assert [flow.terminal[1] for flow in table] == [40_007, 40_008, 40_009]


@pytest.mark.parametrize("length", range(0, 48, 7))
def test_looks_at_anything(length: int) -> None:
    whole = tcp(UP, "S", 1).data
    table = FlowTable()
    for data in (whole[:length], b"\xff" * length, whole[:14] + b"\x4f" + whole[15 : max(15, length)]):
        table.passed(data, UP)
        table.entered(data, UP)
    assert len(table) == 0
