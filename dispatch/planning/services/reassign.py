"""Giving a visit to another carer by hand; the engine is asked first, and its rule is the refusal."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from dispatch.engine.rules import Rule
from dispatch.offers.models import Offer
from dispatch.offers.services.end import release_assignment
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.day_clock import minute_of, moment_of
from dispatch.planning.names import leg_of, pk_of
from dispatch.planning.services.runs import require_planner
from dispatch.planning.standing import standing
from dispatch.planning.words import rule_text
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import Conflict
from volunteers.models import Carer

REASON = "reassigned"


def reassign(
    *, visit: Visit, leg: int, carer: Carer, start: datetime | None = None, actor: User | None, now: datetime
) -> list[Offer]:
    """The offers after the leg went to `carer`, at `start` or, without one, where it costs least travel.

    Whoever held the leg is released. Partners of a double-up or a linked visit are asked again: all or none.

    Raises:
        NotAllowed: the actor does not plan for this town.
        WrongState: the visit has begun or has ended.
        Conflict: a rule forbids it (its name is the code), the carer is not on duty in this town that day
            ("not_on_duty"), or somebody changed the work meanwhile.
    """
    require_planner(actor, visit.town)
    now_held = standing(visit, leg, now)
    day = visit.service_date
    settled = now_held.settle(carer, None if start is None else minute_of(start, day))
    if isinstance(settled, Rule):
        raise Conflict(rule_text(settled), code=settled.value)
    minutes = {each.id: each.minutes for each in now_held.visit.legs}
    keys = {leg_of(each)[0] for each in settled}
    carers = Carer.objects.select_related("person").in_bulk({pk_of(who) for who, _ in settled.values()})
    with transaction.atomic():
        _release(keys, actor=actor, now=now)
        visits = Visit.objects.select_related("item", "elder").in_bulk(keys)
        offers = [
            LegOffer(
                visit=visits[leg_of(each)[0]],
                leg=leg_of(each)[1],
                carer=carers[pk_of(who)],
                planned_start=moment_of(minute, day),
                planned_end=moment_of(minute + minutes[each], day),
                travel_minutes=now_held.way_to(who, minute),
            )
            for each, (who, minute) in settled.items()
        ]
        return send_offers(legs=offers, actor=actor, now=now)


def _release(visit_keys: set[int], *, actor: User | None, now: datetime) -> None:
    """Take the visits' live work back; releasing one part releases the others with it."""
    for assignment in Assignment.objects.filter(visit__in=visit_keys, status__in=Assignment.LIVE).order_by("pk"):
        assignment.refresh_from_db(fields=["status"])
        if assignment.status in Assignment.LIVE:
            release_assignment(assignment=assignment, reason=REASON, actor=actor, now=now, repair=False)
