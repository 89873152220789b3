"""The engine's problem is the day as the database has it: each field, the pins, the forbidden pairs."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch.engine.problem import CarerKind, Leg, Link, LinkKind, Lunch, Pin, Priority, Window, WindowRule
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.faults import fault_of
from dispatch.planning.names import carer_id, organisation_id, visit_id
from dispatch.planning.snapshot import snapshot
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import ServiceItem, Visit, VisitLink, VisitWindow
from people.models import PolicySetting
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.orders.make import item, town
from volunteers.models import Absence, Carer, Certificate

pytestmark = pytest.mark.django_db


def taken(now=NOW, day=TODAY, **options):
    return snapshot(town(), day, now, **options).problem


def the_visit(**options):
    [visit] = taken(**options).visits
    return visit


def the_carer(**options):
    [carer] = taken(**options).carers
    return carer


def offer(visit: Visit, carer: Carer, start: str = "09:00", leg: int = 1) -> Assignment:
    begin = at(start)
    end = begin + timedelta(minutes=visit.duration_minutes)
    [sent] = send_offers(legs=[LegOffer(visit, leg, carer, begin, end)], actor=None, now=NOW)
    assert sent.assignment
    return sent.assignment


def test_a_visit_becomes_minutes_skills_and_a_window() -> None:
    bath = item("BATH", certificate="CARE", duration_minutes=45, workers_only=True)
    elder = make.elder_at("E1", gender_wish="F")
    visit = make.visit(elder, bath, "09:00", "11:00", gender_wish="F", lateness_minutes=10)
    found = the_visit()
    assert found.id == visit_id(visit.pk)
    assert found.windows == (Window(540, 660),)
    assert found.legs == (Leg(f"v{visit.pk}/1", 45, frozenset({"BATH", "cert:CARE"})),)
    assert (found.link, found.window_rule, found.max_lateness) == (None, WindowRule.START, 10)
    assert (found.workers_only, found.mandatory, found.person) == (True, False, f"p{elder.person_id}")


@pytest.mark.parametrize(
    ("priority", "mandatory", "tier"),
    [
        (Visit.Priority.URGENT, True, Priority.URGENT),
        (Visit.Priority.SUBSIDISED, True, Priority.SUBSIDISED),
        (Visit.Priority.ORDINARY, True, Priority.ORDINARY),
        (Visit.Priority.URGENT, False, Priority.COMPANIONSHIP),
    ],
)
def test_priority_becomes_a_tier_and_an_optional_visit_the_lowest(priority, mandatory, tier) -> None:
    visit = make.visit(make.elder_at("E1"), item())
    Visit.objects.filter(pk=visit.pk).update(priority=priority, mandatory=mandatory)
    assert the_visit().priority == tier


def test_several_windows_are_kept() -> None:
    visit = make.visit(make.elder_at("E1"), item(), "08:00", "17:00")
    VisitWindow.objects.create(visit=visit, start=at("08:00"), end=at("09:30"))
    VisitWindow.objects.create(visit=visit, start=at("16:00"), end=at("17:00"))
    assert the_visit().windows == (Window(480, 570), Window(960, 1020))


def test_a_double_up_is_one_visit_of_two_legs_and_only_the_first_needs_the_certificate() -> None:
    lift = item("LIFT", kind="PERSONAL", certificate="CARE", carers_needed=2)
    make.visit(make.elder_at("E1"), lift)
    found = the_visit()
    assert [leg.skills for leg in found.legs] == [{"LIFT", "cert:CARE"}, {"LIFT"}]
    assert found.link == Link(LinkKind.SIMULTANEOUS)


@pytest.mark.parametrize(
    ("kind", "gaps"),
    [
        (VisitLink.Kind.SIMULTANEOUS, (0, 0)),
        (VisitLink.Kind.SEQUENTIAL, (30, 60)),
        (VisitLink.Kind.INDEPENDENT, (0, 0)),
    ],
)
def test_linked_visits_travel_as_one(kind, gaps) -> None:
    elder = make.elder_at("E1")
    first, second = make.visit(elder, item("CLEAN")), make.visit(elder, item("MEAL"))
    VisitLink.objects.create(first=first, second=second, kind=kind, min_gap=gaps[0], max_gap=gaps[1])
    found = the_visit()
    assert [leg.id for leg in found.legs] == [f"v{first.pk}/1", f"v{second.pk}/1"]
    assert found.link == Link(LinkKind[kind], *gaps)


def test_a_linked_pair_obeys_the_stricter_rule_of_both() -> None:
    elder = make.elder_at("E1")
    first = make.visit(elder, item("CLEAN"), lateness_minutes=10)
    second = make.visit(elder, item("BATH", workers_only=True), lateness_minutes=30)
    VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SIMULTANEOUS)
    Visit.objects.filter(pk=first.pk).update(priority=Visit.Priority.ORDINARY)
    Visit.objects.filter(pk=second.pk).update(priority=Visit.Priority.URGENT)
    found = the_visit()
    assert (found.max_lateness, found.workers_only, found.priority) == (10, True, Priority.URGENT)


def test_both_carers_of_work_that_is_never_a_volunteers_need_the_certificate() -> None:
    lift = item("LIFT", kind="PERSONAL", certificate="CARE", carers_needed=2, workers_only=True)
    make.visit(make.elder_at("E1"), lift)
    assert [leg.skills for leg in the_visit().legs] == [{"LIFT", "cert:CARE"}] * 2


def test_linked_visits_without_a_common_minute_are_marked() -> None:
    elder = make.elder_at("E1")
    first = make.visit(elder, item("CLEAN"), "08:00", "09:00")
    second = make.visit(elder, item("MEAL"), "10:00", "11:00")
    VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SIMULTANEOUS)
    assert fault_of(the_visit()) == "link_without_window"


def test_linked_visits_of_which_one_needs_two_carers_must_start_together() -> None:
    elder = make.elder_at("E1")
    first, second = make.visit(elder, item("CLEAN")), make.visit(elder, item("LIFT", kind="PERSONAL", carers_needed=2))
    link = VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SEQUENTIAL, max_gap=60)
    assert fault_of(the_visit()) == "link_of_double_up"
    VisitLink.objects.filter(pk=link.pk).update(kind=VisitLink.Kind.SIMULTANEOUS, max_gap=0)
    assert fault_of(the_visit()) == ""


def test_linked_visits_that_need_different_genders_are_marked() -> None:
    elder = make.elder_at("E1")
    first, second = make.visit(elder, item("CLEAN")), make.visit(elder, item("MEAL"))
    VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SIMULTANEOUS)
    Visit.objects.filter(pk=first.pk).update(gender_rule="F")
    assert the_visit().gender == "F"
    Visit.objects.filter(pk=second.pk).update(gender_rule="M")
    assert fault_of(the_visit()) == "link_of_two_genders"


@pytest.mark.parametrize(
    ("rule", "wish", "of_carer"),
    [("ANY", "", None), ("SAME", "", "F"), ("WISH", "M", "M"), ("WISH", "", None), ("ANY", "M", None)],
)
def test_the_gender_rule_of_the_service_and_the_wish_become_one_gender(rule, wish, of_carer) -> None:
    make.visit(make.elder_at("E1", gender_wish=wish), item("BATH", gender_rule=rule))
    assert the_visit().gender == of_carer


def test_work_in_another_town_is_pinned_with_its_partner_and_never_planned_here() -> None:
    lift, here = item("LIFT", kind="PERSONAL", carers_needed=2), make.carer("C1", skills=("LIFT",))
    there = make.carer("C2", skills=("LIFT",))
    abroad = make.visit(make.elder_at("E1"), lift)
    legs = [LegOffer(abroad, leg, who, at("09:00"), at("10:00")) for leg, who in ((1, here), (2, there))]
    send_offers(legs=legs, actor=None, now=NOW)
    Visit.objects.filter(pk=abroad.pk).update(town=town("T2"))
    Carer.objects.filter(pk=there.pk).update(town=town("T2"))
    both = {Pin(f"v{abroad.pk}/1", carer_id(here.pk), 540), Pin(f"v{abroad.pk}/2", carer_id(there.pk), 540)}
    assert set(taken().pins) == both
    Assignment.objects.filter(carer=there).update(status="declined")
    [visit] = taken().visits
    assert ([leg.id for leg in visit.legs], visit.link) == ([f"v{abroad.pk}/1"], None)


def test_an_elder_who_is_a_carer_is_one_person_for_the_engine() -> None:
    elder = make.elder_at("E1")
    carer = make.carer("C1")
    Carer.objects.filter(pk=carer.pk).update(person=elder.person)
    make.visit(elder, item())
    problem = taken()
    assert problem.visits[0].person == problem.carers[0].person == f"p{elder.person_id}"


def test_a_certificate_counts_on_its_last_day_and_not_after() -> None:
    carer = make.carer("C1")
    Certificate.objects.create(carer=carer, code="CARE", valid_from=TODAY, valid_to=TODAY)
    assert "cert:CARE" in the_carer().skills
    assert "cert:CARE" not in the_carer(day=TODAY + timedelta(days=1)).skills


def test_a_carer_becomes_shifts_abilities_and_limits() -> None:
    carer = make.carer(
        "C1",
        shifts=((480, 720), (780, 1020)),
        skills=("CLEAN", "MEAL"),
        radius_metres=3000,
        max_visits_a_day=5,
        max_minutes_a_day=300,
        overtime_minutes=15,
        mode=Carer.Mode.WALK,
        takes_lunch=True,
        lunch_required=False,
        lunch_start=time(11, 30),
        lunch_end=time(13, 0),
        lunch_minutes=45,
    )
    Certificate.objects.create(carer=carer, code="CARE", valid_from=TODAY, valid_to=TODAY)
    found = the_carer()
    assert found.id == carer_id(carer.pk)
    assert found.shifts == (Window(480, 720), Window(780, 1020))
    assert found.skills == {"CLEAN", "MEAL", "cert:CARE"}
    assert (found.kind, found.mode, found.gender) == (CarerKind.WORKER, "WALK", "F")
    assert (found.radius_metres, found.max_visits, found.max_minutes, found.max_overtime) == (3000, 5, 300, 15)
    assert found.lunch == Lunch(Window(690, 780), 45, required=False)
    assert found.person == f"p{carer.person_id}"


def test_a_volunteer_without_a_radius_gets_the_countys_and_a_worker_none() -> None:
    make.carer("C1", kind=Carer.Kind.VOLUNTEER)
    make.carer("C2", kind=Carer.Kind.VOLUNTEER, radius_metres=800)
    make.carer("C3")
    assert [carer.radius_metres for carer in taken().carers] == [5000, 800, None]


def test_a_carer_starts_and_ends_where_the_records_say() -> None:
    carer = make.carer("C1")
    Carer.objects.filter(pk=carer.pk).update(end_place=make.place(2))
    problem = taken()
    [found] = problem.carers
    assert problem.metres
    assert problem.metres[found.start_place][found.end_place] == 2000


def test_the_countys_gap_between_visits_is_kept() -> None:
    assert taken().buffer == 5


def test_an_absence_cuts_the_shift_and_a_whole_day_away_removes_the_carer() -> None:
    carer, away = make.carer("C1"), make.carer("C2")
    Absence.objects.create(carer=carer, start=at("10:00"), end=at("12:00"), reason="SICK")
    Absence.objects.create(carer=away, start=at("00:00"), end=at("23:59"), reason="SICK")
    assert the_carer().shifts == (Window(480, 600), Window(720, 1080))


def test_wishes_and_refusals_of_the_elder_are_kept() -> None:
    liked, barred = make.carer("C1"), make.carer("C2")
    elder = make.elder_at("E1")
    make.visit(elder, item())
    for carer, kind in ((liked, "PREFERRED"), (barred, "BARRED")):
        CarerPreference.objects.create(elder=elder, carer=carer, kind=kind, since=TODAY)
    found = the_visit()
    assert (found.preferred, found.barred) == ({carer_id(liked.pk)}, {carer_id(barred.pk)})


def test_past_visits_make_a_usual_carer_and_fade() -> None:
    known, faded = make.carer("C1"), make.carer("C2")
    elder, clean = make.elder_at("E1"), item()
    for carer, days in ((known, 1), (faded, 30)):
        day = TODAY - timedelta(days=days)
        for number in range(3):
            past = make.visit(elder, clean, "09:00", "11:00", day=TODAY)
            Visit.objects.filter(pk=past.pk).update(
                service_date=day,
                window_start=at("09:00", day) + timedelta(minutes=number),
                status="verified",
                verified_at=NOW,
            )
            Assignment.objects.create(
                visit=past,
                carer=carer,
                planned_start=at("09:00", day) + timedelta(hours=number),
                planned_end=at("09:30", day) + timedelta(hours=number),
                status="checked_out",
                started_at=at("09:00", day),
                ended_at=at("09:30", day),
                created_at=NOW,
            )
    make.visit(elder, clean)
    # Three visits at two minutes each: yesterday's count nearly in full, those a half-life ago count half.
    assert the_visit().usual == {carer_id(known.pk): 6, carer_id(faded.pk): 3}


def test_a_visit_is_as_popular_as_its_service() -> None:
    elder = make.elder_at("E1")
    chat = make.visit(elder, item("COMFORT", is_popular=True))
    clean = make.visit(elder, item("CLEAN"))
    meal = make.visit(elder, item("MEAL"))
    popular = {visit_id(chat.pk): True, visit_id(clean.pk): False, visit_id(meal.pk): False}
    assert {visit.id: visit.popular for visit in taken().visits} == popular
    VisitLink.objects.create(first=clean, second=chat, kind=VisitLink.Kind.INDEPENDENT, max_gap=0)
    popular = {visit_id(clean.pk): True, visit_id(meal.pk): False}
    assert {visit.id: visit.popular for visit in taken().visits} == popular


def had(carer: Carer, what: ServiceItem, days: int, status: str = "checked_out") -> None:
    """The carer's part in a visit so many days ago, at an hour of its own."""
    visit = make.visit(make.elder_at(f"P{Visit.objects.count()}"), what)
    day = TODAY - timedelta(days=days)
    start = at("00:00", day) + timedelta(hours=Assignment.objects.filter(visit__service_date=day).count())
    Visit.objects.filter(pk=visit.pk).update(service_date=day)
    Assignment.objects.create(
        visit=visit,
        carer=carer,
        planned_start=start,
        planned_end=start + timedelta(hours=1),
        status=status,
        started_at=start if status == "checked_out" else None,
        ended_at=start + timedelta(hours=1) if status == "checked_out" else None,
        created_at=NOW,
    )


