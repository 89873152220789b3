"""Who can come: which carers a user may see, when they are on duty, and what they are able to do on a day."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from people.models import Town
from people.roles import DESK_ROLES, Role, has_role
from people.selectors import towns_visible_to
from volunteers.models import Absence, Availability, Carer, CarerSkill, Certificate, Organisation

Interval = tuple[int, int]
Carers = QuerySet[Carer] | Collection[Carer] | Town


def carers_visible_to(user: User | AnonymousUser) -> QuerySet[Carer]:
    """The carers a user may see: those of all towns for operators, administrators and auditors, of their own towns for
    dispatchers, those of their organisations for managers, themselves for carers; roles add up."""
    seen = Q(town__in=towns_visible_to(user)) | Q(organisation__in=organisations_managed_by(user))
    if has_role(user, Role.CARER):
        seen |= Q(person__user=user.pk)
    return Carer.objects.filter(seen)


def organisations_visible_to(user: User | AnonymousUser) -> QuerySet[Organisation]:
    """The organisations a user may see: all for the county's desks, their own for managers and for carers of one."""
    if has_role(user, *DESK_ROLES):
        return Organisation.objects.all()
    seen = Q(pk__in=organisations_managed_by(user))
    if has_role(user, Role.CARER):
        seen |= Q(carers__person__user=user.pk)
    return Organisation.objects.filter(seen).distinct()


def organisations_managed_by(user: User | AnonymousUser) -> QuerySet[Organisation]:
    """The organisations that an organisation manager runs."""
    if not has_role(user, Role.ORGANISATION_MANAGER):
        return Organisation.objects.none()
    return Organisation.objects.filter(managers=user.pk)


def active_on(day: date, *, prefix: str = "") -> Q:
    """The condition that a carer works on a day: own dates and the organisation's hold, and no blacklist entry does.

    `prefix` leads to the carer from another table, e.g. "carer__".
    """
    carer_holds = Q(**{f"{prefix}active_from__lte": day}) & _not_ended(f"{prefix}active_to", day)
    not_blocked = Q(**{f"{prefix}blocked_from__isnull": True}) | Q(**{f"{prefix}blocked_from__gt": day})
    alone = Q(**{f"{prefix}organisation__isnull": True})
    organisation_holds = Q(**{f"{prefix}organisation__active_from__lte": day}) & _not_ended(
        f"{prefix}organisation__active_to", day
    )
    return carer_holds & not_blocked & (alone | organisation_holds)


def on_duty(carers: Carers, day: date) -> dict[int, tuple[Interval, ...]]:
    """Half-open intervals in minutes from local midnight in which each carer may work on the day, by carer id.

    What is offered for the weekday or the date, less absences; nothing for carers who are not active, whose
    organisation is not, or who are blacklisted. Carers without any time are left out. Two queries.
    """
    chosen = _chosen(carers)
    weekly = Q(weekday=day.weekday(), valid_from__lte=day) & _not_ended("valid_to", day)
    offered: dict[int, list[Interval]] = defaultdict(list)
    rows = Availability.objects.filter(chosen, weekly | Q(day=day), active_on(day, prefix="carer__"))
    for carer_id, start, end in rows.order_by("carer_id", "start_minute").values_list(
        "carer_id", "start_minute", "end_minute"
    ):
        _append(offered[carer_id], (start, end))
    away = _absences(chosen, day)
    free = {carer_id: cut(intervals, away.get(carer_id, ())) for carer_id, intervals in offered.items()}
    return {carer_id: intervals for carer_id, intervals in free.items() if intervals}


def abilities(carers: Carers, day: date) -> dict[int, frozenset[str]]:
    """What each carer can do on the day, by carer id: skill codes, and "cert:" + code of each certificate that is
    valid on that day and not revoked by then. Carers who can do nothing are left out. One query."""
    chosen = _chosen(carers)
    skills = CarerSkill.objects.filter(chosen).order_by().annotate(able=F("code"))
    certificates = Certificate.objects.filter(chosen, valid_on(day)).order_by()
    certified = certificates.annotate(able=Concat(Value("cert:"), "code"))
    able: dict[int, set[str]] = defaultdict(set)
    for carer_id, code in skills.values_list("carer_id", "able").union(certified.values_list("carer_id", "able")):
        able[carer_id].add(code)
    return {carer_id: frozenset(codes) for carer_id, codes in able.items()}


def valid_on(day: date) -> Q:
    """The condition that a certificate is valid on a day: within its dates, and not revoked on or before it."""
    revoked_later = Q(revoked_on__isnull=True) | Q(revoked_on__gt=day)
    return Q(valid_from__lte=day, valid_to__gte=day) & revoked_later


def expiring_certificates(within_days: int, on: date) -> QuerySet[Certificate]:
    """Certificates that are valid on the day and run out within so many days, soonest first, unless a newer one of
    the same kind takes over."""
    last = on + timedelta(days=within_days)
    renewal = Certificate.objects.filter(
        carer=OuterRef("carer"), code=OuterRef("code"), revoked_on__isnull=True, valid_to__gt=last
    )
    return (
        Certificate.objects.filter(valid_on(on), ~Exists(renewal), valid_to__lte=last)
        .order_by("valid_to", "pk")
        .select_related("carer__person", "carer__organisation")
    )


def cut(intervals: Iterable[Interval], away: Iterable[Interval]) -> tuple[Interval, ...]:
    """The sorted half-open intervals less every interval of `away`."""
    left = list(intervals)
    for gone_from, gone_to in away:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, gone_from)), (max(start, gone_to), end))
            if part[0] < part[1]
        ]
    return tuple(left)


def _absences(chosen: Q, day: date) -> dict[int, list[Interval]]:
    zone, minute = timezone.get_default_timezone(), timedelta(minutes=1)
    midnight = datetime.combine(day, time(), tzinfo=zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    away: dict[int, list[Interval]] = defaultdict(list)
    rows = Absence.objects.filter(chosen, start__lt=next_midnight, end__gt=midnight)
    for carer_id, start, end in rows.values_list("carer_id", "start", "end"):
        first = (max(start, midnight) - midnight) // minute
        last = -((midnight - min(end, next_midnight)) // minute)  # a begun minute is gone
        away[carer_id].append((first, last))
    return away


def _append(intervals: list[Interval], more: Interval) -> None:
    """Add an interval that begins no earlier than the last; back-to-back ones become one."""
    if intervals and more[0] <= intervals[-1][1]:
        intervals[-1] = (intervals[-1][0], max(intervals[-1][1], more[1]))
    else:
        intervals.append(more)


def _chosen(carers: Carers) -> Q:
    return Q(carer__town=carers) if isinstance(carers, Town) else Q(carer__in=carers)


def _not_ended(field: str, day: date) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": day})
