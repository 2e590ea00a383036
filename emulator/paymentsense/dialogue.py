"""The EPoS's side of the JSON-RPC dialogue: what it asks and who waits for the answer, what it is asked and answers.

An answer finds its question by the id alone: answers come in any order, between notifications, or never (PSC-048).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.paymentsense.settings import Settings
from emulator.paymentsense.uplink import Uplink
from harness.wire import paymentsense, strict_json
from harness.wire.endpoint import Output, Send
from harness.wire.framing import Malformed
from harness.wire.paymentsense import (
    DISCONTINUED,
    INVALID_REQUEST,
    PARSE_ERROR,
    UNKNOWN_METHOD,
    Answer,
    Demand,
    Message,
    Notification,
    Refusal,
    Result,
    Side,
    same_id,
)

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to Connect. `reference`: of the sale it is about, if it is about one."""

    id: int | str
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""

    @property
    def tid(self) -> str:
        several = self.params.get("tpi")
        return str(self.params.get("tid", several[0] if several else ""))


class Dialogue(Uplink):
    """An EPoS that can ask and be asked. `asked`: what has no answer yet, the oldest first."""

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, storage, rng)
        self.asked: list[Asked] = []
        self._serial = 0

    def woke(self, name: str, now: float) -> Iterator[Output]:
        match name.split():
            case ["answer", serial] if asked := next((one for one in self.asked if str(one.id) == serial), None):
                yield from self.unanswered(asked)
            case _:
                yield from super().woke(name, now)

    # ---- What is built upon the dialogue -----------------------------------------------------------------------------

    def hear_demand(self, demand: Demand, now: float) -> Iterator[Output]:  # noqa: ARG002  # who answers may take time
        """Connect asks something, and nobody above knows what."""
        yield from self.unknown_method(demand)

    @abstractmethod
    def hear_result(self, asked: Asked, result: Result, now: float) -> Iterator[Output]:
        """A question of ours was answered."""

    @abstractmethod
    def hear_refusal(self, asked: Asked, refusal: Refusal) -> Iterator[Output]:
        """A question of ours was answered with an error."""

    @abstractmethod
    def unanswered(self, asked: Asked) -> Iterator[Output]:
        """An answer is overdue. It may still come: who asked is not forgotten before the line is."""

    # ---- Asking ------------------------------------------------------------------------------------------------------

    def next_id(self) -> int | str:
        """Never used before in this life (PSC-044)."""
        self._serial += 1
        return self._serial

    def ask(
        self, method: str, params: Mapping[str, Any], now: float, patience: float, reference: str = ""
    ) -> Iterator[Output]:
        asked = Asked(self.next_id(), method, params, reference)
        self.asked.append(asked)
        yield from self.speak(Demand(Side.EPOS, asked.id, method, dict(params)))
        yield from self.wake(f"answer {asked.id}", now + patience)

    def text(self, message: Message) -> str:
        """JSON-RPC 2, and says so (PSC-041)."""
        return paymentsense.build(message)

    def speak(self, message: Message) -> Iterator[Output]:
        """One JSON value, one text message (PSC-052)."""
        yield Send(self.line, self.client.text(self.text(message)))

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def hear_text(self, text: str, now: float) -> Iterator[Output]:
        message = paymentsense.parse(text, Side.CONNECT)
        match message:
            case Demand():
                yield from self.hear_demand(message, now)
            case Notification():
                yield from self.hear_notification(message, now)
            case Result() | Refusal():
                yield from self.hear_answer(message, now)
            case Malformed():
                yield from self.unreadable(text)

    def hear_notification(self, notice: Notification, now: float) -> Iterator[Output]:
        """Never answered; one that nobody knows is nothing (PSC-047, 050)."""
        if notice.method == "errorMessage":
            words = str(notice.param("userMessage") or notice.param("message") or "")
            yield from self.hear_trouble(words, str(notice.param("message")), now)

    def hear_answer(self, answer: Answer, now: float) -> Iterator[Output]:
        """By its id, in type and value; an answer to nothing of ours is nothing."""
        asked = self.question(answer)
        if asked is None:
            if isinstance(answer, Refusal):
                yield from self.hear_trouble(answer.user_message or answer.message, answer.message, now)
            return
        self.asked.remove(asked)
        yield from self.forget(f"answer {asked.id}")
        yield from self.settle(asked, answer, now)

    def question(self, answer: Answer) -> Asked | None:
        return next((asked for asked in self.asked if same_id(asked.id, answer.id)), None)

    def settle(self, asked: Asked, answer: Answer, now: float) -> Iterator[Output]:
        """An error is an answer too, and never a good one (PSC-053)."""
        if isinstance(answer, Refusal):
            yield from self.hear_refusal(asked, answer)
        else:
            yield from self.hear_result(asked, answer, now)

    def hear_trouble(self, words: str, why: str, now: float) -> Iterator[Output]:
        """Connect says that something is wrong, and not with a question of ours: shown as received (PSC-112)."""
        if _is_discontinued(why) or _is_discontinued(words):
            yield from self.displaced(words, now)
        elif words:
            yield from self.say(words, "red")

    def closed(self, code: int | None, reason: str, now: float) -> Iterator[Output]:
        if _is_discontinued(reason):
            yield from self.displaced(reason, now)
        else:
            yield from super().closed(code, reason, now)

    # ---- Answering ---------------------------------------------------------------------------------------------------

    def result(self, demand: Demand, value: Any) -> Iterator[Output]:
        """The id goes back as it came (PSC-045), with a result and nothing else (PSC-046)."""
        yield from self.speak(Result(Side.EPOS, demand.id, value))

    def refuse(self, demand: Demand, code: int, why: str) -> Iterator[Output]:
        yield from self.speak(Refusal(Side.EPOS, demand.id, code, why))

    def unknown_method(self, demand: Demand) -> Iterator[Output]:
        """Told that it is not known, and no harm done (PSC-050)."""
        yield from self.refuse(demand, UNKNOWN_METHOD, "Method not found")

    def unreadable(self, text: str) -> Iterator[Output]:
        """No message at all: said in the one way that JSON-RPC has for it, and the line stays (PSC-051)."""
        is_json = not isinstance(strict_json.decode(text), str)
        code, why = (INVALID_REQUEST, "Invalid Request") if is_json else (PARSE_ERROR, "Parse error")
        yield from self.speak(Refusal(Side.EPOS, None, code, why))


def _is_discontinued(words: str) -> bool:
    return DISCONTINUED.casefold() in words.casefold()
