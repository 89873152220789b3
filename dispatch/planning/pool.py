"""Whom the open pool (抢单) would ask about ordinary work, and from when each could come. Reads only.

The engine has looked before and found no route; the pool asks people. So the way between two visits and the lunch break
are left to them; what they offered (town, hours, radius) and the rules are not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.offers.selectors import not_to_ask
from dispatch.planning.day_clock import minute_not_before, minute_of
from dispatch.planning.reach import radius_of
from dispatch.visits.booked import Booked
from dispatch.visits.distance import metres_between
from dispatch.visits.eligibility import Eligibility
from orders.models import Visit
from orders.wall_clock import whole_minute
from people import policy
from volunteers.models import Carer
from volunteers.selectors import on_duty

STEP = timedelta(minutes=15)


def possible_starts(visit: Visit, now: datetime) -> list[datetime]:
    """When the visit may begin, every 15 minutes and at the last moment of each window; short notice only at the end."""
    lasting = timedelta(minutes=visit.duration_minutes) if visit.window_rule == Visit.WindowRule.END else timedelta(0)
    soonest = whole_minute(now) + timedelta(minutes=policy.minutes("offer_life_minutes", on=visit.service_date))
    windows = list(visit.windows.values_list("start", "end")) or [(visit.window_start, visit.window_end)]
    starts = set()
    for begin, end in windows:
        last = end - lasting
        if last > now:
            moment = min(max(begin, soonest), last)
            starts |= {last, *(moment + STEP * step for step in range((last - moment) // STEP + 1))}
    return sorted(starts)


def free_carers(visit: Visit, leg: int, starts: Sequence[datetime], now: datetime) -> dict[Carer, list[datetime]]:
    """The carers of the town who could serve one leg from some of the starts, nearest first, with these starts."""
    day, lasting = visit.service_date, timedelta(minutes=visit.duration_minutes)
    duty = on_duty(visit.town, day)
    but = not_to_ask(visit, leg, now)
    rows = Carer.objects.filter(pk__in=duty.keys() - but).select_related("person", "start_place")
    carers = list(rows.defer("person__id_number", "start_place__address").order_by("pk"))
    gap = timedelta(minutes=policy.minutes("visit_buffer_minutes", on=day))
    rules, booked = Eligibility(carers, [visit.elder_id], day), Booked(carers, day)
    metres = {carer: _metres(carer, visit) for carer in carers}
    found = {}
    for carer in sorted(carers, key=lambda carer: (metres[carer], carer.pk)):
        radius = radius_of(carer, day)
        if radius is not None and metres[carer] > radius:
            continue
        suitable = [
            start
            for start in starts
            if _offered(duty[carer.pk], start, start + lasting, visit)
            and not booked.is_busy(carer, (start, start + lasting), gap=gap)
            and rules.hindrance(carer, visit, leg=leg, during=(start, start + lasting)) is None
            and booked.hindrance(carer, visit, (start, start + lasting)) is None
        ]
        if suitable:
            found[carer] = suitable
    return found


def _offered(shifts: Sequence[tuple[int, int]], start: datetime, end: datetime, visit: Visit) -> bool:
    first, last = minute_of(start, visit.service_date), minute_not_before(end, visit.service_date)
    return any(begin <= first and last <= finish for begin, finish in shifts)


def _metres(carer: Carer, visit: Visit) -> float:
    start, place = carer.start_place, visit.place
    return metres_between((start.latitude, start.longitude), (place.latitude, place.longitude))
