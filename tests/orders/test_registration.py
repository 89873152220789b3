"""Entering a new elder in one go: all of it or nothing, and once however often it is sent."""

from contextlib import suppress
from datetime import date
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from orders.models import Contact, Elder, ElderEvent
from orders.services import registration
from orders.services.contacts import Terms
from orders.services.registration import Home, NewContact, register_new_elder
from people.errors import Conflict, Invalid
from people.models import Person, Phone, Place
from tests.cast import Cast, id_number, make_person, make_user
from tests.orders import make

KEY = UUID("5f0c8f64-3a3c-4d7a-8a0f-1c62f1a0b001")


def register(**fields: Any) -> Elder:
    values = {
        "name": "赵秀兰",
        "gender": "F",
        "age": 82,
        "home": Home(make.town()),
        "key": KEY,
        "actor": None,
        "now": make.NOW,
    }
    return register_new_elder(**(values | fields))


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Person, Place, Phone, Elder, Contact, ElderEvent))


@pytest.mark.django_db
def test_everything_the_first_call_tells_is_stored_at_once(cast: Cast) -> None:
    elder = register(
        phones=["13700137000", "82380199"],
        home=Home(cast.gaogou, " 前庄村 ", "二组3号", (34.0, 119.2)),
        categories=["LIVING_ALONE"],
        alerts=["DOG", "TWO_TO_LIFT"],
        contact=NewContact("王丽", "F", Terms("女儿", "MAY_ORDER"), "13955556666"),
        actor=cast.operator,
    )

    person, home = elder.person, elder.person.home
    assert (person.name, person.gender, person.birth_date, elder.town) == (
        "赵秀兰",
        "F",
        date(1944, 1, 1),
        cast.gaogou,
    )
    assert (home.village, home.address, home.latitude, home.longitude) == ("前庄村", "二组3号", 34.0, 119.2)
    assert [(p.number, p.is_primary) for p in person.phones.order_by("pk")] == [
        ("+8613700137000", True),
        ("+8651782380199", False),
    ]
    assert elder.number == f"L{elder.pk:06d}"
    assert list(elder.categories.values_list("code", "valid_from")) == [("LIVING_ALONE", make.TODAY)]
    assert sorted(elder.alerts.values_list("kind", flat=True)) == ["DOG", "TWO_TO_LIFT"]
    contact = elder.contacts.get()
    assert (contact.person.name, contact.relation, contact.authority) == ("王丽", "女儿", "MAY_ORDER")
    assert list(elder.events.values_list("kind", "actor__username", "at")) == [
        ("registered", "operator", make.NOW),
        ("contact_added", "operator", make.NOW),
    ]


@pytest.mark.django_db
def test_an_id_number_tells_gender_and_birth_and_outdoes_an_age() -> None:
    number = id_number(date(1941, 8, 15), "M")

    elder = register(name="李大山", gender="", age=80, id_number=number)

    assert (elder.person.gender, elder.person.birth_date) == ("M", date(1941, 8, 15))


@pytest.mark.django_db
def test_without_a_point_the_home_is_where_the_village_is_known_or_the_town(cast: Cast) -> None:
    for latitude in (34.1, 34.3):
        Place.objects.create(town=cast.gaogou, village="前庄村", latitude=latitude, longitude=119.5)

    in_village = register(home=Home(cast.gaogou, "前庄村"), key=uuid4()).person.home
    in_unknown_village = register(home=Home(cast.gaogou, "后庄村"), key=uuid4()).person.home
    in_town = register(home=Home(cast.gaogou), key=uuid4()).person.home

    assert (in_village.latitude, in_village.longitude) == pytest.approx((34.2, 119.5))
    for home in (in_unknown_village, in_town):
        assert (home.latitude, home.longitude) == (cast.gaogou.latitude, cast.gaogou.longitude)


@pytest.mark.django_db
def test_the_same_form_sent_again_is_the_elder_it_made_first() -> None:
    elder = register(phones=["13700137000"])
    before = stored()

    assert register(phones=["13700137000"], name="别的名字") == elder
    assert stored() == before


@pytest.mark.django_db
def test_the_same_name_and_phone_in_another_form_is_another_elder() -> None:
    """Two sisters-in-law may share a name and a landline: a warning is all there is, the operator decides."""
    first = register(phones=["82380199"])

    assert register(phones=["82380199"], key=uuid4()) != first


