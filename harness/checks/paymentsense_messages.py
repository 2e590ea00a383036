"""Rules of Paymentsense Connect about messages: that they match their schemas, and what an error or a flag leads to."""

from __future__ import annotations

from harness.checks.paymentsense_reading import CONNECT, SETTLED, booked, pressed, ran_for, sales, screens
from harness.checks.reading import decided, done
from harness.checks.sockets import Disturbances, sockets
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import PeerClosed
from harness.wire.paymentsense import (
    Admitted,
    Demand,
    Notification,
    Refusal,
    Result,
    Side,
)
from harness.wire.websocket import Closing

Offence = tuple[str, Event]

RPC = "(JSON-RPC 2.0 section"
"""What a fault against JSON-RPC says of itself; all others are against a schema."""


def schemas_kept(trace: Trace) -> Finding:
    """Each message of the EPoS matches the schema of its method. That it keeps JSON-RPC is another rule's matter."""
    seen, offences = 0, list[Offence]()
    for event, body in trace.heard(CONNECT, Demand, Notification, Result, Refusal):
        if body.by is not Side.EPOS:
            continue
        seen += 1
        method = body.of if isinstance(body, Result | Refusal) else body.method
        offences += [(f"{method}: {fault}", event) for fault in body.faults if RPC not in fault]
    return decided("each message matches its schema", offences, seen, "messages")


def error_is_no_success(trace: Trace, within: float) -> Finding:
    """A transaction that is answered with an error is ended visibly: something is shown, and it is not booked as
    settled."""
    seen, offences = 0, list[Offence]()
    for sale in sales(trace):
        one = sale.exchange
        if one is None or one.answered is None or one.outcome != "error":
            continue
        settled = [event for event in booked(trace, sale.reference, one.answered) if event.body.state in SETTLED]
        if sale.reference and settled:
            offences.append((f"booked as {settled[0].body.state} after an error", settled[0]))
        elif screens(trace, one.answered, within):
            seen += 1
        elif ran_for(trace, one.answered, within):
            offences.append((f"nothing was shown of the error in {within:g} s", one.answered))
    return decided("an error ends a transaction visibly, and is no success", offences, seen, "transactions")


def final_receipt_as_flagged(trace: Trace) -> Finding:
    """Of Connect: after a payment at the table it asks for the final receipt if the flag was passed, and never else."""
    seen, offences = 0, list[Offence]()
    flags: dict[int, bool] = {}
    paid: dict[int, Event] = {}
    for event, body in trace.heard(CONNECT, Admitted, Notification, Demand):
        if isinstance(body, Admitted):
            flags[event.line] = body.final_receipt
        elif body.by is Side.EPOS:
            continue
        elif body.method == "transactionResponse":
            paid[event.line] = event
        elif body.method == "finalPOSReceiptRequest":
            if not flags.get(event.line):
                offences.append(("a final receipt was asked for without the flag", event))
            paid.pop(event.line, None)
            seen += 1
        elif body.method == "tableUnlock" and event.line in paid:
            if flags.get(event.line):
                offences.append(("no final receipt was asked for in spite of the flag", event))
            del paid[event.line]
            seen += 1
    return decided("a final receipt is asked for with the flag, and never without", offences, seen, "payments")


def stays_connected(trace: Trace, patience: float) -> Finding:
    """Whatever Connect says, the EPoS ends no connection of itself: not judged is what its mains or its user end, nor
    the answer to a goodbye. `patience`: seconds that a connection must have been watched for."""
    seen, offences = 0, list[Offence]()
    away = Disturbances(trace)
    wanted = [(event.at, done(trace, event)) for event, _ in pressed(trace, "quit", "configure")]
    for socket in sockets(trace, CONNECT):
        if socket.accepted is None:
            continue
        ours = [event.index for event, _ in socket.told(Closing)]
        left = next((event for event, _ in socket.of(Closing)), None)
        if left is None and socket.closed is not None and isinstance(socket.closed.body, PeerClosed):
            left = socket.closed
        if left is None or any(index < left.index for index in ours):
            seen += min(socket.ended, trace.end) >= socket.accepted.at + patience
        elif not away.touch(left.at - 1.0, left.at) and not any(asked <= left.at <= by + 1.0 for asked, by in wanted):
            offences.append((f"it ended line {socket.number}", left))
    return decided("it stays connected", offences, seen, "connections")
