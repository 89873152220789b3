"""A phone that was without signal for up to three days, on a wrong clock, killed while sending: nothing is lost or doubled.

Hypothesis plays the network: which events are sent again although they had arrived, in which order, how late.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.visits.models import Assignment, CheckEvent
from tests.dispatch.api.conftest import Phone, SetClock
from tests.dispatch.factories import at, flags_of, login_of, make_carer, make_elder, make_visit, promise
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import ledger_sum

pytestmark = pytest.mark.django_db

ROUND = ("08:00", "10:00", "14:00")  # of one carer, an hour each, two kilometres apart
LATEST = timedelta(hours=72)
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tap:
    """What the phone wrote down when the carer tapped: the true moment, and its own event id."""

    work: Assignment
    kind: str
    moment: datetime
    client_id: UUID = field(default_factory=uuid4)


@st.composite
def networks(draw: st.DrawFn, taps: int) -> list[tuple[int, timedelta]]:
    """In which order which event reaches the platform, how long after the last tap; each at least once."""
    again = draw(st.lists(st.integers(0, taps - 1), max_size=taps))
    order = draw(st.permutations([*range(taps), *again]))
    delays = draw(st.lists(st.timedeltas(TOLERANCE, LATEST), min_size=len(order), max_size=len(order)))
    return list(zip(order, sorted(delays), strict=True))


def the_round() -> list[Tap]:
    """Three visits promised to one carer, each begun and left on time."""
    carer = make_carer()
    taps = []
    for number, start in enumerate(ROUND):
        visit = make_visit(make_elder(f"E{number}", kilometres_north=2.0 * number), start=start, end="17:00")
        [work] = promise(visit, carer, start=start)
        taps += [Tap(work, "in", at(start)), Tap(work, "out", at(start) + timedelta(hours=1))]
    return taps


def send(phone: Phone, tap: Tap, skew: timedelta, now: datetime) -> Any:
    """The answer to one sending; the phone's clock is ahead of the true one by `skew`."""
    place = tap.work.visit.place
    return phone.post(
        f"assignments/{tap.work.pk}/check-{tap.kind}/",
        client_id=str(tap.client_id),
        device_time=(tap.moment + skew).isoformat(),
        sent_at=(now + skew).isoformat(),
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_metres=10,
        device="one phone",
    )


def in_a_world_of_its_own(play: Callable[[], None]) -> None:
    """Run it and take back all it wrote, so that Hypothesis may play again."""
    with transaction.atomic():
        play()
        transaction.set_rollback(True)


SKEWS = st.one_of(
    st.sampled_from([timedelta(0), TOLERANCE, -TOLERANCE, timedelta(days=1), timedelta(days=-1)]),
    st.timedeltas(timedelta(days=-1), timedelta(days=1)),
)


def test_every_event_is_stored_once_on_its_visit_with_the_true_time(set_clock: SetClock) -> None:
    @settings(max_examples=25)
    @given(network=networks(2 * len(ROUND)), skew=SKEWS)
    def cut_off(network: list[tuple[int, timedelta]], skew: timedelta) -> None:
        in_a_world_of_its_own(lambda: play(network, skew))

    def play(network: list[tuple[int, timedelta]], skew: timedelta) -> None:
        taps = the_round()
        phone = Phone(login_of(taps[0].work.carer))
        arrived = set()
        for index, delay in network:
            now = at("15:00") + delay
            set_clock(now)
            answer = send(phone, taps[index], skew, now)
            assert answer.status_code == (200 if index in arrived else 201), answer.content
            arrived.add(index)

        stored = {event.client_id: event for event in CheckEvent.objects.all()}
        is_off = abs(skew) > TOLERANCE
        assert len(stored) == CheckEvent.objects.count() == len(taps)
        for tap in taps:
            event = stored[tap.client_id]
            assert (event.assignment_id, event.kind) == (tap.work.pk, tap.kind)
            assert event.device_time == tap.moment + skew  # as it was sent, whatever it counts as
            assert event.evidence_time == (tap.moment if is_off else tap.moment + skew)
        for entered, left in zip(taps[::2], taps[1::2], strict=True):
            work = Assignment.objects.get(pk=entered.work.pk)
            assert (work.status, work.delivered_minutes) == ("checked_out", 60)
            assert (work.started_at, work.ended_at) == (
                stored[entered.client_id].evidence_time,
                stored[left.client_id].evidence_time,
            )
            assert set(flags_of(work)) == ({"CLOCK_SKEW"} if is_off else set())
            assert work.visit.status == ("disputed" if is_off else "verified")
        assert sorted(Transfer.objects.values_list("minutes", flat=True)) == ([] if is_off else [60] * len(ROUND))
        assert ledger_sum() == 0

    cut_off()


def test_an_app_killed_while_sending_sends_again_and_nothing_happens_twice(set_clock: SetClock) -> None:
    """The platform heard, the phone did not: it sends the whole outbox again, as often as it is killed."""
    taps = the_round()
    phone = Phone(login_of(taps[0].work.carer))
    answers = []
    for attempt, killed_after in enumerate([1, 3, 2, len(taps), len(taps)]):
        now = at("15:00") + timedelta(hours=attempt)
        set_clock(now)
        answers += [send(phone, tap, timedelta(0), now).status_code for tap in taps[:killed_after]]

    assert (answers.count(201), answers.count(200)) == (6, len(answers) - 6)
    assert CheckEvent.objects.count() == 6
    assert [work.status for work in Assignment.objects.all()] == ["checked_out"] * 3
    assert Transfer.objects.count() == 3


def test_without_position_or_far_away_the_event_is_kept_and_doubted_once(set_clock: SetClock) -> None:
    taps = the_round()
    phone = Phone(login_of(taps[0].work.carer))
    entered, far = taps[0], taps[2]
    now = at("15:00")
    set_clock(now)
    for _ in range(2):
        for tap, position in ((entered, {}), (far, {"latitude": 33.0, "longitude": 119.0, "accuracy_metres": 30})):
            times = {"device_time": tap.moment.isoformat(), "sent_at": now.isoformat()}
            body = {"client_id": str(tap.client_id), **times, **position}
            phone.post(f"assignments/{tap.work.pk}/check-in/", **body)

    assert set(flags_of(entered.work)) == {"NO_POSITION"}
    assert set(flags_of(far.work)) == {"OUTSIDE_FENCE"}
    assert CheckEvent.objects.count() == 2
    assert [work.status for work in Assignment.objects.order_by("pk")] == ["checked_in", "checked_in", "accepted"]
