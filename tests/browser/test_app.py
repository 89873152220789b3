"""The carers' mobile page: everything a dead zone, a shared phone and a platform in trouble can do to it."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, CheckEvent
from people.models import Device
from people.services import revoke_device
from tests.browser.phone import Phone, waiting_for
from tests.dispatch.factories import NOW, accept, ask_pool, at, login_of, make_carer, make_elder, make_visit, promise
from volunteers.models import Carer

pytestmark = pytest.mark.one_database  # how a page behaves

ADDRESS = "三组12号"


def morning(carer: Carer) -> Assignment:
    return Assignment.objects.get(carer=carer, planned_start=at("10:00"))


def events() -> list[tuple[str, str]]:
    """What the platform knows: kind and the time that counts, oldest first."""
    stored = CheckEvent.objects.order_by("evidence_time")
    return [(event.kind, f"{event.evidence_time.astimezone(NOW.tzinfo):%H:%M}") for event in stored]


def open_morning(phone: Phone) -> None:
    phone.tab("今天")
    phone.page.get_by_role("link", name="看这一单").click()
    phone.sees(ADDRESS)


def test_a_check_whose_page_dies_while_it_looks_for_its_position_is_sent_without(
    phone: Phone, volunteer: Carer
) -> None:
    phone.page.add_init_script("navigator.geolocation.getCurrentPosition = () => {}")
    phone.log_in("v1")
    phone.set_clock("09:58")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.bar("1 条待发送")

    phone.page.close()
    phone.set_clock("10:10")
    phone.open().goto("/app/")
    waiting_for(lambda: CheckEvent.objects.exists(), phone.page)

    event = CheckEvent.objects.get()
    assert (events(), event.latitude) == ([("in", "09:58")], None)
    assert [flag.code for flag in morning(volunteer).flags.all()] == ["NO_POSITION"]


def test_position_is_read_at_a_check_and_at_nothing_else(phone: Phone, volunteer: Carer) -> None:
    phone.page.add_init_script(
        """globalThis.readings = [];
        for (const name of ["getCurrentPosition", "watchPosition"]) {
          const real = navigator.geolocation[name].bind(navigator.geolocation);
          navigator.geolocation[name] = (...given) => (readings.push(name), real(...given));
        }"""
    )
    phone.log_in("v1")
    phone.tab("接单")
    open_morning(phone)
    phone.set_signal(False)
    phone.tap("出发")
    phone.page.get_by_role("button", name="签到", exact=True).wait_for()
    assert phone.page.evaluate("readings") == []

    phone.tap("签到")
    phone.bar("没有信号 · 2 条待发送")

    assert phone.page.evaluate("readings") == ["getCurrentPosition"]


def test_the_digits_or_the_card_prove_a_visit_without_a_position(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.set_clock("09:58")
    open_morning(phone)
    phone.tap("输 4 位码")
    phone.page.get_by_label("老人家中卡片上的 4 位码").fill("4711")
    phone.tap("确定")
    waiting_for(lambda: CheckEvent.objects.exists(), phone.page)
    phone.set_clock("10:59")
    phone.page.goto("/app/#card=4711")  # as the phone's own camera opens it
    phone.sees("老人卡已读到，请点下面的按钮。")
    phone.tap("签退")
    waiting_for(lambda: CheckEvent.objects.count() == 2, phone.page)

    found = [(event.kind, event.source, event.latitude) for event in CheckEvent.objects.order_by("pk")]
    assert found == [("in", "CODE", None), ("out", "QR", None)]
    assert {flag.code: flag.facts for flag in morning(volunteer).flags.all()} == {}
    assert morning(volunteer).visit.status == "verified"


def test_a_revoked_login_asks_again_and_what_waits_survives(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.set_signal(False)
    phone.set_clock("09:58")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.bar("没有信号 · 1 条待发送")
    revoke_device(device=Device.objects.get(), actor=login_of(volunteer), now=NOW)
    phone.set_signal(True)
    phone.sees("v1，请再登录一次。")
    phone.sees("手机里存着 1 条，登录后自动发出。")
    assert events() == []

    phone.set_clock("10:30")
    phone.log_in("v1")
    phone.bar("")

    assert events() == [("in", "09:58")]
    assert morning(volunteer).flags.count() == 0


def test_what_one_carer_did_is_never_sent_as_another(phone: Phone, volunteer: Carer) -> None:
    other = make_carer("V2", name="赵敏")
    promise(make_visit(make_elder("E6", name="周奶奶"), start="10:00", end="12:00"), other, start="10:00")
    phone.log_in("v1")
    phone.set_signal(False)
    phone.set_clock("09:58")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.bar("没有信号 · 1 条待发送")
    revoke_device(device=Device.objects.get(), actor=login_of(volunteer), now=NOW)
    phone.set_signal(True)
    phone.sees("v1，请再登录一次。")

    phone.log_in("v2")
    phone.sees("周奶奶")
    phone.bar("")
    assert "陈秀英" not in json.dumps(phone.kept(), ensure_ascii=False)
    assert events() == []

    phone.tab("我的")
    phone.tap("退出")
    phone.page.locator("dialog").get_by_role("button", name="退出", exact=True).click()
    phone.page.get_by_label("用户名").wait_for()
    assert not Device.objects.filter(user=login_of(other), revoked_at=None).exists()
    phone.log_in("v1")
    phone.bar("")

    event = CheckEvent.objects.get()
    assert (events(), event.actor, event.assignment) == ([("in", "09:58")], login_of(volunteer), morning(volunteer))


def test_logging_out_leaves_nothing_of_the_carer_on_the_phone(phone: Phone) -> None:
    phone.log_in("v1")
    phone.set_signal(False)
    open_morning(phone)
    phone.tap("出发")
    phone.tap("‹ 返回", "link")
    phone.tab("我的")
    phone.tap("退出")
    phone.sees("有 1 条还没发出，退出会删掉它们。")
    phone.page.locator("dialog").get_by_role("button", name="退出", exact=True).click()
    phone.page.get_by_label("用户名").wait_for()

    assert phone.kept() == {"kept": [], "outbox": []}


@pytest.mark.parametrize("online", [True, False])
def test_a_day_after_its_end_a_home_is_gone_from_the_phone(phone: Phone, online: bool) -> None:
    phone.log_in("v1")
    phone.set_signal(online)
    phone.set_clock(at("10:59").replace(day=15))
    phone.page.reload()
    phone.has_looked()
    if not online:
        assert ADDRESS in json.dumps(phone.kept(), ensure_ascii=False)

    phone.set_clock(at("11:01").replace(day=15))
    phone.page.reload()
    phone.page.get_by_role("link", name="我的").wait_for()
    phone.has_looked()

    assert ADDRESS not in json.dumps(phone.kept(), ensure_ascii=False)


def test_work_taken_from_the_carer_leaves_the_phone_with_its_address(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.sees(ADDRESS)
    Assignment.objects.filter(pk=morning(volunteer).pk).update(status="released")

    phone.tap("刷新")
    expect(phone.page.get_by_text("陈秀英")).to_have_count(0)

    assert ADDRESS not in json.dumps(phone.kept(), ensure_ascii=False)


def test_who_comes_second_is_told_who_was_first(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("接单")
    phone.sees("17:00–18:00")
    open_work = Offer.objects.get(carer=volunteer, kind="POOL").visit
    [faster] = ask_pool(open_work, make_carer("V9", name="李强"), start="17:00")
    accept(faster, now=NOW + timedelta(seconds=5))
    phone.page.locator(".offer", has_text="17:00–18:00").get_by_role("button", name="接单").click()

    phone.sees("李** 已于 07:00:05 接单。")


def test_accepting_without_signal_says_so_and_promises_nothing(phone: Phone) -> None:
    phone.log_in("v1")
    phone.tab("接单")
    phone.sees("13:00–14:00")
    phone.set_signal(False)
    phone.page.locator(".offer", has_text="13:00–14:00").get_by_role("button", name="接单").click()

    phone.sees("没有信号。接单要有信号，先接先得。")
    assert phone.kept()["outbox"] == []
    assert not Offer.objects.filter(status="accepted", planned_start=at("13:00")).exists()


def test_what_the_platform_refuses_is_kept_until_the_carer_has_read_why(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    part = morning(volunteer)
    open_morning(phone)
    Assignment.objects.filter(pk=part.pk).update(status="declined")
    phone.tap("输 4 位码")
    phone.page.get_by_label("老人家中卡片上的 4 位码").fill("4711")
    phone.tap("确定")
    phone.bar("1 条要您看一下")
    phone.page.locator("#bar a").click()
    phone.sees("请先接单")
    phone.page.reload()
    phone.sees("请先接单")

    phone.tap("知道了")
    phone.sees("都发出去了。")
    phone.bar("")
    assert events() == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_platform_in_trouble_is_asked_again_later(phone: Phone, volunteer: Carer, status: int) -> None:
    phone.log_in("v1")
    phone.set_clock("09:58")
    trouble = f"(globalThis.trouble = new Response(null, {{ status: {status} }}))"
    phone.stub("/check-in/", f"(send) => globalThis.trouble ? send() : {trouble}")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.page.wait_for_function("globalThis.trouble")
    phone.bar("1 条待发送")
    assert events() == []

    phone.set_clock("10:10")
    phone.tap("刷新")
    phone.bar("")
    assert events() == [("in", "09:58")]


def test_a_village_wifi_that_answers_everything_is_not_the_platform(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.set_clock("09:58")
    page = """new Response("<h1>请登录</h1>", { headers: { "Content-Type": "text/html" } })"""
    phone.stub("/api/v1/", f"(send) => globalThis.hasLoggedIn ? send() : {page}")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.bar("平台没有回应 · 1 条待发送")
    phone.sees(ADDRESS)
    assert len(phone.kept()["outbox"]) == 1

    phone.page.evaluate("globalThis.hasLoggedIn = true")
    phone.tap("刷新")
    phone.bar("")
    assert events() == [("in", "09:58")]


def test_a_full_phone_says_that_nothing_was_kept(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    open_morning(phone)
    phone.page.evaluate(
        """() => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
    )
    phone.tap("已到，直接签到")

    phone.sees("没有存上：手机空间满了。")
    expect(phone.page.get_by_role("button", name="已到，直接签到")).to_be_visible()
    assert events() == []


def test_the_browser_sends_what_waits_while_the_page_is_closed(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.set_clock("09:58")
    phone.stub("/check-in/", "() => Promise.reject(new TypeError('it never left'))")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.bar("平台没有回应 · 1 条待发送")
    other = phone.context.new_page()
    session = phone.context.new_cdp_session(other)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda found: registrations.extend(each["registrationId"] for each in found["registrations"]),
    )
    other.goto("/app/manifest.webmanifest")
    session.send("ServiceWorker.enable")
    waiting_for(lambda: bool(registrations), other)
    phone.page.close()

    origin = other.evaluate("location.origin")
    found = {"origin": origin, "registrationId": registrations[0], "tag": "outbox", "lastChance": True}
    session.send("ServiceWorker.dispatchSyncEvent", found)
    waiting_for(lambda: CheckEvent.objects.exists(), other)

    event = CheckEvent.objects.get()
    assert (event.device_time, event.assignment) == (at("09:58"), morning(volunteer))
