"""Pay at counter: what Connect does for an EPoS that drives card machines.

A demand for a transaction is answered once, when the machine has ended it; in between, the machine notifies. A
cancellation is answered at once and decides nothing: only the answer to the transaction does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from fake_cloud.order import Fate, Order, Outcome
from fake_cloud.paymentsense.agenda import Agenda
from fake_cloud.paymentsense.instructions import Course, Run, Stand
from fake_cloud.paymentsense.line import Line, Switchboard
from fake_cloud.paymentsense.machines import Job, Machine, report, transaction
from fake_cloud.paymentsense.terms import Terms
from harness.wire.endpoint import Output, Tell
from harness.wire.paymentsense import (
    BUSY,
    INVALID_PARAMS,
    REPORTS,
    TRANSACTIONS,
    UNKNOWN_METHOD,
    Answer,
    Demand,
    Refusal,
    Result,
    Side,
    decimal,
    receipt,
)
from harness.wire.paymentsense_schema import serves

COMMANDS = {"sale": "Sale", "refund": "Refund"}
"""What an order is called at the party that decides in our place."""
FATES = {"Approved": "SUCCESSFUL", "Declined": "DECLINED", "Cancelled": "CANCELLED"}
"""What its outcome is called here; any other is UNSUCCESSFUL."""


class Counter:
    """The card machines of a site and the transactions on them."""

    def __init__(self, terms: Terms, agenda: Agenda, board: Switchboard) -> None:
        self._terms, self._agenda, self._board = terms, agenda, board
        self._machines = {tid: Machine(tid, terms.currency) for tid in terms.machines}
        self._numbers = count(1)
        self._ordered: dict[int, Job] = {}

    # ---- what an EPoS asks -------------------------------------------------------------------------------------------

    def handle(self, line: Line, demand: Demand, now: float) -> Iterator[Output]:
        """Answer a demand of an EPoS, now or when its machine is done."""
        method, machine = demand.method, self._machines.get(str(demand.param("tid")))
        wrong = [fault for fault in demand.faults if fault.startswith("params")]
        if method == "connectedTerminals":
            shown = [one.shown for one in self._machines.values() if one.status is not None]
            yield from self._result(line.number, demand, shown, now)
        elif method not in KNOWN or not serves(line.version, method):
            yield from self._refused(line.number, demand, UNKNOWN_METHOD, "no such method", "", now)
        elif wrong:
            yield from self._refused(line.number, demand, INVALID_PARAMS, "; ".join(wrong), "", now)
        elif method == "terminalsDetails":
            yield from self._several(line, demand, now)
        elif machine is None or machine.status is None:
            words = "The card machine is not connected"
            yield from self._refused(line.number, demand, self._terms.unavailable, "terminal unavailable", words, now)
        elif method == "terminalDetails":
            yield from self._result(line.number, demand, machine.shown, now)
        elif method == "cancelTransaction":
            yield from self._cancel(line, machine, demand, now)
        elif method == "duplicate":
            yield from self._duplicate(line, machine, demand, now)
        elif machine.job is not None or machine.status == "BUSY":
            words = "The card machine is in use"
            yield from self._refused(line.number, demand, BUSY, "terminal busy", words, now)
        else:
            yield from self._begin(line, machine, demand, now)

    def _several(self, line: Line, demand: Demand, now: float) -> Iterator[Output]:
        """What v0 asks for of several machines at once; of those that are not connected nothing is told."""
        asked = demand.params if isinstance(demand.params, list) else demand.param("tpi")
        found = [self._machines.get(tpi) for tpi in asked]
        shown = [machine.shown for machine in found if machine is not None and machine.status is not None]
        yield from self._result(line.number, demand, shown, now)

    def _cancel(self, line: Line, machine: Machine, demand: Demand, now: float) -> Iterator[Output]:
        job = machine.job
        if job is None or job.demand.method in REPORTS:
            words = "There is nothing to cancel"
            yield from self._refused(line.number, demand, INVALID_PARAMS, "no transaction", words, now)
            return
        member, value = self._terms.cancel_member, self._terms.cancel_values[line.version]
        yield from self._result(line.number, demand, {member: value} if member else value, now)
        if job.course.cancellable and not job.cancelled and not self._terms.exchange:
            job.cancelled = True
            yield from self._notify(job, "CANCELLING", now)
            self._then(job, now + job.course.pace, lambda now: self._finish(job, "CANCELLED", now))
        else:
            yield from self._notify(job, "UNABLE_TO_CANCEL", now)

    def _duplicate(self, line: Line, machine: Machine, demand: Demand, now: float) -> Iterator[Output]:
        if machine.last:
            yield from self._result(line.number, demand, machine.last, now)
        else:
            words = "The card machine has done no transaction"
            yield from self._refused(line.number, demand, INVALID_PARAMS, "no transaction", words, now)

    # ---- a transaction -----------------------------------------------------------------------------------------------

    def _begin(self, line: Line, machine: Machine, demand: Demand, now: float) -> Iterator[Output]:
        course = machine.course_now(self._terms.timed_out_after)
        if demand.method in REPORTS:
            course = Course(("REPORT_STARTED", "REPORT_FINISHED"))
        job = Job(next(self._numbers), demand, line.number, course, now, course.result)
        machine.job = job
        if self._terms.exchange and demand.method in COMMANDS:
            self._ordered[job.number] = job
            fields = {"Command": COMMANDS[demand.method], "RefID": f"PSC-{job.number}",
                      "Amount": decimal(demand.param("amount"))}  # fmt: skip
            yield Tell(self._terms.exchange, Order(job.number, job.tid, fields))
        else:
            yield from self._step(job, 0, now)

    def _step(self, job: Job, step: int, now: float) -> Iterator[Output]:
        """The machine goes on with its course; what it comes to in the end is decided here."""
        course = job.course
        if step < len(course.notices):
            yield from self._notify(job, course.notices[step], now)
            self._then(job, now + course.pace, lambda now: self._step(job, step + 1, now))
        elif course.signature:
            yield from self._verify(job, now)
        elif course.silent_for is not None:
            at = max(now, job.began + course.silent_for)
            self._then(job, at, lambda now: self._finish(job, course.result, now))
        else:
            yield from self._finish(job, course.result, now)

    def _verify(self, job: Job, now: float) -> Iterator[Output]:
        params = {"tid": job.tid, "receiptLines": receipt("PLEASE SIGN BELOW", "X", bold=1)}
        window = self._terms.signature_window

        def verified(answer: Answer | None, now: float) -> Iterator[Output]:
            if answer is None:
                yield from self._notify(job, "SIGNATURE_VERIFICATION_TIMEOUT", now)
                yield from self._finish(job, self._terms.signature_timeout, now)
            elif isinstance(answer, Result) and isinstance(answer.part("accepted"), bool):
                yield from self._notify(job, "SIGNATURE_VERIFICATION_PROCESS_COMPLETED", now)
                yield from self._finish(job, job.course.result if answer.part("accepted") else "VOID", now)
            else:
                yield from self._notify(job, "SIGNATURE_VERIFICATION_PROCESS_COULD_NOT_BE_COMPLETED", now)
                yield from self._finish(job, "UNSUCCESSFUL", now)

        yield from self._notify(job, "SIGNATURE_VERIFICATION_IN_PROGRESS", now)
        yield from self._board.ask(job.line, "signatureVerificationRequest", params, window, verified, now)

    def _finish(self, job: Job, result: str, now: float) -> Iterator[Output]:
        machine = self._machines[job.tid]
        if machine.job is not job:
            return
        machine.job, job.result = None, result
        if job.next is not None:
            job.next.call_off()
        if job.demand.method in REPORTS:
            yield from self._result(job.line, job.demand, report(job), now)
            return
        machine.last = transaction(job)
        if result != "TIMED_OUT":
            yield from self._notify(job, "TRANSACTION_FINISHED", now)
        yield from self._result(job.line, job.demand, machine.last, now)

    def decided(self, outcome: Outcome, now: float) -> Iterator[Output]:
        """The party that decides in our place says what became of an order."""
        job = self._ordered.get(outcome.id)
        if job is None:
            return
        match outcome.fate:
            case Fate.ANSWERED:
                del self._ordered[outcome.id]
                yield from self._finish(job, FATES.get(outcome.fields.get("ResultCode", ""), "UNSUCCESSFUL"), now)
            case Fate.OFFLINE | Fate.BUSY:
                del self._ordered[outcome.id]
                self._machines[job.tid].job = None
                code = BUSY if outcome.fate is Fate.BUSY else self._terms.unavailable
                yield from self._refused(job.line, job.demand, code, f"terminal {outcome.fate.value}", "", now)
            case Fate.LOST | Fate.TIMED_OUT:
                # It may still answer; until Connect has waited long enough nobody is told anything.
                at = max(now, job.began + self._terms.timed_out_after)
                self._then(job, at, lambda now: self._finish(job, "TIMED_OUT", now))

    # ---- what a case says --------------------------------------------------------------------------------------------

    def run(self, told: Run) -> None:
        self._machine(told.tid).course = told.course

    def stand(self, told: Stand) -> None:
        self._machine(told.tid).status = told.status

    def _machine(self, tid: str) -> Machine:
        return self._machines.setdefault(tid, Machine(tid, self._terms.currency))

    # ---- saying ------------------------------------------------------------------------------------------------------

    def _then(self, job: Job, at: float, do: Callable[[float], Iterator[Output]]) -> None:
        """The next step of a job, in place of the one that was planned."""
        if job.next is not None:
            job.next.call_off()
        job.next = self._agenda.at(at, do)

    def _notify(self, job: Job, value: str, now: float) -> Iterator[Output]:
        line = None if self._terms.notify_all else job.line
        params = {"tid": job.tid, "notificationValue": value}
        yield from self._board.notify(line, "terminalNotification", params, now)

    def _result(self, line: int, demand: Demand, value: object, now: float) -> Iterator[Output]:
        yield from self._board.answer(line, Result(Side.CONNECT, demand.id, value, demand.method), now)

    def _refused(
        self, line: int, demand: Demand, code: int, message: str, user_message: str, now: float
    ) -> Iterator[Output]:
        refusal = Refusal(Side.CONNECT, demand.id, code, message, user_message, demand.method)
        yield from self._board.answer(line, refusal, now)


KNOWN = {"terminalDetails", "terminalsDetails", "duplicate", "cancelTransaction", *TRANSACTIONS, *REPORTS}
