"""The exchange's word about a call: once per event, in any order, and the status only moves forward."""

import json
from datetime import timedelta
from functools import partial
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models
from structlog.testing import capture_logs

from orders.call_selectors import calls_of_operator
from orders.models import CallBack, CallRecord, Extension
from orders.services.call_hooks import Hook, end_forgotten_calls, receive_hook
from orders.services.calls import claim, hang_up_by_hand
from people.errors import Conflict
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.threads import together
from tests.orders.make import NOW

pytestmark = pytest.mark.django_db

MOBILE = "13800138000"
MINUTE = timedelta(minutes=1)


def hook(event: str, call_id: str = "c1", *, caller: str = MOBILE, **fields: Any) -> CallRecord:
    """The call after this event, a second after NOW unless `now` is given."""
    now = fields.pop("now", NOW + timedelta(seconds=1))
    return receive_hook(hook=Hook(event=event, call_id=call_id, caller=caller, **fields), now=now)


def statuses(call: CallRecord) -> list[tuple[str, str]]:
    return list(call.events.order_by("pk").values_list("old", "new"))


def on_screen_of(user: User) -> list[CallRecord]:
    return list(calls_of_operator(user, NOW))


@pytest.fixture
def lin() -> User:
    user = make_user("lin", Role.OPERATOR, name="林静")
    Extension.objects.create(user=user, number="8001")
    return user


@pytest.fixture
def ma() -> User:
    user = make_user("ma", Role.OPERATOR, name="马丽")
    Extension.objects.create(user=user, number="8002")
    return user


def test_a_call_is_announced_answered_and_ended(lin):
    hook("newCall", called="0517-82380000", queue="care", now=NOW)
    hook("answer", answering_number="8001", now=NOW + MINUTE)
    call = hook("hangup", cause="normalClearing", now=NOW + 3 * MINUTE)

    assert (call.status, call.direction, call.number, call.number_tail, call.queue, call.answered_by, call.cause) == (
        "ended", "in", "+8613800138000", "8000", "care", lin, "normalClearing",
    )  # fmt: skip
    assert (call.started_at, call.answered_at, call.ended_at) == (NOW, NOW + MINUTE, NOW + 3 * MINUTE)
    assert statuses(call) == [("", "ringing"), ("ringing", "answered"), ("answered", "ended")]
    assert list(call.raw_events.values_list("event", flat=True)) == ["newCall", "answer", "hangup"]
    assert not CallBack.objects.exists()


