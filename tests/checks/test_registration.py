"""Registrations by hand: what is complete, what is stable, and what may be run on which answer."""

from __future__ import annotations

import pytest

from harness.checks import registration
from harness.evidence.bench import Journal, Mains
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding, Verdict
from harness.wire.econduit import Register, RegistrationAnswer
from harness.wire.endpoint import Opened, PeerClosed, Send
from tests.checks.traces import OK, command, document, register, response, trace

FIELDS = ["Command", "TerminalType", "TerminalModel", "TerminalID", "SoftwareVersion", "AckHeartbeat"]
PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL


def said(*registers: Register) -> Trace:
    """Registrations, each on a line of its own and accepted."""
    events: list[tuple[float, str, int, object]] = []
    for line, body in enumerate(registers, 1):
        events += [
            (line, "cloud", line, Opened(line, "primary")),
            (line, "cloud", line, body),
            (line, "cloud", line, Send(line, b"OK-REGISTRATION\x04\x04")),
            (line, "cloud", line, OK),
            (line + 0.5, "cloud", line, PeerClosed(line, reset=True)),
        ]
    return trace(*events)


def without(name: str) -> Register:
    fields = {key: value for key, value in register().document.fields.items() if key != name}
    return Register(document(**fields))


NOTHING = trace()

# ---- When it comes ---------------------------------------------------------------------------------------------------

ON, OFF = Mains(on=True), Mains(on=False)


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param([(0, ON), (5, register()), (9, OFF), (10, ON), (14, register())], PASS, "in 2 starts", id="both"),
        pytest.param([(0, ON), (5, register()), (9, OFF), (10, ON), (99, None)], FAIL, "none 89.0 s", id="never"),
        pytest.param([(0, ON), (5, register()), (9, OFF), (10, ON), (50, register())], FAIL, "none 40.0 s", id="late"),
        pytest.param(
            [(0, ON), (5, register()), (9, OFF), (10, ON), (12, None)], INCONC, "1 starts", id="watched-briefly"
        ),
        pytest.param([(0, ON), (5, OFF), (6, ON), (9, register())], INCONC, "1 starts", id="cut-early"),
    ],
)
def test_registers_after_power_on(happened: list, verdict: Verdict, actual: str) -> None:
    events = [(at, "bench" if isinstance(body, Mains) else "cloud", 0, body) for at, body in happened]
    finding = registration.registers_after_power_on(trace(*events), within=30.0, at_least=2)
    assert finding.verdict is verdict
    assert actual in finding.actual


# ---- What it says ----------------------------------------------------------------------------------------------------


def every_field(one: Trace) -> Finding:
    return registration.has_every_field(one, FIELDS)


def in_words(one: Trace) -> Finding:
    return registration.asks_for_acks_in_words(one, ["true", "false"])


def known(one: Trace) -> Finding:
    return registration.has_known_type(one, ["AcmePay"])


def stable(one: Trace) -> Finding:
    return registration.id_is_stable(one, at_least=2)


