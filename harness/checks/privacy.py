"""No card data in clear on an unencrypted line."""

from __future__ import annotations

import re

from harness.checks import reading
from harness.checks.reading import decided
from harness.evidence.redact import card_numbers, masked_by_us
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding

_TRACK = re.compile(r"[%;][A-Z]?\d{6}[\d¤]{3,9}\d{4}(?:\^[^?]*|=\d*)\?")


def no_card_data_in_clear(trace: Trace) -> Finding:
    """ECD-089: no full card number or track in any byte the terminal sends, not even split over segments.

    Judges a trace as recorded and a trace as written (redacted) alike. The finding never repeats the number."""
    expected = "no full card number and no track data in clear"
    offences, seen = [], 0
    for line in reading.lines(trace):
        text = line.data.decode("latin-1")
        seen += bool(text)
        spans = card_numbers(text)
        if spans or masked_by_us(text) or _TRACK.search(text):
            start = spans[0][0] if spans else 0
            offset, place = 0, line.received[0]
            for event in line.received:
                if offset <= start:
                    place = event
                offset += len(event.body.data)
            offences.append((f"a card number in clear on line {line.number}", place))
    return decided(expected, offences, seen, "lines with data")