@pytest.mark.django_db
def test_a_known_id_number_is_refused_and_names_the_elder(cast: Cast) -> None:
    before = stored()

    with pytest.raises(Conflict) as refusal:
        register(name="张桂兰", id_number="320826194108159989")

    assert (refusal.value.code, refusal.value.facts) == (
        "duplicate_person",
        {"person": cast.elder.person_id, "elder": cast.elder.pk},
    )
    assert stored() == before


@pytest.mark.django_db
def test_a_carer_becomes_an_elder_too_by_the_same_id_number_and_name(cast: Cast) -> None:
    number = id_number(date(1960, 5, 6), "F")
    known = make_person("孙丽", "F", cast.gaogou, phones=("13900139009",), number=number)

    elder = register(name="孙丽", id_number=number, phones=["13900139009", "82380111"], home=Home(cast.chaomian))

    assert (elder.person, elder.town) == (known, cast.chaomian)
    assert [phone.tail for phone in known.phones.order_by("pk")] == ["9009", "0111"]
    before = stored()
    with pytest.raises(Conflict):
        register(name="孙莉", id_number=number, key=uuid4())
    assert stored() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "赵" * 10_000}, "name"),
        ({"name": "赵秀兰😀"}, "name"),
        ({"name": "赵\x00秀兰"}, "name"),
        ({"gender": ""}, "gender"),
        ({"age": None}, "birth_date"),
        ({"age": 131}, "birth_date"),
        ({"age": -1}, "birth_date"),
        ({"age": None, "birth_date": date(2026, 9, 15)}, "birth_date"),  # tomorrow
        ({"id_number": "320826194108159988"}, "id_number"),  # wrong check digit
        ({"gender": "M", "id_number": "320826194108159989"}, "id_number"),  # a woman's
        ({"phones": ["120"]}, "phone"),
        ({"categories": ["RICH"]}, "categories"),
        ({"alerts": ["CAT"]}, "alerts"),
        ({"home": "long village"}, "village"),
        ({"contact": NewContact("王丽", "F", Terms("", "MAY_ORDER"))}, "contact_relation"),
        ({"contact": NewContact("王丽", "F", Terms("女儿" * 17, "MAY_ORDER"))}, "contact_relation"),
        ({"contact": NewContact("王丽", "F", Terms("女儿", "MAY_PAY"))}, "contact_authority"),
        ({"contact": NewContact("", "F", Terms("女儿", "MAY_ORDER"))}, "contact_name"),
        ({"contact": NewContact("王丽", "", Terms("女儿", "MAY_ORDER"))}, "contact_gender"),
        ({"contact": NewContact("王丽", "F", Terms("女儿", "MAY_ORDER"), "12")}, "contact_phone"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_stored(typed: dict[str, Any], field: str) -> None:
    if "home" in typed:
        typed = {"home": Home(make.town(), "村" * 65)}
    before = stored()

    with pytest.raises(Invalid) as refusal:
        register(**typed)

    assert list(refusal.value.fields) == [field]
    assert stored() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("guarded", "elders"), [(True, 1), (False, 2)])
def test_a_double_click_makes_one_elder(monkeypatch: pytest.MonkeyPatch, guarded: bool, elders: int) -> None:
    """Both requests see that nothing was made yet. Without the key (the control) each makes an elder."""
    home, clerk, meeting = Home(make.town()), make_user("clerk"), Barrier(2)
    made_with = registration._made_with
    asked: list[int] = []

    def meet(key: UUID, digest: UUID | None) -> Elder | None:
        made = made_with(key, digest)
        if len(asked) < 2:  # only the first look of each; the one who lost looks again
            asked.append(1)
            with suppress(BrokenBarrierError):
                meeting.wait(timeout=10)
        return made

    monkeypatch.setattr(registration, "_made_with", meet)
    answers: list[Any] = []

    def click() -> None:
        try:
            answers.append(register(home=home, actor=clerk, key=KEY if guarded else uuid4()).pk)
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(set(answers)) == Elder.objects.count() == Person.objects.count() == elders
    assert sorted(answers) == sorted(list(Elder.objects.values_list("pk", flat=True)) * (2 // elders))
