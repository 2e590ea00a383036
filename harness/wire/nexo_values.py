"""Amounts and times as nexo messages have them: JSON numbers, and texts in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation


def amount_text(value: object) -> str:
    """A JSON number as a decimal text with two places or more: 45.08 as "45.08", 7 as "7.00"; "" for no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    number = Decimal(str(value))
    if not number.is_finite() or not -18 <= number.adjusted() <= 18:
        return "0.00" if number.is_zero() else ""
    exponent = number.as_tuple().exponent
    return f"{number:.2f}" if isinstance(exponent, int) and exponent > -2 else f"{number:f}"


def same_amount(one: str, other: str) -> bool:
    """Whether two decimal texts are the same amount."""
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def stamp(seconds: float) -> str:
    """A TimeStamp: seconds since 1970 as `2030-01-02T03:04:05.000Z`."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> float | None:
    """A TimeStamp in seconds since 1970; None for what is no time, or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()
