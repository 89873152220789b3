"""A broker that is gone (refuses) or hangs (accepts the connection and never says a word)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app


@contextmanager
def broken_broker(*, silent: bool) -> Iterator[None]:
    """Inside, whatever this process sends goes to an address where nobody answers."""
    app: Any = current_app._get_current_object()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen(64)
        with _sending_to(app, f"redis://127.0.0.1:{listener.getsockname()[1]}/0"):
            yield


@contextmanager
def _sending_to(app: Any, address: str) -> Iterator[None]:
    kept = app.conf.broker_url, app._pool, app.amqp._producer_pool
    app.conf.broker_url, app._pool, app.amqp._producer_pool = address, None, None
    try:
        yield
    finally:
        app.conf.broker_url, app._pool, app.amqp._producer_pool = kept
