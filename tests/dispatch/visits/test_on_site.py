"""Departures, notes and photos: each stored once, whenever and however often it comes; photos without their secrets."""

import struct
import zlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from PIL import Image

from dispatch.visits.models import Assignment, Departure, VisitNote, VisitPhoto
from dispatch.visits.services.on_site import MOST_PHOTOS, keep_photo, record_departure, write_note
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, ask, at, login_of, make_carer, make_visit, promise
from tests.dispatch.photos import a_photo

pytestmark = pytest.mark.django_db

KEY = UUID("0b5ff0e6-6c7c-4b52-9a0f-5b7b3f1c2d10")


@pytest.fixture
def work() -> Assignment:
    [work] = promise(make_visit(), make_carer())
    return work


def times(clock: str = "08:30") -> dict[str, Any]:
    return {"client_id": KEY, "device_time": at(clock), "sent_at": at(clock), "now": at(clock)}


def depart(work: Assignment, **changes: Any) -> Departure:
    return record_departure(**({"assignment": work, "actor": login_of(work.carer)} | times() | changes))


def note(work: Assignment, **changes: Any) -> VisitNote:
    return write_note(**({"assignment": work, "text": "粥吃完了", "actor": login_of(work.carer)} | times() | changes))


def photo(work: Assignment, **changes: Any) -> VisitPhoto:
    return keep_photo(**({"assignment": work, "photo": a_photo(), "actor": login_of(work.carer)} | times() | changes))


KINDS: list[Any] = [depart, note, photo]
KINDS_AND_ROWS = [(depart, Departure), (note, VisitNote), (photo, VisitPhoto)]


@pytest.mark.parametrize("send", KINDS)
def test_a_message_is_stored_as_it_was_sent(send: Callable[..., Any], work: Assignment) -> None:
    stored = send(work, sent_at=at("08:31"), now=at("08:31"))

    fresh = type(stored).objects.get()
    assert (fresh.assignment, fresh.client_id, fresh.actor) == (work, KEY, login_of(work.carer))
    assert (fresh.device_time, fresh.sent_at, fresh.server_time, fresh.told_at) == (
        at("08:30"),
        at("08:31"),
        at("08:31"),
        at("08:30"),
    )
    assert stored.is_repeat is False
    assert Assignment.objects.get().status == "accepted"


@pytest.mark.parametrize("send", KINDS)
def test_a_repeat_gets_the_stored_message(send: Callable[..., Any], work: Assignment) -> None:
    first = send(work)

    again = send(work, now=NOW + timedelta(days=3), device_time=at("12:00"))

    assert (again.pk, again.is_repeat, again.device_time) == (first.pk, True, at("08:30"))
    assert type(first).objects.count() == 1


@pytest.mark.parametrize("send", KINDS)
def test_a_message_of_a_wrong_clock_three_days_late_counts_when_it_was_true(
    send: Callable[..., Any], work: Assignment
) -> None:
    ahead = timedelta(days=1)

    stored = send(
        work, device_time=at("08:30") + ahead, sent_at=at("09:00") + 3 * ahead + ahead, now=at("09:00") + 3 * ahead
    )

    assert stored.told_at == at("08:30")


@pytest.mark.parametrize("send", KINDS)
def test_an_id_cannot_be_used_for_other_work(send: Callable[..., Any], work: Assignment) -> None:
    [other] = promise(make_visit(start="14:00", end="16:00"), work.carer, start="14:00")
    stored = send(work)

    with pytest.raises(Conflict) as refusal:
        send(other)

    assert refusal.value.code == "event_id_reused"
    assert list(type(stored).objects.all()) == [stored]


@pytest.mark.parametrize(("send", "model"), KINDS_AND_ROWS)
def test_work_that_was_not_accepted_takes_no_message(send: Callable[..., Any], model: Any) -> None:
    [offer] = ask(make_visit(), make_carer())

    with pytest.raises(WrongState) as refusal:
        send(offer.assignment)

    assert refusal.value.code == "not_accepted"
    assert not model.objects.exists()


