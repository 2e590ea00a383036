"""What a bench has, as its file says, and what a case may need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, model_validator

from harness.evidence.answers import Answers, Seconds


class Means(StrEnum):
    """What a case may need of a bench, in the words of the plan; without it the case is *not run*."""

    POWER = "mains that the rig can switch"
    SCREEN = "a screen that the rig can read"
    ENDPOINTS = "endpoints that the rig can provision"
    ACKS = "an AckHeartbeat setting that the rig can provision"
    TIME_OUT = "a listener that lets dials time out"
    UNREACHABLE = "a wire that makes the cloud unreachable"
    WIRE = "a wire that the rig can cut and heal (bench file: wire)"
    RESETS = "a wire that can reset lines (bench file: wire)"
    STREAMS = "a wire that can delay, throttle and answer lines (bench file: wire)"
    PACKETS = "a wire that can harm single packets (bench file: wire)"
    NOT_RESOLVED = "a resolver that the rig plays"
    APPROVE = "an amount that the terminal approves (ixit outcomes.approve)"
    DECLINE = "an amount that the terminal declines (ixit outcomes.decline)"
    CANCEL = "an amount that the cardholder cancels (ixit outcomes.cancel)"
    ERROR = "an amount at which the terminal fails (ixit outcomes.error)"


class Dut(Protocol):
    """The device under test, as the rig reaches it. What it shows and does goes into the trace by itself."""

    means: frozenset[Means]

    async def power_on(self) -> None:
        """Give it mains. Raises BenchError if that is not possible."""

    async def power_off(self) -> None:
        """Cut its mains, without warning."""

    def provision(self, **settings: str) -> None:
        """Change settings as a terminal management system would; they hold from the next power on.

        Keys: `primary` and `secondary` (names of our listeners), `ack_heartbeat` (`true` or `false`)."""


# ---- The bench file --------------------------------------------------------------------------------------------------

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


class BenchFile(Answers):
    """A bench: which DUT, how it is reached, and what of its answers depends on this bench."""

    dut: Literal["memory", "emulator", "process"] = Field(description="the kind of DUT")
    name: str = Field("", description="what reports call this bench; the file's name if empty")
    answers: str = Field("../answers/emulator", description="folder with ics.yaml, ixit.yaml, profile.yaml")
    ixit: dict[str, Any] = Field({}, description="IXIT values that depend on this bench, over those of the answers")
    listen: Listeners = Listeners()
    command: Annotated[tuple[str, ...], Field(min_length=1, strict=False), AfterValidator(_known)] | None = None
    directory: str = Field(".", description="where the command runs, relative to the bench file")
    wire: Literal["auto", "netns", "proxy"] | Inline = Field(
        "auto", description="what lies between DUT and cloud: netns, if that is not possible proxy; or two interfaces"
    )
    clock: Literal["compressed", "virtual"] = Field(
        "compressed",
        description="compressed: real time, ixit time_scale times as fast; virtual: the document's own times, all "
        "clocks jumping over what nobody could notice",
    )
    screen: Literal["stdout", "none"] = Field("stdout", description="where a process shows its screen")
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
