"""Rules that hold in every trace, whatever the case is about."""

from __future__ import annotations

from harness.checks import reading
from harness.checks.lines import excused
from harness.checks.reading import CLOUD, decided, failed, passed, shown
from harness.evidence.bench import Exited, FaultEnded, Mains, Overrun, Provisioned, Unreadable, Witnessed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import Command, FromTerminal, Heartbeat, Nonsense, Register, Response, Strange
from harness.wire.endpoint import Close, Opened
from harness.wire.framing import Malformed
from harness.wire.strict_json import Document

PREAMBLES = {
    b"\x16\x03": "a TLS handshake",
    b"GET ": "an HTTP request",
    b"POST ": "an HTTP request",
    b"CONNECT ": "an HTTP request",
    b"PUT ": "an HTTP request",
    b"PRI * HTTP": "an HTTP/2 preface",
}
"""How the lines begin that are no plain eConduit line."""


def messages_are_json(trace: Trace) -> Finding:
    """ECD-009: each body is valid JSON; where a body is none, the finding says what came and why it is none."""
    expected = "every body is valid JSON: straight quotes, braces, no comments"
    offences = [
        (f"{body.why}: {shown(body.raw)}" + (f" of {body.size} bytes" if body.size > len(body.raw) else ""), event)
        for event, body in trace.heard(CLOUD, Malformed)
    ]
    offences += [(f"{body.size} bytes came on line {body.line}; the harness ended it", event)
                 for event, body in trace.heard(CLOUD, Overrun)]  # fmt: skip
    return decided(expected, offences, len(_documents(trace)), "messages")


def _documents(trace: Trace) -> list[tuple[Event, Document]]:
    """The JSON documents that the terminal sent."""
    found = trace.heard(CLOUD, Register, Response, Strange, Heartbeat)
    return [(event, body.document) for event, body in found if body.document is not None]


def values_quoted(trace: Trace) -> Finding:
    """ECD-008: every name and every value stands in quotation marks; a JSON true or 12.40 does not."""
    offences = [
        (f"{name} is {document.fields[name]} without quotation marks", event)
        for event, document in _documents(trace)
        for name in document.unquoted
    ]
    return decided("every value is wrapped in quotation marks", offences, len(_documents(trace)), "messages")


def names_in_documented_case(trace: Trace, names: list[str], values: dict[str, list[str]]) -> Finding:
    """ECD-007: documented names and documented values stand in the documented letter case.

    `names`: the documented field names; `values`: by field, the values that have a documented spelling."""
    spelled = {name.casefold(): name for name in names}
    offences: list[tuple[str, Event]] = []
    for event, document in _documents(trace):
        for name, value in document.fields.items():
            documented = spelled.get(name.casefold(), name)
            if name != documented:
                offences.append((f"the name {name} in place of {documented}", event))
            known = {value.casefold(): value for value in values.get(documented, ())}
            if value != known.get(value.casefold(), value):
                offences.append((f'"{name}":"{value}" in place of "{known[value.casefold()]}"', event))
    return decided("names and values stand in the documented letter case", offences, len(_documents(trace)), "messages")


def no_byte_order_mark(trace: Trace) -> Finding:
    """ECD-010: ASCII or UTF-8 without a byte-order mark. The document only implies it: a breach is a warning."""
    expected = "ASCII or UTF-8 without a byte-order mark"
    offences = [event for event, document in _documents(trace) if document.blemishes]
    if offences:
        blemishes = sorted({blemish for _, document in _documents(trace) for blemish in document.blemishes})
        return reading.warned(expected, f"{len(offences)} messages: one {', one '.join(blemishes)}", offences)
    return decided(expected, [], len(_documents(trace)), "messages")


