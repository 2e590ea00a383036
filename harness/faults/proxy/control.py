"""The harness's end of the relay's process: starts it, tells it its routes, puts faults in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from harness.faults.wire.control import WireControl
from harness.rig.bench import Means
from harness.wire.endpoint import Hearing

LISTENERS = ("primary", "secondary", "spare")
"""What a DUT may dial through the relay."""


class ProxyControl(WireControl):
    """Implements `Injector` for the relay's process, as `WireControl` does for the wire's. Made by `open`."""

    means: ClassVar[frozenset[Means]] = frozenset({Means.RESETS, Means.TIME_OUT})
    """What it can do and a witness can confirm. It can delay, throttle, refuse and answer as well, but on loopback
    nobody would see it who does not ask the relay."""

    @classmethod
    def open(cls) -> ProxyControl:
        """Start a relay; on return it can be dialled, and refuses whom it has no route for.

        Raises HarnessError with what the process said if it does not come up."""
        return cls.spawn("harness.faults.proxy")

    def route(self, name: str, cloud: tuple[str, int]) -> tuple[str, int]:
        """Lines to the listener of that name go on to this address. Returns host and port that the DUT is to dial."""
        host, port = self._ask("route", name=name, cloud=f"{cloud[0]}:{cloud[1]}")["address"]
        return host, port

    def player(self, hearing: Hearing) -> Callable[[str, bool], None]:
        """What makes the relay treat diallers of a listener as its cloud does: a `Play` of the TcpHost. The DUT's own
        kernel is to feel that a listener refuses, or lets dials hang, not the relay's."""

        def play(name: str, on: bool) -> None:
            if name in LISTENERS:
                self._ask("hear", name=name, hearing=(hearing if on else Hearing.ANSWERING).value)

        return play
