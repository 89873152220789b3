"""What a month counts. One query lists the counted visits; every figure, list, export and close is built on it.

A verified visit counts once, in the calendar month of its service date, in the row of its first leg's carer. A closed
month is read from its frozen rows and never computed again.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from dispatch.counts.delivered import WholeMinutes
from dispatch.counts.models import Adjustment, CountedVisit, MonthClose, MonthlyCount
from dispatch.counts.months import month_of, next_month
from dispatch.counts.rows import DIMENSIONS, WHOLE, CountRow, Cut, Totals
from dispatch.visits.models import Assignment, Correction
from orders.models import Elder, ServiceItem, Visit
from people.models import Town
from people.roles import Role, has_role
from people.selectors import towns_visible_to
from volunteers.models import Carer, Organisation


def may_see_counts(user: User | AnonymousUser) -> bool:
    """True for the roles that have counts at all: administrator, auditor, dispatcher, organisation manager."""
    return has_role(user, Role.ADMINISTRATOR, Role.AUDITOR, Role.DISPATCHER, Role.ORGANISATION_MANAGER)


def counted_visits(month: date) -> QuerySet[Assignment, dict[str, Any]]:
    """The counted visits of a month, computed: one row a visit with its five dimensions, elder and minutes.

    Closed months are listed by `visits_behind`, from their frozen rows.
    """
    return _delivered_between(month, next_month(month)).values("visit", *DIMENSIONS, "elder", "at_home", "minutes")


def counted_visits_visible_to(user: User | AnonymousUser, month: date) -> QuerySet[Any, dict[str, Any]]:
    """The counted visits of a month that the user may see, frozen when the month is closed; rows as `counted_visits`."""
    if closed(month):
        rows = _frozen(month).values("visit", *DIMENSIONS, "elder", "at_home", "minutes")
    else:
        rows = counted_visits(month)
    return rows.filter(_scope(user))


def monthly_counts(month: date, user: User | AnonymousUser, cut: Cut = WHOLE) -> list[CountRow]:
    """The table of a month as the user may see it, in the order of its dimensions."""
    if closed(month):
        stored = MonthlyCount.objects.filter(close__month=month).filter(_scope(user), cut.condition())
        return _named(stored.values(*DIMENSIONS, "person_times", "elders", "minutes"))
    return _named(_grouped(counted_visits_visible_to(user, month).filter(cut.condition())))


def county_counts(month: date) -> list[CountRow]:
    """The table of a whole month, computed from the visits; for closing it and for the demonstration's summary."""
    return _named(_grouped(counted_visits(month)))


def totals(month: date, user: User | AnonymousUser, cut: Cut = WHOLE) -> Totals:
    """The sums of a cut of a month as the user may see it."""
    sums = counted_visits_visible_to(user, month).filter(cut.condition())
    found = sums.aggregate(
        all_visits=Count("visit"),
        all_elders=Count("elder", distinct=True),
        all_minutes=Sum("minutes"),
        home_elders=Count("elder", distinct=True, filter=Q(at_home=True)),
        volunteer_visits=Count("visit", filter=Q(carer_kind=Carer.Kind.VOLUNTEER)),
        paid_minutes=Sum("minutes", filter=Q(payer=Visit.Payer.GOVERNMENT)),
    )
    return Totals(
        person_times=found["all_visits"],
        elders=found["all_elders"],
        minutes=found["all_minutes"] or 0,
        elders_at_home=found["home_elders"],
        volunteer_person_times=found["volunteer_visits"],
        government_minutes=found["paid_minutes"] or 0,
    )


def visits_behind(month: date, cut: Cut, user: User | AnonymousUser) -> QuerySet[Any, Any]:
    """The visits behind a figure, oldest first: rows with `visit` loaded, the five dimensions and `minutes`."""
    rows: QuerySet[Any, Any] = _frozen(month) if closed(month) else _delivered_between(month, next_month(month))
    return (
        rows.filter(_scope(user), cut.condition())
        .select_related("visit__elder__person", "visit__item", "visit__town")
        .order_by("visit__service_date", "visit")
    )


def person_times_by_month(months: list[date], user: User | AnonymousUser, cut: Cut = WHOLE) -> dict[date, int]:
    """Person-times of several months that follow each other; closed ones from their frozen rows."""
    found = dict.fromkeys(months, 0)
    frozen = MonthlyCount.objects.filter(close__month__in=months).filter(_scope(user), cut.condition())
    for close_month, visits in frozen.values_list("close__month").annotate(Sum("person_times")):
        found[close_month] = visits
    shut = set(
        MonthClose.objects.filter(month__in=months, status=MonthClose.Status.CLOSED).values_list("month", flat=True)
    )
    running = _delivered_between(months[0], next_month(months[-1])).filter(_scope(user), cut.condition())
    by_month = running.annotate(in_month=TruncMonth("visit__service_date")).values("in_month")
    for row in by_month.annotate(visits=Count("visit")):
        if (month := month_of(row["in_month"])) not in shut:
            found[month] = row["visits"]
    return found


def possibly_changed_since_close(month: date) -> QuerySet[Any, dict[str, Any]]:
    """Visits of a closed month that were verified too late for it, or have a corrected time; rows as `counted_visits`."""
    suspects = Q(visit__counted__isnull=True) | Q(Exists(Correction.objects.filter(assignment=OuterRef("pk"))))
    rows: QuerySet[Any, dict[str, Any]] = counted_visits(month).filter(suspects)
    return rows


