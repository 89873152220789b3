"""The admin pages of carers and of the time bank, through real requests."""

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import Cast, make_carer, make_person
from tests.volunteers.make import BY, MONDAY, absent, at, offer
from volunteers.models import Absence, Availability, Carer, CarerEvent, Organisation
from volunteers.timebank.models import Account, Transfer
from volunteers.timebank.services import account_of, earn
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db

DESKS = {"operator", "dispatcher", "administrator", "auditor"}
MOBILE = re.compile(r"1[3-9]\d{9}")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model: type[Any], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def sheet(carer: Carer, **rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the carer's page posts when nothing but the named inlines changes."""
    data = {
        "person": carer.person_id,
        "number": carer.number,
        "kind": carer.kind,
        "organisation": carer.organisation_id or "",
        "town": carer.town_id,
        "start_place": carer.start_place_id,
        "end_place": carer.end_place_id,
        "mode": carer.mode,
        "overtime_minutes": 0,
        "lunch_minutes": 30,
        "has_smartphone": "on",
        "lunch_required": "on",
        "active_from": "2026-01-01",
    }
    for prefix in ("skills", "certificates", "availabilities", "absences", "events"):
        added = rows.get(prefix, [])
        data |= {f"{prefix}-TOTAL_FORMS": len(added), f"{prefix}-INITIAL_FORMS": 0}
        data |= {f"{prefix}-{number}-{name}": value for number, row in enumerate(added) for name, value in row.items()}
    return data


@pytest.fixture
def credited(cast: Cast) -> Transfer:
    transfer = earn(person=cast.volunteer.person, minutes=90, key="visit:1:1", cause="visit:1", **BY)
    assert transfer
    return transfer


@pytest.mark.parametrize("model", [Carer, Organisation, Account, Transfer])
def test_the_desks_open_every_list_and_nobody_else(cast: Cast, credited: Transfer, model: type[Any]):
    answers = {
        name: signed_in(user).get(url(model, "changelist")).status_code for name, user in cast.everybody().items()
    }

    assert {name for name, status in answers.items() if status == 200} == DESKS


@pytest.mark.parametrize("who", sorted(DESKS))
def test_every_page_opens_and_shows_no_number(cast: Cast, credited: Transfer, who: str):
    offer(cast.worker, 480, 720)
    absent(cast.worker, at("09:00"), at("10:00"))
    account = account_of(cast.volunteer.person, BY["now"])
    client = signed_in(cast.everybody()[who])

    for row in (cast.worker, cast.organisation, account, credited):
        for page, args in (("changelist", []), ("change", [row.pk])):
            answer = client.get(url(type(row), page, *args))
            assert answer.status_code == 200
            assert not MOBILE.search(answer.content.decode())


def test_a_list_asks_the_same_number_of_queries_for_more_rows(cast: Cast):
    client = signed_in(cast.administrator)
    client.get(url(Carer, "changelist"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url(Carer, "changelist"))
        return len(captured)

    few = queries()
    for number in range(5):
        make_carer(make_person("周杰", "M", cast.gaogou, phones=(f"1390013910{number}",)), f"N{number}")

    assert queries() == few


def test_only_an_administrator_limits_an_organisation(cast: Cast):
    given = cast.organisation
    values = {"name": given.name, "code": given.code, "kind": given.kind, "active_from": given.active_from}

    def limit(user: User, minutes: str) -> tuple[int, int | None]:
        page = signed_in(user).post(url(Organisation, "change", given.pk), values | {"daily_minutes": minutes})
        given.refresh_from_db()
        return page.status_code, given.daily_minutes

    assert limit(cast.dispatcher, "600") == (403, None)
    assert limit(cast.administrator, "600") == (302, 600)
    assert limit(cast.administrator, "0") == (200, 600)  # told beside the field
    assert limit(cast.administrator, "10000001") == (200, 600)
    assert limit(cast.administrator, "") == (302, None)


def test_an_administrator_registers_a_carer(cast: Cast):
    person = make_person("周杰", "M", cast.gaogou)
    assert person.home
    data = sheet(cast.volunteer, skills=[{"code": "MEAL"}]) | {
        "person": person.pk,
        "number": "N9",
        "start_place": person.home.pk,
        "end_place": person.home.pk,
    }

    answer = signed_in(cast.administrator).post(url(Carer, "add"), data)

    assert answer.status_code == 302, answer.context["errors"]
    carer = Carer.objects.get(number="N9")
    assert carer.person == person
    assert [skill.code for skill in carer.skills.all()] == ["MEAL"]
    assert (carer.events.get().kind, carer.events.get().actor) == ("REGISTERED", cast.administrator)


def test_a_change_of_a_carer_is_recorded(cast: Cast):
    data = sheet(cast.volunteer) | {"radius_metres": 2500}

    answer = signed_in(cast.administrator).post(url(Carer, "change", cast.volunteer.pk), data)

    assert answer.status_code == 302, answer.context["errors"]
    assert Carer.objects.get(pk=cast.volunteer.pk).radius_metres == 2500
    assert list(CarerEvent.objects.values_list("kind", "detail")) == [("CHANGED", "radius_metres")]


@pytest.mark.parametrize(
    ("second", "stored"),
    [
        ({"start_minute": "12:00", "end_minute": "24:00"}, 2),  # back-to-back, to midnight
        ({"start_minute": "11:59", "end_minute": "13:00"}, 0),  # overlaps: neither is stored
        ({"start_minute": "13:00", "end_minute": "12:00"}, 0),  # backwards
        ({"start_minute": "noon", "end_minute": "13:00"}, 0),
        ({"start_minute": "12:00", "end_minute": "24:01"}, 0),
    ],
)
def test_times_are_entered_as_a_clock_shows_them(cast: Cast, second, stored):
    monday = {"weekday": 0, "valid_from": "2026-01-01"}
    rows = [monday | {"start_minute": "8:00", "end_minute": "12:00"}, monday | second]

    answer = signed_in(cast.administrator).post(
        url(Carer, "change", cast.volunteer.pk), sheet(cast.volunteer, availabilities=rows)
    )

    assert answer.status_code == (302 if stored else 200)
    assert [(row.start_minute, row.end_minute) for row in Availability.objects.order_by("start_minute")] == [
        (480, 720),
        (720, 1440),
    ][:stored]


def test_a_time_for_one_day_needs_no_other_date(cast: Cast):
    rows = [{"weekday": "", "day": "2026-03-02", "start_minute": "08:00", "end_minute": "09:00"}]

    answer = signed_in(cast.administrator).post(
        url(Carer, "change", cast.volunteer.pk), sheet(cast.volunteer, availabilities=rows)
    )

    assert answer.status_code == 302, answer.context["errors"]
    row = Availability.objects.get()
    assert (row.day, row.valid_from, row.valid_to) == (MONDAY, MONDAY, MONDAY)


@pytest.mark.parametrize(("begin", "stored"), [("10:00", 2), ("09:59", 0)])
def test_absences_that_overlap_are_refused_beside_the_form(cast: Cast, begin, stored):
    rows = [
        {"start_0": "2026-03-02", "start_1": start, "end_0": "2026-03-02", "end_1": end, "reason": "SICK"}
        for start, end in (("09:00", "10:00"), (begin, "11:00"))
    ]

    answer = signed_in(cast.administrator).post(
        url(Carer, "change", cast.volunteer.pk), sheet(cast.volunteer, absences=rows)
    )

    assert answer.status_code == (302 if stored else 200)
    assert Absence.objects.count() == stored


def test_an_administrator_blacklists_with_a_reason(cast: Cast):
    address = reverse("admin:volunteers_carer_blacklist", args=[cast.worker.pk])
    client = signed_in(cast.administrator)

    client.post(address, {"_form_submitted": "on", "from_day": "2026-03-02", "reason": ""})
    assert Carer.objects.get(pk=cast.worker.pk).blocked_from is None

    answer = client.post(address, {"_form_submitted": "on", "from_day": "2026-03-02", "reason": "theft"})

    assert answer.status_code == 302
    assert Carer.objects.get(pk=cast.worker.pk).blocked_from == date(2026, 3, 2)
    assert CarerEvent.objects.get().detail == "2026-03-02: theft"


def test_an_administrator_reverses_a_transfer_once(cast: Cast, credited: Transfer):
    address = reverse("admin:timebank_transfer_reverse", args=[credited.pk])
    client = signed_in(cast.administrator)

    for _ in range(2):
        client.post(address, {"_form_submitted": "on", "reason": "typed twice"}, headers={"HX-Request": "true"})

    reversal = Transfer.objects.get(kind="REVERSAL")
    assert (reversal.reversal_of, reversal.created_by) == (credited, cast.administrator)
    assert verify_ledger() == []


@pytest.mark.parametrize("who", sorted(DESKS - {"administrator"}))
def test_nobody_else_reverses_or_blacklists(cast: Cast, credited: Transfer, who: str):
    client = signed_in(cast.everybody()[who])

    reverse_it = client.post(
        reverse("admin:timebank_transfer_reverse", args=[credited.pk]), {"_form_submitted": "on", "reason": "x"}
    )
    block = client.post(
        reverse("admin:volunteers_carer_blacklist", args=[cast.worker.pk]),
        {"_form_submitted": "on", "from_day": "2026-03-02", "reason": "x"},
    )

    assert (reverse_it.status_code, block.status_code) == (403, 403)
    assert Transfer.objects.count() == 1
    assert Carer.objects.get(pk=cast.worker.pk).blocked_from is None


@pytest.mark.parametrize("page", ["add", "delete"])
def test_the_ledger_cannot_be_written_by_hand(cast: Cast, credited: Transfer, page: str):
    args = [credited.pk] if page == "delete" else []

    assert signed_in(cast.administrator).get(url(Transfer, page, *args)).status_code == 403
