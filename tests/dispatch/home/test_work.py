"""A carer's taps and a manager's: accept, decline, check in, check out, and who may not."""

from uuid import uuid4

import pytest

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, CheckEvent
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    ask,
    ask_pool,
    at,
    login_of,
    make_carer,
    make_elder,
    make_manager,
    make_visit,
    promise,
)
from volunteers.models import Carer


@pytest.fixture
def carer(db) -> Carer:
    return make_carer("C1", name="李强")


def here(part: Assignment, **changes) -> dict[str, object]:
    """A check with the position of the elder's home."""
    place = part.visit.place
    values = {"client_id": str(uuid4()), "latitude": place.latitude, "longitude": place.longitude, "accuracy": "12"}
    return values | {"code": ""} | changes


def test_a_carer_accepts(as_user, carer) -> None:
    [offer] = ask(make_visit(), carer)

    answer = as_user(login_of(carer)).post(f"/work/offers/{offer.pk}/accept/", follow=True)

    assert "已接单" in answer.content.decode()
    assert (Offer.objects.get().status, Visit.objects.get().status) == ("accepted", "reserved")


def test_a_carer_declines_with_a_reason(as_user, carer) -> None:
    [offer] = ask(make_visit(), carer)

    as_user(login_of(carer)).post(f"/work/offers/{offer.pk}/decline/", {"reason": "TOO_FAR"})

    offer.refresh_from_db()
    assert (offer.status, offer.decline_reason) == ("declined", "TOO_FAR")
    assert Visit.objects.get().status == "open"


def test_a_refusal_without_a_reason_changes_nothing(as_user, carer) -> None:
    [offer] = ask(make_visit(), carer)

    answer = as_user(login_of(carer)).post(f"/work/offers/{offer.pk}/decline/", {"reason": "NONE"})

    assert answer.status_code == 400
    assert "没有改动任何内容" in answer.content.decode()
    assert Offer.objects.get().status == "sent"


def test_who_comes_second_reads_who_was_first(as_user, carer) -> None:
    wang = make_carer("C2", name="王芳")
    mine, other = ask_pool(make_visit(), carer, wang)
    as_user(login_of(wang)).post(f"/work/offers/{other.pk}/accept/")

    answer = as_user(login_of(carer)).post(f"/work/offers/{mine.pk}/accept/")
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "王**" in page
    assert "王芳" not in page
    assert "没有改动任何内容" in page
    assert Assignment.objects.get(status="accepted").carer == wang


def test_an_answer_after_the_time_is_refused(as_user, carer, monkeypatch) -> None:
    [offer] = ask(make_visit(), carer)
    monkeypatch.setattr("people.clock.now", lambda: offer.expires_at)

    answer = as_user(login_of(carer)).post(f"/work/offers/{offer.pk}/accept/")

    assert answer.status_code == 409
    assert Offer.objects.get().status == "sent"


def test_a_carer_checks_in_and_out(as_user, carer, monkeypatch) -> None:
    [part] = promise(make_visit(), carer)
    client = as_user(login_of(carer))

    monkeypatch.setattr("people.clock.now", lambda: at("09:00"))
    came = client.post(f"/work/assignments/{part.pk}/check/in/", here(part), follow=True)
    monkeypatch.setattr("people.clock.now", lambda: at("10:00"))
    left = client.post(f"/work/assignments/{part.pk}/check/out/", here(part), follow=True)

    assert "已签到" in came.content.decode()
    assert "已签退" in left.content.decode()
    assert Visit.objects.get().status == "verified"
    assert list(CheckEvent.objects.values_list("source", "accuracy_metres")) == [("APP", 12), ("APP", 12)]


def test_a_second_tap_on_the_same_page_is_the_same_event(as_user, carer) -> None:
    [part] = promise(make_visit(), carer)
    client, body = as_user(login_of(carer)), here(part)

    for _ in range(2):
        assert client.post(f"/work/assignments/{part.pk}/check/in/", body).status_code == 302

    assert CheckEvent.objects.count() == 1


def test_the_page_brings_the_id_of_the_next_check(as_user, carer) -> None:
    [part] = promise(make_visit(), carer)
    client = as_user(login_of(carer))

    task = client.get("/").context["parts"][0][1]["tasks"][0]
    client.post(f"/work/assignments/{part.pk}/check/{task.next_check}/", here(part, client_id=task.client_id))

    assert (task.next_check, CheckEvent.objects.get().client_id) == ("in", task.client_id)
    assert client.get("/").context["parts"][0][1]["tasks"][0].next_check == "out"


