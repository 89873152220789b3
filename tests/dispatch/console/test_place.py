"""Placing an order from the console: entered once, read back, refused with everything typed still there."""

from datetime import timedelta

import pytest

from dispatch.console.models import OrderDraft
from orders.models import Contact, Order, Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.console.typing import TOMORROW, line, place, sheet
from tests.dispatch.factories import TODAY, make_elder, make_item, make_visit
from tests.orders.make import entitlement, person


def cleaning():
    return make_item(price_fen=6000)


def test_an_order_is_entered_and_read_back(operator) -> None:
    elder = make_elder()
    entitlement(elder, 20)

    answer = place(operator, elder, line(cleaning()))
    page = operator.get(answer["Location"])

    order = Order.objects.get()
    assert (order.status, order.channel, order.note, order.ordered_by_id) == (
        "confirmed",
        "PHONE",
        "门铃坏了",
        elder.person_id,
    )
    assert answer["Location"] == f"/console/?elder={elder.pk}&order={order.pk}#placed"
    assert f"订单 {order.number} 已登记" in page.content.decode()
    # 20 of the 60 minutes are the government's; 40 of 60 minutes of ￥60.00 are the elder's.
    assert page.context["read_back"] == [
        f"给{elder.person.name}登记的是：",
        "CLEAN 1 小时，明天 09:00 到 11:00 之间开始。政府时长付 20 分，您自付￥40.00。",
        "对吗？",
    ]


def test_the_same_form_sent_twice_is_one_order(operator) -> None:
    elder = make_elder()
    body = sheet(elder, line(cleaning()))

    first = operator.post(f"/console/elders/{elder.pk}/place/", body)
    again = operator.post(f"/console/elders/{elder.pk}/place/", body)

    assert first["Location"] == again["Location"]
    assert (Order.objects.count(), Visit.objects.count(), OrderDraft.objects.count()) == (1, 1, 1)


def test_the_same_form_with_other_input_is_told_apart_and_a_second_order_is_her_decision(operator) -> None:
    elder, clean = make_elder(), cleaning()
    body = sheet(elder, line(clean))
    operator.post(f"/console/elders/{elder.pk}/place/", body)
    first = Order.objects.get()

    # Back, another time and note, saved once more.
    edited = body | {"line-0-start": "14:00", "line-0-end": "16:00", "note": "改到下午"}
    refused = operator.post(f"/console/elders/{elder.pk}/place/", edited)
    page, again = refused.content.decode(), refused.context["sheet"]

    assert refused.status_code == 409
    assert "这张表已经保存过" in page
    assert f'href="/console/?elder={elder.pk}&amp;order={first.pk}#placed"' in page
    assert (again.head["note"].value(), again.open["start"].value()) == ("改到下午", "14:00")
    assert (Order.objects.get(), str(again.key) != body["key"]) == (first, True)
    # It waits as a draft under its fresh key.
    reloaded = operator.get(f"/console/?elder={elder.pk}").context["sheet"]
    assert (reloaded.key, reloaded.head["note"].value()) == (again.key, "改到下午")

    second = operator.post(f"/console/elders/{elder.pk}/place/", edited | {"key": str(again.key)})
    repeated = operator.post(f"/console/elders/{elder.pk}/place/", body)

    assert second.status_code == 302
    assert sorted(Order.objects.values_list("note", flat=True)) == sorted(["门铃坏了", "改到下午"])
    assert f"order={first.pk}#" in repeated["Location"]


def test_an_order_placed_before_digests_is_shown_whatever_is_sent(operator) -> None:
    elder, clean = make_elder(), cleaning()
    body = sheet(elder, line(clean))
    first = operator.post(f"/console/elders/{elder.pk}/place/", body)
    OrderDraft.objects.update(digest=None)

    again = operator.post(f"/console/elders/{elder.pk}/place/", body | {"note": "别的"})

    assert again["Location"] == first["Location"]


