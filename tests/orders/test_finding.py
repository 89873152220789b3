"""Finding an elder by what the caller says, or through the one who calls for them."""

from datetime import date

import pytest

from orders.finding import Found, find_elders
from orders.models import Contact
from people.models import TownDuty
from tests.cast import Cast, make_elder, make_person


@pytest.fixture
def daughter(cast: Cast) -> Contact:
    """王丽 calls for 张桂兰 in 高沟镇; she herself lives elsewhere."""
    person = make_person("王丽", "F", cast.chaomian, phones=("13955556666",))
    return Contact.objects.create(elder=cast.elder, person=person, relation="女儿")


@pytest.mark.parametrize(
    "typed",
    [
        "张桂兰",
        "桂兰",
        "zgl",
        "guilan",
        "8000",  # tail of the phone
        "9989",  # tail of the ID number
        "扬口",  # part of the village
        "zgl 高沟",
        "ｚｇｌ　高沟",  # full width, as an input method leaves it
        "E0001",  # the elder's own number
        "e0001",
    ],
)
def test_an_elder_is_found_by_whatever_is_said(cast: Cast, typed: str) -> None:
    assert find_elders(cast.operator, typed) == [Found(cast.elder)]


@pytest.mark.parametrize("typed", ["王丽", "wangli", "6666", "13955556666", "王丽 高沟"])
def test_who_calls_for_an_elder_finds_the_elder(cast: Cast, daughter: Contact, typed: str) -> None:
    assert find_elders(cast.operator, typed) == [Found(cast.elder, via=daughter)]


@pytest.mark.parametrize("typed", ["", "  ", "王丽 朝棉", "王二", "%", "E0009"])
def test_nothing_is_found_where_nothing_fits(cast: Cast, daughter: Contact, typed: str) -> None:
    assert find_elders(cast.operator, typed) == []


def test_the_very_name_comes_first_then_what_begins_so_then_the_rest(cast: Cast) -> None:
    names = ["陈桂兰", "桂兰芳", "桂兰"]
    for number, name in enumerate(names):
        make_elder(make_person(name, "F", cast.chaomian, birth_date=date(1950, 1, 1)), f"X{number}")

    found = [each.elder.person.name for each in find_elders(cast.operator, "桂兰")]

    assert found == ["桂兰", "桂兰芳", "陈桂兰", "张桂兰"]


def test_an_elder_who_is_also_a_contact_stands_once_and_as_themselves(cast: Cast) -> None:
    """陈秀英 is an elder and the neighbour of 张桂兰: both are found, the second through the first."""
    neighbour = Contact.objects.create(elder=cast.elder, person=cast.both_elder.person, relation="邻居")
    own = Contact.objects.create(elder=cast.both_elder, person=make_person("陈秀", "F", cast.gaogou), relation="妹妹")

    assert find_elders(cast.operator, "陈秀") == [Found(cast.both_elder), Found(cast.elder, via=neighbour)]
    assert find_elders(cast.operator, "陈秀", limit=1) == [Found(cast.both_elder)]
    assert own.elder == cast.both_elder


def test_two_contacts_who_fit_show_their_elder_once(cast: Cast, daughter: Contact) -> None:
    Contact.objects.create(elder=cast.elder, person=make_person("王丽丽", "F", cast.gaogou), relation="孙女")

    assert find_elders(cast.operator, "王丽") == [Found(cast.elder, via=daughter)]


def test_nobody_finds_what_they_may_not_see(cast: Cast, daughter: Contact) -> None:
    TownDuty.objects.create(user=cast.dispatcher, town=cast.chaomian)

    for user in (cast.dispatcher, cast.worker_user, cast.stranger):
        assert find_elders(user, "张桂兰") == find_elders(user, "王丽") == find_elders(user, "E0001") == []


def test_a_search_asks_the_same_number_of_questions_however_many_it_finds(
    cast: Cast, django_assert_num_queries
) -> None:
    for number in range(9):
        person = make_person(f"张桂{'一二三四五六七八九'[number]}", "F", cast.gaogou, phones=(f"1390000000{number}",))
        make_elder(person, f"X{number}")

    with django_assert_num_queries(7):  # roles; towns, villages; own, contacts; their rows, phones
        assert len(find_elders(cast.operator, "张桂")) == 10
