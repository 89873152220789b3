"""The long commands refuse before they change anything, and end their children however they are ended."""

import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dispatch.demo import processes
from people.models import Town
from tests.cast import make_town


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens and never answers."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture(autouse=True)
def _handlers_come_back() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "options"), [("demo", {}), ("serve", {}), ("live_day", {"day": "2026-11-24"})])
def test_a_taken_port_is_named_at_once_and_nothing_changes(
    command: str, options: dict[str, Any], taken: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town("T1", "涟城街道", 33.78, 119.26)
    settings.DEBUG = True
    monkeypatch.setattr("django.db.connection.vendor", "sqlite")
    given = {"town": town.code, **options} if options else {}

    with pytest.raises(CommandError, match=f"Port {taken} is taken"):
        call_command(command, port=taken, **given)

    assert list(Town.objects.all()) == [town]


@pytest.mark.django_db
@pytest.mark.parametrize(("vendor", "debug"), [("postgresql", True), ("sqlite", False)])
@pytest.mark.parametrize("command", [["demo"], ["live_day", "--town", "T1", "--day", "2026-11-24"]])
def test_only_a_development_file_is_ever_replaced(
    command: list[str], vendor: str, debug: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town("T1", "涟城街道", 33.78, 119.26)
    settings.DEBUG = debug
    monkeypatch.setattr("django.db.connection.vendor", vendor)

    with pytest.raises(CommandError, match="development SQLite file only"):
        call_command(*command)

    assert list(Town.objects.all()) == [town]


def test_a_terminated_command_leaves_through_its_blocks() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes.prepare(port)

    with pytest.raises(SystemExit) as left:
        signal.raise_signal(signal.SIGTERM)
    assert left.value.code == 128 + signal.SIGTERM
