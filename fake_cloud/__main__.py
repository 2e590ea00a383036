"""The fake cloud's door for people: serves any set of counterparts until Ctrl-C, and prints what happens.

An integrator keeps this open while writing a terminal or a till. What is typed (`help` lists it), or posted to the
control port, is done: a sale is ordered, a registration refused, a line dropped. Without options it serves eConduit and
its web API.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import random
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fake_cloud import showing
from fake_cloud.adyen.party import Adyen
from fake_cloud.adyen.terms import Terms as AdyenTerms
from fake_cloud.desk import Desk
from fake_cloud.econduit import Cloud, Terms
from fake_cloud.exchange import Exchange
from fake_cloud.keys import Keys
from fake_cloud.modulus.gateway import Gateway
from fake_cloud.modulus.terms import Key as GatewayKey
from fake_cloud.modulus.terms import Paired
from fake_cloud.modulus.terms import Terms as GatewayTerms
from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.terms import Terms as ConnectTerms
from fake_cloud.pos import Account, PosApi
from fixtures import desk, evidence
from harness.rig.certificates import Authority
from harness.transports.host import BenchError
from harness.transports.security import Security
from harness.transports.tcp import TcpHost
from harness.wire.adyen import Url
from harness.wire.endpoint import Endpoint, Told
from harness.wire.webapi import PATH

BROKEN, USAGE = 3, 4
LOCAL = "127.0.0.1"
ECONDUIT = {"primary": (LOCAL, 9001), "secondary": (LOCAL, 9002), "pos": (LOCAL, 8080)}
"""What is served if nothing is said."""

OURS = {"key": "bench-key", "password": "bench-password"}
"""Key and password that open nothing but this, so that they may be printed."""

LISTENERS = ("primary", "secondary", "pos", "connect", "gateway", "api", "device", "management", "receiver")

POS = (Connect.name, Gateway.name, Adyen.name)
"""Those whose payments may be carried to an eConduit terminal."""

Address = tuple[str, int]


def address(text: str) -> Address:
    """HOST:PORT, or a port of this machine; port 0 takes any free one."""
    host, colon, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536) or (colon and not host):
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: HOST:PORT or PORT, a number from 0 to 65535")
    return host or LOCAL, int(port)


def route(text: str) -> tuple[str, str]:
    """NAME=ID: by which name a POS knows an eConduit terminal."""
    name, equals, terminal = text.partition("=")
    if not (name and equals and terminal):
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: NAME=ID, as TERM-001=77001234")
    return name, terminal


def webhook(text: str) -> str:
    """A URL at which events can be posted."""
    if Url.read(text) is None:
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: http(s)://HOST[:PORT][/PATH]")
    return text


def host_name(text: str) -> str:
    """A name or an address that can stand in a certificate."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?", text):
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: a host name or an address")
    return text


