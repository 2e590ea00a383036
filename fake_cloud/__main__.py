"""The fake cloud's door for people: serves the eConduit cloud and its web API until Ctrl-C, and prints what happens.

An integrator keeps this open while writing a terminal or a till; `curl` runs a sale through it.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import sys
from collections.abc import Sequence

from fake_cloud.econduit import Cloud
from fake_cloud.pos import Account, PosApi
from fake_cloud.pos_calls import PATH, PosAnswer, PosCall
from harness.evidence.redact import redact
from harness.transports.host import BenchError
from harness.transports.tcp import TcpHost
from harness.wire.econduit import Ack, Command, Heartbeat, Register, RegistrationAnswer, Response, Strange
from harness.wire.framing import Malformed

BROKEN, USAGE = 3, 4


def address(text: str) -> tuple[str, int]:
    """HOST:PORT, where to listen; port 0 takes any free one."""
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and int(port) < 65536):
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: HOST:PORT with a port from 0 to 65535")
    return host, int(port)


def parser() -> argparse.ArgumentParser:
    door = argparse.ArgumentParser(prog="python -m fake_cloud", description=__doc__)
    door.add_argument("--primary", type=address, default=("127.0.0.1", 9001), metavar="HOST:PORT")
    door.add_argument("--secondary", type=address, default=("127.0.0.1", 9002), metavar="HOST:PORT")
    door.add_argument("--pos", type=address, default=("127.0.0.1", 8080), metavar="HOST:PORT", help="the web API")
    door.add_argument(
        "--terminal-id", action="append", metavar="ID", help="a terminal the key may use; may be repeated"
    )
    door.add_argument("--key", default="bench-key", help="of the web API (ours; it opens nothing else)")
    door.add_argument("--password", default="bench-password")
    return door


def told(line: int, body: object) -> str:
    """What happened, for a person; "" for what he need not see."""
    place = f"line {line}" if line else ""
    match body:
        case Register(document):
            words = f"{place} terminal registers: {document.fields}"
        case RegistrationAnswer(text):
            words = f"{place} cloud answers {text}"
        case Heartbeat():
            words = f"{place} terminal sends a heartbeat"
        case Ack():
            words = f"{place} cloud acks it"
        case Command(fields):
            words = f"{place} cloud sends {fields}"
        case Response(document) | Strange(document):
            words = f"{place} terminal sends {document.fields}"
        case Malformed(raw, why):
            words = f"{place} came {raw!r}: {why}"
        case PosCall(call, parameters):
            words = f"POS calls {call} {parameters}"
        case PosAnswer(status, fields):
            words = f"POS is answered {status} {fields}"
        case _:
            return ""
    return redact(words)


async def serve(given: argparse.Namespace) -> None:
    """Serve until cancelled. Raises BenchError if a port cannot be had."""

    def show(_party: str, line: int, body: object) -> None:
        if words := told(line, body):
            print(f"{host.now:10.3f}  {words}", flush=True)

    host = TcpHost(on_noted=show)
    terminals = given.terminal_id or ["77001234"]
    try:
        await host.attach(Cloud(), {"primary": given.primary, "secondary": given.secondary}, recorded=False)
        account = Account(given.key, given.password, frozenset(terminals))
        api = PosApi({"bench": account}, random.SystemRandom())
        await host.attach(api, {"pos": given.pos}, recorded=False)
        for name in ("primary", "secondary", "pos"):
            print("{:>10}  {}:{}".format(name, *host.address(name)))
        sale = (
            f"command=Sale&key={given.key}&password={given.password}&amount=1.00&refID=ref-1&terminalId={terminals[0]}"
        )
        print("    a sale  curl 'http://{}:{}{}runTransaction?{}'".format(*host.address("pos"), PATH, sale), flush=True)
        await host.until(lambda: False, math.inf, "Ctrl-C")
    finally:
        await host.close()


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        given = parser().parse_args(arguments)
    except SystemExit as end:
        return USAGE if end.code else 0
    try:
        asyncio.run(serve(given))
    except BenchError as error:
        print(f"fake_cloud: {error}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
