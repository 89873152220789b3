"""Runs the demonstration day against the running product: plan, publish, answer, repair, visit, review.

Dispatchers act through services, carers only through the HTTP API. Time is the simulated clock's, moved by `Clock`.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from celery import current_app as app
from django.contrib.auth.models import User
from django.db import close_old_connections

from dispatch.demo.habits import Habits
from dispatch.demo.phones import Phone, TooLate
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_visit, report_no_show
from dispatch.planning.models import PlanRun
from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan
from dispatch.visits.models import Assignment, Flag
from dispatch.visits.services.verify import review_flag
from orders.models import Visit
from people.models import Town

PARALLEL_PHONES = 4
TICK = timedelta(minutes=4)  # below the clock-skew limit: the server's clock stands at the end of each tick

QUIET_SECONDS = 1  # a task on its way from the queue to a worker is seen in neither

T = TypeVar("T")
Progress = Callable[[Iterable[T], int, str], Iterable[T]]


@dataclass(frozen=True, slots=True)
class Clock:
    """The simulated clock of the web server and the worker: one ISO moment in a file."""

    path: Path

    def set(self, moment: datetime) -> datetime:
        """Move the clock. The file is replaced whole, so that a reader never sees half of it."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(moment.isoformat())
        fresh.replace(self.path)
        return moment

    def now(self) -> datetime:
        """The simulated moment."""
        return datetime.fromisoformat(self.path.read_text())


@dataclass(frozen=True, slots=True)
class Check:
    """One check-in or check-out that a phone is going to send."""

    at: datetime
    assignment: int
    carer: int
    kind: str
    latitude: float
    longitude: float


def plan_and_publish(
    *, towns: Sequence[Town], today: date, dispatcher: User | None, clock: Clock, seconds: float = 300
) -> Iterator[PlanRun]:
    """Ask for a plan of every town, and publish each as soon as the worker has solved it.

    Raises TimeoutError when that takes more than the given seconds, RuntimeError when a run failed.
    """
    waiting = {request_plan(town=town, day=today, actor=dispatcher, now=clock.now()).pk for town in towns}
    for run in _finished(waiting, seconds=seconds):
        publish(run=run, actor=dispatcher, now=clock.now())
        yield run


def _finished(waiting: set[int], *, seconds: float) -> Iterator[PlanRun]:
    """Yield runs as the worker ends them. Raises TimeoutError when some never end, RuntimeError when one failed."""
    deadline = time.monotonic() + seconds
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError(f"The worker did not end the runs {sorted(waiting)}; see var/worker.log.")
        for run in PlanRun.objects.filter(pk__in=waiting).exclude(status__in=["queued", "solving"]):
            waiting.discard(run.pk)
            if run.status == PlanRun.Status.FAILED:
                raise RuntimeError(f"{run}: {run.failure}")
            yield run
        time.sleep(0.1)


def answer_offers(
    phones: dict[int, Phone], *, day: date, declining: float, silent: float, progress: Progress[int]
) -> int:
    """Every phone reads its offers for the day and accepts, declines or ignores each; returns how many were declined.

    An offer that is withdrawn while it stands on the screen (a partner declined) is passed over.
    """

    def answer(carer: int) -> int:
        phone = phones[carer]
        rng = Random(f"{phone.seed}:{declining}")
        declined = 0
        for offer in phone.offers(day):
            chance = rng.random()
            if chance < silent:
                continue
            with suppress(TooLate):
                if chance < silent + declining:
                    phone.post(f"offers/{offer['id']}/decline/", reason=rng.choice(["CONFLICT", "TOO_FAR", "SICK"]))
                    declined += 1
                else:
                    phone.post(f"offers/{offer['id']}/accept/")
        return declined

    with ThreadPoolExecutor(PARALLEL_PHONES) as pool:
        return sum(progress(pool.map(answer, phones), len(phones), "answers"))


def let_repairs_settle(*, clock: Clock, minutes: int) -> None:
    """Move the clock past the life of the offers, expire what was ignored, and wait until no plan is under way.

    Repairs that have begun end first: the offers they send bear the moment at which they began, so a clock that ran
    ahead of them would leave offers that nobody may accept any more.
    """
    _wait_until_quiet()
    clock.set(clock.now() + timedelta(minutes=minutes))
    app.send_task("dispatch.offers.tasks.expire_due")
    app.send_task("dispatch.confirmations.tasks.deliver_due")
    _wait_until_quiet()


