"""The clock of urgent help: exact to the second, and each step once, however many look at it at the same moment."""

from functools import partial

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import cancel_visit, release_assignment, report_no_show
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services import escalate
from dispatch.urgent.services.escalate import escalate_due
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.models import PolicySetting
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import accept, ask, check, make_elder
from tests.dispatch.threads import together
from tests.dispatch.urgent.make import after, asked, call, carer, item, statuses
from tests.orders.make import TODAY, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def urgent() -> UrgentCall:
    """A call for which C1, C2 and C3 are asked at once; C4 to C8 are further away."""
    item()
    for number in range(1, 9):
        carer(f"C{number}", float(number))
    return call()


def offer_to(number: str) -> Offer:
    return Offer.objects.filter(carer__number=number).latest("pk")


def test_the_timeline_of_a_call_that_nobody_answers(urgent):
    first = {"C1": "sent", "C2": "sent", "C3": "sent"}
    second = first | {"C4": "sent", "C5": "sent", "C6": "sent"}
    third = second | {"C7": "sent", "C8": "sent"}

    timeline = []
    for seconds in (0, 59, 60, 61, 119, 120, 121, 179, 180):
        moved = escalate_due(now=after(seconds))
        urgent.refresh_from_db()
        timeline.append((seconds, moved, urgent.status, len(asked(urgent)), urgent.next_ask_at))

    assert timeline == [
        (0, 0, "waiting", 3, after(60)),
        (59, 0, "waiting", 3, after(60)),
        (60, 1, "waiting", 6, after(120)),
        (61, 0, "waiting", 6, after(120)),
        (119, 0, "waiting", 6, after(120)),
        (120, 1, "alarmed", 8, after(180)),
        (121, 0, "alarmed", 8, after(180)),
        (179, 0, "alarmed", 8, after(180)),
        (180, 1, "alarmed", 8, after(240)),
    ]
    assert asked(urgent) == third
    assert list(second) == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert (urgent.alarmed_at, urgent.alarm_reasons) == (after(120), [{"code": "not_accepted", "number": 0}])
    assert statuses(urgent) == ["waiting", "alarmed"]


def test_the_numbers_are_the_countys_own():
    for key, value in (("urgent_next_seconds", 20), ("urgent_alarm_seconds", 30), ("urgent_asked_at_once", 1)):
        PolicySetting.objects.create(key=key, value=value, effective_from=TODAY, owner="test")
    item()
    carer("C1", 1.0)
    carer("C2", 2.0)
    urgent = call()

    assert [escalate_due(now=after(seconds)) for seconds in (19, 20, 29, 30)] == [0, 1, 0, 1]

    urgent.refresh_from_db()
    assert (urgent.status, list(asked(urgent))) == ("alarmed", ["C1", "C2"])


def test_a_clock_that_stood_still_does_each_step_once_and_goes_on_in_step(urgent):
    assert escalate_due(now=after(200)) == 1

    urgent.refresh_from_db()
    assert (urgent.status, len(asked(urgent)), urgent.next_ask_at) == ("alarmed", 6, after(240))


def test_who_declined_is_not_asked_again_and_who_let_it_pass_is_asked_last(urgent):
    decline_offer(offer=offer_to("C1"), reason="SICK", actor=None, now=after(10))

    for seconds in (60, 120, 180, 240, 300):
        escalate_due(now=after(seconds))

    # At 300 s the first questions are over (five minutes): C2 and C3 are asked again, C1 never.
    assert list(Offer.objects.order_by("pk").values_list("carer__number", "status")) == [
        ("C1", "declined"),
        ("C2", "expired"),
        ("C3", "expired"),
        ("C4", "sent"),
        ("C5", "sent"),
        ("C6", "sent"),
        ("C7", "sent"),
        ("C8", "sent"),
        ("C2", "sent"),
        ("C3", "sent"),
    ]


def test_when_all_have_declined_and_nobody_is_left_the_alarm_does_not_wait():
    item()
    carer("C1")
    urgent = call()
    decline_offer(offer=offer_to("C1"), reason="SICK", actor=None, now=after(10))

    escalate_due(now=after(60))

    urgent.refresh_from_db()
    assert (urgent.status, urgent.alarmed_at) == ("alarmed", after(60))
    assert urgent.alarm_reasons == [{"code": "refused", "number": 1}]