def test_the_elders_digits_prove_a_visit_without_a_position(as_user, carer) -> None:
    [part] = promise(make_visit(), carer)

    as_user(login_of(carer)).post(f"/work/assignments/{part.pk}/check/in/", {"client_id": str(uuid4()), "code": "4711"})

    assert CheckEvent.objects.get().source == "CODE"
    assert not part.flags.filter(code="WRONG_CODE").exists()


def test_no_position_is_written_down_as_a_doubt_and_never_lost(as_user, carer) -> None:
    [part] = promise(make_visit(), carer)

    body = here(part, latitude="", longitude="", accuracy="nonsense")
    as_user(login_of(carer)).post(f"/work/assignments/{part.pk}/check/in/", body)

    assert CheckEvent.objects.count() == 1
    assert part.flags.filter(code="NO_POSITION").exists()


@pytest.mark.parametrize("client_id", ["", "no-uuid"])
def test_a_page_without_an_event_id_is_refused(as_user, carer, client_id: str) -> None:
    [part] = promise(make_visit(), carer)

    answer = as_user(login_of(carer)).post(f"/work/assignments/{part.pk}/check/in/", {"client_id": client_id})

    assert answer.status_code == 400
    assert CheckEvent.objects.count() == 0


@pytest.mark.parametrize(("latitude", "longitude"), [("nan", "119"), ("inf", "119"), ("91", "119"), ("33", "999")])
def test_a_position_that_cannot_be_is_no_position(as_user, carer, latitude: str, longitude: str) -> None:
    [part] = promise(make_visit(), carer)

    answer = as_user(login_of(carer)).post(
        f"/work/assignments/{part.pk}/check/in/", here(part, latitude=latitude, longitude=longitude)
    )

    assert answer.status_code == 302
    assert CheckEvent.objects.get().latitude is None
    assert part.flags.filter(code="NO_POSITION").exists()


def test_an_operator_does_not_check_in_for_a_carer_with_the_app(as_user, carer) -> None:
    [part] = promise(make_visit(), carer)

    answer = as_user(make_user("op", Role.OPERATOR)).post(f"/work/assignments/{part.pk}/check/in/", here(part))

    assert answer.status_code == 403
    assert CheckEvent.objects.count() == 0


def test_who_accepts_for_a_carer_must_say_why(as_user) -> None:
    worker = make_carer("C1", kind=Carer.Kind.WORKER)
    assert worker.organisation
    client = as_user(make_manager(worker.organisation))
    [offer] = ask(make_visit(), worker)

    silent = client.post(f"/work/offers/{offer.pk}/accept/")
    assert (silent.status_code, Offer.objects.get().status) == (400, "sent")

    client.post(f"/work/offers/{offer.pk}/accept/", {"on_behalf_reason": "本人电话同意"})
    event = Offer.objects.get().events.get(new="accepted")
    assert (event.reason, Visit.objects.get().status) == ("本人电话同意", "reserved")


def test_anothers_offer_and_work_do_not_exist_for_a_carer(as_user, carer) -> None:
    other = make_carer("C2", name="王芳", kilometres_north=1.0)
    [offer] = ask(make_visit(make_elder("E1")), other)
    [part] = promise(make_visit(make_elder("E2"), start="13:00", end="15:00"), other, start="13:00")
    client = as_user(login_of(carer))

    assert client.post(f"/work/offers/{offer.pk}/accept/").status_code == 404
    assert client.post(f"/work/assignments/{part.pk}/check/in/", here(part)).status_code == 404
    assert (Offer.objects.get(pk=offer.pk).status, CheckEvent.objects.count()) == ("sent", 0)


@pytest.mark.parametrize("path", ["/work/offers/{}/perhaps/", "/work/assignments/{}/check/by/"])
def test_an_unknown_verb_is_not_found(as_user, carer, path: str) -> None:
    [part] = promise(make_visit(), carer)

    assert as_user(login_of(carer)).post(path.format(part.pk)).status_code == 404


def test_what_is_offered_for_the_next_days_is_listed(as_user, carer) -> None:
    later = NOW.date().replace(day=16)
    visit = make_visit(make_elder(), day=later)
    promise(visit, carer)

    page = as_user(login_of(carer)).get("/").content.decode()

    assert "接下来几天" in page
    assert "今天没有上门" in page
