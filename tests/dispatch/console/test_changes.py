"""Changing and cancelling a visit from the elder's card; what somebody else changed is never overwritten."""

import re
from datetime import date, timedelta

import pytest
from django.utils.translation import override

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from orders.models import Order, Visit
from people.roles import Role
from people.templatetags.care import day_word
from tests.cast import make_user
from tests.dispatch.console.typing import line, place
from tests.dispatch.factories import TODAY, ask, at, check, make_carer, make_elder, make_item, make_visit, promise

TOMORROW = TODAY + timedelta(days=1)


def amend(client, visit: Visit, **changes: str):
    typed = {"day": TOMORROW.isoformat(), "start": "14:00", "end": "15:00", "reason": "女儿来访"}
    return client.post(f"/console/visits/{visit.pk}/amend/", typed | changes)


def as_shown(client, visit: Visit) -> str:
    """The window that the form on the elder's card was made for."""
    page = client.get(f"/console/?elder={visit.elder_id}").content.decode()
    return re.findall(r'name="was" value="([^"]+)"', page)[0]


def test_the_time_of_a_planned_visit_is_changed(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())

    answer = amend(operator, visit, was=as_shown(operator, visit))
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
        ({"reason": " "}, "reason", "请填原因"),
        ({"start": "16:00"}, "end", "时间窗的结束须晚于开始"),
        ({"day": TODAY.isoformat(), "start": "06:00"}, "start", "时间窗已过"),
        ({"day": "someday"}, "day", "日期"),
        ({"day": "9999-12-31"}, "day", "没有这一天"),
        ({"day": "0001-01-01"}, "day", "没有这一天"),
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
    place(operator, elder, line(make_item(), repeat="FREQ=DAILY", until=(TODAY + timedelta(days=2)).isoformat()))
    first, second = Visit.objects.order_by("window_start")

    answer = amend(operator, first, day=second.service_date.isoformat(), start="09:00", end="11:00")

    assert answer.status_code == 409
    assert str(answer.context["amend_form"].non_field_errors()) in answer.content.decode()
    assert Visit.objects.get(pk=first.pk).service_date == TOMORROW


def test_a_visit_that_has_begun_is_not_moved(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())
    check(part, "in", "09:00")

    assert amend(operator, visit).status_code == 409
    assert (
        f"/console/visits/{visit.pk}/amend/" not in operator.get(f"/console/?elder={visit.elder_id}").content.decode()
    )
    assert Visit.objects.get().window_start == at("09:00")


@pytest.mark.parametrize("role", [Role.CARER, Role.DISPATCHER, Role.ORGANISATION_MANAGER, Role.AUDITOR])
def test_other_roles_change_nothing(as_user, role: Role) -> None:
    visit = make_visit()

    client = as_user(make_user("other", role))

    assert amend(client, visit).status_code in (403, 404)
    assert cancel(client, visit).status_code in (403, 404)
    assert (Visit.objects.get().window_start, Visit.objects.get().status) == (at("09:00"), "open")


def test_a_day_of_another_year_names_it() -> None:
    with override("zh-hans"):
        assert day_word(date(TODAY.year + 1, 3, 8)).startswith(f"{TODAY.year + 1}-03-08")
        assert day_word(date(TODAY.year, 12, 8)).startswith("12-08")
        assert day_word(TODAY) == "今天"


def cancel(client, visit: Visit, **changes: str):
    return client.post(f"/console/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "老人住院"} | changes)


def test_a_visit_is_cancelled_before_planning(operator) -> None:
    visit = make_visit()

    answer = cancel(operator, visit)
    visit.refresh_from_db()

    assert answer.status_code == 302
    assert (visit.status, visit.end_reason) == ("cancelled", "老人住院")


def test_a_visit_is_cancelled_after_its_carer_accepted(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())

    cancel(operator, visit)
    part.refresh_from_db()

    assert Visit.objects.get().status == "cancelled"
    assert part.status == Assignment.Status.RELEASED


def test_an_open_question_is_withdrawn_with_its_visit(operator) -> None:
    visit = make_visit()
    ask(visit, make_carer())

    cancel(operator, visit)

    assert Offer.objects.get().status == "withdrawn"


def test_the_whole_order_is_cancelled_from_one_visit(operator) -> None:
    elder = make_elder()
    place(operator, elder, line(make_item(), repeat="FREQ=DAILY"))
    first = Visit.objects.order_by("window_start")[0]

    cancel(operator, first, scope="order", reason="搬去女儿家")

    assert Order.objects.get().status == "cancelled"
    assert set(Visit.objects.values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_cancelled_and_the_choice_is_kept(operator, reason: str) -> None:
    visit = make_visit()

    answer = cancel(operator, visit, scope="order", reason=reason)

    assert answer.status_code == 400
    assert '<option value="order" selected>' in answer.content.decode()
    assert Visit.objects.get().status == "open"


def test_a_visit_that_is_over_is_not_cancelled(operator) -> None:
    visit = make_visit()
    cancel(operator, visit)

    answer = cancel(operator, visit, scope="order", reason="再来一次")

    assert answer.status_code in (302, 409)
    assert Visit.objects.get().end_reason == "老人住院"


class TestStale:
    def test_a_window_that_somebody_else_changed_is_not_overwritten_and_both_are_shown(self, operator, as_user) -> None:
        visit = make_visit()
        was = as_shown(operator, visit)
        other = as_user(make_user("op2", Role.OPERATOR, name="李"))
        amend(other, visit, was=was, start="16:00", end="17:00")

        answer = amend(operator, visit, was=was)
        said = str(answer.context["amend_form"].non_field_errors())
        visit.refresh_from_db()

        assert answer.status_code == 409
        assert "李 已把这次上门改到 明天 16:00–17:00。您填的是 明天 14:00–15:00。" in said
        assert 'value="女儿来访"' in answer.content.decode()
        assert visit.window_start == at("16:00", TOMORROW)

    def test_with_both_in_view_saving_again_is_her_decision(self, operator, as_user) -> None:
        visit = make_visit()
        was = as_shown(operator, visit)
        amend(as_user(make_user("op2", Role.OPERATOR)), visit, was=was, start="16:00", end="17:00")
        seen = amend(operator, visit, was=was).context["amend_form"]["was"].value()

        assert amend(operator, visit, was=seen).status_code == 302
        visit.refresh_from_db()
        assert visit.window_start == at("14:00", TOMORROW)

    def test_the_same_change_twice_is_no_conflict(self, operator) -> None:
        visit = make_visit()
        was = as_shown(operator, visit)

        assert [amend(operator, visit, was=was).status_code for _ in range(2)] == [302, 302]
