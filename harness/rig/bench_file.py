"""The bench file: which DUT, how it is reached, and what switches, reads and asks around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.evidence.answers import Answers, Seconds
from harness.rig import relays

PLACEHOLDERS = (
    "primary_host", "primary_port", "secondary_host", "secondary_port", "terminal_id", "heartbeat_seconds",
    "time_scale", "ack_heartbeat", "state_dir", "python",
)  # fmt: skip
"""What a command line may have filled in. `heartbeat_seconds` are wall seconds, already divided by `time_scale`."""

_PLACEHOLDER = re.compile(r"{([^{}]*)}")


def placeholders(command: tuple[str, ...]) -> frozenset[str]:
    """The names in braces of a command line."""
    return frozenset(name for word in command for name in _PLACEHOLDER.findall(word))


def fill(command: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    """The command line with each `{name}` replaced; other braces stay as they are."""
    return [_PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), word) for word in command]


def _known(command: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(placeholders(command) - set(PLACEHOLDERS)):
        allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"a command whose placeholders are among {allowed} (unknown: {{{'}, {'.join(unknown)}}})")
    return command


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise ValueError("HOST:PORT, the port from 0 (any free one) to 65535")
    return text


Address = Annotated[str, AfterValidator(_address)]


def split(address: str) -> tuple[str, int]:
    """Host and port of a `HOST:PORT` that has been validated."""
    host, _, port = address.rpartition(":")
    return host, int(port)


class Inline(Answers):
    """Two interfaces of this machine with the wire between them: on the DUT's side, and on the cloud's."""

    terminal: str = Field(min_length=1, description="the interface that the DUT's cable is plugged into")
    cloud: str = Field(min_length=1, description="the interface on the side of the cloud")


class Listeners(Answers):
    """Where we listen. `spare` is the address a terminal is moved to; a port of 0 takes any free one."""

    primary: Address = "127.0.0.1:0"
    secondary: Address = "127.0.0.1:0"
    spare: Address = "127.0.0.1:0"
    pos: Address = "127.0.0.1:0"


# ---- What switches, reads and asks -----------------------------------------------------------------------------------

SIMULATED = "simulated"
"""The port of a relay board that the harness simulates itself, beside an emulator or a process."""

LAB = "lab"
"""The port of a relay board that is a serial port of the lab's place: `lab`, or `lab:NAME` where there are several."""


def asked_of_lab(port: str) -> str | None:
    """Which serial port of the lab a `relay.port` means: of `lab` the only one (""), of `lab:NAME` NAME; else None."""
    scheme, _, name = port.partition(":")
    return name if scheme == LAB and not name.startswith("//") else None


def _board(name: str) -> str:
    if name not in relays.names():
        raise ValueError(f"a board among {', '.join(relays.names())}")
    return name


class Contact(Answers):
    """One channel of the relay board, and what hangs at it. Settle times are WALL seconds."""

    channel: Annotated[int, Field(ge=0, description="as it is printed on the board")]
    contact: Literal["normally_open", "normally_closed"] = Field(
        "normally_open", description="normally_closed: what hangs there is on while the relay is at rest"
    )
    settle: Annotated[float, Field(ge=0, strict=False)] = Field(0.0, description="WALL seconds after each switching")


class SafeState(Answers):
    """What a run leaves behind, however it ends."""

    power: bool = True
    link: bool = True


class RelayFile(Answers):
    """A serial relay board: what it is, where it is, what hangs at its channels."""

    board: Annotated[str, AfterValidator(_board)] = Field(description="which board; it is never guessed")
    port: str = Field(
        min_length=1,
        description="/dev/serial/by-path/…, socket://HOST:PORT, rfc2217://…, lab or lab:NAME, or simulated",
    )
    channels: Annotated[int, Field(ge=1, le=32)] | None = Field(None, description="how many the board has")
    power: Contact | None = Field(None, description="the mains of the DUT")
    link: Contact | None = Field(None, description="the network cable of the DUT")
    safe: SafeState = SafeState()
    contacts: str | None = Field(
        None,
        description="the socket of a simulated board that was started by itself (`python -m emulator relay-board`)",
    )


