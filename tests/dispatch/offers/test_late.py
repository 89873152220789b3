"""Nobody checks in: the carer is told, then the dispatcher, then the visit goes back. Each step once, and never too early."""

import pytest

from dispatch.confirmations.models import Confirmation
from dispatch.offers.models import LateAlarm, Offer
from dispatch.offers.selectors import declined_pairs
from dispatch.offers.services import late
from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.end import cancel_visit, release_assignment, report_no_show
from dispatch.offers.services.late import acknowledge, look_for_late_work
from dispatch.visits.models import Assignment
from dispatch.visits.services.assign import move_assignment
from orders.models import EntitlementUse, Visit
from people.errors import Invalid, NotAllowed, WrongState
from people.models import PolicySetting
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    TODAY,
    accept,
    ask,
    ask_pool,
    at,
    check,
    link,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
    serve,
)
from tests.orders import make
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def look(*clocks: str) -> list[int]:
    """How many steps the platform took when it looked at these times."""
    return [look_for_late_work(now=at(clock)) for clock in clocks]


def statuses(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("status", flat=True))


def history(alarm: LateAlarm) -> list[str]:
    return list(alarm.events.values_list("new", flat=True))


@pytest.fixture
def office():
    return make_user("office", Role.DISPATCHER)


@pytest.fixture
def work() -> Assignment:
    """Promised for 9:00 to 10:00, in a window until 11:00."""
    [assignment] = promise(make_visit(), make_carer())
    return assignment


# Late ---------------------------------------------------------------------------------------------------------------


def test_the_carer_is_told_after_15_minutes_and_the_dispatcher_after_25(work):
    assert look("09:14", "09:15", "09:15", "09:24", "09:25", "09:25") == [0, 1, 0, 0, 1, 0]

    alarm = LateAlarm.objects.get()
    assert (alarm.assignment, alarm.told_at) == (work, at("09:15"))
    assert list(alarm.events.values_list("new", "at")) == [("carer_told", at("09:15")), ("raised", at("09:25"))]
    assert (statuses(Assignment), statuses(Visit)) == (["accepted"], ["reserved"])


def test_the_county_sets_the_minutes(work):
    for key, minutes in (("late_alarm_minutes", 5), ("late_escalation_minutes", 2), ("missed_after_minutes", 20)):
        PolicySetting.objects.create(key=key, value=minutes, effective_from=TODAY)

    assert look("09:04", "09:05", "09:06", "09:07", "09:19", "09:20") == [0, 1, 0, 1, 0, 1]
    assert statuses(LateAlarm) == ["missed"]


def test_who_checks_in_in_time_is_not_late(work):
    check(work, "in", "09:14")

    assert look("09:15", "09:40", "11:30") == [0, 0, 0]
    assert not LateAlarm.objects.exists()


def test_work_nobody_has_accepted_is_not_late():
    ask(make_visit(), make_carer())

    assert look("09:15") == [0]


@pytest.mark.parametrize("before", ["carer_told", "raised", "acknowledged"])
def test_a_check_in_closes_the_alarm(work, office, before):
    look("09:15")
    if before != "carer_told":
        look("09:25")
    if before == "acknowledged":
        acknowledge(alarm=LateAlarm.objects.get(), word="电话已通", actor=office, now=at("09:26"))
    assert statuses(LateAlarm) == [before]
    check(work, "in", "09:27")

    assert look("09:28", "09:29", "11:30") == [1, 0, 0]
    assert (statuses(LateAlarm), statuses(Visit)) == (["arrived"], ["started"])


@pytest.mark.parametrize("end", ["given back", "cancelled", "reported", "another day"])
def test_work_that_is_no_longer_expected_has_no_alarm(work, office, end):
    look("09:15", "09:25")
    how = {"reason": "x", "actor": office, "now": at("09:30")}
    if end == "given back":
        release_assignment(assignment=work, **how)
    elif end == "cancelled":
        cancel_visit(visit=work.visit, **how)
    elif end == "reported":
        report_no_show(assignment=work, **how)
    else:
        amend_visit(visit=work.visit, window_start=at("14:00"), window_end=at("16:00"), **how)

    assert look("09:31", "09:32", "11:30") == [1, 0, 0]
    assert statuses(LateAlarm) == ["dropped"]


