"""The edges by which workers and beat enter planning. Each task is harmless when it runs twice."""

from celery import shared_task

from dispatch.planning.services import pool, repair
from people import clock


@shared_task(name="dispatch.planning.tasks.solve_plan")
def solve_plan(run_id: int) -> None:
    """Solve one run; publish it when it is a repair."""
    repair.work_off(run_id=run_id, now=clock.now())


@shared_task(name="dispatch.planning.tasks.repair_hole")
def repair_hole(visit_id: int) -> None:
    """Ask for a repair of the town and day of a visit that lost its carer."""
    repair.ask_for_repair(visit_id=visit_id, now=clock.now())


@shared_task(name="dispatch.planning.tasks.watch_runs")
def watch_runs() -> None:
    """Send again what a dead worker or a broker that was away left behind, and look after the open pool."""
    now = clock.now()
    repair.watch(now=now)
    pool.watch_pools(now=now)
