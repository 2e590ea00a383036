"""What a defect of a POS client says of itself, beside what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from emulator.modulus.link import Standing
from emulator.modulus.pos import Pos
from emulator.modulus.sale import Terminal
from harness.evidence.requirement import Requirement
from harness.wire import modulus
from harness.wire.endpoint import Output


class Defect(Pos):
    """A POS client that breaks one rule; its docstring says which, in one sentence.

    `row`: of the fact sheet's table of plausible defects; `breaks`: the requirements a suite must find broken;
    `needs_tls`: the habit shows only where lines are encrypted; `trusts_anybody`: whoever puts it on a bench lets it
    dial without a look at certificates."""

    row: ClassVar[int]
    breaks: ClassVar[tuple[Requirement, ...]]
    needs_tls: ClassVar[bool] = False
    trusts_anybody: ClassVar[bool] = False

    @classmethod
    def title(cls) -> str:
        """Its name on the command line: `KeyInTheQuery` is `key-in-the-query`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def crash(self) -> Iterator[Output]:
        """What a client does that dies of an exception: its socket goes, and nothing comes after."""
        yield from self.forget(*self._timers.copy())
        yield from self.hang_up(reset=True)
        self.line = 0
        self.standing = Standing.OFF


class BentPayment(Defect):
    """A family of defects: what a payment holds is bent by `bend` before it goes out."""

    def payment(self, transaction: str, amount: str, terminal: Terminal) -> str:
        request = {
            "transactionId": transaction,
            "amount": amount,
            "currency": self.settings.currency,
            "paymentMethod": self.settings.method,
        }
        message = {"action": "payment", "terminalId": terminal.name, "paymentRequest": request}
        self.bend(message, request)
        return modulus.build(message)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:
        raise NotImplementedError