def test_popular_work_that_a_carer_held_in_the_four_weeks_before_is_counted() -> None:
    busy, fresh = make.carer("C1"), make.carer("C2")
    chat, clean = item("COMFORT", is_popular=True), item()
    had(busy, chat, days=29)  # too long ago
    had(busy, chat, days=28)
    had(busy, chat, days=1)
    had(busy, chat, days=1, status="accepted")  # nobody has checked out yet
    had(busy, chat, days=0)  # of the day itself: a pin
    had(busy, clean, days=1)
    for status in ("declined", "expired", "released", "no_show"):
        had(fresh, chat, days=1, status=status)

    def counted() -> dict[str, int]:
        return {carer.id: carer.popular_before for carer in taken().carers}

    assert counted() == {carer_id(busy.pk): 3, carer_id(fresh.pk): 0}
    PolicySetting.objects.create(key="fairness_days", value=27, effective_from=TODAY, owner="民政局")
    assert counted() == {carer_id(busy.pk): 2, carer_id(fresh.pk): 0}


def test_a_carer_belongs_to_an_organisation_and_only_a_limit_is_told() -> None:
    make.carer("C1")
    make.carer("C2", organisation=make.organisation("夕阳红"))
    make.carer("C3", kind=Carer.Kind.VOLUNTEER)
    first, second = (organisation_id(make.organisation(name).pk) for name in ("安康居家", "夕阳红"))
    assert [carer.organisation for carer in taken().carers] == [first, second, None]
    assert taken().organisation_minutes == {}
    make.limit(300, "夕阳红")
    assert taken().organisation_minutes == {second: 300}


