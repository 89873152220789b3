"""Reading assignments and flags: everything starts from what a user may see. And what an order would cost whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Aggregate, Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from dispatch.visits.models import (
    Assignment,
    CarerPreference,
    CheckEvent,
    Correction,
    Departure,
    Flag,
    VisitNote,
    VisitPhoto,
)
from dispatch.visits.models.on_site import FromThePhone
from orders.models import Elder
from orders.requests import ItemRequest
from orders.selectors import elders_visible_to
from orders.services.preview import PreviewLine, preview
from people import policy
from people.clock import local_date
from people.roles import DESK_ROLES, Role, has_role
from people.selectors import towns_visible_to
from volunteers.models import Organisation
from volunteers.timebank.selectors import credits_available

COUNTY_WIDE = (Role.ADMINISTRATOR, Role.AUDITOR, Role.OPERATOR)
PROMISED = (Assignment.Status.ACCEPTED, Assignment.Status.CHECKED_IN, Assignment.Status.CHECKED_OUT)


def work_visible_to(user: User | AnonymousUser) -> Q:
    """The condition on a row with `carer` and `visit` under which the user may see it.

    The office sees the county (a dispatcher: the towns of duty), a manager own carers' work, a carer their own.
    """
    if has_role(user, *COUNTY_WIDE):
        return Q()
    seen = Q(pk__in=[])
    if has_role(user, Role.DISPATCHER):
        seen |= Q(visit__town__in=towns_visible_to(user))
    if has_role(user, Role.ORGANISATION_MANAGER):
        seen |= Q(carer__organisation__in=Organisation.objects.filter(managers=user.pk))
    if has_role(user, Role.CARER):
        seen |= Q(carer__person__user=user)
    return seen


def assignments_visible_to(user: User | AnonymousUser) -> QuerySet[Assignment]:
    """The assignments the user may see."""
    return Assignment.objects.filter(work_visible_to(user))


def flags_visible_to(user: User | AnonymousUser) -> QuerySet[Flag]:
    """The flags on assignments the user may see."""
    return Flag.objects.filter(assignment__in=assignments_visible_to(user))


def own_day(user: User, day: date) -> QuerySet[Assignment]:
    """A carer's own live work of a calendar day, in the order of the planned start; one query and its prefetch.

    With `departed_at`, `notes_count` and `photos_count` of what the phone has told.
    """
    return (
        Assignment.objects.filter(
            carer__person__user=user, planned_start__range=day_bounds(day), status__in=Assignment.LIVE
        )
        .select_related("carer__person", "visit__elder__person", "visit__item", "visit__place__town")
        .prefetch_related("visit__elder__alerts")
        # A day never shows these, so they are not even opened.
        .defer("visit__elder__health_note", "visit__elder__person__id_number", "carer__person__id_number")
        .annotate(
            departed_at=departed_at(),
            notes_count=Coalesce(_told(VisitNote, Count("pk")), 0),
            photos_count=Coalesce(_told(VisitPhoto, Count("pk")), 0),
        )
        .order_by("planned_start", "pk")
    )


def notes_readable_by(user: User, work: Assignment, now: datetime) -> QuerySet[VisitNote]:
    """The notes of work the user may see, the oldest first; none once the address is hidden again."""
    covered = Disclosure.for_user(user, now).covers(work)
    return VisitNote.objects.filter(assignment=work) if covered else VisitNote.objects.none()


def departed_at() -> Subquery:
    """When the carer first said to be on the way, to annotate assignments with."""
    return _told(Departure, Min("told_at"))


def _told(message: type[FromThePhone], figure: Aggregate) -> Subquery:
    """One figure of the messages of a kind about the work of the outer query."""
    of_work = message._default_manager.filter(assignment=OuterRef("pk")).order_by().values("assignment")
    return Subquery(of_work.annotate(figure=figure).values("figure"))


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first and the last moment of a calendar day on the county's wall clock."""
    start = datetime.combine(day, time.min, timezone.get_default_timezone())
    return start, start + timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Whether a viewer may know whose home it is: the desk always, others from acceptance until some time after."""

    now: datetime
    after_visit: timedelta
    is_desk: bool

    @classmethod
    def for_user(cls, user: User | AnonymousUser, now: datetime) -> "Disclosure":
        """The rule for a user at a moment, with the policy's hours."""
        hours = policy.minutes("address_hours_after_visit", on=local_date(now))
        return cls(now, timedelta(hours=hours), has_role(user, *DESK_ROLES))

    def covers(self, assignment: Assignment) -> bool:
        """Whether the elder's name (and, for the carer, address and alerts) is shown with this assignment."""
        if self.is_desk:
            return True
        over = assignment.ended_at or assignment.planned_end
        return assignment.status in PROMISED and self.now <= over + self.after_visit


def check_events_visible_to(user: User | AnonymousUser) -> QuerySet[CheckEvent]:
    """The check events of assignments the user may see."""
    return CheckEvent.objects.filter(assignment__in=assignments_visible_to(user))


def corrections_visible_to(user: User | AnonymousUser) -> QuerySet[Correction]:
    """The corrections of assignments the user may see."""
    return Correction.objects.filter(assignment__in=assignments_visible_to(user))


def preferences_visible_to(user: User | AnonymousUser) -> QuerySet[CarerPreference]:
    """The wishes and refusals of elders the user may see."""
    return CarerPreference.objects.filter(elder__in=elders_visible_to(user))


def preview_split(
    *, elder: Elder, items: Sequence[ItemRequest], use_credits: bool = True, now: datetime
) -> list[PreviewLine]:
    """How `place_paid_order` would split the price of each item now, with the reasons. Raises Invalid as it does."""
    free = credits_available(elder.person) if use_credits else None
    return preview(elder=elder, items=items, credit_minutes_available=free, now=now)
