"""A carer's own day as cards: questions to answer, work to do, and what comes in the next days."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from dispatch.offers.models import Offer
from dispatch.offers.selectors import credit_of, metres_to, offers_visible_to
from dispatch.visits.models import Assignment, CheckEvent
from dispatch.visits.selectors import PROMISED, Disclosure, day_bounds, own_day
from people.masking import mask_name
from volunteers.timebank.models import Account

ASKED_AT_ONCE = 20
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Question:
    """An offer, how far it is from where the carer starts, and the minutes it would earn."""

    offer: Offer
    metres: int
    credit_minutes: int


@dataclass(frozen=True, slots=True)
class Task:
    """One's own part in a visit. `next_check` is what to tap next, empty when nothing is left to do.

    Name, address and alerts are empty or masked once the policy's time after the visit is over.
    """

    part: Assignment
    elder_name: str
    address: str
    alerts: list[str]
    next_check: str
    # Made with the page, so that a second tap on the same page is the same event.
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)


def of_carer(user: User, today: date, now: datetime) -> dict[str, object]:
    """The carer's own day, the questions that wait for an answer, and the own time account."""
    end_of_day = day_bounds(today)[1]
    disclosure = Disclosure.for_user(user, now)
    own = own_day(user, today).filter(status__in=PROMISED)
    ahead = Assignment.objects.filter(
        carer__person__user=user,
        status=Assignment.Status.ACCEPTED,
        planned_start__gt=end_of_day,
        planned_start__lte=end_of_day + timedelta(days=DAYS_AHEAD),
    )
    return {
        "questions": _questions(user, now),
        "tasks": [_task(part, disclosure) for part in own],
        "ahead": ahead.select_related("visit__item", "visit__town").order_by("planned_start", "pk"),
        "decline_reasons": [choice for choice in Offer.DeclineReason.choices if choice[0] != Offer.DeclineReason.OTHER],
        "account": Account.objects.filter(person__user=user).first(),
    }


def _questions(user: User, now: datetime) -> list[Question]:
    offers = offers_visible_to(user).filter(carer__person__user=user, status=Offer.Status.SENT, expires_at__gt=now)
    rows = offers.select_related("visit__item", "visit__place__town", "carer__start_place")
    return [Question(offer, metres_to(offer), credit_of(offer)) for offer in rows.order_by("expires_at", "pk")][
        :ASKED_AT_ONCE
    ]


def _task(part: Assignment, disclosure: Disclosure) -> Task:
    elder, place = part.visit.elder, part.visit.place
    if not disclosure.covers(part):
        return Task(part, mask_name(elder.person.name), place.town.name, [], "")
    steps = {Assignment.Status.ACCEPTED: CheckEvent.Kind.IN, Assignment.Status.CHECKED_IN: CheckEvent.Kind.OUT}
    alerts = [f"{alert} · {alert.note}" if alert.note else str(alert) for alert in elder.alerts.all()]
    address = f"{place.town.name} {place.village} {place.address}".strip()
    return Task(part, elder.person.name, address, alerts, steps.get(Assignment.Status(part.status), ""))