def test_minutes_promised_in_another_town_are_taken_off_the_limit() -> None:
    here, there, rival = make.carer("C1"), make.carer("C2"), make.carer("C3", organisation=make.organisation("夕阳红"))
    clean = item()
    make.limit(300, "夕阳红")
    limited = organisation_id(make.limit(300).pk)

    def left() -> int:
        return taken().organisation_minutes[limited]

    # Work in this town, and this town's carers' work elsewhere, are pins of the problem: the engine counts them.
    at_home, away = make.visit(make.elder_at("E1"), clean), make.visit(make.elder_at("E2"), clean)
    make.abroad(away)
    offer(at_home, here, "09:00")
    offer(away, here, "11:00")
    assert (left(), len(taken().pins)) == (300, 2)

    # Only the colleague's work of the day next door is taken off: not what he gave back, not what another's carer does.
    visits = [make.visit(make.elder_at(f"E1{n}"), clean) for n in range(4)]
    make.abroad(there, rival, *visits)
    promised, ended = offer(visits[0], there, "08:00"), offer(visits[1], there, "10:00")
    decline_offer(offer=offer(visits[2], there, "14:00").offer, reason="SICK", actor=None, now=NOW)
    offer(visits[3], rival, "08:00")
    tomorrow = make.visit(make.elder_at("E20"), clean, day=TODAY + timedelta(days=1))
    make.abroad(tomorrow)
    begin = at("09:00", TODAY + timedelta(days=1))
    send_offers(legs=[LegOffer(tomorrow, 1, there, begin, begin + timedelta(hours=1))], actor=None, now=NOW)
    assert (left(), len(taken().pins)) == (180, 2)

    # What has ended counts as long as it took; nobody owes minutes.
    Assignment.objects.filter(pk=ended.pk).update(status="checked_out", started_at=at("10:05"), ended_at=at("10:45"))
    assert left() == 200
    make.limit(99)
    assert left() == 0
    Assignment.objects.filter(pk=promised.pk).update(status="released")
    assert left() == 59


