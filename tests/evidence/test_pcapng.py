"""The capture file, read back by other eyes: block by block, and by tshark where there is one."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.evidence.captured import Captured, Toward
from harness.evidence.pcapng import APPLICATION, pcapng
from tests.frames import ACK, CLOUD, PSH, SYN, TERMINAL, across, tcp

DAY = 1_795_000_000
FRAMES = [
    *across(DAY + 0.5, tcp(CLOUD, TERMINAL, 5, SYN | ACK), Toward.CLOUD),
    *across(DAY, tcp(TERMINAL, CLOUD, 1, SYN), Toward.TERMINAL),
    *across(DAY + 1, tcp(TERMINAL, CLOUD, 2, PSH | ACK, b"abc"), Toward.TERMINAL),
]
FILE = b"".join(pcapng(FRAMES, {4: ["one", "zwölf"]}, ["a case"], dropped=3))


def blocks(file: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of each block, whose length stands before and behind it."""
    while file:
        kind, length = struct.unpack_from("<II", file)
        assert length % 4 == 0
        assert struct.unpack_from("<I", file, length - 4) == (length,)
        yield kind, file[8 : length - 4]
        file = file[length:]


def options(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            assert not data[4:]
            break
        found.append((code, data[4 : 4 + length]))
        data = data[4 + length + -length % 4 :]
    return found


def test_the_head_tells_who_wrote_it_and_of_what() -> None:
    kind, body = next(blocks(FILE))
    assert kind == 0x0A0D0D0A
    assert struct.unpack_from("<IHHq", body) == (0x1A2B3C4D, 1, 0, -1)
    told = options(body[16:])
    assert (1, b"a case") in told
    assert (4, APPLICATION.encode()) in told


def test_two_interfaces_in_nanoseconds() -> None:
    interfaces = [body for kind, body in blocks(FILE) if kind == 1]
    assert [dict(options(body[8:]))[2] for body in interfaces] == [b"terminal", b"cloud"]
    assert [dict(options(body[8:]))[9] for body in interfaces] == [b"\x09"] * 2
    assert [struct.unpack_from("<H", body) for body in interfaces] == [(1,)] * 2


def test_frames_stand_in_order_of_time_with_their_way_and_what_is_said_of_them() -> None:
    packets = [body for kind, body in blocks(FILE) if kind == 6]
    read: list[Captured] = []
    told = []
    for body in packets:
        number, high, low, length, original = struct.unpack_from("<IIIII", body)
        found = options(body[20 + length + -length % 4 :])
        leaving = dict(found)[2] == struct.pack("<I", 2)
        assert length == original
        read.append(Captured((high << 32) + low, list(Toward)[number], leaving, body[20 : 20 + length]))
        told.append([text.decode() for code, text in found if code == 1])
    assert read == sorted(FRAMES, key=lambda frame: frame.stamp)
    assert told == [[], [], [], [], ["one", "zwölf"], []]


def test_what_was_lost_is_told() -> None:
    last = [dict(options(body[12:])) for kind, body in blocks(FILE) if kind == 5]
    assert [(found[4], found[5]) for found in last] == [(struct.pack("<Q", 3), struct.pack("<Q", 3))] * 2


def test_an_empty_capture_is_a_file_too() -> None:
    assert [kind for kind, _ in blocks(b"".join(pcapng([])))] == [0x0A0D0D0A, 1, 1, 5, 5]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="no tshark on this machine")
def test_tshark_reads_it(tmp_path: Path) -> None:
    (tmp_path / "wire.pcapng").write_bytes(FILE)
    fields = ["frame.interface_name", "frame.time_epoch", "tcp.checksum.status", "frame.packet_flags_direction"]
    command = ["tshark", "-r", "wire.pcapng", "-o", "tcp.check_checksum:TRUE", "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["terminal", "cloud", "cloud", "terminal", "terminal", "cloud"]
    stamps = sorted(frame.stamp for frame in FRAMES)
    assert [row[1] for row in rows] == [f"{stamp // 10**9}.{stamp % 10**9:09}" for stamp in stamps]
    assert {row[2] for row in rows} == {"1"}
    assert [row[3] for row in rows] == ["0x00000001", "0x00000002"] * 3
