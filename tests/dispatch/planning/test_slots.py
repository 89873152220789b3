"""What the caller hears while on the line: exact slots on a small road, why nothing fits, and the nearest alternative.

A kilometre takes 5 minutes by e-bike, two doors side by side 1, and 5 minutes lie between two visits of a carer.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch.offers.services.end import cancel_visit
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.models import PlanRun
from dispatch.planning.reading import Asked
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.planning.slots import Slot, SlotAnswer, _unordered, find_later_slot, find_slots
from dispatch.planning.snapshot import snapshot
from dispatch.planning.stored import answer_of, proposed_routes
from dispatch.visits.models import Assignment, CarerPreference
from dispatch.visits.services.wish import wish_carer
from orders.models import OrderItem, ServiceItem, Visit
from orders.services.terms import check
from people.errors import Invalid
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.orders import make as orders
from tests.orders.make import item, town
from volunteers.models import Absence, Availability, Carer, Certificate

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)


def promised(visit: Visit, *carers: Carer, start: str) -> list[Assignment]:
    begin = at(start, visit.service_date)
    end = begin + timedelta(minutes=visit.duration_minutes)
    legs = [LegOffer(visit, leg, carer, begin, end) for leg, carer in enumerate(carers, start=1)]
    return [offer.assignment for offer in send_offers(legs=legs, actor=None, now=NOW)]


def running(day=TODAY) -> PlanRun:
    return PlanRun.objects.create(town=town(), day=day, status="published", requested_at=NOW)


def ask(elder, service, start="09:00", end="11:00", *, day=TODAY, carer=None, now=NOW, **terms) -> SlotAnswer:
    wanted = orders.request(service, start, end, day, **terms)
    return find_slots(elder=elder, wanted=wanted, carer=carer, now=now)


def clock(slot: Slot | None) -> tuple[str, tuple[str, ...]] | None:
    """The start on the wall clock and the numbers of the carers."""
    if slot is None:
        return None
    return f"{slot.start.astimezone(NOW.tzinfo):%H:%M}", tuple(carer.number for carer in slot.carers)


def heard(answer: SlotAnswer) -> list[tuple[str, tuple[str, ...]] | None]:
    return [clock(slot) for slot in answer.slots]


def test_the_cheapest_slots_beside_what_is_promised() -> None:
    near, far = make.carer("C1"), make.carer("C2", kilometres_north=3.0)
    clean = item()
    promised(make.visit(make.elder_at("E2"), clean, "10:00", "10:30"), near, start="10:00")
    running()

    answer = ask(make.elder_at("E1"), clean, "09:00", "13:00")

    # C1 is next door from 10:00 to 11:00: too late to be back from before, 1 + 5 minutes later he is there.
    # C2 has two kilometres there and back, 9 minutes each.
    assert heard(answer) == [("11:06", ("C1",)), ("09:00", ("C2",))]
    first, second = answer.slots
    assert first.carers == (near,) and second.carers == (far,)
    assert (first.end, first.latest) == (at("12:06"), at("13:00"))
    assert [(slot.travel_minutes, slot.extra_cost) for slot in answer.slots] == [((1,), 1), ((9,), 18)]
    assert (answer.reasons, answer.nearest, answer.is_promise) == ((), None, True)


def test_a_visit_is_judged_as_it_would_be_once_it_is_ordered() -> None:
    bath = item("BATH", certificate="CARE", carers_needed=2, gender_rule="WISH")
    elder = make.elder_at("E1", gender_wish="F", dialect="涟水话")
    known, speaker = make.carer("C1", skills=("BATH",)), make.carer("C2", skills=("BATH",), dialects="涟水话 普通话")
    CarerPreference.objects.create(elder=elder, carer=known, kind="BARRED", since=TODAY)
    wanted = orders.request(bath, duration_minutes=45, lateness_minutes=10, time_critical_reason="MEDICINE")

    asked = Asked(_unordered(elder, check(request=wanted, elder=elder, now=NOW)), speaker)
    [foreseen] = snapshot(town(), TODAY, NOW, asked=asked).problem.visits
    orders.order(elder, wanted)
    wish_carer(order_item=OrderItem.objects.get(), carer=speaker, actor=None, now=NOW)
    [ordered] = snapshot(town(), TODAY, NOW).problem.visits

    assert [(leg.minutes, leg.skills) for leg in foreseen.legs] == [(leg.minutes, leg.skills) for leg in ordered.legs]
    # Its own keys are all that is new, and the rank among the visits that compete for one plan.
    assert replace(foreseen, id=ordered.id, legs=ordered.legs, priority=ordered.priority) == ordered


def test_when_nothing_fits_the_reason_and_the_nearest_time_are_told() -> None:
    carer, clean = make.carer("C1"), item()
    make.carer("C2", skills=())
    promised(make.visit(make.elder_at("E2"), clean), carer, start="09:00")
    promised(make.visit(make.elder_at("E3"), clean), carer, start="10:10")
    running()

    answer = ask(make.elder_at("E1"), clean, "09:30", "10:30")

    # Before 9:00 he would have to begin at 7:54, before his shift; the second visit ends at 11:10.
    assert answer.slots == ()
    assert [str(reason) for reason in answer.reasons] == ["能做的 1 人，该时段都有任务"]
    assert clock(answer.nearest) == ("11:16", ("C1",))


def test_a_time_before_the_window_may_be_the_nearest() -> None:
    carer, clean = make.carer("C1"), item()
    promised(make.visit(make.elder_at("E2"), clean, "14:00", "15:00"), carer, start="14:00")

    answer = ask(make.elder_at("E1"), clean, "13:30", "14:30")

    # At 12:54 he is done in time to be next door at 14:00; afterwards 15:06 would be 36 minutes too late.
    assert clock(answer.nearest) == ("12:54", ("C1",))


def test_nobody_with_the_certificate_is_a_reason_and_no_time_helps() -> None:
    bath = item("BATH", certificate="CARE")
    make.carer("C1", skills=("BATH",))

    answer = ask(make.elder_at("E1"), bath)

    assert [str(reason) for reason in answer.reasons] == ["当班的没有人有这项技能或证书"]
    assert (answer.slots, answer.nearest) == ((), None)


def test_a_later_day_is_looked_for_when_its_own_has_no_time_left() -> None:
    carer, clean, elder = make.carer("C1"), item(), make.elder_at("E1")
    for day in (TODAY, TOMORROW):
        Absence.objects.create(carer=carer, start=at("00:00", day), end=at("23:59", day), reason="SICK")
    wanted = orders.request(clean, "09:30", "10:30")

    assert ask(elder, clean, "09:30", "10:30").nearest is None
    found = find_later_slot(elder=elder, wanted=wanted, now=NOW)

    assert (found.start, found.carers) == (at("09:30", TODAY + timedelta(days=2)), (carer,))
    ServiceItem.objects.update(effective_to=TOMORROW)
    assert find_later_slot(elder=elder, wanted=replace(wanted, item=ServiceItem.objects.get()), now=NOW) is None


def test_a_later_day_is_not_looked_for_beyond_three() -> None:
    carer, clean, elder = make.carer("C1"), item(), make.elder_at("E1")
    Absence.objects.create(carer=carer, start=at("00:00"), end=at("23:59", TODAY + timedelta(days=3)), reason="LEAVE")
    assert find_later_slot(elder=elder, wanted=orders.request(clean), now=NOW) is None


def test_two_carers_are_offered_together() -> None:
    lift = item("LIFT", kind="PERSONAL", certificate="CARE", carers_needed=2)
    able, other = make.carer("C1", skills=("LIFT",)), make.carer("C2", skills=("LIFT",), shifts=((600, 1080),))
    Certificate.objects.create(carer=able, code="CARE", valid_from=TODAY, valid_to=TODAY)

    answer = ask(make.elder_at("E1"), lift, "09:00", "12:00")

    # The second comes on duty at 10:00 and is there at 10:05; leg 1 goes to the one with the certificate.
    assert clock(answer.slots[0]) == ("10:05", ("C1", "C2"))
    assert answer.slots[0].carers == (able, other)
    assert answer.slots[0].travel_minutes == (5, 5)


def test_whom_the_elder_wishes_for_comes_first() -> None:
    near, far = make.carer("C1"), make.carer("C2", kilometres_north=3.0, dialects="涟水话、普通话")
    clean, elder = item(), make.elder_at("E1")

    assert [clock(slot) for slot in ask(elder, clean).slots] == [("09:00", ("C1",)), ("09:00", ("C2",))]
    # 10 minutes of travel against 18: a wish that is lost costs 20 points, a named carer 60 more.
    for answer in (ask(elder, clean, dialect_wish="涟水话"), ask(elder, clean, carer=far)):
        assert [(slot.carers[0], slot.is_wished) for slot in answer.slots] == [(far, True), (near, False)]
    assert [slot.extra_cost for slot in ask(elder, clean, carer=far).slots] == [18, 90]
    elder.dialect = "涟水话"
    assert ask(elder, clean).slots[0].carers == (far,)
    assert ask(elder, clean, dialect_wish="南京话").slots[0].carers == (near,)  # nobody speaks it


def test_whom_the_elder_knows_comes_first() -> None:
    near, known = make.carer("C1"), make.carer("C2", kilometres_north=3.0)
    clean, elder = item(), make.elder_at("E1")
    for days in range(1, 7):
        day = TODAY - timedelta(days=days)
        past = make.visit(elder, clean)
        Visit.objects.filter(pk=past.pk).update(service_date=day, status="verified", verified_at=NOW)
        Assignment.objects.create(
            visit=past, carer=known, status="checked_out", created_at=NOW, planned_start=at("09:00", day),
            planned_end=at("10:00", day), started_at=at("09:00", day), ended_at=at("10:00", day),
        )  # fmt: skip

    # Six fresh visits are worth about 11 minutes of travel; the way to C2 is 8 longer.
    assert [(slot.carers[0], slot.is_usual) for slot in ask(elder, clean).slots] == [(known, True), (near, False)]


def test_a_barred_carer_or_one_without_the_certificate_cannot_be_wished_for() -> None:
    bath, elder = item("BATH", certificate="CARE"), make.elder_at("E1")
    carer = make.carer("C1", skills=("BATH",))

    with pytest.raises(Invalid) as refusal:
        ask(elder, bath, carer=carer)
    assert (refusal.value.code, list(refusal.value.fields)) == ("no_certificate", ["wished_carer"])

    Certificate.objects.create(carer=carer, code="CARE", valid_from=TODAY, valid_to=TODAY)
    CarerPreference.objects.create(elder=elder, carer=carer, kind="BARRED", since=TODAY)
    with pytest.raises(Invalid) as refusal:
        ask(elder, bath, carer=carer)
    assert refusal.value.code == "carer_barred"


def test_a_wish_that_cannot_be_ordered_is_refused_as_the_order_would_be() -> None:
    make.carer("C1")
    with pytest.raises(Invalid) as refusal:
        ask(make.elder_at("E1"), item(), "06:00", "08:00")
    assert list(refusal.value.fields) == ["window_start"]


def test_open_visits_of_a_day_without_a_plan_hold_their_place() -> None:
    make.carer("C1", max_minutes_a_day=60)
    clean, elder = item(), make.elder_at("E1")

    assert heard(ask(elder, clean, day=TOMORROW)) == [("09:00", ("C1",))]
    make.visit(make.elder_at("E2"), clean, day=TOMORROW)
    answer = ask(elder, clean, day=TOMORROW)

    assert (answer.slots, answer.is_promise) == ((), False)
    assert [str(reason) for reason in answer.reasons] == ["能做的 1 人，都已排满当天上限"]


def test_a_plan_that_waits_for_review_says_where_the_rest_goes() -> None:
    make.carer("C1")
    make.visit(make.elder_at("E1"), item())
    assert proposed_routes(town(), TODAY) is None

    run = solve_run(
        run_id=request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=5, send=False).pk, now=NOW
    )

    assert proposed_routes(town(), TODAY) == answer_of(run.plan)
    assert proposed_routes(town(), TOMORROW) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda carer, elder: promised(make.visit(make.elder_at("E2"), ServiceItem.objects.get()), carer, start="09:30"),
        lambda carer, elder: Absence.objects.create(carer=carer, start=at("08:30"), end=at("12:00"), reason="SICK"),
        lambda carer, elder: Availability.objects.filter(carer=carer).update(start_minute=720),
        lambda carer, elder: CarerPreference.objects.create(elder=elder, carer=carer, kind="BARRED", since=TODAY),
        lambda carer, elder: Carer.objects.filter(pk=carer.pk).update(blocked_from=TODAY),
        lambda carer, elder: carer.skills.all().delete(),
    ],
    ids=["promise", "absence", "availability", "preference", "blacklist", "skill"],
)
def test_every_change_is_in_the_next_answer(change) -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()
    assert heard(ask(elder, clean, "09:00", "10:00")) == [("09:00", ("C1",))]
    change(carer, elder)
    assert ask(elder, clean, "09:00", "10:00").slots == ()


def test_a_cancelled_visit_gives_its_time_back() -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()
    other = make.visit(make.elder_at("E2"), clean)
    promised(other, carer, start="09:00")
    assert ask(elder, clean, "09:00", "10:00").slots == ()
    cancel_visit(visit=other, reason="住院", actor=None, now=NOW)
    assert heard(ask(elder, clean, "09:00", "10:00")) == [("09:00", ("C1",))]


def test_time_passes() -> None:
    make.carer("C1")
    clean, elder = item(), make.elder_at("E1")
    # It is 9:20, and he is 5 minutes away.
    assert heard(ask(elder, clean, "09:20", "11:00", now=at("09:20"))) == [("09:25", ("C1",))]


def test_the_number_of_queries_does_not_grow_with_the_day() -> None:
    clean, elder = item(), make.elder_at("E1")
    make.carer("C0")

    def queries(start: str, end: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(elder, clean, start, end)
        return len(captured)

    def work(number: int) -> None:
        promised(make.visit(make.elder_at(f"V{number}"), clean), make.carer(f"C{number}"), start="09:30")

    work(1)
    fits, late = queries("09:00", "11:00"), queries("19:00", "20:00")
    for number in range(2, 7):
        work(number)
    assert (queries("09:00", "11:00"), queries("19:00", "20:00")) == (fits, late)
    # The snapshot's queries, two for the state of the plan, and one for the carers of what was found, if only outside the window.
    assert (fits, late) == (18, 18)
