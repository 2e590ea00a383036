"""The door of a DUT that is software: its settings from a file, its keys from stdin, its screen and book to stdout.

A line of stdin is `{"press": {KEY: {FIELD: TEXT}}}`, as a bench file's `keys: stdin` has it written. What is no such
line is told on stderr and passed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib
import json
import math
import os
import random
import ssl
import sys
import termios
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from harness.evidence.bench import Booked, Journal, Pressed, Screen
from harness.transports.host import OnNoted
from harness.transports.security import Security, speaking
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Endpoint, Told, Woke

LONGEST = 65536


def show(_party: str, _line: int, body: object) -> None:
    """What it shows and books, as lines of stdout."""
    said: dict[str, Any]
    match body:
        case Screen(text, colour):
            said = {"screen": {"text": text, "colour": colour}}
        case Booked(reference, state, amount):
            said = {"journal": {"reference": reference, "state": state, "amount": amount}}
        case Journal(reference, charge):
            said = {"journal": {"reference": reference, "charge": charge}}
        case _:
            return
    print(json.dumps(said, ensure_ascii=False), flush=True)


def unread() -> int:
    """Bytes that wait in the pipes: of stdin for us, of stdout for its reader."""
    waiting = 0
    for stream in (sys.stdin.fileno(), sys.stdout.fileno()):
        with contextlib.suppress(OSError):  # no pipe
            waiting += int.from_bytes(fcntl.ioctl(stream, termios.FIONREAD, bytes(4)), sys.byteorder)
    return waiting


class Keys(asyncio.Protocol):
    """Lines of stdin, as what a cashier does."""

    def __init__(self, press: Callable[[Pressed], None]) -> None:
        self._press = press
        self._held = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        self._held = self._held[-LONGEST:]
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        try:
            ((key, fields),) = json.loads(line)["press"].items()
            pressed = Pressed(str(key), {str(name): str(value) for name, value in fields.items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            print(f"emulator: {line[:100]!r} presses no key", file=sys.stderr, flush=True)
            return
        self._press(pressed)


async def live(
    endpoint: Endpoint, listen: dict[str, tuple[str, int]], host: TcpHost, security: Security | None
) -> None:
    """Start, and go on until the process is killed."""
    await host.attach(endpoint, listen, recorded=False, security=security)
    loop = asyncio.get_running_loop()
    if sys.stdin is not None and not sys.stdin.isatty():
        with contextlib.suppress(ValueError, OSError):  # /dev/null and files have no keys
            await loop.connect_read_pipe(
                lambda: Keys(lambda pressed: host.feed(endpoint.name, Told("user", pressed))), os.fdopen(0, "rb", 0)
            )
    host.feed(endpoint.name, Woke("power on"))
    await host.until(lambda: False, within=math.inf, what="the end of its power")


def serve(
    noun: str,
    settings: Path,
    storage: MutableMapping[str, str],
    defect: str | None,
    seed: int,
    time_scale: float,
    clock_fd: int | None,
    on_noted: OnNoted = show,
) -> None:
    """Be this DUT until the process is killed. Raises OSError and ValueError for settings that cannot be read, KeyError
    for an unknown defect, HarnessError if it cannot listen."""
    document = json.loads(settings.read_text("utf-8"))
    build = importlib.import_module(f"emulator.{noun}.build").build
    defects = importlib.import_module(f"emulator.{noun}.defects").DEFECTS
    given = document.pop("listen", {})
    authority = document.pop("authority", None)
    name = document.pop("server_name", None)
    certificate = document.pop("certificate", None)
    endpoint = build(document, storage, random.Random(seed), defect)  # noqa: S311 — can be given again

    async def run() -> None:
        if clock_fd is None:
            host = TcpHost(scale=time_scale, on_noted=on_noted)
        else:
            from harness.transports.virtual import conducted

            host = conducted(clock_fd, on_noted, unread)
        listen = {listener: (address[0], int(address[1])) for listener, address in given.items()}
        await live(endpoint, listen, host, _security(listen, authority, name, certificate, defects, defect))

    asyncio.run(run())


def _security(
    listen: dict[str, tuple[str, int]],
    authority: str | None,
    name: str | None,
    certificate: str | None,
    defects: Any,
    defect: str | None,
) -> Security | None:
    """TLS: whom it trusts (nobody else, unless that is its defect), what it shows of itself, and in which versions."""
    if authority is None and certificate is None:
        return None
    trusting = ssl.create_default_context(cafile=authority)
    habit = None if defect is None else defects[defect]
    if getattr(habit, "trusts_anybody", False):
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
    identities = {}
    if certificate is not None:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.minimum_version = ssl.TLSVersion.TLSv1_2
        if (versions := getattr(habit, "speaks", None)) is not None:
            own = speaking(own, *(ssl.TLSVersion[version] for version in versions))
        own.load_cert_chain(certificate)
        identities["good"] = own
    secure = frozenset(listen) if certificate is not None else frozenset()
    return Security(identities=identities, listeners=secure, trusting=trusting, server_name=name)
