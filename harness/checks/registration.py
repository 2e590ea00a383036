"""Rules about what a registration says of the terminal, and about what its answer opens and what it leaves shut."""

from __future__ import annotations

import re

from harness.checks import reading
from harness.checks.reading import BENCH, CLOUD, Times, decided, failed, shown, undecided, warned
from harness.evidence.bench import Journal, Mains
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import OK_REGISTRATION, REGISTRATION_ANSWERS, Command, Register, RegistrationAnswer
from harness.wire.endpoint import Send

NOT_RUN = ("Error", "Busy")
"""Results with which a terminal turns a command away; any other says that it worked on it."""

# ---- When it comes ---------------------------------------------------------------------------------------------------


def registers_after_power_on(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-040: each time the mains come, a registration follows within `within` seconds, its boot included.

    A start that was watched for less, or whose mains went before, is not judged. It counts from when the mains came,
    not from when a relay was told to give them."""
    expected = f"a registration within {within:g} s of each of at least {at_least} starts"
    starts = [event for event, body in trace.heard(BENCH, Mains) if body.on]
    cuts = [event for event, body in trace.heard(BENCH, Mains) if not body.on]
    sent = [event for event, _ in reading.registrations(trace)]
    offences, seen, times = [], 0, Times(trace)
    for start in starts:
        cut = next((cut for cut in cuts if cut.index > start.index), None)
        end = (len(trace), trace.end) if cut is None else (cut.index, cut.at)
        first = next((event for event in sent if start.index < event.index <= end[0]), None)
        taken = times.since(start, end[1] if first is None else first.at)
        if times.beyond(taken, within, start):
            offences.append((f"none {times.told(taken)} after the start at {start.at:.1f} s", start))
        elif first is not None:
            seen += 1
    if not offences and not times.close and seen < at_least:
        return undecided(expected, f"{seen} starts were followed by one")
    return decided(expected, offences, seen, "starts", times)


# ---- What it says ----------------------------------------------------------------------------------------------------


def has_every_field(trace: Trace, names: list[str]) -> Finding:
    """ECD-044, ECD-050: each registration has these fields, none of them empty. Letter case is judged elsewhere."""
    expected = f"{', '.join(names)} in each registration, none of them empty"
    offences = []
    for event, body in reading.registrations(trace):
        values = {name.casefold(): value for name, value in body.document.fields.items()}
        missing = [name for name in names if name.casefold() not in values]
        empty = [name for name in names if values.get(name.casefold(), "-").strip() == ""]
        if missing or empty:
            told = [f"without {', '.join(missing)}"] * bool(missing) + [f"with an empty {', '.join(empty)}"] * bool(
                empty
            )
            offences.append((" and ".join(told), event))
    return _of_registrations(expected, offences, trace)


def has_no_more_than(trace: Trace, names: list[str], extra_fields: str) -> Finding:
    """ECD-050, open point 6: fields beyond the documented `names`. `extra_fields`: `warn`, `allow` or `forbid`."""
    found = reading.registrations(trace)
    expected = f"no field besides {', '.join(names)}" + ("" if extra_fields == "forbid" else f" ({extra_fields})")
    known = {name.casefold() for name in names}
    strange = [
        (f"besides: {', '.join(extra)}", event)
        for event, body in found
        if (extra := [name for name in body.document.fields if name.casefold() not in known])
    ]
    if strange and extra_fields == "warn":
        return warned(expected, strange[0][0], [event for _, event in strange])
    return _of_registrations(expected, strange if extra_fields == "forbid" else [], trace)


def asks_for_acks_in_words(trace: Trace, values: list[str]) -> Finding:
    """ECD-050, open point 4: AckHeartbeat has one of these values. `""` among them allows it to be absent."""
    expected = f"AckHeartbeat is {' or '.join(map(repr, values))}"
    offences = [
        (f"AckHeartbeat is {value!r}" if value else "no AckHeartbeat", event)
        for event, body in reading.registrations(trace)
        if (value := body.document.fields.get("AckHeartbeat", "")) not in values
    ]
    return _of_registrations(expected, offences, trace)


def names_application_and_version(trace: Trace) -> Finding:
    """ECD-049: SoftwareVersion holds the name of a payment application and a version: `AcmeApp v3.4`.

    What is left without its numbers, and without words like `version` and `build`, must still have letters."""
    expected = "SoftwareVersion names the payment application and its version"
    offences = []
    for event, body in reading.registrations(trace):
        value = body.document.fields.get("SoftwareVersion", "")
        words = [word for word in re.findall(r"[^\W\d_]+", value) if word.casefold() not in _WORDS_OF_VERSIONS]
        lacking = [what for what, there in (("application", words), ("version", re.search(r"\d", value))) if not there]
        if lacking:
            offences.append((f"{shown(value)} names no {' and no '.join(lacking)}", event))
    return _of_registrations(expected, offences, trace)


_WORDS_OF_VERSIONS = {
    "v",
    "ver",
    "version",
    "r",
    "rel",
    "release",
    "b",
    "build",
    "rc",
    "beta",
    "alpha",
    "sw",
    "software",
}


def has_known_type(trace: Trace, types: list[str]) -> Finding:
    """ECD-058: TerminalType is one that the cloud knows. Whether a technician is told if not, an operator must see."""
    expected = f"TerminalType {' or '.join(map(repr, types))}, which the cloud knows"
    offences = [
        (f"TerminalType {value!r}", event)
        for event, body in reading.registrations(trace)
        if (value := body.document.fields.get("TerminalType", "")) not in types
    ]
    return _of_registrations(expected, offences, trace)


def id_is_stable(trace: Trace, at_least: int) -> Finding:
    """ECD-048: over restarts, reconnects and changes of endpoint each registration carries the same TerminalID."""
    expected = f"one and the same TerminalID in at least {at_least} registrations"
    found = reading.registrations(trace)
    if len(found) < at_least:
        return undecided(expected, f"{len(found)} registrations came")
    first = found[0][1].terminal_id
    offences = [
        (f"{body.terminal_id!r} on line {event.line}, before that {first!r}", event)
        for event, body in found
        if body.terminal_id != first
    ]
    return decided(expected, offences, len(found), "registrations")


def id_is_its_own(trace: Trace) -> Finding:
    """ECD-045: TerminalID could be this unit's alone: no placeholder, and nothing that the whole make shares.

    One unit cannot show that no other has the same; what can be seen is a value that surely is not unique."""
    expected = "a TerminalID of this unit: no placeholder, not its type, model or software"
    offences = []
    for event, body in reading.registrations(trace):
        value = body.terminal_id.strip()
        shared = [
            name
            for name in ("TerminalType", "TerminalModel", "SoftwareVersion")
            if value and body.document.fields.get(name, "").casefold() == value.casefold()
        ]
        if shared:
            offences.append((f"TerminalID {value!r} is the {shared[0]}", event))
        elif len(set(re.sub(r"[\W_]", "", value))) < 2 or value.casefold() in _PLACEHOLDERS:
            offences.append((f"TerminalID {value!r} is a placeholder", event))
    return _of_registrations(expected, offences, trace)


_PLACEHOLDERS = {"terminalid", "tid", "serial", "serialnumber", "unknown", "default", "none", "null", "test"}


def _of_registrations(expected: str, offences: list[tuple[str, Event]], trace: Trace) -> Finding:
    return decided(expected, offences, len(reading.registrations(trace)), "registrations")


# ---- What its answer opens -------------------------------------------------------------------------------------------


def answered_by_the_book(trace: Trace) -> Finding:
    """ECD-051: the cloud answers each registration once, with a documented text. Judges our own side."""
    expected = f"one of {', '.join(REGISTRATION_ANSWERS)} to each registration"
    offences, seen = [], 0
    for line in reading.lines(trace):
        asked, answers = line.of(Register), line.of(RegistrationAnswer)
        seen += len(asked)
        offences += [(f"the cloud said {shown(body.text)}", event) for event, body in answers
                     if body.text not in REGISTRATION_ANSWERS]  # fmt: skip
        sent = b"".join(event.body.data for event in trace if event.line == line.number and _is_sent(event))
        offences += [(f"{body.text} never left on line {line.number}", event) for event, body in answers
                     if body.text.encode() not in sent]  # fmt: skip
        if len(answers) != len(asked) and (line.closed is None or len(answers) > len(asked)):
            offences.append((f"{len(answers)} answers to {len(asked)} registrations", asked[0][0]))
    return decided(expected, offences, seen, "registrations")


def _is_sent(event: Event) -> bool:
    return event.source == CLOUD and isinstance(event.body, Send)


def runs_nothing_unregistered(trace: Trace) -> Finding:
    """ECD-052, ECD-053, ECD-055: no command is run on a line whose registration was not answered OK-REGISTRATION.

    A line counts as judged if a command went down on it, or if the terminal left it. An `Error` or `Busy` turns the
    command away; any other result, or a charge in the terminal's journal, says that it was run."""
    expected = f"a command is run only after {OK_REGISTRATION}, to the letter"
    charged = {body.reference: event for event, body in trace.heard(BENCH, Journal)}
    offences: list[tuple[str, Event]] = []
    seen = 0
    for line in reading.lines(trace):
        if not line.of(Register):
            continue
        said = [body.text for _, body in line.of(RegistrationAnswer)]
        answer = f"where the cloud had said {shown(said[0])}" if said else "where the registration had no answer"
        early = [
            (event, command)
            for event, command in line.of(Command)
            if line.registered is None or event.index < line.registered.index
        ]
        for event, command in early:
            order = f"{command.name} {command.ref_id}, sent on line {line.number} {answer}"
            came = [(at, body) for at, body in reading.responses(trace, command.ref_id) if at.index > event.index]
            offences += [(f"{body.result!r} to {order}", at) for at, body in came if body.result not in NOT_RUN]
            if not came and command.ref_id in charged:
                offences.append((f"a charge for {order}", charged[command.ref_id]))
        seen += bool(early) or (line.registered is None and line.closed_by_terminal)
    if not offences and not seen:
        return undecided(expected, "every line was registered before a command went down")
    return decided(expected, offences, seen, "lines that were not registered")


def comes_back_accepted(trace: Trace, within: float) -> Finding:
    """ECD-054, ECD-056: after its last failed or cut registration the terminal is accepted within `within` seconds."""
    expected = f"an accepted registration within {within:g} s of the last that came to nothing"
    vain = [line for line in reading.lines(trace) if line.of(Register) and line.registered is None]
    if not vain:
        return undecided(expected, "each registration was accepted")
    last = vain[-1].of(Register)[-1][0]
    accepted = [
        event
        for event, body in trace.heard(CLOUD, RegistrationAnswer)
        if body.text == OK_REGISTRATION and event.index > last.index
    ]
    times = Times(trace)
    taken = (accepted[0].at if accepted else trace.end) - last.at
    if times.beyond(taken, within, last):
        only = "only" if accepted else "none"
        return failed(expected, f"{only} after {times.told(taken)}", [last, *accepted[:1]])
    return decided(expected, [], len(accepted), "accepted registrations", times)
