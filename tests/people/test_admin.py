"""The records: who may open which page, what is never on it, and the one way to see a secret."""

import re
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory
from django.urls import reverse

from people import services
from people.admin import PlaceAdmin
from people.admin_base import MaskedAdmin
from people.models import Device, Person, Phone, Place, PolicySetting, RevealLog, Town, TownDuty
from people.roles import roles_of
from tests.cast import NOW, PASSWORD, Cast, id_number, make_user

OWN = (Person, Place, Town, TownDuty, RevealLog, PolicySetting, Device, User)
SECRETS = re.compile(r"320826194108159989|13800138000|82380123|三组12号|1[3-9]\d{9}")
EVERYWHERE = {"operator", "dispatcher", "administrator", "auditor"}
GUARDED = {"administrator", "auditor"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model: type[Any], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize(
    ("model", "openers"),
    [
        (Person, EVERYWHERE),
        (Place, EVERYWHERE),
        (Town, EVERYWHERE),
        (TownDuty, GUARDED),
        (RevealLog, GUARDED),
        (PolicySetting, GUARDED | {"dispatcher"}),
        (Device, GUARDED),
        (User, GUARDED),
    ],
)
def test_each_role_opens_its_own_lists_only(cast: Cast, model: type[Any], openers: set[str]) -> None:
    answers = {
        name: signed_in(user).get(url(model, "changelist")).status_code for name, user in cast.everybody().items()
    }

    assert {name for name, status in answers.items() if status == 200} == openers
    assert {status for name, status in answers.items() if name not in openers} <= {302, 403}


@pytest.mark.parametrize("model", OWN)
@pytest.mark.parametrize("who", sorted(EVERYWHERE - {"administrator"}))
def test_only_the_administrator_writes(cast: Cast, model: type[Any], who: str) -> None:
    client, before = signed_in(cast.everybody()[who]), model.objects.count()

    assert client.post(url(model, "add"), {}).status_code == 403
    row = model.objects.first()
    if row is not None:
        assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.count() == before


def test_no_page_of_anybody_shows_a_secret(cast: Cast) -> None:
    person = cast.elder.person
    assert person.home
    pages = [
        url(Person, "changelist"),
        url(Person, "change", person.pk),
        url(Person, "history", person.pk),
        url(Place, "changelist"),
        url(Place, "change", person.home.pk),
    ]
    for name in EVERYWHERE:
        client = signed_in(cast.everybody()[name])
        for page in pages:
            html = client.get(page).content.decode()
            assert SECRETS.findall(html) == [], (name, page)


def test_the_list_shows_masked_numbers(cast: Cast) -> None:
    html = signed_in(cast.operator).get(url(Person, "changelist")).content.decode()

    assert "138****8000" in html
    assert "320***********9989" in html


def test_a_page_that_would_show_a_secret_is_an_error_of_the_check(db: None) -> None:
    class Careless(MaskedAdmin):
        list_display = ["village", "address"]

    assert [error.id for error in Careless(Place, admin.site).check()] == ["people.E001"]
    assert PlaceAdmin(Place, admin.site).check() == []


@pytest.mark.parametrize("typed", ["13800138000", "zgl", "9989", "高沟 桂"])
def test_the_list_is_searched_as_on_the_telephone(cast: Cast, typed: str) -> None:
    html = signed_in(cast.operator).get(url(Person, "changelist"), {"q": typed}).content.decode()

    assert "张桂兰" in html
    assert "李强" not in html


def test_a_dispatcher_of_another_town_does_not_open_the_person(cast: Cast) -> None:
    TownDuty.objects.create(user=cast.dispatcher, town=cast.chaomian)
    client = signed_in(cast.dispatcher)

    assert "张桂兰" not in client.get(url(Person, "changelist")).content.decode()
    assert "张桂兰" not in client.get(url(Person, "change", cast.elder.person_id), follow=True).content.decode()
    assert client.get(url(Person, "reveal", cast.elder.person_id)).status_code == 403


# Revealing ---------------------------------------------------------------------------------------------------------


def test_a_secret_is_shown_for_a_reason_once(cast: Cast) -> None:
    client, page = signed_in(cast.operator), url(Person, "reveal", cast.elder.person_id)

    shown = client.post(page, {"field": "phone", "reason": "回电"})

    assert "13800138000" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert RevealLog.objects.values_list("actor__username", "field", "reason").get() == ("operator", "phone", "回电")
    assert "13800138000" not in client.get(page).content.decode()


@pytest.mark.parametrize(
    "data", [{"field": "phone", "reason": ""}, {"field": "phone", "reason": "-"}, {"reason": "回电"}]
)
def test_without_a_reason_the_page_says_so_and_shows_nothing(cast: Cast, data: dict[str, str]) -> None:
    answer = signed_in(cast.operator).post(url(Person, "reveal", cast.elder.person_id), data)

    assert SECRETS.findall(answer.content.decode()) == []
    assert 'role="alert"' in answer.content.decode()
    assert RevealLog.objects.count() == 0


def test_the_auditor_has_no_such_page(cast: Cast) -> None:
    client = signed_in(cast.auditor)

    assert (
        client.post(url(Person, "reveal", cast.elder.person_id), {"field": "phone", "reason": "查"}).status_code == 403
    )
    html = client.get(url(Person, "change", cast.elder.person_id)).content.decode()
    assert url(Person, "reveal", cast.elder.person_id) not in html
    assert RevealLog.objects.count() == 0


def test_the_person_page_of_an_operator_has_the_button(cast: Cast) -> None:
    html = signed_in(cast.operator).get(url(Person, "change", cast.elder.person_id)).content.decode()

    assert url(Person, "reveal", cast.elder.person_id) in html


# Writing -----------------------------------------------------------------------------------------------------------

PHONES = {"phones-TOTAL_FORMS": 0, "phones-INITIAL_FORMS": 0, "phones-MIN_NUM_FORMS": 0, "phones-MAX_NUM_FORMS": 1000}


def test_a_person_is_entered_with_search_keys_and_sealed_numbers(cast: Cast) -> None:
    answer = signed_in(cast.administrator).post(
        url(Person, "add"),
        {"name": "单建国", "gender": "M", "birth_date": "1950-01-02", "id_number": id_number(date(1950, 1, 2), "M")}
        | PHONES
        | {"phones-TOTAL_FORMS": 1, "phones-0-number": "138 0013 8111", "phones-0-is_primary": "on"},
    )

    assert answer.status_code == 302, re.findall(r'class="errorlist.*?</ul>', answer.content.decode())
    person = Person.objects.get(name="单建国")
    assert person.name_pinyin.startswith("shanjianguo")
    assert list(person.phones.values_list("tail", "is_primary")) == [("8111", True)]
    assert person.phones.get().number == "+8613800138111"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id_number": "320826194108159987"}, "id_number"),  # check digit
        ({"id_number": "320826194108159989"}, "id_number"),  # known already
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(cast: Cast, fields: dict[str, str], field: str) -> None:
    before = Person.objects.count()

    answer = signed_in(cast.administrator).post(
        url(Person, "add"), {"name": "单建国", "gender": "F", "birth_date": ""} | fields | PHONES
    )

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert Person.objects.count() == before


def test_an_empty_secret_field_keeps_what_is_there(cast: Cast) -> None:
    person = cast.elder.person
    one, two = person.phones.order_by("pk")
    answer = signed_in(cast.administrator).post(
        url(Person, "change", person.pk),
        {"name": "张桂蓝", "gender": "F", "birth_date": "1941-08-15", "id_number": "", "home": person.home_id}
        | PHONES
        | {
            "phones-TOTAL_FORMS": 2,
            "phones-INITIAL_FORMS": 2,
            "phones-0-id": one.pk,
            "phones-0-person": person.pk,
            "phones-0-number": "",
            "phones-1-id": two.pk,
            "phones-1-person": person.pk,
            "phones-1-number": "",
            "phones-1-is_primary": "on",  # the landline becomes the first to call
        },
    )

    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.name, person.id_number, person.name_initials) == ("张桂蓝", "320826194108159989", "zgl")
    assert list(person.phones.order_by("pk").values_list("tail", "is_primary")) == [("8000", False), ("0123", True)]
    assert [phone.number for phone in person.phones.order_by("pk")] == ["+8613800138000", "+8651782380123"]


