"""Eight real threads on one account."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from people.errors import DomainError
from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import BY, NOW, account, balance, earn, fund, person, set_policy
from volunteers.timebank import services
from volunteers.timebank.models import Account, Transfer
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def race(attempt: Callable[[int], object]) -> Counter[str]:
    """Run `attempt(number)` in eight threads that start together; counts "done" and the codes of refusals."""
    start = Barrier(THREADS)

    def run(number: int) -> str:
        try:
            start.wait(timeout=30)
            attempt(number)
            return "done"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, range(THREADS)))


def spend(giver: Account, taker: Account, number: int) -> None:
    services.donate(source=giver, target=taker, minutes=30, key=f"d{number}", cause="gift", **BY)


def test_an_account_is_never_overdrawn():
    giver, taker = account(100), account()

    outcome = race(lambda number: spend(giver, taker, number))

    assert outcome == {"done": 3, "insufficient_balance": 5}
    assert (balance(giver), balance(taker)) == (10, 90)
    assert verify_ledger() == []


def test_control_without_the_guard_the_same_race_spends_more_than_there_is():
    giver = account(100)
    all_have_read = Barrier(THREADS)

    def spend_by_read_and_write(number: int) -> None:
        seen = Account.objects.get(pk=giver.pk).balance
        all_have_read.wait(timeout=30)
        if seen >= 30:
            Account.objects.filter(pk=giver.pk).update(balance=seen - 30)

    outcome = race(spend_by_read_and_write)

    assert outcome == {"done": 8}  # 240 minutes were spent from 100,
    assert balance(giver) == 70  # and seven of the eight were not even noticed.


def test_transfers_in_both_directions_do_not_block_each_other_for_ever():
    one, other = account(300), account(300)

    outcome = race(lambda number: spend(*((one, other) if number % 2 else (other, one)), number))

    assert outcome == {"done": 8}
    assert (balance(one), balance(other)) == (300, 300)


def test_one_key_posts_once():
    giver, taker = account(100), account()

    outcome = race(lambda _: ledger.donate(giver, taker, 30))

    assert outcome == {"done": 8}
    assert balance(taker) == 30
    assert Transfer.objects.filter(key="d1").count() == 1
    assert verify_ledger() == []


def test_one_visit_is_credited_once():
    owner = person()

    outcome = race(lambda _: earn(owner, 60))

    assert outcome == {"done": 8}
    assert balance(services.account_of(owner, NOW)) == 60
    assert verify_ledger() == []


def test_the_daily_cap_holds_when_eight_visits_are_verified_at_once():
    set_policy("daily_cap_minutes", 100)
    owner = person()

    race(lambda number: earn(owner, 30, visit=number))

    assert balance(services.account_of(owner, NOW)) == 100
    assert verify_ledger() == []


def test_a_pending_transfer_is_settled_once():
    giver = account(100)
    pending = services.hold(key="h", kind="REDEEM", source=giver, target=fund(), minutes=60, cause="visit:1", **BY)

    outcome = race(lambda _: services.settle(transfer=Transfer.objects.get(pk=pending.pk), **BY))

    assert outcome["done"] == 1
    assert set(outcome) <= {"done", "lost_race", "wrong_state"}
    assert (balance(giver), ledger.held(giver)) == (40, 0)
    assert verify_ledger() == []
