"""The card machines behind Connect, simulated by their TIDs, and what each keeps of its transactions.

The endings are those of the TIDs of Paymentsense's own test estate: SIP0 chip and PIN, SCD0 contactless with a device
check, DIP0 declined, SIS0 signature, UIP0 unsuccessful, TIP0 timed out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fake_cloud.paymentsense.agenda import Entry
from fake_cloud.paymentsense.instructions import Course
from harness.wire.paymentsense import Demand, decimal, receipt

EPOCH = datetime(2030, 1, 2, 3, 4, 5)  # noqa: DTZ001 — the document's times have no zone
"""What the clock of the house says when that of the run shows 0."""

CHIP = ("TRANSACTION_STARTED", "PRESENT_CARD", "INSERT_CARD", "PIN_ENTRY", "CONNECTING")
COURSES = {
    "SIP0": Course((*CHIP, "APPROVED", "REMOVE_CARD")),
    "SCD0": Course(
        ("TRANSACTION_STARTED", "PRESENT_CARD", "CONNECTING", "APPROVED"), verification="DEVICE", method="CONTACTLESS"
    ),
    "DIP0": Course((*CHIP, "DECLINED", "REMOVE_CARD"), "DECLINED", user_message="Card declined"),
    "SIS0": Course((*CHIP, "SIGNATURE_VERIFICATION"), signature=True, verification="SIGNATURE"),
    "UIP0": Course((*CHIP[:3], "PROCESSING_ERROR"), "UNSUCCESSFUL", user_message="The transaction was unsuccessful"),
    "TIP0": Course(
        (*CHIP, "REQUEST_SENT"),
        "TIMED_OUT",
        silent_for=200.0,
        cancellable=False,
        user_message="Check at the card machine whether the payment was taken",
    ),
}


@dataclass(slots=True)
class Job:
    """A transaction or report at a machine. `line`: of the connection that asked for it; `next`: its next step."""

    number: int
    demand: Demand
    line: int
    course: Course
    began: float
    result: str
    next: Entry | None = None
    cancelled: bool = False

    @property
    def tid(self) -> str:
        return str(self.demand.param("tid"))


@dataclass(slots=True)
class Machine:
    """One card machine. `status`: AVAILABLE, BUSY with what is not ours, or None while it is not connected;
    `course`: what a case wants it to do; `last`: the transaction it did last."""

    tid: str
    currency: str
    status: str | None = "AVAILABLE"
    course: Course | None = None
    job: Job | None = None
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, str]:
        """What is told of it in a list."""
        status = "BUSY" if self.job is not None else str(self.status)
        return {"tid": self.tid, "status": status, "currency": self.currency}

    def course_now(self, timed_out_after: float) -> Course:
        """How its next transaction goes; one that is silent ends when Connect has waited long enough."""
        course = self.course or next((of for end, of in COURSES.items() if self.tid.endswith(end)), COURSES["SIP0"])
        if course is COURSES["TIP0"]:
            course = Course(course.notices, course.result, silent_for=timed_out_after, cancellable=False,
                            user_message=course.user_message)  # fmt: skip
        return course


def transaction(job: Job) -> dict[str, Any]:
    """The transaction object of a job that has its result."""
    asked, course = job.demand, job.course
    base = int(asked.param("amount") or 0)  # 1240.0 is an integer too, in JSON
    cashback = course.charged.get("amountCashback", int(asked.param("amountCashback") or 0))
    gratuity = course.charged.get("amountGratuity", 0)
    total = base + cashback + gratuity
    approved = job.result == "SUCCESSFUL"
    words = ("TEST SHOP", asked.method.upper(), f"{asked.param('currency')} {decimal(total)}", job.result)
    return {
        "transactionResult": job.result,
        "transactionType": {"preAuth": "PRE_AUTH", "accountVerification": "ACCOUNT_VERIFICATION"}.get(
            asked.method, asked.method.upper()
        ),
        "transactionId": f"{job.tid}-{job.number:06}",
        "transactionNumber": f"{job.number:06}",
        "amountBase": base,
        "amountCashback": cashback,
        "amountGratuity": gratuity,
        "amountTotal": total,
        "currency": asked.param("currency"),
        **({"authCode": f"{100_000 + job.number}"} if approved else {}),
        "cardSchemeName": "VISA DEBIT",
        "cardHolderVerificationMethod": course.verification,
        "paymentMethod": course.method,
        "applicationId": "A0000000031010",
        "applicationLabel": "VISA DEBIT",
        "primaryAccountNumber": "************0014",
        "primaryAccountNumberSequence": "01",
        "dateOfStart": "01/28",
        "dateOfExpiry": "12/33",
        "transactionTime": (EPOCH + timedelta(seconds=job.began)).isoformat(timespec="seconds"),
        "userMessage": course.user_message if job.result == course.result else "",
        "receiptLines": {"MERCHANT": receipt(*words, bold=1), "CUSTOMER": receipt(*words, bold=1)},
    }


def report(job: Job) -> dict[str, Any]:
    """The report object of a job that is one."""
    kind = job.demand.method.removeprefix("report")
    return {
        "tid": job.tid,
        "reportType": kind,
        "reportId": f"{job.tid}-R{job.number:05}",
        "receiptLines": receipt(f"REPORT {kind}", "SALES 0.00", "REFUNDS 0.00", bold=1),
    }