def test_an_offer_that_waits_is_pinned_at_its_minute() -> None:
    carer, visit = make.carer("C1"), make.visit(make.elder_at("E1"), item())
    offer(visit, carer, "09:20")
    problem = taken()
    assert problem.pins == (Pin(f"v{visit.pk}/1", carer_id(carer.pk), 560),)


def test_begun_work_is_pinned_where_it_began_and_lasts_as_long_as_it_did() -> None:
    carer, visit = make.carer("C1"), make.visit(make.elder_at("E1"), item())
    held = offer(visit, carer, "09:00")
    Assignment.objects.filter(pk=held.pk).update(status="checked_out", started_at=at("09:12"), ended_at=at("09:52"))
    Visit.objects.filter(pk=visit.pk).update(status="finished")
    problem = taken()
    assert problem.pins == (Pin(f"v{visit.pk}/1", carer_id(carer.pk), 552),)
    assert problem.visits[0].legs[0].minutes == 40


def test_a_declined_pair_is_forbidden_and_the_visit_is_open_again() -> None:
    carer, visit = make.carer("C1"), make.visit(make.elder_at("E1"), item())
    held = offer(visit, carer)
    decline_offer(offer=held.offer, reason="SICK", actor=None, now=NOW)
    problem = taken()
    assert problem.forbidden == {(visit_id(visit.pk), carer_id(carer.pk))}
    assert problem.pins == ()


