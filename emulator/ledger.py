"""What a terminal must remember when its power goes: transactions that are finished, and responses still owed.

The store is a mapping of strings that outlives the terminal (its flash). An outcome is kept by command and RefID,
because a follow-up (Void, Capture, TipAdjust) reuses the RefID of its original (ECD-121).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping

from emulator.payment import CHARGES
from harness.wire.econduit import Command

Fields = dict[str, str]
_OWED = "owed"


class Ledger:
    """Outcomes by command and RefID, in a flash that somebody else keeps."""

    def __init__(self, flash: MutableMapping[str, str]) -> None:
        self._flash = flash

    def record(self, command: Command, response: Fields) -> None:
        """Keep the outcome of a finished transaction."""
        self._flash[_outcome(command.name, command.ref_id)] = json.dumps(response)
        self._flash[f"latest {command.ref_id}"] = command.name

    def recall(self, command: Command) -> Fields | None:
        """The response to this very command, if it has been finished before."""
        return self._read(_outcome(command.name, command.ref_id))

    def latest(self, ref_id: str) -> Fields | None:
        """The response to whatever was finished last under this RefID."""
        return self._read(_outcome(self._flash.get(f"latest {ref_id}", ""), ref_id))

    def has_charged(self, ref_id: str) -> bool:
        """A command that moves money has been approved under this RefID."""
        outcomes = (self._read(_outcome(name, ref_id)) for name in CHARGES)
        return any(outcome is not None and outcome["ResultCode"] == "Approved" for outcome in outcomes)

    def owe(self, command: Command) -> None:
        """The recorded response to this command could not be delivered: there was no line."""
        owed = json.loads(self._flash.get(_OWED, "[]"))
        self._flash[_OWED] = json.dumps([*owed, _outcome(command.name, command.ref_id)])

    def pay(self) -> Iterator[Fields]:
        """The responses owed, oldest first; each is owed no longer once it has been taken."""
        while owed := json.loads(self._flash.get(_OWED, "[]")):
            key, *rest = owed
            self._flash[_OWED] = json.dumps(rest)
            if (response := self._read(key)) is not None:
                yield response

    def _read(self, key: str) -> Fields | None:
        text = self._flash.get(key)
        return None if text is None else dict(json.loads(text))


def _outcome(command: str, ref_id: str) -> str:
    return f"outcome {command} {ref_id}"
