"""What may be seen of plans, and by whom."""

from datetime import date

from django.contrib.auth.models import User
from django.db.models import QuerySet

from dispatch.planning.models import PlanRun
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