def test_a_raw_event_keeps_what_was_sent_and_shows_no_number_to_who_reads_the_table():
    call = hook("newCall", called="82380000", queue="care", users=("8001",))

    raw = call.raw_events.get()
    assert json.loads(raw.payload) == {
        "event": "newCall", "call_id": "c1", "caller": MOBILE, "called": "82380000", "direction": "in",
        "queue": "care", "users": ["8001"], "answering_number": "", "cause": "",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM orders_callevent")
        [(stored,)] = cursor.fetchall()
        cursor.execute("SELECT number, number_index FROM orders_callrecord")
        stored += "".join(cursor.fetchone())
    assert MOBILE not in stored and "82380000" not in stored


ORDERS = list(permutations(["newCall", "answer", "hangup"]))


@pytest.mark.parametrize("events", ORDERS, ids="-".join)
def test_the_end_is_the_same_in_whatever_order_the_events_come(events, lin, ma):
    said = {
        "newCall": {"users": ("8001", "8002"), "queue": "care"},
        "answer": {"answering_number": "8002"},
        "hangup": {},
    }

    for event in events:
        call = hook(event, **said[event])

    assert (call.status, call.answered_by, call.number, call.queue) == ("ended", ma, "+8613800138000", "care")
    assert (call.rings_at_all, list(call.rings_at.order_by("pk"))) == (False, [lin, ma])
    assert not CallBack.objects.filter(status="open").exists()
    assert on_screen_of(lin) == []
    assert on_screen_of(ma) == [call]  # to be wrapped up


@pytest.mark.parametrize("events", ORDERS, ids="-".join)
def test_every_event_may_come_again_and_again(events, lin):
    for event in events:
        hook(event, answering_number="8001")
    before = [*CallRecord.objects.values()], [*CallBack.objects.values()]

    for event in [*events, *reversed(events)]:
        hook(event, answering_number="8001", now=NOW + timedelta(hours=1))

    assert ([*CallRecord.objects.values()], [*CallBack.objects.values()]) == before
    assert CallRecord.objects.get().raw_events.count() == 3


def test_a_repeat_that_says_otherwise_is_not_heard(lin, ma):
    hook("newCall", users=("8001",))
    hook("newCall", caller="13900139000", users=("8002",))
    hook("answer", answering_number="8001")
    call = hook("answer", answering_number="8002")

    assert (call.number, call.answered_by, list(call.rings_at.all())) == ("+8613800138000", lin, [lin])


@pytest.mark.parametrize("late", [["newCall"], ["newCall", "newCall"]])
def test_a_new_call_after_the_hang_up_opens_nothing_again(late, lin):
    hook("hangup")

    for event in late:
        call = hook(event)

    assert (call.status, statuses(call)) == ("missed", [("", "ringing"), ("ringing", "missed")])
    assert on_screen_of(lin) == []


def test_it_rings_at_whom_it_names_by_user_name_or_extension(lin, ma):
    wei = make_user("wei", Role.ADMINISTRATOR)
    make_user("carer", Role.CARER)

    call = hook("newCall", users=("lin", "8002", "8002", "carer", "nobody"))

    assert [on_screen_of(user) for user in (lin, ma, wei)] == [[call], [call], []]


def test_it_rings_at_all_when_only_strangers_are_named_and_that_is_written_down(lin, ma):
    with capture_logs() as logs:
        call = hook("newCall", users=("8999", "老王"))

    assert (call.rings_at_all, on_screen_of(lin), on_screen_of(ma)) == (True, [call], [call])
    [warning] = logs
    assert (warning["log_level"], warning["event"], warning["call"]) == (
        "warning", "nobody_named_is_an_operator", call.pk,
    )  # fmt: skip
    assert "8999" not in str(logs) and "老王" not in str(logs) and MOBILE not in str(logs)


def test_a_strangers_call_out_is_on_no_screen(lin):
    with capture_logs() as logs:
        hook("newCall", users=("8999",), direction="out", caller="8999", called=MOBILE)

    assert (on_screen_of(lin), logs) == ([], [])


def test_it_rings_at_all_when_nobody_is_named_and_closes_on_the_others_when_one_answers(lin, ma):
    call = hook("newCall", queue="care")
    assert [on_screen_of(user) for user in (lin, ma)] == [[call], [call]]

    hook("answer", answering_number="8002")

    assert [on_screen_of(user) for user in (lin, ma)] == [[], [call]]


def test_answered_at_nobody_knows_which_telephone_it_waits_for_whoever_claims_it(lin, ma):
    hook("newCall")
    call = hook("answer", answering_number="8999")
    assert (call.status, call.answered_by, on_screen_of(lin), on_screen_of(ma)) == ("answered", None, [call], [call])

    claim(call=call, actor=ma, now=NOW)

    assert (on_screen_of(lin), on_screen_of(ma)) == ([], [call])
    assert CallRecord.objects.get().answered_by == ma


def test_taking_it_on_the_screen_comes_before_the_exchanges_word(lin, ma):
    call = hook("newCall")
    claim(call=call, actor=lin, now=NOW)

    call = hook("answer", answering_number="8002")

    assert (call.status, call.answered_by) == ("answered", lin)
    assert call.raw_events.count() == 2


def test_the_exchanges_hang_up_after_one_by_hand_changes_nothing(lin):
    call = hook("newCall")
    claim(call=call, actor=lin, now=NOW)
    hang_up_by_hand(call=call, actor=lin, now=NOW + MINUTE)

    call = hook("hangup", cause="normalClearing", now=NOW + 2 * MINUTE)

    assert (call.status, call.ended_at) == ("ended", NOW + MINUTE)


def test_an_operator_named_twice_over_is_found_by_the_answering_number_first(lin, ma):
    hook("newCall", users=("lin", "ma"))

    assert hook("answer", users=("lin", "ma"), answering_number="ma").answered_by == ma


def test_with_several_named_and_no_answering_number_nobody_knows_who_answered(lin, ma):
    hook("newCall")

    assert hook("answer", users=("lin", "ma")).answered_by is None


class TestMissed:
    def test_who_called_in_vain_is_to_be_called_back(self):
        hook("newCall")
        call = hook("hangup", cause="cancel")

        owed = CallBack.objects.get()
        assert (call.status, call.cause) == ("missed", "cancel")
        assert (owed.call, owed.why, owed.status, owed.number, owed.number_tail) == (
            call, "missed", "open", "+8613800138000", "8000",
        )  # fmt: skip
        assert owed.due_at == NOW + timedelta(seconds=1)
        assert list(owed.events.values_list("old", "new", "reason")) == [("", "open", "missed")]

    def test_who_calls_in_vain_three_times_is_owed_one(self):
        for number in range(3):
            hook("hangup", f"c{number}")

        assert CallRecord.objects.filter(status="missed").count() == 3
        assert CallBack.objects.get().call.call_id == "c0"

    def test_a_withheld_number_cannot_be_called_back(self):
        call = hook("hangup", caller="anonymous")

        assert (call.status, call.number, CallBack.objects.count()) == ("missed", "", 0)

    def test_a_number_that_comes_with_a_late_event_is_owed_one_too(self):
        hook("hangup", caller="")
        assert not CallBack.objects.exists()

        hook("newCall")

        assert CallBack.objects.get().number_tail == "8000"

    def test_a_call_out_that_nobody_took_is_not_owed(self):
        hook("newCall", direction="out", caller="8001", called=MOBILE)
        call = hook("hangup", direction="out", caller="8001", called=MOBILE)

        assert (call.status, call.number_tail, CallBack.objects.count()) == ("missed", "8000", 0)

    def test_whoever_gets_through_later_is_owed_nothing_more(self, lin):
        hook("hangup", "c1")
        hook("hangup", "other", caller="13900139000")

        hook("newCall", "c2")
        hook("answer", "c2", answering_number="8001")

        owed = CallBack.objects.get(call__call_id="c1")
        assert (owed.status, owed.done_by, owed.events.last().reason) == ("done", lin, "spoken with")
        assert CallBack.objects.get(call__call_id="other").status == "open"


# Each is what an exchange may send for `from`: the number kept, whether a person could be found by it.
NUMBERS = [
    ("+86 138 0013 8000", "+8613800138000"),
    ("8613800138000", "+8613800138000"),  # as Zammad's documentation writes numbers
    ("008613800138000", "+8613800138000"),
    ("013800138000", "+8613800138000"),  # with the 0 of a trunk line
    ("１３８００１３８０００", "+8613800138000"),
    ("sip:13800138000@10.0.0.1", "+8613800138000"),
    ("<sip:13800138000@pbx;user=phone>", "+8613800138000"),
    ("0517-82380123", "+8651782380123"),
    ("82380123", "+8651782380123"),
    ("8005", "8005"),  # an extension
    ("120", "120"),
    ("👵🏻 老张", "👵🏻 老张"),
    ("'; DROP TABLE", "'; DROP TABLE"),
    ("0" * 64, "0" * 64),
    ("anonymous", ""),
    ("Anonymous ", ""),
    ("<unknown>", ""),
    ("restricted", ""),
    ("sip:anonymous@anonymous.invalid", ""),
    ("匿名", ""),
    ("", ""),
    ("  ", ""),
]


@pytest.mark.parametrize(("sent", "kept"), NUMBERS)
def test_whatever_stands_for_the_number_is_kept_as_it_can_be(sent, kept):
    call = hook("newCall", caller=sent)

    assert CallRecord.objects.get().number == kept
    assert call.number_tail == kept[-4:]
    assert bool(call.number_index) == bool(kept)


class TestAtOnce:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_many_hooks_of_one_call_make_one_record(self):
        said = [partial(hook, event) for event in ("newCall", "answer", "hangup")] * 4

        outcomes = together(said)

        assert [outcome for outcome in outcomes if not isinstance(outcome, CallRecord)] == []
        call = CallRecord.objects.get()
        assert (call.status, call.raw_events.count()) == ("ended", 3)
        assert len(set(statuses(call))) == len(statuses(call))

    def test_control_only_the_unique_id_keeps_two_hooks_from_making_two_records(self):
        """What `get_or_create` would do without the rule: both look, neither finds, both write."""
        column = CallRecord._meta.get_field("call_id")
        free = models.CharField(max_length=250)
        free.set_attributes_from_name("call_id")
        free.model = CallRecord
        looked = Barrier(2)

        def naive():
            assert not CallRecord.objects.filter(call_id="c1").exists()
            looked.wait(timeout=30)
            return CallRecord.objects.create(call_id="c1", direction="in", started_at=NOW)

        guarded = together([naive, naive])
        assert [type(outcome) for outcome in guarded].count(IntegrityError) == 1
        CallRecord.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.alter_field(CallRecord, column, free)
        try:
            together([naive, naive])
            made = CallRecord.objects.count()
        finally:
            CallRecord.objects.all().delete()
            with connection.schema_editor() as editor:
                editor.alter_field(CallRecord, free, column)

        assert made == 2

    def test_many_operators_reach_for_one_call_and_one_gets_it(self):
        call = hook("newCall")
        rivals = [make_user(f"o{number}", Role.OPERATOR) for number in range(8)]

        outcomes = together([partial(claim, call=call, actor=rival, now=NOW) for rival in rivals])

        winner = CallRecord.objects.get().answered_by
        assert [type(outcome) for outcome in outcomes].count(CallRecord) == 1
        losers = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
        assert [(loser.code, loser.facts["taken_by"]) for loser in losers] == [("taken", winner.pk)] * 7
        assert statuses(call) == [("", "ringing"), ("ringing", "answered")]

    def test_calls_missed_at_once_from_one_number_are_owed_one(self):
        outcomes = together([partial(hook, "hangup", f"c{number}") for number in range(6)])

        assert [outcome for outcome in outcomes if not isinstance(outcome, CallRecord)] == []
        assert CallBack.objects.count() == 1


def test_a_call_whose_hang_up_was_lost_ends_by_itself(lin):
    hook("newCall", "ringing", now=NOW)
    hook("newCall", "spoken", now=NOW)
    hook("answer", "spoken", answering_number="8001", now=NOW)

    assert end_forgotten_calls(now=NOW + 10 * MINUTE) == 0
    assert end_forgotten_calls(now=NOW + 11 * MINUTE) == 1
    assert end_forgotten_calls(now=NOW + timedelta(hours=5)) == 1

    assert dict(CallRecord.objects.values_list("call_id", "status")) == {"ringing": "missed", "spoken": "ended"}
    assert CallBack.objects.get().call.call_id == "ringing"
