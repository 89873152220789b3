"""A broker that is gone (refuses) or hangs (accepts the connection and never says a word)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from celery import current_app
from redis.connection import Connection


@contextmanager
def broken_broker(*, silent: bool) -> Iterator[Callable[[], int]]:
    """Inside, whatever this process sends goes to an address where nobody answers.

    Gives how often a connection was tried so far: at a broker that hangs, each try costs one time-out.
    """
    app: Any = current_app._get_current_object()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen(64)
        port = listener.getsockname()[1]
        with _sending_to(app, f"redis://127.0.0.1:{port}/0"), _tries_at(port) as tries:
            yield lambda: len(tries)


@contextmanager
def _sending_to(app: Any, address: str) -> Iterator[None]:
    kept = app.conf.broker_url, app._pool, app.amqp._producer_pool
    app.conf.broker_url, app._pool, app.amqp._producer_pool = address, None, None
    try:
        yield
    finally:
        app.conf.broker_url, app._pool, app.amqp._producer_pool = kept


@contextmanager
def _tries_at(port: int) -> Iterator[list[int]]:
    tries: list[int] = []
    connect = Connection._connect

    def counted(connection: Any) -> Any:
        if connection.port == port:
            tries.append(port)
        return connect(connection)

    with patch.object(Connection, "_connect", counted):
        yield tries
