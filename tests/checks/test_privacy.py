"""The rule about card data, on traces of a few lines."""

from __future__ import annotations

import pytest

from harness.checks.privacy import no_card_data_in_clear
from harness.evidence.redact import redact_bytes
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Opened, Received
from tests.checks.traces import response, trace

PAN = "4761739001010119"


def came(*pieces):
    return trace(
        (0.0, "cloud", 1, Opened(1, "primary")),
        *((1.0 + number, "cloud", 1, Received(1, piece)) for number, piece in enumerate(pieces)),
    )


DIRTY = {
    "whole": [f'{{"CardBin":"{PAN}"}}'.encode()],
    "in groups": [b'{"receiptTerminal":"VISA 4761 7390 0101 0119"}'],
    "split over segments": [b'{"CardBin":"476173', b"9001", b'010119"}\x04\x04'],
    "a track 2": [f'{{"Track2":";{PAN}=30122010000000000000?"}}'.encode()],
    "a track 1": [f'{{"Track1":"%B{PAN}^CARD/TEST^30122010000?"}}'.encode()],
}


@pytest.mark.parametrize("pieces", DIRTY.values(), ids=DIRTY)
def test_card_data_in_clear_fails(pieces):
    finding = no_card_data_in_clear(came(*pieces))
    assert finding.verdict is Verdict.FAIL
    assert "clear on line 1" in finding.actual
    assert "9001" not in finding.actual
    assert finding.evidence == (1,)


@pytest.mark.parametrize("pieces", DIRTY.values(), ids=DIRTY)
def test_written_trace_is_judged_alike(pieces):
    assert no_card_data_in_clear(came(redact_bytes(b"".join(pieces)))).verdict is Verdict.FAIL


@pytest.mark.parametrize("clean", [
    b'{"CardBin":"476173","Last4":"0119"}', b'{"PAN":"476173******0119"}', b'{"Time":"1753776000123"}',
])  # fmt: skip
def test_masked_card_data_pass(clean):
    assert no_card_data_in_clear(came(clean)).verdict is Verdict.PASS


def test_pin_in_a_response_fails():
    finding = no_card_data_in_clear(trace(
        (0.0, "cloud", 1, Opened(1, "primary")),
        (1.0, "cloud", 1, response("Ref-1", Pin="1234")),
    ))  # fmt: skip
    assert finding.verdict is Verdict.FAIL
    assert finding.actual == "Pin holds digits"


def test_nothing_received_is_undecided():
    assert no_card_data_in_clear(came()).verdict is Verdict.INCONC
