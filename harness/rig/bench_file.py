"""The bench file: which DUT, how it is reached, and what switches, reads and asks around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from harness.evidence.answers import EITHER, SECTION, WORD, Answers, Seconds, mistake, refuse
from harness.rig import relays

_PLACEHOLDER = re.compile(r"{([^{}]*)}")


def placeholders(command: tuple[str, ...]) -> frozenset[str]:
    """The names in braces of a command line."""
    return frozenset(name for word in command for name in _PLACEHOLDER.findall(word))


def known(command: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The command line, all of whose placeholders are allowed. Raises ValueError that says which are not."""
    if unknown := sorted(placeholders(command) - set(allowed)):
        told = ", ".join(f"{{{name}}}" for name in allowed)
        raise ValueError(f"a command whose placeholders are among {told} (unknown: {{{'}, {'.join(unknown)}}})")
    return command


def fill(command: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    """The command line with each `{name}` replaced; other braces stay as they are."""
    return [_PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), word) for word in command]


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


Between = Annotated[Annotated[Literal["auto", "netns", "proxy", "none"], WORD] | Annotated[Inline, SECTION], EITHER]


class Listeners(Answers):
    """Where we listen; a programme names its own. A port of 0 takes any free one."""


class TerminalListeners(Listeners):
    """`spare` is the address a terminal is moved to."""

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


PORTS = (
    "/dev/serial/by-path/… (or another device), socket://HOST:PORT, rfc2217://HOST:PORT, loop://, lab or lab:NAME, or "
    "simulated"
)


def _board(name: str) -> str:
    if name not in relays.names():
        raise ValueError(f"a board among {', '.join(relays.names())}")
    return name


def names_a_port(text: str) -> bool:
    """Whether this is how a port of this machine or of a network is written, or that of a simulated board. Nothing is
    opened."""
    try:
        url = urlsplit(text)
        addressed = url.scheme in ("socket", "rfc2217") and url.hostname and url.port and not url.path.strip("/")
    except ValueError:  # a port that is no number, brackets that are no address
        addressed = False
    return bool(addressed or re.fullmatch(rf"{SIMULATED}|loop://|/[^\0]*[^/\0]", text))


def _port(text: str) -> str:
    if not (names_a_port(text) or re.fullmatch(r"lab(:(?!//).+)?", text)):
        raise ValueError(PORTS)
    return text


class Contact(Answers):
    """One channel of the relay board, and what hangs at it. Settle times are WALL seconds."""

    channel: Annotated[int, Field(ge=0, description="as it is printed on the board")]
    contact: Literal["normally_open", "normally_closed"] = Field(
        "normally_open", description="normally_closed: what hangs there is on while the relay is at rest"
    )
    settle: Annotated[float, Field(ge=0, strict=False)] = Field(0.0, description="WALL seconds after each switching")

    def energised(self, *, on: bool) -> bool:
        """Whether the relay is to be energised so that what hangs there is on."""
        return on == (self.contact == "normally_open")


class SafeState(Answers):
    """What a run leaves behind, however it ends."""

    power: bool = True
    link: bool = True


class RelayFile(Answers):
    """A serial relay board: what it is, where it is, what hangs at its channels."""

    board: Annotated[str, AfterValidator(_board)] = Field(description="which board; it is never guessed")
    port: Annotated[str, AfterValidator(_port)] = Field(description=PORTS)
    channels: Annotated[int, Field(ge=1, le=32)] | None = Field(None, description="how many the board has")
    power: Contact | None = Field(None, description="the mains of the DUT")
    link: Contact | None = Field(None, description="the network cable of the DUT")
    safe: SafeState = SafeState()
    contacts: str | None = Field(
        None,
        description="the socket of a simulated board that was started by itself (`python -m emulator relay-board`)",
    )

    @property
    def contacts_in_use(self) -> dict[str, Contact]:
        """What hangs at the board, by what it is: power first."""
        return {what: contact for what in ("power", "link") if (contact := getattr(self, what)) is not None}

    @model_validator(mode="after")
    def _fits_the_board(self) -> RelayFile:
        sizes, mistakes = relays.load(self.board).SIZES, []
        size = sizes[0] if self.channels is None and len(sizes) == 1 else self.channels
        known: tuple[int, ...] | None = None
        if size in sizes:
            known = relays.known_channels(self.board, size)
        else:
            allowed = f"how many channels a {self.board} has: {' or '.join(map(str, sizes))}"
            mistakes.append(mistake(size, allowed, "channels"))
        taken: dict[int, str] = {}
        for what, contact in self.contacts_in_use.items():
            if known is not None and contact.channel not in known:
                printed = f"{known[0]} to {known[-1]}" if len(known) > 1 else f"{known[0]}"
                mistakes.append(mistake(contact.channel, f"a channel of this {self.board}: {printed}", what, "channel"))
            elif contact.channel in taken:
                allowed = f"another channel than relay.{taken[contact.channel]} has"
                mistakes.append(mistake(contact.channel, allowed, what, "channel"))
            taken.setdefault(contact.channel, what)
        if not taken:
            mistakes.append(mistake(None, "the channel at which the mains hang (or link: the cable's)", "power"))
        if self.contacts is not None and self.port == SIMULATED:
            allowed = "none with port: simulated, whose board the harness starts by itself"
            mistakes.append(mistake(self.contacts, allowed, "contacts"))
        refuse(mistakes)
        return self


