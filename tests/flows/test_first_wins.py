"""Twenty carers press the button at once. One gets the work, the rest are told who and when; and why that is so."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import LostRace
from people.transitions import move
from tests.dispatch.factories import NOW, accept, ask_pool, make_carer, make_visit
from tests.dispatch.threads import together
from tests.flows.database import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 20


def test_one_of_twenty_wins_and_the_others_hear_who_and_when() -> None:
    carers = [
        make_carer(f"C{number}", name=f"{family}小明") for number, family in enumerate("王李张刘陈杨赵黄周吴" * 2)
    ]
    pool = ask_pool(make_visit(), *carers)

    outcomes = together([partial(accept, offer) for offer in pool])

    [winner] = [outcome for outcome in outcomes if isinstance(outcome, Assignment)]
    losers = [outcome for outcome in outcomes if outcome is not winner]
    family = winner.carer.person.name[0]
    assert [type(loser) for loser in losers] == [LostRace] * (RIVALS - 1), losers
    assert {loser.code for loser in losers} == {"taken"}
    assert all(f"{family}**" in str(loser) and "07:00:00" in str(loser) for loser in losers), losers
    assert list(Assignment.objects.all()) == [winner]
    assert Visit.objects.get().status == "reserved"
    assert_sound()


class Unguarded:
    """Finds a row by its key only: the compare of compare-and-set is gone."""

    def filter(self, *, status: str, **key: Any) -> Any:
        return Offer.objects.filter(**key)


@pytest.mark.parametrize("guarded", [True, False])
def test_control_without_the_compare_everybody_wins(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same move of one row by many who all saw it open: the guard alone decides that only one succeeds."""
    [offer] = ask_pool(make_visit(), make_carer())
    if not guarded:
        monkeypatch.setitem(vars(Offer._meta), "default_manager", Unguarded())
    all_have_read = Barrier(RIVALS)

    def withdraw() -> str:
        mine = Offer.objects.get(pk=offer.pk)
        all_have_read.wait(timeout=30)
        move(mine, Offer.Status.WITHDRAWN, actor=None, now=NOW, answered_at=NOW)
        return "won"

    outcomes = together([withdraw] * RIVALS)

    assert outcomes.count("won") == (1 if guarded else RIVALS), outcomes
    assert offer.events.filter(new="withdrawn").count() == (1 if guarded else RIVALS)
