"""Taking a complaint down on the elder's card: what is kept of a refused one, and what the card then shows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from dispatch.console.complaints import complaint_context
from orders.models import CallRecord, Complaint, Contact
from orders.services.complaints import file_complaint
from tests.cast import Cast, make_person
from tests.dispatch.factories import NOW, TODAY, make_item
from tests.orders import make

pytestmark = pytest.mark.django_db

KEY = "0b5ff0e6-6c7c-4b52-9a0f-5b7b3f1c2d10"
THEN = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _the_day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: THEN)


def post(cast: Cast, **typed: Any) -> Any:
    client = Client()
    client.force_login(cast.operator)
    values = {"key": KEY, "complained_by": cast.elder.person.pk, "text": "约好九点，十点才来"} | typed
    return client.post(reverse("console-complain", args=[cast.elder.pk]), values)


def test_a_complaint_about_a_visit_by_a_contact_on_the_line(cast: Cast) -> None:
    visit = make.visit(cast.elder, make_item())
    daughter = make_person("李芳", "F", cast.gaogou)
    Contact.objects.create(elder=cast.elder, person=daughter, relation="女儿")
    call = CallRecord.objects.create(call_id="1", direction="in", started_at=NOW)

    answer = post(cast, visit=visit.pk, complained_by=daughter.pk, call=call.pk)

    complaint = Complaint.objects.get()
    assert answer.status_code == 200
    assert (complaint.elder, complaint.complained_by, complaint.visit, complaint.call) == (
        cast.elder,
        daughter,
        visit,
        call,
    )
    assert complaint.deadline == TODAY + timedelta(days=16)
    page = answer.content.decode()
    assert "投诉已登记，09-30 星期三前办结。" in page
    assert "待处理" in page
    assert "约好九点" not in page
    assert KEY not in page


def test_a_second_click_is_harmless(cast: Cast) -> None:
    post(cast)

    assert post(cast).status_code == 200
    assert Complaint.objects.count() == 1


def test_the_same_form_with_other_words_is_told_apart_and_may_be_a_second_complaint(cast: Cast) -> None:
    post(cast)
    first = Complaint.objects.get()

    refused = post(cast, text="饭也是冷的")
    page, form = refused.content.decode(), refused.context["complaint_form"]

    assert refused.status_code == 409
    assert "这张表已经保存过" in page
    assert f'href="{reverse("admin:orders_complaint_change", args=[first.pk])}"' in page
    assert form["text"].value() == "饭也是冷的"
    assert Complaint.objects.get() == first

    assert post(cast, text="饭也是冷的", key=form["key"].value()).status_code == 200
    assert sorted(Complaint.objects.values_list("text", flat=True)) == sorted(["约好九点，十点才来", "饭也是冷的"])


def test_a_key_of_another_elder_s_form_is_refused_and_what_was_typed_stays(cast: Cast) -> None:
    other = make.elder("E8")
    file_complaint(key=UUID(KEY), elder=other, complained_by=other.person, text="迟到", actor=cast.operator, now=NOW)

    answer = post(cast, text="饭也是冷的")

    assert (answer.status_code, "这张单不是您的，请重新打开这位老人。" in answer.content.decode()) == (409, True)
    assert answer.context["complaint_form"]["text"].value() == "饭也是冷的"
    assert list(Complaint.objects.values_list("elder", "text")) == [(other.pk, "迟到")]


def test_the_complaint_that_was_saved_is_the_operators_to_see(cast: Cast) -> None:
    post(cast)
    client = Client()
    client.force_login(cast.operator)

    assert client.get(reverse("admin:orders_complaint_change", args=[Complaint.objects.get().pk])).status_code == 200


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "很" * 2001}, "text"),
        ({"visit": "999"}, "visit"),
        ({"complained_by": ""}, "complained_by"),
        ({"key": "no key"}, "key"),
    ],
)
def test_a_refused_one_comes_back_open_as_it_was_typed(cast: Cast, typed: dict[str, str], field: str) -> None:
    visit = make.visit(cast.elder, make_item())

    answer = post(cast, **({"visit": visit.pk, "text": "约好<九点>"} | typed))

    page = answer.content.decode()
    assert answer.status_code == 400
    assert list(answer.context["complaint_form"].errors) == [field]
    assert "<details open>" in page
    assert ("约好&lt;九点&gt;" in page) == ("text" not in typed)
    assert ("很" * 2001 in page) == (len(typed.get("text", "")) > 2000)
    choice = page.split('id="complaint-visit"')[1]
    assert (f'<option value="{visit.pk}" selected>' in choice) == ("visit" not in typed)
    assert Complaint.objects.count() == 0


def test_the_choices_are_the_elder_s_own_people_and_visits_of_the_last_month(cast: Cast) -> None:
    item = make_item()
    recent = make.visit(cast.elder, item)
    for stranger in (make.visit(cast.both_elder, item), make.visit(cast.elder, item, day=TODAY + timedelta(days=3))):
        assert post(cast, visit=stranger.pk).status_code == 400
    old = make.visit(cast.elder, item, start="12:00", end="13:00")
    type(old).objects.filter(pk=old.pk).update(window_start=THEN - timedelta(days=32))
    assert post(cast, visit=old.pk).status_code == 400
    assert post(cast, complained_by=cast.worker.person.pk).status_code == 400
    assert Complaint.objects.count() == 0

    assert post(cast, visit=recent.pk).status_code == 200


def test_the_card_shows_what_is_unsettled_and_what_is_late(cast: Cast) -> None:
    post(cast)
    Complaint.objects.update(deadline=TODAY)

    page = post(cast, key="1b5ff0e6-6c7c-4b52-9a0f-5b7b3f1c2d11").content.decode()

    assert "已超期（应于昨天办结）" in page
    assert page.count("待处理") == 2


def test_the_form_knows_the_call_on_the_line(cast: Cast) -> None:
    call = CallRecord.objects.create(call_id="1", direction="in", started_at=NOW)

    form = complaint_context(user=cast.operator, elder=cast.elder, now=THEN, call=call.pk)["complaint_form"]

    assert f'name="call" value="{call.pk}"' in str(form)


def test_others_than_operators_are_refused(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.dispatcher)

    answer = client.post(reverse("console-complain", args=[cast.elder.pk]), {"text": "x"})

    assert answer.status_code == 403
    assert Complaint.objects.count() == 0
