"""Many statuses at once: the same table of moves, one event row each, and all or none."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from dispatch.planning.models import PlanRun, PlanRunEvent
from people.errors import LostRace, WrongState
from people.transitions import move_all, record_births
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def make_runs(cast: Cast, *statuses: str) -> list[PlanRun]:
    return [
        PlanRun.objects.create(town=cast.gaogou, day=date(2026, 3, day), status=status, requested_at=NOW)
        for day, status in enumerate(statuses, start=1)
    ]


def test_each_row_moves_from_where_it_is_with_one_event(cast: Cast, django_assert_num_queries: Any) -> None:
    runs = make_runs(cast, "queued", "queued", "solved")

    with django_assert_num_queries(4):  # one change and its events for each of two statuses
        move_all(runs, PlanRun.Status.DISCARDED, actor=cast.dispatcher, now=NOW, reason="重算")

    assert [run.status for run in runs] == ["discarded"] * 3
    assert set(PlanRun.objects.values_list("status", flat=True)) == {"discarded"}
    rows = PlanRunEvent.objects.order_by("subject").values_list("subject", "old", "new", "reason", "actor")
    assert list(rows) == [
        (run.pk, old, "discarded", "重算", cast.dispatcher.pk)
        for run, old in zip(runs, ["queued", "queued", "solved"], strict=True)
    ]


def test_one_row_that_a_rival_moved_stops_all(cast: Cast) -> None:
    runs = make_runs(cast, "queued", "queued")
    PlanRun.objects.filter(pk=runs[1].pk).update(status=PlanRun.Status.SOLVING)

    with pytest.raises(LostRace), transaction.atomic():
        move_all(runs, PlanRun.Status.DISCARDED, actor=None, now=NOW)

    assert list(PlanRun.objects.order_by("pk").values_list("status", flat=True)) == ["queued", "solving"]
    assert [run.status for run in runs] == ["queued", "queued"]
    assert not PlanRunEvent.objects.exists()


def test_one_row_that_may_not_move_stops_all(cast: Cast) -> None:
    runs = make_runs(cast, "queued", "discarded")

    with pytest.raises(WrongState):
        move_all(runs, PlanRun.Status.DISCARDED, actor=None, now=NOW)

    assert list(PlanRun.objects.order_by("pk").values_list("status", flat=True)) == ["queued", "discarded"]
    assert not PlanRunEvent.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_births_of_many_are_written_in_one_query(cast: Cast, count: int, django_assert_num_queries: Any) -> None:
    runs = make_runs(cast, *["queued"] * count)

    with django_assert_num_queries(1):
        record_births(runs, actor=cast.dispatcher, now=NOW)

    rows = PlanRunEvent.objects.order_by("subject").values_list("subject", "old", "new", "actor", "at")
    assert list(rows) == [(run.pk, "", "queued", cast.dispatcher.pk, NOW) for run in runs]


def test_none_born_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        record_births([], actor=None, now=NOW)


def test_none_to_move_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        move_all([], PlanRun.Status.DISCARDED, actor=None, now=NOW)
