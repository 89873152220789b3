"""Publishing a plan: check again what changed since, then offer the rest, in one short transaction."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from dispatch.engine.plan import Plan as Answer
from dispatch.engine.plan import Unserved
from dispatch.engine.problem import Problem
from dispatch.engine.verify import verify
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.day_clock import moment_of
from dispatch.planning.faults import fault_of
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.names import leg_of, pk_of
from dispatch.planning.services.recheck import Part, recheck
from dispatch.planning.services.runs import refused_because, require_planner
from dispatch.planning.snapshot import snapshot
from dispatch.planning.stored import answer_of, problem_of
from orders.models import Order, Visit
from orders.services.visits import note_unserved
from people.errors import Conflict
from people.transitions import move
from volunteers.models import Carer, Organisation

_TRIES = 3


def publish(*, run: PlanRun, actor: User | None, now: datetime) -> Plan:
    """Offer the plan's work to its carers and note why the rest is unserved. Publishing again changes nothing.

    Every part is checked against the day as it stands: what changed since is left out, with its reason on the plan.

    Raises:
        NotAllowed: the actor does not plan for this town.
        WrongState, LostRace: the run is not solved, or somebody discards it right now.
        Conflict: the stored plan breaks a rule ("plan_refused"), or the day kept changing meanwhile.
    """
    require_planner(actor, run.town)
    for attempt in range(1, _TRIES + 1):
        run.refresh_from_db()
        if run.status == PlanRun.Status.PUBLISHED:
            break
        try:
            _publish_once(run, actor=actor, now=now)
            break
        except Conflict:
            # A carer was booked between the check and the offer: look again. What is wrong with the run itself stays so.
            run.refresh_from_db()
            if attempt == _TRIES or run.status != PlanRun.Status.SOLVED:
                raise
    return Plan.objects.get(run=run)


def _publish_once(run: PlanRun, *, actor: User | None, now: datetime) -> None:
    with transaction.atomic():
        move(run, PlanRun.Status.PUBLISHED, actor=actor, now=now)
        plan = Plan.objects.get(run=run)
        old, answer = problem_of(run), answer_of(plan)
        violations = verify(old, answer).violations
        if violations:
            raise Conflict(
                _("This plan breaks a rule and is not published: %(why)s") % {"why": refused_because(violations)},
                code="plan_refused",
            )
        _hold(old)
        fresh = snapshot(run.town, run.day, now, only_holes=run.is_repair, ask_service=False).problem
        parts, left_out = recheck(answer, old, fresh)
        visits = _visits(old)
        send_offers(legs=_leg_offers(run, parts, visits), actor=actor, now=now)
        _note_unserved(answer, old, fresh, visits, now=now)
        plan.published_at = now
        plan.left_out = [
            {"visit": pk, "reason": each.reason} for each in left_out for pk in visit_keys(old, each.visit)
        ]
        plan.save(update_fields=["published_at", "left_out"])


def visit_keys(problem: Problem, engine_id: str) -> list[int]:
    """The keys of the visits behind an engine visit: one, or a linked pair."""
    visit = next(each for each in problem.visits if each.id == engine_id)
    return list(dict.fromkeys(leg_of(leg.id)[0] for leg in visit.legs))


def reasons_as_rows(problem: Problem, absent: Unserved) -> list[dict[str, object]]:
    """Reasons as they are kept on a visit: its code, whether it was proven by trying, and its facts.

    The first also says what would serve the visit, if something was found: kind, amount, carers, minute, minutes of
    travel.
    """
    fault = fault_of(next(each for each in problem.visits if each.id == absent.visit))
    if fault:
        return [{"code": fault, "proven": True}]
    rows: list[dict[str, object]] = [
        {"code": each.code.value, "proven": each.proven, **dict(each.detail)} for each in absent.reasons
    ]
    if absent.relaxation is not None:
        carers = [pk_of(carer) for carer in absent.relaxation.carers]
        rows[0]["relaxation"] = {**asdict(absent.relaxation), "kind": absent.relaxation.kind.value, "carers": carers}
    return rows


def _hold(problem: Problem) -> None:
    """Lock the plan's visits with their orders (in the order of `dispatch.visits.hold`): nobody amends or cancels one
    between the look at it and the offer. Then the organisations with a daily limit: two towns that are published at
    once count one after the other. On SQLite the immediate transaction does the same."""
    keys = _keys(problem)
    if connection.features.has_select_for_update:
        orders = set(Visit.objects.filter(pk__in=keys).values_list("order_item__order_id", flat=True))
        list(Order.objects.select_for_update().filter(pk__in=orders).order_by("pk").values_list("pk"))
        list(Visit.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
        carers = Carer.objects.filter(pk__in=[pk_of(carer.id) for carer in problem.carers])
        limited = Organisation.objects.filter(pk__in=carers.values("organisation"), daily_minutes__isnull=False)
        list(limited.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _visits(problem: Problem) -> dict[int, Visit]:
    rows = Visit.objects.filter(pk__in=_keys(problem)).select_related("item", "elder")
    return {visit.pk: visit for visit in rows}


def _keys(problem: Problem) -> set[int]:
    return {leg_of(leg.id)[0] for visit in problem.visits for leg in visit.legs}


def _leg_offers(run: PlanRun, parts: Iterable[Part], visits: dict[int, Visit]) -> list[LegOffer]:
    parts = list(parts)
    carers = Carer.objects.select_related("person").in_bulk({pk_of(part.carer) for part in parts})
    offers = []
    for part in parts:
        key, leg = leg_of(part.stop.leg)
        offers.append(
            LegOffer(
                visit=visits[key],
                leg=leg,
                carer=carers[pk_of(part.carer)],
                planned_start=moment_of(part.stop.start, run.day),
                planned_end=moment_of(part.stop.end, run.day),
                travel_minutes=part.stop.travel,
            )
        )
    return offers


def _note_unserved(answer: Answer, old: Problem, fresh: Problem, visits: dict[int, Visit], *, now: datetime) -> None:
    """Write the reasons on the visits that still wait."""
    waiting = {visit.id for visit in fresh.visits}
    for each in answer.unserved:
        if each.visit in waiting:
            for key in visit_keys(old, each.visit):
                note_unserved(visit=visits[key], reasons=reasons_as_rows(old, each), now=now)
