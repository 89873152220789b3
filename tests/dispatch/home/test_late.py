"""The dispatcher sees who has not come, says what is happening, and finds what went back by itself."""

import pytest
from django.test import Client

from dispatch.offers.models import LateAlarm
from dispatch.offers.services.late import look_for_late_work
from dispatch.visits.models import Assignment
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import at, make_carer, make_elder, make_item, make_visit, promise
from tests.orders import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def late() -> LateAlarm:
    """Promised for 9:00, and at 9:25 before the dispatcher."""
    promise(make_visit(make_elder(name="张桂兰"), make_item(name="助浴")), make_carer(name="李强"))
    for clock in ("09:15", "09:25"):
        look_for_late_work(now=at(clock))
    return LateAlarm.objects.get()


@pytest.fixture
def dispatcher(as_user, monkeypatch) -> Client:
    monkeypatch.setattr("people.clock.now", lambda: at("09:40"))
    return as_user(make_user("disp", Role.DISPATCHER, name="王调度"))


def test_the_home_page_says_how_many_are_late_and_leads_to_them(late, dispatcher) -> None:
    home = dispatcher.get("/").content.decode()
    assert "1 人该到未签到" in home
    assert 'href="/late/"' in home

    page = dispatcher.get("/late/").content.decode()
    assert "张桂兰 · 助浴" in page
    assert "李强" in page
    assert "已迟到40 分" in page


def test_who_takes_it_in_hand_says_what_happens_and_all_see_it(late, dispatcher) -> None:
    answer = dispatcher.post(f"/late/{late.pk}/", {"word": "堵车，10点到"}, follow=True).content.decode()

    assert "已记为您在处理" in answer
    assert "堵车，10点到" in answer
    assert "王调度 · 09:40" in answer
    assert "人该到未签到" not in dispatcher.get("/").content.decode()


def test_without_a_word_the_form_comes_back(late, dispatcher) -> None:
    answer = dispatcher.post(f"/late/{late.pk}/", {"word": " "})

    assert answer.status_code == 400
    assert "您做了什么？" in answer.content.decode()
    assert LateAlarm.objects.get().status == "raised"


def test_a_visit_nobody_came_to_is_listed_with_what_became_of_it(late, dispatcher, monkeypatch) -> None:
    look_for_late_work(now=at("10:00"))

    page = dispatcher.get("/late/").content.decode()

    assert "今天没人上门" in page
    assert "都已签到" in page
    assert Assignment.objects.get().status == "no_show"


def test_another_towns_late_work_is_out_of_sight(late, as_user, monkeypatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: at("09:40"))
    other = make_user("other", Role.DISPATCHER)
    make.town("T2").duties.create(user=other)
    client = as_user(other)

    assert "都已签到" in client.get("/late/").content.decode()
    assert client.post(f"/late/{late.pk}/", {"word": "x"}).status_code == 404
    assert LateAlarm.objects.get().status == "raised"


def test_the_page_costs_the_same_however_many_are_late(dispatcher, django_assert_max_num_queries) -> None:
    for number in range(5):
        promise(make_visit(make_elder(f"E{number}")), make_carer(f"C{number}"))
    for clock in ("09:15", "09:25"):
        look_for_late_work(now=at(clock))
    dispatcher.get("/late/")

    with django_assert_max_num_queries(9):
        assert dispatcher.get("/late/").content.decode().count("late-card") == 5


def test_the_trail_tells_of_the_alarm(late, dispatcher) -> None:
    look_for_late_work(now=at("10:00"))

    trail = dispatcher.get(f"/trail/?visit={late.assignment.visit_id}").content.decode()

    assert "迟到提醒" in trail
    assert "没有人签到" in trail
