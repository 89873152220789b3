"""Asks planning to fill a hole, by task name: offers never imports planning."""

from people.queue import send_after_commit

REPAIR = "dispatch.planning.tasks.repair_hole"


def ask_repair(visit_id: int) -> None:
    """Once this transaction has committed, ask for the next best carer of an open visit."""
    send_after_commit(REPAIR, visit_id)
