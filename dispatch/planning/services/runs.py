"""The life of a plan run up to its plan: asked for, claimed, solved, checked, stored, or put aside."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dispatch.engine.params import Params
from dispatch.engine.plan import Plan as Answer
from dispatch.engine.problem import Problem
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds, MaxSolutions, Stop
from dispatch.engine.verify import Violation, verify
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.queue import solve_soon
from dispatch.planning.selectors import may_plan
from dispatch.planning.snapshot import Snapshot, snapshot
from dispatch.planning.stored import answer_row, problem_row
from people import policy
from people.clock import local_date
from people.errors import Conflict, DomainError, Invalid, LostRace, NotAllowed
from people.models import Town
from people.transitions import move, record_birth

Status = PlanRun.Status

# No task outlives its time limit, so a claim this old belongs to a dead worker.
CLAIM = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)

_log = structlog.get_logger(__name__)


def request_plan(
    *,
    town: Town,
    day: date,
    actor: User | None,
    now: datetime,
    seed: int = 0,
    params: Mapping[str, int | bool] | None = None,
    solutions: int | None = None,
    is_repair: bool = False,
    send: bool = True,
) -> PlanRun:
    """A queued run; a worker takes it up after the commit, unless the caller solves it himself (`send=False`).

    With `solutions` the search stops on their number instead of on time, so that the same seed gives the same plan.

    An older plan of the town and day that waits for review is discarded, unless this is a repair.

    Raises:
        NotAllowed: the actor does not plan for this town.
        Invalid: the day has passed, or a price is wrong.
        Conflict: a run of this town and day is under way ("run_under_way").
    """
    require_planner(actor, town)
    if day < local_date(now):
        raise Invalid(_("This day has passed."), code="day_passed")
    try:
        prices = Params(**(params or {}))  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise Invalid(str(error), code="wrong_price") from error
    try:
        with transaction.atomic():
            run = PlanRun.objects.create(
                town=town,
                day=day,
                is_repair=is_repair,
                seed=seed,
                params={"prices": asdict(prices), "stop": _stop_for(day, solutions, is_repair)},
                requested_by=actor,
                requested_at=now,
            )
            record_birth(run, actor=actor, now=now)
            if not is_repair:
                _supersede(run, actor=actor, now=now)
            if send:
                solve_soon(run.pk)
    except IntegrityError as error:
        raise Conflict(_("A plan of this town and day is being made already."), code="run_under_way") from error
    return run


def solve_run(*, run_id: int, now: datetime) -> PlanRun:
    """Claim the run, read the day, solve outside any transaction, check, store.

    Harmless when called twice: a run that is solved, or that a living worker holds, is returned as it stands. A run
    whose worker died is taken over. A plan that the verifier refuses makes the run fail with the reason.
    """
    run = PlanRun.objects.select_related("town").get(pk=run_id)
    if not _claim(run, now):
        return run
    taken: Snapshot | None = None
    try:
        taken = snapshot(run.town, run.day, now, only_holes=run.is_repair)
        answer = solve(
            taken.problem, stop=stop_of(run), params=prices_of(run), seed=run.seed, prove=proof_seconds_of(run)
        )
        violations = verify(taken.problem, answer).violations
    except Exception as error:  # whatever broke, the run must end and say why
        _log.exception("plan_run_broke", run=run.pk)
        reason = str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        _fail(run, reason, now=now, taken=taken)
        return run
    if violations:
        _fail(run, refused_because(violations), now=now, taken=taken)
        return run
    _store(run, taken, answer, now=now)
    return run


def discard(*, run: PlanRun, actor: User | None, now: datetime, reason: str = "") -> None:
    """Put a plan aside for good; a run that still waits in the queue is never solved.

    Raises:
        NotAllowed: the actor does not plan for this town.
        WrongState, LostRace: it is published, being solved, or discarded already.
    """
    require_planner(actor, run.town)
    move(run, Status.DISCARDED, actor=actor, now=now, reason=reason, finished_at=now)


def require_planner(actor: User | None, town: Town) -> None:
    """Raises NotAllowed unless the actor plans for the town; the system itself (None) may."""
    if actor is not None and not may_plan(actor, town):
        raise NotAllowed(_("Only dispatchers of this town may plan it."), code="not_planner")


def prices_of(run: PlanRun) -> Params:
    """The engine's parameters as they were when the run was asked for."""
    return Params(**run.params["prices"])