class Corner(Answers):
    """A point of the camera's picture, in pixels from its upper left."""

    x: Annotated[float, Field(ge=0, strict=False, description="pixels from the left")]
    y: Annotated[float, Field(ge=0, strict=False, description="pixels from the top")]


class CameraFile(Answers):
    """A camera that looks at the display, and where in its picture the status line is."""

    source: str = Field(min_length=1, description="/dev/video0, http://…/snapshot.jpg, or a folder of images")
    corners: Annotated[tuple[Corner, Corner, Corner, Corner], Field(strict=False)] = Field(
        description="of the status line: upper left, upper right, lower right, lower left"
    )
    every: Seconds = Field(0.5, description="WALL seconds between two looks")

    @model_validator(mode="after")
    def _corners_go_round(self) -> CameraFile:
        round_trip = [*self.corners, *self.corners[:2]]
        sides = [(b.x - a.x, b.y - a.y) for a, b in pairwise(round_trip)]
        turns = [a * d - b * c for (a, b), (c, d) in pairwise(sides)]  # y grows downward: to the right is above 0
        if min(turns) <= 0:
            shape = "a shape without a dent, its" if max(turns) > 0 else "the"
            order = "upper left, upper right, lower right, lower left, as they are on the display"
            points = ", ".join(f"({corner.x:g}, {corner.y:g})" for corner in self.corners)
            refuse([mistake(points, f"{shape} corners in the order {order}", "corners")])
        return self


