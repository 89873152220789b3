"""An ordinary offer made at night waits for the morning; a carer who looks may answer at once."""

from datetime import datetime, timedelta

import pytest

from dispatch.planning.services.pool import ask_everybody
from orders.models import Visit
from tests.dispatch.factories import TODAY, accept, ask, at, make_carer, make_visit
from tests.dispatch.planning import make

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("made", "start", "until"),
    [
        (at("20:59", YESTERDAY), "09:00", at("21:29", YESTERDAY)),
        (at("21:00", YESTERDAY), "09:00", at("07:30")),
        (at("06:59"), "09:00", at("07:30")),
        (at("07:00"), "09:00", at("07:30")),
        (at("23:00", YESTERDAY), "07:10", at("07:10")),  # never past the planned start
        (at("05:00"), "06:30", at("05:30")),  # begins before the morning: the ordinary time
    ],
)
def test_the_time_to_answer_is_counted_from_the_morning(made: datetime, start: str, until: datetime) -> None:
    [offer] = ask(make_visit(), make_carer(), start=start, now=made)

    assert offer.expires_at == until


def test_a_carer_who_looks_at_night_may_accept_at_once() -> None:
    night = at("23:00", YESTERDAY)
    [offer] = ask(make_visit(), make_carer(), now=night)

    assert accept(offer, now=night).status == "accepted"


def test_urgent_help_does_not_wait_for_the_morning() -> None:
    night = at("23:00", YESTERDAY)
    [offer] = ask(make_visit(priority=Visit.Priority.URGENT), make_carer(), now=night)

    assert offer.expires_at == night + timedelta(minutes=5)


def test_the_pool_too_is_counted_from_the_morning() -> None:
    make.carer("C1")
    visit = make_visit(start="14:00", end="15:00")

    [offer] = ask_everybody(visit_id=visit.pk, now=at("23:00", YESTERDAY))

    assert offer.expires_at == at("09:00")
