"""What is answered about a DUT before it is put on the bench: claims (ICS), values (IXIT), readings of open points.

Each is one YAML file, read into a frozen model. A mistake is one sentence: file, line, key, what was found, what is
allowed; all mistakes of a file are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.wire.econduit import HEARTBEAT_BODIES


class AnswerError(ValueError):
    """A file of answers, or a bench file, cannot be used. The text is meant for the person who wrote the file."""


class Answers(BaseModel):
    """A section of answers: unknown keys are mistakes, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{2}$")]
Seconds = Annotated[float, Field(gt=0, strict=False)]


# ---- ICS -------------------------------------------------------------------------------------------------------------


class Ics(Answers):
    """What the vendor claims of the terminal; a claim of `no` makes the requirements that need it *not applicable*."""

    acks_asked: bool = Field(True, description="it can register with AckHeartbeat true")
    acks_not_asked: bool = Field(True, description="it can register with AckHeartbeat false or absent")
    secondary_endpoint: bool = Field(True, description="it has a secondary endpoint")
    status_display: bool = Field(True, description="it has a display that shows POS Online or POS Offline")
    colour_display: bool = Field(True, description="its display has colours")
    transactions: bool = Field(True, description="it processes transactions")
    wifi: bool = Field(True, description="it connects by Wi-Fi")
    cable: bool = Field(True, description="it connects by cable")
    pos_api_extended: bool = Field(False, description="a POS is under test as well (group G)")


# ---- IXIT ------------------------------------------------------------------------------------------------------------


class Outcomes(Answers):
    """Amounts that provoke an outcome at this terminal; one that is missing makes the cases that need it *not run*."""

    approve: Amount | None = "1.00"
    decline: Amount | None = "1.05"
    cancel: Amount | None = "1.06"
    error: Amount | None = "1.07"


class Ixit(Answers):
    """Values of the terminal on the bench. Seconds are document seconds unless said otherwise."""

    terminal_id: str = Field("77001234", min_length=1, description="the TerminalID an end user reads on the terminal")
    terminal_types: tuple[str, ...] = Field(("AcmePay",), strict=False, description="TerminalTypes the cloud knows")
    heartbeat_seconds: Seconds = 60.0
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(
        60.0, description="WALL seconds from power on to the first dial; a boot does not scale"
    )
    transaction_within: Seconds = Field(60.0, description="the longest a transaction takes without a customer's delay")
    outcomes: Outcomes = Outcomes()
    soak_hours: Seconds = 24.0
    frame_limit: Annotated[int, Field(ge=1024)] = 1 << 20
    pos_key: str = "bench-key"
    pos_password: str = "bench-password"  # noqa: S105 — of our own fake web API


# ---- Profile ---------------------------------------------------------------------------------------------------------


class HeartbeatProfile(Answers):
    bodies: tuple[str, ...] = Field(HEARTBEAT_BODIES, strict=False)
    reset_on_traffic: bool = Field(True, description="other traffic may restart the idle timer")
    while_busy: Literal["allowed", "forbidden"] = "allowed"
    earliest: Seconds = 45.0
    latest: Seconds = 75.0
    silent_limit: Seconds = Field(120.0, description="idle silence beyond this fails")


class CloudProfile(Answers):
    terminate_registration: Literal["terminated", "bare", "crlf"] = "terminated"
    terminate_commands: bool = True
    close_after_failure: bool = True
    duplicate_id: Literal["newest_wins", "refuse"] = "newest_wins"


class RegistrationProfile(Answers):
    ack_values: tuple[str, ...] = Field(("true", "false"), strict=False)
    extra_fields: Literal["warn", "allow", "forbid"] = "warn"
    answer_within: Seconds = 15.0


class ConnectionProfile(Answers):
    failback: Literal["noted", "required"] = "noted"
    reconnect_limit: Seconds = Field(30.0, description="'as quick as possible' has no figure: judged against this")
    reconnect_warn: Seconds = 10.0
    ack_within: Seconds = Field(20.0, description="a missing ack counts as a severed line after this")
    dials_a_minute: Annotated[int, Field(gt=0)] = 30
    longest_pause: Seconds = Field(60.0, description="longest pause between two dials while both endpoints are down")


class TransactionsProfile(Answers):
    codec: Literal["json"] = "json"
    when_busy: Literal["either", "busy", "serial"] = "either"
    after_drop: Literal["either", "resend", "hold"] = "either"


