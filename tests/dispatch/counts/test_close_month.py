"""A closed month never changes; what comes later is counted in the next open month."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from dispatch.counts import selectors, services
from dispatch.counts.models import Adjustment, CountedVisit, MonthClose, MonthlyCount
from dispatch.counts.rows import Cut
from dispatch.visits.models import Correction
from orders.models import Visit
from people.errors import Invalid, NotAllowed, WrongState
from people.models import PolicySetting
from people.roles import Role
from tests.dispatch.counts.county import AFTER_CUT_OFF, NOVEMBER, County, at, user_with

DAY = date(2026, 11, 10)
DECEMBER = date(2026, 12, 1)
IN_JANUARY = datetime(2027, 1, 7, 1, 0, tzinfo=UTC)


@pytest.fixture
def visit(county: County) -> Visit:
    return county.visit(DAY, county.elder("张", "涟城"), county.carer("王", "涟城"))


@pytest.fixture
def closed(visit: Visit, administrator: User) -> MonthClose:
    return services.close_month(month=NOVEMBER, actor=administrator, now=AFTER_CUT_OFF)


def correct_end(visit: Visit, minute: int, actor: User) -> None:
    """What correcting the end of a visit leaves behind: the corrected time in the assignment, and who said so."""
    leg = visit.assignments.get()
    leg.ended_at = at(DAY, 9, minute)
    leg.save(update_fields=["ended_at"])
    Correction.objects.create(
        assignment=leg,
        kind="out",
        corrected_time=leg.ended_at,
        reason="FORGOT",
        actor=actor,
        at=AFTER_CUT_OFF + timedelta(days=1),
    )


def test_closing_freezes_figures_visits_and_denominators(closed: MonthClose, visit: Visit, administrator: User) -> None:
    figure = MonthlyCount.objects.get()

    assert (closed.status, closed.closed_by, closed.closed_at) == ("closed", administrator, AFTER_CUT_OFF)
    assert (figure.person_times, figure.elders, figure.minutes, figure.service) == (1, 1, 60, "CLEAN")
    assert CountedVisit.objects.values_list("count", "visit", "minutes").get() == (figure.pk, visit.pk, 60)
    assert (closed.elders_registered, closed.elders_county) == (1, 218_600)
    assert [(event.old, event.new) for event in closed.events.all()] == [("", "open"), ("open", "closed")]


def test_a_closed_month_is_read_from_its_frozen_rows(
    closed: MonthClose, county: County, visit: Visit, administrator: User
) -> None:
    before = selectors.monthly_counts(NOVEMBER, administrator)
    county.visit(DAY, county.elder("李", "涟城"), county.carer("孙", "涟城"))
    correct_end(visit, 20, administrator)

    assert selectors.monthly_counts(NOVEMBER, administrator) == before
    assert selectors.totals(NOVEMBER, administrator).minutes == 60
    assert selectors.visits_behind(NOVEMBER, Cut(), administrator).count() == 1
    assert selectors.person_times_by_month([NOVEMBER], administrator) == {NOVEMBER: 1}


def test_closing_twice_changes_nothing(closed: MonthClose, administrator: User) -> None:
    again = services.close_month(month=NOVEMBER, actor=administrator, now=IN_JANUARY)

    assert (again.pk, again.digest, again.closed_at) == (closed.pk, closed.digest, AFTER_CUT_OFF)
    assert (MonthlyCount.objects.count(), CountedVisit.objects.count(), closed.events.count()) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_rivals_one_closes_and_both_get_the_closed_month(visit: Visit, administrator: User) -> None:
    start = Barrier(2)

    def close() -> str:
        try:
            start.wait()
            return services.close_month(month=NOVEMBER, actor=administrator, now=AFTER_CUT_OFF).digest
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        digests = [future.result() for future in [pool.submit(close), pool.submit(close)]]

    assert digests == [MonthClose.objects.get().digest] * 2
    assert (MonthlyCount.objects.count(), CountedVisit.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), "23:59 on the last day"),
        (datetime(2026, 12, 4, 15, 59, tzinfo=UTC), "the day before the cut-off day"),
    ],
)
def test_a_month_is_not_closed_before_its_cut_off(
    visit: Visit, administrator: User, now: datetime, reason: str
) -> None:
    with pytest.raises(WrongState):
        services.close_month(month=NOVEMBER, actor=administrator, now=now)

    assert MonthClose.objects.count() == 0, reason


def test_a_cut_off_day_that_a_short_month_lacks_is_its_last(administrator: User) -> None:
    PolicySetting.objects.create(key="month_cut_off_day", value=31, effective_from=NOVEMBER, owner="test")
    january = date(2027, 1, 1)

    with pytest.raises(WrongState):
        services.close_month(month=january, actor=administrator, now=datetime(2027, 2, 27, 12, tzinfo=UTC))
    assert (
        services.close_month(month=january, actor=administrator, now=datetime(2027, 2, 28, 12, tzinfo=UTC)).status
        == MonthClose.Status.CLOSED
    )


def test_a_month_is_closed_from_midnight_of_the_cut_off_day(visit: Visit, administrator: User) -> None:
    midnight = datetime(2026, 12, 4, 16, 0, tzinfo=UTC)

    assert services.close_month(month=NOVEMBER, actor=administrator, now=midnight).status == "closed"


def test_only_an_administrator_closes(visit: Visit) -> None:
    with pytest.raises(NotAllowed):
        services.close_month(month=NOVEMBER, actor=user_with(Role.AUDITOR), now=AFTER_CUT_OFF)

    assert MonthClose.objects.count() == 0


def test_the_hash_is_the_same_for_the_same_rows_and_proves_them(closed: MonthClose) -> None:
    assert len(closed.digest) == 64
    assert services.is_intact(closed)


def test_the_hash_depends_on_every_minute(closed: MonthClose, visit: Visit) -> None:
    figure = MonthlyCount.objects.get()
    line = [figure.town_id, "CLEAN", None, "VOLUNTEER", "SELF_PAY", 1, 1, 60, [(visit.pk, 60)]]
    other = [*line[:-1], [(visit.pk, 61)]]

    assert services._digest(NOVEMBER, [line], closed) == closed.digest
    assert services._digest(NOVEMBER, [other], closed) != closed.digest


def test_the_database_refuses_to_change_what_is_frozen(closed: MonthClose, visit: Visit, administrator: User) -> None:
    services.adjust(visit=visit, person_times=0, minutes=-5, reason="假", actor=administrator, now=AFTER_CUT_OFF)
    frozen: list[type[Model]] = [MonthlyCount, CountedVisit, Adjustment]

    for model in frozen:
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.update(minutes=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.all()._raw_delete(using="default")
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthClose.objects.filter(pk=closed.pk).update(status="open", closed_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        closed.events.update(new="open")


def test_visits_verified_too_late_count_in_the_next_month(
    closed: MonthClose, county: County, administrator: User
) -> None:
    late = county.visit(DAY, county.elder("李", "涟城"), county.carer("孙", "涟城"), seconds=1800)

    december = services.close_month(month=DECEMBER, actor=administrator, now=IN_JANUARY)

    change = Adjustment.objects.get()
    assert (change.month, change.corrects, change.visit) == (december, closed, late)
    assert (change.person_times, change.minutes, change.by_hand) == (1, 30, False)


def test_times_corrected_later_count_once_in_the_next_month(
    closed: MonthClose, visit: Visit, administrator: User
) -> None:
    correct_end(visit, 20, administrator)

    services.close_month(month=DECEMBER, actor=administrator, now=IN_JANUARY)
    services.close_month(month=date(2027, 1, 1), actor=administrator, now=datetime(2027, 2, 7, tzinfo=UTC))

    assert Adjustment.objects.values_list("person_times", "minutes").get() == (0, -40)


def test_a_correction_by_hand_is_the_last_word(closed: MonthClose, visit: Visit, administrator: User) -> None:
    correct_end(visit, 20, administrator)
    change = services.adjust(
        visit=visit, person_times=-1, minutes=-60, reason="伪造", actor=administrator, now=IN_JANUARY
    )

    december = services.close_month(month=DECEMBER, actor=administrator, now=IN_JANUARY)

    assert (change.month, change.by_hand) == (december, True)
    assert Adjustment.objects.count() == 1
    assert services.is_intact(december)
    assert [each.pk for each in selectors.adjustments_visible_to(administrator, DECEMBER)] == [change.pk]


def test_adjusting_an_open_month_or_without_reason_is_refused(visit: Visit, administrator: User) -> None:
    with pytest.raises(WrongState):
        services.adjust(visit=visit, person_times=-1, minutes=-60, reason="x", actor=administrator, now=AFTER_CUT_OFF)
    with pytest.raises(Invalid):
        services.adjust(visit=visit, person_times=-1, minutes=-60, reason=" ", actor=administrator, now=AFTER_CUT_OFF)
    with pytest.raises(NotAllowed):
        services.adjust(
            visit=visit, person_times=-1, minutes=0, reason="x", actor=user_with(Role.AUDITOR), now=AFTER_CUT_OFF
        )

    assert Adjustment.objects.count() == 0


def test_an_organisation_manager_sees_corrections_of_own_visits_only(county: County, administrator: User) -> None:
    mine = county.visit(DAY, county.elder("张", "涟城"), county.carer("王", "涟城", organisation="康乐"))
    other = county.visit(DAY, county.elder("李", "涟城"), county.carer("孙", "涟城", organisation="福安"))
    services.close_month(month=NOVEMBER, actor=administrator, now=AFTER_CUT_OFF)
    for visit in (mine, other):
        services.adjust(visit=visit, person_times=0, minutes=5, reason="x", actor=administrator, now=AFTER_CUT_OFF)

    seen = selectors.adjustments_visible_to(county.manager_of("康乐"), DECEMBER)

    assert [each.visit for each in seen] == [mine]
