"""A real Celery worker process on the test's own database and broker."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import redis

from tests.harness import servers

ROOT = Path(__file__).resolve().parents[2]
LOOKS = 5


class CeleryWorker:
    """`celery -A config worker` in its own process group, ready to work once the constructor returns.

    With `visibility_seconds`, messages of a killed worker come back after that time instead of 14 minutes.
    """

    def __init__(self, *, concurrency: int = 1, visibility_seconds: int | None = None) -> None:
        self.name = f"test-{uuid.uuid4().hex[:8]}@localhost"
        self.log = servers.run_dir() / f"{self.name}.log"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": servers.SETTINGS,
            "DATABASE_URL": test_database_url(),
        }
        if visibility_seconds is not None:
            environment["TEST_VISIBILITY_SECONDS"] = str(visibility_seconds)
        command = [sys.executable, "-m", "celery", "-A", "config", "worker"]
        command += ["--hostname", self.name, "--concurrency", str(concurrency)]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(self._answers, seconds=120, what="answer a ping")

    def __enter__(self) -> "CeleryWorker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def kill(self) -> None:
        """Kill the worker and its children at once, as a power cut would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask the worker to end, and kill it when it does not within ten seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait_until_idle(self, *, seconds: float = 60) -> None:
        """Return once no message waits or is being worked on (late acknowledgement keeps those in `unacked`).

        Several looks in a row must agree: between the queue and `unacked` a message is for a moment in neither.
        """
        quiet = 0

        def still() -> bool:
            nonlocal quiet
            quiet = quiet + 1 if pending_messages() == 0 else 0
            return quiet == LOOKS

        self.wait_for(still, seconds=seconds, what="finish its tasks")

    def _answers(self) -> bool:
        from config.celery import app

        return bool(app.control.ping(destination=[self.name], timeout=1.0))

    def wait_for(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None:
                raise RuntimeError(f"The Celery worker ended before it could {what}:\n{self._tail()}")
            if time.monotonic() > end:
                raise TimeoutError(f"The Celery worker did not {what} in {seconds:g} s:\n{self._tail()}")
            time.sleep(0.02)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


class SharedWorker:
    """The one worker that serves many tests, started when first asked for and after it was put away."""

    def __init__(self) -> None:
        self._worker: CeleryWorker | None = None

    def running(self) -> CeleryWorker:
        """The worker, alive and ready."""
        if self._worker is None or self._worker.process.poll() is not None:
            self._worker = CeleryWorker(concurrency=2)
        return self._worker

    def put_away(self) -> None:
        """Stop it, so that a test's own workers get every message."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None


def broker() -> "redis.Redis":
    """A client of this test process's own Valkey database."""
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def empty_queues() -> None:
    """Drop whatever earlier tests sent and no worker took."""
    broker().flushdb()


def leave_sweep_lock() -> None:
    """What a worker leaves that dies while it sweeps for messages of the dead: the lock that keeps the others off."""
    from config.celery import app

    with app.connection_for_write() as connection:
        channel = connection.default_channel
        broker().set(channel.unacked_mutex_key, "of a dead worker", ex=channel.unacked_mutex_expire)


def pending_messages() -> int:
    """How many task messages wait in the queue or are held by a worker."""
    from config.celery import app

    client = broker()
    queued = sum(int(client.llen(queue)) for queue in app.amqp.queues)
    return queued + int(client.hlen("unacked"))


def test_database_url() -> str:
    """The DATABASE_URL by which another process reaches the database this test process uses."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
