"""The rig's door for people: is the bench well, what boards and ports are there, who has which bench, and the camera.

Exit codes: 0 if all is well, 3 if something is broken, 4 for wrong usage or a bench file with mistakes.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from harness.evidence.answers import AnswerError
from harness.rig import relays
from harness.rig.doctor import Line, State
from harness.rig.lease import leases
from harness.rig.ports import serial_ports
from harness.rig.relays import Asked
from harness.transports.host import HarnessError

BROKEN, USAGE, INTERRUPTED = 3, 4, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise AnswerError(f"{self.prog}: {message}")


def parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    """`wanted`: the words of the command line; only the door that is asked for is fetched."""
    door = _Parser(prog="python -m harness.rig", description=__doc__)
    commands = door.add_subparsers(
        dest="command", required=True, metavar="doctor | calibrate | boards | ports | leases"
    )
    doctor = commands.add_parser("doctor", help="look at every part of a bench, and say what to do")
    doctor.add_argument("--bench", metavar="FILE", type=Path, required=True, help="the bench file")
    doctor.add_argument("--answers", metavar="DIR", type=Path, help="the answers of the DUT (default: the bench's)")
    doctor.add_argument("--out", metavar="DIR", type=Path, help="where runs leave their folders")
    calibrate = commands.add_parser("calibrate", help="show the camera where the display's status line is")
    if "calibrate" in wanted:
        importlib.import_module("harness.rig.calibrate").add_arguments(calibrate)
    commands.add_parser("boards", help="list the relay boards that can be driven")
    commands.add_parser("ports", help="list the serial ports of this machine")
    commands.add_parser("leases", help="list who has which bench of this machine")
    return door


def boards() -> Iterator[str]:
    """The boards, a line each."""
    yield f"{'board':<14}{'channels':<22}{'first':<7}read-back"
    for name in relays.names():
        board = relays.load(name)
        reads = "no" if not isinstance(board, Asked) else "some do" if board.MAY_BE_SILENT else "yes"
        yield f"{name:<14}{' '.join(map(str, board.SIZES)):<22}{board.FIRST:<7}{reads}"


def held() -> Iterator[str]:
    """The benches that somebody has, or that a dead run has left, a line each."""
    for holder, lives in leases():
        left = "".join(f"; {what} {'on' if on else 'off'}" for what, on in holder.left.items())
        how = "held by" if lives else "left by the run, now dead, of"
        yield f"{holder.at}: {how} {holder} since {holder.since}, last heartbeat {holder.heartbeat}{left}"


def doctor(given: argparse.Namespace) -> int:
    """Print a line for each part of the bench as it is looked at. Raises AnswerError for a bench file with mistakes."""
    from fixtures import preflight
    from fixtures.campaign import load

    campaign = load(given.bench, given.answers, None, None)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # the bench is left in its safe state
    found: list[Line] = []
    with closing(preflight.examine(campaign, given.out or preflight.OUT)) as lines:
        for line in lines:
            print(line, flush=True)
            found.append(line)
    broken = [line.what for line in found if line.state is State.BROKEN]
    print(f"{campaign.bench_name}: " + (f"broken: {', '.join(broken)}" if broken else "fit for a run"))
    return BROKEN if broken else 0


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    try:
        given = parser(words).parse_args(words)
        match given.command:
            case "doctor":
                return doctor(given)
            case "calibrate":
                return int(importlib.import_module("harness.rig.calibrate").main(given))
            case "boards":
                print("\n".join(boards()))
            case "ports":
                print("\n".join(map(str, serial_ports())) or "no serial port is plugged in")
            case "leases":
                print("\n".join(held()) or "no bench of this machine is held")
    except AnswerError as error:
        print(error, file=sys.stderr)
        return USAGE
    except HarnessError as error:
        print(f"rig: {error}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
