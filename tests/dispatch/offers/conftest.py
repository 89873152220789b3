"""What the tests of offers share."""

import pytest

from people import queue


@pytest.fixture
def repairs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The visits for which planning was asked to look for the next best carer."""
    asked: list[int] = []
    monkeypatch.setattr(queue, "_send", lambda task, pk: asked.append(pk))
    return asked
