"""Reads one town's day from the database, always with the same number of queries."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dispatch.offers.models import Offer
from dispatch.offers.selectors import declined_pairs
from dispatch.planning.day_clock import midnight
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Visit, VisitLink
from people import policy
from people.models import Town
from volunteers.models import Carer
from volunteers.selectors import abilities, on_duty

PLANNABLE = (Visit.Status.OPEN, Visit.Status.PLANNED)


@dataclass(frozen=True)
class DayRows:
    """What the database knows about a town's day: rows as they are, nothing decided."""

    town: Town
    visits: list[Visit]  # to be planned, or with live work of the carers below
    links: list[VisitLink]  # between two of the visits
    live: list[Assignment]
    elsewhere: list[Assignment]  # other live work of the day that counts against a limit of the carers' organisations
    holes: frozenset[int]  # open visits that somebody was asked for, in vain
    carers: list[Carer]
    duty: Mapping[int, tuple[tuple[int, int], ...]]  # carers of the town on duty: minutes of the day
    abilities: Mapping[int, frozenset[str]]
    barred: Mapping[int, frozenset[int]]  # elder -> carers
    preferred: Mapping[int, frozenset[int]]
    usual: Mapping[int, Mapping[int, int]]  # elder -> carer -> weight, in minutes of travel
    popular_before: Mapping[int, int]  # carer -> popular legs of the weeks before
    declined: frozenset[tuple[int, int]]  # (visit, carer)

    @cached_property
    def live_by_leg(self) -> dict[tuple[int, int], Assignment]:
        """(visit, leg) -> its live assignment."""
        return {(each.visit_id, each.leg): each for each in self.live}

    @cached_property
    def live_by_carer(self) -> dict[int, list[Assignment]]:
        """Carer -> live work of the day."""
        found: dict[int, list[Assignment]] = {}
        for each in self.live:
            found.setdefault(each.carer_id, []).append(each)
        return found


def read_day(town: Town, day: date) -> DayRows:
    """The rows of the town's day. Carers of other towns appear only when they hold work in this one."""
    of_day = Assignment.objects.filter(visit__service_date=day, status__in=Assignment.LIVE)
    abroad = of_day.filter(carer__town=town).exclude(visit__town=town)
    # With the partners of a double-up abroad, or its other half would look free.
    live = list(of_day.filter(Q(visit__town=town) | Q(visit__in=abroad.values("visit"))).order_by("pk"))
    visits = list(
        Visit.objects.filter(
            Q(town=town, service_date=day, status__in=PLANNABLE) | Q(pk__in=[each.visit_id for each in live])
        )
        .select_related("item", "elder", "place")
        .prefetch_related("windows")
        .order_by("pk")
    )
    elders = {visit.elder_id for visit in visits}
    carers = list(
        Carer.objects.filter(Q(town=town) | Q(pk__in=[each.carer_id for each in live]))
        .select_related("person", "organisation", "start_place", "end_place")
        .order_by("pk")
    )
    limited = {each.organisation for each in carers if each.organisation and each.organisation.daily_minutes}
    preferences = list(CarerPreference.objects.filter(elder__in=elders).values_list("kind", "elder_id", "carer_id"))
    keys = [visit.pk for visit in visits]
    return DayRows(
        town=town,
        visits=visits,
        links=list(VisitLink.objects.filter(first__in=keys, second__in=keys).order_by("pk")),
        live=live,
        elsewhere=list(
            of_day.filter(carer__organisation__in=limited)
            .exclude(pk__in=[each.pk for each in live])
            .select_related("visit", "carer")
        ),
        holes=frozenset(holes().filter(town=town, service_date=day).values_list("pk", flat=True)),
        carers=carers,
        duty=on_duty([carer for carer in carers if carer.town_id == town.pk], day),
        abilities=abilities(carers, day),
        barred=_by_elder(preferences, CarerPreference.Kind.BARRED),
        preferred=_by_elder(preferences, CarerPreference.Kind.PREFERRED),
        usual=usual_carers(elders, day),
        popular_before=popular_before(carers, day),
        declined=frozenset(declined_pairs(keys)),
    )


def holes() -> QuerySet[Visit]:
    """Open visits that somebody was asked for, in vain, and that nobody is being asked for now."""
    asked = Offer.objects.filter(visit=OuterRef("pk"))
    return Visit.objects.filter(
        Exists(asked.exclude(status=Offer.Status.SENT)),
        ~Exists(asked.filter(status=Offer.Status.SENT)),
        status=Visit.Status.OPEN,
    )


def usual_carers(elders: Iterable[int], day: date) -> dict[int, dict[int, int]]:
    """How well each elder knows each carer: verified visits of the past, each fading by half per half-life.

    In minutes of travel that the acquaintance is worth; four half-lives back, the rest has faded.
    """
    half_life = policy.minutes("continuity_half_life_days", on=day)
    worth = policy.number("continuity_visit_minutes", on=day)
    most = policy.minutes("continuity_most_minutes", on=day)
    past = Assignment.objects.filter(
        visit__elder__in=elders,
        visit__status=Visit.Status.VERIFIED,
        visit__service_date__range=(day - timedelta(days=4 * half_life), day - timedelta(days=1)),
        status=Assignment.Status.CHECKED_OUT,
    ).values_list("visit__elder_id", "carer_id", "visit__service_date")
    weights: dict[int, dict[int, float]] = {}
    for elder, carer, on in past:
        known = weights.setdefault(elder, {})
        known[carer] = known.get(carer, 0.0) + worth * 0.5 ** ((day - on).days / half_life)
    return {
        elder: {carer: min(round(weight), most) for carer, weight in known.items() if round(weight)}
        for elder, known in weights.items()
    }


def popular_before(carers: Collection[Carer], day: date) -> dict[int, int]:
    """How many popular legs each carer held in the weeks before the day; what was given back or missed is not held."""
    first = day - timedelta(days=policy.minutes("fairness_days", on=day))
    held = Assignment.objects.filter(
        carer__in=carers,
        planned_start__gte=midnight(first),  # for the index: nobody begins before the visit's day
        visit__service_date__range=(first, day - timedelta(days=1)),
        visit__item__is_popular=True,
        status__in=Assignment.LIVE,
    )
    return dict(held.order_by().values_list("carer_id").annotate(Count("pk")))


def _by_elder(rows: Iterable[tuple[str, int, int]], wanted: str) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for kind, elder, carer in rows:
        if kind == wanted:
            found.setdefault(elder, set()).add(carer)
    return {elder: frozenset(carers) for elder, carers in found.items()}
