"""What else the two cores have to do meanwhile: plan one town after the other, and count a month over and over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import cycle
from threading import Event
from time import monotonic
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse

from benchmarks.console.book import Book
from benchmarks.console.browser import Line
from dispatch.demo.day import Clock
from dispatch.planning.models import PlanRun
from dispatch.planning.services.runs import request_plan
from people import clock
from people.errors import Conflict
from people.models import Town

_LOOK = 0.2  # seconds between two looks at a run
_UNDER_WAY = (PlanRun.Status.QUEUED, PlanRun.Status.SOLVING)


def plan_all_the_time(towns: Sequence[Town], day: date, dispatcher: User, book: Book, stop: Event) -> None:
    """Ask for a plan of one town's day; when the worker has solved it, of the next town's."""
    for town in cycle(towns):
        began = monotonic()
        try:
            run = request_plan(town=town, day=day, actor=dispatcher, now=clock.now())
        except Conflict as refusal:
            book.error("plan", str(refusal.code))
            continue
        while run.status in _UNDER_WAY:
            if stop.wait(_LOOK):
                connection.close()
                return
            run.refresh_from_db(fields=["status"])
        if run.status == PlanRun.Status.SOLVED:
            book.add("plan", began, monotonic())
        else:
            book.error("plan", run.status)


def report_all_the_time(month: date, cookies: dict[str, str], port: int, book: Book, stop: Event) -> None:
    """Ask for the month's page, then for its file, and again."""
    line = Line(port, cookies)
    query = urlencode({"month": f"{month:%Y-%m}"})
    for name in cycle(("counts", "counts-csv")):
        if stop.is_set():
            return
        reply = line.get(f"{reverse(name)}?{query}")
        if reply.status == 200:
            book.add("report", reply.began, reply.ended)
        else:
            book.error("report", str(reply.status or reply.text))


def tick(simulated: Clock, start: datetime, stop: Event) -> None:
    """Let the product's simulated clock go on as time does."""
    began = monotonic()
    while not stop.is_set():
        simulated.set(start + timedelta(seconds=monotonic() - began))
        stop.wait(_LOOK)