def _wait_until_quiet() -> None:
    """Return once no plan is under way and no task waits or runs. Raises TimeoutError after four minutes."""
    quiet_since = time.monotonic()
    deadline = time.monotonic() + 240
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        if time.monotonic() > deadline:
            raise TimeoutError("Plans are still under way after four minutes; see var/worker.log.")
        if PlanRun.objects.filter(status__in=["queued", "solving"]).exists() or _tasks_waiting():
            quiet_since = time.monotonic()
        time.sleep(0.1)


def _tasks_waiting() -> bool:
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        return bool(channel.client.llen("celery") or channel.client.hlen("unacked"))


def cancel_some(
    *, towns: Sequence[Town], today: date, operator: User | None, clock: Clock, count: int, rng: Random
) -> int:
    """A few elders call to cancel what was already planned."""
    of_day = Visit.objects.filter(town__in=towns, service_date=today, status=Visit.Status.RESERVED)
    reserved = list(of_day.order_by("pk"))
    for visit in rng.sample(reserved, k=min(count, len(reserved))):
        cancel_visit(visit=visit, reason="老人临时去女儿家", actor=operator, now=clock.now())
    return count


def checks_of_the_day(
    *, towns: Sequence[Town], today: date, habits: Habits, rng: Random
) -> tuple[list[Check], list[Assignment]]:
    """What the phones will send, in the order of time, and the work whose carers will not come."""
    of_day = Assignment.objects.filter(visit__town__in=towns, visit__service_date=today)
    accepted = (
        of_day.filter(status=Assignment.Status.ACCEPTED)
        .select_related("visit__place", "carer")
        .order_by("planned_start", "pk")
    )
    checks: list[Check] = []
    missing: list[Assignment] = []
    for part in accepted:
        if rng.random() < habits.missing:
            missing.append(part)
            continue
        place = part.visit.place
        away = 0.01 if rng.random() < habits.away else 0.0
        share = 0.5 if rng.random() < habits.short else 1.0
        begin = part.planned_start + timedelta(minutes=rng.randint(0, habits.jitter))
        end = begin + (part.planned_end - part.planned_start) * share
        here = (place.latitude + away + rng.gauss(0, 0.0002), place.longitude + rng.gauss(0, 0.0002))
        checks += [Check(begin, part.pk, part.carer_id, "in", *here), Check(end, part.pk, part.carer_id, "out", *here)]
    return sorted(checks, key=lambda check: check.at), missing


def send_checks(phones: dict[int, Phone], checks: list[Check], *, clock: Clock, progress: Progress[Check]) -> None:
    """Live the day tick by tick: the clock moves on, then every phone sends what happened in that tick."""
    ticks: defaultdict[int, list[Check]] = defaultdict(list)
    for check in progress(checks, len(checks), "checks"):
        tick = int(check.at.timestamp() // TICK.total_seconds())
        if ticks and tick not in ticks:
            _send_tick(phones, *ticks.popitem(), clock=clock)
        ticks[tick].append(check)
    if ticks:
        _send_tick(phones, *ticks.popitem(), clock=clock)


def _send_tick(phones: dict[int, Phone], tick: int, checks: list[Check], *, clock: Clock) -> None:
    clock.set(datetime.fromtimestamp((tick + 1) * TICK.total_seconds(), UTC))
    app.send_task("dispatch.confirmations.tasks.deliver_due")
    of_carer: defaultdict[int, list[Check]] = defaultdict(list)
    for check in checks:
        of_carer[check.carer].append(check)

    def send(carer: int) -> None:
        for check in of_carer[carer]:
            phones[carer].check(
                check.assignment,
                check.kind,
                at=check.at,
                latitude=check.latitude,
                longitude=check.longitude,
                rng=Random(f"{check.assignment}:{check.kind}"),
            )

    with ThreadPoolExecutor(PARALLEL_PHONES) as pool:
        list(pool.map(send, of_carer))


def end_the_day(*, today: date, missing: list[Assignment], dispatcher: User | None, clock: Clock, rng: Random) -> None:
    """Report the no-shows, settle half of the doubts, and give up what nobody promised."""
    close_old_connections()
    if dispatcher is not None:
        for part in missing:
            report_no_show(assignment=part, reason="联系不上", actor=dispatcher, now=clock.now())
        doubts = Flag.objects.filter(status=Flag.Status.OPEN, assignment__visit__service_date=today)
        for flag in doubts.order_by("pk"):
            if rng.random() < 0.5:
                word = "已电话回访老人，情况属实"
                review_flag(flag=flag, verdict=Flag.Status.CLEARED, reason=word, actor=dispatcher, now=clock.now())
    clock.set(clock.now() + timedelta(hours=5))  # past midnight
    give_up_passed_days(now=clock.now())
