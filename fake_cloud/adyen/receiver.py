"""The receiver for a DUT that emits events: reads each message, says what is wrong with it, and acknowledges."""

from __future__ import annotations

from collections.abc import Iterator

from fake_cloud.adyen.calls import Answered, basic_login, text_reply
from fake_cloud.adyen.terms import Terms
from harness.wire import envelope, nexo
from harness.wire.adyen import ACCEPTED, Heard, HeardReply, Login
from harness.wire.endpoint import Noted, Output
from harness.wire.envelope import Unopened
from harness.wire.framing import Malformed
from harness.wire.http1 import Request
from harness.wire.nexo import JsonObject


class Receiver:
    """The place a terminal's events go to."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def called(self, line: int, request: Request, now: float) -> Iterator[Output | Answered]:  # noqa: ARG002 — as all
        login = basic_login(request, self._terms.receiver_username, self._terms.receiver_password)
        document, sealed, faults = self._read(request.body)
        yield Noted(line, Heard(request.method, request.path, login, sealed, document, faults))
        status = 200 if request.method == "POST" else 405
        if login in (Login.ABSENT, Login.WRONG):
            status = 401
        text = ACCEPTED if status == 200 else ""
        yield Answered(line, text_reply(status, text), HeardReply(status, text))

    def _read(self, body: bytes) -> tuple[JsonObject, bool, tuple[str, ...]]:
        """The message in clear, whether it was sealed, and what is wrong with it."""
        message = nexo.parse(body)
        if isinstance(message, Malformed):
            return {}, False, (message.why,)
        if not message.sealed:
            return message.document, False, message.faults
        if self._terms.receiver_key is None:
            return {}, True, (*message.faults, "sealed, and no key was agreed upon")
        opened = envelope.open_sealed(message, self._terms.receiver_key)
        if isinstance(opened, Unopened):
            return {}, True, (*message.faults, opened.why)
        return opened.document, True, (*message.faults, *opened.faults)
