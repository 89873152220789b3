"""The phones' benchmark counts what it says, and loads the day that it asks for."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.carers_api.county import load
from benchmarks.carers_api.drive import Task, Times, drive
from benchmarks.commands.api import report
from dispatch.visits.models import Assignment
from orders.models import Visit
from people import clock


def test_the_last_line_is_json_in_seconds() -> None:
    times = Times(day=[0.010] * 94 + [0.090] * 6, bare=[0.002] * 100, day_bytes=3_000, errors=2)

    table, words, last = report(times)

    assert json.loads(last) == {
        "day": {"p50": 0.01, "p95": 0.09},
        "bare": {"p50": 0.002, "p95": 0.002},
        "errors": 2,
    }
    assert "| day" in table
    assert "5.0 times" in words


@pytest.mark.django_db
def test_every_visit_of_the_day_is_promised_to_a_carer_who_has_time() -> None:
    tokens = load(carers=16, visits=32, seed=0)

    work = list(Assignment.objects.order_by("carer", "planned_start"))
    assert Visit.objects.count() == len(work)
    assert set(Visit.objects.values_list("status", flat=True)) == {"reserved"}
    assert len(tokens) == len({part.carer_id for part in work})
    for before, after in pairwise(work):
        if before.carer_id == after.carer_id:
            assert after.planned_start - before.planned_start == timedelta(minutes=110)
    assert {clock.local_date(part.planned_start) for part in work} == {clock.local_date(clock.now())}


@pytest.mark.django_db(transaction=True)
def test_what_is_no_answer_is_an_error(live_server: Any) -> None:
    task = Task(port=live_server.thread.port, tokens=["no such token"], rate=5, seconds=0.4, warm_up=0)

    times = drive(task)

    assert (times.day, times.bare, times.errors) == ([], [], 4)
