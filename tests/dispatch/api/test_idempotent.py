"""The header Idempotency-Key over the interface: a phone that did not hear the answer simply asks again."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, CheckEvent, VisitNote, VisitPhoto
from people.models import KeyedRequest
from tests.dispatch.api.conftest import Phone, SetClock, error_of
from tests.dispatch.factories import NOW, ask, at, login_of, make_carer, make_elder, make_visit, promise
from tests.dispatch.photos import a_photo

pytestmark = pytest.mark.django_db

KEY = "6d0c5d2e-outbox-1"
LOGIN = ("post", "/api/v1/devices/")  # has no user yet, and its answer holds a token
EXCHANGE = ("post", "/api/v1/cti/{token}/")  # its calls have ids of their own
MENU = ("post", "/api/v1/ivr/{token}/")  # keyed by the call and its step


def send(phone: Phone, path: str, body: Any, key: str = KEY, **how: Any) -> Any:
    return phone.client.post(f"/api/v1/{path}", body, headers={"Idempotency-Key": key}, **how)


@pytest.fixture
def offer() -> Offer:
    [offer] = ask(make_visit(), make_carer())
    return offer


@pytest.fixture
def phone(offer: Offer) -> Phone:
    return Phone(login_of(offer.carer))


def test_every_write_of_the_interface_honours_a_key() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    without = {
        (method, path)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in {"post", "put", "patch", "delete"}
        and "Idempotency-Key" not in {each["name"] for each in operation.get("parameters", [])}
    }

    assert without == {LOGIN, EXCHANGE, MENU}


def test_the_same_request_gets_the_same_answer(phone: Phone, offer: Offer, set_clock: SetClock) -> None:
    first = send(phone, f"offers/{offer.pk}/decline/", {"reason": "SICK"})
    set_clock(at("12:00"))

    again = send(phone, f"offers/{offer.pk}/decline/", {"reason": "SICK"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert offer.events.filter(new="declined").count() == 1


@pytest.mark.parametrize(("reason", "path"), [("LEAVE", "decline"), ("SICK", "accept")])
def test_another_request_with_the_key_is_refused(reason: str, path: str, phone: Phone, offer: Offer) -> None:
    send(phone, f"offers/{offer.pk}/decline/", {"reason": "SICK"})

    answer = send(phone, f"offers/{offer.pk}/{path}/", {"reason": reason})

    assert error_of(answer) == (422, "client_error", "idempotency_mismatch", None)
    assert Offer.objects.get().decline_reason == "SICK"


def test_what_is_being_carried_out_is_not_begun_again(phone: Phone, offer: Offer) -> None:
    send(phone, f"offers/{offer.pk}/decline/", {"reason": "SICK"})
    KeyedRequest.objects.update(status=None, claimed_at=NOW)

    answer = send(phone, f"offers/{offer.pk}/decline/", {"reason": "SICK"})

    assert error_of(answer) == (409, "client_error", "idempotency_in_progress", None)


def test_a_refused_request_may_be_tried_again_with_its_key(phone: Phone, offer: Offer) -> None:
    body = {"client_id": str(uuid4()), "device_time": at("07:00").isoformat()}
    path = f"assignments/{offer.assignment_id}/check-in/"
    refused = send(phone, path, body)
    phone.post(f"offers/{offer.pk}/accept/")

    answer = send(phone, path, body)

    assert (refused.status_code, answer.status_code) == (409, 201)
    assert CheckEvent.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "钥匙"])
def test_a_key_that_cannot_be_is_refused(key: str, phone: Phone, offer: Offer) -> None:
    answer = send(phone, f"offers/{offer.pk}/accept/", {}, key)

    assert (answer.status_code, error_of(answer)[2]) == (400, "idempotency_key")
    assert Offer.objects.get().status == "sent"


def test_a_stranger_learns_nothing_from_a_key(phone: Phone, offer: Offer) -> None:
    send(phone, f"offers/{offer.pk}/accept/", {})
    stranger = Phone(login_of(make_carer("C2")))

    assert send(stranger, f"offers/{offer.pk}/accept/", {}).status_code == 404


def test_a_photo_is_known_by_its_content(phone: Phone) -> None:
    [work] = promise(make_visit(make_elder("E2"), start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    carer = Phone(login_of(work.carer))
    message = {"client_id": str(uuid4()), "device_time": at("07:00").isoformat()}

    def photo(width: int) -> Any:
        parts = message | {"photo": SimpleUploadedFile("photo.jpg", a_photo(width), "image/jpeg")}
        return send(carer, f"assignments/{work.pk}/photos/", parts, format="multipart")

    assert [photo(40).status_code, photo(40).status_code, photo(41).status_code] == [201, 201, 422]
    assert VisitPhoto.objects.count() == 1


def test_an_absence_taken_back_is_answered_the_same_way_twice(phone: Phone, offer: Offer) -> None:
    body = {"start": at("18:00").isoformat(), "end": at("19:00").isoformat(), "reason": "LEAVE"}
    key = phone.post("me/absences/", **body).json()["id"]

    answers = [phone.client.delete(f"/api/v1/me/absences/{key}/", headers={"Idempotency-Key": KEY}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert [answer.content for answer in answers] == [b"", b""]


def test_kept_answers_are_sealed(phone: Phone) -> None:
    [work] = promise(make_visit(make_elder("E2"), start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    body = {"client_id": str(uuid4()), "device_time": at("07:00").isoformat(), "text": "老人说胸口闷"}
    send(Phone(login_of(work.carer)), f"assignments/{work.pk}/notes/", body)

    sealed = KeyedRequest.objects.extra(select={"raw": "body"}).get().raw
    assert "胸口" in VisitNote.objects.get().text
    assert "胸口" not in sealed
    assert "\\u80f8" not in sealed


# Answers that have not changed ----------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(phone: Phone, offer: Offer) -> None:
    for path in ("me/day/", "offers/", "pool/", "assignments/", "devices/", "me/", "me/credits/", "me/certificates/"):
        first = phone.client.get(f"/api/v1/{path}")
        again = phone.client.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})

        assert first.headers["ETag"].startswith('"'), path
        assert first.headers["Cache-Control"] == "private, no-cache", path
        assert (again.status_code, again.content) == (304, b""), path


def test_what_has_changed_is_sent(phone: Phone, offer: Offer) -> None:
    mark = phone.client.get("/api/v1/offers/").headers["ETag"]
    phone.post(f"offers/{offer.pk}/accept/")

    assert phone.client.get("/api/v1/offers/", headers={"If-None-Match": mark}).status_code == 200


# Limits ---------------------------------------------------------------------------------------------------------------


def test_a_flood_of_one_user_is_stopped_and_others_go_on(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.api.limits.ReadLimit.rate", "3/min", raising=False)
    monkeypatch.setattr("people.api.limits.WriteLimit.rate", "2/min", raising=False)
    other = Phone(login_of(make_carer("C2")))

    reads = [phone.get("me/day/") for _ in range(4)]
    writes = [phone.post("offers/0/accept/") for _ in range(3)]

    assert [answer.status_code for answer in reads] == [200, 200, 200, 429]
    assert [answer.status_code for answer in writes] == [404, 404, 429]
    assert error_of(reads[-1])[:3] == (429, "client_error", "throttled")
    assert int(reads[-1].headers["Retry-After"]) > 0
    assert other.get("me/day/").status_code == 200
    assert Assignment.objects.filter(status="accepted").count() == 0
