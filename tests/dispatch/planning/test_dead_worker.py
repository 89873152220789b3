"""A real Celery worker is killed in the middle of a plan; the run ends solved, exactly once."""

import time
from collections.abc import Callable

from dispatch.planning.models import Plan, PlanRun, PlanRunEvent
from dispatch.planning.services.repair import watch
from dispatch.planning.services.runs import request_plan
from people import clock
from people.models import PolicySetting
from tests.dispatch.planning import make
from tests.harness.worker import CeleryWorker
from tests.orders.make import item, town

SECONDS = 60


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"it took longer than {SECONDS} s until {what}"
        time.sleep(0.05)


def status(run: PlanRun) -> str:
    return PlanRun.objects.values_list("status", flat=True).get(pk=run.pk)


def test_a_plan_survives_the_death_of_its_worker(start_worker: Callable[..., CeleryWorker]) -> None:
    now = clock.now()
    tomorrow = clock.local_date(now).replace(day=1).replace(year=clock.local_date(now).year + 1)
    clean = item(code="CLEAN")
    for number in range(3):
        make.carer(f"C{number}")
    for number in range(10):
        make.visit(make.elder_at(f"E{number}", number / 2), clean, "09:00", "16:00", day=tomorrow)
    # Long enough to be killed in the middle.
    search = PolicySetting.objects.create(key="plan_seconds", value=50, effective_from=tomorrow, owner="test")
    worker = start_worker(visibility_seconds=2)
    run = request_plan(town=town(), day=tomorrow, actor=None, now=now)
    wait_for(lambda: status(run) == "solving", "the worker began")
    worker.kill()
    assert status(run) == "solving"
    assert not Plan.objects.exists()

    # The same run is short now, and the dead worker's claim has lapsed.
    search.delete()
    PlanRun.objects.filter(pk=run.pk).update(params={**run.params, "stop": {"seconds": 1}}, claimed_until=now)
    watch(now=clock.now())
    start_worker(visibility_seconds=2)
    wait_for(lambda: status(run) == "solved", "the run was taken over and solved")
    assert Plan.objects.filter(run=run).count() == 1
    events = list(PlanRunEvent.objects.filter(subject=run).values_list("old", "new"))
    assert events == [("", "queued"), ("queued", "solving"), ("solving", "solving"), ("solving", "solved")]