class Corner(Answers):
    """A point of the camera's picture, in pixels from its upper left."""

    x: Annotated[float, Field(ge=0, strict=False)]
    y: Annotated[float, Field(ge=0, strict=False)]


class CameraFile(Answers):
    """A camera that looks at the display, and where in its picture the status line is."""

    source: str = Field(min_length=1, description="/dev/video0, http://…/snapshot.jpg, or a folder of images")
    corners: Annotated[tuple[Corner, ...], Field(min_length=4, max_length=4, strict=False)] = Field(
        description="of the status line: upper left, upper right, lower right, lower left"
    )
    every: Seconds = Field(0.5, description="WALL seconds between two looks")


class LabFile(Answers):
    """A place of a labgrid lab: relay, power and serial are driven through it."""

    coordinator: Address = Field("127.0.0.1:20408", description="HOST:PORT of the coordinator")
    place: str = Field(min_length=1, description="the place that this bench is")
    python: str | None = Field(
        None,
        description="a Python that has labgrid, never the harness's own; without it that of labgrid-client on PATH",
    )
    power: bool | str = Field(
        False,
        description="the mains are switched by a power driver of the place (or: by that of the resource so named)",
    )
    safe: bool = Field(True, description="whether the mains that the lab switches are on after a run")


class BenchFile(Answers):
    """A bench: which DUT, how it is reached, and what of its answers depends on this bench."""

    dut: Literal["memory", "emulator", "process", "bench"] = Field(description="the kind of DUT")
    name: str = Field("", description="what reports call this bench; the file's name if empty")
    answers: str = Field("../answers/emulator", description="folder with ics.yaml, ixit.yaml, profile.yaml")
    ixit: dict[str, Any] = Field({}, description="IXIT values that depend on this bench, over those of the answers")
    listen: Listeners = Listeners()
    command: Annotated[tuple[str, ...], Field(min_length=1, strict=False), AfterValidator(_known)] | None = None
    directory: str = Field(".", description="where the command runs, relative to the bench file")
    wire: Literal["auto", "netns", "proxy", "none"] | Inline = Field(
        "auto",
        description="what lies between DUT and cloud: netns, if that is not possible proxy; nothing of ours (none); or "
        "two interfaces",
    )
    relay: RelayFile | None = Field(None, description="the relay board that switches mains and cable")
    lab: LabFile | None = Field(None, description="the place of a lab through which the bench is driven")
    operator: str = Field(
        "none", description="none; terminal: asked where pytest runs; or a YAML file of answers prepared by one"
    )
    clock: Literal["compressed", "virtual"] = Field(
        "compressed",
        description="compressed: real time, ixit time_scale times as fast; virtual: the document's own times, all "
        "clocks jumping over what nobody could notice",
    )
    screen: Literal["stdout", "none"] | CameraFile = Field(
        "stdout", description="where the DUT's display is read: JSON lines on its stdout, nowhere, or by a camera"
    )
    settle: Seconds = Field(0.2, description="WALL seconds between power off and power on")

    @model_validator(mode="after")
    def _command_if_process(self) -> BenchFile:
        if self.dut == "process" and self.command is None:
            raise ValueError("dut: process needs a command (a list of words)")
        if self.dut != "process" and self.command is not None:
            raise ValueError(f"dut: {self.dut} takes no command; only dut: process does")
        return self

    @model_validator(mode="after")
    def _virtual_if_it_can_be(self) -> BenchFile:
        if self.clock == "virtual" and self.dut != "emulator":
            raise ValueError(f"dut: {self.dut} takes no clock: virtual; only dut: emulator has a clock we can move")
        if self.clock == "virtual" and self.ixit.get("time_scale", 1) != 1:
            raise ValueError("clock: virtual runs at the document's own times and takes no ixit time_scale but 1")
        return self

    @model_validator(mode="after")
    def _lab_where_it_is_asked(self) -> BenchFile:
        if self.relay is None:
            return self
        if asked_of_lab(self.relay.port) is not None and self.lab is None:
            raise ValueError(f"relay.port: {self.relay.port} needs a lab (its coordinator and its place)")
        if self.relay.power is not None and self.lab is not None and self.lab.power:
            raise ValueError("the mains hang at relay.power or at lab.power; they cannot be switched by both")
        return self