def plain_tcp(trace: Trace) -> Finding:
    """ECD-021: no TLS, HTTP or WebSocket preamble on any line."""
    lines = [line for line in reading.lines(trace) if line.received]
    offences = [
        (f"line {line.number} begins with {what}", line.received[0])
        for line in lines
        for preamble, what in PREAMBLES.items()
        if line.data.startswith(preamble)
    ]
    return decided("plain TCP from the first byte", offences, len(lines), "lines with data")


def nothing_unasked(trace: Trace) -> Finding:
    """ECD-082, ECD-064: every response answers a command, and nothing comes that is no message of the protocol.

    What the harness sent in place of a command may be answered with an error (ECD-088)."""
    expected = "only registrations, heartbeats, and responses to commands"
    asked = {body.ref_id for _, body in trace.heard(CLOUD, Command)}
    offences = [(f"no message of the protocol: {shown(str(body.document.fields))}", event)
                for event, body in trace.heard(CLOUD, Strange)]  # fmt: skip
    # A response with a damaged reference while a command waits for its answer is the business of `echoes_reference`.
    answered: set[str] = set()
    waiting = puzzled = 0
    for event, body in trace.heard(CLOUD, Command, Nonsense, Response):
        if isinstance(body, Nonsense):
            puzzled += 1
        elif isinstance(body, Command):
            waiting += 1
        elif body.ref_id in asked:
            answered.add(body.ref_id)
            waiting = max(0, waiting - 1)
        elif puzzled and body.result == "Error":
            puzzled -= 1
        elif waiting == 0:
            offences.append((f"a response to no command: {shown(str(body.document.fields))}", event))
    return decided(expected, offences, len(_documents(trace)), "messages")


def one_live_line(trace: Trace) -> Finding:
    """ECD-034: when a terminal registers on a new line it has closed the old one.

    Not so if it lost its mains in between: the cloud may not know it yet, but that line has nobody at its other end.
    Nor if a harm to the wire may have swallowed the end of the old line, unless the terminal speaks on it again; nor if
    the terminal's stack was seen to end it."""
    expected = "at most one live line for a TerminalID"
    lines, harms = reading.lines(trace), reading.harms(trace)
    dark = reading.without_power(trace)
    offences, seen = [], 0
    for line in lines:
        for event, register in line.of(Register)[:1]:
            seen += 1
            offences += [
                (f"registered on line {line.number} while line {old.number} was up", event)
                for old in lines
                if old.number < line.number
                and _lived_beside(old, event, dark)
                and _same_terminal(old, register)
                and not _left(trace, old, event, harms)
            ]
    return decided(expected, offences, seen, "registrations")


def _lived_beside(old: reading.Line, event: Event, dark: list[tuple[float, float]]) -> bool:
    if any(old.opened.at <= since <= event.at for since, _ in dark):
        return False
    # The cloud closes the older line *because* the newer one registers: by index that comes after the registration.
    return old.closed is None or old.closed.index > event.index


def _left(trace: Trace, old: reading.Line, event: Event, harms: list[reading.Harm]) -> bool:
    """Whether the terminal had left a line of which the cloud did not know so when it registered on another."""
    end = reading.parted(trace, old.number)
    if end is not None and end.at <= event.at:
        return True
    spoke = any(said.index > event.index and isinstance(said.body, FromTerminal | Malformed) for said in old.messages)
    return not spoke and any(harm.touches(old.opened.at, event.at) for harm in harms)


def _same_terminal(line: reading.Line, register: Register) -> bool:
    mine = [body.terminal_id for _, body in line.of(Register)]
    return not mine or register.terminal_id in mine


def no_strangers_dialled(trace: Trace, first: dict[str, str]) -> Finding:
    """ECD-026: only the endpoints that the terminal is provisioned with are dialled.

    `first`: the listener by setting (`primary`, `secondary`) before anything was provisioned in the trace. Endpoints
    that are provisioned may be dialled at once, and those they replace until the next start."""
    told, replaced = dict(first), set[str]()
    offences: list[tuple[str, Event]] = []
    for event in trace:
        match event.body:
            case Provisioned(settings):
                replaced |= set(told.values())
                told |= {name: to for name, to in settings.items() if name in told}
            case Mains(on=True):
                replaced.clear()
            case Opened(line, to) if event.source == CLOUD and to not in {*told.values(), *replaced}:
                offences.append((f"line {line} came to the {to}", event))
            case _:
                pass
    expected = f"dials only the endpoints it is provisioned with, at last {' and '.join(told.values())}"
    return decided(expected, offences, len(reading.lines(trace)), "lines")


