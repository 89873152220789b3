"""Registering elders and granting minutes; the default catalogue."""

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from orders import catalogue
from orders.models import Elder, ElderCategory, Entitlement, ServiceItem
from orders.services.elders import grant_entitlement, register_elder
from people.errors import Conflict, Invalid, Overlap
from tests.orders import make

pytestmark = pytest.mark.django_db


def register(person, **fields):
    return register_elder(person=person, town=make.town(), actor=None, now=make.NOW, **fields)


def grant(elder, **fields):
    values: dict[str, Any] = {"category": "DISABLED", "minutes_per_month": 600, "valid_from": date(2026, 9, 1)} | fields
    return grant_entitlement(elder=elder, actor=None, now=make.NOW, **values)


def test_a_person_becomes_an_elder_with_a_number_and_a_visit_code():
    elder = register(make.person(), categories=["LIVING_ALONE", "DISABLED", "LIVING_ALONE"])

    assert elder.number == f"L{elder.pk:06d}"
    assert len(elder.visit_code) == 4
    assert elder.visit_code.isdigit()
    assert elder.active_from == make.TODAY
    assert sorted(elder.categories.values_list("code", "valid_from")) == [
        ("DISABLED", make.TODAY),
        ("LIVING_ALONE", make.TODAY),
    ]


def test_the_same_person_twice_or_a_number_twice_is_refused():
    person = make.person()
    register(person, number="7")

    for again in (person, make.person("李四")):
        with pytest.raises(Conflict) as refusal:
            register(again, number="7", categories=["DISABLED"])
        assert refusal.value.code == "duplicate_elder"

    assert (Elder.objects.count(), ElderCategory.objects.count()) == (1, 0)


@pytest.mark.parametrize("bad", [{"categories": ["RICH"]}, {"gender_wish": "X"}])
def test_unknown_words_are_refused(bad):
    with pytest.raises(Invalid) as refusal:
        register(make.person(), **bad)

    assert list(refusal.value.fields) == list(bad)
    assert Elder.objects.count() == 0


def test_minutes_are_granted_once_for_a_time():
    elder = make.elder()
    granted = grant(elder, valid_to=date(2026, 12, 31))

    with pytest.raises(Overlap):
        grant(elder, valid_from=date(2026, 12, 31))

    assert Entitlement.objects.get() == granted


@pytest.mark.parametrize("bad", [{"category": "RICH"}, {"minutes_per_month": 0}, {"valid_to": date(2026, 8, 31)}])
def test_bad_grants_are_refused(bad):
    with pytest.raises(Invalid) as refusal:
        grant(make.elder(), **bad)

    assert list(refusal.value.fields) == list(bad)
    assert Entitlement.objects.count() == 0


class TestDefaultCatalogue:
    def test_has_the_ten_services(self):
        items = catalogue.load(effective_from=date(2026, 1, 1))

        assert [item.name for item in items] == [
            "助餐", "助浴", "助洁", "助急", "助医", "探访", "助行", "康复", "心理慰藉", "代办",
        ]  # fmt: skip
        assert {item.code for item in items if item.certificate} == {"BATH", "REHAB", "MEDICAL"}
        assert {item.code for item in items if item.workers_only} == {"BATH"}
        assert {item.code for item in items if item.is_popular} == {"COMFORT"}
        assert all(item.skill == item.code == item.kind for item in items)

    def test_an_english_page_says_its_english_names(self):
        meals, *_others = catalogue.load(effective_from=date(2026, 1, 1))
        own = make.item("OWN", name="理发")

        assert [str(meals), str(own)] == ["助餐", "理发"]
        with override("en"):
            assert [str(meals), str(own)] == ["Meals", "理发"]  # without one the name stands

    def test_keeps_what_the_county_already_has(self):
        own = make.item("MEAL", price_fen=1)

        catalogue.load(effective_from=date(2026, 1, 1))
        catalogue.load(effective_from=date(2026, 2, 1))

        assert ServiceItem.objects.count() == 10
        own.refresh_from_db()
        assert own.price_fen == 1
