"""A new elder typed while the caller waits: begun from the call, warned of repeats, refused without losing a word."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from dispatch.console.born import Born, BornField
from orders.models import Elder
from people.models import Person
from tests.cast import Cast, id_number, make_person
from tests.dispatch.console.people.conftest import CALLER, make_call

URL = "/console/elders/new/"
HERS = id_number(date(1945, 8, 15), "F")
KEY = "5f0c8f64-3a3c-4d7a-8a0f-1c62f1a0b001"


def typed(cast: Cast, **changes: str) -> dict[str, Any]:
    values = {
        "key": KEY,
        "name": "赵秀兰",
        "gender": "F",
        "born": "82",
        "town": str(cast.gaogou.pk),
        "village": "扬口村",
        "address": "二组3号",
        "phone": "13700137000",
        "contact_authority": "MAY_ORDER",
    }
    return values | changes


def test_the_form_begins_with_what_is_known_of_the_call(operator: Client, cast: Cast) -> None:
    call = make_call()

    page = operator.get(URL, {"q": "赵秀兰", "call": call.pk}).content.decode()

    assert 'value="赵秀兰"' in page
    assert "137****7777" in page
    assert "13766667777" not in page
    assert f'action="{URL}?call={call.pk}"' in page
    assert f'<option value="{cast.gaogou.pk}">GGZ 高沟镇</option>' in page


@pytest.mark.parametrize("call", ["", "0", "999999", "x", "9" * 30, "-1", "²"])
def test_a_call_that_is_not_there_is_no_call(operator: Client, call: str) -> None:
    answer = operator.get(URL, {"call": call})

    assert answer.status_code == 200
    assert 'name="caller_is"' not in answer.content.decode()


def test_a_withheld_number_is_not_asked_about(operator: Client) -> None:
    answer = operator.get(URL, {"call": make_call("").pk})

    assert 'name="caller_is"' not in answer.content.decode()


def test_a_saved_elder_opens_in_the_same_call(operator: Client, cast: Cast) -> None:
    call = make_call()

    answer = operator.post(f"{URL}?call={call.pk}", typed(cast, caller_is="elder"))

    elder = Elder.objects.get(person__name="赵秀兰")
    assert (answer.status_code, answer["Location"]) == (302, f"/console/?elder={elder.pk}&call={call.pk}")
    assert elder.person.birth_date == date(1944, 1, 1)
    assert [phone.number for phone in elder.person.phones.order_by("pk")] == [CALLER, "+8613700137000"]
    assert elder.events.get().actor == cast.operator


def test_the_caller_becomes_a_contact_in_the_same_step(operator: Client, cast: Cast) -> None:
    call = make_call()
    contact = {"contact_name": "王丽", "contact_gender": "F", "contact_relation": "女儿"}

    operator.post(f"{URL}?call={call.pk}", typed(cast, caller_is="contact", phone="", **contact))

    elder = Elder.objects.get(person__name="赵秀兰")
    assert not elder.person.phones.exists()
    [stored] = elder.contacts.all()
    assert (stored.person.name, stored.relation, stored.authority) == ("王丽", "女儿", "MAY_ORDER")
    assert [phone.number for phone in stored.person.phones.all()] == [CALLER]


def test_the_number_is_left_alone_when_it_is_nobodys(operator: Client, cast: Cast) -> None:
    operator.post(f"{URL}?call={make_call().pk}", typed(cast, caller_is="nobody", phone=""))

    assert not Elder.objects.get(person__name="赵秀兰").person.phones.exists()


def test_an_id_number_is_enough_for_gender_and_birth(operator: Client, cast: Cast) -> None:
    operator.post(URL, typed(cast, gender="", born="", id_number=HERS))

    person = Person.objects.get(name="赵秀兰")
    assert (person.gender, person.birth_date) == ("F", date(1945, 8, 15))


def test_the_same_form_sent_twice_is_one_elder(operator: Client, cast: Cast) -> None:
    first, second = operator.post(URL, typed(cast)), operator.post(URL, typed(cast))

    assert first["Location"] == second["Location"]
    assert Elder.objects.filter(person__name="赵秀兰").count() == 1


def test_the_same_form_with_other_input_leads_to_the_elder_and_may_be_saved_as_another(
    operator: Client, cast: Cast
) -> None:
    call = make_call()
    operator.post(f"{URL}?call={call.pk}", typed(cast))
    first = Elder.objects.get(person__name="赵秀兰")

    refused = operator.post(f"{URL}?call={call.pk}", typed(cast, name="赵秀兰兰", born="80"))
    page, form = refused.content.decode(), refused.context["form"]

    assert refused.status_code == 409
    assert "这张表已经保存过" in page
    assert f'href="/console/?elder={first.pk}&amp;call={call.pk}"' in page
    assert (form["name"].value(), form["born"].value()) == ("赵秀兰兰", "80")
    assert list(Elder.objects.filter(person__name__startswith="赵秀兰")) == [first]

    fresh = str(form["key"].value())
    second = operator.post(URL, typed(cast, name="赵秀兰兰", born="80", key=fresh))

    assert (second.status_code, fresh == KEY) == (302, False)
    assert Elder.objects.filter(person__name="赵秀兰兰").count() == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "赵" * 10_000}, "name"),
        ({"name": "赵秀兰😀"}, "name"),
        ({"gender": ""}, "gender"),
        ({"gender": "X"}, "gender"),
        ({"born": ""}, "born"),
        ({"born": "八十二"}, "born"),
        ({"born": "131"}, "born"),
        ({"born": "2026-03-03"}, "born"),  # tomorrow
        ({"born": "1944-02-30"}, "born"),
        ({"town": ""}, "town"),
        ({"town": "999999"}, "town"),
        ({"village": "村" * 65}, "village"),
        ({"address": "号" * 201}, "address"),
        ({"phone": "110"}, "phone"),
        ({"id_number": "320826194108159988"}, "id_number"),  # wrong check digit
        ({"id_number": HERS, "gender": "M"}, "id_number"),  # a woman's
        ({"contact_relation": "女儿"}, "contact_name"),  # begun, not finished
        ({"contact_name": "王丽", "contact_gender": "F"}, "contact_relation"),
        (
            {"contact_name": "王丽", "contact_gender": "F", "contact_relation": "女儿", "contact_phone": "1"},
            "contact_phone",
        ),
        ({"categories": "RICH"}, "categories"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_puts_the_cursor_right(
    operator: Client, cast: Cast, changes: dict[str, str], wrong: str
) -> None:
    people = Person.objects.count()

    answer = operator.post(URL, typed(cast, **changes))

    form = answer.context["form"]
    assert answer.status_code == 400
    assert next(name for name in form.fields if name in form.errors) == wrong
    page = answer.content.decode()
    assert "autofocus" in str(form[wrong])
    for value in (typed(cast) | changes).values():
        assert value in page
    assert Person.objects.count() == people


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["请填姓名", "请选性别", "请填年龄或出生日期", "请选镇街", "请填联系人姓名", "请选联系人性别"]),
        (
            "en",
            [
                "Please fill in: Name",
                "Please choose: Gender",
                "Please fill in: Age or date of birth",
                "Please choose: Town",
                "Please fill in: The contact&#x27;s name",
                "Please choose: The contact&#x27;s gender",
            ],
        ),
    ],
)
def test_what_is_missing_is_named_and_no_two_fields_have_one_name(
    operator: Client, cast: Cast, language: str, words: list[str]
) -> None:
    operator.cookies["django_language"] = language
    empty = dict.fromkeys(("name", "gender", "born", "town"), "")

    page = operator.post(URL, typed(cast, contact_relation="女儿", **empty)).content.decode()

    assert [page.count(f">{each}</li>") for each in words] == [1] * len(words)
    assert '<a href="#id_name">' in page
    labels = re.findall(r"<label for=[^>]*>([^<]+)</label>", page)
    assert len(labels) == len(set(labels)) == 13


def test_all_that_is_wrong_is_told_at_once(operator: Client, cast: Cast) -> None:
    answer = operator.post(URL, typed(cast, name="赵😀", town="", phone="1", id_number="32"))

    assert list(answer.context["form"].errors) == ["town", "name", "phone", "id_number"]


def test_a_known_id_number_is_refused_and_leads_to_the_elder(operator: Client, cast: Cast) -> None:
    answer = operator.post(URL, typed(cast, name="张桂兰", gender="", born="", id_number="320826194108159989"))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert f'href="/console/?elder={cast.elder.pk}"' in page
    assert Elder.objects.count() == 2


# Whom it may repeat ----------------------------------------------------------------------------------------------------


def test_a_warning_comes_while_typing_masked_and_with_the_way_to_the_card(operator: Client, cast: Cast) -> None:
    call = make_call()

    answer = operator.post(f"{URL}duplicates/?call={call.pk}", {"name": "章桂兰", "phone": "13800138000"})

    page = answer.content.decode()
    assert "电话相同、姓名同音" in page
    assert "138****8000" in page
    assert "****9989" in page
    assert "13800138000" not in page
    assert f"/console/?elder={cast.elder.pk}&amp;call={call.pk}" in page


def test_the_calls_own_number_warns_before_anything_is_typed(operator: Client, cast: Cast) -> None:
    call = make_call("+8613800138000")

    page = operator.get(URL, {"call": call.pk}).content.decode()
    theirs = operator.post(f"{URL}duplicates/?call={call.pk}", {"caller_is": "contact"}).content.decode()

    assert f"/console/?elder={cast.elder.pk}&amp;call={call.pk}" in page
    assert "elder=" not in theirs


@pytest.mark.parametrize("body", [{}, {"name": "字" * 10_000}, {"town": "x", "born": "1" * 5000}, {"id_number": "😀"}])
def test_whatever_is_typed_the_warning_answers(operator: Client, body: dict[str, str]) -> None:
    answer = operator.post(f"{URL}duplicates/", body)

    assert (answer.status_code, answer.content.decode().strip()) == (200, "")


def test_the_villages_of_the_town_are_offered(operator: Client, cast: Cast) -> None:
    make_person("李四", "M", cast.gaogou, village="前庄村")
    make_person("李五", "M", cast.chaomian, village="后庄村")

    page = operator.get(f"{URL}villages/", {"town": cast.gaogou.pk}).content.decode()

    assert [part.split('"')[0] for part in page.split('value="')[1:]] == ["前庄村", "扬口村"]
    assert "option" not in operator.get(f"{URL}villages/", {"town": "x"}).content.decode()


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("82", Born(age=82)),
        ("８２岁", Born(age=82)),
        ("1944", Born(day=date(1944, 1, 1))),
        ("1944年", Born(day=date(1944, 1, 1))),
        ("19440305", Born(day=date(1944, 3, 5))),
        ("1944-3-5", Born(day=date(1944, 3, 5))),
        ("1944.03.05", Born(day=date(1944, 3, 5))),
        ("1944年3月5日", Born(day=date(1944, 3, 5))),
        ("", None),
    ],
)
def test_how_old_somebody_is_may_be_said_in_many_ways(text: str, born: Born | None) -> None:
    assert BornField(required=False).clean(text) == born


def test_a_key_that_is_none_makes_nothing(operator: Client, cast: Cast) -> None:
    answer = operator.post(URL, typed(cast, key="1"))

    assert answer.status_code == 400
    assert not Elder.objects.filter(person__name="赵秀兰").exists()
