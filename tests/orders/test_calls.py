"""What an operator does with a call, who may be calling, and who is called back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from orders.call_selectors import asked_at, missed_since, open_call_backs, people_calling, people_calling_each
from orders.callers import read_number
from orders.models import CallBack, CallRecord, Contact, Extension
from orders.services import calls
from orders.services.call_backs import finish_call_back, owe_call_back
from orders.services.dialling import dial
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.models import Person
from people.roles import Role
from people.services import create_person
from tests.cast import Cast, make_user
from tests.dispatch.threads import together
from tests.flows.database import everything
from tests.orders import make
from tests.orders.make import NOW
from tests.orders.test_call_hooks import MINUTE, hook

pytestmark = pytest.mark.django_db

LANDLINE = "0517-82380123"


@pytest.fixture
def lin() -> User:
    return make_user("lin", Role.OPERATOR, name="林静")


@pytest.fixture
def ma() -> User:
    return make_user("ma", Role.OPERATOR, name="马丽")


def person(name: str, *phones: str) -> Person:
    return create_person(name=name, gender="F", phones=phones, actor=None, now=NOW)


def spoken(by: User, **fields: Any) -> CallRecord:
    """A call that this operator has taken."""
    return calls.claim(call=hook("newCall", now=NOW, **fields), actor=by, now=NOW)


def finished(read: CallBack, *, by: User, outcome: str = "好", now: datetime = NOW) -> None:
    """Calling back is done, as whoever read this row sees it."""
    finish_call_back(call_back=read, word=read.word, outcome=outcome, actor=by, now=now)


def refused(deed: Any, kind: type[Exception]) -> Any:
    """The refusal of a deed that changed nothing."""
    before = everything()
    with pytest.raises(kind) as refusal:
        deed()
    assert everything() == before
    return refusal.value


class TestTaking:
    def test_the_first_wins_and_the_others_are_told_who(self, lin, ma):
        call = hook("newCall")

        taken = calls.claim(call=call, actor=lin, now=NOW)

        assert (taken.status, taken.answered_by, taken.answered_at) == ("answered", lin, NOW)
        loser = refused(partial(calls.claim, call=call, actor=ma, now=NOW), Conflict)
        assert (loser.code, str(loser.message)) == ("taken", "林静已接听此电话。")

    def test_taking_it_twice_is_taking_it_once(self, lin):
        call = spoken(lin)

        calls.claim(call=call, actor=lin, now=NOW + MINUTE)

        assert (CallRecord.objects.get().answered_at, call.events.count()) == (NOW, 2)

    def test_a_call_that_is_over_cannot_be_taken(self, lin):
        call = hook("hangup")

        assert refused(partial(calls.claim, call=call, actor=lin, now=NOW), WrongState).facts["status"] == "missed"

    def test_a_colleagues_call_out_is_neither_taken_nor_hung_up(self, lin, ma):
        Extension.objects.create(user=lin, number="8001")
        asked = dial(number="13800138000", actor=lin, now=NOW)
        dialled = hook("newCall", direction="out", called="13900139000", users=("8001",))

        for call in (asked, dialled):
            for deed in (calls.claim, calls.hang_up_by_hand):
                refusal = refused(partial(deed, call=call, actor=ma, now=NOW), Conflict)
                assert (refusal.code, refusal.facts["taken_by"]) == ("taken", lin.pk)
            assert calls.hang_up_by_hand(call=call, actor=lin, now=NOW).status == "missed"

    @pytest.mark.parametrize("role", [Role.CARER, Role.DISPATCHER, Role.AUDITOR, Role.ORGANISATION_MANAGER])
    def test_only_operators_and_administrators_touch_calls(self, role):
        other, call, who = make_user("x", role), hook("newCall"), person("王芳")
        for deed in (
            partial(calls.claim, call=call),
            partial(calls.hang_up_by_hand, call=call),
            partial(calls.identify, call=call, person=who),
            partial(calls.wrap_up, call=call, code="asked"),
            partial(calls.start_by_hand),
            partial(dial, number="13800138000"),
        ):
            refused(partial(deed, actor=other, now=NOW), NotAllowed)


class TestByHand:
    def test_with_a_number_it_is_like_any_other_call(self, lin):
        call = calls.start_by_hand(number=" 138 0013 8000 ", actor=lin, now=NOW)

        assert (call.status, call.direction, call.number, call.answered_by) == ("answered", "in", "+8613800138000", lin)
        assert call.call_id.startswith("hand-")
        assert list(call.events.values_list("old", "new", "reason", "actor")) == [("", "answered", "by hand", lin.pk)]

    def test_without_a_number_it_is_one_too_and_two_are_two(self, lin):
        made = {calls.start_by_hand(actor=lin, now=NOW).call_id for _ in range(2)}

        assert len(made) == 2
        assert set(CallRecord.objects.values_list("number", flat=True)) == {""}

    def test_it_is_hung_up_by_hand_once(self, lin, ma):
        call = calls.start_by_hand(actor=lin, now=NOW)
        refused(partial(calls.hang_up_by_hand, call=call, actor=ma, now=NOW), Conflict)

        for minute in (1, 2):
            call = calls.hang_up_by_hand(call=call, actor=lin, now=NOW + minute * MINUTE)

        assert (call.status, call.ended_at, call.events.count()) == ("ended", NOW + MINUTE, 2)

    def test_a_ringing_call_is_not_hung_up_by_who_has_not_taken_it(self, lin):
        refused(partial(calls.hang_up_by_hand, call=hook("newCall"), actor=lin, now=NOW), WrongState)


class TestWhatCameOfIt:
    def test_a_code_and_a_note(self, lin):
        call = calls.hang_up_by_hand(call=spoken(lin), actor=lin, now=NOW)

        calls.wrap_up(call=call, code="ordered", note=" 助洁 ", actor=lin, now=NOW + MINUTE)
        calls.wrap_up(call=call, code="ordered", note="助洁", actor=lin, now=NOW + 2 * MINUTE)

        call.refresh_from_db()
        assert (call.wrap_up, call.outcome, call.wrapped_up_by, call.wrapped_up_at) == (
            "ordered", "助洁", lin, NOW + MINUTE,
        )  # fmt: skip
        last = call.events.last()
        assert (last.old, last.new, last.reason, last.actor, call.events.count()) == (
            "ended",
            "ended",
            "ordered",
            lin,
            4,
        )

    def test_a_slip_is_corrected(self, lin):
        call = spoken(lin)
        calls.wrap_up(call=call, code="ordered", actor=lin, now=NOW)

        calls.wrap_up(call=call, code="asked", actor=lin, now=NOW)

        assert CallRecord.objects.get().wrap_up == "asked"
        assert list(call.events.values_list("reason", flat=True)) == ["", "", "ordered", "asked"]

    @pytest.mark.parametrize(
        ("field", "given"),
        [
            ("code", {"code": ""}),
            ("code", {"code": "nonsense"}),
            ("note", {"note": "老" * 201}),
            ("call_back_at", {"call_back_at": NOW - MINUTE}),
        ],
    )
    def test_what_does_not_fit_is_refused_by_field(self, field, given, lin):
        call = spoken(lin)
        deed = partial(calls.wrap_up, **{"call": call, "code": "asked", "actor": lin, "now": NOW} | given)

        assert list(refused(deed, Invalid).fields) == [field]

    def test_emoji_are_a_note_like_any_other(self, lin):
        calls.wrap_up(call=spoken(lin), code="other", note="👵🏻" * 50, actor=lin, now=NOW)

        assert CallRecord.objects.get().outcome == "👵🏻" * 50

    def test_another_operators_call_is_left_alone(self, lin, ma):
        call = spoken(lin)
        refused(partial(calls.wrap_up, call=call, code="asked", actor=ma, now=NOW), Conflict)
        refused(partial(calls.identify, call=call, person=person("王芳"), actor=ma, now=NOW), Conflict)

    def test_a_ringing_call_has_no_outcome_yet(self, lin):
        refused(partial(calls.wrap_up, call=hook("newCall"), code="asked", actor=lin, now=NOW), WrongState)

    def test_a_promise_to_call_back_is_kept_with_its_hour(self, lin):
        call, at = spoken(lin), NOW + timedelta(hours=2)

        calls.wrap_up(call=call, code="asked", call_back_at=at, actor=lin, now=NOW)

        owed = CallBack.objects.get()
        assert (owed.why, owed.due_at, owed.call, owed.number) == ("promised", at, call, "+8613800138000")

    def test_a_promise_with_another_hour_takes_effect(self, lin):
        call = spoken(lin)

        for hours in (2, 3, 2):
            at = NOW + timedelta(hours=hours)
            calls.wrap_up(call=call, code="asked", call_back_at=at, actor=lin, now=NOW)
            assert CallBack.objects.get().due_at == at

    def test_a_promise_to_who_called_in_vain_before_is_not_settled_by_getting_through(self, lin):
        hook("hangup", "in vain", now=NOW)
        call, at = spoken(lin), NOW + timedelta(hours=2)
        hook("hangup", "in vain again", now=NOW)

        calls.wrap_up(call=call, code="asked", call_back_at=at, actor=lin, now=NOW)
        spoken(lin, call_id="c2")

        owed = CallBack.objects.get(status="open")
        assert (owed.why, owed.due_at, owed.call) == ("promised", at, call)

    def test_the_same_form_sent_again_after_the_promise_was_kept_promises_nothing(self, lin):
        call, at = spoken(lin), NOW + timedelta(hours=2)
        wrap_up = partial(calls.wrap_up, call=call, code="asked", call_back_at=at, actor=lin, now=NOW)
        wrap_up()
        finished(CallBack.objects.get(), by=lin)
        before = everything()

        wrap_up()

        assert everything() == before

    def test_a_withheld_caller_is_promised_a_call_only_once_it_is_known_who_it_is(self, lin):
        call = spoken(lin, caller="anonymous")
        promise = partial(calls.wrap_up, call=call, code="asked", call_back_at=NOW + MINUTE, actor=lin, now=NOW)
        assert list(refused(promise, Invalid).fields) == ["call_back_at"]

        calls.identify(call=call, person=person("王芳", "13900139001"), actor=lin, now=NOW)
        promise()

        assert CallBack.objects.get().number == "+8613900139001"

    def test_an_order_is_joined_once(self, lin):
        call, order = spoken(lin), make.order(make.elder(), make.request(make.item()))

        for _ in range(2):
            calls.link_order(call=call, order=order, actor=lin, now=NOW)

        assert list(order.calls.all()) == [call]
        assert [event.reason for event in call.events.all()] == ["", "", f"order {order.pk}"]

    def test_who_it_was_is_written_once_and_a_slip_corrected(self, lin):
        call, wrong, right = spoken(lin), person("王芳"), person("王秀英")
        for who in (wrong, wrong, right):
            calls.identify(call=call, person=who, actor=lin, now=NOW)

        assert CallRecord.objects.get().person == right
        assert [event.reason for event in call.events.all()][2:] == [f"person {wrong.pk}", f"person {right.pk}"]


class TestWhenItWasAsked:
    def test_while_the_call_is_on_the_line_as_it_began(self, lin):
        own, ringing, later = spoken(lin), hook("newCall", "c2", now=NOW), NOW + timedelta(hours=1)

        assert [asked_at(call, lin, later) for call in (own, ringing)] == [NOW, NOW]

    def test_after_a_call_that_ended_a_short_while_ago_too(self, lin):
        call = calls.hang_up_by_hand(call=spoken(lin), actor=lin, now=NOW + MINUTE)

        assert asked_at(call, lin, NOW + timedelta(hours=12)) == NOW
        assert asked_at(call, lin, NOW + timedelta(hours=12, minutes=1)) == NOW + timedelta(hours=12, minutes=1)

    def test_without_a_call_or_with_another_operators_it_is_asked_now(self, lin, ma):
        Extension.objects.create(user=ma, number="8002")
        hers = [spoken(ma), dial(number="13900139000", actor=ma, now=NOW)]

        assert [asked_at(call, lin, NOW + MINUTE) for call in (None, *hers)] == [NOW + MINUTE] * 3

    def test_it_was_never_asked_later_than_now(self, lin):
        assert asked_at(spoken(lin), lin, NOW - MINUTE) == NOW - MINUTE


class TestWhoIsCalling:
    def test_nobody_knows_this_number(self, cast: Cast):
        assert people_calling(hook("newCall", caller="13712345678")) == []

    @pytest.mark.parametrize("caller", ["anonymous", "8005", "👵🏻"])
    def test_nor_one_that_is_none(self, caller, cast: Cast):
        assert people_calling(hook("newCall", caller=caller)) == []

    def test_one_elder(self, cast: Cast):
        [found] = people_calling(hook("newCall", caller="13800138000"))

        assert (found.person, found.elder, found.contact, found.may_order) == (
            cast.elder.person, cast.elder, None, True,
        )  # fmt: skip

    def test_all_who_share_a_landline_in_the_order_of_their_names(self, cast: Cast):
        husband = make.elder("E9", person=person("李大山", LANDLINE))
        person("赵敏", LANDLINE)

        found = people_calling(hook("newCall", caller=LANDLINE))

        assert [(one.person.name, one.elder, one.may_order) for one in found] == [
            ("李大山", husband, True), ("张桂兰", cast.elder, True), ("赵敏", None, False),
        ]  # fmt: skip

    def test_a_child_calls_for_each_parent_with_the_authority_given(self, cast: Cast):
        child = person("张伟", "13700137000")
        Contact.objects.create(elder=cast.elder, person=child, relation="儿子", authority="MAY_ORDER")
        Contact.objects.create(elder=cast.both_elder, person=child, relation="外甥", authority="MAY_ASK")

        found = people_calling(hook("newCall", caller="13700137000"))

        assert [(one.person, one.elder, one.contact.relation, one.may_order) for one in found] == [
            (child, cast.both_elder, "外甥", False), (child, cast.elder, "儿子", True),
        ]  # fmt: skip

    def test_an_elder_who_speaks_for_another_is_first_oneself(self, cast: Cast):
        Contact.objects.create(elder=cast.both_elder, person=cast.elder.person, relation="邻居")

        found = people_calling(hook("newCall", caller="13800138000"))

        assert [one.elder for one in found] == [cast.elder, cast.both_elder]

    def test_once_identified_only_the_person_named(self, cast: Cast, lin):
        person("李大山", LANDLINE)
        call = calls.identify(call=spoken(lin, caller=LANDLINE), person=cast.elder.person, actor=lin, now=NOW)

        assert [one.person for one in people_calling(call)] == [cast.elder.person]

    @pytest.mark.parametrize("many", [1, 12])
    def test_it_costs_two_queries_for_any_number_of_calls(self, many, cast: Cast, django_assert_num_queries):
        rows = [hook("newCall", f"c{number}", caller=LANDLINE) for number in range(many)]
        for number in range(many):
            child = person(f"王{number}", LANDLINE)
            Contact.objects.create(elder=cast.both_elder, person=child, relation="侄女")

        with django_assert_num_queries(2):
            found = people_calling_each(rows)
            towns = {one.elder.town.name for each in found.values() for one in each if one.elder.person.name}

        assert [len(each) for each in found.values()] == [many + 1] * many
        assert towns == {"高沟镇"}

    def test_withheld_calls_cost_none(self, django_assert_num_queries):
        rows = [hook("newCall", caller="")]

        with django_assert_num_queries(0):
            people_calling_each(rows)


class TestCallBacks:
    def owe(self, number: str, **fields: Any) -> CallBack:
        values: dict[str, Any] = {"why": CallBack.Why.NOT_SERVED, "due_at": NOW, "actor": None, "now": NOW}
        return owe_call_back(number=read_number(number), **values | fields)

    @pytest.mark.parametrize("first", [CallBack.Why.MISSED, CallBack.Why.PROMISED, CallBack.Why.NOT_SERVED])
    @pytest.mark.parametrize("later", [CallBack.Why.PROMISED, CallBack.Why.NOT_SERVED])
    def test_one_number_is_owed_one_and_the_last_word_to_the_caller_stands(self, first, later, lin):
        owed = self.owe("13800138000", why=first)

        for _ in range(2):
            again = self.owe("+86 138 0013 8000", due_at=NOW + MINUTE, why=later, actor=lin, now=NOW + MINUTE)

        assert again == owed
        stored = CallBack.objects.get()
        assert (stored.why, stored.due_at, stored.status) == (later, NOW + MINUTE, "open")
        assert list(stored.events.values_list("old", "new", "reason", "actor")) == [
            ("", "open", first, None),
            ("open", "open", f"{first} 2026-09-14 07:00 → {later} 2026-09-14 07:01", lin.pk),
        ]

    @pytest.mark.parametrize("word", [CallBack.Why.MISSED, CallBack.Why.PROMISED, CallBack.Why.NOT_SERVED])
    def test_a_missed_call_changes_nothing_in_what_is_owed(self, word):
        owed = self.owe("13800138000", why=word, due_at=NOW + MINUTE)
        before = list(CallBack.objects.values())

        assert self.owe("13800138000", why=CallBack.Why.MISSED, due_at=NOW) == owed
        assert (list(CallBack.objects.values()), owed.events.count()) == (before, 1)

    @pytest.mark.django_db(transaction=True)
    def test_a_promise_stands_whichever_of_several_at_once_comes_first(self):
        at = NOW + timedelta(hours=2)
        promise = partial(self.owe, "13800138000", why=CallBack.Why.PROMISED, due_at=at)
        missed = partial(self.owe, "13800138000", why=CallBack.Why.MISSED)

        outcomes = together([missed, promise] * 3)

        assert [type(outcome) for outcome in outcomes] == [CallBack] * 6
        assert CallBack.objects.values_list("why", "due_at").get() == ("promised", at)

    def test_a_new_word_keeps_whom_it_does_not_name(self, lin):
        who = person("王芳")
        self.owe("13800138000", person=who)

        self.owe("13800138000", why=CallBack.Why.PROMISED, due_at=NOW + MINUTE)

        assert CallBack.objects.get().person == who

    def test_it_is_done_once(self, lin, ma):
        owed = self.owe("13800138000")

        finished(owed, by=lin, outcome="改到明天", now=NOW + MINUTE)
        finished(owed, by=lin, outcome="又点一次", now=NOW + 2 * MINUTE)

        done = CallBack.objects.get()
        assert (done.status, done.outcome, done.done_by, done.done_at) == ("done", "改到明天", lin, NOW + MINUTE)
        assert list(done.events.values_list("new", flat=True)) == ["open", "done"]
        refused(partial(finished, owed, by=ma, outcome="我也打了"), WrongState)

    @pytest.mark.parametrize(("first", "later"), [(CallBack.Why.MISSED, NOW), (CallBack.Why.PROMISED, NOW + MINUTE)])
    def test_what_was_promised_since_it_was_read_stays_owed(self, first, later, lin):
        read = self.owe("13800138000", why=first)
        self.owe("13800138000", why=CallBack.Why.PROMISED, due_at=later)

        refusal = refused(partial(finished, read, by=lin), Conflict)

        assert refusal.code == "promised_anew"
        finished(CallBack.objects.get(), by=lin)

    @pytest.mark.django_db(transaction=True)
    def test_a_promise_made_at_once_with_the_done_stays_owed(self, lin):
        at = NOW + timedelta(hours=2)
        for number in range(6):
            phone = f"1380013800{number}"
            done = partial(finished, self.owe(phone), by=lin)

            together([done, partial(self.owe, phone, why=CallBack.Why.PROMISED, due_at=at)])

        assert list(open_call_backs(lin).values_list("why", "due_at")) == [("promised", at)] * 6

    @pytest.mark.parametrize("outcome", ["", "  ", "老" * 201])
    def test_it_is_not_done_without_saying_what_came_of_it(self, outcome, lin):
        deed = partial(finished, self.owe("13800138000"), by=lin, outcome=outcome)

        refused(deed, Invalid)

    def test_a_number_may_be_owed_again_after_it_was_called(self, lin):
        finished(self.owe("13800138000"), by=lin)

        assert self.owe("13800138000").status == "open"

    def test_the_list_begins_with_the_longest_due(self, lin):
        later, now, early = (
            self.owe(f"1380013800{number}", due_at=NOW + minutes * MINUTE)
            for number, minutes in ((1, 9), (2, 0), (3, -9))
        )

        assert list(open_call_backs(lin)) == [early, now, later]
        assert list(open_call_backs(make_user("carer", Role.CARER))) == []

    def test_a_promise_is_not_settled_by_a_call_in(self, lin):
        self.owe("13800138000", why=CallBack.Why.PROMISED)

        spoken(lin)

        assert CallBack.objects.get().status == "open"

    def test_what_counts_as_missed(self):
        hook("hangup", "c1", now=NOW)
        hook("hangup", "old", now=NOW - timedelta(days=1))
        hook("hangup", "out", direction="out", called="13900139000", now=NOW)
        hook("newCall", "c2", now=NOW)

        assert [call.call_id for call in missed_since(NOW - MINUTE)] == ["c1"]
