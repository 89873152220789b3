"""Doubts are judged with a reason; the trail tells a visit's whole story."""

import pytest

from dispatch.offers.services.answer import BY_MENU, accept_offer
from dispatch.visits.models import Flag
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, ask, check, login_of, make_carer, make_elder, promise, serve
from tests.dispatch.factories import make_visit as visit_of_today
from tests.orders import make


@pytest.fixture
def flag(db) -> Flag:
    """A visit done, but checked in 87 km away: it waits for a person."""
    [part] = promise(visit_of_today(), make_carer(name="李强"))
    check(part, "in", "09:00", latitude=33.0)
    check(part, "out", "10:00")
    return Flag.objects.get()


@pytest.fixture
def reviewer(as_user):
    return as_user(make_user("disp", Role.DISPATCHER))


def test_the_page_says_what_was_found_in_words(flag, reviewer) -> None:
    page = reviewer.get(f"/review/{flag.pk}/").content.decode()

    assert "不在老人家中签到" in page
    assert "<dt>相距（米）</dt>" in page
    assert "<dt>环节</dt><dd>签到</dd>" in page


@pytest.mark.parametrize(("verdict", "status"), [("cleared", "verified"), ("upheld", "not_done")])
def test_a_verdict_settles_the_visit(flag, reviewer, verdict: str, status: str) -> None:
    answer = reviewer.post(f"/review/{flag.pk}/", {"verdict": verdict, "reason": "已电话核实"}, follow=True)

    assert "结论已记下" in answer.content.decode()
    assert Visit.objects.get().status == status
    assert "已电话核实" in reviewer.get(f"/review/{flag.pk}/").content.decode()


@pytest.mark.parametrize("body", [{"verdict": "cleared", "reason": " "}, {"verdict": "maybe", "reason": "看着办"}])
def test_a_verdict_needs_a_reason_and_must_be_one(flag, reviewer, body) -> None:
    assert reviewer.post(f"/review/{flag.pk}/", body).status_code == 400
    assert (Flag.objects.get().status, Visit.objects.get().status) == ("open", "disputed")


def test_a_second_verdict_is_refused(flag, reviewer) -> None:
    reviewer.post(f"/review/{flag.pk}/", {"verdict": "cleared", "reason": "已电话核实"})

    answer = reviewer.post(f"/review/{flag.pk}/", {"verdict": "upheld", "reason": "改主意"})

    assert answer.status_code == 409
    assert Visit.objects.get().status == "verified"


def test_an_auditor_reads_the_doubt_but_does_not_judge(flag, as_user) -> None:
    auditor = as_user(make_user("aud", Role.AUDITOR))

    assert "您的结论" not in auditor.get(f"/review/{flag.pk}/").content.decode()
    assert auditor.post(f"/review/{flag.pk}/", {"verdict": "cleared", "reason": "好人"}).status_code == 403
    assert Flag.objects.get().status == "open"


def test_a_doubt_outside_ones_view_does_not_exist(flag, as_user) -> None:
    assert as_user(make_user("other", Role.CARER)).get(f"/review/{flag.pk}/").status_code == 404


def test_the_trail_tells_the_whole_story_in_order(flag, as_user) -> None:
    visit = Visit.objects.get()

    answer = as_user(make_user("aud", Role.AUDITOR)).get("/trail/", {"visit": str(visit.pk)})
    steps = answer.context["steps"]
    page = answer.content.decode()

    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert "已签退 → 存疑" in page
    assert "不在老人家中签到" in page
    assert "李强" in page
    assert "手机定位" in page


def test_the_trail_tells_what_the_visit_did_to_minutes_and_credits(as_user) -> None:
    elder = make_elder()
    make.entitlement(elder, minutes=45)
    [part] = promise(visit := visit_of_today(elder), make_carer(name="李强"))
    serve(part)
    serve(promise(visit_of_today(make_elder("E2")), make_carer("C2"))[0])  # another visit is another story

    answer = as_user(make_user("aud", Role.AUDITOR)).get("/trail/", {"visit": str(visit.pk)})

    money = [
        (step.subject, str(step.old), str(step.new))
        for step in answer.context["steps"]
        if step.subject.startswith(("政府", "时间"))
    ]
    assert money == [
        ("政府购买分钟 · 45", "", "已预留"),
        ("政府购买分钟 · 45", "已预留", "已使用"),
        ("时间积分 · 60", "", "已入账"),
    ]


def test_the_trail_tells_that_the_carer_answered_by_the_telephone_menu(as_user) -> None:
    [offer] = ask(visit_of_today(), carer := make_carer())
    accept_offer(offer=offer, actor=login_of(carer), now=NOW, way=BY_MENU)

    steps = as_user(make_user("aud", Role.AUDITOR)).get("/trail/", {"visit": str(offer.visit_id)}).context["steps"]

    assert [(step.reason, step.actor) for step in steps if step.reason] == [("电话接单", login_of(carer))] * 2


@pytest.mark.parametrize("number", ["999999", "x", "9" * 40])
def test_a_number_that_is_no_visit_is_said_so(as_user, number: str) -> None:
    answer = as_user(make_user("aud", Role.AUDITOR)).get("/trail/", {"visit": number})

    assert answer.status_code == 404
    assert "没有编号为" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.CARER, Role.OPERATOR, Role.ORGANISATION_MANAGER])
def test_the_trail_is_closed_to_other_roles(flag, as_user, role: Role) -> None:
    answer = as_user(make_user("other", role)).get("/trail/", {"visit": str(Visit.objects.get().pk)})

    assert answer.status_code == 403
    assert "张桂兰" not in answer.content.decode()


def test_the_trail_costs_the_same_however_long_the_story(flag, as_user, django_assert_max_num_queries) -> None:
    client = as_user(make_user("aud", Role.AUDITOR))

    with django_assert_max_num_queries(14):
        client.get("/trail/", {"visit": str(Visit.objects.get().pk)})
