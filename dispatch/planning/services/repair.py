"""Filling holes: when a carer drops out, plan only that again and publish it. Nothing that falls between is lost.

A hole that is reported while a run is under way waits for the end of that run: then every hole which the run did not
have before it is asked for again. What dead workers and a broker that was away leave behind, `watch` finds in the rows.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import structlog

from dispatch.planning.models import PlanRun
from dispatch.planning.names import leg_of
from dispatch.planning.queue import solve_soon
from dispatch.planning.reading import holes
from dispatch.planning.services.pool import ask_everybody
from dispatch.planning.services.publish import publish, visit_keys
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.planning.stored import answer_of, problem_of
from orders.models import Visit
from people.clock import local_date
from people.errors import Conflict
from people.models import Town

_STUCK_AFTER = timedelta(minutes=1)
_UNDER_WAY = (PlanRun.Status.QUEUED, PlanRun.Status.SOLVING)

_log = structlog.get_logger(__name__)


def work_off(*, run_id: int, now: datetime) -> PlanRun:
    """Solve the run; publish it when it is a repair; ask again for holes that came up meanwhile. Safe to repeat."""
    run = solve_run(run_id=run_id, now=now)
    if run.is_repair and run.status == PlanRun.Status.SOLVED:
        try:
            publish(run=run, actor=None, now=now)
        except Conflict as error:
            _log.warning("repair_not_published", run=run.pk, reason=error.code)
    if run.status not in (*_UNDER_WAY, PlanRun.Status.FAILED):
        repair_if_needed(town=run.town, day=run.day, now=now)
    return run


def ask_for_repair(*, visit_id: int, now: datetime) -> PlanRun | None:
    """A repair of the town and day of a visit that lost its carer; None when a run is under way or nothing is open."""
    visit = Visit.objects.select_related("town").get(pk=visit_id)
    return repair_if_needed(town=visit.town, day=visit.service_date, now=now)


def repair_if_needed(*, town: Town, day: date, now: datetime) -> PlanRun | None:
    """A queued repair when the day has a hole that the newest run did not try to fill, else None.

    What it tried in vain goes to the open pool.

    None also while a run is under way: its end asks again.
    """
    missing = set(holes().filter(town=town, service_date=day, window_end__gt=now).values_list("pk", flat=True))
    if not missing or day < local_date(now):
        return None
    runs = _newest(town, day)
    for visit_id in sorted(missing & _tried_in_vain(runs)):
        ask_everybody(visit_id=visit_id, now=now)
    settled = _settled(runs)
    if settled is None or missing <= settled:
        return None
    try:
        return request_plan(town=town, day=day, actor=None, now=now, is_repair=True)
    except Conflict:
        return None


def watch(*, now: datetime) -> int:
    """Send stuck runs again and ask for repairs nobody asked for; the number of runs that were helped."""
    waiting = PlanRun.objects.filter(status__in=(*_UNDER_WAY, PlanRun.Status.SOLVED), day__gte=local_date(now))
    stuck = [run.pk for run in waiting if _is_stuck(run, now)]
    for run_id in stuck:
        solve_soon(run_id)
    helped = len(stuck)
    days = set(holes().filter(service_date__gte=local_date(now)).values_list("town", "service_date"))
    towns = Town.objects.in_bulk({town for town, _ in days})
    for town_id, day in sorted(days):
        helped += repair_if_needed(town=towns[town_id], day=day, now=now) is not None
    return helped


def _is_stuck(run: PlanRun, now: datetime) -> bool:
    if run.status == PlanRun.Status.SOLVING:
        return run.claimed_until is not None and run.claimed_until <= now
    if run.status == PlanRun.Status.QUEUED:
        return run.requested_at <= now - _STUCK_AFTER
    return run.is_repair and run.finished_at is not None and run.finished_at <= now - _STUCK_AFTER


def _newest(town: Town, day: date) -> list[PlanRun]:
    """The two newest runs that count, the newest first."""
    runs = PlanRun.objects.filter(town=town, day=day).exclude(status=PlanRun.Status.DISCARDED)
    return list(runs.select_related("plan")[:2])


def _settled(runs: Sequence[PlanRun]) -> set[int] | None:
    """Visits that the newest run could not place, so that asking again would change nothing; None: ask nothing at all.

    A plan that waits to be published may still place all it was free to place. A failed run is for people to look at:
    repeating it would fail again.
    """
    if not runs:
        return set()
    if runs[0].status in (*_UNDER_WAY, PlanRun.Status.FAILED):
        return None
    if runs[0].status == PlanRun.Status.SOLVED:
        problem = problem_of(runs[0])
        pinned = {pin.leg for pin in problem.pins}
        return {leg_of(leg.id)[0] for visit in problem.visits for leg in visit.legs if leg.id not in pinned}
    return _tried_in_vain(runs)


def _tried_in_vain(runs: Sequence[PlanRun]) -> set[int]:
    """Visits that the newest run could not place, and what two runs in a row left out at publishing."""
    if not runs or runs[0].status != PlanRun.Status.PUBLISHED:
        return set()
    problem = problem_of(runs[0])
    unserved = answer_of(runs[0].plan).unserved
    left_out = [{row["visit"] for row in run.plan.left_out} for run in runs if run.status == PlanRun.Status.PUBLISHED]
    twice = left_out[0] & left_out[1] if len(left_out) == 2 else set()
    return twice | {key for each in unserved for key in visit_keys(problem, each.visit)}
