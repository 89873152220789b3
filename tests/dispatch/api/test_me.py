"""What is the carer's own over the interface: absences, offered time, certificates, the month's statement."""

from datetime import date
from typing import Any

import pytest

from dispatch.visits.models import Assignment
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.api.conftest import Phone, SetClock, error_of
from tests.dispatch.factories import at, login_of, make_carer, make_elder, make_visit, promise, serve
from volunteers.models import Absence, Availability, Carer, CarerEvent, Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer() -> Carer:
    return make_carer(certificates=("CARE",))


@pytest.fixture
def phone(carer: Carer) -> Phone:
    return Phone(login_of(carer))


def refused(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, error_of(answer)[3]


# Absences -------------------------------------------------------------------------------------------------------------


def away(start: str, end: str, reason: str = "SICK") -> dict[str, str]:
    return {"start": at(start).isoformat(), "end": at(end).isoformat(), "reason": reason}


def test_an_absence_tells_which_work_is_given_back(carer: Carer, phone: Phone) -> None:
    [work] = promise(make_visit(), carer)

    answer = phone.post("me/absences/", **away("08:00", "12:00"))

    assert answer.status_code == 201, answer.content
    assert (answer.json()["released"], answer.json()["reason"]) == ([work.pk], "SICK")
    assert Assignment.objects.get().status == "released"
    [row] = phone.get("me/absences/").json()
    assert row == {key: value for key, value in answer.json().items() if key != "released"}


def test_an_absence_that_has_not_begun_can_be_taken_back(phone: Phone) -> None:
    key = phone.post("me/absences/", **away("08:00", "12:00")).json()["id"]

    assert phone.client.delete(f"/api/v1/me/absences/{key}/").status_code == 204
    assert phone.get("me/absences/").json() == []
    assert not Absence.objects.exists()
    assert list(CarerEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["ABSENT", "RETURNED"]


def test_who_is_back_early_ends_the_absence_now(phone: Phone, set_clock: SetClock) -> None:
    key = phone.post("me/absences/", **away("08:00", "12:00")).json()["id"]
    set_clock(at("09:30"))

    assert phone.client.delete(f"/api/v1/me/absences/{key}/").status_code == 204
    assert (Absence.objects.get().start, Absence.objects.get().end) == (at("08:00"), at("09:30"))
    assert phone.client.delete(f"/api/v1/me/absences/{key}/").status_code == 409


def test_another_carers_absence_does_not_exist(phone: Phone) -> None:
    theirs = Absence.objects.create(carer=make_carer("C2"), start=at("08:00"), end=at("12:00"), reason="LEAVE")

    assert phone.client.delete(f"/api/v1/me/absences/{theirs.pk}/").status_code == 404
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (away("08:00", "12:00", "BORED"), "reason"),
        (away("08:00", "12:00") | {"start": "morgen"}, "start"),
        (away("08:00", "12:00") | {"end": "0001-01-01T00:00:00Z"}, "end"),
    ],
)
def test_a_malformed_absence_names_its_field(body: dict[str, str], field: str, phone: Phone) -> None:
    assert refused(phone.post("me/absences/", **body)) == (400, field)
    assert not Absence.objects.exists()


def test_an_absence_that_ends_before_it_begins_is_refused(phone: Phone) -> None:
    assert phone.post("me/absences/", **away("12:00", "08:00")).status_code == 400
    assert not Absence.objects.exists()


# Offered time ---------------------------------------------------------------------------------------------------------


