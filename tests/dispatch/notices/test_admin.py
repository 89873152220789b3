"""The page of notices in the records: how far each came, and the button of those that failed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dispatch.notices.models import Notice
from people.models import TownDuty
from people.services import add_phone
from tests.cast import Cast, make_town
from tests.dispatch.factories import NOW
from tests.dispatch.notices.conftest import queued, subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(cast: Cast, provider) -> Notice:
    """To 王芳 at 13900139000: “请看。”"""
    add_phone(person=cast.worker.person, number="13900139000", is_primary=True, actor=None, now=NOW)
    return queued(cast.worker)


def open_page(user: User, name: str = "changelist", *args: int, **typed: str):
    client = Client()
    client.force_login(user)
    address = reverse(f"admin:notices_notice_{name}", args=args)
    return client.post(address, typed, follow=True) if typed else client.get(address)


def page(user: User, name: str = "changelist", *args: int) -> str:
    return open_page(user, name, *args).content.decode()


def test_the_office_sees_state_words_and_a_masked_number(cast: Cast, notice: Notice) -> None:
    for user in (cast.operator, cast.dispatcher, cast.administrator, cast.auditor):
        listed, opened = page(user), page(user, "change", notice.pk)
        assert "139****9000" in listed
        assert "待发送" in listed
        assert "请看。" in opened
        assert "13900139000" not in listed + opened


def test_of_a_push_only_the_service_is_shown(cast: Cast, provider) -> None:
    endpoint = subscribed(cast.worker).endpoint
    row = queued(cast.worker)

    assert "fcm.googleapis.com" in page(cast.operator)
    assert endpoint not in page(cast.operator) + page(cast.operator, "change", row.pk)


def test_a_dispatcher_of_another_town_sees_nothing(cast: Cast, notice: Notice) -> None:
    TownDuty.objects.create(user=cast.dispatcher, town=make_town("T9", "别镇"))

    assert "139****9000" not in page(cast.dispatcher)
    assert "请看。" not in page(cast.dispatcher, "change", notice.pk)


def test_a_failed_one_is_sent_again_with_a_reason(cast: Cast, notice: Notice, monkeypatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    Notice.objects.update(status="failed", attempts=5)

    assert open_page(cast.operator, "send_again", notice.pk, reason="开机了").status_code == 200

    notice.refresh_from_db()
    last = notice.events.last()
    assert last
    assert (notice.status, notice.attempts, last.reason, last.actor) == ("queued", 0, "开机了", cast.operator)


def test_nobody_else_sends_again(cast: Cast, notice: Notice) -> None:
    Notice.objects.update(status="failed")

    assert open_page(cast.auditor, "send_again", notice.pk, reason="x").status_code == 403
    notice.refresh_from_db()
    assert notice.status == "failed"
