"""Who may be entered: ID numbers, phones, names, and nobody twice."""

from datetime import date

import pytest

from people import id_numbers, identity, phones, services
from people.errors import Conflict, Invalid
from people.models import Gender, Person, Phone
from tests.cast import NOW, TODAY, Cast, id_number


def test_an_id_number_says_birth_date_and_gender() -> None:
    parsed = id_numbers.parse("320826 19410815 998 9", today=TODAY)

    assert parsed == id_numbers.IdNumber("320826194108159989", date(1941, 8, 15), Gender.FEMALE)


def test_a_number_with_x_is_read_in_either_case() -> None:
    number = "32082619850101002X"  # born 1985, female, check digit X

    assert id_numbers.parse(number.lower(), today=TODAY).number == number


def test_a_place_code_younger_than_its_holder_is_no_error() -> None:
    # Code 320826 exists since 1983; everybody born earlier received it all the same.
    assert id_numbers.parse(id_number(date(1930, 2, 3), "M"), today=TODAY).gender == Gender.MALE


IMPOSSIBLE = [
    "",
    "320826194108159987",  # check digit 9 written as 7
    "320826194108159899",  # two digits swapped
    "32082619410815998",  # one digit short
    "3208261941081599899",  # one digit too many
    "320826410815998",  # the old form of 15 digits
    "32082619410815998Y",
    "３２０８２６１９４１０８１５９９８７",  # full width, wrong check digit
    "320826194102309980",  # 30 February
    "320826194113159983",  # month 13
    "990826194108159983",  # no province 99
]


@pytest.mark.parametrize("number", IMPOSSIBLE)
def test_an_impossible_id_number_is_refused(number: str) -> None:
    with pytest.raises(Invalid) as refusal:
        id_numbers.parse(number, today=TODAY)

    assert refusal.value.code == "id_number"
    assert list(refusal.value.fields) == ["id_number"]


def test_nobody_is_born_tomorrow() -> None:
    tomorrow = id_number(date(2026, 3, 3), "F")

    with pytest.raises(Invalid, match=r"still to come|还没有到"):
        id_numbers.parse(tomorrow, today=TODAY)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86-138-0013-8000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("82380123", "+8651782380123"),  # the county's own area code is added
        ("0517-82380123", "+8651782380123"),
        ("(0517) 8238 0123", "+8651782380123"),
        ("021-62345678", "+862162345678"),
        ("400-820-8820", "+864008208820"),
        ("+1 650 253 0000", "+16502530000"),  # a daughter abroad
    ],
)
def test_a_phone_number_has_one_form(said: str, stored: str) -> None:
    assert phones.normalize(said) == stored


@pytest.mark.parametrize("said", ["", "120", "110", "12345", "96116", "1380013800", "abc", "0517-82380123转801"])
def test_what_cannot_be_called_from_anywhere_is_no_phone(said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.normalize(said)

    assert refusal.value.code == "phone"


def test_a_number_is_shown_as_it_is_dialled() -> None:
    shown = [phones.national(number) for number in ("+8613800138000", "+8651782380123", "+16502530000")]

    assert shown == ["13800138000", "0517-82380123", "+16502530000"]


def test_a_person_gets_search_keys_and_the_birth_date_of_the_id_number() -> None:
    person = identity.prepare_person(name="  张 桂兰 ", gender="F", id_number="320826194108159989", now=NOW)

    assert not person.pk
    assert (person.name, person.name_pinyin, person.name_initials) == ("张 桂兰", "zhangguilan", "zgl")
    assert (person.birth_date, person.id_number_tail) == (date(1941, 8, 15), "9989")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "  "}, "name"),
        ({"gender": "X"}, "gender"),
        ({"birth_date": date(2026, 3, 3)}, "birth_date"),  # tomorrow
        ({"gender": "M"}, "id_number"),  # the number says female
        ({"birth_date": date(1941, 8, 16)}, "id_number"),  # the number says the 15th
    ],
)
def test_a_person_that_cannot_be_is_refused(fields: dict[str, object], wrong: str) -> None:
    values = {"name": "张桂兰", "gender": "F", "id_number": "320826194108159989", "now": NOW}

    with pytest.raises(Invalid) as refusal:
        identity.prepare_person(**(values | fields))

    assert list(refusal.value.fields) == [wrong]


def test_nobody_is_entered_twice(cast: Cast) -> None:
    people, numbers = Person.objects.count(), Phone.objects.count()

    with pytest.raises(Conflict) as refusal:
        services.create_person(
            name="张桂蘭",
            gender="F",
            id_number="320826194108159989",
            phones=["13700137000"],
            actor=cast.administrator,
            now=NOW,
        )

    assert refusal.value.code == "duplicate_person"
    assert refusal.value.facts == {"person": cast.elder.person_id}
    assert (Person.objects.count(), Phone.objects.count()) == (people, numbers)


def test_namesakes_without_an_id_number_are_two_people(cast: Cast) -> None:
    for _ in range(2):
        services.create_person(name="王芳", gender="F", actor=cast.operator, now=NOW)

    assert Person.objects.filter(name="王芳").count() == 3


def test_one_bad_phone_stores_nothing(cast: Cast) -> None:
    with pytest.raises(Invalid):
        services.create_person(name="周新", gender="M", phones=["13700137000", "120"], actor=cast.operator, now=NOW)

    assert not Person.objects.filter(name="周新").exists()


def test_the_first_phone_is_the_one_to_call_first_and_a_repeat_counts_once(cast: Cast) -> None:
    person = services.create_person(
        name="周新",
        gender="M",
        phones=["13700137000", "82380199", "137 0013 7000"],
        actor=cast.operator,
        now=NOW,
    )

    assert sorted(person.phones.values_list("tail", "is_primary")) == [("0199", False), ("7000", True)]


def test_a_shared_landline_belongs_to_several_people(cast: Cast) -> None:
    services.add_phone(person=cast.both_elder.person, number="82380123", actor=cast.operator, now=NOW)

    assert Phone.objects.filter(tail="0123").count() == 2


def test_a_new_first_number_takes_the_place_of_the_old_one(cast: Cast) -> None:
    person = cast.elder.person
    services.add_phone(person=person, number="13700137000", is_primary=True, actor=cast.operator, now=NOW)

    assert list(person.phones.filter(is_primary=True).values_list("tail", flat=True)) == ["7000"]


def test_a_number_that_is_there_already_is_a_conflict(cast: Cast) -> None:
    with pytest.raises(Conflict) as refusal:
        services.add_phone(person=cast.elder.person, number="138-0013-8000", actor=cast.operator, now=NOW)

    assert refusal.value.code == "duplicate_phone"
    assert cast.elder.person.phones.count() == 2


def test_a_correction_keeps_the_id_number_that_is_not_written_again(cast: Cast) -> None:
    person = cast.elder.person
    services.change_person(
        person=person,
        name="曾桂兰",
        gender="F",
        birth_date=person.birth_date,
        id_number=None,
        home=person.home,
        actor=cast.administrator,
        now=NOW,
    )

    person.refresh_from_db()
    assert (person.id_number, person.id_number_tail) == ("320826194108159989", "9989")
    assert person.name_pinyin == "zengguilan cengguilan"
