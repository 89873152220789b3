"""No page of ours breaks a rule of WCAG 2.2 AA, on the desk and on the phone."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from dispatch.planning.models import PlanRun
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services.raise_call import call_for_help
from orders.models import CallRecord, Complaint, Contact, Elder, Extension, Order
from orders.services.complaints import file_complaint
from tests.browser.axe import violations
from tests.browser.conftest import ring
from tests.dispatch.confirmations.conftest import queued
from tests.dispatch.factories import NOW, TODAY
from volunteers.models import Carer

pytestmark = pytest.mark.one_database  # how a page looks

Open = Callable[[Page, Elder], Any]


def card(page: Page, elder: Elder) -> None:
    """An elder with everything open: the answer to an order, wishes, contacts, complaint, correction."""
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    expect(page.locator("#answer .slots")).to_be_visible()
    page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")
    page.locator("#elder-edit").wait_for()


def refused(page: Page, elder: Elder) -> None:
    page.goto(f"/console/?elder={elder.pk}")
    page.fill("input[name$=-start]", "06:00")
    page.get_by_role("button", name="保存订单").click()
    page.get_by_text("已填内容都保留着").wait_for()


def ringing(page: Page, elder: Elder) -> None:
    ring()
    page.goto("/console/")
    page.get_by_role("button", name="接听").wait_for()


def urgent(page: Page, elder: Elder) -> None:
    page.goto(f"/console/?elder={elder.pk}")
    page.keyboard.press("F9")
    page.get_by_role("heading", name="进行中的助急").wait_for()


def found(page: Page, elder: Elder) -> None:
    page.goto("/console/")
    page.fill("input[name=q]", "z")
    page.locator("#found li").first.wait_for()


def records(kind: str, search: str = "") -> Open:
    """The list of a kind of record: `records("orders_elder")`."""
    return lambda page, elder: page.goto(reverse(f"admin:{kind}_changelist") + search)


def record(row: Model, part: str = "change") -> str:
    """The address of a record's page, or of another part of it: its history, a question, its deletion."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{part}", args=[row.pk])


def one_call(page: Page, elder: Elder) -> None:
    ring()
    page.goto(record(CallRecord.objects.get()))


def filters(page: Page, elder: Elder) -> None:
    page.goto(reverse("admin:orders_callrecord_changelist"))
    page.get_by_role("button", name="过滤器").press("Enter")
    page.get_by_role("button", name="筛选").wait_for()


def message(page: Page, elder: Elder) -> None:
    page.goto(record(queued(Order.objects.filter(elder=elder)[0])))


def messages(page: Page, elder: Elder) -> None:
    queued(Order.objects.filter(elder=elder)[0])
    records("confirmations_confirmation")(page, elder)


def alarm(page: Page, elder: Elder) -> None:
    call_for_help(elder=elder, note="", ordered_by=None, actor=User.objects.get(username="operator"), now=NOW)
    page.goto(record(UrgentCall.objects.get()))


def complaint(page: Page, elder: Elder) -> Complaint:
    """A complaint on file, and its page."""
    operator = User.objects.get(username="operator")
    filed = file_complaint(
        key=uuid4(), elder=elder, complained_by=elder.person, text="没有人来", actor=operator, now=NOW
    )
    page.goto(record(filed))
    return filed


def complaint_settled(page: Page, elder: Elder) -> None:
    page.goto(record(complaint(page, elder), "resolve"))


def elder_record(page: Page, elder: Elder) -> None:
    """An elder with a contact, and a row begun for another."""
    relative = Elder.objects.exclude(pk=elder.pk)[0].person
    Contact.objects.create(elder=elder, person=relative, relation="女儿", authority="MAY_ORDER")
    page.goto(record(elder))
    page.get_by_role("link", name="添加另一个 联系人").click()


def extension(page: Page, elder: Elder) -> Extension:
    """A telephone of the operator, and its page."""
    mine = Extension.objects.create(number="801", user=User.objects.get(username="operator"))
    page.goto(record(mine))
    return mine