@pytest.mark.parametrize(
    ("check", "happened", "verdict", "actual"),
    [
        (every_field, said(register()), PASS, "so in 1 registrations"),
        (every_field, said(without("TerminalModel")), FAIL, "without TerminalModel"),
        (every_field, said(register(), register(TerminalID=" ")), FAIL, "with an empty TerminalID"),
        (every_field, said(Register(document(command="Register"))), FAIL, "without TerminalType, TerminalModel"),
        (every_field, NOTHING, INCONC, "no registrations"),
        (in_words, said(register(AckHeartbeat="false")), PASS, "1 registrations"),
        (in_words, said(register(AckHeartbeat="True")), FAIL, "AckHeartbeat is 'True'"),
        (in_words, said(without("AckHeartbeat")), FAIL, "no AckHeartbeat"),
        (in_words, NOTHING, INCONC, "no registrations"),
        (registration.names_application_and_version, said(register()), PASS, "1 registrations"),
        (registration.names_application_and_version, said(register(SoftwareVersion="AcmeApp3.4")), PASS, ""),
        (registration.names_application_and_version, said(register(SoftwareVersion="v3.4")), FAIL, "no application"),
        (registration.names_application_and_version, said(register(SoftwareVersion="Version 3 build 4")), FAIL,
         "names no application"),
        (registration.names_application_and_version, said(register(SoftwareVersion="AcmeApp")), FAIL, "no version"),
        (registration.names_application_and_version, said(register(SoftwareVersion="")), FAIL,
         "no application and no version"),
        (registration.names_application_and_version, NOTHING, INCONC, "no registrations"),
        (known, said(register()), PASS, "1 registrations"),
        (known, said(register(TerminalType="acmepay")), FAIL, "TerminalType 'acmepay'"),
        (known, NOTHING, INCONC, "no registrations"),
        (stable, said(register(), register()), PASS, "2 registrations"),
        (stable, said(register(), register(TerminalID="0011")), FAIL, "'0011' on line 2, before that '77001234'"),
        (stable, said(register()), INCONC, "1 registrations came"),
        (registration.id_is_its_own, said(register()), PASS, "1 registrations"),
        (registration.id_is_its_own, said(register(TerminalID="lane-7")), FAIL, "is the TerminalModel"),
        (registration.id_is_its_own, said(register(TerminalID="00000000")), FAIL, "a placeholder"),
        (registration.id_is_its_own, said(register(TerminalID="00:00:00:00:00:00")), FAIL, "a placeholder"),
        (registration.id_is_its_own, said(register(TerminalID="TID")), FAIL, "a placeholder"),
        (registration.id_is_its_own, NOTHING, INCONC, "no registrations"),
    ],
)  # fmt: skip
def test_what_it_says(check: object, happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = check(happened)  # type: ignore[operator]
    assert finding.verdict is verdict
    assert actual in finding.actual


@pytest.mark.parametrize(
    ("extra_fields", "verdict", "warning"), [("warn", PASS, True), ("allow", PASS, False), ("forbid", FAIL, False)]
)
def test_an_extra_field_is_read_as_the_profile_says(extra_fields: str, verdict: Verdict, warning: bool) -> None:
    finding = registration.has_no_more_than(said(register(Firmware="7")), FIELDS, extra_fields)
    assert (finding.verdict, finding.warning) == (verdict, warning)
    assert ("Firmware" in finding.actual) is (extra_fields != "allow")


def test_no_extra_field_is_nothing_to_tell() -> None:
    finding = registration.has_no_more_than(said(register(), register()), FIELDS, "warn")
    assert finding.verdict is PASS
    assert not finding.warning
    assert registration.has_no_more_than(NOTHING, FIELDS, "warn").verdict is INCONC


# ---- What its answer opens -------------------------------------------------------------------------------------------


def answered(answer: RegistrationAnswer | None, *then: tuple[float, str, object], line: int = 1) -> list:
    """A line with a registration, its answer, and what came of it."""
    texts = [answer] if answer is not None else []
    return [
        (0.0, "cloud", line, Opened(line, "primary")),
        (0.0, "cloud", line, register()),
        *((0.1, "cloud", line, Send(line, body.text.encode() + b"\x04\x04")) for body in texts),
        *((0.1, "cloud", line, body) for body in texts),
        *((at, source, line if source == "cloud" else 0, body) for at, source, body in then),
    ]


FAILED, ALMOST = RegistrationAnswer("FAILED-REGISTRATION"), RegistrationAnswer("ok-registration")
SALE = (1.0, "cloud", command("A"))
APPROVED, DECLINED = (2.0, "cloud", response("A")), (2.0, "cloud", response("A", "Declined"))
CHARGED = (2.0, "bench", Journal("A", "X1"))
LEFT = (2.0, "cloud", PeerClosed(1, reset=False))


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param(answered(OK), PASS, "1 registrations", id="OK"),
        pytest.param(answered(FAILED), PASS, "1 registrations", id="FAILED"),
        pytest.param(answered(None, LEFT), PASS, "1 registrations", id="line-ended-first"),
        pytest.param(answered(ALMOST), FAIL, "the cloud said 'ok-registration'", id="undocumented"),
        pytest.param(answered(None), FAIL, "0 answers to 1 registrations", id="unanswered"),
        pytest.param(answered(OK, (1.0, "cloud", OK)), FAIL, "2 answers to 1", id="twice"),
        pytest.param(
            [event for event in answered(OK) if not isinstance(event[3], Send)], FAIL, "never left", id="kept"
        ),
        pytest.param([], INCONC, "no registrations", id="nothing"),
    ],
)
def test_answered_by_the_book(happened: list, verdict: Verdict, actual: str) -> None:
    finding = registration.answered_by_the_book(trace(*happened))
    assert finding.verdict is verdict
    assert actual in finding.actual


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param(answered(FAILED, SALE, LEFT), PASS, "1 lines", id="not-run"),
        pytest.param(answered(FAILED, LEFT), PASS, "1 lines", id="line-left"),
        pytest.param(answered(ALMOST, SALE, (2.0, "cloud", response("A", "Error"))), PASS, "1 lines", id="turned-away"),
        pytest.param(answered(ALMOST, SALE, APPROVED), FAIL,
                     "'Approved' to Sale A, sent on line 1 where the cloud had said 'ok-registration'", id="approved"),
        pytest.param(answered(FAILED, SALE, DECLINED), FAIL, "'Declined'", id="declined"),
        pytest.param(answered(None, SALE, APPROVED), FAIL, "had no answer", id="before-the-answer"),
        pytest.param(answered(FAILED, SALE, CHARGED), FAIL, "a charge for Sale A", id="charged"),
        pytest.param(answered(OK, SALE, APPROVED), INCONC, "every line was registered", id="accepted"),
        pytest.param([], INCONC, "every line", id="nothing"),
    ],
)  # fmt: skip
def test_runs_nothing_unregistered(happened: list, verdict: Verdict, actual: str) -> None:
    finding = registration.runs_nothing_unregistered(trace(*happened))
    assert finding.verdict is verdict
    assert actual in finding.actual


@pytest.mark.parametrize(
    ("accepted_at", "verdict", "actual"),
    [(9.0, PASS, "1 accepted"), (90.0, FAIL, "only after 90.0 s"), (None, FAIL, "none after 99.0 s")],
)
def test_comes_back_accepted(accepted_at: float | None, verdict: Verdict, actual: str) -> None:
    events = answered(FAILED, LEFT)
    if accepted_at is not None:
        events += [(accepted_at, "cloud", 2, body) for body in (Opened(2, "primary"), register(), OK)]
    finding = registration.comes_back_accepted(trace(*events, (99.0, "case", 0, None)), within=60.0)
    assert finding.verdict is verdict
    assert actual in finding.actual


def test_comes_back_accepted_needs_a_failure() -> None:
    assert registration.comes_back_accepted(trace(*answered(OK)), within=60.0).verdict is INCONC
