"""The serial ports of this machine, by names that stay when they are plugged anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

BY_PATH = Path("/dev/serial/by-path")


class Found(Protocol):
    """What pyserial tells of a port."""

    device: str
    description: str


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port. `name`: what to write into a bench file; `device`: what it is called today."""

    name: str
    device: str
    description: str

    def __str__(self) -> str:
        called = "" if self.name == self.device else f" (now {self.device})"
        return f"{self.name}{called}: {self.description}"


def serial_ports(found: Callable[[], Iterable[Found]] = list_ports.comports, by_path: Path = BY_PATH) -> list[Port]:
    """Those that are plugged in; nothing is opened. A name by path is that of the socket, whatever is plugged first."""
    try:
        stable = {os.path.realpath(name): str(name) for name in sorted(by_path.iterdir(), reverse=True)}
    except OSError:  # a machine without udev, or nothing is plugged in
        stable = {}
    return [
        Port(stable.get(os.path.realpath(one.device), one.device), one.device, one.description)
        for one in sorted(found(), key=lambda one: one.device)
    ]
