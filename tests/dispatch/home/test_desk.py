"""The operator's desk: orders, refusals that keep what was typed, cancelling."""

from datetime import timedelta

import pytest

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from orders.models import Contact, Order, Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import TODAY, ask, make_carer, make_elder, make_item, make_visit, promise
from tests.orders.make import entitlement, person


@pytest.fixture
def operator(as_user):
    return as_user(make_user("op", Role.OPERATOR))


def typed(item, **changes) -> dict[str, str]:
    """An order as the form sends it: tomorrow, 09:00 to 11:00, once."""
    values = {
        "item": item.pk,
        "day": (TODAY + timedelta(days=1)).isoformat(),
        "start": "09:00",
        "end": "11:00",
        "repeat": "",
        "until": "",
        "carers_needed": "",
        "critical": "",
        "critical_note": "",
        "note": "门铃坏了",
    }
    return values | changes


def place(client, elder, **changes):
    item = make_item(price_fen=6000)
    return client.post(f"/desk/elders/{elder.pk}/", typed(item, caller=elder.person_id) | changes)


def test_an_order_is_entered_and_its_price_read_back(operator) -> None:
    elder = make_elder()
    entitlement(elder, 20)

    answer = place(operator, elder)
    page = operator.get(answer["Location"]).content.decode()

    order = Order.objects.get()
    assert (order.status, order.channel, order.note, order.ordered_by_id) == (
        "confirmed",
        "PHONE",
        "门铃坏了",
        elder.person_id,
    )
    assert answer["Location"] == f"/desk/elders/{elder.pk}/?order={order.pk}#placed"
    assert f"订单 {order.number} 已登记" in page
    # 20 of the 60 minutes are the government's; 40 of 60 minutes of ￥60.00 are the elder's.
    assert "<dd>20 分</dd>" in page
    assert "￥40.00" in page


def test_a_weekly_order_makes_its_first_visits(operator) -> None:
    elder = make_elder()
    until = (TODAY + timedelta(days=8)).isoformat()

    answer = place(operator, elder, repeat="FREQ=WEEKLY", until=until)

    assert Visit.objects.count() == 2
    assert "已排出 2 次上门" in operator.get(answer["Location"]).content.decode()


def test_a_contact_with_authority_may_order_and_another_is_no_choice(operator) -> None:
    elder, daughter, neighbour = make_elder(), person("张丽"), person("邻居")
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority=Contact.Authority.MAY_ORDER)
    Contact.objects.create(elder=elder, person=neighbour, relation="邻居", authority=Contact.Authority.MAY_ASK)

    assert place(operator, elder, caller=neighbour.pk).status_code == 400
    assert Order.objects.count() == 0
    assert place(operator, elder, caller=daughter.pk).status_code == 302
    assert Order.objects.get().ordered_by == daughter


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": TODAY.isoformat(), "start": "06:00"}, "start", "时间窗已过"),
        ({"start": "11:00", "end": "09:00"}, "end", "时间窗的结束须晚于开始"),
        ({"critical": "OTHER"}, "critical_note", "请"),
        ({"repeat": "FREQ=DAILY", "until": TODAY.isoformat()}, "until", "截止日期早于起始日期"),
        ({"day": "tomorrow"}, "day", "日期"),
        ({"item": ""}, "item", "必填"),
        ({"note": "长" * 501}, "note", "500"),
    ],
)
def test_a_refused_order_keeps_what_was_typed_and_says_why_beside_the_field(
    operator, changes, field: str, words: str
) -> None:
    elder = make_elder()

    answer = place(operator, elder, **changes)
    page, form = answer.content.decode(), answer.context["form"]

    assert answer.status_code == 400
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    assert changes.get("note", "门铃坏了") in page
    assert f'value="{changes.get("day", (TODAY + timedelta(days=1)).isoformat())}"' in page
    assert field == "item" or f'aria-describedby="id_{field}_error"' in page
    assert "已填内容都保留着" in page
    assert Order.objects.count() == Visit.objects.count() == 0


