"""What each role's section shows, read through the selectors that already know who may see what.

A county day is thousands of visits: whatever is a number is counted by the database, whatever is a list is cut short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet

from dispatch.counts.glance import Base, Figure, six_figures
from dispatch.counts.models import MonthClose
from dispatch.counts.months import previous_month
from dispatch.counts.rows import WHOLE
from dispatch.counts.selectors import totals
from dispatch.offers.models import LateAlarm, Offer
from dispatch.offers.selectors import late_alarms_visible_to, offers_visible_to
from dispatch.planning.words import Text
from dispatch.urgent.selectors import alarms_visible_to
from dispatch.visits.models import Assignment, Flag
from dispatch.visits.selectors import assignments_visible_to, flags_visible_to
from orders.models import Visit
from orders.selectors import obligations_owed, visits_visible_to
from people.admin_reveal import FIELD_LABELS
from people.models import RevealLog
from volunteers.models import Certificate
from volunteers.selectors import expiring_certificates

ROWS = 30  # a home page is a start, not a list: the rest is one link away
FEW = 12


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many rows of the day stand in one state."""

    status: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at personal data, with the field in words."""

    log: RevealLog
    field: Text


def by_state(rows: QuerySet[Visit] | QuerySet[Assignment]) -> list[StateCount]:
    """The rows counted by state, in the order of a life, states without rows left out; one query."""
    found = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    choices = rows.model.Status.choices
    return [StateCount(value, str(label), found[value]) for value, label in choices if value in found]


def of_operator(user: User, today: date, now: datetime) -> dict[str, object]:
    """The day in figures."""
    return {"states": by_state(visits_visible_to(user).filter(service_date=today))}


def of_dispatcher(user: User, today: date, now: datetime) -> dict[str, object]:
    """The day in figures, the towns that need somebody, and the doubts that wait for a person."""
    visits = visits_visible_to(user).filter(service_date=today)
    doubts = flags_visible_to(user).filter(status=Flag.Status.OPEN)
    return {
        "states": by_state(visits),
        "towns": _towns_in_need(visits),
        "doubts": doubts.select_related(
            "assignment__visit__item", "assignment__visit__town", "assignment__carer__person"
        ).order_by("-raised_at", "-pk")[:ROWS],
        "doubt_count": doubts.count(),
        "alarms": alarms_visible_to(user),
        "late": late_alarms_visible_to(user).filter(status=LateAlarm.Status.RAISED).count(),
        "unanswered": offers_visible_to(user).filter(status=Offer.Status.SENT, expires_at__gt=now).count(),
    }


def of_manager(user: User, today: date, now: datetime) -> dict[str, object]:
    """The organisation's own carers today, and the offers a manager may accept for them."""
    own = Q(carer__organisation__in=user.managed_organisations.all())
    team = assignments_visible_to(user).filter(own, visit__service_date=today)
    offers = offers_visible_to(user).filter(own, status=Offer.Status.SENT, expires_at__gt=now)
    rows = ("carer__person", "visit__item", "visit__town")
    return {
        "organisations": user.managed_organisations.all(),
        "team_states": by_state(team),
        "team_day": team.filter(status__in=Assignment.LIVE).select_related(*rows).order_by("planned_start", "pk")[:100],
        "team_offers": offers.select_related(*rows).order_by("expires_at", "pk")[:ROWS],
    }


def of_administrator(user: User, today: date, now: datetime) -> dict[str, object]:
    """The month so far with last month beside it, what is owed, what runs out, and which months can be signed."""
    month = today.replace(day=1)
    owed = obligations_owed(month=month, user=user)
    return {
        "month": month,
        "figures": _figures(user, month),
        "months": MonthClose.objects.order_by("-month")[:6],
        "owed": owed.count(),
        "owed_first": owed[:5],
        "expiring": expiring_certificates(within_days=60, on=today)[:FEW],
        "alarms": alarms_visible_to(user),
    }


def of_auditor(user: User, today: date, now: datetime) -> dict[str, object]:
    """Who saw personal data lately, the frozen months, and what is open."""
    return {
        "reveals": [
            Seen(log, FIELD_LABELS.get(log.field, log.field))
            for log in RevealLog.objects.select_related("actor", "person")[:ROWS]
        ],
        "reveals_this_week": RevealLog.objects.filter(at__gte=now - timedelta(days=7)).count(),
        "months": MonthClose.objects.order_by("-month")[:12],
        "doubts_open": flags_visible_to(user).filter(status=Flag.Status.OPEN).count(),
        "certificates_expired": Certificate.objects.filter(valid_to__lt=today, revoked_on__isnull=True).count(),
    }


def _figures(user: User, month: date) -> list[Figure]:
    sums, before = totals(month, user), totals(previous_month(month), user)
    return six_figures(month, user, WHOLE, Base.REGISTER, sums, before)


def _towns_in_need(visits: QuerySet[Visit]) -> Sequence[Mapping[str, object]]:
    """The towns with visits that are unserved, not planned or in doubt, the neediest first; one query."""

    def count(*statuses: Visit.Status) -> Count:
        return Count("pk", filter=Q(status__in=statuses))

    return list(
        visits.order_by()
        .values(code=F("town__code"), name=F("town__name"))
        .annotate(
            unserved=count(Visit.Status.UNSERVED, Visit.Status.NOT_DONE),
            waiting=count(Visit.Status.OPEN),
            disputed=count(Visit.Status.DISPUTED),
        )
        .filter(Q(unserved__gt=0) | Q(waiting__gt=0) | Q(disputed__gt=0))
        .order_by((F("unserved") + F("waiting")).desc(), "-disputed", "code")
    )
