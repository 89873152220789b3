"""What gunicorn does beside serving: each of its processes lets short answers through, and makes itself ready for live
slots in the background."""

import gc
import sys
from threading import Thread
from typing import Any

# A page builds thousands of objects and lets them go again at its end: a search for cycles finds nothing among them, and
# costs a seventh of the time in which an order is answered.
_OBJECTS_UNTIL_SEARCHED = 20_000
# Seconds that a thread may compute on while another waits: a poll waits for its turn after each of its questions to the
# database, and beside a month's report that came to five times as much.
_SWITCH = 0.001


def post_worker_init(_worker: Any) -> None:
    """Load the engine's search while pages are served already; a thread of the parent would not live on in the child."""
    sys.setswitchinterval(_SWITCH)
    Thread(target=_warm_slots, name="warm-slots", daemon=True).start()


def _warm_slots() -> None:
    from dispatch.planning.warm import warm_slots  # numba and ortools take their time to load, and need Django set up

    warm_slots()
    gc.collect()
    gc.freeze()  # what is loaded by now stays for good
    gc.set_threshold(_OBJECTS_UNTIL_SEARCHED, 20, 20)
