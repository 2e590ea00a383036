"""The whole EPoS: a till that pays at the counter or at the table, as it is set up."""

from __future__ import annotations

from emulator.paymentsense.counter import Counter
from emulator.paymentsense.tables import Tables


class Epos(Tables, Counter):
    """The conformant EPoS, an `Endpoint`."""