def test_a_repair_takes_only_visits_that_lost_their_carer() -> None:
    carer, clean = make.carer("C1"), item()
    lost, new = make.visit(make.elder_at("E1"), clean), make.visit(make.elder_at("E2"), clean)
    decline_offer(offer=offer(lost, carer).offer, reason="SICK", actor=None, now=NOW)
    assert [visit.id for visit in taken(only_holes=True).visits] == [visit_id(lost.pk)]
    assert [visit.id for visit in taken().visits] == [visit_id(lost.pk), visit_id(new.pk)]


def the_night(carer: Carer) -> None:
    """Work from 3:00 to 4:00."""
    visit = make.visit(make.elder_at("E1"), item())
    start, end = at("03:00"), at("04:00")
    Visit.objects.filter(pk=visit.pk).update(window_start=start, window_end=end)
    send_offers(legs=[LegOffer(visit, 1, carer, start, end)], actor=None, now=NOW)


def test_a_carer_who_was_out_at_night_is_there_once_rested() -> None:
    the_night(make.carer("C1"))
    assert the_carer().shifts == (Window(720, 1080),)  # until 4:00, and eight hours


def test_a_carer_whose_night_takes_the_whole_shift_is_there_for_that_work_only() -> None:
    the_night(make.carer("C1", shifts=((480, 700),)))
    assert the_carer().shifts == (Window(180, 240),)


