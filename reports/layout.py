"""Text for a terminal: named fields in columns, cut or wrapped, and nothing in it that could speak to the terminal."""

from __future__ import annotations

import textwrap

WIDTH = 118


def field(name: str, text: str, column: int = 12) -> list[str]:
    """A named text over as many lines as it takes, beginning in one column."""
    indent = f"  {name}".ljust(column)
    text = printable(text) or "-"
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=" " * column, break_on_hyphens=False)


def counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "none"


def cut(text: str, columns: int) -> str:
    text = printable(text)
    return text if len(text) <= columns else text[: columns - 1].rstrip() + "…"


def printable(text: str) -> str:
    """What a DUT said may stand in a finding: it must not be able to speak to the reader's terminal."""
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\x{ord(c):02x}" for c in text)
