"""Moving minutes: two sides, the floor, holds, reversals and repeats."""

import pytest

from people.errors import Conflict, Invalid, LostRace, WrongState
from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import BY, account, balance, donate, earn, everything, fund, held, person
from volunteers.models import Organisation
from volunteers.timebank import services
from volunteers.timebank.models import Posting, Transfer
from volunteers.timebank.selectors import credits_available, ledger_sum, statement
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db


def hold(source, target, minutes=30, key="h1"):
    return services.hold(key=key, kind="REDEEM", source=source, target=target, minutes=minutes, cause="visit:1", **BY)


def test_a_transfer_takes_from_one_account_and_gives_to_the_other():
    giver, taker = account(100), account()

    transfer = donate(giver, taker, 40)

    assert (balance(giver), balance(taker)) == (60, 40)
    assert list(transfer.postings.values_list("account", "side", "minutes")) == [
        (giver.pk, "D", -40),
        (taker.pk, "C", 40),
    ]
    assert list(transfer.events.values_list("old", "new")) == [("", "posted")]
    assert verify_ledger() == []


def test_only_the_county_fund_goes_below_zero():
    owner = person()

    earn(owner, 60)

    assert balance(fund()) == -60
    assert balance(services.account_of(owner, ledger.NOW)) == 60
    assert ledger_sum() == 0


def test_a_person_and_the_fund_have_one_account_each():
    owner = person()

    assert services.account_of(owner, ledger.NOW) == services.account_of(owner, ledger.NOW)
    assert services.issuer_account(ledger.NOW) == services.issuer_account(ledger.NOW)


def test_free_minutes_are_those_not_held():
    giver, stranger = account(100), person()
    hold(giver, fund(), 30)

    assert credits_available(giver.person) == 70
    assert services.claim_free_minutes(person=giver.person) == 70
    assert credits_available(stranger) == services.claim_free_minutes(person=stranger) == 0
    assert (balance(giver), held(giver)) == (100, 30)


@pytest.mark.parametrize(
    ("minutes", "reserved", "allowed"),
    [
        (100, 0, True),  # all of it
        (101, 0, False),  # one too many
        (70, 30, True),  # all that is not held
        (71, 30, False),  # held minutes are not free
    ],
)
def test_nothing_is_spent_that_is_not_free(minutes, reserved, allowed):
    giver, taker = account(100), account()
    if reserved:
        hold(giver, taker, reserved)
    before = everything()

    if allowed:
        donate(giver, taker, minutes)
        assert balance(giver) == 100 - minutes
    else:
        with pytest.raises(Conflict) as refusal:
            donate(giver, taker, minutes)
        assert refusal.value.code == "insufficient_balance"
        assert everything() == before


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_transfer_has_positive_minutes(minutes):
    giver, taker = account(10), account()
    before = everything()

    with pytest.raises(Invalid):
        donate(giver, taker, minutes)

    assert everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"key": ""},
        {"key": "k" * 101},
        {"cause": ""},
        {"kind": "GIFT"},  # no such kind
    ],
)
def test_a_transfer_says_what_it_is(changes):
    giver, taker = account(10), account()
    content = {"key": "k", "kind": "DONATE", "source": giver, "target": taker, "minutes": 5, "cause": "gift"}
    before = everything()

    with pytest.raises(Invalid):
        services.post_transfer(**content | changes, **BY)

    assert everything() == before


def test_minutes_do_not_move_within_one_account():
    giver = account(10)

    with pytest.raises(Invalid):
        donate(giver, giver, 5)


def test_repeating_a_transfer_returns_the_first_and_writes_nothing():
    giver, taker = account(100), account()
    first = donate(giver, taker, 40)
    before = everything()

    again = donate(giver, taker, 40)

    assert again == first
    assert everything() == before


@pytest.mark.parametrize("change", [{"minutes": 6}, {"cause": "other"}, {"kind": "REDEEM"}])
def test_a_key_cannot_stand_for_something_else(change):
    giver, taker = account(100), account()
    content = {"key": "k", "kind": "DONATE", "source": giver, "target": taker, "minutes": 5, "cause": "gift"}
    services.post_transfer(**content, **BY)
    before = everything()

    with pytest.raises(Conflict) as refusal:
        services.post_transfer(**content | change, **BY)

    assert refusal.value.code == "key_reused"
    assert everything() == before


def test_a_key_cannot_stand_for_somebody_else():
    giver, taker, other = account(100), account(), account()
    donate(giver, taker, 5, key="k")
    before = everything()

    with pytest.raises(Conflict):
        donate(giver, other, 5, key="k")

    assert everything() == before


