"""Queueing notices: once for each event, on the way the carer has, not at night, and nothing that is over."""

import pytest
from django.db import IntegrityError, transaction

from dispatch.notices.models import Notice
from dispatch.notices.services.notify import notify, take_back
from orders.models import Visit
from people.services import add_phone
from tests.dispatch.factories import NOW, at, make_carer, make_elder, make_visit
from tests.dispatch.notices.conftest import draft_of, queued, story, subscribed
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer() -> Carer:
    return make_carer()


def test_an_event_is_told_once(carer: Carer) -> None:
    first = queued(carer)

    assert queued(carer) == first
    assert Notice.objects.count() == 1
    assert story(first) == [("queued", "")]
    assert (first.text, first.next_due_at, first.expires_at, first.read_at) == ("请看。", NOW, at("11:00"), None)


def test_nothing_is_told_of_what_is_over(carer: Carer) -> None:
    assert notify([draft_of(carer, until="07:00")], now=NOW) == []
    assert not Notice.objects.exists()


def test_a_newer_word_to_the_same_carer_about_the_same_visit_replaces_what_waits(carer: Carer) -> None:
    visit, other_carer = make_visit(), make_carer("C2")
    other_visit = make_visit(make_elder("E2"))
    old = queued(carer, "old", visit=visit)
    kept = [queued(other_carer, "a", visit=visit), queued(carer, "b", visit=other_visit), queued(carer, "c")]

    queued(carer, "new", visit=visit)

    old.refresh_from_db()
    assert story(old) == [("queued", ""), ("cancelled", "superseded")]
    assert {Notice.objects.get(pk=each.pk).status for each in kept} == {"queued"}


def test_what_was_not_told_yet_can_be_taken_back(carer: Carer) -> None:
    waiting, sent = queued(carer, "waiting"), queued(carer, "sent")
    Notice.objects.filter(pk=sent.pk).update(status="sent")

    assert take_back(["waiting", "sent", "never"], now=NOW) == {"waiting"}

    assert dict(Notice.objects.values_list("key", "status")) == {"waiting": "cancelled", "sent": "sent"}
    assert story(waiting)[-1] == ("cancelled", "superseded")


@pytest.mark.parametrize(
    ("made", "until", "due"),
    [
        ("20:59", "23:59", "20:59"),
        ("05:00", "11:00", "07:00"),
        ("05:00", "07:00", "05:00"),  # of no use any more in the morning
    ],
)
def test_at_night_it_waits_for_the_morning_unless_that_is_too_late(carer, made: str, until: str, due: str) -> None:
    [row] = notify([draft_of(carer, until=until)], now=at(made))

    assert row.next_due_at == at(due)


def test_urgent_help_is_told_at_night(carer: Carer) -> None:
    visit = make_visit()
    Visit.objects.update(priority=Visit.Priority.URGENT)
    visit.refresh_from_db()

    [row] = notify([draft_of(carer, visit=visit)], now=at("05:00"))

    assert row.next_due_at == at("05:00")


class TestTheWay:
    def way(self, carer: Carer) -> tuple[str, str]:
        row = queued(carer)
        return row.channel, row.address

    def phone(self, carer: Carer, *numbers: str) -> None:
        for number in numbers:
            add_phone(person=carer.person, number=number, is_primary=number == numbers[0], actor=None, now=NOW)

    def test_by_default_it_stays_in_the_app(self, carer: Carer) -> None:
        self.phone(carer, "13800138000")

        assert self.way(carer) == ("APP", "")

    def test_the_device_that_subscribed_last(self, carer: Carer) -> None:
        subscribed(make_carer("C2"))
        subscribed(carer)
        last = subscribed(carer)

        assert self.way(carer) == ("PUSH", f"{last.pk}@fcm.googleapis.com")

    def test_not_that_of_a_login_that_was_closed(self, carer: Carer) -> None:
        subscribed(carer).token.user.__class__.objects.update(is_active=False)

        assert self.way(carer) == ("APP", "")

    def test_the_mobile_where_a_provider_of_text_messages_is_named(self, carer: Carer, provider) -> None:
        self.phone(carer, "051782380123", "13800138000")

        assert self.way(carer) == ("SMS", "+8613800138000")

    def test_the_first_in_the_settings_that_the_carer_has(self, carer: Carer, provider) -> None:
        self.phone(carer, "13800138000")
        subscribed(carer)

        assert self.way(carer)[0] == "PUSH"

    def test_the_app_when_none_is_left(self, carer: Carer, provider) -> None:
        self.phone(carer, "051782380123")

        assert self.way(carer) == ("APP", "")


@pytest.mark.parametrize("carers", [1, 20])
def test_any_number_takes_as_many_queries(carers: int, provider, django_assert_num_queries) -> None:
    people = [make_carer(f"C{number}") for number in range(carers)]
    for person in people:
        subscribed(person)

    # Ways: devices, people, phones. Policy. What is stored, the rows, their events.
    with django_assert_num_queries(7):
        notify([draft_of(person, f"e{person.pk}") for person in people], now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "sending"},  # without a claim
        {"status": "lost"},
        {"channel": "FAX"},
    ],
)
def test_what_the_database_refuses(carer: Carer, changes) -> None:
    queued(carer)

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(**changes)
