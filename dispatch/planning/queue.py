"""Hands runs to the workers, by task name."""

from people.queue import send_after_commit

SOLVE = "dispatch.planning.tasks.solve_plan"


def solve_soon(run_id: int) -> None:
    """Once this transaction has committed, ask a worker to solve the run."""
    send_after_commit(SOLVE, run_id)
