"""The page of confirmations: who reads which part of a message, and the button of those that failed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services.deliver import deliver_due
from orders.models import Order
from people.models import TownDuty
from tests.cast import Cast, make_town
from tests.dispatch.confirmations.conftest import queued
from tests.dispatch.factories import NOW, make_item
from tests.orders import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(cast: Cast) -> Confirmation:
    """To 张桂兰 at 13800138000: “到时见。”"""
    order: Order = make.order(cast.elder, make.request(make_item()))
    return queued(order)


def page(user: User, name: str = "changelist", *args: int) -> str:
    return open_page(user, name, *args).content.decode()


def open_page(user: User, name: str, *args: int, **typed: str):
    client = Client()
    client.force_login(user)
    address = reverse(f"admin:confirmations_confirmation_{name}", args=args)
    return client.post(address, typed, follow=True) if typed else client.get(address)


def test_the_office_reads_the_words_and_a_masked_number(cast: Cast, message: Confirmation) -> None:
    deliver_due(now=NOW)

    for user in (cast.operator, cast.dispatcher, cast.administrator):
        listed, opened = page(user), page(user, "change", message.pk)
        assert "138****8000" in listed
        assert "已发送" in listed
        assert "到时见。" not in listed
        assert "张桂兰您好：到时见。" in opened
        assert "13800138000" not in listed + opened


def test_an_auditor_reads_how_far_it_came_but_not_the_words(cast: Cast, message: Confirmation) -> None:
    opened = page(cast.auditor, "change", message.pk)

    assert "138****8000" in opened
    assert "待发送" in opened
    assert "到时见。" not in opened


def test_a_dispatcher_of_another_town_sees_nothing(cast: Cast, message: Confirmation) -> None:
    TownDuty.objects.create(user=cast.dispatcher, town=make_town("T9", "别镇"))

    assert "138****8000" not in page(cast.dispatcher)
    assert "到时见。" not in page(cast.dispatcher, "change", message.pk)


def test_the_list_is_filtered_by_state(cast: Cast, message: Confirmation) -> None:
    client = Client()
    client.force_login(cast.operator)
    address = reverse("admin:confirmations_confirmation_changelist")

    assert "138****8000" in client.get(address, {"status__exact": "queued"}).content.decode()
    assert "138****8000" not in client.get(address, {"status__exact": "failed"}).content.decode()


def test_a_failed_message_is_sent_again_with_a_reason(cast: Cast, message: Confirmation, monkeypatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    Confirmation.objects.update(status="failed", attempts=5)

    answer = open_page(cast.operator, "send_again", message.pk, reason="老人开机了")

    assert answer.status_code == 200
    message.refresh_from_db()
    last = message.events.last()
    assert last
    assert (message.status, message.attempts, last.reason, last.actor) == ("queued", 0, "老人开机了", cast.operator)


def test_nobody_else_sends_again(cast: Cast, message: Confirmation) -> None:
    Confirmation.objects.update(status="failed")

    assert open_page(cast.auditor, "send_again", message.pk, reason="x").status_code == 403
    message.refresh_from_db()
    assert message.status == "failed"