class DisplayProfile(Answers):
    scope: Literal["idle", "always"] = "idle"
    colour: bool = Field(True, description="the offline text is expected in red")
    online_within: Seconds = 10.0
    offline_within: Seconds = 30.0


class Profile(Answers):
    """How the open points of the document are read (the `profile key` column of the fact sheet)."""

    heartbeat: HeartbeatProfile = HeartbeatProfile()
    cloud: CloudProfile = CloudProfile()
    registration: RegistrationProfile = RegistrationProfile()
    connection: ConnectionProfile = ConnectionProfile()
    transactions: TransactionsProfile = TransactionsProfile()
    display: DisplayProfile = DisplayProfile()

    @model_validator(mode="after")
    def _in_order(self) -> Profile:
        if not self.heartbeat.earliest < self.heartbeat.latest <= self.heartbeat.silent_limit:
            raise ValueError("heartbeat: earliest < latest <= silent_limit must hold")
        if self.connection.reconnect_warn > self.connection.reconnect_limit:
            raise ValueError("connection: reconnect_warn must not be beyond reconnect_limit")
        return self


# ---- Reading ---------------------------------------------------------------------------------------------------------

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], text: str, origin: str, **more: Any) -> M:
    """A model from YAML text. `origin` names the file; `more` are values that stand over those of the file.

    Raises AnswerError with one line for each mistake."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AnswerError(f"{origin}:{line}: not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise AnswerError(f"{origin}:{line}: not YAML: character {error.character:#06x} is not allowed") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise AnswerError(f"{origin}:1: found {_shown(values)}; allowed: a mapping of keys to values")
    if twice := [f"{origin}:{line}: {key}: found twice; allowed: once" for line, key in _repeated(root)]:
        raise AnswerError("\n".join(twice))
    try:
        return model.model_validate({**values, **more})
    except ValidationError as error:
        lines = [_sentence(model, origin, root, dict(mistake)) for mistake in error.errors()]
        raise AnswerError("\n".join(lines)) from error


def _sentence(model: type[BaseModel], origin: str, root: yaml.Node | None, mistake: dict[str, Any]) -> str:
    # Pydantic adds the tag of a chosen union member to the path; a person looks for the key that is in the file.
    path = [
        part for part in mistake["loc"] if not (isinstance(part, str) and part.startswith(("function-", "tagged-")))
    ]
    line, known = _line(root, path)
    key = ".".join(str(part) for part in path) or "(whole file)"
    if mistake["type"] in ("extra_forbidden", "invalid_key"):
        return f"{origin}:{line}: {key}: unknown key; allowed: {', '.join(_keys(model, path[:-1]))}"
    if mistake["type"] == "missing":
        return f"{origin}:{line}: {key}: missing; allowed: {_choices(model, key)}"
    found = f"found {_shown(mistake['input'])}; " if known else ""
    if mistake["type"] == "model_type":
        return f"{origin}:{line}: {key}: {found}allowed: a mapping with the keys {', '.join(_keys(model, path))}"
    return f"{origin}:{line}: {key}: {found}allowed: {_wanted(mistake)}"


def _choices(model: type[BaseModel], key: str) -> str:
    field = model.model_fields[key]
    return " or ".join(map(repr, get_args(field.annotation))) or str(field.description)


def _wanted(mistake: dict[str, Any]) -> str:
    message = str(mistake["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return message.replace("String should match pattern", "text like")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _line(node: yaml.Node | None, path: list[str | int]) -> tuple[int, bool]:
    """The line of a key, or of the deepest part of its path that is in the file; and whether all of it is."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if entry is None:
                return line, False
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line, False
    return line, True


def _repeated(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that stand twice in the file or in one of its sections: YAML would silently take the last."""
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    for prefix, section in [("", root), *((f"{key.value}.", value) for key, value in entries)]:
        known: set[str] = set()
        for key, _ in section.value if isinstance(section, yaml.MappingNode) else ():
            if key.value in known:
                yield key.start_mark.line + 1, f"{prefix}{key.value}"
            known |= {str(key.value)}


def _keys(model: type[BaseModel], path: list[str | int]) -> list[str]:
    """The keys a section allows, following the path from the model down."""
    for part in path:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return sorted(model.model_fields)
        model = inner
    return sorted(model.model_fields)