def test_an_acceptance_ends_the_search(urgent):
    escalate_due(now=after(60))
    accept(offer_to("C4"), now=after(70))

    assert [escalate_due(now=after(seconds)) for seconds in (71, 72, 120, 600)] == [1, 0, 0, 0]

    urgent.refresh_from_db()
    assert statuses(urgent) == ["waiting", "taken"]
    assert asked(urgent) == {f"C{n}": "accepted" if n == 4 else "filled" for n in range(1, 7)}


def test_no_screen_disagrees_with_the_visit_before_the_clock_has_looked(urgent):
    accept(offer_to("C1"), now=after(70))

    fresh = UrgentCall.objects.select_related("visit").get()
    assert (fresh.status, fresh.stands_at) == ("waiting", "taken")


def test_after_the_alarm_an_acceptance_still_resolves_it(urgent):
    escalate_due(now=after(120))
    accept(offer_to("C2"), now=after(130))
    escalate_due(now=after(131))

    assert statuses(urgent) == ["waiting", "alarmed", "taken"]


@pytest.mark.parametrize("how", ["gives it back", "does not come"])
def test_a_carer_who_falls_out_sets_the_alarm_off_again(urgent, how):
    dispatcher = make_user("disp", Role.DISPATCHER)
    escalate_due(now=after(120))
    UrgentCall.objects.update(acknowledged_by=dispatcher, acknowledged_at=after(125))
    work = accept(offer_to("C2"), now=after(130))
    escalate_due(now=after(131))
    if how == "gives it back":
        release_assignment(assignment=work, reason="车坏了", actor=work.carer.person.user, now=at("07:20"))
    else:
        report_no_show(assignment=work, reason="没有到", actor=dispatcher, now=at("07:20"))

    assert escalate_due(now=at("07:20")) == 1

    urgent.refresh_from_db()
    assert statuses(urgent) == ["waiting", "alarmed", "taken", "waiting", "alarmed"]
    assert (urgent.alarmed_at, urgent.acknowledged_by) == (at("07:20"), None)
    newest = Offer.objects.filter(sent_at=at("07:20")).values_list("carer__number", flat=True)
    assert list(newest.order_by("pk")) == ["C7", "C8", "C1"]  # whoever was not asked first, and C2 not at all


def test_a_carer_who_falls_out_within_the_two_minutes_puts_it_back_to_waiting(urgent):
    work = accept(offer_to("C1"), now=after(20))
    escalate_due(now=after(21))
    release_assignment(assignment=work, reason="车坏了", actor=work.carer.person.user, now=after(40))
    escalate_due(now=after(41))

    urgent.refresh_from_db()
    assert (urgent.status, len(asked(urgent))) == ("waiting", 6)
    escalate_due(now=after(120))
    assert statuses(urgent) == ["waiting", "taken", "waiting", "alarmed"]


def test_the_call_ends_when_a_carer_is_in_the_home(urgent):
    check(accept(offer_to("C1"), now=after(20)), "in", "07:06")

    assert escalate_due(now=at("07:06")) == 1
    assert escalate_due(now=at("07:30")) == 0

    urgent.refresh_from_db()
    assert (statuses(urgent), urgent.ended_at) == (["waiting", "helped"], at("07:06"))


@pytest.mark.parametrize("taken", [False, True])
def test_a_visit_that_is_cancelled_elsewhere_does_not_end_the_call_silently(urgent, taken):
    if taken:
        accept(offer_to("C1"), now=after(20))
        escalate_due(now=after(21))
    cancel_visit(visit=urgent.visit, reason="点错了", actor=None, now=after(30))

    assert [escalate_due(now=after(seconds)) for seconds in (31, 32, 300)] == [1, 0, 0]

    urgent.refresh_from_db()
    assert (urgent.status, urgent.alarm_reasons) == ("alarmed", [{"code": "visit_over", "number": 0}])
    assert asked(urgent).keys() == {"C1", "C2", "C3"}


def test_a_direct_question_is_left_to_its_answer_and_the_alarm_comes_all_the_same(urgent):
    ask(urgent.visit, carer("C9", 20.0), start="07:40", now=after(50))

    escalate_due(now=after(60))
    escalate_due(now=after(120))

    urgent.refresh_from_db()
    assert (urgent.status, asked(urgent)["C9"], len(asked(urgent))) == ("alarmed", "sent", 4)


