"""A month counted by hand, and what each role may see of it."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User

from dispatch.counts import selectors
from dispatch.counts.rows import Cut
from orders.models import Visit
from people.roles import Role
from tests.dispatch.counts.county import NOVEMBER, County, at, user_with

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def november(county: County) -> County:
    """Eight visits; five count in November.

    | # | day   | town | elder | carer (organisation)  | service | payer      | seconds | counts            |
    | 1 | 11-01 | 涟城 | 张    | 王 (康乐)             | CLEAN   | government | 3600    | 60 min            |
    | 2 | 11-15 | 涟城 | 张    | 王 (康乐)             | CLEAN   | government | 1830    | 30.5 -> 31 min    |
    | 3 | 11-15 | 涟城 | 李    | 王 (康乐)             | CLEAN   | government | 1829    | 30.48 -> 30 min   |
    | 4 | 11-30 | 高沟 | 赵    | 孙 (volunteer)+周     | BATH    | self-pay   | 2700    | once, 45 min      |
    | 5 | 11-30 | 高沟 | 赵    | 孙 (volunteer)        | COMFORT | credits    | 600     | 10 min            |
    | 6 | 10-31 | 涟城 | 张    | 王                    | CLEAN   |            |         | October           |
    | 7 | 12-01 | 涟城 | 张    | 王                    | CLEAN   |            |         | December          |
    | 8 | 11-20 | 涟城 | 李    | 王                    | CLEAN   |            |         | finished, not yet |
    """
    zhang, li = county.elder("张", "涟城"), county.elder("李", "涟城")
    zhao = county.elder("赵", "高沟")
    wang = county.carer("王", "涟城", organisation="康乐")
    sun, zhou = county.carer("孙", "高沟"), county.carer("周", "高沟")
    middle = date(2026, 11, 15)
    county.visit(FIRST, zhang, wang, gov_minutes=60)
    county.visit(middle, zhang, wang, start=at(middle, 10), seconds=1830, gov_minutes=30, credit_minutes=30)
    county.visit(middle, li, wang, start=at(middle, 14), seconds=1829, gov_minutes=60)
    county.visit(LAST, zhao, sun, kind="BATH", seconds=2700, second=zhou)
    county.visit(LAST, zhao, sun, kind="COMFORT", start=at(LAST, 15), seconds=600, credit_minutes=60)
    county.visit(FIRST - timedelta(days=1), zhang, wang)
    county.visit(LAST + timedelta(days=1), zhang, wang)
    county.visit(date(2026, 11, 20), li, wang, status="finished")
    return county


def test_a_month_counted_by_hand(november: County, administrator: User) -> None:
    rows = selectors.monthly_counts(NOVEMBER, administrator)

    assert [tuple(row.figures().values()) for row in rows] == [
        ("涟城", "CLEAN", "康乐", "WORKER", "GOVERNMENT", 3, 2, 121),
        ("高沟", "BATH", "", "VOLUNTEER", "SELF_PAY", 1, 1, 45),
        ("高沟", "COMFORT", "", "VOLUNTEER", "CREDITS", 1, 1, 10),
    ]


def test_totals_count_each_elder_once(november: County, administrator: User) -> None:
    sums = selectors.totals(NOVEMBER, administrator)

    assert (sums.person_times, sums.elders, sums.minutes) == (5, 3, 176)
    assert (sums.elders_at_home, sums.volunteer_person_times, sums.government_minutes) == (3, 2, 121)


def test_every_number_equals_the_list_behind_it(november: County, administrator: User) -> None:
    for row in selectors.monthly_counts(NOVEMBER, administrator):
        behind = list(selectors.visits_behind(NOVEMBER, row.cut(), administrator))

        assert len(behind) == row.person_times
        assert len({each.visit.elder_id for each in behind}) == row.elders
        assert sum(each.minutes for each in behind) == row.minutes


def test_the_payer_of_the_query_is_the_payer_of_the_visit(november: County) -> None:
    for row in selectors.counted_visits(NOVEMBER):
        assert row["payer"] == Visit.objects.get(pk=row["visit"]).payer


def test_the_service_date_decides_the_month_even_when_utc_says_another(county: County, administrator: User) -> None:
    elder, carer = county.elder("张", "涟城"), county.carer("王", "涟城")
    # 00:10 on 1 November in Shanghai is 16:10 on 31 October in UTC; 23:30 on 30 November runs into December.
    county.visit(FIRST, elder, carer, start=at(FIRST, 0, 10))
    county.visit(LAST, elder, carer, start=at(LAST, 23, 30), seconds=3600)

    assert selectors.totals(NOVEMBER, administrator).person_times == 2
    assert selectors.totals(date(2026, 10, 1), administrator).person_times == 0
    assert selectors.totals(date(2026, 12, 1), administrator).person_times == 0


@pytest.mark.parametrize("seconds", [0, 29, 30, 89, 90, 3629, 3630])
def test_the_query_rounds_minutes_as_the_ledger_does(county: County, seconds: int) -> None:
    visit = county.visit(FIRST, county.elder("张", "涟城"), county.carer("王", "涟城"), seconds=seconds)

    assert selectors.counted_visits(NOVEMBER).get()["minutes"] == visit.assignments.get().delivered_minutes


@pytest.mark.parametrize("status", ["open", "finished", "disputed", "not_done", "unserved", "cancelled"])
def test_only_verified_visits_count(county: County, administrator: User, status: str) -> None:
    county.visit(FIRST, county.elder("张", "涟城"), county.carer("王", "涟城"), status=status)

    assert selectors.monthly_counts(NOVEMBER, administrator) == []


def test_a_cut_keeps_only_its_part(november: County, administrator: User) -> None:
    without = selectors.monthly_counts(NOVEMBER, administrator, Cut(organisation=0))
    town = selectors.monthly_counts(NOVEMBER, administrator, Cut(town=november.town("涟城").pk))

    assert [row.service for row in without] == ["BATH", "COMFORT"]
    assert [row.service for row in town] == ["CLEAN"]


def test_an_organisation_manager_sees_only_the_own_organisation(november: County) -> None:
    manager = november.manager_of("康乐")
    stranger = user_with(Role.ORGANISATION_MANAGER, name="stranger")

    assert [row.organisation for row in selectors.monthly_counts(NOVEMBER, manager)] == ["康乐"]
    assert selectors.totals(NOVEMBER, manager).person_times == 3
    assert selectors.visits_behind(NOVEMBER, Cut(organisation=0), manager).count() == 0
    assert selectors.monthly_counts(NOVEMBER, stranger) == []


def test_a_dispatcher_sees_the_own_towns(november: County) -> None:
    dispatcher = november.dispatcher_of("高沟")

    assert {row.town for row in selectors.monthly_counts(NOVEMBER, dispatcher)} == {"高沟"}


def test_an_auditor_sees_all_and_other_roles_nothing(november: County) -> None:
    assert selectors.totals(NOVEMBER, user_with(Role.AUDITOR)).person_times == 5
    for nobody in (user_with(Role.CARER), user_with(Role.OPERATOR), AnonymousUser()):
        assert selectors.totals(NOVEMBER, nobody).person_times == 0
        assert selectors.monthly_counts(NOVEMBER, nobody) == []


def test_a_year_of_person_times(november: County, administrator: User) -> None:
    months = [date(2026, 10, 1), NOVEMBER, date(2026, 12, 1)]

    assert list(selectors.person_times_by_month(months, administrator).values()) == [1, 5, 1]
    assert [row.person_times for row in selectors.county_counts(NOVEMBER)] == [3, 1, 1]


def test_the_register_counts_elders_of_the_last_day(november: County) -> None:
    gone = november.elder("李", "涟城")
    gone.active_to = date(2026, 11, 29)
    gone.save(update_fields=["active_to"])

    assert selectors.elders_registered(NOVEMBER) == 2
    assert selectors.elders_registered(NOVEMBER, [november.town("涟城").pk]) == 1


def test_a_double_up_whose_first_carer_did_not_come_counts_by_the_second(november: County) -> None:
    visit = Visit.objects.get(carers_needed=2)
    visit.assignments.filter(leg=1).update(status="no_show", started_at=None, ended_at=None)

    [row] = [row for row in selectors.counted_visits(NOVEMBER) if row["visit"] == visit.pk]

    assert row["minutes"] == 90  # the second leg's 5,400 seconds
    assert sum(row.person_times for row in selectors.county_counts(NOVEMBER)) == 5
