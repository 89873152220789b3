"""The three-way price split, worked out by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Visit
from orders.selectors import entitlement_left
from orders.services.visits import move_visit
from orders.split import Split, price_of, split
from tests.orders import make


@pytest.mark.parametrize(
    ("minutes", "price", "gov", "credits", "expected"),
    [
        # Nothing in either purse: the elder pays all 6000 fen.
        (60, 6000, 0, 0, Split(0, 0, 60, 0, 0, 6000)),
        # Government covers it whole, and only as much as the visit takes.
        (60, 6000, 500, 500, Split(60, 0, 0, 6000, 0, 0)),
        # 20 of 60 minutes: a third is 2000 fen; 30 by credits: half is 3000; 10 minutes are left: 1000.
        (60, 6000, 20, 30, Split(20, 30, 10, 2000, 3000, 1000)),
        # 1001 fen, half each: 500.5 rounds down to 500 for government; both cover all, so credits carry 501.
        (60, 1001, 30, 30, Split(30, 30, 0, 500, 501, 0)),
        # 100 fen over 45 minutes: 15 are 33.3 -> 33 fen, 30 are 66.6 -> 66, so 33 by credits and 34 by the elder.
        (45, 100, 15, 15, Split(15, 15, 15, 33, 33, 34)),
        # A free visit stays free.
        (30, 0, 0, 0, Split(0, 0, 30, 0, 0, 0)),
        # An overdrawn purse gives nothing.
        (30, 300, -5, -5, Split(0, 0, 30, 0, 0, 300)),
    ],
)
def test_splits_by_hand(minutes, price, gov, credits, expected):
    assert split(minutes=minutes, price_fen=price, gov_left=gov, credits_left=credits) == expected


@given(st.integers(1, 720), st.integers(0, 10**6), st.integers(-10, 1000), st.integers(-10, 1000))
def test_shares_always_add_up(minutes, price, gov, credits):
    parts = split(minutes=minutes, price_fen=price, gov_left=gov, credits_left=credits)

    assert parts.gov_minutes + parts.credit_minutes + parts.self_pay_minutes == minutes
    assert parts.gov_fen + parts.credit_fen + parts.self_pay_fen == price
    assert min(parts.gov_fen, parts.credit_fen, parts.self_pay_fen) >= 0
    assert parts.self_pay_minutes > 0 or parts.self_pay_fen == 0


@pytest.mark.parametrize(
    ("price", "item_minutes", "minutes", "expected"),
    [
        (6000, 60, 60, 6000),
        (6000, 60, 90, 9000),
        (100, 60, 45, 75),
        (101, 60, 30, 51),  # 50.5 rounds up
        (100, 60, 20, 33),  # 33.3
    ],
)
def test_another_length_costs_in_proportion(price, item_minutes, minutes, expected):
    assert price_of(price_fen=price, item_minutes=item_minutes, minutes=minutes) == expected


@pytest.mark.django_db
class TestSplitOfAnOrder:
    def test_government_then_credits_then_the_elder(self):
        """60 minutes at 6000 fen; 20 government minutes, 30 of credits: 2000 + 3000 are paid, 1000 fen remain."""
        elder = make.elder()
        make.entitlement(elder, 20)

        order = make.order(elder, make.request(make.item()), credit_minutes_available=30)

        [visit] = make.visits(order)
        assert (visit.gov_minutes, visit.credit_minutes, visit.self_pay_fen) == (20, 30, 1000)
        row = visit.order_item
        assert (row.gov_minutes, row.credit_minutes, row.self_pay_fen) == (20, 30, 1000)
        assert visit.payer == Visit.Payer.GOVERNMENT
        use = visit.entitlement_uses.get()
        assert (use.minutes, use.month, use.status) == (20, date(2026, 9, 1), "reserved")
        assert entitlement_left(elder=elder, month=date(2026, 9, 1), on=make.TODAY) == 0

    def test_two_items_share_the_purses_in_their_order(self):
        """80 government minutes and 30 credits: the first takes 60, the second 20 and 30, and 10 are self-pay."""
        elder = make.elder()
        make.entitlement(elder, 80)

        order = make.order(
            elder,
            make.request(make.item("MEAL")),
            make.request(make.item(), "13:00", "15:00"),
            credit_minutes_available=30,
        )

        assert [(v.gov_minutes, v.credit_minutes, v.self_pay_fen) for v in make.visits(order)] == [
            (60, 0, 0),
            (20, 30, 1000),
        ]

    def test_a_service_says_which_purses_may_pay(self):
        elder = make.elder()
        make.entitlement(elder)

        order = make.order(
            elder,
            make.request(make.item("BATH", subsidised=False, credit_payable=False)),
            credit_minutes_available=600,
        )

        assert [(v.gov_minutes, v.credit_minutes, v.self_pay_fen) for v in make.visits(order)] == [(0, 0, 6000)]
        assert entitlement_left(elder=elder, month=date(2026, 9, 1), on=make.TODAY) == 600

    def test_several_entitlements_give_what_ends_first_before_the_rest(self):
        elder = make.elder()
        lasting = make.entitlement(elder, 100)
        ending = make.entitlement(elder, 40, category="DISABLED", valid_to=date(2026, 9, 30))
        make.entitlement(elder, 99, category="DESTITUTE", valid_to=date(2026, 9, 13))  # ended yesterday
        make.entitlement(elder, 99, category="DEMENTIA", valid_from=date(2026, 9, 15))  # begins tomorrow

        visit = make.visit(elder, make.item())

        uses = dict(visit.entitlement_uses.values_list("entitlement", "minutes"))
        assert uses == {ending.pk: 40, lasting.pk: 20}
        assert visit.gov_minutes == 60

    def test_each_month_has_its_own_minutes_by_the_local_calendar(self):
        """30 September 23:00 in Shanghai is still September, 1 October 00:30 is October (30 September in UTC)."""
        elder, clean = make.elder(), make.item()
        make.entitlement(elder, 60)

        last = make.visit(elder, clean, start="23:00", end="23:30", day=date(2026, 9, 30))
        first = make.visit(elder, clean, start="00:30", end="01:30", day=date(2026, 10, 1))

        assert (last.gov_minutes, first.gov_minutes) == (60, 60)
        assert [v.entitlement_uses.get().month for v in (last, first)] == [date(2026, 9, 1), date(2026, 10, 1)]

    def test_not_set_is_not_zero(self):
        elder = make.elder()

        assert entitlement_left(elder=elder, month=date(2026, 9, 1), on=make.TODAY) is None
        make.entitlement(elder, 60)
        make.visit(elder, make.item())
        assert entitlement_left(elder=elder, month=date(2026, 9, 1), on=make.TODAY) == 0

    def test_cancelled_minutes_are_there_for_the_next_order(self):
        elder, clean = make.elder(), make.item()
        make.entitlement(elder, 60)
        first = make.visit(elder, clean)
        assert make.visit(elder, clean, start="13:00", end="15:00").gov_minutes == 0

        move_visit(visit=first, to="cancelled", reason="away", actor=None, now=make.NOW)

        assert make.visit(elder, clean, start="16:00", end="17:00").gov_minutes == 60
