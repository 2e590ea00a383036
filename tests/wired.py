"""Whole runs on the wire of frames: their bench, their suites, and what stands in their captures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures import evidence
from harness.evidence.captured import Captured, Toward
from harness.evidence.trace import Trace
from harness.rig.network import Network, NetworkForbidden
from tests.runs import Left, bench_file

_INTERFACE, _PACKET = 1, 6
_COMMENT, _NAME, _FLAGS = 1, 2, 2
_OUTBOUND = 2


def needs_namespaces() -> None:
    """Skip the test where this user may not have a bench network."""
    try:
        Network.open().close()
    except NetworkForbidden as why:
        pytest.skip(str(why))


def packet_bench(folder: Path, *, times: int) -> Path:
    """A bench file of the emulator on the bench network, its clock compressed so many `times`; for 1, one that jumps at
    the document's own times."""
    clock = "virtual" if times == 1 else "compressed"
    return bench_file(folder, dut="emulator", wire="netns", clock=clock, ixit={"time_scale": times})


def suite(folder: Path, text: str, name: str = "suite") -> list[str]:
    """A suite of its own, as arguments of a run. `name`: one of its own too, where one process runs several."""
    path = folder / f"test_{name}.py"
    path.write_text(text, encoding="utf-8")
    return [str(path), "-c", "pyproject.toml", "--rootdir", ".", "-p", "fixtures.plugin"]


def traces(ended: Left) -> dict[str, Trace]:
    """The trace of each case that ran, by the name of its folder."""
    return {path.parent.name: evidence.read(path) for path in sorted(ended.folder.glob("cases/*/trace.jsonl"))}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a capture file, and what is said of it there."""

    caught: Captured
    comments: tuple[str, ...]


def frames(capture: Path) -> Iterator[Frame]:
    """The frames of a capture file, in its order."""
    data = capture.read_bytes()
    sides: list[Toward] = []
    while data:
        kind, length = struct.unpack_from("<II", data)
        body, data = data[8 : length - 4], data[length:]
        if kind == _INTERFACE:
            sides.append(Toward(dict(_options(body[8:]))[_NAME].decode()))
        elif kind == _PACKET:
            number, high, low, size = struct.unpack_from("<IIII", body)
            said = list(_options(body[20 + size + -size % 4 :]))
            leaving = dict(said)[_FLAGS] == struct.pack("<I", _OUTBOUND)
            caught = Captured((high << 32) + low, sides[number], leaving, body[20 : 20 + size])
            yield Frame(caught, tuple(text.decode() for code, text in said if code == _COMMENT))


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            return
        yield code, data[4 : 4 + length]
        data = data[4 + length + -length % 4 :]
