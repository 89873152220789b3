"""Another time for a visit while the caller waits: who could come then, and the promise of it, all or nothing."""

from datetime import timedelta

import pytest

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services.deliver import deliver_due
from dispatch.console.change_forms import window_mark
from dispatch.console.slot_choice import ChosenSlot
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.visits.models import Assignment
from orders.models import Elder, Visit, VisitLink
from tests.dispatch.factories import NOW, TODAY, at
from tests.dispatch.planning import make as planning
from tests.orders.make import item
from volunteers.models import Carer

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def carer(db: None) -> Carer:
    """The only one, who accepts by contract."""
    return planning.carer("C1", auto_accept=True)


def promised(visit: Visit, carer: Carer, start: str) -> Assignment:
    begin = at(start)
    end = begin + timedelta(minutes=visit.duration_minutes)
    [offer] = send_offers(legs=[LegOffer(visit, 1, carer, begin, end)], actor=None, now=NOW)
    assert offer.assignment
    return offer.assignment


@pytest.fixture
def visit(elder: Elder, carer: Carer) -> Visit:
    """At ten, for an hour, by the only carer."""
    visit = planning.visit(elder, item(), "10:00", "11:00")
    promised(visit, carer, "10:00")
    visit.refresh_from_db()
    return visit


def typed(visit: Visit, **changes: str) -> dict[str, str]:
    return {
        "day": TODAY.isoformat(),
        "start": "10:30",
        "end": "11:30",
        "reason": "女儿来访",
        "was": window_mark(visit),
    } | changes


def ask(client, visit: Visit, **changes: str):
    return client.post(f"/console/visits/{visit.pk}/amend/slots/", typed(visit, **changes))


def save(client, visit: Visit, **changes: str):
    return client.post(f"/console/visits/{visit.pk}/amend/", typed(visit, **changes))


def slot(carer: Carer, start: str, window=("10:30", "11:30"), day=TODAY) -> str:
    return ChosenSlot((carer.pk,), at(start, day), tuple(at(each, day) for each in window)).key


def work(visit: Visit) -> list[tuple[str, str, str]]:
    rows = Assignment.objects.filter(visit=visit).order_by("pk")
    return [(row.carer.number, f"{row.planned_start.astimezone(NOW.tzinfo):%d %H:%M}", row.status) for row in rows]


def how_it_stands(visit: Visit) -> tuple[object, ...]:
    row = Visit.objects.get(pk=visit.pk)
    events = row.events.count()
    return (row.status, row.window_start, row.window_end, events, work(visit), Confirmation.objects.count())


def test_the_visit_itself_is_not_in_the_way_of_its_other_time(operator, visit, carer) -> None:
    before = how_it_stands(visit)

    answer = ask(operator, visit)

    assert [choice.key for choice in answer.context["choices"].found] == [slot(carer, "10:30")]
    assert "10:30" in answer.content.decode()
    assert how_it_stands(visit) == before


def test_the_chosen_slot_is_promised_with_the_change_and_told_once(operator, visit, carer) -> None:
    deliver_due(now=NOW)

    answer = save(operator, visit, slot=slot(carer, "10:30"))
    page = operator.get(answer["Location"]).content.decode()
    visit.refresh_from_db()
    deliver_due(now=NOW)

    assert "上门时间已改。 今天 护工C1 10:30 上门" in page
    assert (visit.status, visit.window_start, visit.planned_start) == ("reserved", at("10:30"), at("10:30"))
    assert work(visit) == [("C1", "14 10:00", "released"), ("C1", "14 10:30", "accepted")]
    assert [row.text for row in Confirmation.objects.filter(status="sent").order_by("pk")] == [
        "老人E1您好：9月14日（星期一）10:00，护工C1上门CLEAN。改时间请拨12349。",
        "老人E1您好：9月14日（星期一）10:30，护工C1上门CLEAN。改时间请拨12349。",
    ]


def test_a_carer_who_has_yet_to_answer_is_asked(operator, elder) -> None:
    carer = planning.carer("C2")
    visit = planning.visit(elder, item(), "10:00", "11:00")

    answer = save(operator, visit, slot=slot(carer, "10:30"))

    assert "上门时间已改。 今天 已派给护工C2，10:30 上门，等待接单" in operator.get(answer["Location"]).content.decode()
    assert work(visit) == [("C2", "14 10:30", "offered")]


def test_a_slot_that_somebody_got_first_changes_nothing(operator, visit, carer) -> None:
    key = slot(carer, "11:30", ("11:30", "12:00"))
    promised(planning.visit(planning.elder_at("E2"), Visit.objects.get().item, "11:30", "12:30"), carer, "11:45")
    before = how_it_stands(visit)

    answer = save(operator, visit, start="11:30", end="12:00", slot=key)

    assert answer.status_code == 409
    assert "11:30 已被占用" in answer.content.decode()
    assert f'hx-trigger="load, input delay:300ms from:#day-{visit.pk}' in answer.content.decode()
    assert how_it_stands(visit) == before


