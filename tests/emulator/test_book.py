"""The book tells what is news, once, and finds everything again after a restart."""

from __future__ import annotations

import pytest

from emulator.book import Book, Display
from harness.evidence.bench import Booked, Screen


def told(notes):
    return [note.body for note in notes]


def test_a_sale_is_told_when_it_begins_and_each_time_it_comes_to_stand_otherwise():
    book = Book({})
    assert told(book.open("A", "12.40", "TERM-001")) == [Booked("A", "open")]
    assert told(book.turn("A", "pending")) == [Booked("A", "pending")]
    assert told(book.turn("A", "paid", "12.40")) == [Booked("A", "paid", "12.40")]


def test_what_the_book_knows_already_is_no_news():
    book = Book({})
    told(book.open("A", "12.40"))
    told(book.turn("A", "paid", "12.40"))
    assert told(book.turn("A", "paid", "12.40")) == []


def test_a_book_survives_its_pos():
    storage: dict[str, str] = {"theme": "dark"}
    told(Book(storage).open("A", "12.40", "TERM-001", request="7"))
    told(Book(storage).turn("A", "unknown"))
    sale = Book(storage).find("A")
    assert (sale.amount, sale.terminal, sale.state, sale.memo) == ("12.40", "TERM-001", "unknown", {"request": "7"})


def test_sales_are_listed_in_the_order_in_which_they_began():
    book = Book({})
    for reference in ("C", "A", "B"):
        told(book.open(reference, "1.00"))
    told(book.turn("A", "paid", "1.00"))
    assert [sale.reference for sale in book.sales()] == ["C", "A", "B"]
    assert [sale.reference for sale in book.sales("open", "pending")] == ["C", "B"]


def test_a_reference_is_used_once_and_only_what_was_entered_can_turn():
    book = Book({})
    told(book.open("A", "1.00"))
    with pytest.raises(KeyError, match="already"):
        told(book.open("A", "2.00"))
    with pytest.raises(KeyError, match="no sale 'B'"):
        told(book.turn("B", "paid"))
    with pytest.raises(ValueError, match="no state"):
        told(book.turn("A", "happy"))
    assert book.find("B") is None


def test_a_display_tells_what_was_not_there_before():
    display = Display()
    assert told(display.show("Ready", "white")) == [Screen("Ready", "white")]
    assert told(display.show("Ready", "white")) == []
    assert told(display.show("Ready")) == [Screen("Ready")]
