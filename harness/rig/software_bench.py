"""The bench file of a DUT that is software: where it is reached, and whom it trusts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, create_model
from pydantic_core import InitErrorDetails

from harness.evidence.answers import mistake
from harness.rig.bench_file import Address, BenchFile, CameraFile, Inline, Listeners, split

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 — as a bench file may say it
"""How a listener says that it is to be reached at every address of this machine."""


_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


def _name(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        if not _HOST.fullmatch(text):
            raise ValueError("a host name or an IP address, as the DUT dials it, without a port") from error
    return text


Name = Annotated[str, AfterValidator(_name)]


class SoftwareBench(BenchFile):
    """The bench of a POS.

    `DUTS`: the kinds of DUT that its programme knows; `BESIDE`: listeners that no DUT dials, only parties of ours."""

    SEEN = "none"
    DUTS: ClassVar[tuple[str, ...]] = ("memory", "emulator", "process", "bench")
    BESIDE: ClassVar[tuple[str, ...]] = ()

    authority: str | None = Field(
        None,
        min_length=1,
        description="a folder, relative to the bench file, that keeps the bench's authority from run to run; it is "
        "made when it is first used",
    )
    names: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        (), description="by which host names and addresses the DUT dials this machine; the certificates are for these"
    )

    def _of_the_programme(self) -> Iterator[InitErrorDetails]:
        if self.dut not in self.DUTS:
            yield mistake(self.dut, f"{' or '.join(self.DUTS)}; this programme knows no other", "dut")
        if isinstance(self.screen, CameraFile):
            words = "none" if self.dut == "bench" else "stdout or none"
            allowed = f"{words}; a camera reads the status line of a terminal, not the screen of a POS"
            yield mistake("a camera", allowed, "screen")
        if isinstance(self.wire, Inline):
            yield mistake("two interfaces", "auto or none; at a POS single frames are not harmed", "wire")
        if self.dut == "memory" and self.authority is not None:
            yield mistake(self.authority, "nothing; with dut: memory no line is encrypted", "authority")
        if self.dut == "bench":
            yield from self._of_another_machine()

    def _of_another_machine(self) -> Iterator[InitErrorDetails]:
        """Nobody fills in its command line: what it must know is told it once, before the first run."""
        if self.authority is None:
            allowed = "a folder; a DUT on another machine is given the authority that it is to trust before the run"
            yield mistake(None, allowed, "authority")
        for name, address in self.listen.model_dump().items():
            if name not in self.BESIDE and not split(address)[1]:
                allowed = "a port from 1 to 65535; a DUT on another machine is told its addresses before the run"
                yield mistake(address, allowed, "listen", name)

    @property
    def dialled(self) -> tuple[str, ...]:
        """By which names and addresses this machine is dialled, as far as the file says so."""
        hosts = (split(address)[0] for address in self.listen.model_dump().values())
        return tuple(dict.fromkeys([*self.names, *(host for host in hosts if host not in ANY_ADDRESS)]))


def bench_of(
    listeners: Iterable[str],
    filled: Iterable[str],
    beside: Iterable[str] = (),
    base: type[SoftwareBench] = SoftwareBench,
) -> type[SoftwareBench]:
    """The bench file of a DUT that is software. `listeners`: ours, and the DUT's own; `filled`: what a command line may
    have filled in beside their hosts and ports; `beside`: listeners that no DUT dials; `base`: with more sections."""
    names = tuple(listeners)
    fields: dict[str, Any] = dict.fromkeys(names, (Address, "127.0.0.1:0"))
    listen = create_model("Listeners", __base__=Listeners, **fields)
    bench = create_model("BenchFile", __base__=base, listen=(listen, listen()))
    addresses = [f"{name}_{part}" for name in names for part in ("host", "port")]
    bench.PLACEHOLDERS = (*addresses, *filled, "authority", "settings_file", *BenchFile.PLACEHOLDERS)
    bench.BESIDE = tuple(beside)
    return bench
