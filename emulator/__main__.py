"""The emulator's door for people and benches: a terminal over real TCP, the list of its defects, and a relay board.

A terminal prints what it shows as JSON lines on stdout and its notices on stderr; killing the process is pulling its
plug. A bench that moves its clock names a socket that it inherits: `--clock-fd N` (`harness.transports.virtual`). Exit
codes: 3 if the emulator itself broke, 4 for wrong usage.

A relay board prints the name of its pty, lives there, and tells its contacts to whoever follows them
(`emulator.relay_board_door`).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import importlib
import math
import os
import random
import stat
import sys
import termios
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import NoReturn

from emulator import boards
from emulator.flash import FileFlash
from emulator.panel import Notice, written
from emulator.relay_board import Mishap, RelayBoard
from emulator.settings import OUTCOMES, Settings
from emulator.terminal import Terminal
from emulator.uplink import POWER_ON
from harness.evidence.bench import Screen
from harness.transports.host import HarnessError, OnNoted
from harness.transports.tcp import TcpHost
from harness.wire.econduit import RESULT_CODES

BROKEN, USAGE, INTERRUPTED = 3, 4, 130


NOUNS = ("paymentsense", "modulus", "adyen", "end_to_end")


class UsageError(Exception):
    """What was asked cannot be done; the text says what is allowed."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def address(text: str) -> str:
    """HOST:PORT, as it is dialled."""
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no address; allowed is HOST:PORT with a port from 1 to 65535")
    return text


