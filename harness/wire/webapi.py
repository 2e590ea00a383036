"""What passes over HTTP between a POS and the eConduit web API, as values for the trace: its calls, and our answers.

A call is a GET whose query string holds the parameters, key and password among them; an answer is a JSON object. No
value here holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

PATH = "/services/api.asmx/"

APPROVED, DECLINED, CANCELLED, ERROR = "Approved", "Declined", "Cancelled", "Error"
"""The ResultCodes of an answer about a transaction."""

UNKNOWN = ("Receive error", "Transaction in progress")
"""How the Message of an Error begins that says nothing of the outcome (assumption: no page has the words)."""

OFFLINE = "Terminal offline"
"""The Message of an Error for an order whose terminal cannot be reached (assumption: no page has the words)."""

JsonFields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PosCall:
    """A POS asked something. `call`: the last part of the path; `parameters`: decoded, by their documented names,
    without secrets, a repeated one with its last value; `repeated`: the names that came more than once."""

    call: str
    parameters: dict[str, str]
    repeated: tuple[str, ...] = ()

    @property
    def orders(self) -> bool:
        """Whether it orders a transaction."""
        return self.call.startswith("runTransaction")

    @property
    def asks(self) -> bool:
        """Whether it asks what became of one."""
        return self.call.startswith("checkStatus")


@dataclass(frozen=True, slots=True)
class PosAnswer:
    """What the POS was told. `fields`: the JSON object without secrets."""

    status: int
    fields: JsonFields


def order_path(call: str, **parameters: str) -> str:
    """Path and query of a call of the web API, parameters encoded, in the order given."""
    return f"{PATH}{call}?{urlencode(parameters)}"