def test_another_operator_does_not_place_or_read_somebodys_sheet(operator, as_user) -> None:
    elder = make_elder()
    body = sheet(elder, line(cleaning()))
    operator.post(f"/console/elders/{elder.pk}/draft/", body)

    other = as_user(make_user("op2", Role.OPERATOR)).post(f"/console/elders/{elder.pk}/place/", body)

    assert other.status_code == 409
    assert Order.objects.count() == 0
    assert OrderDraft.objects.get().user.username == "op"


def test_several_services_are_one_order_with_a_line_each(operator) -> None:
    elder, clean = make_elder(), cleaning()
    walk = make_item("ESCORT", name="助行")

    place(operator, elder, line(clean), line(walk, 1, start="14:00", end="15:00"))

    items = Order.objects.get().items.values_list("item__code", "position", "visits__window_start__hour")
    assert sorted(items) == [("CLEAN", 1, 9), ("ESCORT", 2, 14)]


def test_a_weekly_order_makes_its_first_visits(operator) -> None:
    elder = make_elder()
    until = (TODAY + timedelta(days=8)).isoformat()

    answer = place(operator, elder, line(cleaning(), repeat="FREQ=WEEKLY", until=until))

    assert Visit.objects.count() == 2
    said = operator.get(answer["Location"]).context["read_back"][1]
    assert "每周，直到09-22 星期二，先登记 2 次。每次，您自付￥60.00。" in said.replace("周二", "星期二")


def test_a_contact_with_authority_may_order_and_another_is_no_choice(operator) -> None:
    elder, daughter, neighbour, clean = make_elder(), person("张丽"), person("邻居"), cleaning()
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority=Contact.Authority.MAY_ORDER)
    Contact.objects.create(elder=elder, person=neighbour, relation="邻居", authority=Contact.Authority.MAY_ASK)

    assert place(operator, elder, line(clean), caller=neighbour.pk).status_code == 400
    assert Order.objects.count() == 0
    assert place(operator, elder, line(clean), caller=daughter.pk).status_code == 302
    assert Order.objects.get().ordered_by == daughter


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": TODAY.isoformat(), "start": "06:00"}, "start", "时间窗已过"),
        ({"start": "11:00", "end": "09:00"}, "end", "时间窗的结束须晚于开始"),
        ({"critical": "OTHER"}, "critical_note", "请"),
        ({"repeat": "FREQ=DAILY", "until": TODAY.isoformat()}, "until", "截止日期早于起始日期"),
        ({"day": "tomorrow"}, "day", "日期"),
        ({"day": ""}, "day", "请填日期"),
        ({"item": ""}, "item", "请选服务"),
        ({"item": "999999"}, "item", "选择"),
        ({"dialect": "😀" * 21}, "dialect", "20"),
        ({"critical": "MEAL", "critical_note": "长" * 10_000}, "critical_note", "100"),
    ],
)
def test_a_refused_order_keeps_what_was_typed_and_says_why_beside_the_field(
    operator, changes, field: str, words: str
) -> None:
    elder, clean = make_elder(), cleaning()

    answer = place(operator, elder, line(clean, **changes))
    page, form = answer.content.decode(), answer.context["sheet"].open

    assert answer.status_code == 400
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    assert 'value="门铃坏了"' in page
    assert f'value="{changes.get("day", TOMORROW.isoformat())}"' in page or changes.get("day") == ""
    assert "已填内容都保留着" in page
    assert (Order.objects.count(), Visit.objects.count()) == (0, 0)
    # And it is still there when she comes back later.
    later = operator.get(f"/console/?elder={elder.pk}").context["sheet"]
    assert later.head["note"].value() == "门铃坏了"


def test_what_is_wrong_is_said_once_and_the_line_on_top_leads_there(operator) -> None:
    elder, clean = make_elder(), cleaning()

    page = place(operator, elder, line(clean, day=TODAY.isoformat(), start="06:00")).content.decode()

    assert page.count("时间窗已过") == 1
    assert '<a href="#id_line-0-start">订单还没有登记。' in page
    assert page.count('id="id_line-0-start"') == 1
    assert 'hx-trigger="input delay:200ms"' in page  # the answer, which would say it again, waits for the correction


