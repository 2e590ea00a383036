"""How the DUTs of the Adyen programme are built from settings that came as JSON."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from emulator.adyen.backend import Backend
from emulator.adyen.defects import DEFECTS
from emulator.adyen.defects.defect import SenderDefect
from emulator.adyen.sender import Sender
from emulator.adyen.settings import BackendSettings, SenderSettings
from harness.wire.envelope import Key

if TYPE_CHECKING:
    from random import Random


def build(
    settings: Mapping[str, Any], storage: MutableMapping[str, str], rng: Random, defect: str | None
) -> Backend | Sender:
    """One of them, set by JSON values: `role` is `backend` or `sender`, `key` is `{passphrase, identifier, version}`,
    the others are named as in `emulator.adyen.settings`.

    Raises KeyError for a defect that is not known, ValueError for a setting or a role that is not."""
    given = dict(settings)
    role = given.pop("role", "backend")
    kind: Any = None if defect is None else DEFECTS[defect]
    if role not in ("backend", "sender"):
        raise ValueError(f"{role!r} is no role: backend or sender")
    if kind is not None and issubclass(kind, SenderDefect) != (role == "sender"):
        raise ValueError(f"{defect} is no defect of a {role}")
    made: Backend | Sender
    if role == "sender":
        made = (kind or Sender)(_read(SenderSettings, given), storage, rng)
    else:
        made = (kind or Backend)(_read(BackendSettings, given), storage, rng)
    return made


def _read(kind: type[Any], given: Mapping[str, Any]) -> Any:
    if unknown := sorted(given.keys() - {field.name for field in fields(kind)}):
        raise ValueError(f"no such setting: {', '.join(unknown)}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    if values.get("key") is not None:
        values["key"] = Key(**values["key"])
    return kind(**values)
