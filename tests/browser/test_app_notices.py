"""The bell of the carers' page: how many are new, what they say, and being told while the page is closed."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Playwright, expect

from dispatch.notices import vapid as our_key
from dispatch.notices.models import Notice, PushSubscription
from dispatch.notices.services.deliver import deliver_due
from tests.browser.phone import Phone, waiting_for
from tests.browser.test_app_views import is_sound
from tests.dispatch.factories import NOW
from tests.dispatch.notices.conftest import ENDPOINT, Browser, vapid
from tests.harness import browser as harness_browser
from volunteers.models import Carer

__all__ = ["vapid"]

pytestmark = pytest.mark.one_database  # how a page behaves; what it asks of the platform is tested on both

# A browser whose push service is out of reach, as in every test: what it would answer, and what it was asked with.
PUSH = """(() => {
  let subscription = null;
  const answer = %s;
  Object.assign(PushManager.prototype, {
    async getSubscription() { return subscription; },
    async subscribe(options) {
      globalThis.askedWith = options;
      return (subscription = { endpoint: answer.endpoint, toJSON: () => answer, async unsubscribe() { subscription = null; } });
    },
  });
})()"""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    """A whole one, which can notify."""
    with harness_browser.launch(playwright, harness_browser.chromium(playwright)) as browser:
        yield browser


def with_push_service(phone: Phone) -> None:
    phone.context.grant_permissions(["geolocation", "notifications"])
    phone.context.add_init_script(PUSH % json.dumps({"endpoint": ENDPOINT, "keys": Browser().keys}))


def bell(phone: Phone) -> None:
    phone.page.locator("#bell").click()
    phone.page.get_by_role("heading", name="通知", exact=True).wait_for()


def test_the_bell_counts_what_is_new_until_the_list_is_opened(phone: Phone, volunteer: Carer) -> None:
    deliver_due(now=NOW)
    phone.log_in("v1")
    unread = phone.page.locator("#unread")
    count = Notice.objects.filter(carer=volunteer, read_at=None).exclude(status="cancelled").count()
    expect(unread).to_have_text(str(count))

    bell(phone)

    phone.sees("新的派单：9月14日（星期一）13:00")
    expect(phone.page.locator(".fresh:visible")).to_have_count(count)
    waiting_for(lambda: Notice.objects.filter(status="delivered", read_at=NOW).count() == count, phone.page)

    phone.tap("‹ 返回", "link")
    expect(unread).to_be_hidden()
    bell(phone)
    expect(phone.page.locator(".fresh:visible")).to_have_count(0)


def test_it_is_there_without_signal(phone: Phone) -> None:
    phone.log_in("v1")
    phone.set_signal(False)
    phone.page.reload()

    bell(phone)

    phone.sees("新的派单：9月14日（星期一）13:00")
    phone.tap("‹ 返回", "link")
    expect(phone.page.locator("#unread")).to_have_text("3")  # the platform has not heard yet that they were seen


def test_without_a_key_of_the_platform_nothing_is_offered(phone: Phone) -> None:
    with_push_service(phone)
    phone.log_in("v1")

    bell(phone)

    phone.sees("新的派单")
    expect(phone.page.get_by_role("button", name="通知我")).to_be_hidden()


@pytest.mark.usefixtures("vapid")
class TestPush:
    def test_the_phone_is_told_after_one_tap(self, phone: Phone, volunteer: Carer) -> None:
        with_push_service(phone)
        phone.log_in("v1")
        bell(phone)

        phone.tap("通知我")

        phone.sees("打开了，有事手机会通知您。")
        expect(phone.page.get_by_role("button", name="通知我")).to_be_hidden()
        row = PushSubscription.objects.get()
        assert (row.endpoint, row.token.user) == (ENDPOINT, volunteer.person.user)
        asked = phone.page.evaluate("askedWith")
        assert asked == {"userVisibleOnly": True, "applicationServerKey": our_key.public_key()}

        phone.tap("‹ 返回", "link")
        phone.tab("我的")
        phone.tap("退出")
        phone.page.locator("dialog").get_by_role("button", name="退出", exact=True).click()
        waiting_for(lambda: not PushSubscription.objects.exists(), phone.page)

    def test_a_refusal_of_the_phone_is_said(self, phone: Phone) -> None:
        phone.context.add_init_script(
            "Object.defineProperty(Notification, 'permission', { get: () => 'default' });"
            "Notification.requestPermission = async () => 'denied'"
        )
        phone.log_in("v1")
        bell(phone)

        phone.tap("通知我")

        phone.sees("手机不允许通知，可以到手机设置里打开。")
        assert not PushSubscription.objects.exists()

    def test_a_browser_without_a_push_service_says_so(self, phone: Phone) -> None:
        phone.context.grant_permissions(["notifications"])
        phone.context.add_init_script(
            "PushManager.prototype.subscribe = async () => { throw new DOMException('no service', 'AbortError'); }"
        )
        phone.log_in("v1")
        bell(phone)

        phone.tap("通知我")

        phone.sees("这个浏览器收不到推送")

    def test_the_list_and_its_button_are_sound(self, phone: Phone) -> None:
        with_push_service(phone)
        phone.log_in("v1")
        bell(phone)
        phone.page.get_by_role("button", name="通知我").wait_for()

        is_sound(phone)


def test_a_push_shows_the_notice_once(phone: Phone) -> None:
    phone.context.grant_permissions(["notifications"])
    phone.log_in("v1")
    session = phone.context.new_cdp_session(phone.page)
    versions: list[dict[str, str]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: versions.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    waiting_for(lambda: bool(versions), phone.page)
    origin = phone.page.evaluate("location.origin")
    told = json.dumps({"key": "offer:1:asked", "text": "新的派单：13:00 助浴"})

    for _ in range(2):
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": versions[0]["registrationId"], "data": told},
        )

    shown = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
      .map(({ body, tag }) => ({ body, tag }))"""
    waiting_for(lambda: bool(phone.page.evaluate(shown)), phone.page)
    assert phone.page.evaluate(shown) == [{"body": "新的派单：13:00 助浴", "tag": "offer:1:asked"}]
