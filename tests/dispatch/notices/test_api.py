"""The carer's notices on the phone, and the device's push subscription."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from dispatch.notices.models import Notice, PushSubscription
from dispatch.notices.services.deliver import deliver_due
from people.models import Device
from people.services import log_in_device, revoke_device
from tests.dispatch.factories import NOW, login_of, make_carer
from tests.dispatch.notices.conftest import ENDPOINT, Browser, base64url, queued
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


class Phone:
    """A device that is logged in."""

    def __init__(self, carer: Carer) -> None:
        self.user = login_of(carer)
        self.device: Device
        self.device, token = log_in_device(user=self.user, name="手机", now=NOW)
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    def notices(self, **query: Any) -> Any:
        return self.client.get("/api/v1/me/notices/", query).json()

    def read(self, up_to: object) -> int:
        return self.client.post("/api/v1/me/notices/read/", {"up_to": up_to}).status_code

    def subscribe(self, endpoint: str = ENDPOINT, keys: Any = None) -> Any:
        return self.client.put("/api/v1/me/push/", {"endpoint": endpoint, "keys": keys or Browser().keys})

    def unsubscribe(self) -> int:
        return self.client.delete("/api/v1/me/push/").status_code


@pytest.fixture
def carer() -> Carer:
    return make_carer()


@pytest.fixture
def phone(carer: Carer) -> Phone:
    return Phone(carer)


class TestNotices:
    def test_the_newest_is_on_top_page_by_page(self, carer: Carer, phone: Phone) -> None:
        queued(make_carer("C2"), "other")
        keys = [queued(carer, str(number)).pk for number in range(3)]

        first = phone.notices(page_size=2)
        second = phone.client.get(first["next"]).json()

        assert [row["id"] for row in first["results"] + second["results"]] == keys[::-1]
        assert first["results"][0] == {
            "id": keys[2],
            "kind": "OFFER",
            "text": "请看。",
            "created_at": "2026-09-14T07:00:00+08:00",
            "read_at": None,
        }

    @pytest.mark.parametrize("status", ["cancelled", "expired"])
    def test_what_was_dropped_before_it_was_told_is_left_out(self, carer: Carer, phone: Phone, status: str) -> None:
        queued(carer)
        Notice.objects.update(status=status)

        assert phone.notices()["results"] == []

    def test_what_was_read_stays(self, carer: Carer, phone: Phone) -> None:
        row = queued(carer)
        phone.read(row.pk)
        deliver_due(now=NOW)

        assert [each["id"] for each in phone.notices()["results"]] == [row.pk]

    @pytest.mark.parametrize("many", [1, 10])
    def test_it_costs_the_same_for_any_number(self, carer, phone, many, django_assert_num_queries) -> None:
        for number in range(many):
            queued(carer, str(number))

        with django_assert_num_queries(4):  # the token, its user, the roles, the notices
            assert len(phone.notices()["results"]) == many

    def test_they_are_read_up_to_the_one_that_was_seen(self, carer: Carer, phone: Phone) -> None:
        first, second = queued(carer, "1"), queued(carer, "2")

        assert phone.read(first.pk) == 204

        assert [bool(row["read_at"]) for row in phone.notices()["results"]] == [False, True]
        assert phone.read(second.pk) == 204
        assert all(row["read_at"] for row in phone.notices()["results"])

    @pytest.mark.parametrize("up_to", [0, -1, "x", None, 2**63])
    def test_what_is_no_number_of_a_notice_is_refused(self, carer: Carer, phone: Phone, up_to: object) -> None:
        queued(carer)

        assert phone.read(up_to) == 400
        assert Notice.objects.get().read_at is None

    def test_of_somebody_else_nothing_is_read(self, carer: Carer) -> None:
        row = queued(carer)

        assert Phone(make_carer("C2")).read(row.pk) == 204
        assert Notice.objects.get().read_at is None


@pytest.mark.usefixtures("vapid")
class TestPush:
    def test_the_device_subscribes_and_its_next_notice_goes_there(self, carer: Carer, phone: Phone) -> None:
        keys = Browser().keys

        assert phone.subscribe(keys=keys).status_code == 204

        row = PushSubscription.objects.get()
        assert (row.token, row.endpoint, row.service) == (phone.device.token, ENDPOINT, "fcm.googleapis.com")
        assert (row.public_key, row.auth_secret) == (keys["p256dh"], keys["auth"])
        assert queued(carer).address == f"{row.pk}@fcm.googleapis.com"

    def test_subscribing_again_replaces_it(self, phone: Phone) -> None:
        phone.subscribe()
        phone.subscribe(f"{ENDPOINT}2")

        assert [row.endpoint for row in PushSubscription.objects.all()] == [f"{ENDPOINT}2"]

    def test_the_next_person_on_this_browser_takes_it_over(self, phone: Phone) -> None:
        phone.subscribe()
        other = Phone(make_carer("C2"))

        other.subscribe()

        assert PushSubscription.objects.get().token == other.device.token

    def test_each_device_has_its_own(self, carer: Carer, phone: Phone) -> None:
        phone.subscribe()
        Phone(carer).subscribe(f"{ENDPOINT}2")

        assert phone.unsubscribe() == phone.unsubscribe() == 204
        assert [row.endpoint for row in PushSubscription.objects.all()] == [f"{ENDPOINT}2"]

    def test_it_is_gone_with_its_device(self, phone: Phone) -> None:
        phone.subscribe()

        revoke_device(device=phone.device, actor=phone.user, now=NOW)

        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com@127.0.0.1/x",
            "https://127.0.0.1/x",
            "https://evil.example/fcm.googleapis.com",
            "https://xfcm.googleapis.com/x",
            "https://push.apple.com/x",  # only what is below it
            "https://evilpush.apple.com/x",
            "https://[::1/x",
            "https://fcm.googleapis.com:port/x",
            "x",
            "",
        ],
    )
    def test_the_server_calls_only_push_services_that_it_knows(self, phone: Phone, endpoint: str) -> None:
        answer = phone.subscribe(endpoint)

        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "endpoint")
        assert not PushSubscription.objects.exists()

    def test_a_host_below_a_known_one(self, phone: Phone) -> None:
        assert phone.subscribe("https://web.push.apple.com/x").status_code == 204

    @pytest.mark.parametrize(
        "keys",
        [
            {"p256dh": "x", "auth": base64url(b"0" * 16)},
            {"p256dh": base64url(b"\x04" + b"1" * 64), "auth": base64url(b"0" * 16)},  # not on the curve
            {"p256dh": Browser().keys["p256dh"], "auth": base64url(b"0" * 15)},
            {"p256dh": Browser().keys["p256dh"], "auth": "密"},
        ],
    )
    def test_keys_that_nothing_can_be_sealed_with_are_refused(self, phone: Phone, keys: dict[str, str]) -> None:
        answer = phone.subscribe(keys=keys)

        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "keys")
        assert not PushSubscription.objects.exists()

    def test_a_browser_session_is_no_device(self, phone: Phone) -> None:
        desk = APIClient()
        desk.force_login(phone.user, backend="django.contrib.auth.backends.ModelBackend")

        assert desk.put("/api/v1/me/push/", {"endpoint": ENDPOINT, "keys": Browser().keys}).status_code == 403


def test_without_a_key_of_the_server_nobody_subscribes(phone: Phone) -> None:
    answer = phone.subscribe()

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "push_off")
    assert not PushSubscription.objects.exists()