@pytest.mark.parametrize(("send", "model"), KINDS_AND_ROWS)
def test_nobody_speaks_for_a_stranger(send: Callable[..., Any], model: Any, work: Assignment) -> None:
    with pytest.raises(NotAllowed):
        send(work, actor=login_of(make_carer("C2")))

    assert not model.objects.exists()


@pytest.mark.parametrize("send", KINDS)
def test_the_database_changes_and_deletes_no_message(send: Callable[..., Any], work: Assignment) -> None:
    stored = send(work)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(stored).objects.update(server_time=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(stored).objects.all()._raw_delete("default")


@pytest.mark.parametrize("text", ["", "  \n", "字" * 1_001])
def test_an_empty_or_endless_note_is_refused(text: str, work: Assignment) -> None:
    with pytest.raises(Invalid):
        note(work, text=text)

    assert not VisitNote.objects.exists()


def test_a_note_lies_sealed_in_the_database(work: Assignment) -> None:
    note(work, text="老人说胸口闷")

    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM visits_visitnote")
        [[stored]] = cursor.fetchall()
    assert "胸口" not in stored
    assert VisitNote.objects.get().text == "老人说胸口闷"


# Photos ---------------------------------------------------------------------------------------------------------------


def opened(stored: VisitPhoto) -> Any:
    return Image.open(BytesIO(VisitPhoto.objects.get(pk=stored.pk).image))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_a_jpeg(kind: str, work: Assignment) -> None:
    stored = photo(work, photo=a_photo(kind=kind))

    assert (opened(stored).format, opened(stored).size) == ("JPEG", (40, 30))
    assert (stored.width, stored.height) == (40, 30)


def test_a_large_photo_is_made_smaller(work: Assignment) -> None:
    stored = photo(work, photo=a_photo(4_000, 3_000))

    assert (stored.width, stored.height) == opened(stored).size == (1_600, 1_200)


def test_position_model_and_direction_do_not_come_along(work: Assignment) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Redmi 9A"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[2] = (33.0, 46.0, 0.0)  # latitude

    stored = photo(work, photo=a_photo(40, 30, exif=exif))

    assert dict(opened(stored).getexif()) == {}
    assert "exif" not in opened(stored).info
    assert b"Redmi" not in stored.image
    assert (stored.width, stored.height) == (30, 40)


def test_a_photo_lies_sealed_in_the_database(work: Assignment) -> None:
    photo(work)

    with connection.cursor() as cursor:
        cursor.execute("SELECT image FROM visits_visitphoto")
        [[sealed]] = cursor.fetchall()
    assert not bytes(sealed).startswith(b"\xff\xd8")


def test_six_photos_are_enough(work: Assignment) -> None:
    for _ in range(MOST_PHOTOS):
        photo(work, client_id=uuid4())

    with pytest.raises(Conflict) as refusal:
        photo(work, client_id=uuid4())

    assert refusal.value.code == "enough_photos"
    assert VisitPhoto.objects.count() == MOST_PHOTOS == 6


def png_that_claims(width: int, height: int) -> bytes:
    """A small file whose header promises many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


HOSTILE = {
    "empty": b"",
    "text": b"not a photo",
    "drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "cut off": a_photo(400, 300)[:-200],
    "bomb": png_that_claims(30_000, 30_000),
    "bigger than the library allows": png_that_claims(100_000, 100_000),
    "animation of another kind": a_photo(kind="GIF"),
    "too heavy": a_photo() + b"\0" * 8 * 1024 * 1024,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused(name: str, work: Assignment) -> None:
    with pytest.raises(Invalid) as refusal:
        photo(work, photo=HOSTILE[name])

    assert (refusal.value.code, list(refusal.value.fields)) == ("photo", ["photo"])
    assert not VisitPhoto.objects.exists()


def test_what_hangs_on_behind_a_photo_does_not_come_along(work: Assignment) -> None:
    stored = photo(work, photo=a_photo() + b"<script>alert(1)</script>")

    assert b"script" not in stored.image


def test_the_own_manager_writes_for_a_carer() -> None:
    carer = make_carer(kind="WORKER")
    manager = make_user("manager", Role.ORGANISATION_MANAGER)
    assert carer.organisation
    carer.organisation.managers.add(manager)
    [work] = promise(make_visit(), carer)

    assert note(work, actor=manager).actor == manager