def closed(month: date) -> bool:
    """True when the month is closed for good."""
    return MonthClose.objects.filter(month=month, status=MonthClose.Status.CLOSED).exists()


def adjustments_visible_to(user: User | AnonymousUser, month: date) -> QuerySet[Adjustment]:
    """The corrections of earlier, closed months that are counted in this one."""
    rows = Adjustment.objects.filter(month__month=month).select_related(
        "visit__elder__person", "visit__item", "corrects"
    )
    if has_role(user, Role.ADMINISTRATOR, Role.AUDITOR):
        return rows
    visible = Q()
    if has_role(user, Role.DISPATCHER):
        visible |= Q(visit__town__in=towns_visible_to(user))
    if has_role(user, Role.ORGANISATION_MANAGER):
        served = Assignment.objects.filter(leg=1, status=Assignment.Status.CHECKED_OUT, visit=OuterRef("visit"))
        visible |= Q(Exists(served.filter(carer__organisation__managers=user.pk)))
    return rows.filter(visible) if visible else rows.none()


def elders_registered(month: date, towns: list[int] | None = None) -> int:
    """Elders in the register on the last day of the month, in the towns (or in all)."""
    last_day = next_month(month) - timedelta(days=1)
    elders = Elder.objects.filter(active_from__lte=last_day).filter(
        Q(active_to__isnull=True) | Q(active_to__gte=last_day)
    )
    return (elders if towns is None else elders.filter(town__in=towns)).count()


def _delivered_between(start: date, end: date) -> QuerySet[Any, Any]:
    """Verified visits with a service date in [start, end), each by its first leg's assignment.

    When the first leg's carer did not come and a reviewer let the visit stand, the second leg's stands for it.
    """
    first = Assignment.objects.filter(visit=OuterRef("visit"), leg=1, status=Assignment.Status.CHECKED_OUT)
    return Assignment.objects.filter(
        Q(leg=1) | ~Exists(first),
        status=Assignment.Status.CHECKED_OUT,
        visit__status=Visit.Status.VERIFIED,
        visit__service_date__gte=start,
        visit__service_date__lt=end,
    ).annotate(
        town=F("visit__town"),
        service=F("visit__item__kind"),
        organisation=F("carer__organisation"),
        carer_kind=F("carer__kind"),
        payer=Case(
            When(visit__gov_minutes__gt=0, then=Value(Visit.Payer.GOVERNMENT)),
            When(visit__credit_minutes__gt=0, then=Value(Visit.Payer.CREDITS)),
            default=Value(Visit.Payer.SELF_PAY),
        ),
        elder=F("visit__elder"),
        at_home=_at_home(),
        minutes=WholeMinutes("started_at", "ended_at"),
    )


def _frozen(month: date) -> QuerySet[Any, Any]:
    """The visits behind the frozen figures of a closed month, with the same columns as computed ones."""
    return CountedVisit.objects.filter(count__close__month=month).annotate(
        town=F("count__town"),
        service=F("count__service"),
        organisation=F("count__organisation"),
        carer_kind=F("count__carer_kind"),
        payer=F("count__payer"),
        elder=F("visit__elder"),
        at_home=_at_home(),
    )


def _at_home() -> Case:
    home = When(visit__item__delivery=ServiceItem.Delivery.AT_HOME, then=Value(True))
    return Case(home, default=Value(False))


def _scope(user: User | AnonymousUser) -> Q:
    """What the user may see, as a filter on `town` and `organisation`; nothing for roles without counts."""
    if has_role(user, Role.ADMINISTRATOR, Role.AUDITOR):
        return Q()
    visible = Q(pk__in=[])
    if has_role(user, Role.DISPATCHER):
        visible |= Q(town__in=towns_visible_to(user))
    if has_role(user, Role.ORGANISATION_MANAGER):
        visible |= Q(organisation__in=Organisation.objects.filter(managers=user.pk))
    return visible


def _grouped(rows: QuerySet[Any, dict[str, Any]]) -> QuerySet[Any, dict[str, Any]]:
    grouped: QuerySet[Any, dict[str, Any]] = rows.values(*DIMENSIONS).annotate(
        person_times=Count("visit"), elders=Count("elder", distinct=True), sum_minutes=Sum("minutes")
    )
    return grouped


def _named(rows: QuerySet[Any, Mapping[str, Any]]) -> list[CountRow]:
    towns = dict(Town.objects.values_list("pk", "name"))
    organisations = dict(Organisation.objects.values_list("pk", "name"))
    named = [
        CountRow(
            town=towns[row["town"]],
            service=row["service"],
            organisation=organisations.get(row["organisation"], ""),
            carer_kind=row["carer_kind"],
            payer=row["payer"],
            person_times=row["person_times"],
            elders=row["elders"],
            minutes=row["sum_minutes"] if "sum_minutes" in row else row["minutes"],
            town_id=row["town"],
            organisation_id=row["organisation"],
        )
        for row in rows
    ]
    return sorted(named, key=lambda row: (row.town_id, row.service, row.organisation, row.carer_kind, row.payer))
