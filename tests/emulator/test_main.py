"""The door: what it refuses, and a terminal in a process of its own on real TCP."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path

import pytest

from emulator.__main__ import BROKEN, USAGE, main, parser, settings
from emulator.defects import DEFECTS
from emulator.flash import FileFlash
from emulator.settings import OUTCOMES
from tests.emulator.dialogue import HEARTBEAT, OK, REGISTRATION, command

PATIENCE = 20.0
END = b"\x04\x04"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "terminal"),
        (("terminal",), "--primary"),
        (("terminal", "--primary", "nowhere"), "HOST:PORT"),
        (("terminal", "--primary", ":80"), "HOST:PORT"),
        (("terminal", "--primary", "h:65536"), "65535"),
        (("terminal", "--primary", "h:80", "--secondary", "h:0"), "65535"),
        (("terminal", "--primary", "h:80", "--time-scale", "0"), "above 0"),
        (("terminal", "--primary", "h:80", "--heartbeat-seconds", "inf"), "above 0"),
        (("terminal", "--primary", "h:80", "--ack-heartbeat", "yes"), "true and false"),
        (("terminal", "--primary", "h:80", "--defect", "none"), "waits-five-minutes"),
        (("terminal", "--primary", "h:80", "--outcome", "1.00=Maybe"), "Declined"),
        (("terminal", "--primary", "h:80", "--part", "8.08"), "AMOUNT=PART is, both like 12.40"),
        (("terminal", "--primary", "h:80", "--flash", "/"), "--flash"),
        (("terminal", "--primary", "h:80", "--clock-fd", "x"), "number of an inherited socket"),
        (("terminal", "--primary", "h:80", "--clock-fd", "1000000"), "number of an inherited socket"),
        (("terminal", "--primary", "h:80", "--clock-fd", "9" * 30), "number of an inherited socket"),
        (("terminal", "--primary", "h:80", "--flash", __file__), "--flash"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_what_is_allowed(arguments, told, capsys):
    assert main(arguments) == USAGE == 4
    out, err = capsys.readouterr()
    assert not out
    assert told in err
    assert err.count("\n") == 1


def test_a_conducted_clock_has_no_scale_of_its_own(capsys):
    ours, its = socket.socketpair()
    with ours, its:
        arguments = ("terminal", "--primary", "h:80", "--clock-fd", str(its.fileno()), "--time-scale", "20")
        assert main(arguments) == USAGE
    assert "leave out --time-scale" in capsys.readouterr().err


def test_without_a_word_from_the_conductor_the_terminal_does_not_start(capsys):
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    assert main(("terminal", "--primary", "h:80", "--clock-fd", str(its.detach()))) == BROKEN
    assert capsys.readouterr().err.startswith("emulator: no conductor of clocks at file descriptor")


def test_the_defects_are_listed_with_what_they_break(capsys):
    assert main(["defects"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(DEFECTS)
    assert lines[0].split(maxsplit=2)[:2] == ["1", "only-one-terminator-byte"]
    assert all("ECD-" in line for line in lines)


@pytest.mark.parametrize(("given", "heartbeat"), [((), 60.0), (("--heartbeat-seconds", "2"), 40.0)])
def test_the_heartbeat_is_given_in_seconds_of_the_wall(given, heartbeat):
    arguments = parser().parse_args(["terminal", "--primary", "h:1", "--time-scale", "20", *given])
    assert settings(arguments).heartbeat == heartbeat


@pytest.mark.parametrize(
    ("given", "outcomes"),
    [
        ((), OUTCOMES),
        (("--outcome", "2.00=Declined", "--outcome", "3.00=Error"), {"2.00": "Declined", "3.00": "Error"}),
    ],
)
def test_outcomes_are_given_by_amount(given, outcomes):
    assert settings(parser().parse_args(["terminal", "--primary", "h:1", *given])).outcomes == outcomes


def test_a_flash_outlives_its_process(tmp_path):
    path = tmp_path / "flash.json"
    flash = FileFlash(path)
    flash["a"], flash["b"] = "1", "2"
    del flash["a"]
    assert dict(FileFlash(path)) == {"b": "2"}
    assert list(tmp_path.iterdir()) == [path]
    path.write_text("[]")
    with pytest.raises(ValueError, match="no flash"):
        FileFlash(path)


class Cloud:
    """One listener that says OK to whoever registers; `line` is the newest connection."""

    async def __aenter__(self) -> Cloud:
        self._lines: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._server = await asyncio.start_server(lambda *line: self._lines.put_nowait(line), "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def registers(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self._lines.get()
        assert await reader.readuntil(END) == REGISTRATION
        writer.write(OK)
        return reader, writer


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "emulator", "terminal", *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


async def shown(process: asyncio.subprocess.Process) -> dict[str, dict[str, str]]:
    return json.loads(await process.stdout.readline())


async def pull_the_plug(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()
    process._transport.close()


async def test_a_terminal_in_a_process_of_its_own(tmp_path):
    """It registers, beats, sells, and knows after a power cut what it sold."""
    flash = str(tmp_path / "flash.json")
    async with asyncio.timeout(PATIENCE), Cloud() as cloud:
        options = ("--primary", cloud.address, "--time-scale", "20", "--heartbeat-seconds", "0.2", "--flash", flash)
        process = await start(*options)
        reader, writer = await cloud.registers()
        assert await shown(process) == {"screen": {"text": "POS Offline", "colour": "red"}}
        assert await shown(process) == {"screen": {"text": "POS Online", "colour": "white"}}
        assert await reader.readuntil(END) == HEARTBEAT
        writer.write(b'{"Status":"OK"}' + END + command())
        response = json.loads((await reader.readuntil(END))[:-2])
        assert await shown(process) == {"screen": {"text": "PLEASE WAIT", "colour": "white"}}
        assert await shown(process) == {"journal": {"reference": "Ref-0001", "charge": response["AuthCode"]}}
        await pull_the_plug(process)
        writer.close()

        process = await start(*options)
        reader, writer = await cloud.registers()
        writer.write(command())
        assert json.loads((await reader.readuntil(END))[:-2]) == response
        await pull_the_plug(process)
        writer.close()
