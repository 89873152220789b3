"""A carer's notes and photos are opened by the office only, with a reason that is kept."""

from base64 import b64encode
from uuid import uuid4

import pytest
from django.test import Client

from dispatch.visits.models import Flag
from dispatch.visits.services.on_site import keep_photo, record_departure, write_note
from people.models import RevealLog
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import at, check, login_of, make_carer, make_visit, promise
from tests.dispatch.photos import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def flag() -> Flag:
    """A visit in doubt of which the carer has told: when she set out, a note and a photo."""
    [work] = promise(make_visit(), make_carer(name="李强"))
    check(work, "in", "09:00", latitude=33.0)
    told = {"assignment": work, "device_time": at("09:30"), "actor": login_of(work.carer), "now": at("09:30")}
    record_departure(client_id=uuid4(), **told | {"device_time": at("08:40"), "now": at("08:40")})
    write_note(client_id=uuid4(), text="老人说<b>胸口闷</b>", **told)
    keep_photo(client_id=uuid4(), photo=a_photo(), **told)
    return Flag.objects.get()


def browser(role: Role) -> Client:
    client = Client()
    client.force_login(make_user("who looks", role))
    return client


def test_the_doubt_says_how_much_was_told_and_nothing_of_it(flag: Flag) -> None:
    page = browser(Role.DISPATCHER).get(f"/review/{flag.pk}/").content.decode()

    assert "记录（1）和照片（1）" in page
    assert "<dt>出发</dt>" in page
    assert "胸口闷" not in page
    assert not RevealLog.objects.exists()


def test_after_a_reason_the_words_and_the_photo_are_shown_once(flag: Flag) -> None:
    dispatcher = browser(Role.DISPATCHER)

    answer = dispatcher.post(f"/review/{flag.pk}/told/", {"reason": "核实是否到场"})

    page = answer.content.decode()
    assert "老人说&lt;b&gt;胸口闷&lt;/b&gt;" in page
    assert b64encode(flag.assignment.visitphotos.get().image).decode() in page
    assert "no-store" in answer.headers["Cache-Control"]
    log = RevealLog.objects.get()
    assert (log.person, log.field, log.reason) == (flag.assignment.visit.elder.person, "visit_notes", "核实是否到场")
    assert "胸口闷" not in dispatcher.get(f"/review/{flag.pk}/told/").content.decode()


@pytest.mark.parametrize("reason", ["", " ", "x"])
def test_without_a_reason_nothing_is_shown(reason: str, flag: Flag) -> None:
    answer = browser(Role.DISPATCHER).post(f"/review/{flag.pk}/told/", {"reason": reason})

    assert answer.status_code == 400
    assert "胸口闷" not in answer.content.decode()
    assert not RevealLog.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 403), (Role.ORGANISATION_MANAGER, 404), (Role.CARER, 404)])
def test_who_does_not_open_personal_data_sees_none(role: Role, status: int, flag: Flag) -> None:
    answer = browser(role).post(f"/review/{flag.pk}/told/", {"reason": "想看看"})

    assert answer.status_code == status
    assert "胸口闷" not in answer.content.decode()
    assert not RevealLog.objects.exists()