def stop_of(run: PlanRun) -> Stop:
    """When the run's search ends."""
    stop = run.params["stop"]
    return MaxSolutions(stop["solutions"]) if "solutions" in stop else MaxSeconds(stop["seconds"])


def proof_seconds_of(run: PlanRun) -> float:
    """Seconds for a proven bound after the search; runs that stop on iterations, repairs and older ones prove nothing."""
    return float(run.params["stop"].get("proof_seconds", 0))


def refused_because(violations: Iterable[Violation]) -> str:
    """What the verifier found, for people: rule, visit and carer of each."""
    found = [f"{each.rule.value} {each.visit} {each.carer} {each.detail}" for each in violations]
    return "refused by the verifier: " + "; ".join(" ".join(each.split()) for each in found)


def _stop_for(day: date, solutions: int | None, is_repair: bool) -> dict[str, float]:
    if solutions is not None:
        return {"solutions": solutions}
    if is_repair:
        return {"seconds": policy.number("repair_seconds", on=day)}
    return {
        "seconds": policy.number("plan_seconds", on=day),
        "proof_seconds": policy.number("proof_seconds", on=day),
    }


def _supersede(run: PlanRun, *, actor: User | None, now: datetime) -> None:
    older = PlanRun.objects.filter(town=run.town, day=run.day, status=Status.SOLVED, is_repair=False)
    for each in older.order_by("pk"):
        move(each, Status.DISCARDED, actor=actor, now=now, reason=f"superseded by run {run.pk}")


def _claim(run: PlanRun, now: datetime) -> bool:
    """True when this worker may solve the run: it was queued, or its worker's claim has lapsed."""
    if run.status == Status.QUEUED:
        try:
            move(run, Status.SOLVING, actor=None, now=now, claimed_until=now + CLAIM)
        except LostRace:
            return False
        return True
    if run.status != Status.SOLVING or run.claimed_until is None or run.claimed_until > now:
        return False
    with transaction.atomic():
        held = PlanRun.objects.filter(pk=run.pk, status=Status.SOLVING, claimed_until=run.claimed_until)
        if held.update(claimed_until=now + CLAIM) != 1:
            return False
        run.events.create(old=run.status, new=run.status, reason="taken over from a dead worker", actor=None, at=now)
    return True


def _fail(run: PlanRun, reason: str, *, now: datetime, taken: Snapshot | None = None) -> None:
    """End the run with its reason, and with the problem if it came so far: a refused plan must be made again."""
    changes: dict[str, object] = {"failure": reason[:500], "finished_at": now}
    if taken is not None:
        changes |= {"problem": problem_row(taken.problem), "travel_source": taken.travel_source}
    try:
        move(run, Status.FAILED, actor=None, now=now, reason=reason[:200], **changes)
    except LostRace:
        _log.info("plan_run_ended_elsewhere", run=run.pk)


def _store(run: PlanRun, taken: Snapshot, answer: Answer, *, now: datetime) -> None:
    """Keep the plan with all that is needed to make it again, unless another worker was first."""
    try:
        with transaction.atomic():
            move(
                run,
                Status.SOLVED,
                actor=None,
                now=now,
                problem=problem_row(taken.problem),
                travel_source=taken.travel_source,
                finished_at=now + timedelta(seconds=answer.seconds),
            )
            Plan.objects.create(
                run=run, content=answer_row(answer), seconds=answer.seconds, **figures(taken.problem, answer)
            )
    except LostRace:
        _log.info("plan_run_ended_elsewhere", run=run.pk)


def figures(problem: Problem, answer: Answer) -> dict[str, int]:
    """The sums the board shows. Visits count as the elders know them: a linked pair is two."""
    visits = {visit.id: len({leg.id.split("/")[0] for leg in visit.legs}) for visit in problem.visits}
    unserved = sum(visits[each.visit] for each in answer.unserved)
    return {
        "served": sum(visits.values()) - unserved,
        "unserved": unserved,
        "travel_minutes": answer.figures.travel,
        "service_minutes": answer.figures.service,
    }
