"""How far a message comes: tries, back-off, dead workers, reports, and what is never sent."""

import io
import logging
from datetime import datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction

from dispatch.confirmations import tasks
from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.providers import Message, OnPage, chosen_provider
from dispatch.confirmations.services.deliver import deliver_due, receive_report, send_again
from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.end import cancel_visit, release_assignment
from orders.models import Visit
from people import outbox_delivery
from people.errors import Conflict, Invalid, LostRace, NotAllowed, NotVisible, WrongState
from people.outbox_delivery import CLAIM
from people.outbox_providers import Refused, TryLater
from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.confirmations.conftest import Fake, make_order, queued
from tests.dispatch.factories import NOW, accept, ask, at, check, make_carer, make_elder, make_visit, promise

pytestmark = pytest.mark.django_db


def fresh() -> Confirmation:
    return Confirmation.objects.get()


def story(row: Confirmation) -> list[tuple[str, str]]:
    return [(event.new, event.reason) for event in row.events.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_a_message_is_handed_over_once_and_outside_any_transaction(provider) -> None:
    row = queued()

    assert (deliver_due(now=NOW), deliver_due(now=NOW)) == (1, 0)

    assert provider.sent == [Message(row.key, "SMS", "+8613800138000", row.text)]
    assert provider.inside_a_transaction == [False]
    row = fresh()
    assert (row.status, row.attempts, row.claimed_until, row.reference) == ("sent", 1, None, "R1")
    assert story(row) == [("queued", ""), ("sending", ""), ("sent", "")]


def test_what_is_not_due_waits(provider) -> None:
    queued()
    Confirmation.objects.update(next_due_at=NOW + timedelta(seconds=1))

    assert deliver_due(now=NOW) == 0
    assert (provider.sent, fresh().status) == ([], "queued")


def test_by_default_nothing_leaves_the_computer() -> None:
    queued()

    assert isinstance(chosen_provider(), OnPage)
    assert deliver_due(now=NOW) == 1
    assert (fresh().status, fresh().reference) == ("sent", "")


def test_the_task_delivers_what_is_due(provider, monkeypatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    queued()

    tasks.deliver_due()

    assert fresh().status == "sent"


def test_what_is_soonest_of_no_use_goes_first(provider, monkeypatch) -> None:
    order = make_order()
    queued(order, event="later", until="11:00")
    Confirmation.objects.update(created_at=NOW)
    other = make_order("E2", "13800138002")
    queued(other, event="sooner", until="09:00")
    monkeypatch.setattr(outbox_delivery, "BATCH", 1)

    deliver_due(now=NOW)

    assert [message.key for message in provider.sent] == ["sooner"]


def test_a_provider_that_is_away_is_tried_again_later_each_time_and_then_a_person_must_look(provider) -> None:
    row, now = queued(), NOW
    for wait in ("30 s", "2 min", "10 min", "30 min"):
        number, unit = wait.split()
        provider.answers[:] = [TryLater("busy")]
        assert deliver_due(now=now) == 0
        row = fresh()
        now += timedelta(seconds=int(number)) if unit == "s" else timedelta(minutes=int(number))
        assert (row.status, row.next_due_at) == ("queued", now)

    provider.answers[:] = [TryLater("busy")]
    assert deliver_due(now=now) == 0

    row = fresh()
    assert (row.status, row.attempts, len(provider.sent)) == ("failed", 5, 5)
    assert story(row)[-2:] == [("sending", ""), ("failed", "busy")]


def test_while_the_provider_is_away_the_others_keep_their_attempts(provider) -> None:
    queued(make_order(), event="a", until="09:00")
    other = queued(make_order("E2", "13800138002"), event="b")
    provider.answers[:] = [TryLater("busy")]

    assert deliver_due(now=NOW) == 0

    other.refresh_from_db()
    assert (other.status, other.attempts) == ("queued", 0)
    assert deliver_due(now=NOW) == 1


def test_a_refused_message_fails_at_once_and_the_others_go_on(provider) -> None:
    row = queued(make_order(), event="a", until="09:00")
    queued(make_order("E2", "13800138002"), event="b")
    provider.answers[:] = [Refused("no such number")]

    assert deliver_due(now=NOW) == 1

    row.refresh_from_db()
    assert (row.status, story(row)[-1]) == ("failed", ("failed", "no such number"))


def test_a_fault_of_the_provider_is_a_failure_whose_words_are_not_logged(provider, caplog) -> None:
    queued()
    provider.answers[:] = [RuntimeError("张桂兰 at 13800138000")]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.root.addHandler(handler)
    try:
        assert deliver_due(now=NOW) == 0
    finally:
        logging.root.removeHandler(handler)

    assert story(fresh())[-1] == ("failed", "RuntimeError")
    assert "confirmation_provider_broke" in written.getvalue() + caplog.text
    assert "13800138000" not in written.getvalue() + caplog.text
    assert "张桂兰" not in written.getvalue() + caplog.text


def test_when_the_task_s_own_time_is_up_nobody_is_blamed_and_the_message_goes_out_after_its_claim(provider) -> None:
    row = queued(make_order(), event="a", until="09:00")
    other = queued(make_order("E2", "13800138002"), event="b")
    provider.answers[:] = [SoftTimeLimitExceeded()]

    with pytest.raises(SoftTimeLimitExceeded):
        deliver_due(now=NOW)

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, row.claimed_until, other.status, other.attempts) == ("sending", NOW + CLAIM, "queued", 0)
    assert deliver_due(now=NOW + CLAIM) == 2


class TestAReference:
    """Whatever the provider calls a message: what it has taken is sent, once, and so are the others."""

    @pytest.fixture
    def two(self) -> list[Confirmation]:
        return [
            queued(make_order(), event="a", until="09:00"),
            queued(make_order("E2", "13800138002"), event="b", until="10:00"),
        ]

    def test_that_another_message_has_is_left_out(self, two, provider) -> None:
        provider.references[:] = ["R", "R"]

        assert deliver_due(now=NOW) == 2
        assert deliver_due(now=NOW + CLAIM) == 0

        assert [message.key for message in provider.sent] == ["a", "b"]
        assert list(Confirmation.objects.order_by("pk").values_list("status", "reference")) == [
            ("sent", "R"),
            ("sent", ""),
        ]
        assert story(two[1])[-1] == ("sent", "reference repeated")

    @pytest.mark.parametrize("reference", ["R" * 65, "R" * 10_000, "R\x00"])
    def test_that_no_column_holds_still_finds_its_message(self, two, provider, reference: str) -> None:
        provider.references[:] = [reference]

        assert deliver_due(now=NOW) == 2
        assert receive_report(reference=reference, delivered=True, now=at("07:01")) == two[0]

        two[0].refresh_from_db()
        assert two[0].status == "delivered"


class TestADeadWorker:
    def claimed(self, *, attempts: int = 1) -> Confirmation:
        row = queued()
        Confirmation.objects.update(status="sending", attempts=attempts, claimed_until=NOW + CLAIM)
        row.events.create(old="queued", new="sending", at=NOW)
        return row

    def test_a_living_claim_is_respected(self, provider) -> None:
        self.claimed()

        assert deliver_due(now=NOW + CLAIM - timedelta(seconds=1)) == 0
        assert (provider.sent, fresh().status) == ([], "sending")

    def test_a_lapsed_claim_is_sent_again(self, provider) -> None:
        row = self.claimed()

        assert deliver_due(now=NOW + CLAIM) == 1

        assert (fresh().status, fresh().attempts) == ("sent", 2)
        assert story(row)[2:] == [("queued", "claim lapsed"), ("sending", ""), ("sent", "")]

    def test_a_message_that_kills_its_workers_fails_in_the_end(self, provider) -> None:
        self.claimed(attempts=5)

        assert deliver_due(now=NOW + CLAIM) == 0

        assert provider.sent == []
        assert story(fresh())[-1] == ("failed", "claim lapsed too often")


class TestOfNoUse:
    def test_after_its_time_it_is_not_sent(self, provider) -> None:
        queued(until="09:00")

        assert deliver_due(now=at("09:00")) == 0
        assert (provider.sent, fresh().status) == ([], "expired")

    def promised(self):
        elder = make_elder()
        add_phone(person=elder.person, number="13800138000", is_primary=True, actor=None, now=NOW)
        [part] = promise(make_visit(elder), make_carer())
        return part

    def test_a_promise_that_is_given_back_is_not_sent(self, provider) -> None:
        release_assignment(assignment=self.promised(), reason="病了", actor=None, now=at("07:01"))

        assert deliver_due(now=at("07:01")) == 0
        assert provider.sent == []
        assert story(fresh())[-1] == ("cancelled", "visit changed")

    def test_nor_one_whose_carer_is_there_already(self, provider) -> None:
        check(self.promised(), "in", "08:55")

        assert deliver_due(now=at("08:56")) == 0
        assert (provider.sent, fresh().status) == ([], "cancelled")

    def test_a_promise_that_stands_is_sent(self, provider) -> None:
        self.promised()

        assert deliver_due(now=NOW) == 1


class TestReport:
    @pytest.fixture(autouse=True)
    def _sent(self, provider: type[Fake]) -> None:
        queued()
        deliver_due(now=NOW)

    def report(self, delivered: bool = True, reference: str = "R1", code: str = "") -> Confirmation:
        return receive_report(reference=reference, delivered=delivered, code=code, now=at("07:01"))

    def test_delivered(self) -> None:
        self.report()

        assert story(fresh())[-1] == ("delivered", "")

    def test_failed_with_the_provider_s_code(self) -> None:
        self.report(delivered=False, code="switched off")

        assert story(fresh())[-1] == ("failed", "switched off")

    @pytest.mark.parametrize("again", [True, False])
    def test_a_repeat_or_a_later_word_changes_nothing(self, again: bool) -> None:
        self.report()

        assert self.report(delivered=again).status == "delivered"
        assert len(story(fresh())) == 4

    @pytest.mark.parametrize("reference", ["R2", ""])
    def test_a_report_on_nothing_of_ours_is_refused(self, reference: str) -> None:
        with pytest.raises(NotVisible):
            self.report(reference=reference)

        assert fresh().status == "sent"


class TestSendAgain:
    @pytest.fixture
    def failed(self, provider: type[Fake]) -> Confirmation:
        queued()
        provider.answers[:] = [Refused("no such number")]
        deliver_due(now=NOW)
        return fresh()

    def again(self, row: Confirmation, *, role: Role = Role.OPERATOR, reason: str = "换了号码", now: datetime = NOW):
        send_again(confirmation=row, reason=reason, actor=make_user("who", role), now=now)

    def test_it_goes_to_the_number_of_now_with_all_its_attempts(self, failed, provider) -> None:
        add_phone(person=failed.person, number="13800138009", is_primary=True, actor=None, now=NOW)

        self.again(failed)

        assert (fresh().status, fresh().attempts, fresh().next_due_at) == ("queued", 0, NOW)
        last = fresh().events.last()
        assert last
        assert (last.reason, last.actor.username) == ("换了号码", "who")
        assert deliver_due(now=NOW) == 1
        assert provider.sent[-1].number == "+8613800138009"

    @pytest.mark.parametrize(
        ("how", "refusal"),
        [
            ({"reason": " "}, Invalid),
            ({"role": Role.AUDITOR}, NotAllowed),
            ({"now": at("11:00")}, Conflict),  # of no use any more
        ],
    )
    def test_it_is_refused(self, failed, how, refusal) -> None:
        with pytest.raises(refusal):
            self.again(failed, **how)

        assert (fresh().status, len(story(failed))) == ("failed", 3)

    def test_without_a_phone_it_is_refused(self, failed) -> None:
        failed.person.phones.all().delete()

        with pytest.raises(Conflict) as refusal:
            self.again(failed)

        assert (refusal.value.code, fresh().status) == ("no_phone", "failed")

    CHANGES = {
        "moved": lambda visit: amend_visit(
            visit=visit,
            window_start=at("14:00"),
            window_end=at("15:00"),
            reason="女儿来访",
            actor=None,
            now=at("07:01"),
        ),
        "cancelled": lambda visit: cancel_visit(visit=visit, reason="住院", actor=None, now=at("07:01")),
        "promised": lambda visit: accept(*ask(visit, make_carer()), now=at("07:01")),
    }

    @pytest.mark.parametrize("change", CHANGES)
    def test_words_that_are_not_true_any_more_are_refused(self, failed, change: str) -> None:
        self.CHANGES[change](Visit.objects.get())

        with pytest.raises(Conflict) as refusal:
            self.again(failed, now=at("07:02"))

        failed.refresh_from_db()
        assert (refusal.value.code, failed.status, len(story(failed))) == ("out_of_date", "failed", 3)

    def test_a_carer_who_is_only_asked_changes_no_words(self, failed) -> None:
        ask(Visit.objects.get(), make_carer(), now=at("07:01"))

        self.again(failed, now=at("07:02"))

        assert (Visit.objects.get().status, fresh().status) == ("planned", "queued")

    def test_what_is_cancelled_stays_so(self, failed) -> None:
        Confirmation.objects.update(kind="CANCELLED")
        cancel_visit(visit=Visit.objects.get(), reason="住院", actor=None, now=at("07:01"))
        failed.refresh_from_db()

        self.again(failed, now=at("07:02"))

        failed.refresh_from_db()
        assert failed.status == "queued"

    def test_only_what_failed_and_only_once(self, failed) -> None:
        stale = fresh()
        self.again(failed)

        with pytest.raises(WrongState):
            send_again(confirmation=fresh(), reason="x", actor=None, now=NOW)
        with pytest.raises(LostRace):
            send_again(confirmation=stale, reason="x", actor=None, now=NOW)

        assert len(story(failed)) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "sending"},  # without a claim
        {"claimed_until": NOW},  # without sending
        {"status": "lost"},
        {"kind": "GREETING"},
        {"channel": "FAX"},
    ],
)
def test_what_the_database_refuses(changes) -> None:
    queued()

    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.update(**changes)
