"""The web processes make themselves ready for live slots without holding up a page."""

from threading import Event, enumerate

import pytest

from config import gunicorn
from dispatch.engine import warm


def test_a_web_process_serves_while_it_warms_up(monkeypatch) -> None:
    begun, may_end = Event(), Event()

    def warm_slots() -> None:
        begun.set()
        may_end.wait(timeout=30)

    monkeypatch.setattr("dispatch.planning.warm.warm_slots", warm_slots)

    gunicorn.post_worker_init(None)

    assert begun.wait(timeout=30)
    [thread] = [thread for thread in enumerate() if thread.name == "warm-slots"]
    assert thread.daemon
    may_end.set()
    thread.join(timeout=30)


@pytest.mark.parametrize(("is_new", "others"), [(True, 1), (False, 0)])
def test_only_what_was_never_compiled_is_compiled_by_another_process(is_new, others, monkeypatch) -> None:
    started = []
    monkeypatch.setattr(warm, "nothing_compiled", lambda: is_new)
    monkeypatch.setattr(warm, "run", lambda command, **how: started.append(command[-1]))
    monkeypatch.setattr(warm, "warm_ruin", lambda: started.append("loaded here"))

    warm.warm_slots()

    assert started == ["dispatch.engine.warm"] * others + ["loaded here"]