def service_refused(page: Page, elder: Elder) -> None:
    page.goto(reverse("admin:orders_serviceitem_add"))
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("请更正以下错误").wait_for()


def board(page: Page, _elder: Elder) -> None:
    """The work of a day as it stands."""
    PlanRun.objects.all().delete()  # the elder's has no plan to show
    page.goto(f"/board/T1/{TODAY}/")
    page.locator(".sheet").wait_for()


def new_pin(page: Page, _elder: Elder) -> None:
    Carer.objects.update(has_smartphone=False)
    page.goto("/carers/pins/")
    page.get_by_role("button", name="给 李强 发新密码").click()
    expect(page.get_by_role("status")).to_contain_text("新密码")


PAGES: dict[str, tuple[str, Open]] = {
    "console": ("operator", lambda page, elder: page.goto("/console/")),
    "console, a call": ("operator", ringing),
    "console, an elder": ("operator", card),
    "console, refused": ("operator", refused),
    "console, urgent help": ("operator", urgent),
    "console, found": ("operator", found),
    "new elder": ("operator", lambda page, elder: page.goto("/console/elders/new/")),
    "call-backs": ("operator", lambda page, elder: page.goto("/console/call-backs/")),
    "urgent help": ("dispatcher", lambda page, elder: page.goto("/urgent/")),
    "carer": ("c1", lambda page, elder: page.goto("/")),
    "dispatcher": ("dispatcher", lambda page, elder: page.goto("/")),
    "manager": ("manager", lambda page, elder: page.goto("/")),
    "telephone PINs": ("manager", new_pin),
    "administrator": ("administrator", lambda page, elder: page.goto("/")),
    "auditor": ("auditor", lambda page, elder: page.goto("/")),
    "towns": ("dispatcher", lambda page, elder: page.goto("/board/")),
    "board": ("dispatcher", board),
    "counts": ("administrator", lambda page, elder: page.goto("/counts/")),
    "proof": ("administrator", lambda page, elder: page.goto("/counts/proof/")),
    "late": ("dispatcher", lambda page, elder: page.goto("/late/")),
    "trail": ("auditor", lambda page, elder: page.goto("/trail/")),
    "import": ("administrator", lambda page, elder: page.goto("/import/")),
    "records": ("administrator", lambda page, elder: page.goto(reverse("admin:index"))),
    "records of messages": ("operator", messages),
    "record of a message": ("operator", message),
    "records of calls, filters": ("operator", filters),
    "records of calls, nothing found": ("operator", records("orders_callrecord", "?q=zz")),
    "record of a call": ("operator", one_call),
    "records of late visits": ("operator", records("visits_assignment", "?status__exact=accepted")),
    "record of urgent help": ("dispatcher", alarm),
    "record of a complaint": ("dispatcher", complaint),
    "complaint settled": ("administrator", complaint_settled),
    "record of an elder": ("administrator", elder_record),
    "hidden data of an elder": ("administrator", lambda page, elder: page.goto(record(elder, "reveal"))),
    "history of an elder": ("administrator", lambda page, elder: page.goto(record(elder, "history"))),
    "record of an extension": ("administrator", extension),
    "extension removed": ("administrator", lambda page, elder: page.goto(record(extension(page, elder), "delete"))),
    "records of services": ("administrator", records("orders_serviceitem")),
    "service refused": ("administrator", service_refused),
    "record of a user": ("administrator", lambda page, elder: page.goto(record(User.objects.get(username="c1")))),
    "password": ("operator", lambda page, elder: page.goto(reverse("admin:password_change"))),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(log_in, elder: Elder, name: str) -> None:
    username, open_page = PAGES[name]
    page = log_in(username).page
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # it wants a function of Python

    open_page(page, elder)
    # An error page would be found sound; a form that was refused comes back with its own status.
    asked_for = [answer for answer in answers if answer.url == page.url and answer.request.method == "GET"]
    assert [answer.status for answer in asked_for if answer.status >= 400] == []
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == []
