"""The operator changes the time of a visit, and is told what an order may repeat."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from dispatch.visits.models import Assignment
from orders.models import Visit
from people.roles import Role
from people.templatetags.care import day_word
from tests.cast import make_user
from tests.dispatch.factories import TODAY, at, check, make_carer, make_elder, make_item, make_visit, promise
from tests.dispatch.home.test_desk import place

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def operator(as_user):
    return as_user(make_user("op", Role.OPERATOR))


def amend(client, visit: Visit, **changes: str):
    typed = {"day": TOMORROW.isoformat(), "start": "14:00", "end": "15:00", "reason": "女儿来访"}
    return client.post(f"/desk/visits/{visit.pk}/amend/", typed | changes)


def test_the_time_of_a_planned_visit_is_changed(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())

    answer = amend(operator, visit)
    visit.refresh_from_db()
    part.refresh_from_db()

    assert answer.status_code == 302
    assert "上门时间已改" in operator.get(answer["Location"]).content.decode()
    assert (visit.status, visit.window_start, visit.window_end) == (
        "open",
        at("14:00", TOMORROW),
        at("15:00", TOMORROW),
    )
    assert part.status == Assignment.Status.RELEASED


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"reason": " "}, "reason", "必填"),
        ({"start": "16:00"}, "end", "时间窗的结束须晚于开始"),
        ({"day": TODAY.isoformat(), "start": "06:00"}, "start", "时间窗已过"),
        ({"day": "someday"}, "day", "日期"),
    ],
)
def test_a_refused_change_keeps_what_was_typed_and_says_why(operator, changes, field: str, words: str) -> None:
    visit = make_visit()

    answer = amend(operator, visit, **changes)
    page, form = answer.content.decode(), answer.context["amend_form"]

    assert answer.status_code == 400
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    assert str(form.errors[field]) in page
    assert '<details class="amend" open>' in page
    for name, value in ({"start": "14:00", "end": "15:00"} | changes).items():
        assert name == "reason" or f'value="{value}"' in page
    assert Visit.objects.get().window_start == at("09:00")


def test_a_window_the_order_already_has_is_refused_on_the_page(operator) -> None:
    elder = make_elder()
    place(operator, elder, repeat="FREQ=DAILY", until=(TODAY + timedelta(days=2)).isoformat())
    first, second = Visit.objects.order_by("window_start")

    answer = amend(operator, first, day=second.service_date.isoformat(), start="09:00", end="11:00")

    assert answer.status_code == 400
    assert str(answer.context["amend_form"].non_field_errors()) in answer.content.decode()
    assert Visit.objects.get(pk=first.pk).service_date == TOMORROW


def test_a_visit_that_has_begun_is_not_moved(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())
    check(part, "in", "09:00")

    assert amend(operator, visit).status_code == 409
    assert f"/desk/visits/{visit.pk}/amend/" not in operator.get(f"/desk/elders/{visit.elder_id}/").content.decode()
    assert Visit.objects.get().window_start == at("09:00")


@pytest.mark.parametrize("role", [Role.CARER, Role.DISPATCHER, Role.ORGANISATION_MANAGER, Role.AUDITOR])
def test_other_roles_change_nothing(as_user, role: Role) -> None:
    visit = make_visit()

    assert amend(as_user(make_user("other", role)), visit).status_code in (403, 404)
    assert Visit.objects.get().window_start == at("09:00")


def test_a_time_critical_order_reads_back_the_window_it_stores(operator) -> None:
    elder = make_elder()

    answer = place(operator, elder, critical="MEDICINE")
    page = operator.get(answer["Location"]).content.decode()

    # 15 minutes to either side of 10:00, the middle of 09:00 and 11:00.
    assert "最早开始–最晚开始 明天 09:45–10:15" in page
    assert (
        '<span class="soft small" id="id_critical_helptext">以最早和最晚开始的正中间为准，前后不超过 15 分钟。' in page
    )


@pytest.mark.parametrize(
    ("code", "start", "end", "warned"),
    [
        ("CLEAN", "15:00", "16:00", True),  # the same service that day
        ("COMFORT", "10:30", "12:00", True),  # another, at the same time
        ("COMFORT", "11:00", "12:00", False),
    ],
)
def test_a_possible_repeat_is_said_but_not_refused(operator, code: str, start: str, end: str, warned: bool) -> None:
    elder, clean = make_elder(), make_item(price_fen=6000)
    other = make_visit(elder, clean if code == "CLEAN" else make_item(code), start=start, end=end, day=TOMORROW)

    page = operator.get(place(operator, elder)["Location"])

    words = f"是否重复？老人另有“{other.item}”：{TOMORROW} {start}–{end}。"
    assert [str(each) for each in page.context["placed"]["warnings"]] == ([words] if warned else [])
    assert (words in page.content.decode()) == warned


def test_a_cancelled_visit_and_anothers_are_no_repeat(operator) -> None:
    elder = make_elder()
    gone = make_visit(elder, start="10:00", end="11:00", day=TOMORROW)
    operator.post(f"/desk/visits/{gone.pk}/cancel/", {"scope": "visit", "reason": "老人住院"})
    make_visit(make_elder("E2", name="陈大爷"), day=TOMORROW)

    page = operator.get(place(operator, elder)["Location"])

    assert page.context["placed"]["warnings"] == []


def test_a_day_of_another_year_names_it() -> None:
    with override("zh-hans"):
        assert day_word(date(TODAY.year + 1, 3, 8)).startswith(f"{TODAY.year + 1}-03-08")
        assert day_word(date(TODAY.year, 12, 8)).startswith("12-08")
        assert day_word(TODAY) == "今天"
