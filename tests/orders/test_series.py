"""Recurring orders: rules, holidays, exceptions, and never a visit twice."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from orders.models import EntitlementUse, Holiday, OrderSeries, ServiceItem, Visit
from orders.requests import Recurrence
from orders.services import orders as order_services
from orders.services import series as services
from orders.services.visits import move_visit
from people.errors import Invalid, WrongState
from people.models import PolicySetting
from tests.orders import make

pytestmark = pytest.mark.django_db


def ahead(days):
    PolicySetting.objects.create(key="materialise_days", value=days, effective_from=date(2026, 1, 1), owner="test")


def recurring(rule, *, day=make.TODAY, now=make.NOW, elder=None, start="09:00", **recurrence):
    request = make.request(make.item(), start, "11:00", day=day, recurrence=Recurrence(rule, **recurrence))
    return make.order(elder or make.elder(), request, now=now)


def days_of(order):
    return [visit.service_date.strftime("%m-%d") for visit in make.visits(order)]


def made_until(day, now=make.NOW):
    return services.materialise_series(until=day, actor=None, now=now)


def test_visits_are_made_as_far_ahead_as_the_policy_says():
    ahead(7)

    order = recurring("FREQ=WEEKLY;BYDAY=MO,TH")

    assert days_of(order) == ["09-14", "09-17", "09-21"]  # the 21st is seven days ahead
    assert {(v.window_start.hour, v.window_end - v.window_start) for v in make.visits(order)} == {
        (1, timedelta(hours=2))  # 09:00 in Shanghai is 01:00 UTC
    }
    assert OrderSeries.objects.get().made_until == date(2026, 9, 21)


def test_the_first_day_need_not_be_a_day_of_the_rule():
    ahead(3)

    assert days_of(recurring("FREQ=WEEKLY;BYDAY=TH")) == ["09-17"]


def test_making_again_adds_only_what_is_new():
    ahead(1)
    order = recurring("FREQ=DAILY")
    assert days_of(order) == ["09-14", "09-15"]

    assert [v.service_date.day for v in made_until(date(2026, 9, 17)).visits] == [16, 17]
    assert made_until(date(2026, 9, 17)).visits == []
    assert made_until(date(2026, 9, 16)).visits == []
    assert days_of(order) == ["09-14", "09-15", "09-16", "09-17"]


def test_an_occurrence_is_never_made_twice_even_if_the_mark_is_lost():
    ahead(2)
    order = recurring("FREQ=DAILY")
    first, second, _ = make.visits(order)
    move_visit(visit=first, to="cancelled", reason="away", actor=None, now=make.NOW)
    order_services.amend_visit(
        visit=second,
        window_start=make.at("14:00", second.service_date),
        window_end=make.at("15:00", second.service_date),
        actor=None,
        now=make.NOW,
    )
    OrderSeries.objects.update(made_until=None)

    assert made_until(date(2026, 9, 16)).visits == []
    assert days_of(order) == ["09-14", "09-15", "09-16"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_visit_once():
    ahead(0)
    order = recurring("FREQ=DAILY")
    start, made = Barrier(4), []

    def worker():
        try:
            start.wait(timeout=10)
            made.extend(made_until(date(2026, 9, 18)).visits)
        finally:
            connection.close()

    threads = [Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(made) == 4
    assert days_of(order) == ["09-14", "09-15", "09-16", "09-17", "09-18"]


class TestHolidays:
    """National Day 2026: 1-7 October off, Saturday 10 October worked in exchange (the State Council's notice)."""

    def october(self, rule, on_holiday, **fields):
        ahead(0)
        order = recurring(rule, day=date(2026, 9, 30), on_holiday=on_holiday, **fields)
        made_until(date(2026, 10, 11))
        return days_of(order)

    def test_kept(self):
        assert self.october("FREQ=DAILY", "KEEP") == ["09-30", *(f"10-{d:02d}" for d in range(1, 12))]

    def test_skipped_but_weekends_stay(self):
        assert self.october("FREQ=DAILY", "SKIP") == ["09-30", "10-08", "10-09", "10-10", "10-11"]

    def test_working_days_only_with_the_saturday_that_is_worked(self):
        assert self.october("FREQ=DAILY", "WORK") == ["09-30", "10-08", "10-09", "10-10"]

    def test_the_countys_own_table_overrules(self):
        Holiday.objects.create(day=date(2026, 10, 2), is_workday=True)
        Holiday.objects.create(day=date(2026, 10, 9), is_workday=False, name="county fair")

        assert self.october("FREQ=DAILY", "SKIP") == ["09-30", "10-02", "10-08", "10-10", "10-11"]

    def test_named_days_are_left_out(self):
        days = self.october("FREQ=DAILY", "SKIP", exceptions=(date(2026, 10, 8), date(2026, 10, 11)))

        assert days == ["09-30", "10-09", "10-10"]

    def test_beyond_the_national_calendar_the_weekday_speaks_and_says_so(self):
        ahead(0)
        order = recurring("FREQ=DAILY", day=date(2026, 12, 30), on_holiday="WORK")

        made = made_until(date(2027, 1, 4))

        # 1 January 2027 is a Friday: surely a holiday, but nobody has announced it yet.
        assert days_of(order) == ["12-30", "12-31", "01-01", "01-04"]
        [warning] = made.warnings
        assert warning.startswith(order.number)
        assert "2026-12-31" in warning

    def test_a_county_that_enters_the_day_needs_no_warning(self):
        ahead(0)
        Holiday.objects.create(day=date(2027, 1, 1), is_workday=False, name="元旦")
        order = recurring("FREQ=DAILY", day=date(2026, 12, 31), on_holiday="SKIP")

        assert made_until(date(2027, 1, 1)).warnings == []
        assert days_of(order) == ["12-31"]


class TestEnds:
    def test_a_counted_rule_ends_and_the_order_completes(self):
        ahead(1)
        order = recurring("FREQ=DAILY;COUNT=3")
        made_until(date(2026, 9, 30))

        assert days_of(order) == ["09-14", "09-15", "09-16"]
        assert OrderSeries.objects.get().ends_on == date(2026, 9, 30)
        for visit in make.visits(order):
            for to in ("reserved", "started", "finished", "verified"):
                move_visit(visit=visit, to=to, actor=None, now=make.NOW)
        order.refresh_from_db()
        assert order.status == "completed"

    def test_a_rule_without_days_before_its_last_day_ends_earlier(self):
        ahead(1)
        recurring("FREQ=DAILY;COUNT=2", ends_on=date(2030, 12, 31))
        assert OrderSeries.objects.get().ends_on == date(2026, 9, 15)

    def test_a_day_of_the_rule_after_its_last_day_does_not_hold_it_open(self):
        ahead(3)
        recurring("FREQ=WEEKLY;BYDAY=MO", ends_on=date(2026, 9, 20))
        assert OrderSeries.objects.get().ends_on == date(2026, 9, 17)

    def test_an_endless_one_stays_confirmed(self):
        ahead(0)
        order = recurring("FREQ=DAILY")
        visit = make.visits(order)[0]
        for to in ("reserved", "started", "finished", "verified"):
            move_visit(visit=visit, to=to, actor=None, now=make.NOW)

        order.refresh_from_db()
        assert order.status == "confirmed"

    def test_the_last_day_belongs_to_it(self):
        ahead(28)

        assert days_of(recurring("FREQ=DAILY", ends_on=date(2026, 9, 16))) == ["09-14", "09-15", "09-16"]

    def test_a_cancelled_order_makes_no_more(self):
        ahead(1)
        order = recurring("FREQ=DAILY")

        cancelled = order_services.cancel_order_record(order=order, reason="moved", actor=None, now=make.NOW)

        assert len(cancelled) == 2
        assert order.status == "cancelled"
        assert made_until(date(2026, 9, 30)).visits == []

    def test_an_order_whose_visits_are_all_still_to_be_made_can_be_cancelled(self):
        ahead(0)
        order = recurring("FREQ=WEEKLY;BYDAY=TH")
        assert days_of(order) == []

        assert order_services.cancel_order_record(order=order, reason="moved", actor=None, now=make.NOW) == []

        assert order.status == "cancelled"


def test_on_hold_nothing_is_made_and_missed_days_are_not_made_up():
    ahead(0)
    order = recurring("FREQ=DAILY")
    order_services.put_on_hold(order=order, reason="hospital", actor=None, now=make.NOW)
    assert made_until(date(2026, 9, 16)).visits == []
    later = make.at("07:00", date(2026, 9, 17))
    order_services.resume(order=order, actor=None, now=later)

    made_until(date(2026, 9, 18), now=later)

    assert days_of(order) == ["09-14", "09-17", "09-18"]


def test_each_visit_takes_the_version_and_the_minutes_of_its_own_day():
    ahead(0)
    elder = make.elder()
    make.entitlement(elder, 90)
    order = recurring("FREQ=DAILY", day=date(2026, 9, 29), elder=elder)
    ServiceItem.objects.update(effective_to=date(2026, 9, 30))
    make.item(price_fen=9000, effective_from=date(2026, 10, 1))

    made_until(date(2026, 10, 2))

    # September: 60 + 30 of 90 minutes, the other half of 30 Sept. costs 3000 fen; October: 60 + 30, half of 9000.
    assert [(v.gov_minutes, v.self_pay_fen) for v in make.visits(order)] == [(60, 0), (30, 3000), (60, 0), (30, 4500)]
    assert sum(EntitlementUse.objects.values_list("minutes", flat=True)) == 180


def test_days_that_cannot_be_served_are_reported_and_hold_up_no_other():
    ahead(0)
    gone = recurring("FREQ=DAILY")
    staying = make.order(make.elder("E2"), make.request(make.item("MEAL"), recurrence=Recurrence("FREQ=DAILY")))
    ServiceItem.objects.filter(code="CLEAN").update(effective_to=date(2026, 9, 14))

    made = made_until(date(2026, 9, 15))

    assert [visit.order_item.order for visit in made.visits] == [staying]
    [warning] = made.warnings
    assert warning.startswith(f"{gone.number}, 2026-09-15")


def test_a_day_may_be_left_out_before_it_is_made():
    ahead(0)
    order = recurring("FREQ=DAILY")
    series = OrderSeries.objects.get()
    for _ in range(2):
        services.leave_out(series=series, day=date(2026, 9, 15), actor=None, now=make.NOW)
    with pytest.raises(WrongState):
        services.leave_out(series=series, day=make.TODAY, actor=None, now=make.NOW)

    made_until(date(2026, 9, 16))

    assert days_of(order) == ["09-14", "09-16"]
    assert OrderSeries.objects.get().exceptions == ["2026-09-15"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=0",  # would go round and round on one day
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",  # no such day: would be sought up to the year 9999
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",  # begins on a Monday
        "FREQ=DAILY;BYHOUR=8,18",  # twice a day
        "FREQ=DAILY;BYHOUR=8",  # the hour is the window's word
        "DTSTART:20200101T090000\nRRULE:FREQ=DAILY",  # a start of its own
        "FREQ=DAILY;COUNT=0",
        "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 100),  # longer than its column
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_at_once_and_nothing_is_written(rule):
    elder = make.elder()

    with pytest.raises(Invalid) as refused:
        recurring(rule, elder=elder)

    assert [*refused.value.fields] == ["items.0.rrule"]
    assert not OrderSeries.objects.exists() and not Visit.objects.exists()


def test_the_leap_day_may_recur_and_a_birthday_begin_on_one():
    ahead(0)
    recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", day=date(2028, 2, 29), now=make.at("07:00", date(2028, 2, 29)))

    assert [str(visit.service_date) for visit in Visit.objects.all()] == ["2028-02-29"]