def keeps_running(trace: Trace, source: str = reading.BENCH) -> Finding:
    """ECD-032: the terminal runs unattended; a program that ends by itself has not. `source`: that of the program."""
    expected = "runs until its mains are cut"
    for event, body in trace.heard(source, Exited):
        return failed(expected, f"ended by itself with code {body.code}: {body.stderr[-300:]}", [event])
    return passed(expected, "it did")


def screen_channel_readable(trace: Trace, source: str = reading.BENCH) -> Finding:
    """What the DUT writes on its screen channel is a screen; anything else leaves display findings undecided."""
    expected = "JSON lines with a screen"
    for event, body in trace.heard(source, Unreadable):
        return reading.undecided(expected, f"came {body.text!r}", [event])
    return passed(expected, "so it was")


def stays_open(trace: Trace, ack_within: float) -> Finding:
    """ECD-022: the terminal does not end a registered line by itself.

    What excuses it is told by `lines.excused`; `ack_within`: seconds after which a missing ack does."""
    expected = "a registered line is never ended by the terminal while the cloud keeps it"
    dark, harms = reading.without_power(trace), reading.harms(trace)
    offences, seen = [], 0
    for line in reading.lines(trace):
        if line.registered is None:
            continue
        seen += 1
        if line.closed is None or isinstance(line.closed.body, Close):
            continue
        closed = line.closed
        if excused(line, dark, ack_within, harms):
            continue
        messages = [event for event in line.messages if isinstance(event.body, FromTerminal | Malformed)]
        last = messages[-1] if messages else line.opened
        after = f"{closed.at - last.at:.1f} s after its last message, a {type(last.body).__name__}"
        offences.append((f"line {line.number} was ended by the terminal {after}", closed))
    return decided(expected, offences, seen, "registered lines")


def faults_took_hold(trace: Trace) -> Finding:
    """A fault that bit nothing proves nothing: the case is INCONC, whatever the DUT did."""
    expected = "each fault took hold at least once"
    ended = trace.heard("nemesis", FaultEnded)
    idle = [event for event, body in ended if not body.bites]
    if idle:
        return reading.undecided(expected, f"{', '.join(event.body.fault for event in idle)}: no bite", idle)
    return passed(expected, f"{len(ended)} faults, {sum(body.bites for _, body in ended)} bites")


def harm_was_witnessed(trace: Trace) -> Finding:
    """A harm to the wire counts only if a witness that does not ask the injector saw it, and saw it end in time.

    What a contact did without a wire's help has no such witness: `mains.cable_really_went` judges it."""
    expected = "each harm to the wire was seen while it lasted, and not afterwards"
    harms = reading.harms(trace)
    seen = trace.heard("witness", Witnessed)
    words = {body.fault for _, body in seen}
    doubts = [(f"{harm.fault}: nobody witnessed it", harm.began)
              for harm in harms if harm.fault not in words and not reading.unplugged(trace, harm)]  # fmt: skip
    for event, body in seen:
        if not body.signs:
            doubts.append((f"{body.fault}: no sign of it in the {body.witness}", event))
        elif body.lingering:
            doubts.append((f"{body.fault}: {body.lingering} signs of it after its end in the {body.witness}", event))
    if doubts:
        return reading.undecided(expected, "; ".join(text for text, _ in doubts), [event for _, event in doubts])
    return passed(expected, f"{len(harms)} harms, {sum(body.signs for _, body in seen)} signs")