def test_a_carer_off_duty_with_work_is_there_for_that_work_only() -> None:
    carer, visit = make.carer("C1", shifts=()), make.visit(make.elder_at("E1"), item())
    offer(visit, carer, "09:00")
    assert the_carer().shifts == (Window(540, 600),)


def test_nothing_begins_before_now_on_the_day_itself() -> None:
    assert taken(now=at("09:07")).earliest == 547
    assert taken(now=at("09:07"), day=TODAY + timedelta(days=1)).earliest == 0
    assert taken(now=at("09:07"), day=TODAY - timedelta(days=1)).earliest == 1440


def test_cancelled_visits_and_other_days_are_not_in_it() -> None:
    clean = item()
    gone = make.visit(make.elder_at("E1"), clean)
    Visit.objects.filter(pk=gone.pk).update(status="cancelled", end_reason="away")
    make.visit(make.elder_at("E2"), clean, day=TODAY + timedelta(days=1))
    assert taken().visits == ()


def test_the_number_of_queries_does_not_grow_with_the_day() -> None:
    clean = item(is_popular=True)
    make.limit(600)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            taken()
        return len(captured)

    def next_door(number: int) -> None:
        colleague, visit = make.carer(f"D{number}"), make.visit(make.elder_at(f"D{number}"), clean)
        offer(visit, colleague)
        make.abroad(visit, colleague)

    had(make.carer("C0"), clean, days=1)
    make.visit(make.elder_at("E0"), clean)
    offer(make.visit(make.elder_at("E0b"), clean), make.carer("C0b"))
    next_door(0)
    few = queries()
    for number in range(1, 6):
        make.carer(f"C{number}", kind=Carer.Kind.VOLUNTEER)
        had(make.carer(f"B{number}", organisation=make.limit(600, f"机构{number}")), clean, days=number)
        make.visit(make.elder_at(f"V{number}"), clean)
        next_door(number)
    assert queries() == few
    assert few == 19
