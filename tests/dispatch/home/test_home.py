"""The first page of each role: what is on it, what is not, and that it stays light."""

import pytest

from dispatch.counts.models import MonthClose
from dispatch.visits.models import Flag
from people.models import RevealLog
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    TODAY,
    ask,
    check,
    login_of,
    make_carer,
    make_elder,
    make_manager,
    make_organisation,
    make_visit,
    promise,
)
from tests.orders.make import town
from volunteers.models import Carer

# A heading that only this role's section has.
HEADINGS = {
    Role.CARER: "我的一天",
    Role.DISPATCHER: "存疑的签到",
    Role.ORGANISATION_MANAGER: "派给本机构的单",
    Role.ADMINISTRATOR: "本月尚欠的探访",
    Role.AUDITOR: "谁看了什么",
}


@pytest.mark.parametrize("role", HEADINGS)
def test_each_role_sees_its_own_section_and_no_other(as_user, role: Role) -> None:
    page = as_user(make_user("somebody", role)).get("/").content.decode()

    assert [held for held, heading in HEADINGS.items() if heading in page] == [role]


def test_who_holds_two_roles_sees_both_sections(as_user) -> None:
    page = as_user(make_user("both", Role.CARER, Role.AUDITOR)).get("/").content.decode()

    assert "我的一天" in page
    assert "谁看了什么" in page


def test_without_a_role_the_page_says_whom_to_ask(as_user) -> None:
    page = as_user(make_user("stranger")).get("/").content.decode()

    assert "您的账号还没有角色" in page
    assert [heading for heading in HEADINGS.values() if heading in page] == []


