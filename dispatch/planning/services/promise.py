"""Promising the slot that a caller chose, in the transaction that places the order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from dispatch.engine.rules import Rule
from dispatch.offers.models import Offer
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.day_clock import minute_of
from dispatch.planning.names import carer_id, leg_id
from dispatch.planning.selectors import is_running
from dispatch.planning.standing import Standing, standing
from dispatch.planning.words import rule_text
from orders.models import Visit
from orders.wall_clock import local
from people.errors import Conflict, Invalid, LostRace, NotAllowed, Overlap, Text, WrongState
from volunteers.models import Carer, Organisation


def offer_slot(
    *, visit: Visit, carers: Sequence[Carer], start: datetime, actor: User | None, now: datetime
) -> list[Offer]:
    """The offers of a chosen slot: one to each carer, for one part of the visit each, all from `start`.

    Carers who accept by contract have accepted when it returns. The day is looked at again first; after a refusal
    nothing of this is written, and the caller decides what becomes of the order.

    Raises:
        Invalid: not one carer for each part.
        WrongState: the day's plan is not published yet ("day_not_running"), or the visit no longer waits.
        Conflict: the slot is no longer free, or the visit is linked to another ("slot_taken"; facts: the rule).
    """
    if len(carers) != visit.carers_needed:
        raise Invalid(_("The visit needs %(carers)d carers.") % {"carers": visit.carers_needed})
    if not is_running(visit.town, visit.service_date):
        raise WrongState(
            _("The plan of that day is not published yet: nobody can be promised."), code="day_not_running"
        )
    parts = {leg_id(visit.pk, number): carer_id(carer.pk) for number, carer in enumerate(carers, start=1)}
    with transaction.atomic():
        _hold(carers)
        held = standing(visit, 1, now)
        if len(held.visit.legs) > len(parts):  # linked: only a plan finds carers for both visits
            raise _taken(start, rule_text(Rule.ALL_OR_NONE), rule=Rule.ALL_OR_NONE.value)
        broken = held.broken_by(parts, minute_of(start, visit.service_date))
        if broken is not None:
            who, rule = broken
            name = next(carer.person.name for carer in carers if carer_id(carer.pk) == who)
            raise _taken(start, _("%(name)s: %(why)s") % {"name": name, "why": rule_text(rule)}, rule=rule.value)
        try:
            return send_offers(legs=_legs(held, visit, carers, start), actor=actor, now=now)
        except (LostRace, NotAllowed, Overlap) as refusal:
            raise _taken(start, refusal.message, rule=refusal.code) from refusal


def _hold(carers: Sequence[Carer]) -> None:
    """Rivals for a carer's day pass one after the other: no row rule knows the way between two visits. Then the
    organisations with a daily limit, as publishing does. On SQLite the immediate transaction does the same."""
    if connection.features.has_select_for_update:
        keys = [carer.pk for carer in carers]
        list(Carer.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
        limited = Organisation.objects.filter(carers__in=keys, daily_minutes__isnull=False)
        list(limited.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _legs(held: Standing, visit: Visit, carers: Sequence[Carer], start: datetime) -> list[LegOffer]:
    minute, end = minute_of(start, visit.service_date), start + timedelta(minutes=visit.duration_minutes)
    return [
        LegOffer(visit, leg, carer, start, end, travel_minutes=held.way_to(carer_id(carer.pk), minute))
        for leg, carer in enumerate(carers, start=1)
    ]


def _taken(start: datetime, why: Text, *, rule: str) -> Conflict:
    message = _("%(time)s is no longer free. %(why)s") % {"time": f"{local(start):%H:%M}", "why": why}
    return Conflict(message, code="slot_taken", rule=rule)
