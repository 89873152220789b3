"""On the way, notes and photos over the interface, and what the day shows of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dispatch.visits.models import Assignment, Departure, VisitNote, VisitPhoto
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.api.conftest import Phone, SetClock, error_of
from tests.dispatch.factories import at, login_of, make_carer, make_visit, promise
from tests.dispatch.photos import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Assignment:
    [work] = promise(make_visit(), make_carer())
    return work


@pytest.fixture
def phone(work: Assignment) -> Phone:
    return Phone(login_of(work.carer))


def message(clock: str = "07:00", **more: Any) -> dict[str, Any]:
    moment = at(clock).isoformat()
    return {"client_id": str(uuid4()), "device_time": moment, "sent_at": moment} | more


def send_photo(phone: Phone, work: Assignment, content: bytes, **more: Any) -> Any:
    parts = message() | {"photo": SimpleUploadedFile("photo.jpg", content, "image/jpeg")} | more
    return phone.client.post(f"/api/v1/assignments/{work.pk}/photos/", parts, format="multipart")


def test_the_day_shows_what_was_told(phone: Phone, work: Assignment, set_clock: SetClock) -> None:
    [before] = phone.get("me/day/").json()
    phone.post(f"assignments/{work.pk}/notes/", **message(text="粥吃完了"))
    send_photo(phone, work, a_photo())
    set_clock(at("08:40"))
    phone.post(f"assignments/{work.pk}/en-route/", **message("08:40"))
    phone.post(f"assignments/{work.pk}/en-route/", **message("08:35", sent_at=at("08:40").isoformat()))

    [day] = phone.get("me/day/").json()

    assert [before[name] for name in ("departed_at", "notes_count", "photos_count")] == [None, 0, 0]
    assert [day["notes_count"], day["photos_count"], day["status"]] == [1, 1, "accepted"]
    assert day["departed_at"] == "2026-09-14T08:35:00+08:00"


def test_a_departure_is_answered_with_how_the_work_stands(phone: Phone, work: Assignment) -> None:
    body = message()

    first, again = (phone.post(f"assignments/{work.pk}/en-route/", **body) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["client_id"] == body["client_id"]
    assert (first.json()["assignment_status"], first.json()["visit_status"]) == ("accepted", "reserved")
    assert Departure.objects.count() == 1


def test_notes_are_read_until_a_day_after(phone: Phone, work: Assignment, set_clock: SetClock) -> None:
    phone.post(f"assignments/{work.pk}/notes/", **message(text="粥吃完了"))

    assert [row["text"] for row in phone.get(f"assignments/{work.pk}/notes/").json()] == ["粥吃完了"]
    set_clock(work.planned_end + timedelta(hours=24, seconds=1))
    assert phone.get(f"assignments/{work.pk}/notes/").json() == []


def test_an_auditor_reads_notes_and_writes_none(work: Assignment) -> None:
    auditor = Phone(make_user("auditor", Role.AUDITOR))

    assert auditor.get(f"assignments/{work.pk}/notes/").status_code == 200
    assert auditor.post(f"assignments/{work.pk}/notes/", **message(text="x")).status_code == 403
    assert not VisitNote.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "字" * 1_001}, "text"),
        ({"client_id": "1"}, "client_id"),
        ({"device_time": "yesterday"}, "device_time"),
        ({"sent_at": "0001-01-01T00:00:00Z"}, "sent_at"),
    ],
)
def test_a_malformed_note_names_its_field(phone: Phone, work: Assignment, changes: dict[str, str], field: str) -> None:
    answer = phone.post(f"assignments/{work.pk}/notes/", **(message(text="粥吃完了") | changes))

    assert (answer.status_code, error_of(answer)[3]) == (400, field)
    assert not VisitNote.objects.exists()


def test_a_photo_is_answered_with_its_size(phone: Phone, work: Assignment) -> None:
    answer = send_photo(phone, work, a_photo(3_200, 2_400))

    assert answer.status_code == 201, answer.content
    assert (answer.json()["width"], answer.json()["height"]) == (1_600, 1_200)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", a_photo(300, 200)[:300]])
def test_what_is_no_photo_names_its_field(content: bytes, phone: Phone, work: Assignment) -> None:
    answer = send_photo(phone, work, content)

    assert (answer.status_code, error_of(answer)[3]) == (400, "photo")
    assert not VisitPhoto.objects.exists()


def test_a_photo_that_is_no_file_is_refused(phone: Phone, work: Assignment) -> None:
    answer = phone.client.post(f"/api/v1/assignments/{work.pk}/photos/", message(photo="x"), format="multipart")

    assert (answer.status_code, error_of(answer)[3]) == (400, "photo")


def test_a_photo_as_json_is_refused(phone: Phone, work: Assignment) -> None:
    assert phone.post(f"assignments/{work.pk}/photos/", **message()).status_code == 415
