"""What each role's section shows, read through the selectors that already know who may see what."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet

from dispatch.counts.glance import Base, six_figures
from dispatch.counts.models import MonthClose
from dispatch.counts.months import previous_month
from dispatch.counts.rows import WHOLE
from dispatch.counts.selectors import totals
from dispatch.offers.models import Offer
from dispatch.offers.selectors import offers_visible_to
from dispatch.visits.models import Assignment, Flag
from dispatch.visits.selectors import assignments_visible_to
from orders.models import Elder, Visit
from orders.selectors import elders_visible_to, obligations_owed, visits_visible_to
from people.models import RevealLog
from people.selectors import search_people
from volunteers.models import Certificate
from volunteers.selectors import expiring_certificates

PENDING = [Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED, Visit.Status.STARTED]
ROWS = 30  # a home page is a start, not a list: the rest is one link away


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many visits of the day stand in one state."""

    status: str
    label: str
    number: int


def by_state(visits: QuerySet[Visit]) -> list[StateCount]:
    """The visits counted by state, in the order of a visit's life, states without visits left out."""
    found = Counter(visits.values_list("status", flat=True))
    return [StateCount(value, str(label), found[value]) for value, label in Visit.Status.choices if found[value]]


def found_elders(user: User, query: str) -> list[Elder]:
    """The elders among the people that a search finds, at most one screen of them."""
    people = search_people(user, query)
    elders = elders_visible_to(user).filter(person__in=people.values("pk"))
    return list(elders.select_related("person__home__town", "town").prefetch_related("person__phones")[:ROWS])


def of_operator(user: User, today: date, now: datetime) -> dict[str, object]:
    """The day in figures, what is about to happen, and what could not be arranged."""
    visits = visits_visible_to(user).filter(service_date=today).select_related("elder__person", "item", "town")
    coming = visits.filter(window_end__gte=now, status__in=PENDING).order_by("window_start")
    return {
        "states": by_state(visits),
        "coming": coming[:ROWS],
        "unserved": visits.filter(status__in=[Visit.Status.UNSERVED, Visit.Status.NOT_DONE])[:ROWS],
    }


def of_carer(user: User, today: date, now: datetime) -> dict[str, object]:
    """The carer's own day and the questions that wait for an answer."""
    own = assignments_visible_to(user).filter(carer__person__user=user, visit__service_date=today)
    offers = offers_visible_to(user).filter(carer__person__user=user, status=Offer.Status.SENT, expires_at__gt=now)
    return {
        "own_day": own.filter(status__in=Assignment.LIVE)
        .exclude(status__in=[Assignment.Status.PROPOSED, Assignment.Status.OFFERED])
        .select_related("visit__elder__person", "visit__item", "visit__place__town")
        .order_by("planned_start"),
        "own_offers": offers.select_related("visit__item", "visit__town").order_by("planned_start"),
        "decline_reasons": Offer.DeclineReason.choices,
    }


def of_dispatcher(user: User, today: date, now: datetime) -> dict[str, object]:
    """The day in figures, and the doubts that wait for a person."""
    visits = visits_visible_to(user).filter(service_date=today)
    doubts = Flag.objects.filter(
        status=Flag.Status.OPEN, assignment__in=assignments_visible_to(user).values("pk")
    ).select_related("assignment__visit__item", "assignment__visit__town", "assignment__carer__person")
    return {
        "states": by_state(visits),
        "doubts": doubts.order_by("-raised_at")[:ROWS],
        "unanswered": offers_visible_to(user).filter(status=Offer.Status.SENT).count(),
    }


def of_manager(user: User, today: date, now: datetime) -> dict[str, object]:
    """The organisation's own carers today, and the offers a manager may accept for them."""
    own = assignments_visible_to(user).filter(visit__service_date=today, status__in=Assignment.LIVE)
    offers = offers_visible_to(user).filter(status=Offer.Status.SENT, expires_at__gt=now)
    return {
        "organisations": user.managed_organisations.all(),
        "team_day": own.select_related("carer__person", "visit__item", "visit__town").order_by("planned_start")[:200],
        "team_offers": offers.select_related("carer__person", "visit__item", "visit__town").order_by("planned_start")[
            :200
        ],
    }


def of_administrator(user: User, today: date, now: datetime) -> dict[str, object]:
    """The month so far with last month beside it, what is owed, what runs out, and which months can be signed."""
    month = today.replace(day=1)
    now_sums, before = totals(month, user), totals(previous_month(month), user)
    return {
        "month": month,
        "figures": six_figures(month, user, WHOLE, Base.REGISTER, now_sums, before),
        "months": MonthClose.objects.order_by("-month")[:6],
        "owed": obligations_owed(month=month, user=user).count(),
        "expiring": expiring_certificates(within_days=60, on=today)[:ROWS],
    }


def of_auditor(user: User, today: date, now: datetime) -> dict[str, object]:
    """Who saw personal data lately, the frozen months, and how many doubts are open."""
    return {
        "reveals": RevealLog.objects.select_related("actor", "person")[:ROWS],
        "reveals_this_week": RevealLog.objects.filter(at__gte=now - timedelta(days=7)).count(),
        "months": MonthClose.objects.order_by("-month")[:12],
        "doubts_open": Flag.objects.filter(status=Flag.Status.OPEN).count(),
        "certificates_expired": Certificate.objects.filter(valid_to__lt=today, revoked_on__isnull=True).count(),
    }
