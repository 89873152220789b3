"""When carers may work: what they offer, less absences, while they are active."""

from datetime import date, timedelta

import pytest

from tests.cast import make_town
from tests.volunteers.make import BY, MONDAY, absent, at, carer, offer
from volunteers import services
from volunteers.models import Carer, Organisation
from volunteers.selectors import abilities, on_duty

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
NOON = 720


def hours(who: Carer, day: date = MONDAY) -> tuple[tuple[int, int], ...]:
    return on_duty([who], day).get(who.pk, ())


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ([], ()),
        ([(480, 720)], ((480, 720),)),
        ([(480, 720), (800, 1020)], ((480, 720), (800, 1020))),  # a gap stays
        ([(600, 720), (480, 600)], ((480, 720),)),  # back-to-back is one stretch
        ([(0, 1440)], ((0, 1440),)),
    ],
)
def test_what_is_offered_for_the_weekday_counts(offers, expected):
    who = carer()
    for start, end in offers:
        offer(who, start, end)

    assert hours(who) == expected
    assert hours(who, TUESDAY) == ()


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "works"),
    [
        (MONDAY, None, True),  # from today
        (MONDAY, MONDAY, True),  # today alone
        (TUESDAY, None, False),  # not yet
        (date(2026, 1, 1), MONDAY - timedelta(days=1), False),  # over
    ],
)
def test_an_offer_counts_while_it_is_valid(valid_from, valid_to, works):
    who = carer()
    offer(who, 480, 720, weekday=0, valid_from=valid_from, valid_to=valid_to)

    assert bool(hours(who)) is works


def test_a_dated_offer_counts_on_its_day_beside_the_weekdays():
    who = carer()
    offer(who, 480, 720)
    offer(who, 780, 900, day=MONDAY)
    offer(who, 600, 660, day=TUESDAY)

    assert hours(who) == ((480, 720), (780, 900))
    assert hours(who, TUESDAY) == ((600, 660),)
    assert hours(who, MONDAY + timedelta(days=7)) == ((480, 720),)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (at("08:00"), at("12:00"), ()),  # all of it
        (at("08:00"), at("09:00"), ((540, 720),)),  # the beginning
        (at("11:00"), at("12:00"), ((480, 660),)),  # the end
        (at("09:00"), at("10:00"), ((480, 540), (600, 720))),  # the middle
        (at("07:00"), at("08:00"), ((480, 720),)),  # ends as the offer begins
        (at("12:00"), at("13:00"), ((480, 720),)),  # begins as the offer ends
        (at("20:00", MONDAY - timedelta(days=1)), at("09:00"), ((540, 720),)),  # from the evening before
        (at("11:00"), at("09:00", TUESDAY), ((480, 660),)),  # into the next day
        (at("00:00", MONDAY - timedelta(days=3)), at("00:00", TUESDAY + timedelta(days=3)), ()),  # a week away
        (at("00:00", TUESDAY), at("12:00", TUESDAY), ((480, 720),)),  # midnight belongs to the next day
        (at("09:00:30"), at("09:30:01"), ((480, 540), (571, 720))),  # a begun minute is gone
    ],
)
def test_an_absence_cuts_exactly_its_minutes(start, end, expected):
    who = carer()
    offer(who, 480, 720)
    absent(who, start, end)

    assert hours(who) == expected


def test_several_absences_cut_several_holes():
    who = carer()
    offer(who, 480, 720)
    offer(who, 780, 1020)
    for start, end in (("09:00", "09:30"), ("11:30", "13:30"), ("16:00", "17:00")):
        absent(who, at(start), at(end))

    assert hours(who) == ((480, 540), (570, 690), (810, 960))


def test_the_absence_of_one_blocks_nobody_else():
    one, other = carer("C1"), carer("C2")
    offer(one, 480, 720)
    offer(other, 480, 720)
    absent(one, at("00:00"), at("00:00", TUESDAY))

    assert on_duty([one, other], MONDAY) == {other.pk: ((480, 720),)}


@pytest.mark.parametrize(
    ("fields", "works"),
    [
        ({"active_from": MONDAY}, True),  # the first day
        ({"active_from": TUESDAY}, False),
        ({"active_to": MONDAY}, True),  # the last day
        ({"active_to": MONDAY - timedelta(days=1)}, False),  # the membership has expired
        ({"blocked_from": TUESDAY}, True),
        ({"blocked_from": MONDAY}, False),
    ],
)
def test_only_active_carers_are_on_duty(fields, works):
    who = carer(**fields)
    offer(who, 480, 720)

    assert bool(hours(who)) is works


@pytest.mark.parametrize(("active_to", "works"), [(None, True), (MONDAY, True), (MONDAY - timedelta(days=1), False)])
def test_nobody_comes_from_an_organisation_that_has_left(active_to, works):
    company = Organisation.objects.create(
        code="O1", name="安康", kind="COMPANY", active_from=date(2026, 1, 1), active_to=active_to
    )
    who = carer(organisation=company)
    offer(who, 480, 720)

    assert bool(hours(who)) is works


def test_a_town_stands_for_its_carers():
    here = carer("C1")
    there = carer("C2", town=make_town("T2", "朝棉街道"))
    offer(here, 480, 720)
    offer(there, 480, 720)

    assert on_duty(make_town("T1", "高沟镇"), MONDAY) == {here.pk: ((480, 720),)}
    assert on_duty(Carer.objects.filter(number="C2"), MONDAY) == {there.pk: ((480, 720),)}


def test_as_many_queries_whatever_the_number_of_carers(django_assert_num_queries):
    everyone = [carer(f"C{number}") for number in range(5)]
    for who in everyone:
        offer(who, 480, 720)
        absent(who, at("09:00"), at("10:00"))
        services.add_certificate(carer=who, code="CARE", valid_from=MONDAY, valid_to=TUESDAY, **BY)

    with django_assert_num_queries(2):
        assert len(on_duty(everyone, MONDAY)) == 5
    with django_assert_num_queries(1):
        assert len(abilities(Carer.objects.all(), MONDAY)) == 5
