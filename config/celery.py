"""The Celery app and the table of what beat sends. How work is delivered and bounded: settings, CELERY_*.

The broker is never the record: every task takes ids and is safe to run twice.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# By task name; a far-off moment is a `due_at` column that one of these polls, never a long countdown.
SCHEDULE: dict[str, dict[str, Any]] = {
    "make visits of recurring orders": {"task": "dispatch.visits.tasks.materialise_series", "schedule": 3600.0},
    "fix the month's welfare visits": {"task": "orders.tasks.fix_obligations", "schedule": 3600.0},
    "put held credits right": {"task": "dispatch.visits.tasks.put_credit_holds_right", "schedule": 60.0},
    "forget old requests": {"task": "people.tasks.forget_old_requests", "schedule": 86400.0},
    "end forgotten calls": {"task": "orders.tasks.end_forgotten_calls", "schedule": 60.0},
    "expire offers": {"task": "dispatch.offers.tasks.expire_due", "schedule": 10.0},
    "look for late work": {"task": "dispatch.offers.tasks.look_for_late_work", "schedule": 30.0},
    "follow late evidence": {"task": "dispatch.offers.tasks.follow_late_evidence", "schedule": 30.0},
    "escalate urgent help": {"task": "dispatch.urgent.tasks.escalate_due", "schedule": 5.0},
    "forget what the menu said": {"task": "dispatch.offers.tasks.forget_menu_steps", "schedule": 3600.0},
    "give up passed days": {"task": "dispatch.offers.tasks.give_up_passed_days", "schedule": 900.0},
    "send confirmations": {"task": "dispatch.confirmations.tasks.deliver_due", "schedule": 10.0},
    "send notices": {"task": "dispatch.notices.tasks.deliver_due", "schedule": 10.0},
    "remind of certificates": {"task": "dispatch.notices.tasks.remind_of_certificates", "schedule": 86400.0},
    "watch plan runs": {"task": "dispatch.planning.tasks.watch_runs", "schedule": 10.0},
}

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_init.connect
def warm_up(**_: object) -> None:
    """Compile the engine's searches before the first task asks for them; the worker's children inherit them."""
    from dispatch.planning.warm import warm_up  # numba and ortools are no business of the other processes

    warm_up()