@pytest.mark.parametrize("window", [("09:00", "11:30"), ("10:30", "12:00")])
def test_a_slot_of_another_window_is_never_booked(operator, visit, carer, window) -> None:
    before = how_it_stands(visit)

    answer = save(operator, visit, slot=slot(carer, "10:30", window))

    assert answer.status_code == 409
    assert "请重新选" in answer.content.decode()
    assert how_it_stands(visit) == before


def test_on_a_day_without_a_plan_the_slot_becomes_the_window(operator, visit, carer) -> None:
    day = TOMORROW.isoformat()
    [choice] = ask(operator, visit, day=day).context["choices"].found

    save(operator, visit, day=day, slot=choice.key)
    visit.refresh_from_db()

    assert choice.slot.start == at("10:30", TOMORROW)
    assert (visit.status, visit.window_start, visit.window_end) == (
        "open",
        at("10:30", TOMORROW),
        at("11:00", TOMORROW),
    )
    assert work(visit) == [("C1", "14 10:00", "released")]


@pytest.mark.parametrize(
    ("changes", "words"), [({"start": "06:00"}, "时间窗已过"), ({"end": "09:00"}, "时间窗的结束须晚于开始")]
)
def test_what_speaks_against_a_time_is_said_while_it_is_typed(operator, visit, changes, words: str) -> None:
    answer = ask(operator, visit, **changes)

    assert (words in answer.content.decode(), "choices" in answer.context) == (True, False)


@pytest.mark.parametrize("changes", [{"start": ""}, {"day": "someday"}, {"start": "10:00", "end": "11:00"}])
def test_nothing_is_looked_for_before_there_is_another_time(operator, visit, changes) -> None:
    answer = ask(operator, visit, **changes)

    assert (answer.status_code, "<fieldset" in answer.content.decode()) == (200, False)


def test_for_one_of_two_linked_visits_the_next_plan_looks(operator, visit) -> None:
    other = planning.visit(planning.elder_at("E2"), Visit.objects.get().item)
    VisitLink.objects.create(first=visit, second=other, kind=VisitLink.Kind.INDEPENDENT, max_gap=0)

    assert "<fieldset" not in ask(operator, visit).content.decode()


def test_half_of_a_linked_pair_is_never_promised(operator, visit, carer) -> None:
    other = planning.visit(planning.elder_at("E2"), Visit.objects.get().item)
    VisitLink.objects.create(first=visit, second=other, kind=VisitLink.Kind.INDEPENDENT, max_gap=0)
    before = how_it_stands(visit)

    answer = save(operator, visit, slot=slot(carer, "10:30"))

    assert answer.status_code == 409
    assert how_it_stands(visit) == before


def test_saving_twice_is_saving_once(operator, visit, carer) -> None:
    form = typed(visit, slot=slot(carer, "10:30"))

    for _time in (1, 2):
        answer = operator.post(f"/console/visits/{visit.pk}/amend/", form)
        assert answer.status_code == 302

    assert work(visit) == [("C1", "14 10:00", "released"), ("C1", "14 10:30", "accepted")]


def test_a_time_critical_visit_keeps_the_window_that_a_wider_one_is_narrowed_to(operator, elder, carer) -> None:
    visit = planning.visit(elder, item(), "10:00", "12:00", time_critical_reason="MEDICINE")
    wide = {"start": "14:00", "end": "16:00"}
    [choice] = ask(operator, visit, **wide).context["choices"].found
    form = typed(visit, slot=choice.key, **wide)

    for _time in (1, 2):
        answer = operator.post(f"/console/visits/{visit.pk}/amend/", form)
        assert answer.status_code == 302
    visit.refresh_from_db()

    assert (visit.status, visit.window_start, visit.window_end) == ("reserved", at("14:45"), at("15:15"))
    assert work(visit) == [("C1", "14 14:45", "accepted")]
    assert "<fieldset" not in ask(operator, visit, **wide).content.decode()


def test_an_unserved_visit_may_be_promised_in_the_window_it_had(operator, elder, carer) -> None:
    visit = planning.visit(elder, item(), "10:00", "11:00")
    Visit.objects.filter(pk=visit.pk).update(status="unserved")
    same = {"start": "10:00", "end": "11:00"}

    [choice, *_later] = ask(operator, visit, **same).context["choices"].found
    save(operator, visit, slot=choice.key, **same)
    visit.refresh_from_db()

    assert visit.status == "reserved"
    assert work(visit) == [("C1", "14 10:00", "accepted")]
