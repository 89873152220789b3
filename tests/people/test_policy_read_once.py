"""One deed reads the settings once and sees one set of them, whatever is stored meanwhile."""

from datetime import date
from typing import Any

import pytest

from people import policy
from people.models import PolicySetting

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 3)


def set_fence(metres: int, since: date) -> None:
    PolicySetting.objects.create(key="fence_metres", value=metres, effective_from=since)


def test_every_setting_comes_from_one_query_with_the_same_answers(django_assert_num_queries: Any) -> None:
    set_fence(100, date(2026, 1, 1))
    set_fence(0, date(2026, 3, 3))
    set_fence(300, date(2026, 3, 4))
    plain = {key: policy.value(key, on=DAY) for key in policy.DEFAULTS}

    with django_assert_num_queries(1), policy.read_once():
        assert {key: policy.value(key, on=DAY) for key in policy.DEFAULTS} == plain
        assert [policy.minutes("fence_metres", on=day) for day in (date(2025, 12, 31), date(2026, 3, 2), DAY)] == [
            150,
            100,
            0,
        ]


def test_what_is_stored_meanwhile_counts_for_the_next_deed() -> None:
    with policy.read_once():
        set_fence(100, date(2026, 1, 1))
        with policy.read_once():  # a deed within a deed
            assert policy.minutes("fence_metres", on=DAY) == 150
        assert policy.minutes("fence_metres", on=DAY) == 150
    assert policy.minutes("fence_metres", on=DAY) == 100


def test_a_deed_that_fails_leaves_nothing_behind() -> None:
    with pytest.raises(RuntimeError), policy.read_once():
        raise RuntimeError
    set_fence(100, date(2026, 1, 1))

    assert policy.minutes("fence_metres", on=DAY) == 100
