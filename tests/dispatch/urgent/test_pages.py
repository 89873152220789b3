"""The pages of urgent help: with htmx the panel comes back, without it the page; a refusal keeps what was typed."""

from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services import escalate
from dispatch.urgent.services.escalate import escalate_due
from dispatch.visits.models import Assignment, CarerPreference
from dispatch.visits.services import paid_orders
from orders.models import CallRecord, Contact, Order
from people.errors import Invalid
from people.models import TownDuty
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import accept, make_elder
from tests.dispatch.urgent.make import after, asked, call, carer, item
from tests.orders.make import NOW, TODAY, person, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def operator(as_user):
    return as_user(make_user("op", Role.OPERATOR, name="孙静"))


@pytest.fixture
def dispatcher(as_user):
    return as_user(make_user("disp", Role.DISPATCHER, name="赵磊"))


@pytest.fixture
def near() -> None:
    item()
    carer("C1", 1.0, name="王芳")
    carer("C2", 2.0, name="李强", has_smartphone=False)


def clock_at(monkeypatch, seconds: float) -> None:
    monkeypatch.setattr("people.clock.now", lambda: after(seconds))


def test_the_key_writes_the_order_and_leads_back(near, operator):
    answer = operator.post("/urgent/call/", {"elder": make_elder().pk, "note": "摔倒", "next": "/desk/elders/1/"})

    assert (answer.status_code, answer["Location"]) == (302, "/desk/elders/1/")
    assert (Order.objects.get().note, asked(UrgentCall.objects.get())) == ("摔倒", {"C1": "sent", "C2": "sent"})


def line_of(person, answered_by: str) -> CallRecord:
    """A call that this person makes, answered by the operator of that name."""
    user = User.objects.filter(username=answered_by).first() or make_user(answered_by, Role.OPERATOR)
    return CallRecord.objects.create(
        call_id="1", direction="in", status="answered", started_at=NOW, person=person, answered_by=user
    )


@pytest.mark.parametrize(
    ("authority", "answered_by", "is_written_down"),
    [("MAY_ORDER", "op", True), ("MAY_ASK", "op", False), ("MAY_ORDER", "other", False)],
)
def test_who_is_on_the_operator_s_own_line_ordered_if_they_may(near, operator, authority, answered_by, is_written_down):
    elder, daughter = make_elder(), person("张丽")
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority=authority)
    line = line_of(daughter, answered_by)

    operator.post("/urgent/call/", {"elder": elder.pk, "call": line.pk})

    assert Order.objects.get().ordered_by == (daughter if is_written_down else None)
    assert line.orders.count() == (answered_by == "op")


def test_a_call_that_another_operator_asked_for_says_nothing_before_it_is_answered_either(near, operator):
    elder = make_elder()
    out = CallRecord.objects.create(
        call_id="1", direction="out", started_at=NOW, person=elder.person, rings_at_all=False
    )
    out.rings_at.add(make_user("other", Role.OPERATOR))

    operator.post("/urgent/call/", {"elder": elder.pk, "call": out.pk})

    assert (Order.objects.get().ordered_by, out.orders.count()) == (None, 0)


def test_an_order_that_is_refused_is_an_alarm_with_the_reason_on_the_page(near, operator, monkeypatch):
    refusal = Invalid("不行", fields={"items.0.elder": ["<b>该老人当天不接受服务。"]})
    monkeypatch.setattr(paid_orders, "place_order", Mock(side_effect=refusal))

    page = operator.post("/urgent/call/", {"elder": make_elder().pk}, headers=HTMX).content.decode()

    assert "告警：没有人去</b> – 没能下单：&lt;b&gt;该老人当天不接受服务。" in page
    assert not Order.objects.exists()


def test_a_clock_that_breaks_leaves_the_page_standing_with_the_alarm(near, operator, monkeypatch):
    call()
    clock_at(monkeypatch, 60)
    monkeypatch.setattr(escalate, "nearest", Mock(side_effect=RuntimeError))

    answer = operator.get("/urgent/")

    assert answer.status_code == 200
    assert "系统出错，没能询问护理员，请打电话" in answer.content.decode()


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_host(target, near, operator):
    answer = operator.post("/urgent/call/", {"elder": make_elder().pk, "next": target})

    assert answer["Location"] == "/urgent/"


def test_pressing_the_key_twice_orders_once(near, operator):
    elder = make_elder()

    for _ in range(2):
        page = operator.post("/urgent/call/", {"elder": elder.pk}, headers=HTMX)

    assert page.status_code == 200
    assert page.content.decode().count("<article") == 1
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", ["", "abc", "999999", "-1", "²"])
def test_an_unknown_elder_is_not_found(key, near, operator):
    assert operator.post("/urgent/call/", {"elder": key}).status_code == 404
    assert not Order.objects.exists()


def test_an_elder_of_another_town_is_not_found(near, as_user):
    user = make_user("disp", Role.DISPATCHER)
    TownDuty.objects.create(user=user, town=town("T2"))

    assert as_user(user).post("/urgent/call/", {"elder": make_elder().pk}).status_code == 404
    assert not Order.objects.exists()


