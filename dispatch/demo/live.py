"""Lives one day of some towns on the embedded product: plan, publish, answer, repair, visit, end.

Broker, worker and web server run as children on a simulated clock; carers act through the HTTP API only.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from functools import partial
from random import Random

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils import timezone

from dispatch.demo import day as acts
from dispatch.demo import processes
from dispatch.demo.habits import Habits
from dispatch.demo.phones import Phone
from dispatch.demo.progress import Progress
from people.models import Town
from people.roles import Role
from people.services import log_in_device
from volunteers.models import Carer


def at(day: date, clock: time) -> datetime:
    """The moment (UTC) of a wall-clock time on a day."""
    return datetime.combine(day, clock, timezone.get_default_timezone()).astimezone(UTC)


def live(
    *,
    towns: Sequence[Town],
    day: date,
    dispatcher: User | None,
    operator: User | None,
    habits: Habits,
    port: int,
    rng: Random,
    progress: Progress,
) -> None:
    """Live the day from 06:30 until past midnight. The database must be the embedded SQLite file of this process."""
    clock = acts.Clock(settings.VAR_DIR / "demo-clock.txt")
    clock.set(at(day, time(6, 30)))
    with ExitStack() as running:
        with progress.step("start"):
            address = running.enter_context(processes.broker())
            current_app.conf.broker_url = address
            surroundings = {"REDIS_URL": address, "SIMULATED_CLOCK_FILE": str(clock.path)}
            running.enter_context(processes.worker(beat=False, **surroundings))
            running.enter_context(processes.web(port, **surroundings))
            phones = _log_in_phones(towns, f"http://127.0.0.1:{port}", now=clock.now())
        with progress.step("plan"):
            runs = acts.plan_and_publish(towns=towns, today=day, dispatcher=dispatcher, clock=clock)
            for _run in progress.bar(runs, len(towns), "plans, solved and published"):
                pass
        with progress.step("offers"):
            answer = partial(acts.answer_offers, phones, day=day, progress=progress.bar)
            answer(declining=habits.declining, silent=habits.silent)
            acts.let_repairs_settle(clock=clock, minutes=35)
            answer(declining=0.0, silent=0.0)
            acts.cancel_some(towns=towns, today=day, operator=operator, clock=clock, count=habits.cancelling, rng=rng)
            acts.let_repairs_settle(clock=clock, minutes=5)
            answer(declining=0.0, silent=0.0)
        with progress.step("visits"):
            checks, missing = acts.checks_of_the_day(towns=towns, today=day, habits=habits, rng=rng)
            acts.send_checks(phones, checks, clock=clock, progress=progress.bar)
            clock.set(at(day, time(20, 0)))
            acts.end_the_day(today=day, missing=missing, dispatcher=dispatcher, clock=clock, rng=rng)


def _log_in_phones(towns: Sequence[Town], base: str, *, now: datetime) -> dict[int, Phone]:
    """One device token per carer, issued without the password: hashing hundreds of them would take minutes.

    A carer who has no login yet (an imported one) gets one that cannot be used with a password.
    """
    phones = {}
    for carer in Carer.objects.filter(town__in=towns).select_related("person__user").order_by("pk"):
        user = carer.person.user or _make_login(carer)
        _device, token = log_in_device(user=user, name=f"phone-{carer.pk}", now=now)
        phones[carer.pk] = Phone(base=base, token=token, name=f"phone-{carer.pk}", seed=carer.pk)
    return phones


def _make_login(carer: Carer) -> User:
    user = User.objects.create(username=f"simulated-{carer.number}"[:150])
    user.set_unusable_password()
    user.save(update_fields=["password"])
    user.groups.add(Group.objects.get(name=Role.CARER))
    carer.person.user = user
    carer.person.save(update_fields=["user"])
    return user