def test_a_weekly_time_is_offered_and_taken_back(phone: Phone, set_clock: SetClock) -> None:
    answer = phone.post("me/availability/", weekday=0, start="08:30", end="24:00")

    assert answer.status_code == 201, answer.content
    row = Availability.objects.get()
    assert (row.weekday, row.start_minute, row.end_minute, row.valid_from) == (0, 510, 1440, date(2026, 9, 14))
    assert phone.get("me/availability/").json() == [answer.json()]
    assert (answer.json()["start"], answer.json()["end"]) == ("08:30", "24:00")

    set_clock(at("08:00", date(2026, 9, 21)))
    assert phone.client.delete(f"/api/v1/me/availability/{row.pk}/").status_code == 204
    assert Availability.objects.get().valid_to == date(2026, 9, 20)
    assert phone.get("me/availability/").json() == []
    assert phone.client.delete(f"/api/v1/me/availability/{row.pk}/").status_code == 409
    assert list(CarerEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["OFFERED_TIME", "TOOK_BACK"]


def test_a_time_that_has_not_begun_is_gone(phone: Phone) -> None:
    key = phone.post("me/availability/", day="2026-09-20", start="08:00", end="12:00").json()["id"]

    assert phone.client.delete(f"/api/v1/me/availability/{key}/").status_code == 204
    assert not Availability.objects.exists()


def test_a_time_is_not_offered_twice(phone: Phone) -> None:
    phone.post("me/availability/", weekday=0, start="08:00", end="12:00")

    assert phone.post("me/availability/", weekday=0, start="11:00", end="13:00").status_code == 409
    assert Availability.objects.count() == 1


def test_another_carers_time_does_not_exist(phone: Phone) -> None:
    theirs = Availability.objects.create(
        carer=make_carer("C2"), weekday=0, start_minute=480, end_minute=720, valid_from=date(2026, 1, 1)
    )

    assert phone.client.delete(f"/api/v1/me/availability/{theirs.pk}/").status_code == 404
    assert Availability.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"weekday": 7, "start": "08:00", "end": "12:00"}, "weekday"),
        ({"weekday": 0, "start": "8:00", "end": "12:00"}, "start"),
        ({"weekday": 0, "start": "08:00", "end": "24:01"}, "end"),
        ({"day": "2026-02-30", "start": "08:00", "end": "12:00"}, "day"),
        ({"start": "08:00", "end": "12:00"}, None),
        ({"weekday": 0, "start": "12:00", "end": "08:00"}, None),
    ],
)
def test_a_malformed_time_is_refused(body: dict[str, Any], field: str | None, phone: Phone) -> None:
    answer = phone.post("me/availability/", **body)

    assert answer.status_code == 400
    assert field is None or error_of(answer)[3] == field
    assert not Availability.objects.exists()


# Certificates and the statement ---------------------------------------------------------------------------------------


def test_certificates_say_how_long_they_last_and_hide_their_number(carer: Carer, phone: Phone) -> None:
    Certificate.objects.update(number="HL2024000123456", issuer="县人社局")

    [row] = phone.get("me/certificates/").json()

    assert (row["code"], row["name"], row["number_tail"], row["issuer"]) == ("CARE", "养老护理员证", "3456", "县人社局")
    assert (row["standing"], row["days_left"], row["revoked_on"]) == ("有效，剩余 108 天", 108, None)


def test_a_months_statement_adds_up(carer: Carer, phone: Phone, set_clock: SetClock) -> None:
    for number, start in enumerate(("09:00", "14:00")):
        [work] = promise(make_visit(make_elder(f"E{number}"), start=start, end="18:00"), carer, start=start)
        serve(work, start, {"09:00": "10:00", "14:00": "15:10"}[start])

    september = phone.get("me/statement/", month="2026-09").json()
    october = phone.get("me/statement/", month="2026-10").json()

    assert (september["month"], september["opening_minutes"], september["closing_minutes"]) == ("2026-09", 0, 130)
    assert [(line["kind"], line["minutes"], line["balance_after"]) for line in september["lines"]] == [
        ("EARN", 60, 60),
        ("EARN", 70, 130),
    ]
    assert september["lines"][0]["visit"] == {"service_name": "CLEAN", "service_date": "2026-09-14"}
    assert (october["opening_minutes"], october["closing_minutes"], october["lines"]) == (130, 130, [])
    assert phone.get("me/statement/").json() == september


@pytest.mark.parametrize("month", ["2026-13", "2026-9", "x", "0000-01"])
def test_a_month_that_is_none_is_refused(month: str, phone: Phone) -> None:
    assert refused(phone.get("me/statement/", month=month)) == (400, "month")


@pytest.mark.parametrize("path", ["me/absences/", "me/availability/", "me/certificates/", "me/statement/"])
def test_only_carers_have_these(path: str) -> None:
    assert Phone(make_user("disp", Role.DISPATCHER)).get(path).status_code == 403
    assert Phone(make_user("no record", Role.CARER)).get(path).status_code in (200, 404)