def parser() -> argparse.ArgumentParser:
    door = argparse.ArgumentParser(
        prog="python -m fake_cloud", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = door.add_argument_group("what is served", "HOST:PORT or PORT; what is not named is not served")
    for option, dest, meaning in (
        ("--econduit", "primary", "eConduit terminals, primary endpoint"),
        ("--secondary", "secondary", "eConduit terminals, secondary endpoint"),
        ("--pos", "pos", "the eConduit web API"),
        ("--connect", "connect", "Paymentsense Connect, wss"),
        ("--modulus", "gateway", "Modulus gateway, wss"),
        ("--modulus-api", "api", "Modulus HTTP API, https"),
        ("--adyen", "device", "Adyen cloud device API, https"),
        ("--adyen-management", "management", "Adyen Management API, https"),
        ("--adyen-receiver", "receiver", "for a terminal that emits events, https"),
        ("--control", "control", "takes what the keyboard takes, by POST"),
    ):
        names = ("--econduit", "--primary") if option == "--econduit" else (option,)
        where.add_argument(*names, dest=dest, type=address, metavar="ADDRESS", help=meaning)
    door.add_argument("--plain", action="store_true", help="no TLS: wss is ws, https is http")
    door.add_argument(
        "--host", action="append", default=[], type=host_name, metavar="NAME", help="a name our certificate is good for"
    )
    door.add_argument(
        "--authority",
        type=Path,
        metavar="DIR",
        help="gets ca.pem, to be trusted by what dials us (default: the bundle, or the folder you are in)",
    )
    door.add_argument("--terminal-id", action="append", metavar="ID", help="of a terminal; may be repeated")
    door.add_argument("--key", default=OURS["key"], help="of the web API and of the gateway (opens nothing else)")
    door.add_argument("--password", default=OURS["password"], help="of the web API")
    door.add_argument("--token", default="", help="the API key that Connect wants; by default it takes any")
    door.add_argument("--site", default="", metavar="NAME", help="the host address that goes with it")
    door.add_argument(
        "--route",
        action="append",
        default=[],
        type=route,
        metavar="NAME=ID",
        help="a terminal of Connect, Modulus or Adyen is this eConduit terminal; may be repeated",
    )
    door.add_argument(
        "--webhook", type=webhook, metavar="URL", help="where Adyen events go until a PATCH says otherwise"
    )
    door.add_argument(
        "--tls-keys",
        type=Path,
        metavar="FILE",
        help="append the secrets of encrypted lines there, for Wireshark; who has it reads everything",
    )
    door.add_argument("--trace", type=Path, metavar="FILE", help="write everything that happened there, masked")
    door.add_argument(
        "--out", type=Path, metavar="DIR", help="leave a folder there as a run does: trace, record, console"
    )
    return door


@dataclass(frozen=True, slots=True)
class _Served:
    """A party and its listeners. `secure`: those of them that are encrypted."""

    party: Endpoint
    listeners: tuple[str, ...]
    secure: frozenset[str] = field(default_factory=frozenset)


def parties(given: argparse.Namespace, terminals: Sequence[str]) -> list[_Served]:
    """Who takes part, by the listeners that were asked for."""
    chance = random.SystemRandom()
    account = Account(given.key, given.password, frozenset(terminals))
    to = Exchange.name if given.route else ""
    routed = tuple(Paired(name) for name, _ in given.route) or GatewayTerms().terminals
    gateway = GatewayTerms(keys=(GatewayKey(given.key, given.password),), terminals=routed, exchange=bool(to))
    connect = ConnectTerms(sites={given.token: given.site} if given.token else {}, exchange=to)
    known: list[tuple[Callable[[], Endpoint], tuple[str, ...], tuple[str, ...]]] = [
        (lambda: Cloud(Terms(watcher=Exchange.name)), ("primary", "secondary"), ()),
        (lambda: PosApi({"bench": account}, chance), ("pos",), ()),
        (lambda: Connect(connect), ("connect",), ("connect",)),
        (lambda: Gateway(gateway), ("gateway", "api"), ("gateway", "api")),
        (
            lambda: Adyen(_adyen(given.webhook, exchange=bool(to)), chance),
            ("device", "management", "receiver"),
            ("device", "management", "receiver"),
        ),
    ]
    found = []
    for make, listeners, secure in known:
        if asked := tuple(name for name in listeners if getattr(given, name) is not None):
            found.append(_Served(make(), asked, frozenset(secure) & set(asked)))
    return found


def _adyen(webhook: str | None, *, exchange: bool) -> AdyenTerms:
    if webhook is None:
        return AdyenTerms(webhook="", exchange=exchange)
    entry = {"url": webhook, "encrypted": False, "username": "", "password": ""}
    settings = {"nexo": {"eventUrls": {"eventLocalUrls": [], "eventPublicUrls": [entry]}}}
    return AdyenTerms(webhook="", settings={("merchant", AdyenTerms.merchant): settings}, exchange=exchange)


async def serve(given: argparse.Namespace) -> None:
    """Serve until cancelled. Raises BenchError if a port cannot be had."""
    addresses: Mapping[str, Any] = vars(given)
    terminals = given.terminal_id or ["77001234"]
    keys = Keys({"password": given.password, "key": given.key, "token": given.token})
    printed: list[str] = []

    def tell(text: str) -> None:
        printed.append(text)
        print(text, flush=True)

    def show(party: str, line: int, body: object) -> None:
        keys.learn(body)
        if words := showing.told(party, line, body, keys.hidden):
            tell(f"{host.now:10.3f}  {words}")

    host = _Shown(show)
    served = parties(given, terminals)
    secure = frozenset[str]() if given.plain else frozenset().union(*(one.secure for one in served))
    with contextlib.ExitStack() as over:
        bundle = None if given.out is None else desk.folder(given.out)
        authority = given.authority or bundle or Path.cwd()
        if given.trace is not None:
            given.trace.touch()  # who cannot write there is told before the work and not after it
        security = _security(given, authority, secure) if secure else None
        try:
            for one in served:
                await host.attach(one.party, {name: addresses[name] for name in one.listeners}, security=security)
                for name in one.listeners:
                    tell("{:>10}  {}:{}".format(name, *host.address(name)))
            routes = {one.party.name: dict(given.route) for one in served if one.party.name in POS}
            await host.attach(Exchange({Desk.name: {name: name for name in terminals}, **routes}))
            control = {} if given.control is None else {"control": given.control}
            await host.attach(Desk(tuple(one.party.name for one in served), terminals[0]), control)
            for name in control:
                tell("{:>10}  {}:{}".format(name, *host.address(name)))
            if security is not None:
                tell(f" authority  {authority / 'ca.pem'}")
            if bundle is not None:
                tell(f"    bundle  {bundle}")
            if given.pos is not None:
                own = {"key": given.key, "password": given.password}
                login = urlencode({name: text if text == OURS[name] else name.upper() for name, text in own.items()})
                url = "http://{}:{}{}runTransaction?{}".format(*host.address("pos"), PATH, login)
                sale = f"command=Sale&amount=1.00&refID=ref-1&terminalId={quote(terminals[0])}"
                tell(f"    a sale  curl '{url}&{sale}'")
            tell("  commands  type help, or POST a line to the control port")
            _type(host, over)
            await host.until(lambda: False, math.inf, "Ctrl-C")
        finally:
            await host.close()
            if given.trace is not None:
                evidence.write(host.trace, given.trace, keys.hidden)
            if bundle is not None:
                desk.write(bundle, host.trace, keys.hidden, printed)


class _Shown(TcpHost):
    """A host whose parties are recorded and shown as well."""

    def __init__(self, show: Callable[[str, int, object], None]) -> None:
        super().__init__()
        self._show = show

    def record(self, source: str, body: object, line: int = 0) -> None:
        super().record(source, body, line)
        self._show(source, line, body)


def _security(given: argparse.Namespace, folder: Path, secure: frozenset[str]) -> Security:
    return Authority(folder).security(secure, ("localhost", LOCAL, *given.host), key_log=given.tls_keys)


def _type(host: TcpHost, over: contextlib.ExitStack) -> None:
    """What is typed goes to the desk, a line at a time."""
    held = b""

    def read() -> None:
        nonlocal held
        data = os.read(0, 4096)
        if not data:
            loop.remove_reader(0)
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            if words := line.decode(errors="replace").strip():
                host.feed(Desk.name, Told("keyboard", words))

    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, ValueError):  # no keyboard: a file, or /dev/null
        loop.add_reader(0, read)
        over.callback(loop.remove_reader, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        given = parser().parse_args(arguments)
    except SystemExit as end:
        return USAGE if end.code else 0
    if all(getattr(given, name) is None for name in LISTENERS):
        vars(given).update(ECONDUIT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what happened is written down, whoever ends it
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a script starts what runs in its background deaf to Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        asyncio.run(serve(given))
    except ValueError as error:
        print(f"fake_cloud: {error}", file=sys.stderr)
        return USAGE
    except (BenchError, OSError) as error:
        print(f"fake_cloud: {error}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
