"""Whom the console opens: the one who calls, one of several, whoever a search finds, or nobody yet."""

import pytest

from orders.models import CallRecord, Contact
from orders.services.call_hooks import Hook, receive_hook
from people.services import add_phone
from tests.dispatch.factories import NOW, make_elder
from tests.orders.make import person

NUMBER = "13912345678"


def call(number: str = NUMBER) -> CallRecord:
    return receive_hook(hook=Hook("newCall", f"c-{number}", caller=number), now=NOW)


def with_phone(who, number: str = NUMBER):
    add_phone(person=who, number=number, is_primary=True, actor=None, now=NOW)
    return who


def test_the_only_person_with_the_number_is_opened(operator) -> None:
    elder = make_elder()
    with_phone(elder.person)

    assert operator.get(f"/console/?call={call().pk}").context["elder"] == elder


def test_of_a_shared_landline_the_operator_chooses(operator) -> None:
    first, second = make_elder("E1", name="张桂兰"), make_elder("E2", name="陈大爷")
    for each in (first, second):
        with_phone(each.person, "0517-82380123")

    page = operator.get(f"/console/?call={call('051782380123').pk}")

    assert "elder" not in page.context
    assert {caller.elder for caller in page.context["callers"]} == {first, second}
    assert "是哪一位来电？" in page.content.decode()


def test_a_child_who_calls_opens_the_parent_and_is_who_asked(operator) -> None:
    elder, daughter = make_elder(), with_phone(person("张丽"))
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority=Contact.Authority.MAY_ORDER)

    page = operator.get(f"/console/?call={call().pk}")

    assert page.context["elder"] == elder
    assert page.context["sheet"].head["caller"].value() == daughter.pk
    assert "可代为下单和确认" in page.content.decode()


@pytest.mark.parametrize(
    ("number", "words"), [(NUMBER, "这个号码没有登记过"), ("anonymous", "对方没有显示号码"), ("", "对方没有显示号码")]
)
def test_an_unknown_or_withheld_number_says_what_to_do(operator, number: str, words: str) -> None:
    make_elder()

    page = operator.get(f"/console/?call={call(number).pk}")

    assert "elder" not in page.context
    assert words in page.content.decode()


@pytest.mark.parametrize("text", ["张桂兰", "zgl", "zhang", "5678", NUMBER, "扬口"])
def test_a_search_with_one_match_opens_it(operator, text: str) -> None:
    elder = make_elder(name="张桂兰")
    elder.person.name_pinyin, elder.person.name_initials = "zhangguilan", "zgl"
    elder.person.save()
    with_phone(elder.person)

    page = operator.post("/console/", {"q": text}, follow=True)

    assert page.context["elder"] == elder
    assert "139****5678" in page.content.decode()
    assert NUMBER not in page.content.decode().replace(f'value="{text}"', "")


def test_while_typing_the_list_shows_who_matches(operator) -> None:
    make_elder("E1", name="张桂兰")
    make_elder("E2", name="张大爷")

    answer = operator.post("/console/search/", {"q": "张"})

    assert {found.elder.person.name for found in answer.context["found"]} == {"张桂兰", "张大爷"}


def test_a_search_without_a_match_says_what_to_try(operator) -> None:
    page = operator.post("/console/", {"q": "<b>nobody"}).content.decode()

    assert "没有找到“&lt;b&gt;nobody”" in page


@pytest.mark.parametrize("key", ["999999", "x", "9" * 30, "-1"])
def test_a_call_that_does_not_exist_is_no_call(operator, key: str) -> None:
    page = operator.get("/console/", {"call": key})

    assert (page.status_code, page.context["call"]) == (200, None)
