"""What the clocks of the operators' load count, and the table and the last line that tell it."""

import json

import pytest

from benchmarks.console.book import Book
from benchmarks.console.report import count_lines, error_lines, last_line, table


@pytest.fixture
def book() -> Book:
    """Opens at 100 and closes at 200."""
    return Book(opens=100.0, closes=200.0)


def row(book: Book, clock: str) -> list[str]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table(book).splitlines()]
    return next(line for line in lines if line[0] == clock)


def test_a_reading_counts_when_its_clock_started_while_the_book_was_open(book):
    for began in (99.9, 100.0, 199.9, 200.0):
        book.add("save", began, began + 0.25)

    assert row(book, "save")[3] == "2"


def test_errors_count_always(book):
    book.error("save", "500")

    assert json.loads(last_line(book))["errors"] == 1
    assert error_lines(book) == ["ERROR save: 500 × 1"]


def test_a_call_pops_on_the_first_screen_and_on_each(book):
    book.shows(1, {7}, at=120.75)
    book.rang(7, at=120.0)  # its key was looked up after a screen had shown it
    book.shows(2, {7}, at=120.5)
    book.shows(2, {7}, at=121.5)

    book.read_pops(screens=2)

    assert book.seconds == {"pop": [0.5], "pop, each screen": [0.75, 0.5]}
    assert book.counts == {}


def test_a_screen_that_did_not_show_a_call_is_counted(book):
    book.rang(7, at=120.0)
    book.shows(1, {7}, at=120.5)

    book.read_pops(screens=2)

    assert count_lines(book) == ["calls that a screen did not show before they were taken: 1"]


def test_a_call_on_no_screen_is_an_error(book):
    book.rang(7, at=120.0)

    book.read_pops(screens=2)

    assert error_lines(book) == ["ERROR pop: on no screen within 5 s × 1"]


def test_the_last_line_holds_seconds_by_clock(book):
    for hundredth in range(1, 101):
        book.add("slots", 150.0, 150.0 + hundredth / 100)
    book.add("page", 150.0, 151.0)

    assert json.loads(last_line(book)) == {
        "pop": {"p50": None, "p95": None, "p99": None},
        "slots": {"p50": 0.5, "p95": 0.95, "p99": 0.99},
        "save": {"p50": None, "p95": None, "p99": None},
        "errors": 0,
    }


@pytest.mark.parametrize(
    ("seconds", "met"),
    [
        ([0.5] * 95 + [1.9] * 5, "yes"),
        ([0.5] * 94 + [1.1] * 6, "NO"),  # p95 above 1 s
        ([0.5] * 98 + [2.1] * 2, "NO"),  # p99 above 2 s
        ([], "NO"),  # nothing measured is nothing met
    ],
)
def test_a_clock_meets_its_bar_when_each_share_does(book, seconds, met):
    for each in seconds:
        book.add("save", 150.0, 150.0 + each)

    assert row(book, "save")[1:3] == ["order is sent", "redirect is read"]
    assert row(book, "save")[8:] == ["p95 ≤ 1 s, p99 ≤ 2 s", met]
