"""What may be seen of plans, and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from dispatch.planning.models import PlanRun
from orders.models import Visit
from people.models import Town
from people.roles import Role, has_role
from people.selectors import towns_visible_to

_PLANNERS = (Role.DISPATCHER, Role.ADMINISTRATOR)


def runs_visible_to(user: User) -> QuerySet[PlanRun]:
    """Runs of the towns a dispatcher looks after; all of them for administrators and auditors; none for others."""
    if not may_see_plans(user):
        return PlanRun.objects.none()
    return PlanRun.objects.filter(town__in=towns_visible_to(user)).select_related("town", "plan", "requested_by")


def may_see_plans(user: User) -> bool:
    """True for those whose work the board is: dispatchers, administrators, auditors."""
    return has_role(user, *_PLANNERS, Role.AUDITOR)


def may_plan(user: User, town: Town) -> bool:
    """True for a dispatcher of the town and for administrators; auditors only read."""
    return has_role(user, *_PLANNERS) and towns_visible_to(user).filter(pk=town.pk).exists()


def may_plan_any(user: User) -> bool:
    """True for those who plan at all."""
    return has_role(user, *_PLANNERS)


def newest_run(town: Town, day: date) -> PlanRun | None:
    """The run the board shows: the newest that somebody asked for and nobody discarded, None when there is none."""
    return (
        PlanRun.objects.filter(town=town, day=day, is_repair=False)
        .exclude(status=PlanRun.Status.DISCARDED)
        .select_related("town", "plan")
        .first()
    )


def published_run(town: Town, day: date) -> PlanRun | None:
    """The newest published run that somebody asked for, None before the first."""
    return (
        PlanRun.objects.filter(town=town, day=day, is_repair=False, status=PlanRun.Status.PUBLISHED)
        .select_related("town", "plan")
        .first()
    )


def is_running(town: Town, day: date) -> bool:
    """True once a plan of the day was published: from then on work is promised one by one."""
    return PlanRun.objects.filter(town=town, day=day, is_repair=False, status=PlanRun.Status.PUBLISHED).exists()


def run_under_way(town: Town, day: date) -> PlanRun | None:
    """The run that waits or is being solved; there is never more than one."""
    return PlanRun.objects.filter(
        town=town, day=day, status__in=(PlanRun.Status.QUEUED, PlanRun.Status.SOLVING)
    ).first()


@dataclass(frozen=True, slots=True)
class TownDay:
    """One town on the list of a day; numbers of visits."""

    town: Town
    run: PlanRun | None
    visits: int
    waiting: int  # without a carer yet
    asked: int  # offers wait for an answer
    promised: int  # accepted, begun or done


def town_days(user: User, day: date) -> list[TownDay]:
    """The towns a user may see, with the day's visits by state and the newest run; three queries."""
    towns = list(towns_visible_to(user))
    counts: dict[int, dict[str, int]] = {}
    rows = Visit.objects.filter(town__in=towns, service_date=day).exclude(status=Visit.Status.CANCELLED)
    for town, status, number in rows.order_by().values_list("town", "status").annotate(Count("pk")):
        counts.setdefault(town, {})[status] = number
    newest: dict[int, PlanRun] = {}
    runs = PlanRun.objects.filter(town__in=towns, day=day, is_repair=False).exclude(status=PlanRun.Status.DISCARDED)
    for run in runs.defer("problem").select_related("plan"):
        newest.setdefault(run.town_id, run)
    return [_town_day(town, newest.get(town.pk), counts.get(town.pk, {})) for town in towns]


def _town_day(town: Town, run: PlanRun | None, counts: dict[str, int]) -> TownDay:
    def number(statuses: Iterable[str]) -> int:
        return sum(counts.get(status, 0) for status in statuses)

    waiting = number((Visit.Status.OPEN, Visit.Status.UNSERVED, Visit.Status.NOT_DONE))
    asked = number((Visit.Status.PLANNED,))
    total = sum(counts.values())
    return TownDay(town, run, total, waiting, asked, total - waiting - asked)
