"""How far a notice comes: the provider of its channel, the next way when its address is no more, and what is read first."""

from datetime import timedelta

import pytest

from dispatch.notices import tasks
from dispatch.notices.models import Notice
from dispatch.notices.providers import Gone, Message
from dispatch.notices.services.deliver import deliver_due, receive_report, send_again
from dispatch.notices.services.read import mark_read
from people.errors import Conflict, Invalid, NotAllowed, NotVisible, WrongState
from people.outbox_providers import Refused, TryLater
from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.factories import NOW, at, make_carer, make_visit
from tests.dispatch.notices.conftest import queued, story, subscribed
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer() -> Carer:
    carer = make_carer()
    add_phone(person=carer.person, number="13800138000", is_primary=True, actor=None, now=NOW)
    return carer


def fresh() -> Notice:
    return Notice.objects.get()


def test_by_default_it_stays_in_the_app_and_is_delivered_when_it_is_read_there(carer: Carer) -> None:
    row = queued(carer)

    assert (deliver_due(now=NOW), deliver_due(now=NOW)) == (1, 0)
    assert (fresh().channel, fresh().status) == ("APP", "sent")

    mark_read(carer=carer, up_to=row.pk, now=at("07:05"))
    mark_read(carer=carer, up_to=row.pk, now=at("07:06"))

    assert (fresh().status, fresh().read_at) == ("delivered", at("07:05"))
    assert story(row) == [("queued", ""), ("sending", ""), ("sent", ""), ("delivered", "read in the app")]


