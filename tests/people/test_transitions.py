"""One way to move a status: along the table, one winner of a race, one event row. Shown on the run of a plan."""

from datetime import date

import pytest

from dispatch.planning.models import PlanRun
from people.errors import LostRace, WrongState
from people.transitions import move, record_birth
from tests.cast import NOW, Cast

ILLEGAL = [
    (old, new) for old in PlanRun.Status for new in PlanRun.Status if new not in PlanRun.MOVES[PlanRun.Status(old)]
]


def make_run(cast: Cast, status: str = PlanRun.Status.QUEUED) -> PlanRun:
    failure = "nobody on duty" if status == PlanRun.Status.FAILED else ""
    return PlanRun.objects.create(
        town=cast.gaogou, day=date(2026, 3, 3), status=status, failure=failure, requested_at=NOW
    )


def test_a_move_changes_the_row_its_columns_and_writes_one_event(cast: Cast) -> None:
    run = make_run(cast)

    move(run, PlanRun.Status.FAILED, actor=cast.dispatcher, now=NOW, reason="没有护理员", failure="nobody on duty")

    assert (run.status, run.failure) == ("failed", "nobody on duty")
    run.refresh_from_db()
    assert (run.status, run.failure) == ("failed", "nobody on duty")
    event = run.events.get()
    assert (event.old, event.new, event.reason, event.actor, event.at) == (
        "queued",
        "failed",
        "没有护理员",
        cast.dispatcher,
        NOW,
    )


def test_a_birth_is_an_event_from_nothing(cast: Cast) -> None:
    run = make_run(cast)

    record_birth(run, actor=None, now=NOW)

    event = run.events.get()
    assert (event.old, event.new, event.actor) == ("", "queued", None)


@pytest.mark.parametrize(("old", "new"), ILLEGAL)
def test_no_move_outside_the_table(cast: Cast, old: str, new: str) -> None:
    run = make_run(cast, old)

    with pytest.raises(WrongState) as refusal:
        move(run, new, actor=cast.dispatcher, now=NOW)

    assert refusal.value.facts == {"subject": "planrun", "pk": run.pk, "status": old, "wanted": new}
    run.refresh_from_db()
    assert run.status == old
    assert run.events.count() == 0


def test_of_two_rivals_one_wins_and_the_other_is_told(cast: Cast) -> None:
    mine = make_run(cast)
    rival = PlanRun.objects.get(pk=mine.pk)
    move(rival, PlanRun.Status.DISCARDED, actor=cast.administrator, now=NOW)

    with pytest.raises(LostRace) as refusal:
        move(mine, PlanRun.Status.SOLVING, actor=cast.dispatcher, now=NOW, seed=7)

    assert refusal.value.code == "lost_race"
    assert (mine.status, mine.seed) == ("queued", 0)
    mine.refresh_from_db()
    assert (mine.status, mine.seed) == ("discarded", 0)
    assert list(mine.events.values_list("new", flat=True)) == ["discarded"]


def test_without_compare_and_set_the_rival_would_be_overwritten(cast: Cast) -> None:
    """The control: the same race with a plain save loses the rival's move. It shows what `move` guards against."""
    mine = make_run(cast)
    rival = PlanRun.objects.get(pk=mine.pk)
    move(rival, PlanRun.Status.DISCARDED, actor=cast.administrator, now=NOW)

    mine.status = PlanRun.Status.SOLVING
    mine.save(update_fields=["status"])

    rival.refresh_from_db()
    assert rival.status == "solving"