def test_a_note_that_is_too_long_comes_back_whole(operator) -> None:
    elder = make_elder()

    answer = place(operator, elder, line(cleaning()), note="长" * 501)

    assert list(answer.context["sheet"].head.errors) == ["note"]
    assert "长" * 501 in answer.content.decode()


def test_an_endless_note_is_refused_and_what_was_kept_before_stays(operator) -> None:
    elder, clean = make_elder(), cleaning()
    body = sheet(elder, line(clean), note="第一次")
    operator.post(f"/console/elders/{elder.pk}/draft/", body)

    answer = operator.post(f"/console/elders/{elder.pk}/draft/", body | {"note": "长" * 20_000})

    placed = operator.post(f"/console/elders/{elder.pk}/place/", body | {"note": "长" * 20_000})

    assert "内容太长了" in answer.content.decode()
    assert placed.status_code == 400
    assert "长" * 20_000 in placed.content.decode()
    assert operator.get(f"/console/?elder={elder.pk}").context["sheet"].head["note"].value() == "第一次"
    assert Order.objects.count() == 0


def test_an_elder_who_receives_nothing_that_day_is_refused_above_the_form(operator) -> None:
    elder = make_elder(active_to=TODAY)

    answer = place(operator, elder, line(cleaning()))

    assert answer.status_code == 400
    assert answer.context["sheet"].open.non_field_errors()
    assert Order.objects.count() == 0


@pytest.mark.parametrize("role", [Role.CARER, Role.DISPATCHER, Role.ORGANISATION_MANAGER, Role.AUDITOR])
def test_the_console_is_closed_to_other_roles(as_user, role: Role) -> None:
    elder, clean = make_elder(), cleaning()
    client = as_user(make_user("other", role))

    opened = client.get(f"/console/?elder={elder.pk}")
    placed = place(client, elder, line(clean))

    assert (opened.status_code, placed.status_code) == (403, 403)
    assert elder.person.name not in opened.content.decode()
    assert (Order.objects.count(), OrderDraft.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", ["999999", "x", "9" * 30])
def test_an_elder_who_does_not_exist(operator, key: str) -> None:
    assert operator.get(f"/console/?elder={key}").status_code == (404 if key == "999999" else 200)


def test_another_elders_order_is_not_read_back_here(operator) -> None:
    order = make_visit(make_elder("E1")).order_item.order
    other = make_elder("E2", name="陈大爷")

    for key in (str(order.pk), "x", "9" * 30):
        assert operator.get("/console/", {"elder": other.pk, "order": key}).context["placed"] is None


@pytest.mark.parametrize(
    ("code", "start", "end", "warned"),
    [
        ("CLEAN", "15:00", "16:00", True),  # the same service that day
        ("COMFORT", "10:30", "12:00", True),  # another, at the same time
        ("COMFORT", "11:00", "12:00", False),
    ],
)
def test_a_possible_repeat_is_said_while_typing_and_after_saving_but_not_refused(
    operator, code: str, start: str, end: str, warned: bool
) -> None:
    elder, clean = make_elder(), cleaning()
    other = make_visit(elder, clean if code == "CLEAN" else make_item(code), start=start, end=end, day=TOMORROW)
    words = [f"是否重复？老人另有“{other.item}”：{TOMORROW} {start}–{end}。"] if warned else []

    before = operator.post(f"/console/elders/{elder.pk}/draft/", sheet(elder, line(clean)))
    after = operator.get(place(operator, elder, line(clean))["Location"])

    assert [str(each) for each in before.context["answer"].warnings] == words
    assert [str(each) for each in after.context["placed"].lines[0].warnings] == words


def test_a_time_critical_order_reads_back_the_window_it_stores(operator) -> None:
    elder = make_elder()

    answer = place(operator, elder, line(cleaning(), critical="MEDICINE"))

    # 15 minutes to either side of 10:00, the middle of 09:00 and 11:00.
    assert "明天 09:45 到 10:15 之间开始" in operator.get(answer["Location"]).context["read_back"][1]
