"""The race has what it claims: every rival is asked for every job, and each kind of answer is counted apart."""

from collections import Counter
from typing import Any

import pytest

from benchmarks.race.rivals import load, winners
from benchmarks.race.taps import Answers, race
from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer
from people import clock

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_rival_is_asked_for_every_job_on_a_day_of_its_own() -> None:
    rivals = load(carers=3, jobs=2, seed=0)

    assert [len(rival.offers) for rival in rivals] == [2, 2, 2]
    assert len({rival.token for rival in rivals}) == 3
    for jobs in zip(*(rival.offers for rival in rivals), strict=True):
        asked = Offer.objects.filter(pk__in=jobs)
        assert (asked.values("visit").distinct().count(), asked.values("carer").distinct().count()) == (1, 3)
    assert Offer.objects.values("visit__service_date").distinct().count() == 2
    assert winners() == [0, 0]


def test_winners_are_counted_by_job() -> None:
    rivals = load(carers=2, jobs=2, seed=0)
    second = Offer.objects.get(pk=rivals[0].offers[1])

    accept_offer(offer=second, actor=None, now=clock.now())

    assert winners() == [0, 1]


def test_the_last_of_a_race_are_told_who_and_when(live_server: Any) -> None:
    rivals = load(carers=4, jobs=1, seed=0)

    answers = race(rivals, live_server.thread.port)

    assert answers == Answers(Counter({"200": 1, "409": 3}), Counter({"taken": 3}), untold=0)
    assert winners() == [1]
