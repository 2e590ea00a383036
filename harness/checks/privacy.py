"""No card data in clear on an unencrypted line."""

from __future__ import annotations

from harness.checks import reading
from harness.checks.reading import decided
from harness.evidence.redact import card_numbers, masked_by_us, tracks
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import Response

SECRET_FIELDS = ("pin", "pinblock", "cvv", "cvv2", "cvc", "cvc2")
"""Names, folded, under which a response must hold no digits. An encrypted PIN has no business on this socket either."""


def no_card_data_in_clear(trace: Trace) -> Finding:
    """ECD-089: no full card number, track or PIN in any byte the terminal sends, not even split over segments.

    Judges a trace as recorded and a trace as written (redacted) alike. The finding never repeats the number."""
    expected = "no full card number, no track data and no PIN in clear"
    offences, seen = [], 0
    for line in reading.lines(trace):
        text = line.data.decode("latin-1")
        seen += bool(text)
        found = [*tracks(text), *card_numbers(text)]
        if found:
            what = "track data" if tracks(text) else "a full card number"
            offences.append((f"{what} in clear on line {line.number}", _at(line, found[0][0])))
        elif masked_by_us(text):
            offences.append((f"a full card number in clear on line {line.number}", _at(line, text.index("¤"))))
        offences += [
            (f"{name} holds digits", event)
            for event, body in line.of(Response)
            for name, value in body.document.fields.items()
            if name.casefold() in SECRET_FIELDS and any(sign.isdigit() for sign in value)
        ]
    return decided(expected, offences, seen, "lines with data")


def _at(line: reading.Line, offset: int) -> Event:
    """The event that brought the byte at an offset of all that came on a line."""
    end = 0
    for event in line.received:
        end += len(event.body.data)
        if offset < end:
            return event
    return line.opened
