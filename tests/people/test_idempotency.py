"""A request with a key is carried out once. The rules of keys, and the race of equal requests."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from people.errors import Conflict, Unprocessable
from people.idempotency import KEPT_FOR, LEASE, Answer, claim, forget_old, give_up, keep
from people.models import KeyedRequest
from tests.cast import make_user
from tests.dispatch.threads import together
from tests.orders.make import NOW

ONE, OTHER = UUID(int=1), UUID(int=2)


def claimed_by(user: User, digest: UUID = ONE, *, now: datetime = NOW, key: str = "k") -> KeyedRequest:
    found = claim(user=user, key=key, digest=digest, now=now)
    assert isinstance(found, KeyedRequest)
    return found


@pytest.fixture
def user(db: None) -> User:
    return make_user("with a phone")


def test_an_equal_request_gets_the_first_answer_for_thirty_days(user: User) -> None:
    keep(claimed=claimed_by(user), answer=Answer(201, '{"id":1}'))

    for later in (timedelta(0), timedelta(days=3), KEPT_FOR - timedelta(seconds=1)):
        assert claim(user=user, key="k", digest=ONE, now=NOW + later) == Answer(201, '{"id":1}')
    assert claimed_by(user, now=NOW + KEPT_FOR).status is None


def test_another_request_with_the_key_is_refused_and_the_answer_stays(user: User) -> None:
    keep(claimed=claimed_by(user), answer=Answer(200, "{}"))

    with pytest.raises(Unprocessable) as refusal:
        claim(user=user, key="k", digest=OTHER, now=NOW)

    assert refusal.value.code == "idempotency_mismatch"
    assert claim(user=user, key="k", digest=ONE, now=NOW) == Answer(200, "{}")


def test_another_user_may_have_the_same_key(user: User) -> None:
    keep(claimed=claimed_by(user), answer=Answer(200, "{}"))

    assert claimed_by(make_user("somebody else"), OTHER).status is None


def test_while_it_is_carried_out_an_equal_request_waits(user: User) -> None:
    claimed_by(user)

    with pytest.raises(Conflict) as refusal:
        claim(user=user, key="k", digest=ONE, now=NOW + LEASE - timedelta(seconds=1))

    assert refusal.value.code == "idempotency_in_progress"
    assert KeyedRequest.objects.count() == 1


def test_what_a_dead_process_held_is_taken_over_and_its_late_answer_is_not_kept(user: User) -> None:
    dead = claimed_by(user)

    heir = claimed_by(user, now=NOW + LEASE)
    keep(claimed=dead, answer=Answer(500, "late"))
    give_up(claimed=dead)

    assert KeyedRequest.objects.get().status is None
    keep(claimed=heir, answer=Answer(200, "{}"))
    assert claim(user=user, key="k", digest=ONE, now=NOW + LEASE) == Answer(200, "{}")


def test_a_refused_request_frees_its_key_for_another_try(user: User) -> None:
    give_up(claimed=claimed_by(user))

    assert claimed_by(user, OTHER).digest == OTHER
    assert KeyedRequest.objects.count() == 1


def test_what_was_answered_cannot_be_given_up(user: User) -> None:
    claimed = claimed_by(user)
    keep(claimed=claimed, answer=Answer(200, "{}"))

    give_up(claimed=claimed)

    assert claim(user=user, key="k", digest=ONE, now=NOW) == Answer(200, "{}")


def test_answers_are_forgotten_after_thirty_days(user: User) -> None:
    keep(claimed=claimed_by(user, key="old"), answer=Answer(200, "{}"))
    keep(claimed=claimed_by(user, key="new", now=NOW + timedelta(seconds=1)), answer=Answer(200, "{}"))

    assert forget_old(now=NOW + KEPT_FOR) == 1
    assert [row.key for row in KeyedRequest.objects.all()] == ["new"]


# The race -------------------------------------------------------------------------------------------------------------

RIVALS = 8


@pytest.mark.django_db(transaction=True)
def test_of_equal_requests_at_once_one_is_carried_out() -> None:
    user = make_user("with a phone")

    outcomes = together([partial(claim, user=user, key="k", digest=ONE, now=NOW)] * RIVALS)

    codes = Counter(outcome.code for outcome in outcomes if isinstance(outcome, Conflict))
    assert sum(isinstance(outcome, KeyedRequest) for outcome in outcomes) == 1, outcomes
    assert codes == {"idempotency_in_progress": RIVALS - 1}
    assert KeyedRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_those_who_take_over_a_dead_claim_at_once_one_succeeds() -> None:
    user = make_user("with a phone")
    claimed_by(user)

    outcomes = together([partial(claim, user=user, key="k", digest=ONE, now=NOW + LEASE)] * RIVALS)

    assert sum(isinstance(outcome, KeyedRequest) for outcome in outcomes) == 1, outcomes


@pytest.mark.django_db(transaction=True)
def test_control_looking_before_claiming_lets_all_through() -> None:
    """What the unique rule is there for."""
    user = make_user("with a phone")
    all_have_looked = Barrier(RIVALS)

    def naive() -> bool:
        is_free = not KeyedRequest.objects.filter(user=user, key="k").exists()
        all_have_looked.wait(timeout=30)
        return is_free

    assert together([naive] * RIVALS) == [True] * RIVALS
