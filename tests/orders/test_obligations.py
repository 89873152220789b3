"""The monthly list of owed welfare visits."""

from datetime import date
from typing import Any

import pytest

from orders import tasks
from orders.models import Obligation, ObligationEvent
from orders.selectors import obligations_owed
from orders.services.obligations import GROUPS, excuse, fix_list
from orders.services.visits import move_visit
from people.errors import Invalid, LostRace, WrongState
from people.models import TownDuty
from tests.orders import make
from tests.orders.test_selectors import user

pytestmark = pytest.mark.django_db

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def member(number, code="LIVING_ALONE", valid_from=date(2026, 1, 1), valid_to=None, **fields):
    elder = make.elder(number, **fields)
    elder.categories.create(code=code, valid_from=valid_from, valid_to=valid_to)
    return elder


def fixed(month=SEPTEMBER, now=make.NOW):
    return fix_list(month=month, actor=None, now=now)


def test_each_of_the_six_groups_is_on_it_and_no_other():
    for code in GROUPS:
        member(code, code)
    for other in ("DEMENTIA", "DESTITUTE", "MIN_LIVING", "ADVANCED_AGE"):
        member(other, other)

    assert fixed() == 6
    assert set(Obligation.objects.values_list("elder__number", flat=True)) == set(GROUPS)
    assert [(e.old, e.new) for e in ObligationEvent.objects.all()] == [("", "open")] * 6


def test_the_first_of_the_month_decides():
    member("on the first day", valid_from=SEPTEMBER)
    member("until the first day", valid_to=SEPTEMBER)
    member("in two groups").categories.create(code="DISABLED", valid_from=date(2026, 1, 1))
    member("joined later", valid_from=date(2026, 9, 2))
    member("left before", valid_to=date(2026, 8, 31))
    member("moved away", active_to=date(2026, 8, 31))
    member("not yet here", active_from=date(2026, 9, 2))

    assert fixed() == 3
    assert set(Obligation.objects.values_list("elder__number", flat=True)) == {
        "on the first day",
        "until the first day",
        "in two groups",
    }


def test_fixing_again_adds_nobody():
    member("E1")
    fixed()

    assert fixed() == 0
    assert (Obligation.objects.count(), ObligationEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize("month", [OCTOBER, date(2026, 9, 2)])
def test_a_month_ahead_or_a_day_within_one_is_refused(month):
    member("E1")

    with pytest.raises(Invalid):
        fixed(month)

    assert Obligation.objects.count() == 0


def test_a_month_begins_at_the_countys_midnight():
    member("E1")

    assert fixed(OCTOBER, now=make.at("00:00", OCTOBER)) == 1  # 30 September, 16:00 UTC


def test_a_visit_made_before_the_list_was_fixed_counts():
    elder = member("E1")
    visit = make.visit(elder, make.item("WELFARE"))
    for to in ("reserved", "started", "finished", "verified"):
        move_visit(visit=visit, to=to, actor=None, now=make.NOW)

    fixed()

    assert Obligation.objects.get().fulfilled_by == visit


class TestExcuse:
    def owed(self):
        member("E1")
        fixed()
        return Obligation.objects.get()

    def say(self, obligation, why="HOSPITAL", note="county hospital, ward 3"):
        excuse(obligation=obligation, excuse=why, note=note, actor=None, now=make.NOW)

    def test_is_recorded_once(self):
        owed = self.owed()

        self.say(owed)
        self.say(owed)

        owed.refresh_from_db()
        assert (owed.status, owed.excuse) == ("excused", "HOSPITAL")
        assert [(e.new, e.reason) for e in owed.events.all()] == [("open", ""), ("excused", "county hospital, ward 3")]

    def test_a_visit_beats_it(self):
        owed = self.owed()
        self.say(owed)
        visit = make.visit(owed.elder, make.item("WELFARE"))

        for to in ("reserved", "started", "finished", "verified"):
            move_visit(visit=visit, to=to, actor=None, now=make.NOW)

        owed.refresh_from_db()
        assert (owed.status, owed.fulfilled_by, owed.excuse) == ("fulfilled", visit, "HOSPITAL")

    @pytest.mark.parametrize(("why", "note"), [("TIRED", "x"), ("", "x"), ("DIED", "")])
    def test_must_be_an_allowed_one_with_a_note(self, why, note):
        owed = self.owed()

        with pytest.raises(Invalid):
            self.say(owed, why, note)

        assert ObligationEvent.objects.count() == 1

    def test_another_excuse_or_a_stale_copy_is_refused(self):
        owed = self.owed()
        stale = Obligation.objects.get()
        self.say(owed)

        with pytest.raises(WrongState):
            self.say(owed, "DIED")
        with pytest.raises(LostRace):
            self.say(stale, "MOVED")

        assert Obligation.objects.get().excuse == "HOSPITAL"


def test_the_queue_puts_those_without_a_coming_visit_first_and_keeps_to_the_towns():
    coming, forgotten, done = member("E1"), member("E2"), member("E3")
    member("E4", town=make.town("T2"))
    fixed()
    make.visit(coming, make.item("WELFARE"))
    lost = make.visit(forgotten, make.item("CLEAN"))
    move_visit(visit=lost, to="cancelled", reason="x", actor=None, now=make.NOW)
    excuse(obligation=Obligation.objects.get(elder=done), excuse="DIED", note="family called", actor=None, now=make.NOW)
    dispatcher = user("dispatcher")
    TownDuty.objects.create(user=dispatcher, town=coming.town)

    queue: Any = obligations_owed(month=SEPTEMBER, user=dispatcher)

    assert [(row.elder.number, row.has_visit_coming) for row in queue] == [("E2", False), ("E1", True)]
    assert obligations_owed(month=SEPTEMBER, user=user("operator")).count() == 3
    assert obligations_owed(month=OCTOBER, user=dispatcher).count() == 0


def test_the_task_fixes_this_month_and_may_run_twice(monkeypatch):
    member("E1")
    monkeypatch.setattr("people.clock.now", lambda: make.at("00:05", OCTOBER))

    assert (tasks.fix_obligations(), tasks.fix_obligations()) == (1, 0)
    assert Obligation.objects.get().month == OCTOBER
