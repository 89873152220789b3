"""Logging in, listing and revoking phones over HTTP."""

from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from people.models import Device
from tests.cast import PASSWORD, Cast

DEVICES = "/api/v1/devices/"


def log_in(username: str, password: str = PASSWORD, **more: Any) -> Any:
    return APIClient().post(DEVICES, {"username": username, "password": password, "name": "红米 12"} | more)


def phone(username: str) -> APIClient:
    """A client that carries the token of a fresh login."""
    answer = log_in(username)
    assert answer.status_code == 201, answer.json()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    return client


def code(answer: Any) -> str:
    return str(answer.json()["errors"][0]["code"])


def test_a_login_answers_with_a_device_and_its_token(cast: Cast) -> None:
    answer = log_in("wangfang")

    assert answer.status_code == 201
    assert sorted(answer.json()) == ["created_at", "id", "name", "token"]
    assert (Device.objects.get().user, Device.objects.get().name) == (cast.worker_user, "红米 12")


def test_the_token_opens_the_api(cast: Cast) -> None:
    me = phone("wangfang").get("/api/v1/me/")

    assert me.status_code == 200
    assert me.json() == {
        "id": cast.worker_user.pk,
        "username": "wangfang",
        "name": "王芳",
        "roles": ["carer"],
        "person": cast.worker.person_id,
    }


def test_a_user_without_a_person_or_role_is_somebody_too(cast: Cast) -> None:
    me = phone("stranger").get("/api/v1/me/").json()

    assert (me["roles"], me["person"]) == ([], None)


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({"password": "wrong"}, 401, None),
        ({"username": "nobody"}, 401, None),
        ({"username": ""}, 400, "username"),
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 65}, 400, "name"),
        ({"password": ["list"]}, 400, "password"),
    ],
)
def test_a_bad_login_makes_no_token(cast: Cast, body: dict[str, Any], status: int, wrong: str | None) -> None:
    answer = log_in("wangfang", **{"password": PASSWORD} | body) if "username" not in body else log_in(**body)

    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (status, wrong)
    assert AuthToken.objects.count() == 0


def test_a_dismissed_carer_does_not_log_in(cast: Cast) -> None:
    cast.worker_user.is_active = False
    cast.worker_user.save()

    assert log_in("wangfang").status_code == 401


def test_a_dismissed_carer_is_out_at_once(cast: Cast) -> None:
    client = phone("wangfang")
    cast.worker_user.is_active = False
    cast.worker_user.save()

    assert client.get("/api/v1/me/").status_code == 401


def test_five_failures_lock_the_name_even_for_the_right_password(cast: Cast) -> None:
    failures = [log_in("wangfang", "wrong").status_code for _ in range(5)]
    locked = log_in("wangfang")

    assert failures == [401, 401, 401, 401, 429]
    assert (locked.status_code, code(locked)) == (429, "locked_out")
    assert AuthToken.objects.count() == 0
    assert log_in("liqiang").status_code == 201


def test_a_lock_answers_the_login_page_with_a_page(cast: Cast, client: Client) -> None:
    for _ in range(5):
        answer = client.post("/login/", {"username": "operator", "password": "wrong"})

    assert answer.status_code == 429
    assert answer["Content-Type"].startswith("text/html")


def test_logins_are_throttled(cast: Cast) -> None:
    answers = [log_in(f"guess{number}", "wrong").status_code for number in range(21)]

    assert answers == [401] * 20 + [429]


def test_a_dead_token_does_not_stand_in_the_way_of_a_login(cast: Cast) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token dead")

    answer = client.post(DEVICES, {"username": "wangfang", "password": PASSWORD, "name": "红米 12"})

    assert answer.status_code == 201


def test_the_list_holds_ones_own_phones_that_are_logged_in(cast: Cast) -> None:
    phone("liqiang")
    first, second = phone("wangfang"), phone("wangfang")
    one, two = Device.objects.filter(user=cast.worker_user).order_by("pk")
    first.delete(f"{DEVICES}{one.pk}/")

    assert [row["id"] for row in second.get(DEVICES).json()["results"]] == [two.pk]


def test_a_revoked_phone_is_out_at_once_and_the_other_stays(cast: Cast) -> None:
    lost, kept = phone("wangfang"), phone("wangfang")
    device = Device.objects.order_by("pk")[0]

    assert kept.delete(f"{DEVICES}{device.pk}/").status_code == 204

    assert (lost.get("/api/v1/me/").status_code, kept.get("/api/v1/me/").status_code) == (401, 200)
    assert kept.delete(f"{DEVICES}{device.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["liqiang", "administrator", "stranger"])
def test_anothers_phone_does_not_exist(cast: Cast, who: str) -> None:
    phone("wangfang")
    device = Device.objects.get()

    assert phone(who).delete(f"{DEVICES}{device.pk}/").status_code == 404
    assert AuthToken.objects.filter(user=cast.worker_user).count() == 1


@pytest.mark.parametrize(("method", "path"), [("get", DEVICES), ("delete", f"{DEVICES}1/"), ("get", "/api/v1/me/")])
def test_without_a_token_nothing_is_told(db: None, method: str, path: str) -> None:
    assert getattr(APIClient(), method)(path).status_code == 401