def above_zero(text: str) -> float:
    """A number of seconds, or a factor."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; a number above 0 is")
    return value


def descriptor(text: str) -> int:
    """An inherited socket."""
    if not (text.isascii() and text.isdigit()) or not stat.S_ISSOCK(_mode(int(text))):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; the number of an inherited socket is")
    return int(text)


def _mode(fd: int) -> int:
    try:
        return os.fstat(fd).st_mode
    except (OSError, OverflowError):
        return 0


def descriptor_or_path(text: str) -> int | Path:
    """An inherited socket, or the path of one to listen on."""
    return descriptor(text) if text.isdigit() else Path(text)


def truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; true and false are")
    return text == "true"


def outcome(text: str) -> tuple[str, str]:
    """AMOUNT=RESULT, as in the IXIT of a bench."""
    amount, equals, result = text.partition("=")
    if not (amount and equals and result in RESULT_CODES):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; AMOUNT=RESULT with {', '.join(RESULT_CODES)} is")
    return amount, result


def part(text: str) -> tuple[str, str]:
    """AMOUNT=PART, of which the first is ordered and the second approved."""
    amount, equals, approved = text.partition("=")
    if not (amount and equals and approved):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; AMOUNT=PART is, both like 12.40")
    return amount, approved


def parser() -> argparse.ArgumentParser:
    doors = _Parser(prog="emulator", description="A payment terminal in software, and the relay board at its mains.")
    commands = doors.add_subparsers(
        dest="command", required=True, metavar="terminal | software | defects | relay-board"
    )
    terminal = commands.add_parser("terminal", help="run a terminal until it is killed")
    terminal.add_argument("--primary", required=True, type=address, metavar="HOST:PORT")
    terminal.add_argument("--secondary", type=address, metavar="HOST:PORT")
    terminal.add_argument("--terminal-id", default=Settings.terminal_id)
    terminal.add_argument("--terminal-type", default=Settings.terminal_type)
    terminal.add_argument("--ack-heartbeat", type=truth, default=Settings.ack_heartbeat, metavar="true | false")
    terminal.add_argument("--colour-display", type=truth, default=Settings.colour_display, metavar="true | false")
    terminal.add_argument(
        "--heartbeat-seconds", type=above_zero, metavar="S", help="wall seconds; default: 60 document seconds"
    )
    terminal.add_argument(
        "--processing-seconds", type=above_zero, default=Settings.processing, metavar="S", help="document seconds"
    )
    terminal.add_argument(
        "--time-scale", type=above_zero, default=1.0, metavar="N", help="document seconds in a wall second"
    )
    terminal.add_argument("--clock-fd", type=descriptor, metavar="N", help=argparse.SUPPRESS)
    terminal.add_argument(
        "--outcome",
        type=outcome,
        action="append",
        metavar="AMOUNT=RESULT",
        help="what an amount leads to; may be repeated",
    )
    terminal.add_argument(
        "--part",
        type=part,
        action="append",
        default=[],
        metavar="AMOUNT=PART",
        help="what is approved of an amount; may be repeated",
    )
    terminal.add_argument("--flash", type=Path, metavar="FILE", help="what survives its power cycles; default: nothing")
    terminal.add_argument(
        "--picture", type=Path, metavar="PATH", help="a file, or a folder, for pictures of its display (needs Pillow)"
    )
    terminal.add_argument("--defect", metavar="NAME", help="one of those that `emulator defects` lists")
    terminal.add_argument("--seed", type=int, default=0, metavar="N", help="of authorisation codes and jitter")
    software = commands.add_parser("software", help="run a till, an EPoS or a backend until it is killed")
    software.add_argument("noun", choices=NOUNS, help="%(choices)s")
    software.add_argument("--settings", required=True, type=Path, metavar="FILE", help="JSON")
    software.add_argument("--storage", type=Path, metavar="FILE", help="what survives its restarts; default: nothing")
    software.add_argument(
        "--time-scale", type=above_zero, default=1.0, metavar="N", help="document seconds in a wall second"
    )
    software.add_argument("--clock-fd", type=descriptor, metavar="N", help=argparse.SUPPRESS)
    software.add_argument("--defect", metavar="NAME", help="a bad habit; `emulator defects NOUN` lists them")
    software.add_argument("--seed", type=int, default=0, metavar="N", help="of what it draws")
    listing = commands.add_parser("defects", help="list the defects and what they break")
    listing.add_argument("noun", nargs="?", choices=("econduit", *NOUNS), default="econduit", help="%(choices)s")
    board = commands.add_parser("relay-board", help="run a serial relay board until it is terminated")
    board.add_argument("--board", required=True, choices=boards.names(), metavar="NAME", help="%(choices)s")
    board.add_argument("--channels", type=int, metavar="N", help="how many relays, if there are several sizes")
    board.add_argument("--pty", type=Path, metavar="PATH", help="a symbolic link to make to its port")
    board.add_argument(
        "--contacts", required=True, type=descriptor_or_path, metavar="FD_OR_PATH", help="where they are followed"
    )
    board.add_argument("--mishap", choices=list(Mishap), type=str, metavar="NAME", help="%(choices)s")
    board.add_argument("--late", type=above_zero, metavar="S", help="wall seconds after which a late answer comes")
    return doors


def settings(given: argparse.Namespace) -> Settings:
    heartbeat = Settings.heartbeat
    if given.heartbeat_seconds is not None:
        heartbeat = given.heartbeat_seconds * given.time_scale
    return Settings(
        primary=given.primary,
        secondary=given.secondary,
        terminal_id=given.terminal_id,
        terminal_type=given.terminal_type,
        ack_heartbeat=given.ack_heartbeat,
        heartbeat=heartbeat,
        processing=given.processing_seconds,
        colour_display=given.colour_display,
        outcomes=OUTCOMES if given.outcome is None else dict(given.outcome),
        parts=dict(given.part),
    )


def kind_of_terminal(defect: str | None) -> type[Terminal]:
    """The conformant terminal, or the one with this defect. Raises UsageError for an unknown name."""
    if defect is None:
        return Terminal
    from emulator.defects import DEFECTS  # a conformant terminal starts without them

    if defect not in DEFECTS:
        raise UsageError(f"no defect {defect!r}; allowed are {', '.join(sorted(DEFECTS))}")
    return DEFECTS[defect]


def show(_party: str, _line: int, body: object) -> None:
    if isinstance(body, Notice):
        print(body.text, file=sys.stderr, flush=True)
    elif (line := written(body)) is not None:
        print(line, flush=True)


def shown_in(path: Path | None) -> OnNoted:
    """What shows a terminal's screens: as lines on stdout, and as pictures, if there is a place for them."""
    if path is None:
        return show
    from emulator.display import Display  # a terminal without pictures starts without it

    try:
        display = Display(path)
    except ImportError as error:
        raise UsageError(f"--picture: {error.name} is not installed; install the extra `camera`") from error
    except OSError as error:
        raise UsageError(f"--picture {path}: {error.strerror}; allowed is a file or a folder to write to") from error

    def show_both(party: str, line: int, body: object) -> None:
        if isinstance(body, Screen):
            display.show(body)
        show(party, line, body)

    return show_both


