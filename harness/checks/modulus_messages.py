"""Rules about how a POS bears what the Modulus gateway sends: sense, nonsense, pings, and a displacement."""

from __future__ import annotations

from harness.checks.modulus_payments import BENCH, GATEWAY, REQUESTS
from harness.checks.reading import Times, decided
from harness.evidence.bench import Exited, FaultBegan, Mains, Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import modulus
from harness.wire.endpoint import Close, Opened, PeerClosed, Send
from harness.wire.modulus import Action, ForceDisconnect, Injected, Payment, PaymentComplete
from harness.wire.websocket_frames import Closing, Pong

_PING, _CLOSE = b"\x89", b"\x88"
"""The first byte of a control ping and of a close frame: last fragment, opcodes 9 and 8 (RFC 6455, section 5.2)."""


def strange(trace: Trace) -> list[Event]:
    """What the gateway sent that is no message of it, or not as documented."""
    sent = trace.heard(GATEWAY, Injected, Action)
    return [event for event, body in sent if isinstance(body, Injected) or (type(body) in _SENT and body.faults)]


_SENT = tuple(modulus.TO_POS.values())


def bears_what_is_strange(trace: Trace, within: float) -> Finding:
    """MOD-071, MOD-072, MOD-073: after a message that makes no sense the POS keeps its connection, and is heard on it
    again within `within` seconds."""
    expected = f"the connection is kept, and something said on it within {within:g} s"
    offences, seen, times = [], 0, Times(trace)
    for event in strange(trace):
        after = trace.events[event.index + 1 :]
        sign = next((one for one in after if _speaks(one, event.line) or _ends(one, event.line)), None)
        excuse = next((one for one in after if _excuses(one, event.line)), None)
        if excuse is not None and (sign is None or excuse.index < sign.index):
            continue
        if sign is not None and _ends(sign, event.line):
            offences.append((f"the POS ended after {times.told(sign.at - event.at)}", sign))
        elif sign is not None:
            seen += 1
        elif times.beyond(trace.end - event.at, within, event):
            offences.append((f"nothing more was heard in {times.told(trace.end - event.at)}", event))
    return decided(expected, offences, seen, "strange messages", times)


def _speaks(event: Event, line: int) -> bool:
    return event.source == GATEWAY and event.line == line and isinstance(event.body, REQUESTS)


def _ends(event: Event, line: int) -> bool:
    """The POS ends its line, or by itself."""
    own = event.source == GATEWAY and event.line == line and isinstance(event.body, PeerClosed | Closing)
    return own or isinstance(event.body, Exited)


def _excuses(event: Event, line: int) -> bool:
    """Somebody else ends the line, or has the POS end it."""
    match event.body:
        case Close(number) if event.source == GATEWAY:
            return number == line
        case Send(number, data) if event.source == GATEWAY:
            return number == line and data[:1] == _CLOSE
        case ForceDisconnect():
            return event.line == line
        case Mains(on=False) | Pressed(key="quit") | FaultBegan():
            return True
    return False


def answers_pings_while_it_pays(trace: Trace, within: float) -> Finding:
    """MOD-078: a control ping of the gateway that comes while a payment runs is answered within `within` seconds."""
    expected = f"a pong within {within:g} s, also while a payment runs"
    running: set[str] = set()
    offences, seen, times = [], 0, Times(trace)
    pongs = trace.heard(GATEWAY, Pong)
    for event in trace:
        if event.source != GATEWAY:
            continue
        match event.body:
            case Payment(transaction_id=transaction):
                running.add(transaction)
            case PaymentComplete(transaction_id=transaction):
                running.discard(transaction)
            case Send(line, data) if running and data[:1] == _PING:
                answer = next((one for one, pong in pongs if one.index > event.index and one.line == line
                               and pong.payload == data[2:]), None)  # fmt: skip
                waited = (answer.at if answer is not None else trace.end) - event.at
                late = times.beyond(waited, within, event)
                if late:
                    offences.append((f"{'the pong' if answer else 'no pong'} in {times.told(waited)}", event))
                seen += answer is not None or late
    return decided(expected, offences, seen, "pings", times)


def stays_away(trace: Trace, at_least: float) -> Finding:
    """MOD-077: displaced, the POS dials no sooner than after `at_least` seconds, unless its user said `connect` or
    started it anew."""
    expected = f"no new connection within {at_least:g} s of a forceDisconnect"
    offences, seen, times = [], 0, Times(trace)
    asked = [
        event
        for event, body in trace.heard(BENCH, Pressed, Mains)
        if (body.on if isinstance(body, Mains) else body.key == "connect")
    ]
    dials = [event for event, body in trace.heard(GATEWAY, Opened) if body.to != "api"]
    for event, _ in trace.heard(GATEWAY, ForceDisconnect):
        until = next((one.index for one in asked if one.index > event.index), len(trace))
        back = next((one for one in dials if event.index < one.index < until), None)
        waited = (back.at if back is not None else trace.end) - event.at
        early = back is not None and times.short(waited, at_least, back)
        if back is not None and early:
            offences.append((f"back after {times.told(waited)}", back))
        seen += early or waited >= at_least
    return decided(expected, offences, seen, "displacements", times)
