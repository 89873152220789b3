"""The world of these tests, five minutes after it began."""

from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.cast import assemble
from tests.security.world import World, build, moment


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of a module: each test's transaction lies within the one that holds it."""
    with django_db_blocker.unblock(), ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        built = build(assemble())
        around = stack.pop_all()  # from here on it is this fixture's to end
    yield built
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.close()


@pytest.fixture
def world(_built: World, db: None, settings: Any, tmp_path: Path) -> World:
    clock = tmp_path / "clock"
    clock.write_text(moment().isoformat())
    settings.VAPID_PRIVATE_KEY, settings.VAPID_CONTACT = "A" * 42 + "E", "mailto:office@example.cn"
    settings.SIMULATED_CLOCK_FILE = str(clock)
    return deepcopy(_built)