def test_the_task_delivers_what_is_due(carer: Carer, monkeypatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    queued(carer)

    tasks.deliver_due()

    assert fresh().status == "sent"


def test_the_provider_of_its_channel_gets_it(carer: Carer, provider) -> None:
    queued(carer)

    assert deliver_due(now=at("07:01")) == 1

    assert provider.sent == [Message("e1", "OFFER", "SMS", "+8613800138000", "请看。", 239 * 60)]
    assert (fresh().status, fresh().reference) == ("sent", "R1")


def test_what_was_read_in_the_app_before_is_not_sent_any_more(carer: Carer, provider) -> None:
    row = queued(carer)
    mark_read(carer=carer, up_to=row.pk, now=NOW)

    assert deliver_due(now=NOW) == 0

    assert provider.sent == []
    assert story(row) == [("queued", ""), ("delivered", "read in the app")]


def test_nor_one_that_is_read_while_its_worker_dies(carer: Carer, provider) -> None:
    row = queued(carer)
    Notice.objects.update(status="sending", claimed_until=NOW, attempts=1)
    mark_read(carer=carer, up_to=row.pk, now=NOW)
    assert fresh().status == "sending"

    assert deliver_due(now=NOW) == 0

    assert provider.sent == []
    assert story(row)[-1] == ("cancelled", "read in the app")


def test_what_failed_is_settled_when_it_is_read(carer: Carer, provider) -> None:
    row = queued(carer)
    provider.answers[:] = [Refused("no such number")]
    deliver_due(now=NOW)

    mark_read(carer=carer, up_to=row.pk, now=NOW)

    assert fresh().status == "delivered"


def test_reading_ends_at_the_notice_that_was_seen_and_at_the_own_ones(carer: Carer) -> None:
    other, first, second = queued(make_carer("C2"), "other"), queued(carer, "1"), queued(carer, "2")

    mark_read(carer=carer, up_to=first.pk, now=NOW)

    assert list(Notice.objects.filter(read_at=None).order_by("pk")) == [other, second]


def test_who_logged_the_phone_out_gets_it_the_next_way(carer: Carer, provider) -> None:
    subscription = subscribed(carer)
    row = queued(carer)
    subscription.token.delete()
    provider.answers[:] = [Gone("logged out")]

    assert deliver_due(now=NOW) == 1

    assert [message.channel for message in provider.sent] == ["PUSH", "SMS"]
    assert (fresh().channel, fresh().address, fresh().status) == ("SMS", "+8613800138000", "sent")
    assert story(row)[-1] == ("sent", "")


def test_what_a_channel_without_a_provider_was_to_carry_stays_in_the_app(carer: Carer, provider, settings) -> None:
    queued(carer)
    settings.NOTICE_PROVIDERS = {}

    assert deliver_due(now=NOW) == 1
    assert (fresh().channel, fresh().address, fresh().status, provider.sent) == ("APP", "", "sent", [])


@pytest.mark.parametrize(("of", "way"), [(1, "SMS"), (2, "APP")])
def test_who_does_not_follow_the_account_is_reached_by_the_next_channel(
    carer: Carer, provider, settings, of: int, way: str
) -> None:
    settings.NOTICE_PROVIDERS = dict.fromkeys(["WECHAT", "SMS"], settings.NOTICE_PROVIDERS["SMS"])
    row = queued(carer)
    provider.answers[:] = [Gone("not there")] * of

    assert deliver_due(now=NOW) == 1

    assert [message.channel for message in provider.sent] == ["WECHAT", "SMS"]
    assert (fresh().channel, fresh().status) == (way, "sent")
    assert story(row)[-1] == ("sent", "")


def test_a_push_service_that_is_away_keeps_nobody_else_waiting(carer: Carer, provider) -> None:
    pushed = [subscribed(carer) and queued(carer, "a"), queued(carer, "b")]
    texted = make_carer("C2")
    add_phone(person=texted.person, number="13800138002", is_primary=True, actor=None, now=NOW)
    queued(texted, "c")
    provider.answers[:] = [TryLater("503")]

    assert deliver_due(now=NOW) == 1

    assert [message.key for message in provider.sent] == ["a", "c"]
    for row in pushed:
        row.refresh_from_db()
    assert [(row.status, row.attempts) for row in pushed] == [("queued", 1), ("queued", 0)]
    assert pushed[0].next_due_at == NOW + timedelta(seconds=30)


def test_a_report_finds_its_notice_once(carer: Carer, provider) -> None:
    row = queued(carer)
    deliver_due(now=NOW)

    receive_report(reference="R1", delivered=True, now=NOW)
    receive_report(reference="R1", delivered=False, now=NOW)

    assert story(row)[-1] == ("delivered", "")
    with pytest.raises(NotVisible):
        receive_report(reference="R2", delivered=True, now=NOW)


class TestSendAgain:
    @pytest.fixture
    def failed(self, carer: Carer, provider) -> Notice:
        queued(carer, visit=make_visit())
        provider.answers[:] = [Refused("no such number")]
        deliver_due(now=NOW)
        return fresh()

    def again(self, row: Notice, *, role: Role = Role.DISPATCHER, reason: str = "换了手机", now=NOW) -> None:
        send_again(notice=row, reason=reason, actor=make_user("who", role), now=now)

    def test_it_goes_the_way_of_now(self, failed: Notice, provider) -> None:
        subscribed(failed.carer)

        self.again(failed)

        assert story(failed)[-1] == ("queued", "换了手机")
        assert deliver_due(now=NOW) == 1
        assert provider.sent[-1].channel == "PUSH"

    @pytest.mark.parametrize(
        ("how", "refusal"),
        [({"reason": " "}, Invalid), ({"role": Role.AUDITOR}, NotAllowed), ({"now": at("11:00")}, Conflict)],
    )
    def test_it_is_refused(self, failed: Notice, how, refusal) -> None:
        with pytest.raises(refusal):
            self.again(failed, **how)

        assert (fresh().status, len(story(failed))) == ("failed", 3)

    def test_not_when_something_newer_was_told_of_the_visit(self, failed: Notice) -> None:
        queued(failed.carer, "newer", visit=failed.visit)

        with pytest.raises(Conflict) as refusal:
            self.again(failed)

        failed.refresh_from_db()
        assert (refusal.value.code, failed.status) == ("out_of_date", "failed")

    def test_only_what_failed(self, carer: Carer) -> None:
        with pytest.raises(WrongState):
            self.again(queued(carer))
