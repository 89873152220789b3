"""Loading a verified past: the same rows as earning one by one, all or none, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from people.errors import Conflict, Invalid
from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import balance, earn, everything, fund, person
from volunteers.timebank import services
from volunteers.timebank.bulk import PastCredit, post_history
from volunteers.timebank.models import Posting, Transfer, TransferEvent
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)  # already 6 January in Shanghai


def credit(owner, number, minutes=60, **changes):
    cause = f"visit:{number}"
    values = {"key": f"{cause}:1", "cause": cause, "at": FIRST + timedelta(days=number)} | changes
    return PastCredit(person=owner, minutes=minutes, **values)


def test_a_past_is_posted_with_postings_events_and_balances():
    li, wang = person(), person("王芳")

    new = post_history([credit(li, 0, 60), credit(li, 1, 45), credit(wang, 2, 30)])

    assert new == 3
    assert [balance(services.account_of(owner, ledger.NOW)) for owner in (li, wang)] == [105, 30]
    assert balance(fund()) == -135
    first = Transfer.objects.get(key="visit:0:1")
    assert (first.kind, first.status, first.delivered_minutes, first.day) == ("EARN", "posted", 60, date(2026, 1, 6))
    assert verify_ledger() == []


def test_loading_the_same_past_again_adds_only_what_is_new():
    owner = person()
    post_history([credit(owner, 0)])

    assert post_history([credit(owner, 0), credit(owner, 1)]) == 1
    assert post_history([credit(owner, 0), credit(owner, 1)]) == 0
    assert balance(services.account_of(owner, ledger.NOW)) == 120
    assert verify_ledger() == []


def test_a_loaded_credit_is_not_earned_again():
    owner = person()
    post_history([credit(owner, 1)])
    before = everything()

    earn(owner, 60, visit=1)

    assert everything() == before


@pytest.mark.parametrize("change", [{"minutes": 61}, {"cause": "visit:9"}])
def test_a_known_key_with_other_content_loads_nothing(change):
    owner = person()
    post_history([credit(owner, 0)])
    before = everything()

    with pytest.raises(Conflict):
        post_history([credit(owner, 1), credit(owner, 0, **change)])

    assert everything() == before


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 60), (1, 0)],  # no minutes
        [(0, 60), (0, 60)],  # one key twice
    ],
)
def test_an_impossible_past_loads_nothing(rows):
    owner = person()

    with pytest.raises(Invalid):
        post_history([credit(owner, *row) for row in rows])

    assert not Transfer.objects.exists()


def test_nothing_is_no_past():
    assert post_history([]) == 0


def test_the_number_of_queries_does_not_grow_with_the_credits(django_assert_num_queries):
    owner = person()
    services.account_of(owner, ledger.NOW)

    with django_assert_num_queries(11):
        post_history([credit(owner, number) for number in range(50)])

    assert [model.objects.count() for model in (Transfer, TransferEvent, Posting)] == [50, 50, 100]