def test_for_two_carers_each_part_is_asked_for_until_it_has_one():
    item(carers_needed=2)
    for number in range(1, 5):
        carer(f"C{number}", float(number))
    PolicySetting.objects.create(key="urgent_asked_at_once", value=1, effective_from=TODAY, owner="test")
    urgent = call()
    assert list(Offer.objects.order_by("pk").values_list("leg", "carer__number")) == [(1, "C1"), (2, "C1")]

    accept(Offer.objects.get(leg=1), now=after(20))
    escalate_due(now=after(60))
    escalate_due(now=after(120))

    urgent.refresh_from_db()
    assert urgent.status == "alarmed"
    assert list(Offer.objects.filter(leg=2).order_by("pk").values_list("carer__number", "status")) == [
        ("C1", "withdrawn"),
        ("C2", "sent"),
        ("C3", "sent"),
    ]
    accept(Offer.objects.get(leg=2, carer__number="C2"), now=after(130))
    escalate_due(now=after(131))
    urgent.refresh_from_db()
    assert urgent.status == "taken"


def test_a_call_without_an_order_keeps_its_alarm_and_costs_nothing():
    urgent = call(make_elder())

    assert escalate_due(now=after(600)) == 0

    urgent.refresh_from_db()
    assert (urgent.status, urgent.visit) == ("alarmed", None)


def test_looking_costs_one_query_when_nothing_is_due(urgent, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert escalate_due(now=after(59)) == 0


# Many at once -------------------------------------------------------------------------------------------------------


def broken(monkeypatch, name: str, key: int) -> None:
    """`escalate.<name>` breaks for the visit or call with that key, and works for the others."""
    works = getattr(escalate, name)

    def breaks(subject, *rest, **words):
        if getattr(subject, "pk", subject) == key:
            raise RuntimeError("张桂兰")
        return works(subject, *rest, **words)

    monkeypatch.setattr(escalate, name, breaks)


def test_when_carers_cannot_be_asked_the_alarm_is_raised_at_once_and_the_other_calls_go_on(urgent, monkeypatch):
    other = call(make_elder("E2"))
    broken(monkeypatch, "nearest", urgent.visit_id)

    assert escalate_due(now=after(60)) == 2

    urgent.refresh_from_db()
    assert (urgent.status, urgent.alarmed_at, urgent.next_ask_at) == ("alarmed", after(60), after(120))
    assert urgent.alarm_reasons == [{"code": "not_asked", "number": 0}]
    assert asked(urgent) == {"C1": "sent", "C2": "sent", "C3": "sent"}
    assert len(asked(other)) == 6
    assert escalate_due(now=after(61)) == 0


def test_a_call_that_breaks_altogether_holds_up_no_other_and_is_tried_again(urgent, monkeypatch):
    other = call(make_elder("E2"))

    with monkeypatch.context() as patch:
        broken(patch, "held_call", urgent.pk)
        assert escalate_due(now=after(60)) == 1

    assert (len(asked(urgent)), len(asked(other))) == (3, 6)
    assert escalate_due(now=after(60)) == 1
    assert len(asked(urgent)) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_many_screens_and_beat_at_once_do_each_step_once(round_, urgent):
    moved = together([partial(escalate_due, now=after(120))] * 8)

    assert all(isinstance(number, int) for number in moved), moved
    urgent.refresh_from_db()
    assert asked(urgent) == dict.fromkeys(["C1", "C2", "C3", "C4", "C5", "C6"], "sent")
    assert Offer.objects.count() == 6
    assert (statuses(urgent), urgent.next_ask_at) == (["waiting", "alarmed"], after(180))


@pytest.mark.parametrize("guarded", [True, False])
def test_control_who_looked_before_a_rival_asked_asks_again_unless_the_clock_is_compared_and_set(
    urgent, monkeypatch, guarded
):
    early = escalate.held_call(urgent.pk)
    escalate_due(now=after(60))
    monkeypatch.setattr(escalate, "held_call", lambda pk: early)  # as if no lock had kept the rivals apart
    if not guarded:
        monkeypatch.setattr(escalate, "_wind_clock", lambda urgent, now: None)

    moved = escalate.catch_up(urgent.pk, now=after(60))

    assert (moved, len(asked(urgent))) == ((False, 6) if guarded else (True, 8))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_an_acceptance_and_the_alarm_at_the_same_moment_leave_one_carer_coming(round_, urgent):
    accepted, moved = together([partial(accept, offer_to("C1"), now=after(120)), partial(escalate_due, now=after(120))])

    assert isinstance(accepted, Assignment), accepted
    assert moved in (0, 1), moved
    escalate_due(now=after(121))
    urgent.refresh_from_db()
    assert urgent.status == "taken"
    assert Visit.objects.get().status == "reserved"
    assert not Offer.objects.filter(status="sent").exists()
