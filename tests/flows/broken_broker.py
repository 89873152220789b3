"""A broker that is gone (refuses) or hangs (accepts the connection and never says a word)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from celery import current_app


@contextmanager
def broken_broker(*, silent: bool) -> Iterator[Callable[[], int]]:
    """Inside, whatever this process sends goes to an address where nobody answers.

    Gives how often a silent one was called since it was asked last: each call costs one time-out.
    """
    app: Any = current_app._get_current_object()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen(64)
        with _sending_to(app, f"redis://127.0.0.1:{listener.getsockname()[1]}/0"):
            yield lambda: _callers(listener) if silent else 0


def _callers(listener: socket.socket) -> int:
    listener.setblocking(False)
    count = 0
    with suppress(BlockingIOError):  # nobody else has called
        while True:
            listener.accept()[0].close()
            count += 1
    return count


@contextmanager
def _sending_to(app: Any, address: str) -> Iterator[None]:
    kept = app.conf.broker_url, app._pool, app.amqp._producer_pool
    app.conf.broker_url, app._pool, app.amqp._producer_pool = address, None, None
    try:
        yield
    finally:
        app.conf.broker_url, app._pool, app.amqp._producer_pool = kept
