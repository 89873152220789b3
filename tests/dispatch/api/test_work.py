"""A carer's day over the interface: the offer, the door, the checks, the credit."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, CheckEvent
from orders.models import ElderAlert
from people.roles import Role
from people.services import log_in_device, revoke_device
from tests.cast import make_user
from tests.dispatch.api.conftest import Phone, error_of
from tests.dispatch.factories import (
    NOW,
    ask,
    ask_pool,
    at,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_manager,
    make_organisation,
    make_visit,
    promise,
    serve,
)
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def body_of(assignment: Assignment, clock: str, **changes):
    place = assignment.visit.place
    return {
        "client_id": str(uuid4()),
        "device_time": at(clock).isoformat(),
        "latitude": place.latitude,
        "longitude": place.longitude,
        "accuracy_metres": 12,
        "device": "phone-a",
    } | changes


def test_a_whole_day_from_offer_to_credit(set_clock):
    [offer] = ask(make_visit(), carer := make_carer())
    phone = Phone(login_of(carer))

    [listed] = phone.get("offers/", status="sent").json()["results"]
    assert (listed["id"], listed["service_name"], listed["village"]) == (offer.pk, "CLEAN", "扬口村")
    accepted = phone.post(f"offers/{offer.pk}/accept/")
    assert (accepted.status_code, accepted.json()["status"], accepted.json()["visit_status"]) == (
        200,
        "accepted",
        "reserved",
    )
    key = accepted.json()["id"]
    set_clock(at("09:01"))
    entered = phone.post(f"assignments/{key}/check-in/", **body_of(offer.assignment, "09:01"))
    assert (entered.status_code, entered.json()["assignment_status"]) == (201, "checked_in")
    set_clock(at("10:02"))
    left = phone.post(f"assignments/{key}/check-out/", **body_of(offer.assignment, "10:02"))
    assert (left.status_code, left.json()["visit_status"]) == (201, "verified")

    credits = phone.get("me/credits/").json()
    assert credits["balance_minutes"] == 61
    assert credits["lines"] == [
        {
            "posted_at": at("10:02").isoformat(),
            "kind": "EARN",
            "cause": f"visit:{offer.visit_id}",
            "minutes": 61,
            "balance_after": 61,
        }
    ]


def test_a_repeated_check_answers_200_with_the_stored_row(set_clock):
    [assignment] = promise(make_visit(), make_carer())
    phone = Phone(login_of(assignment.carer))
    set_clock(at("09:00"))
    body = body_of(assignment, "09:00")

    first = phone.post(f"assignments/{assignment.pk}/check-in/", **body)
    set_clock(at("09:05"))
    again = phone.post(f"assignments/{assignment.pk}/check-in/", **body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert CheckEvent.objects.count() == 1


BAD_CHECKS = [
    # What is wrong, the field that is named, the code.
    ({"client_id": None}, "client_id", "null"),
    ({"client_id": "17"}, "client_id", "invalid"),
    ({"device_time": "nine o'clock"}, "device_time", "invalid"),
    ({"latitude": 91}, "latitude", "max_value"),
    ({"longitude": -181}, "longitude", "min_value"),
    ({"longitude": None}, "longitude", "invalid"),
    ({"latitude": "north"}, "latitude", "invalid"),
    ({"accuracy_metres": -1}, "accuracy_metres", "min_value"),
    ({"source": "ORACLE"}, "source", "invalid_choice"),
    ({"device": "x" * 65}, "device", "max_length"),
]


@pytest.mark.parametrize(("changes", "field", "code"), BAD_CHECKS)
def test_a_malformed_check_names_its_field_and_stores_nothing(changes, field, code):
    [assignment] = promise(make_visit(), make_carer())
    body = body_of(assignment, "09:00", **changes)

    response = Phone(login_of(assignment.carer)).client.post(
        f"/api/v1/assignments/{assignment.pk}/check-in/", body, format="json"
    )

    assert error_of(response) == (400, "validation_error", code, field)
    assert not CheckEvent.objects.exists()


def test_the_losers_of_the_pool_get_409_with_who_and_when():
    visit = make_visit()
    one, two = make_carer("C1", name="王芳"), make_carer("C2")
    first, second = ask_pool(visit, one, two)

    won = Phone(login_of(one)).post(f"pool/{first.pk}/accept/")
    lost = Phone(login_of(two)).post(f"pool/{second.pk}/accept/")

    assert won.status_code == 200
    assert error_of(lost) == (409, "client_error", "taken", None)
    detail = lost.json()["errors"][0]["detail"]
    assert "王**" in detail
    assert "07:00:00" in detail


def test_a_manager_who_is_a_carer_too_finds_own_offers_and_those_to_the_own_carers():
    own, other = make_carer("C1", kind="WORKER"), make_carer("C2", kind="WORKER")
    login_of(own).groups.add(Group.objects.get(name=Role.ORGANISATION_MANAGER))
    own.organisation.managers.add(login_of(own))
    mine, theirs = [ask(make_visit(make_elder(each.number)), each)[0] for each in (own, other)]
    pool = {
        each: ask_pool(make_visit(make_elder(f"P{each.number}"), start="14:00", end="16:00"), each, start="14:00")[0]
        for each in (own, other)
    }
    phone = Phone(login_of(own))

    def keys(path: str) -> set[int]:
        rows = phone.get(path).json()
        return {row["id"] for row in (rows if isinstance(rows, list) else rows["results"])}

    assert keys("offers/?kind=DIRECT") == {mine.pk, theirs.pk}
    assert keys("offers/?kind=DIRECT&mine=true") == {mine.pk}
    assert keys("offers/?kind=DIRECT&mine=false") == {theirs.pk}
    assert keys("pool/") == {pool[own].pk, pool[other].pk}
    assert keys("pool/?mine=true") == {pool[own].pk}
    assert phone.get("pool/?mine=perhaps").status_code == 200  # as every filter: what is no yes or no narrows nothing


def test_a_direct_offer_says_how_far_it_is_and_what_it_earns():
    visit, carer = make_visit(), make_carer(kilometres_north=2.0)
    ask(visit, carer)

    [offer] = Phone(login_of(carer)).get("offers/").json()["results"]

    assert (offer["visit"], offer["distance_metres"], offer["credit_minutes"]) == (visit.pk, 2000, 60)


def test_the_pool_is_nearest_first_and_tells_the_credit():
    carer = make_carer()
    far = make_visit(make_elder("E1", kilometres_north=3), item=make_item(credit_rate="1.50"))
    near = make_visit(make_elder("E2", kilometres_north=1), start="14:00", end="16:00")
    ask_pool(far, carer)
    ask_pool(near, carer, start="14:00")

    pool = Phone(login_of(carer)).get("pool/").json()

    assert [(job["visit"], job["distance_metres"], job["credit_minutes"]) for job in pool] == [
        (near.pk, 1000, 90),
        (far.pk, 3000, 90),
    ]


def test_a_job_that_is_taken_leaves_the_pool():
    first, second = ask_pool(make_visit(), make_carer("C1"), make_carer("C2"))
    Phone(login_of(first.carer)).post(f"pool/{first.pk}/accept/")

    assert Phone(login_of(second.carer)).get("pool/").json() == []


def test_declining_over_the_interface():
    [offer] = ask(make_visit(), carer := make_carer())
    phone = Phone(login_of(carer))

    missing = phone.post(f"offers/{offer.pk}/decline/")
    unexplained = phone.post(f"offers/{offer.pk}/decline/", reason="OTHER")
    declined = phone.post(f"offers/{offer.pk}/decline/", reason="TOO_FAR")
    late = phone.post(f"offers/{offer.pk}/accept/")

    assert error_of(missing) == (400, "validation_error", "required", "reason")
    assert error_of(unexplained) == (400, "validation_error", "invalid", "note")
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert error_of(late) == (409, "client_error", "wrong_state", None)


def test_giving_work_back_over_the_interface():
    [assignment] = promise(make_visit(), make_carer())

    response = Phone(login_of(assignment.carer)).post(f"assignments/{assignment.pk}/release/", reason="孩子发烧")

    assert (response.status_code, response.json()["status"], response.json()["visit_status"]) == (
        200,
        "released",
        "open",
    )


# What is seen, and when ---------------------------------------------------------------------------------------------


def test_the_address_is_seen_from_acceptance_until_a_day_after(set_clock):
    elder = make_elder()
    ElderAlert.objects.create(elder=elder, kind="DOG", note="黑狗")
    [offer] = ask(make_visit(elder), carer := make_carer())
    phone = Phone(login_of(carer))

    [before] = phone.get("me/day/").json()
    assert (before["elder_name"], before["address"], before["latitude"], before["alerts"]) == ("张**", "", None, [])
    phone.post(f"offers/{offer.pk}/accept/")
    [after] = phone.get("me/day/").json()
    assert (after["elder_name"], after["address"]) == ("张桂兰", "三组12号")
    assert after["latitude"] == 33.78
    assert len(after["alerts"]) == 1
    assert "黑狗" in after["alerts"][0]

    set_clock(at("10:00") + timedelta(hours=24))
    [last] = phone.get("me/day/", date="2026-09-14").json()
    assert last["address"] == "三组12号"
    set_clock(at("10:00") + timedelta(hours=24, seconds=1))
    [closed] = phone.get("me/day/", date="2026-09-14").json()
    assert (closed["elder_name"], closed["address"], closed["alerts"]) == ("张**", "", [])


def test_the_day_of_sight_runs_from_when_the_carer_really_left(set_clock):
    [assignment] = promise(make_visit(), carer := make_carer())
    serve(assignment, "09:00", "10:20")
    phone = Phone(login_of(carer))

    set_clock(at("10:20") + timedelta(hours=24))
    assert phone.get("me/day/", date="2026-09-14").json()[0]["address"] == "三组12号"
    set_clock(at("10:20") + timedelta(hours=24, seconds=1))
    assert phone.get("me/day/", date="2026-09-14").json()[0]["address"] == ""


def test_who_gave_work_back_sees_no_name_any_more():
    [assignment] = promise(make_visit(), carer := make_carer())
    phone = Phone(login_of(carer))
    assert phone.get("assignments/").json()["results"][0]["elder_name"] == "张桂兰"

    phone.post(f"assignments/{assignment.pk}/release/", reason="家里有事")

    assert phone.get("assignments/").json()["results"][0]["elder_name"] == "张**"
    assert phone.get("me/day/").json() == []


def test_a_revoked_phone_checks_nothing_and_the_new_one_goes_on(set_clock):
    [assignment] = promise(make_visit(), carer := make_carer())
    user = login_of(carer)
    lost, token = log_in_device(user=user, name="旧手机", now=NOW)
    _new, other = log_in_device(user=user, name="新手机", now=NOW)
    revoke_device(device=lost, actor=user, now=NOW)
    set_clock(at("09:00"))
    path = f"/api/v1/assignments/{assignment.pk}/check-in/"

    def send(key: str) -> int:
        headers = {"HTTP_AUTHORIZATION": f"Token {key}"}
        return Phone(None).client.post(path, body_of(assignment, "09:00"), **headers).status_code

    assert (send(token), CheckEvent.objects.count()) == (401, 0)
    assert (send(other), CheckEvent.objects.count()) == (201, 1)


def test_the_day_ends_at_midnight_of_the_county(set_clock):
    carer, elder = make_carer(), make_elder()
    promise(make_visit(elder, start="22:00", end="23:30"), carer, start="22:30")
    phone = Phone(login_of(carer))

    set_clock(at("23:59"))
    assert len(phone.get("me/day/").json()) == 1
    set_clock(at("23:59") + timedelta(minutes=1))
    assert phone.get("me/day/").json() == []


def test_a_date_that_is_none_is_refused():
    response = Phone(login_of(make_carer())).get("me/day/", date="2026-02-30")

    assert error_of(response) == (400, "validation_error", "invalid", "date")


def test_a_manager_sees_and_answers_for_own_carers_only():
    elder = make_elder()
    [own] = ask(make_visit(elder), make_carer("C1", kind=Carer.Kind.WORKER))
    [foreign] = ask(make_visit(elder, start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    phone = Phone(make_manager(make_organisation()))

    assert [offer["id"] for offer in phone.get("offers/").json()["results"]] == [own.pk]
    assert [row["id"] for row in phone.get("assignments/").json()["results"]] == [own.assignment_id]
    silent = phone.post(f"offers/{own.pk}/accept/")
    accepted = phone.post(f"offers/{own.pk}/accept/", on_behalf_reason="电话确认")
    hidden = phone.post(f"offers/{foreign.pk}/accept/", on_behalf_reason="电话确认")

    assert error_of(silent) == (400, "validation_error", "invalid", "on_behalf_reason")
    assert accepted.status_code == 200
    assert error_of(hidden) == (404, "client_error", "not_found", None)
    foreign.refresh_from_db()
    assert foreign.status == "sent"


def correction(clock: str, **changes) -> dict[str, object]:
    return {"kind": "in", "corrected_time": at(clock).isoformat(), "reason": "FORGOT"} | changes


def routes(offer: Offer, assignment: Assignment) -> list[tuple[str, dict[str, object]]]:
    return [
        (f"offers/{offer.pk}/accept/", {"on_behalf_reason": "x"}),
        (f"pool/{offer.pk}/accept/", {"on_behalf_reason": "x"}),
        (f"offers/{offer.pk}/decline/", {"reason": "SICK"}),
        (f"assignments/{assignment.pk}/check-in/", body_of(assignment, "07:00")),
        (f"assignments/{assignment.pk}/check-out/", body_of(assignment, "07:00")),
        (f"assignments/{assignment.pk}/release/", {"reason": "x"}),
        (f"assignments/{assignment.pk}/no-show/", {"reason": "x"}),
        (f"assignments/{assignment.pk}/correct/", correction("07:00")),
    ]


def snapshot() -> list[tuple[str, ...]]:
    return [
        tuple(Offer.objects.order_by("pk").values_list("status", flat=True)),
        tuple(Assignment.objects.order_by("pk").values_list("status", flat=True)),
        tuple(str(pk) for pk in CheckEvent.objects.values_list("pk", flat=True)),
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 401), ("no role", 403), ("auditor", 403), ("other carer", 404), ("manager", 404)]
)
def test_whom_the_work_does_not_concern_changes_nothing(who, status):
    elder = make_elder()
    [offer] = ask(make_visit(elder), make_carer("C1"))
    [assignment] = promise(make_visit(elder, start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    users = {
        "anonymous": lambda: None,
        "no role": lambda: make_user("nobody"),
        "auditor": lambda: make_user("auditor", Role.AUDITOR),
        "other carer": lambda: login_of(make_carer("C9")),
        "manager": lambda: make_manager(make_organisation("91320826MA1OTHER0X")),
    }
    phone, before = Phone(users[who]()), snapshot()

    answers = [phone.post(path, **body).status_code for path, body in routes(offer, assignment)]

    assert answers == [status] * 8
    assert snapshot() == before


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("me/day/", Role.DISPATCHER, 403),
        ("me/credits/", Role.DISPATCHER, 403),
        ("offers/", Role.DISPATCHER, 200),
        ("assignments/", Role.AUDITOR, 200),
        ("pool/", Role.OPERATOR, 200),
        ("offers/", None, 403),
        ("assignments/", None, 403),
        ("pool/", None, 403),
        ("me/day/", None, 403),
    ],
)
def test_who_has_which_page(path, role, status):
    user = make_user("someone", *([role] if role else []))

    assert Phone(user).get(path).status_code == status


def test_no_list_shows_a_phone_number_or_an_id_number():
    carer, elder = make_carer(), make_elder()
    promise(make_visit(elder), carer)
    ask_pool(make_visit(elder, start="14:00", end="16:00"), carer, start="14:00")
    phone = Phone(login_of(carer))

    for path in ("me/day/", "offers/", "pool/", "assignments/", "me/credits/"):
        fields = set(str(phone.get(path).json()).split("'"))
        assert not fields & {"phone", "phones", "id_number", "health_note", "visit_code"}


@pytest.mark.parametrize(
    ("path", "queries"),
    # user's roles · policy hours · the rows with all they show (alerts: one more)
    [("me/day/", 4), ("assignments/", 3), ("offers/", 2), ("pool/", 9)],
)
def test_lists_take_as_many_queries_for_ten_rows_as_for_one(path, queries, django_assert_num_queries):
    carer, elder = make_carer(), make_elder()
    for hour in range(8, 18):
        visit = make_visit(elder, start=f"{hour:02}:00", end=f"{hour + 1:02}:00", duration_minutes=30)
        if path == "pool/":
            ask_pool(visit, carer, start=f"{hour:02}:00")
        else:
            promise(visit, carer, start=f"{hour:02}:00")
    phone = Phone(login_of(carer))

    with django_assert_num_queries(queries):
        response = phone.get(path)

    rows = response.json()
    assert len(rows if isinstance(rows, list) else rows["results"]) == 10


def test_a_paid_worker_has_an_empty_account():
    [assignment] = promise(make_visit(), carer := make_carer(kind=Carer.Kind.WORKER))
    serve(assignment)

    assert Phone(login_of(carer)).get("me/credits/").json() == {"balance_minutes": 0, "held_minutes": 0, "lines": []}
    assert assignment.created_at == NOW