def test_an_elder_who_receives_nothing_that_day_is_refused_above_the_form(operator) -> None:
    elder = make_elder(active_to=TODAY)

    answer = place(operator, elder)

    assert answer.status_code == 400
    assert answer.context["form"].non_field_errors()
    assert Order.objects.count() == 0


def test_a_visit_is_cancelled_before_planning(operator) -> None:
    visit = make_visit()

    answer = operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "老人住院"})
    visit.refresh_from_db()

    assert answer.status_code == 302
    assert (visit.status, visit.end_reason) == ("cancelled", "老人住院")


def test_a_visit_is_cancelled_after_its_carer_accepted(operator) -> None:
    visit = make_visit()
    [part] = promise(visit, make_carer())

    operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "老人住院"})
    part.refresh_from_db()

    assert Visit.objects.get().status == "cancelled"
    assert part.status == Assignment.Status.RELEASED


def test_an_open_question_is_withdrawn_with_its_visit(operator) -> None:
    visit = make_visit()
    ask(visit, make_carer())

    operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "老人住院"})

    assert Offer.objects.get().status == "withdrawn"


def test_the_whole_order_is_cancelled_from_one_visit(operator) -> None:
    elder = make_elder()
    place(operator, elder, repeat="FREQ=DAILY")
    first = Visit.objects.order_by("window_start")[0]

    operator.post(f"/desk/visits/{first.pk}/cancel/", {"scope": "order", "reason": "搬去女儿家"})

    assert Order.objects.get().status == "cancelled"
    assert set(Visit.objects.values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_cancelled_and_the_choice_is_kept(operator, reason: str) -> None:
    visit = make_visit()

    answer = operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "order", "reason": reason})

    assert answer.status_code == 400
    assert '<option value="order" selected>' in answer.content.decode()
    assert Visit.objects.get().status == "open"


def test_a_visit_that_is_over_is_not_cancelled(operator) -> None:
    visit = make_visit()
    operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "老人住院"})

    answer = operator.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "order", "reason": "再来一次"})

    assert answer.status_code in (302, 409)
    assert Visit.objects.get().end_reason == "老人住院"


@pytest.mark.parametrize("role", [Role.CARER, Role.DISPATCHER, Role.ORGANISATION_MANAGER, Role.AUDITOR])
def test_the_desk_is_closed_to_other_roles(as_user, role: Role) -> None:
    elder, item = make_elder(), make_item()
    visit = make_visit(elder, item)
    client = as_user(make_user("other", role))

    opened = client.get(f"/desk/elders/{elder.pk}/")
    placed = client.post(f"/desk/elders/{elder.pk}/", typed(item, caller=elder.person_id))
    cancelled = client.post(f"/desk/visits/{visit.pk}/cancel/", {"scope": "visit", "reason": "恶作剧"})

    assert (opened.status_code, placed.status_code) == (403, 403)
    assert cancelled.status_code in (403, 404)
    assert "张桂兰" not in opened.content.decode()
    assert (Order.objects.count(), Visit.objects.get().status) == (1, "open")


def test_an_elder_who_does_not_exist_is_not_found(operator) -> None:
    assert operator.get("/desk/elders/999999/").status_code == 404


def test_another_elders_order_is_not_read_back_here(operator) -> None:
    order = make_visit(make_elder("E1")).order_item.order
    other = make_elder("E2", name="陈大爷")

    for key in (str(order.pk), "x", "9" * 30):
        assert operator.get(f"/desk/elders/{other.pk}/", {"order": key}).context["placed"] is None


def test_a_card_costs_the_same_however_long_the_history(operator, django_assert_max_num_queries) -> None:
    elder = make_elder()
    for number in range(6):
        make_visit(elder, start=f"{8 + number:02d}:00", end=f"{9 + number:02d}:00")

    with django_assert_max_num_queries(20):
        assert operator.get(f"/desk/elders/{elder.pk}/").status_code == 200
