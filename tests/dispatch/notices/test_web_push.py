"""What a push service gets from us, and what its answers mean."""

import json

import pytest

from dispatch.notices import vapid as our_key
from dispatch.notices.models import Notice, PushSubscription
from dispatch.notices.services.deliver import deliver_due
from tests.dispatch.factories import NOW, make_carer
from tests.dispatch.notices.conftest import Browser, PushService, base64url, queued, story, subscribed
from volunteers.models import Carer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vapid")]


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def notice(push_service: PushService, browser: Browser) -> Notice:
    carer: Carer = make_carer()
    subscribed(carer, endpoint=push_service.address, browser=browser)
    return queued(carer)


def test_only_the_phone_can_read_it_and_it_is_kept_no_longer_than_it_is_of_use(notice, browser, push_service) -> None:
    assert deliver_due(now=NOW) == 1

    [(headers, body)] = push_service.got
    assert json.loads(browser.read(body)) == {"key": "e1", "text": "请看。"}
    assert "请看" not in body.decode(errors="ignore")
    assert (headers["ttl"], headers["urgency"], headers["content-encoding"]) == (str(4 * 3600), "high", "aes128gcm")
    assert headers["authorization"].startswith("vapid t=")
    assert headers["authorization"].endswith(f"k={our_key.public_key()}")
    notice.refresh_from_db()
    assert (notice.status, notice.channel) == ("sent", "PUSH")


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_no_more_is_removed_and_the_notice_stays_in_the_app(notice, push_service, status):
    push_service.status = status

    assert deliver_due(now=NOW) == 1

    notice.refresh_from_db()
    assert (notice.channel, notice.address, notice.status) == ("APP", "", "sent")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (429, ("queued", "429")),
        (500, ("queued", "500")),
        (503, ("queued", "503")),
        (400, ("failed", "400")),
        (403, ("failed", "403")),  # another key than the one the phone subscribed with
    ],
)
def test_an_answer_that_is_not_yes(notice, push_service, status: int, end: tuple[str, str]) -> None:
    push_service.status = status

    assert deliver_due(now=NOW) == 0

    assert story(notice)[-1] == end
    assert PushSubscription.objects.exists()


def test_a_redirect_is_not_followed(notice, push_service) -> None:
    push_service.status, push_service.location = 307, push_service.address.replace("push", "elsewhere")

    assert deliver_due(now=NOW) == 0

    assert len(push_service.got) == 1
    assert story(notice)[-1] == ("queued", "TooManyRedirects")


def test_a_service_that_is_not_there_is_tried_later(browser) -> None:
    carer = make_carer()
    subscribed(carer, endpoint="http://127.0.0.1:9/push", browser=browser)
    row = queued(carer)

    assert deliver_due(now=NOW) == 0
    assert story(row)[-1] == ("queued", "ConnectionError")


def test_a_device_that_was_logged_out_gets_nothing(notice, push_service) -> None:
    PushSubscription.objects.get().token.delete()

    assert deliver_due(now=NOW) == 1

    assert push_service.got == []
    notice.refresh_from_db()
    assert (notice.channel, notice.status) == ("APP", "sent")


@pytest.mark.parametrize("without", ["VAPID_PRIVATE_KEY", "VAPID_CONTACT"])
def test_without_a_key_and_a_contact_there_is_nothing_to_subscribe_with(settings, without: str) -> None:
    assert our_key.public_key() == our_key.public_key() != ""

    setattr(settings, without, "")

    assert our_key.public_key() == ""


def test_our_public_key_is_that_of_the_private_one(settings) -> None:
    settings.VAPID_PRIVATE_KEY = base64url((1).to_bytes(32))  # its public key is the curve's own generator

    assert our_key.decoded(our_key.public_key())[1:5].hex() == "6b17d1f2"
