"""A plan in the making: what it costs and keeps, whatever is put in and taken out."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.engine.answer import draft_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.linking import settled
from dispatch.engine.schedule import Scheduler
from dispatch.engine.verify import verify
from tests.dispatch.engine.random_days import random_day, random_prices
from tests.dispatch.engine.town import plan_of


def shuffled(day: Day, luck: Random) -> Draft:
    """Visits put in, some taken out, others put in: by lot."""
    draft = Draft(day, Scheduler(day))
    for _ in range(2):
        absent = draft.absent()
        luck.shuffle(absent)
        for visit in absent:
            draft.insert(visit)
        for visit in luck.sample(range(len(day.visits)), len(day.visits) // 2):
            draft.remove(visit)
    for visit in draft.absent():
        draft.insert(visit)
    return draft


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_every_draft_passes_the_judge_and_costs_what_the_judge_says(seed):
    luck = Random(seed)
    day = Day(random_day(luck), random_prices(luck))

    draft = shuffled(day, luck)

    plan = plan_of(draft)
    report = verify(day.problem, plan)
    assert report.violations == ()
    assert report.figures.cost == draft.cost()
    again = draft_of(day, plan)
    assert (again.routes, again.cost() <= draft.cost()) == (draft.routes, True)


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_settled_starts_keep_every_rule(seed):
    luck = Random(seed)
    day = Day(random_day(luck), random_prices(luck))
    draft = shuffled(day, luck)

    earlier = settled(day, draft.scheduler, draft.routes)

    if earlier is not None:
        assert earlier.routes == draft.routes
        assert verify(day.problem, plan_of(earlier)).violations == ()


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_a_place_costs_what_the_plan_costs_more(seed):
    luck = Random(seed)
    day = Day(random_day(luck), random_prices(luck))
    draft = shuffled(day, luck)
    for visit, legs in enumerate(day.legs_of):
        if len(legs) == 1 and legs[0] not in day.pinned and draft.remove(visit):
            before = draft.cost()
            places = draft.best_places(visit)
            if places:
                draft.insert(visit)
                assert draft.cost() - before == places[legs[0]].cost - day.price[visit]
