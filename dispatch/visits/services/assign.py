"""Binding a carer to a leg of a visit, and moving that promise in time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dispatch.visits.models import Assignment
from dispatch.visits.refusals import refusals_in_plain_words
from orders.models import Visit
from people.errors import WrongState
from people.transitions import record_births, state_label
from volunteers.models import Carer


def create_assignment(
    *,
    visit: Visit,
    leg: int,
    carer: Carer,
    planned_start: datetime,
    planned_end: datetime,
    travel_minutes: int = 0,
    actor: User | None,
    now: datetime,
    pinned: bool = False,
) -> Assignment:
    """A proposed assignment of `carer` to a leg (1 or 2) of `visit`. Times aware; travel in minutes.

    Raises:
        Overlap: the carer has live work in that interval.
        LostRace: the leg has a live assignment.
        Conflict: the carer holds the other leg (code "same_carer").
    """
    assignment = Assignment(
        visit=visit,
        leg=leg,
        carer=carer,
        planned_start=planned_start,
        planned_end=planned_end,
        travel_minutes=travel_minutes,
        is_pinned=pinned,
        created_at=now,
    )
    with refusals_in_plain_words():
        create_assignments([assignment], actor=actor, now=now)
    return assignment


def create_assignments(work: Sequence[Assignment], *, actor: User | None, now: datetime) -> None:
    """Store new, proposed assignments with their first events. The caller translates what the database refuses."""
    Assignment.objects.bulk_create(work)
    record_births(work, actor=actor, now=now)


def move_assignment(
    *,
    assignment: Assignment,
    planned_start: datetime,
    planned_end: datetime,
    travel_minutes: int | None = None,
    actor: User | None,
    now: datetime,
) -> Assignment:
    """The assignment at another planned time; the event row keeps the time it had.

    Raises:
        WrongState: the carer is in the home already, or the work has ended.
        Overlap: the carer has other live work in the new interval.
    """
    movable = (Assignment.Status.PROPOSED, Assignment.Status.OFFERED, Assignment.Status.ACCEPTED)
    changes: dict[str, object] = {"planned_start": planned_start, "planned_end": planned_end}
    if travel_minutes is not None:
        changes["travel_minutes"] = travel_minutes
    with refusals_in_plain_words():
        rows = Assignment.objects.filter(pk=assignment.pk, status=assignment.status, status__in=movable)
        if rows.update(**changes) != 1:
            raise WrongState(
                _("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(assignment)}
            )
        was = f"{assignment.planned_start.astimezone(UTC):%Y-%m-%d %H:%MZ}"
        assignment.events.create(
            old=assignment.status, new=assignment.status, reason=f"moved from {was}", actor=actor, at=now
        )
    for column, value in changes.items():
        setattr(assignment, column, value)
    return assignment