def test_a_held_transfer_is_settled_from_its_hold():
    giver, taker = account(100), account()
    transfer = hold(giver, taker, 30)
    assert (balance(giver), held(giver), balance(taker)) == (100, 30, 0)

    services.settle(transfer=transfer, **BY)

    assert (balance(giver), held(giver), balance(taker)) == (70, 0, 30)
    assert list(transfer.events.values_list("old", "new")) == [("", "pending"), ("pending", "posted")]
    assert verify_ledger() == []


def test_a_voided_transfer_frees_its_minutes_and_posts_nothing():
    giver, taker = account(100), account()
    transfer = hold(giver, taker, 100)

    services.void(transfer=transfer, reason="cancelled", **BY)

    assert (balance(giver), held(giver), balance(taker)) == (100, 0, 0)
    assert not Posting.objects.filter(transfer=transfer).exists()
    assert verify_ledger() == []


def test_more_than_is_free_cannot_be_held():
    giver, taker = account(100), account()
    hold(giver, taker, 60, key="h1")
    before = everything()

    with pytest.raises(Conflict) as refusal:
        hold(giver, taker, 41, key="h2")

    assert refusal.value.code == "insufficient_balance"
    assert everything() == before


@pytest.mark.parametrize("first", [services.settle, services.void])
@pytest.mark.parametrize("second", [services.settle, services.void])
def test_a_pending_transfer_resolves_once(first, second):
    giver, taker = account(100), account()
    transfer = hold(giver, taker)
    stale = Transfer.objects.get(pk=transfer.pk)
    first(transfer=transfer, **BY)
    before = everything()

    with pytest.raises(WrongState):
        second(transfer=transfer, **BY)
    with pytest.raises(LostRace):
        second(transfer=stale, **BY)

    assert everything() == before


def test_repeating_a_hold_returns_the_first():
    giver, taker = account(100), account()
    first = hold(giver, taker)
    before = everything()

    assert hold(giver, taker) == first
    assert everything() == before


def test_a_hold_is_not_mistaken_for_a_posted_transfer():
    giver, taker = account(100), account()
    hold(giver, taker, 30, key="k")

    with pytest.raises(Conflict) as refusal:
        services.post_transfer(key="k", kind="REDEEM", source=giver, target=taker, minutes=30, cause="visit:1", **BY)

    assert refusal.value.code == "key_reused"


def test_a_reversal_moves_the_minutes_back_and_names_the_original():
    giver, taker = account(100), account()
    transfer = donate(giver, taker, 40)

    reversal = services.reverse(transfer=transfer, key="r1", reason="typed twice", **BY)

    assert (balance(giver), balance(taker)) == (100, 0)
    assert (reversal.kind, reversal.reversal_of) == ("REVERSAL", transfer)
    assert reversal.events.get().reason == "typed twice"
    assert verify_ledger() == []


def test_a_transfer_is_reversed_once():
    giver, taker = account(100), account(100)
    transfer = donate(giver, taker, 40)
    reversal = services.reverse(transfer=transfer, key="r1", **BY)
    before = everything()

    assert services.reverse(transfer=transfer, key="r1", **BY) == reversal
    with pytest.raises(Conflict) as refusal:
        services.reverse(transfer=transfer, key="r2", **BY)

    assert refusal.value.code == "already_reversed"
    assert everything() == before


def test_what_was_spent_cannot_be_taken_back():
    giver, taker = account(100), account()
    transfer = donate(giver, taker, 40)
    donate(taker, giver, 1, key="d2")
    before = everything()

    with pytest.raises(Conflict) as refusal:
        services.reverse(transfer=transfer, key="r1", **BY)

    assert refusal.value.code == "insufficient_balance"
    assert everything() == before


def test_only_a_posted_transfer_is_reversed():
    giver, taker = account(100), account()

    with pytest.raises(WrongState):
        services.reverse(transfer=hold(giver, taker), key="r1", **BY)


def test_redeemed_minutes_return_to_the_fund():
    owner = person()
    earn(owner, 60)

    services.redeem(person=owner, minutes=45, key="r1", cause="visit:2", **BY)

    assert balance(services.account_of(owner, ledger.NOW)) == 15
    assert balance(fund()) == -15


def test_an_organisation_may_donate():
    group = Organisation.objects.create(code="G1", name="爱心队", kind="GROUP", active_from=ledger.TODAY)
    source, taker = services.account_of_organisation(group, ledger.NOW), account()
    services.post_transfer(key="g", kind="GRANT", source=fund(), target=source, minutes=50, cause="start", **BY)

    donate(source, taker, 20)

    assert (balance(source), balance(taker)) == (30, 20)


def test_a_statement_runs_from_the_first_line_to_the_balance():
    giver, taker = account(100), account()
    donate(giver, taker, 40, key="d1")
    donate(taker, giver, 5, key="d2")

    assert list(statement(giver).values_list("minutes", "balance_after")) == [(100, 100), (-40, 60), (5, 65)]