def test_work_moved_to_a_later_hour_may_be_late_again(work):
    look("09:15", "09:25")
    move_assignment(assignment=work, planned_start=at("10:00"), planned_end=at("11:00"), actor=None, now=at("09:30"))

    assert look("09:31", "10:14", "10:15", "10:25") == [1, 0, 1, 1]
    assert history(LateAlarm.objects.get()) == ["carer_told", "raised", "dropped", "carer_told", "raised"]
    assert LateAlarm.objects.get().told_at == at("10:15")


def test_looking_costs_three_queries_while_nothing_is_due(django_assert_num_queries):
    for number in range(3):
        promise(make_visit(make_elder(f"E{number}")), make_carer(f"C{number}"))
    with django_assert_num_queries(3):
        assert look("09:05") == [0]
    assert look("09:15") == [3]
    with django_assert_num_queries(3):
        assert look("09:16") == [0]


def test_one_that_breaks_holds_up_no_other(work, monkeypatch):
    [other] = promise(make_visit(make_elder("E2")), make_carer("C2"))
    tell = late._tell

    def breaks_for_one(pk, now):
        return 1 / 0 if pk == work.pk else tell(pk, now)

    monkeypatch.setattr(late, "_tell", breaks_for_one)

    assert look("09:15") == [1]
    assert LateAlarm.objects.get().assignment == other


# In hand ------------------------------------------------------------------------------------------------------------


def test_an_alarm_is_taken_in_hand_with_a_word(work, office):
    look("09:15", "09:25")

    acknowledge(alarm=LateAlarm.objects.get(), word=" 路上堵车，10点到 ", actor=office, now=at("09:30"))

    event = LateAlarm.objects.get().events.last()
    assert (event.new, event.actor, event.reason) == ("acknowledged", office, "路上堵车，10点到")


def test_taking_in_hand_needs_a_word_the_office_and_an_alarm(work, office):
    look("09:15")
    alarm = LateAlarm.objects.get()

    with pytest.raises(WrongState):  # only the carer knows yet
        acknowledge(alarm=alarm, word="x", actor=office, now=at("09:16"))
    look("09:25")
    with pytest.raises(Invalid):
        acknowledge(alarm=alarm, word="  ", actor=office, now=at("09:26"))
    with pytest.raises(NotAllowed):
        acknowledge(alarm=alarm, word="x", actor=login_of(work.carer), now=at("09:26"))
    check(work, "in", "09:27")
    with pytest.raises(WrongState):  # she is there, though nobody has looked since
        acknowledge(alarm=alarm, word="x", actor=office, now=at("09:27"))

    assert history(alarm) == ["carer_told", "raised"]


def test_a_visit_in_hand_goes_to_nobody_else_while_its_window_lasts(work, office):
    look("09:15", "09:25")
    acknowledge(alarm=LateAlarm.objects.get(), word="10点半到", actor=office, now=at("09:30"))

    assert look("10:00", "10:59") == [0, 0]
    assert statuses(Visit) == ["reserved"]
    assert look("11:00") == [1]
    assert (statuses(LateAlarm), statuses(Visit)) == (["missed"], ["not_done"])


# Missed -------------------------------------------------------------------------------------------------------------


def test_after_an_hour_a_missed_visit_is_open_again(work):
    assert look("09:15", "09:25", "09:59", "10:00", "10:00") == [1, 1, 0, 1, 0]

    assert (statuses(LateAlarm), statuses(Assignment)) == (["missed"], ["no_show"])
    assert (statuses(Visit), statuses(Offer)) == (["open"], ["withdrawn"])
    event = work.events.last()
    assert (event.actor, event.reason) == (None, "no_check_in")
    assert declined_pairs([work.visit_id]) == {(work.visit_id, work.carer_id)}


def test_planning_is_asked_for_the_next_best_carer(work, repairs, django_capture_on_commit_callbacks):
    look("09:15", "09:25")
    with django_capture_on_commit_callbacks(execute=True):
        look("10:00")

    assert repairs == [work.visit_id]


def test_when_nobody_could_serve_it_in_time_any_more_the_end_of_the_window_is_waited_for():
    """It must end in the window: 60 minutes do not fit after 10:00."""
    promise(visit := make_visit(start="09:00", end="10:30"), make_carer())
    Visit.objects.filter(pk=visit.pk).update(window_rule="END")

    assert look("09:15", "09:25", "10:00", "10:29") == [1, 1, 0, 0]
    assert statuses(Visit) == ["reserved"]
    assert look("10:30") == [1]
    assert statuses(Visit) == ["not_done"]