def test_the_page_shows_the_call_and_moves_the_clock_on_without_beat(near, operator, monkeypatch):
    call(make_elder(name="张桂兰"))
    clock_at(monkeypatch, 130)

    page = operator.get("/urgent/").content.decode()

    for words in (
        "张桂兰",
        "T1 扬口村",
        "07:00 呼叫",
        "告警：没有人去",
        "还没有人接单",
        "王芳",
        "约 5 分可到",
        "需打电话",
        "还没有主管处理",
    ):
        assert words in page, words
    assert "我来处理" not in page  # an operator is no supervisor
    assert UrgentCall.objects.get().status == "alarmed"


def test_to_htmx_the_page_is_its_panel(near, operator):
    call()

    page = operator.get("/urgent/", headers=HTMX).content.decode()

    assert "<html" not in page
    assert page.count('id="urgent-panel"') == 1


def test_a_supervisor_takes_the_alarm_in_hand(near, dispatcher, monkeypatch):
    urgent = call()
    escalate_due(now=after(120))
    clock_at(monkeypatch, 130)
    assert "我来处理" in dispatcher.get("/urgent/").content.decode()

    page = dispatcher.post(f"/urgent/{urgent.pk}/acknowledge/", headers=HTMX).content.decode()

    assert "赵磊 负责处理，07:02 起" in page
    assert "我来处理" not in page


def test_closing_leads_back_and_the_call_is_among_the_ended(near, operator):
    urgent = call(make_elder(name="张桂兰"))

    answer = operator.post(f"/urgent/{urgent.pk}/close/", {"reason": "OTHER", "note": "<b>儿子到了"}, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [("/urgent/", 302)]
    assert "没有进行中的助急。" in page
    assert "&lt;b&gt;儿子到了" in page


def test_a_refused_closing_says_why_and_keeps_what_was_typed(near, operator):
    urgent = call()
    accept(Offer.objects.first())

    answer = operator.post(f"/urgent/{urgent.pk}/close/", {"reason": "NEIGHBOUR", "note": "隔壁老王"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "可能正在路上" in page
    assert 'value="隔壁老王"' in page
    assert '<option value="NEIGHBOUR" selected>' in page
    assert f'id="urgent-close-{urgent.pk}" hx-preserve open' in page
    assert Assignment.objects.get().status == "accepted"


@pytest.mark.parametrize("note", ["", "长" * 101, "🚑" * 5000])
def test_bad_words_are_refused_and_nothing_is_closed(note, near, operator):
    urgent = call()

    page = operator.post(f"/urgent/{urgent.pk}/close/", {"reason": "OTHER", "note": note})
    panel = operator.post(f"/urgent/{urgent.pk}/close/", {"reason": "OTHER", "note": note}, headers=HTMX)

    assert (page.status_code, panel.status_code) == (400, 200)
    assert 'class="notice error"' in panel.content.decode()
    urgent.refresh_from_db()
    assert urgent.status == "waiting"


def test_who_says_yes_on_the_telephone_is_accepted_for(near, operator):
    urgent = call()
    offer = Offer.objects.get(carer__number="C2")

    page = operator.post(f"/urgent/offers/{offer.pk}/accept/", headers=HTMX).content.decode()

    assert "李强 正在赶去，约 07:09 到" in page
    assert Assignment.objects.get().accepted_by.username == "op"
    assert Assignment.objects.get().events.last().reason == "电话里答应"
    assert asked(urgent) == {"C1": "filled", "C2": "accepted"}


def test_who_comes_second_on_the_telephone_is_told_who_was_first(near, operator):
    call()
    first, second = Offer.objects.order_by("pk")
    accept(first)

    answer = operator.post(f"/urgent/offers/{second.pk}/accept/")

    assert answer.status_code == 409
    assert "王**" in answer.content.decode()
    assert Assignment.objects.count() == 1


def test_who_may_not_come_any_more_is_not_accepted_and_the_panel_says_why(near, operator):
    call()
    offer = Offer.objects.get(carer__number="C1")
    CarerPreference.objects.create(elder=offer.visit.elder, carer=offer.carer, kind="BARRED", since=TODAY)

    panel = operator.post(f"/urgent/offers/{offer.pk}/accept/", headers=HTMX)
    page = operator.post(f"/urgent/offers/{offer.pk}/accept/")

    assert (panel.status_code, page.status_code) == (200, 403)
    assert "老人" in panel.content.decode().split('class="notice error"')[1].split("</div>")[0]
    assert not Assignment.objects.exists()


def test_the_alarm_is_on_the_first_page_of_supervisors_only(near, as_user):
    call(make_elder(name="张桂兰"))
    escalate_due(now=after(120))

    seen = {
        role.value: "告警：没有人去" in as_user(make_user(role, role)).get("/").content.decode()
        for role in (Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR)
    }

    assert seen == {"operator": False, "dispatcher": True, "administrator": True, "auditor": False}


def test_an_auditor_reads_and_has_no_button(near, as_user):
    call()

    page = as_user(make_user("aud", Role.AUDITOR)).get("/urgent/", headers=HTMX).content.decode()

    assert "<article" in page
    assert "<button" not in page


def test_the_record_shows_how_the_call_went(near, as_user):
    urgent = call()
    escalate_due(now=after(120))
    client = as_user(make_user("adm", Role.ADMINISTRATOR))

    assert client.get("/admin/urgent/urgentcall/").status_code == 200
    assert "not_accepted" in client.get(f"/admin/urgent/urgentcall/{urgent.pk}/change/").content.decode()
    assert urgent.raised_at == NOW
