"""A public instance becomes a town and a day that is planned, checked and published like any other."""

from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from dispatch.engine.verify import verify
from dispatch.intake.instances import ImportedDay, import_instance
from dispatch.planning.models import PlanRun
from dispatch.planning.services import publish, runs
from dispatch.planning.snapshot import snapshot
from dispatch.planning.stored import answer_of
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Elder, Order, ServiceItem, Visit, VisitLink
from people.errors import Conflict, Invalid
from people.models import Person, Town
from tests.dispatch.intake.instance import DISTANCES, as_bytes, instance
from volunteers.models import Availability, Carer

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)

pytestmark = pytest.mark.django_db


def load(content: dict[str, Any] | None = None, *, name: str = "market", day: date = DAY) -> ImportedDay:
    return import_instance(content=as_bytes(content or instance()), name=name, day=day, actor=None, now=NOW)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}"


def test_patients_carers_and_travel_times_become_a_town() -> None:
    made = load()

    assert (made.elders, made.carers, made.visits, made.is_new) == (4, 3, 6, True)
    matrix = made.town.travel_matrix
    assert matrix.minutes == DISTANCES
    carer = Carer.objects.get(number="market-c1")
    assert matrix.place_ids[0] == carer.start_place_id == carer.end_place_id
    assert matrix.place_ids[1] == Elder.objects.get(number="market-p0").person.home_id
    assert sorted(carer.skills.values_list("code", flat=True)) == ["market-s1", "market-s2"]
    # Minute 0 is 07:00: the break may begin between 10:00 and 13:00, so it ends by 13:30.
    assert (carer.takes_lunch, carer.lunch_required) == (True, False)
    assert (carer.lunch_start, carer.lunch_end, carer.lunch_minutes) == (time(10), time(13, 30), 30)
    late = Availability.objects.get(carer__number="market-c3")
    assert (late.day, late.start_minute, late.end_minute) == (DAY, 480, 960)
    # The shift ends at 15:00: overtime may last until 23:59.
    assert carer.overtime_minutes == 539


def test_windows_wishes_and_links_are_kept() -> None:
    load()

    two_windows = Visit.objects.get(elder__number="market-p0")
    assert [(local(each.start), local(each.end)) for each in two_windows.windows.all()] == [
        ("07:00", "08:00"),
        ("11:00", "12:00"),
    ]
    assert (local(two_windows.window_start), local(two_windows.window_end)) == ("07:00", "12:00")
    assert (two_windows.window_rule, two_windows.service_date, two_windows.mandatory) == ("START", DAY, True)
    assert not Visit.objects.get(elder__number="market-p3").mandatory
    links = {link.first.elder.number: link for link in VisitLink.objects.all()}
    assert {number: (link.kind, link.min_gap, link.max_gap) for number, link in links.items()} == {
        "market-p1": ("SIMULTANEOUS", 0, 0),
        "market-p2": ("SEQUENTIAL", 15, 60),
    }
    assert links["market-p2"].first.item.code == "market-s1"
    assert set(CarerPreference.objects.values_list("elder__number", "carer__number", "kind")) == {
        ("market-p0", "market-c2", "PREFERRED"),
        ("market-p3", "market-c1", "BARRED"),
    }


def test_the_day_is_planned_verified_and_published_like_any_other() -> None:
    made = load()

    run = runs.request_plan(town=made.town, day=DAY, actor=None, now=NOW, solutions=50, send=False)
    run = runs.solve_run(run_id=run.pk, now=NOW)
    assert run.status == PlanRun.Status.SOLVED, run.failure
    problem = snapshot(made.town, DAY, NOW).problem
    assert verify(problem, answer_of(run.plan)).violations == ()
    publish.publish(run=run, actor=None, now=NOW)

    assert (run.plan.served, run.plan.unserved) == (6, 0)
    assert set(Visit.objects.values_list("status", flat=True)) == {"planned"}
    starts = {each.visit_id: each for each in Assignment.objects.all()}
    for link in VisitLink.objects.all():
        first, second = starts[link.first_id], starts[link.second_id]
        gap = (second.planned_start - first.planned_start).total_seconds() / 60
        assert link.min_gap <= gap <= link.max_gap
        assert first.carer_id != second.carer_id
    assert not Assignment.objects.filter(visit__elder__number="market-p3", carer__number="market-c1").exists()


def test_the_same_instance_and_day_make_nothing_twice() -> None:
    load()
    before = (Person.objects.count(), Order.objects.count(), Visit.objects.count(), Availability.objects.count())

    again = load()

    assert (again.is_new, again.visits) == (False, 6)
    after = (Person.objects.count(), Order.objects.count(), Visit.objects.count(), Availability.objects.count())
    assert after == before


def test_a_further_day_serves_the_same_people() -> None:
    load()

    again = load(day=date(2026, 11, 25))

    assert (again.is_new, again.elders, again.carers, again.visits) == (True, 4, 3, 6)
    assert (Visit.objects.count(), Availability.objects.count(), Town.objects.count()) == (12, 6, 1)


def test_a_name_stands_for_one_instance_only() -> None:
    load()
    other = instance()
    other["distances"] = [[2 * minutes for minutes in row] for row in DISTANCES]

    with pytest.raises(Conflict):
        load(other, day=date(2026, 11, 25))

    assert Visit.objects.count() == 6


def broken(**changes: Any) -> dict[str, Any]:
    return instance() | changes


@pytest.mark.parametrize(
    "content",
    [
        b"not json",
        b"[]",
        as_bytes({"patients": []}),
        as_bytes(broken(distances=[[0, 1], [1, 0]])),  # fewer rows than patients
        as_bytes(broken(terminal_points=[])),  # carers start from nowhere
        as_bytes(broken(caregivers=[instance()["caregivers"][0] | {"working_shift": {"start": 0, "end": 1200}}])),
    ],
)
def test_what_is_no_instance_is_refused_and_leaves_nothing(content: bytes) -> None:
    with pytest.raises(Invalid):
        import_instance(content=content, name="market", day=DAY, actor=None, now=NOW)

    assert (Town.objects.filter(code="market").count(), Person.objects.count(), ServiceItem.objects.count()) == (
        0,
        0,
        0,
    )


def test_a_day_that_is_past_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(Invalid):
        load(day=date(2026, 11, 20))

    assert (Person.objects.count(), Order.objects.count()) == (0, 0)


def test_the_command_names_the_town_after_the_file(tmp_path: Path) -> None:
    file = tmp_path / "i-001.json"
    file.write_bytes(as_bytes(instance()))
    out = StringIO()

    call_command("import_instance", str(file), day=date(2999, 1, 1), stdout=out)

    assert "i-001 2999-01-01 imported: 4 elders, 3 carers, 6 visits" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("import_instance", str(tmp_path / "missing.json"))