def test_a_missed_visit_without_time_left_is_not_done_and_its_hours_return():
    elder = make_elder()
    make.entitlement(elder)
    promise(make_visit(elder, start="09:00", end="09:30"), make_carer())

    assert look("09:15", "09:25", "09:59", "10:00") == [1, 1, 0, 1]

    assert (statuses(Visit), statuses(EntitlementUse)) == (["not_done"], ["returned"])
    assert Visit.objects.get().end_reason == "no_check_in"


def test_after_an_outage_the_phones_get_their_time_to_report(work):
    """Nobody looked until 10:10: the carer is told then, and missed is who stays silent 45 minutes more."""
    assert look("10:10", "10:19", "10:20", "10:54", "10:55") == [1, 0, 1, 0, 1]
    assert statuses(Visit) == ["open"]


def test_an_outage_after_the_carer_was_told_gives_the_phones_their_time_too(work):
    assert look("09:15", "10:05", "10:06", "10:39", "10:40") == [1, 1, 0, 0, 1]
    assert statuses(LateAlarm) == ["missed"]


def test_a_carer_without_a_smartphone_can_send_nothing_and_is_for_a_person_to_judge(work, office):
    Carer.objects.update(has_smartphone=False)

    assert look("09:15", "09:25", "10:00", "11:00", "23:00") == [1, 1, 0, 0, 0]
    assert (statuses(LateAlarm), statuses(Assignment)) == (["raised"], ["accepted"])
    report_no_show(assignment=work, reason="老人来电", actor=office, now=at("23:00"))
    assert statuses(Visit) == ["not_done"]


def test_a_carer_who_was_heard_of_is_for_a_person_to_judge(work):
    check(work, "out", "10:00")

    assert look("09:15", "09:25", "10:00", "11:00", "23:00") == [1, 1, 0, 0, 0]
    assert (statuses(LateAlarm), statuses(Assignment)) == (["raised"], ["accepted"])


def test_both_of_a_silent_pair_are_missed_at_once():
    promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))

    assert look("09:15", "09:25", "10:00", "10:00") == [2, 2, 1, 0]
    assert (statuses(Assignment), statuses(LateAlarm)) == (["no_show", "no_show"], ["missed", "missed"])
    assert statuses(Visit) == ["open"]


def test_a_partner_who_was_heard_of_keeps_the_pair():
    first, _ = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    check(first, "out", "10:00")

    assert look("09:15", "09:25", "10:00", "11:00") == [2, 2, 0, 0]
    assert statuses(Assignment) == ["accepted", "accepted"]


def test_nobody_is_declared_missing_while_the_partner_is_in_the_home():
    first, _ = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    serve(first)

    assert look("09:15", "09:25", "10:00", "11:00") == [1, 1, 0, 0]
    assert (statuses(LateAlarm), statuses(Visit)) == (["raised"], ["started"])


def test_linked_visits_go_back_together():
    first, second = make_visit(), make_visit(item=make_item("MEAL", skill="CLEAN"))
    link(first, second)
    for offer in [*ask_pool(first, make_carer("C1")), *ask_pool(second, make_carer("C2"))]:
        accept(offer)
    assert statuses(Visit) == ["reserved", "reserved"]

    assert look("09:15", "09:25", "10:00") == [2, 2, 1]

    assert (statuses(Visit), statuses(Assignment)) == (["open", "open"], ["no_show", "no_show"])


# The elder ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_a_person", [True, False])
def test_an_elder_who_waited_in_vain_is_told(office, by_a_person):
    elder = make_elder()
    elder.person.phones.create(number="+8613800138000")
    [part] = promise(make_visit(elder, start="09:00", end="09:30"), make_carer())
    look("09:15", "09:25")

    if by_a_person:
        report_no_show(assignment=part, reason="老人来电", actor=office, now=at("10:00"))
    else:
        look("10:00")

    [message] = Confirmation.objects.filter(status="queued")
    assert (message.kind, message.visit) == ("NOT_SERVED", part.visit)
    assert "很抱歉" in message.text


def test_an_elder_is_not_told_at_night():
    elder = make_elder()
    elder.person.phones.create(number="+8613800138000")
    promise(make_visit(elder, start="20:00", end="20:30"), make_carer(), start="20:00")

    look("20:15", "20:25", "21:00")

    message = Confirmation.objects.get(kind="NOT_SERVED")
    assert message.next_due_at == at("07:00", TODAY.replace(day=TODAY.day + 1))