Display = Annotated[Annotated[Literal["stdout", "none"], WORD] | Annotated[CameraFile, SECTION], EITHER]


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
    """A bench: which DUT, how it is reached, and what of its answers depends on this bench.

    What depends on the programme stands in a class of its own: where we listen, and `PLACEHOLDERS`, what a command line
    may have filled in."""

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("time_scale", "state_dir", "python")
    SEEN: ClassVar[str] = "none or a camera"
    """How the screen of a DUT on a bench may be read."""

    programme: str = Field("econduit", description="the document that the DUT is held to")
    dut: Literal["memory", "emulator", "process", "bench"] = Field(description="the kind of DUT")
    name: str = Field("", description="what reports call this bench; the file's name if empty")
    answers: str = Field("../answers/emulator", description="folder with ics.yaml, ixit.yaml, profile.yaml")
    ixit: dict[str, Any] = Field({}, description="IXIT values that depend on this bench, over those of the answers")
    listen: Listeners = Listeners()
    command: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    keys: Literal["none", "stdin", "operator"] = Field(
        "none",
        description="how the keys of the DUT are pressed: JSON lines on its stdin, by the person whom `operator: "
        "terminal` asks, or not at all",
    )
    directory: str = Field(".", description="where the command runs, relative to the bench file")
    wire: Between = Field(
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
    screen: Display = Field(
        "stdout",
        description="where the DUT's display is read: JSON lines on its stdout, nowhere, or by a camera; with dut: "
        "bench nowhere, if nothing is said",
    )
    settle: Seconds = Field(0.2, description="WALL seconds between power off and power on")

    @model_validator(mode="before")
    @classmethod
    def _a_terminal_has_no_stdout(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("dut") == "bench":
            return {"screen": "none", **values}
        return values

    @field_validator("command")
    @classmethod
    def _known(cls, command: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if command is None else known(command, cls.PLACEHOLDERS)

    @field_validator("operator")
    @classmethod
    def _prepared(cls, operator: str, info: ValidationInfo) -> str:
        folder = (info.context or {}).get("folder")
        if operator not in ("none", "terminal") and folder is not None and not (folder / operator).is_file():
            raise ValueError("none, terminal, or a YAML file of answers, relative to the bench file")
        return operator

    @property
    def switches_power(self) -> bool:
        """Whether relay or lab switches the mains of the DUT."""
        by_lab = self.lab is not None and bool(self.lab.power)
        return by_lab or (self.relay is not None and self.relay.power is not None)

    @model_validator(mode="after")
    def _holds_together(self) -> BenchFile:
        of_all = (*self._of_the_program(), *self._of_the_person(), *self._of_the_hardware(), *self._of_the_relay())
        refuse([*of_all, *self._of_the_programme()])
        return self

    def _of_the_programme(self) -> Iterator[InitErrorDetails]:
        """What a programme's own bench files must say beside."""
        yield from ()

    def _of_the_program(self) -> Iterator[InitErrorDetails]:
        if self.dut == "process" and self.command is None:
            yield mistake(None, "a list of words; dut: process needs a command", "command")
        if self.dut != "process" and self.command is not None:
            yield mistake(
                list(self.command), f"none; dut: {self.dut} takes no command, only dut: process does", "command"
            )
        if self.clock == "virtual" and self.dut != "emulator":
            why = f"dut: {self.dut} has no clock that we can move, only dut: emulator has"
            yield mistake(self.clock, f"compressed; {why}", "clock")
        elif self.clock == "virtual" and self.ixit.get("time_scale", 1) != 1:
            yield mistake(
                self.ixit["time_scale"], "1; clock: virtual runs at the document's own times", "ixit", "time_scale"
            )
        if self.clock == "virtual" and isinstance(self.screen, CameraFile):
            allowed = "stdout or none; with clock: virtual the display changes quicker than a camera can look"
            yield mistake("a camera", allowed, "screen")
        if self.dut == "emulator" and self.wire == "none":
            yield mistake(self.wire, "auto, netns or proxy; only a terminal of its own can do without", "wire")

    def _of_the_person(self) -> Iterator[InitErrorDetails]:
        jumps = "dut: memory" if self.dut == "memory" else "clock: virtual" if self.clock == "virtual" else ""
        if self.operator == "terminal" and jumps:
            allowed = f"none, or a file of prepared answers; with {jumps} time jumps while a person thinks"
            yield mistake(self.operator, allowed, "operator")
        if self.keys == "operator" and jumps:
            yield mistake(self.keys, f"none or stdin; with {jumps} time jumps while a person presses", "keys")
        elif self.keys == "operator" and self.operator != "terminal":
            allowed = "none, or stdin; a person presses where operator: terminal says that one is there"
            yield mistake(self.keys, allowed, "keys")
        if self.keys == "stdin" and self.dut == "bench":
            yield mistake(self.keys, "none or operator; the stdin of what is on a bench is not ours", "keys")

    def _of_the_hardware(self) -> Iterator[InitErrorDetails]:
        if self.dut == "memory":
            sections = {"relay": self.relay, "lab": self.lab, "screen": self.screen}
            for key, section in sections.items():
                if isinstance(section, Answers):
                    found = section.model_dump(exclude_unset=True)
                    yield mistake(found, "nothing; dut: memory is a part of the harness and has no hardware", key)
        if self.dut != "bench":
            return
        if self.screen == "stdout":
            yield mistake(self.screen, f"{self.SEEN}; what is on a bench has no stdout of ours", "screen")
        if self.wire == "netns":
            yield mistake(self.wire, "none, or two interfaces; a terminal is in no namespace of ours", "wire")

    def _of_the_relay(self) -> Iterator[InitErrorDetails]:
        relay = self.relay
        if relay is None or self.dut == "memory":
            return
        if asked_of_lab(relay.port) is not None and self.lab is None:
            yield mistake(relay.port, "another port, or a lab: section that says which lab and place", "relay", "port")
        if relay.power is not None and self.lab is not None and self.lab.power:
            allowed = "a relay.power or a lab.power, not both: one of them would leave the mains as they are"
            yield mistake(self.lab.power, allowed, "lab", "power")
        if self.dut == "bench":
            if relay.port == SIMULATED:
                allowed = "the port of a real board; no simulated contact switches a terminal"
                yield mistake(relay.port, allowed, "relay", "port")
            if relay.contacts is not None:
                allowed = "none; a real board has no such socket"
                yield mistake(relay.contacts, allowed, "relay", "contacts")
        elif relay.port != SIMULATED and relay.contacts is None and self.lab is None:
            allowed = f"the socket of a simulated board (or port: simulated); no real contact switches dut: {self.dut}"
            yield mistake(None, allowed, "relay", "contacts")


class TerminalBench(BenchFile):
    """The bench of a payment terminal. `heartbeat_seconds` are wall seconds, already divided by `time_scale`."""

    PLACEHOLDERS = (
        *("primary_host", "primary_port", "secondary_host", "secondary_port", "terminal_id", "heartbeat_seconds"),
        *("time_scale", "ack_heartbeat", "state_dir", "python"),
    )

    listen: TerminalListeners = TerminalListeners()