def kept_in(path: Path | None, option: str) -> MutableMapping[str, str]:
    """What survives a DUT's restarts; nothing without a file. Raises UsageError for a file that is none of its own."""
    try:
        return {} if path is None else FileFlash(path)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error


def unread() -> int:
    """Bytes that lie in the pipe of stdout and that its reader has not taken; 0 if it is no pipe."""
    stdout = sys.stdout.fileno()
    if not stat.S_ISFIFO(_mode(stdout)):
        return 0
    return int.from_bytes(fcntl.ioctl(stdout, termios.FIONREAD, bytes(4)), sys.byteorder)


async def run(terminal: Terminal, time_scale: float, clock_fd: int | None, show: OnNoted = show) -> None:
    """Power on, and live until the process is killed."""
    if clock_fd is None:
        host = TcpHost(scale=time_scale, on_noted=show)
    else:
        from harness.transports.virtual import conducted  # a terminal of its own starts without it

        host = conducted(clock_fd, show, unread)
    await host.attach(terminal, recorded=False)
    host.feed(terminal.name, POWER_ON)
    await host.until(lambda: False, within=math.inf, what="the end of its power")


def list_defects(noun: str) -> None:
    package = "emulator.defects" if noun == "econduit" else f"emulator.{noun}.defects"
    known = importlib.import_module(package).DEFECTS
    width = max(map(len, known))
    for name, defect in sorted(known.items(), key=lambda item: (item[1].row, item[0])):
        print(f"{defect.row:2}  {name:{width}}  {', '.join(map(str, defect.breaks))}")


def be_software(given: argparse.Namespace) -> None:
    """Live until killed. Raises UsageError and HarnessError."""
    from emulator.software_door import serve  # a terminal needs none of its packages

    try:
        storage = kept_in(given.storage, "--storage")
        serve(given.noun, given.settings, storage, given.defect, given.seed, given.time_scale, given.clock_fd)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"--settings {given.settings}: {error}") from error
    except KeyError as error:
        raise UsageError(f"no defect {error}; `emulator defects {given.noun}` lists them") from error


def be_a_relay_board(given: argparse.Namespace) -> None:
    """Live until terminated, or until nobody can follow the contacts any more. Raises UsageError and BenchError."""
    from emulator.relay_board_door import LATE, serve  # a terminal has no pty

    sizes = boards.load(given.board).SIZES
    channels = sizes[0] if given.channels is None and len(sizes) == 1 else given.channels
    if channels not in sizes:
        found = "is missing" if channels is None else str(channels)
        raise UsageError(f"--channels {found}: the {given.board} is sold with {' or '.join(map(str, sizes))} relays")
    board = RelayBoard(given.board, channels)
    if given.mishap is not None:
        board.befall(Mishap(given.mishap))
    late = LATE if given.late is None else given.late
    serve(board, given.contacts, given.pty, late, lambda port: print(port or "unplugged", flush=True))


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        given = parser().parse_args(arguments)
        if given.command == "defects":
            list_defects(given.noun)
            return 0
        if given.command == "software":
            be_software(given)
            return 0
        if given.command == "relay-board":
            be_a_relay_board(given)
            return 0
        if given.clock_fd is not None and given.time_scale != 1:
            raise UsageError(
                "--clock-fd: a clock that is conducted runs at the document's own pace; leave out --time-scale"
            )
        flash = kept_in(given.flash, "--flash")
        chance = random.Random(given.seed)  # noqa: S311 — no secret: a seed that can be given again
        terminal = kind_of_terminal(given.defect)(settings(given), flash, chance)
        asyncio.run(run(terminal, given.time_scale, given.clock_fd, shown_in(given.picture)))
    except UsageError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return USAGE
    except HarnessError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
