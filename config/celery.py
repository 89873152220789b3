"""The Celery app: one place for how work is delivered, retried, bounded and scheduled.

The broker is never the record: every task takes ids and is safe to run twice. docs/mechanisms tells why.
"""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A task that outlives the hard limit is killed, so no copy may be handed out before that.
SOFT_LIMIT_SECONDS = 240
HARD_LIMIT_SECONDS = 300

DELIVERY: dict[str, Any] = {
    # A message is acknowledged after the work, so a killed worker's message comes back.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_soft_time_limit": SOFT_LIMIT_SECONDS,
    "task_time_limit": HARD_LIMIT_SECONDS,
    # Business state lives in rows (PlanRun, events), never in a result backend.
    "task_ignore_result": True,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        # Above the hard limit and any countdown, and within the promised 15 minutes.
        "visibility_timeout": 840,
        # By default the broker looks for lost messages every 100 s; here every 10 s.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # A half-open connection must not hang the caller.
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "health_check_interval": 30,
    },
}

# What beat sends, by task name; a far-off moment is a `due_at` column that one of these polls.
SCHEDULE: dict[str, dict[str, Any]] = {}

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(DELIVERY, beat_schedule=SCHEDULE)
app.autodiscover_tasks()