def test_the_same_number_twice_is_refused(cast: Cast) -> None:
    answer = signed_in(cast.administrator).post(
        url(Person, "add"),
        {"name": "单建国", "gender": "M"}
        | PHONES
        | {"phones-TOTAL_FORMS": 2, "phones-0-number": "13800138111", "phones-1-number": "138-0013-8111"},
    )

    assert answer.status_code == 200
    assert not Phone.objects.filter(tail="8111").exists()


@pytest.mark.parametrize(
    ("value", "accepted"), [("45", True), ("0", True), ("-1", False), ('"45"', False), ("1.5", False), ("true", False)]
)
def test_a_setting_takes_only_its_own_kind_of_value(cast: Cast, value: str, accepted: bool) -> None:
    signed_in(cast.administrator).post(
        url(PolicySetting, "add"),
        {"key": "offer_life_minutes", "value": value, "effective_from": "2026-03-01", "owner": "民政局"},
    )

    assert PolicySetting.objects.exists() is accepted


# Users -------------------------------------------------------------------------------------------------------------


def test_roles_are_chosen_by_their_words_and_open_the_records(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    operator = Group.objects.get(name="operator")
    assert "话务员" in client.get(url(User, "add")).content.decode()

    answer = client.post(
        url(User, "add"),
        {
            "username": "newhand",
            "last_name": "新人",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "groups": [operator.pk],
            "usable_password": "true",
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    user = User.objects.get(username="newhand")
    assert (user.is_staff, list(roles_of(user))) == (True, ["operator"])


def test_an_administrator_does_not_become_a_superuser(cast: Cast) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    client = signed_in(cast.administrator)

    client.post(
        url(User, "change", cast.administrator.pk),
        {
            "username": "administrator",
            "is_active": "on",
            "is_superuser": "on",
            "groups": [Group.objects.get(name="administrator").pk],
        },
    )
    stolen = client.post(f"/admin/auth/user/{root.pk}/password/", {"password1": "x" * 20, "password2": "x" * 20})

    cast.administrator.refresh_from_db()
    root.refresh_from_db()
    assert not cast.administrator.is_superuser
    assert stolen.status_code == 403
    assert root.check_password(PASSWORD)


def test_a_lost_phone_is_logged_out_from_the_list(cast: Cast) -> None:
    device, _ = services.log_in_device(user=cast.worker_user, name="红米", now=NOW)
    data = {"action": "revoke", "_selected_action": [device.pk]}

    signed_in(cast.auditor).post(url(Device, "changelist"), data)
    device.refresh_from_db()
    assert device.revoked_at is None

    signed_in(cast.administrator).post(url(Device, "changelist"), data)
    device.refresh_from_db()
    assert device.revoked_at is not None


def test_every_admin_page_of_ours_has_the_common_manners(db: None) -> None:
    ours = {"people", "orders", "volunteers", "timebank", "visits", "offers", "planning", "counts"}
    careless = [
        model.__name__
        for model, page in admin.site._registry.items()
        if model._meta.app_label in ours and not isinstance(page, MaskedAdmin)
    ]

    assert careless == []


def test_a_superuser_without_a_role_administers(db: None) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    request = RequestFactory().get("/")
    request.user = root

    assert PlaceAdmin(Place, admin.site).has_change_permission(request)
    request.user = make_user("nobody")
    assert not PlaceAdmin(Place, admin.site).has_view_permission(request)
