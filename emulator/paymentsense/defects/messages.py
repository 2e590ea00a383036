"""Defects of chapter B, messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from catalogue.paymentsense import (
    PSC_040,
    PSC_041,
    PSC_042,
    PSC_044,
    PSC_045,
    PSC_046,
    PSC_047,
    PSC_048,
    PSC_049,
    PSC_050,
    PSC_051,
    PSC_052,
    PSC_053,
    PSC_103,
    PSC_116,
)
from emulator.paymentsense.counter import ENDINGS
from emulator.paymentsense.defects.defect import Defect
from emulator.paymentsense.dialogue import Asked
from harness.wire import strict_json
from harness.wire.endpoint import Output, Send
from harness.wire.paymentsense import Answer, Demand, Message, Notification, Refusal, Result, Side
from harness.wire.websocket import Seen
from harness.wire.websocket_frames import Opcode, Text, WsFrame


class NoVersionMember(Defect):
    """Its messages do not say that they are JSON-RPC 2."""

    row = 11
    breaks = (PSC_041,)

    def text(self, message: Message) -> str:
        return json.dumps({name: part for name, part in json.loads(super().text(message)).items() if name != "jsonrpc"})


class VersionMemberTwo(Defect):
    """Its messages say `"2"`, where `"2.0"` is the only right value."""

    row = 11
    breaks = (PSC_041,)

    def text(self, message: Message) -> str:
        return json.dumps({**json.loads(super().text(message)), "jsonrpc": "2"})


class IdAlwaysOne(Defect):
    """Every request has the id 1, since there is only one till."""

    row = 12
    breaks = (PSC_044, PSC_048)

    def next_id(self) -> int | str:
        return 1


class NoIdAtAll(Defect):
    """Its requests have the id null."""

    row = 12
    breaks = (PSC_044,)

    def text(self, message: Message) -> str:
        body = json.loads(super().text(message))
        return json.dumps({**body, "id": None} if "method" in body else body)


class EchoesIdAsString(Defect):
    """Ids are strings in its data model, so a number comes back in quotation marks."""

    row = 13
    breaks = (PSC_045,)

    def text(self, message: Message) -> str:
        body = json.loads(super().text(message))
        if "method" not in body and isinstance(body.get("id"), int):
            body["id"] = str(body["id"])
        return json.dumps(body)


class AnswersNotifications(Defect):
    """Whatever comes is confirmed, notifications too."""

    row = 14
    breaks = (PSC_047,)

    def hear_notification(self, notice: Notification, now: float) -> Iterator[Output]:
        yield from super().hear_notification(notice, now)
        yield from self.speak(Result(Side.EPOS, None, {}))


class AssumesOrder(Defect):
    """An answer is taken for that to the oldest request, whatever its id."""

    row = 15
    breaks = (PSC_048,)

    def question(self, answer: Answer) -> Asked | None:  # noqa: ARG002
        return next(iter(self.asked), None)


class IgnoresSignatures(Defect):
    """The client library knows only answers, and a signature question passes unseen."""

    row = 16
    breaks = (PSC_049, PSC_103)

    def ask_for_signature(self, demand: Demand, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class IgnoresTables(Defect):
    """The card machines ask for tables, and nobody answers."""

    row = 16
    breaks = (PSC_049, PSC_116)

    def hear_demand(self, demand: Demand, now: float) -> Iterator[Output]:
        if not demand.method.startswith(("table", "pos")):
            yield from super().hear_demand(demand, now)


class ClosesOnUnknownMethod(Defect):
    """A method that it does not know is taken for the end of the conversation."""

    row = 17
    breaks = (PSC_050,)

    def unknown_method(self, demand: Demand) -> Iterator[Output]:  # noqa: ARG002
        yield Send(self.line, self.client.close(1008, "unknown method"))


class SilentOnUnknownMethod(Defect):
    """A method that it does not know gets no answer."""

    row = 17
    breaks = (PSC_049, PSC_050)

    def unknown_method(self, demand: Demand) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


KNOWN_MEMBERS = {
    *("jsonrpc", "id", "method", "params", "result", "error", "tid", "notificationValue", "status", "currency"),
    *("transactionResult", "transactionType", "amountBase", "amountCashback", "amountGratuity", "amountTotal"),
}


class ClosesOnUnknownField(Defect):
    """Messages go through a validator that allows nothing new in an envelope."""

    row = 17
    breaks = (PSC_051,)

    def hear_text(self, text: str, now: float) -> Iterator[Output]:
        read = strict_json.decode(text)
        if not isinstance(read, str) and isinstance(read[0], dict) and set(read[0]) - KNOWN_MEMBERS:
            yield Send(self.line, self.client.close(1008, "unknown field"))
            yield from self.line_lost("unknown field", now)
        else:
            yield from super().hear_text(text, now)


class ClosesOnBadJson(Defect):
    """A text that is no JSON ends the connection: the parser's exception is caught by the reconnect loop."""

    row = 17
    breaks = (PSC_051,)

    def hear_text(self, text: str, now: float) -> Iterator[Output]:
        if isinstance(strict_json.decode(text), str):
            yield Send(self.line, self.client.close(1007))
            yield from self.line_lost("not JSON", now)
        else:
            yield from super().hear_text(text, now)


class ErrorIsApproved(Defect):
    """Any answer means that it worked: `error` is never looked at."""

    row = 30
    breaks = (PSC_053,)

    def hear_refusal(self, asked: Asked, refusal: Refusal) -> Iterator[Output]:
        if asked.method in ENDINGS:
            yield from self.book.turn(asked.reference, ENDINGS[asked.method], "0.00")
            yield from self.say(f"{asked.reference}: approved")
        else:
            yield from super().hear_refusal(asked, refusal)


class ErrorIsNothing(Defect):
    """An answer with an error is dropped, and the till waits on."""

    row = 30
    breaks = (PSC_053,)

    def hear_refusal(self, asked: Asked, refusal: Refusal) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class ResultAndError(Defect):
    """Every reply has both members, one of them null."""

    row = 0
    breaks = (PSC_040, PSC_046)

    def text(self, message: Message) -> str:
        body = json.loads(super().text(message))
        return json.dumps(body if "method" in body else {"result": None, "error": None, **body})


class TwoValuesAMessage(Defect):
    """Messages end with a second value, a heartbeat of its own."""

    row = 0
    breaks = (PSC_040, PSC_052)

    def text(self, message: Message) -> str:
        return super().text(message) + "\n{}"


class FragmentsAreMessages(Defect):
    """Each fragment is taken for a whole message."""

    row = 0
    breaks = (PSC_052,)
    in_pieces = False

    def hear(self, seen: Seen, now: float) -> Iterator[Output]:
        if isinstance(seen, WsFrame) and (seen.opcode == Opcode.CONT or (seen.opcode == Opcode.TEXT and not seen.fin)):
            self.in_pieces = True
            yield from self.hear_text(seen.payload.decode(errors="replace"), now)
        elif isinstance(seen, Text) and self.in_pieces:
            self.in_pieces = False
        else:
            yield from super().hear(seen, now)


class ParametersByPosition(Defect):
    """Parameters are a list, in the order of the vendor's own function."""

    row = 0
    breaks = (PSC_042,)

    def text(self, message: Message) -> str:
        body = json.loads(super().text(message))
        if isinstance(body.get("params"), dict):
            body["params"] = list(body["params"].values())
        return json.dumps(body)
