"""What becomes of payments and terminals: as a case has scripted it, else as the document's own example goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fake_cloud.modulus import sayings
from fake_cloud.modulus.carried import Carried
from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.fleet import AWAITING, RUNNING, STATES, VOIDED, Terminal, Transaction
from fake_cloud.modulus.instructions import (
    Answers,
    Bend,
    Decide,
    Decision,
    Displace,
    End,
    Goes,
    Hear,
    Probe,
    Put,
    Refuse,
    Release,
    Say,
    Settle,
    Straighten,
    Unheard,
    Void,
)
from fake_cloud.order import Outcome, Reach
from harness.wire.endpoint import Listen, Noted, Output, Send
from harness.wire.modulus_schema import CONNECTED, DISCONNECTED, FAILED, OFFLINE, ONLINE, PENDING, RECONNECTING

if TYPE_CHECKING:
    from fake_cloud.modulus.gateway import Gateway
    from fake_cloud.modulus.sockets import Socket

PUSHED = {ONLINE: CONNECTED, RECONNECTING: RECONNECTING, OFFLINE: DISCONNECTED}
"""How a status of the list is called when it is pushed (M4)."""

LOST = Decision(
    FAILED, after=0.0, more={"errorCode": "TERMINAL_DISCONNECTED", "errorMessage": "Terminal did not return"}
)


class Steering:
    """The will of the case, and of the terminals."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._decisions: list[Decide] = []
        self._withheld: list[tuple[Transaction, Delivery]] = []
        self._carried = Carried()

    # ---- payments ----------------------------------------------------------------------------------------------------

    def ordered(self, order: Transaction, now: float) -> Iterator[Output]:
        """A payment was ordered: its terminal decides it, now that it is there and free."""
        if order.state != PENDING or order.queued:
            return
        if self._gateway.terms.exchange:
            yield from self._carried.carry(order)
        else:
            yield from self._decided_later(order, self._decision(), now)

    def _decision(self) -> Decision:
        """How the next payment is decided."""
        if not self._decisions:
            return Decision()
        script = self._decisions[0]
        if script.times is not None:
            self._decisions[0] = replace(script, times=script.times - 1)
            if script.times <= 1:
                del self._decisions[0]
        return script.decision

    def _decided_later(self, order: Transaction, decision: Decision, now: float) -> Iterator[Output]:
        after = self._gateway.terms.decided_after if decision.after is None else decision.after

        def decided(now: float) -> Iterator[Output]:
            if order.state in RUNNING and not order.result:
                yield from self._decided(order, decision, now)

        yield from self._gateway.later(f"decision {order.id}", now + after, decided)

    def _decided(self, order: Transaction, decision: Decision, now: float) -> Iterator[Output]:
        """The one place where the outcome of a payment at its terminal becomes known."""
        more = {
            "amount": order.amount,
            "currency": order.currency,
            "paymentMethod": order.method,
            "receiptData": f"receipt of {order.id}",
            **decision.more,
        }
        if order.metadata is not None:
            more["metadata"] = order.metadata
        order.result = sayings.response(order.id, decision.status, **more)
        order.state = STATES.get(decision.status, decision.status)
        if decision.withheld:
            self._withheld.append((order, decision.delivery))
        else:
            yield from self._told(order, decision.delivery, now)
        if (queued := self._gateway.fleet.next_queued(order.terminal)) is not None:
            queued.queued = False
            yield from self.ordered(queued, now)

    def _told(self, order: Transaction, delivery: Delivery, now: float) -> Iterator[Output]:
        yield from self._gateway.conclude(order, sayings.result(order.named, order.result), delivery, now)

    # ---- terminals ---------------------------------------------------------------------------------------------------

    def _goes(self, terminal: Terminal, status: str, now: float, *, told: bool = True) -> Iterator[Output]:
        came_back = status == ONLINE and terminal.status != ONLINE
        terminal.status = status
        terminal.connections += came_back
        grace = f"grace {terminal.device_id}"
        yield from self._gateway.never(grace)
        if status == RECONNECTING:
            yield from self._gateway.later(
                grace, now + self._gateway.terms.grace, lambda now: self._goes(terminal, OFFLINE, now)
            )
        if told:
            stamp = sayings.stamp(self._gateway.terms.epoch, now)
            said = sayings.status_update(
                terminal.device_id, terminal.connection_id, PUSHED[status], stamp, terminal.group
            )
            for socket in self._gateway.everyone():
                yield from self._gateway.push(socket, said, Answers.STATUS, now)
        yield from self._affected(terminal, now)

    def _affected(self, terminal: Terminal, now: float) -> Iterator[Output]:
        """A running payment stands still while its terminal is away, and is lost if that does not return."""
        carried = self._gateway.terms.exchange  # then nobody here knows what the terminal did
        orders = [order for order in self._gateway.fleet.transactions.values() if order.terminal is terminal]
        for order in orders:
            if terminal.status == RECONNECTING and order.runs and order.state == PENDING:
                order.state = AWAITING
                yield from self._gateway.never(f"decision {order.id}")
            elif terminal.status == ONLINE and order.state == AWAITING:
                order.state = PENDING
                yield from self.ordered(order, now)
            elif terminal.status == OFFLINE and order.state in RUNNING and not order.result and not carried:
                yield from self._gateway.never(f"decision {order.id}")
                yield from self._decided(order, LOST, now)

    # ---- what a case says --------------------------------------------------------------------------------------------

    def told(self, body: object, now: float) -> Iterator[Output]:
        gateway = self._gateway
        match body:
            case Bend():
                gateway.bends[body.answers] = body
            case Refuse():
                gateway.refusing = body
            case Straighten():
                gateway.bends.clear()
                gateway.refusing = None
                self._decisions.clear()
            case Decide():
                self._decisions.append(body)
            case Settle(decision, transaction_id):
                order = gateway.fleet.find(transaction_id)
                yield from self._decided(order, decision, now) if order else [Noted(0, Unheard("a result"))]
            case Release():
                withheld, self._withheld = self._withheld, []
                for order, delivery in withheld:
                    yield from self._told(order, delivery, now)
            case Void():
                yield from self._void(body, now)
            case Goes(terminal_id, status, told):
                yield from self._goes(gateway.fleet.known(terminal_id), status, now, told=told)
            case Outcome():
                if (found := self._carried.decided(body)) is not None:
                    yield from self._decided(*found, now)
            case Reach(terminal_id, online):
                status = ONLINE if online else RECONNECTING
                yield from self._goes(gateway.fleet.known(terminal_id), status, now)
            case Hear(at, hearing, identity):
                yield Listen(at, hearing, identity)
            case End(line=None) as end:
                for socket in list(gateway.sockets.values()):
                    yield from self._end(socket, end, now)
            case Say() | Put() | Probe() | Displace() | End():
                yield from self._on_a_line(body, now)

    def _void(self, void: Void, now: float) -> Iterator[Output]:
        order = self._gateway.fleet.find(void.transaction_id)
        if order is None:
            yield Noted(0, Unheard("a void"))
            return
        order.state = VOIDED
        stamp = sayings.stamp(self._gateway.terms.epoch, now)
        for socket in self._gateway.everyone():
            said = sayings.voided(order.named, order.id, void.reason, stamp)
            yield from self._gateway.push(socket, said, Answers.VOIDED, now)

    def _on_a_line(self, body: Say | Put | Probe | Displace | End, now: float) -> Iterator[Output]:
        socket = self._gateway.newest(body.line)
        if socket is None:
            yield Noted(0, Unheard(type(body).__name__))
            return
        match body:
            case Say(fields, delivery):
                yield from self._gateway.say(socket, fields, delivery, now)
            case Put(data):
                yield Send(socket.number, data)
            case Probe(payload):
                yield Send(socket.number, socket.server.ping(payload))
            case Displace(reason):
                yield from self._gateway.displace(socket, reason, now)
            case End():
                yield from self._end(socket, body, now)

    def _end(self, socket: Socket, end: End, now: float) -> Iterator[Output]:
        if end.then is Then.CLOSE and socket.server.open:
            yield from self._gateway.close(socket, end.code, end.reason, now)
        elif end.then is not Then.KEEP:
            yield from self._gateway.end(socket, end.then)
