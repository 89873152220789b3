"""The load itself: operators at their screens, calls that come whether or not anybody is free, and the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from queue import Queue
from threading import Event, Thread
from time import monotonic, sleep

from django.contrib.auth.models import User
from django.urls import reverse

from benchmarks.console.background import plan_all_the_time, report_all_the_time, tick
from benchmarks.console.book import SHOWN_WITHIN, Book
from benchmarks.console.browser import PATIENCE, log_in
from benchmarks.console.calls import Call, Ringing
from benchmarks.console.county import DAY, MORNING, County
from benchmarks.console.exchange import Exchange
from benchmarks.console.meter import Cost, Meter
from benchmarks.console.operators import PERIOD, Operator
from dispatch.demo.day import Clock
from dispatch.demo.live import at
from dispatch.demo.population import PASSWORD

WARM_UP = 40.0  # seconds that do not count: as long as a call lasts, so that as many operators are busy as later on
_EXCHANGE_LINES = 8  # hooks that may be on their way at the same time

Job = tuple[Callable[..., None], tuple[object, ...]]


def run_load(
    county: County,
    calls: Sequence[Call],
    *,
    port: int,
    minutes: float,
    simulated: Clock,
    parts: Mapping[str, int],
) -> tuple[Book, Cost]:
    """Let the calls come to the running product; what was measured after the warm-up, and what it cost.

    `parts` are the processes whose cores are told apart, by name.
    """
    sessions = [_session(name, port) for name in county.operators]
    administrator = _session("admin", port)
    dispatcher = User.objects.get(username="dispatcher")
    stop, ringing = Event(), Queue[Ringing | None]()
    began = monotonic()
    book = Book(opens=began + WARM_UP, closes=began + WARM_UP + 60 * minutes)
    exchange = Exchange(port, book, ringing)
    jobs: list[Job] = [
        (tick, (simulated, at(DAY, MORNING), stop)),
        (plan_all_the_time, (county.towns, county.tomorrow, dispatcher, book, stop)),
        (report_all_the_time, (county.last_month, administrator, port, book, stop)),
    ]
    for number, cookies in enumerate(sessions):
        operator = Operator(number, cookies, port=port, book=book, stop=stop)
        jobs.append((operator.watch, (began + PERIOD * number / len(sessions),)))
        jobs.append((operator.work, (ringing, exchange)))
    threads = [Thread(target=_to_the_end, args=(book, *job)) for job in jobs]
    try:
        for thread in threads:
            thread.start()
        with ThreadPoolExecutor(_EXCHANGE_LINES) as lines:
            early = sum(call.at < WARM_UP for call in calls)
            _let_come(calls[:early], began, exchange, lines, book)
            _sleep_until(book.opens)
            meter = Meter(parts)
            _let_come(calls[early:], began, exchange, lines, book)
            _sleep_until(book.closes)
            cost = meter.cost()
        _sleep_until(book.closes + SHOWN_WITHIN)
    finally:
        stop.set()
        for _session_to_end in sessions:
            ringing.put(None)
        for thread in threads:
            thread.join(PATIENCE)
    book.read_pops(screens=len(sessions))
    return book, cost


def _session(username: str, port: int) -> dict[str, str]:
    return log_in(port, address=reverse("login"), username=username, password=PASSWORD)


def _let_come(calls: Sequence[Call], began: float, exchange: Exchange, lines: Executor, book: Book) -> None:
    for call in calls:
        _sleep_until(began + call.at)
        lines.submit(_to_the_end, book, exchange.ring, (call,))


def _to_the_end(book: Book, job: Callable[..., None], given: tuple[object, ...]) -> None:
    """Do the job. A part of the load that breaks makes the product look faster than it is: that is an error, too."""
    try:
        job(*given)
    except Exception as error:
        book.error("load", f"{job.__qualname__} broke: {type(error).__name__}")
        raise


def _sleep_until(moment: float) -> None:
    sleep(max(0.0, moment - monotonic()))
