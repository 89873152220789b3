"""The daily cap and the holding cap, to the minute."""

from datetime import date

import pytest

from people.errors import Conflict, Invalid
from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import BY, account, balance, donate, earn, everything, fund, person, set_policy
from volunteers.timebank import balances, services
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import near_holding_cap
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db


def balance_of(owner):
    return balance(services.account_of(owner, ledger.NOW))


def test_an_earned_credit_records_what_was_delivered():
    transfer = earn(person(), 60)

    assert (transfer.minutes, transfer.delivered_minutes, transfer.day) == (60, 60, ledger.TODAY)


def test_the_same_visit_is_credited_once():
    owner = person()
    first = earn(owner, 60)
    before = everything()

    assert earn(owner, 60) == first
    assert everything() == before


@pytest.mark.parametrize("change", [{"minutes": 61}, {"cause": "visit:9"}, {"person": None}])
def test_the_key_of_a_credit_cannot_stand_for_another(change):
    owner, other = person(), person("王芳")
    earn(owner, 60)
    services.account_of(other, ledger.NOW)
    before = everything()

    with pytest.raises(Conflict) as refusal:
        earn(**{"owner": owner, "minutes": 60} | {k: v or other for k, v in change.items()})

    assert refusal.value.code == "key_reused"
    assert everything() == before


def test_no_minutes_earn_nothing():
    owner = person()

    with pytest.raises(Invalid):
        earn(owner, 0)

    assert not Transfer.objects.exists()


@pytest.mark.parametrize(
    ("cap", "credited"),
    [
        (0, [60, 60, 60]),  # off
        (180, [60, 60, 60]),  # just fits
        (150, [60, 60, 30]),  # the last is cut
        (120, [60, 60, None]),  # nothing is left for the last
        (45, [45, None, None]),
    ],
)
def test_minutes_above_the_daily_cap_are_delivered_but_not_credited(cap, credited):
    set_policy("daily_cap_minutes", cap)
    owner = person()

    transfers = [earn(owner, 60, visit) for visit in (1, 2, 3)]

    assert [t and t.minutes for t in transfers] == credited
    assert [t.delivered_minutes for t in transfers if t] == [60] * sum(1 for minutes in credited if minutes)
    assert balance_of(owner) == sum(minutes or 0 for minutes in credited)
    assert verify_ledger() == []


def test_repeating_a_credit_that_the_cap_cut_returns_it():
    set_policy("daily_cap_minutes", 45)
    owner = person()
    first = earn(owner, 60)
    before = everything()

    assert earn(owner, 60) == first
    assert everything() == before


def test_the_daily_cap_goes_by_the_day_of_the_service():
    set_policy("daily_cap_minutes", 60)
    owner = person()

    earn(owner, 60, 1, day=date(2026, 3, 1))
    earn(owner, 60, 2, day=date(2026, 2, 28))

    assert balance_of(owner) == 120
    assert earn(owner, 60, 3, day=date(2026, 3, 1)) is None


def test_a_reversed_credit_leaves_room_under_the_daily_cap():
    set_policy("daily_cap_minutes", 60)
    owner = person()
    services.reverse(transfer=earn(owner, 60, 1), key="r", **BY)

    assert earn(owner, 60, 2).minutes == 60


@pytest.mark.parametrize(
    ("rule", "earned", "passed_on", "left"),
    [
        ("STOP", 20, [], 100),
        ("DONATE", 60, [("DONATE", 40)], 100),
        ("HONOUR", 60, [("HONOUR", 40)], 100),
    ],
)
def test_above_the_holding_cap_the_overflow_rule_decides(rule, earned, passed_on, left):
    set_policy("holding_cap_minutes", 100)
    set_policy("overflow_rule", rule)
    owner = person()
    earn(owner, 80, 1)

    transfer = earn(owner, 60, 2)

    assert (transfer.minutes, transfer.delivered_minutes) == (earned, 60)
    assert list(Transfer.objects.exclude(kind="EARN").values_list("kind", "minutes")) == passed_on
    assert balance_of(owner) == left
    assert balance(fund()) == -left
    assert verify_ledger() == []


@pytest.mark.parametrize(
    ("rule", "credited"),
    [("STOP", None), ("DONATE", 60), ("HONOUR", 60)],
)
def test_a_full_account_keeps_its_balance(rule, credited):
    set_policy("holding_cap_minutes", 100)
    set_policy("overflow_rule", rule)
    owner = person()
    earn(owner, 100, 1)

    transfer = earn(owner, 60, 2)

    assert (transfer and transfer.minutes) == credited
    assert balance_of(owner) == 100


def test_repeating_a_credit_with_a_surplus_passes_nothing_on_again():
    set_policy("holding_cap_minutes", 50)
    owner = person()
    earn(owner, 60)
    before = everything()

    earn(owner, 60)

    assert everything() == before


@pytest.mark.parametrize("rule", ["DONATE", "HONOUR"])
def test_a_reversed_credit_brings_back_the_surplus_it_passed_on(rule):
    set_policy("holding_cap_minutes", 100)
    set_policy("overflow_rule", rule)
    owner = person()
    services.grant(person=owner, minutes=80, key="start", cause="start", **BY)
    credit = earn(owner, 60)  # 20 fit, 40 are passed on

    reversal = services.reverse(transfer=credit, key="r", **BY)
    before = everything()

    assert balance_of(owner) == 80
    assert services.reverse(transfer=credit, key="r", **BY) == reversal
    assert everything() == before
    assert verify_ledger() == []


def test_a_balance_of_exactly_the_cap_passes_nothing_on():
    set_policy("holding_cap_minutes", 60)
    owner = person()

    earn(owner, 60)

    assert balance_of(owner) == 60
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(("minutes", "fits"), [(50, True), (51, False)])
def test_gifts_stop_at_the_holding_cap(minutes, fits):
    set_policy("holding_cap_minutes", 100)
    giver, taker = account(100), account(50)
    before = everything()

    if fits:
        donate(giver, taker, minutes)
        assert balance(taker) == 100
    else:
        with pytest.raises(Conflict) as refusal:
            donate(giver, taker, minutes)
        assert refusal.value.code == "holding_cap"
        assert everything() == before


def test_a_credit_fits_what_the_account_holds_when_its_turn_comes(monkeypatch):
    """A rival's minutes, posted after the account was read and before it was claimed, count."""
    set_policy("holding_cap_minutes", 100)
    set_policy("overflow_rule", "STOP")
    owner, claim = person(), balances.claim

    def claim_after_a_rival(*accounts):
        monkeypatch.setattr(balances, "claim", claim)
        services.grant(person=owner, minutes=70, key="rival", cause="rival", **BY)
        claim(*accounts)

    monkeypatch.setattr(balances, "claim", claim_after_a_rival)

    assert earn(owner, 60).minutes == 30
    assert balance_of(owner) == 100


def test_an_account_near_its_cap_is_listed():
    set_policy("holding_cap_minutes", 100)
    account(89)
    full, nearly = account(100), account(90)

    assert list(near_holding_cap(ledger.TODAY)) == [full, nearly]