@pytest.mark.parametrize("path", ["/", "/console/", "/review/1/", "/trail/"])
def test_nothing_is_shown_before_logging_in(client, db, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_who_only_takes_calls_is_at_the_console_at_once(as_user) -> None:
    answer = as_user(make_user("op", Role.OPERATOR)).get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/console/")


def test_who_also_takes_calls_finds_the_way_to_the_console(as_user) -> None:
    page = as_user(make_user("both", Role.OPERATOR, Role.DISPATCHER)).get("/").content.decode()

    assert "打开接线台" in page
    assert "存疑的签到" in page


def test_a_carer_sees_own_work_and_questions_only(as_user) -> None:
    li, wang = make_carer("C1", name="李强"), make_carer("C2", name="王芳", kilometres_north=1.0)
    promise(make_visit(make_elder("E1", name="张桂兰")), li)
    ask(make_visit(make_elder("E2", name="陈大爷"), start="13:00", end="15:00"), li, start="13:00")
    promise(make_visit(make_elder("E3", name="刘奶奶")), wang)

    answer = as_user(login_of(li)).get("/")
    page = answer.content.decode()

    assert "张桂兰 · T1 扬口村 三组12号" in page
    assert "刘奶奶" not in page
    # Asked, not promised: neither the name nor the address yet.
    assert "陈大爷" not in page
    assert page.count("三组12号") == 1
    assert "离您 0 米" in page
    assert "可得积分 1 小时" in page


def test_an_address_is_gone_from_the_page_when_the_policys_time_is_over(as_user, monkeypatch) -> None:
    carer = make_carer()
    [part] = promise(make_visit(make_elder(name="张桂兰")), carer)
    check(part, "in", "09:00")
    check(part, "out", "10:00")
    monkeypatch.setattr("people.policy.minutes", lambda name, on: 1 if name == "address_hours_after_visit" else 5)
    monkeypatch.setattr("people.clock.now", lambda: NOW.replace(hour=13))

    page = as_user(login_of(carer)).get("/").content.decode()

    assert "张**" in page
    assert "张桂兰" not in page
    assert "三组12号" not in page


def test_a_manager_sees_the_own_organisation_only(as_user) -> None:
    own, other = make_organisation("91320826MA1ABCDE0X"), make_organisation("91320826MA1ABCDE1Y")
    mine = make_carer("C1", kind=Carer.Kind.WORKER, name="李强", organisation=own)
    theirs = make_carer("C2", kind=Carer.Kind.WORKER, name="王芳", organisation=other, kilometres_north=1.0)
    promise(make_visit(make_elder("E1")), mine)
    ask(make_visit(make_elder("E2"), start="13:00", end="15:00"), mine, start="13:00")
    ask(make_visit(make_elder("E3")), theirs)

    page = as_user(make_manager(own)).get("/").content.decode()

    assert page.count("李强") == 3
    assert "王芳" not in page


def test_the_dispatcher_sees_doubts_and_towns_in_need(as_user) -> None:
    [part] = promise(make_visit(make_elder("E1")), make_carer())
    check(part, "in", "09:00", latitude=33.0)
    make_visit(make_elder("E2"))

    answer = as_user(make_user("disp", Role.DISPATCHER)).get("/")
    flag = Flag.objects.get()

    assert f"/review/{flag.pk}/" in answer.content.decode()
    assert [(row["name"], row["waiting"]) for row in answer.context["parts"][0][1]["towns"]] == [("T1", 1)]
    assert f"/board/T1/{TODAY.isoformat()}/" in answer.content.decode()


def test_the_auditor_sees_who_looked_at_whom(cast, as_user) -> None:
    RevealLog.objects.create(
        actor=cast.operator, person=cast.elder.person, field="phone", reason="回电确认时间", at=NOW
    )

    page = as_user(cast.auditor).get("/").content.decode()

    assert "回电确认时间" in page
    assert "孙静" in page


def test_the_administrator_sees_six_figures_and_the_months(as_user) -> None:
    MonthClose.objects.create(month=TODAY.replace(month=8, day=1))

    answer = as_user(make_user("adm", Role.ADMINISTRATOR)).get("/")

    assert len(answer.context["parts"][0][1]["figures"]) == 6
    assert "?month=2026-08" in answer.content.decode()


# Logging in, roles and language cost some queries; a page must not cost more when there is more to show.
@pytest.mark.parametrize(
    ("role", "most"),
    [
        (Role.CARER, 11),
        (Role.DISPATCHER, 15),
        (Role.ORGANISATION_MANAGER, 9),
        (Role.ADMINISTRATOR, 22),
        (Role.AUDITOR, 9),
    ],
)
def test_a_page_costs_the_same_however_much_is_on_it(
    as_user, role: Role, most: int, django_assert_max_num_queries
) -> None:
    user = make_user("reader", role)
    carer = make_carer("C0", kind=Carer.Kind.WORKER, kilometres_north=1.0)
    assert carer.organisation
    carer.organisation.managers.add(user)
    if role == Role.CARER:
        carer.person.user = user
        carer.person.save()
    for number in range(4):
        clock = f"{9 + number:02d}:00"
        visit = make_visit(make_elder(f"E{number}", name=f"张{number}"), start=clock, end=f"{11 + number:02d}:00")
        part = promise(visit, carer, start=clock)[0]
        if number < 2:
            check(part, "in", clock, latitude=33.0)
        late = f"{14 + number:02d}:00"
        ask(make_visit(make_elder(f"F{number}"), start=late, end=f"{16 + number:02d}:00"), carer, start=late)
        make_visit(make_elder(f"G{number}"))
    client = as_user(user)
    client.get("/")

    with django_assert_max_num_queries(most):
        assert client.get("/").status_code == 200


def test_the_towns_dispatcher_does_not_see_other_towns(as_user) -> None:
    dispatcher = make_user("disp", Role.DISPATCHER)
    town("T2").duties.create(user=dispatcher)
    make_visit(make_elder("E1", name="张桂兰"))

    facts = as_user(dispatcher).get("/").context["parts"][0][1]

    assert (facts["states"], list(facts["towns"])) == ([], [])
