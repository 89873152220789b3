"""Reads one town's day from the database, always with the same number of queries."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dispatch.offers.models import Offer
from dispatch.offers.selectors import declined_pairs
from dispatch.planning.day_clock import midnight, minute_not_before, minute_of
from dispatch.planning.rows import VisitRow, Work
from dispatch.visits.models import Assignment, CarerPreference, CarerWish
from dispatch.visits.rest import rests_around
from orders.models import Visit, VisitLink, VisitWindow
from people import policy
from people.models import Town
from volunteers.models import Carer
from volunteers.selectors import Interval, abilities, cut, on_duty

PLANNABLE = (Visit.Status.OPEN, Visit.Status.PLANNED)
_SECRETS_OF_CARER = ("person__id_number", "start_place__address", "end_place__address")


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit that nobody has ordered yet, with key 0, and the carer whom its order would name."""

    visit: Visit
    wished: Carer | None = None
    instead_of: int | None = None  # the key of the visit in whose place it would come


@dataclass(frozen=True)
class DayRows:
    """What the database knows about a town's day: rows as they are, nothing decided."""

    town: Town
    visits: list[VisitRow]  # to be planned, or with live work of the carers below
    windows: Mapping[int, list[tuple[datetime, datetime]]]  # visit -> its several windows, if it has any
    links: list[VisitLink]  # between two of the visits
    live: list[Work]
    elsewhere: list[Assignment]  # other live work of the day that counts against a limit of the carers' organisations
    carers: list[Carer]
    duty: Mapping[int, tuple[tuple[int, int], ...]]  # carers of the town on duty and rested: minutes of the day
    abilities: Mapping[int, frozenset[str]]
    # Of elders for whom it is not settled yet who comes:
    barred: Mapping[int, frozenset[int]]  # elder -> carers
    preferred: Mapping[int, frozenset[int]]
    usual: Mapping[int, Mapping[int, int]]  # elder -> carer -> weight, in minutes of travel
    wished: Mapping[int, int]  # visit -> the carer its order names
    popular_before: Mapping[int, int]  # carer -> popular legs of the weeks before, when more are to be shared out
    declined: frozenset[tuple[int, int]]  # (visit, carer)

    @cached_property
    def live_by_leg(self) -> dict[tuple[int, int], Work]:
        """(visit, leg) -> its live assignment."""
        return {(each.visit_id, each.leg): each for each in self.live}

    @cached_property
    def live_by_carer(self) -> dict[int, list[Work]]:
        """Carer -> live work of the day."""
        found: dict[int, list[Work]] = {}
        for each in self.live:
            found.setdefault(each.carer_id, []).append(each)
        return found


def read_day(town: Town, day: date, *, asked: Asked | None = None, moving: int | None = None) -> DayRows:
    """The rows of the town's day. Carers of other towns appear only when they hold work in this one.

    With `asked` the day is read as if that visit had been ordered, and the one it comes instead of had not. `moving` is the key of a visit whose carer may
    change although it is promised: what its elder wishes for is read as well.
    """
    gone = [] if asked is None or asked.instead_of is None else [asked.instead_of]
    of_day = Assignment.objects.filter(visit__service_date=day, status__in=Assignment.LIVE).exclude(visit__in=gone)
    # Few keys as a list, many as a question inside of another: for one thing OR what a question finds the database reads whole tables.
    away = of_day.filter(carer__town=town, planned_start__gte=midnight(day)).exclude(visit__town=town)
    abroad = list(away.order_by().values_list("visit", flat=True).distinct())
    theirs = Visit.objects.filter(Q(town=town, service_date=day) | Q(pk__in=abroad)).exclude(pk__in=gone)
    # With the partners of a double-up abroad, or its other half would look free.
    held = of_day.filter(Q(visit__town=town) | Q(visit__in=abroad))
    live = list(Work.read(held.order_by("pk")))
    promised = {each.visit_id for each in live}
    visits = [
        visit for visit in VisitRow.read(theirs.order_by("pk")) if visit.status in PLANNABLE or visit.pk in promised
    ]
    carers = _carers(Carer.objects.filter(town=town))
    foreign = {each.carer_id for each in live} - {carer.pk for carer in carers}
    carers += _carers(Carer.objects.filter(pk__in=foreign))
    staff = Carer.objects.filter(Q(town=town) | Q(pk__in=foreign))
    links = _links(theirs, {visit.pk for visit in visits})
    limited = {each.organisation for each in carers if each.organisation and each.organisation.daily_minutes}
    wished = dict(CarerWish.objects.filter(order_item__visits__in=theirs).values_list("order_item__visits", "carer"))
    if asked is not None:
        visits.append(VisitRow.of(asked.visit))
        if asked.wished is not None:
            wished[asked.visit.pk] = asked.wished.pk
    linked = {key for link in links for key in (link.first_id, link.second_id)} | {moving}
    carers_of = Counter(each.visit_id for each in live)
    free = [
        visit
        for visit in visits
        if visit.status in PLANNABLE or visit.pk in linked or carers_of[visit.pk] < visit.carers_needed
    ]
    elders = {visit.elder_id for visit in free}
    preferences = list(CarerPreference.objects.filter(elder__in=elders).values_list("kind", "elder_id", "carer_id"))
    return DayRows(
        town=town,
        visits=visits,
        windows=_windows(theirs),
        links=links,
        live=live,
        elsewhere=list(
            of_day.filter(carer__organisation__in=limited)
            .exclude(pk__in=held.values("pk"))
            .select_related("visit", "carer")
        ),
        carers=sorted(carers, key=lambda carer: carer.pk),
        duty=_rested(on_duty(town, day), day),
        abilities=abilities(staff, day),
        barred=_by_elder(preferences, CarerPreference.Kind.BARRED),
        preferred=_by_elder(preferences, CarerPreference.Kind.PREFERRED),
        wished=wished,
        usual=usual_carers(elders, day),
        popular_before=popular_before(staff, day) if any(visit.is_popular for visit in free) else {},
        declined=frozenset(declined_pairs(theirs)),
    )


def holes() -> QuerySet[Visit]:
    """Open visits that somebody was asked for, in vain, and that nobody is being asked for now.

    An open pool makes no hole: urgent help, which opens it, asks the next carers itself.
    """
    asked = Offer.objects.filter(visit=OuterRef("pk"))
    return Visit.objects.filter(
        Exists(asked.filter(kind=Offer.Kind.DIRECT).exclude(status=Offer.Status.SENT)),
        ~Exists(asked.filter(status=Offer.Status.SENT)),
        status=Visit.Status.OPEN,
    )


def usual_carers(elders: Collection[int], day: date) -> dict[int, dict[int, int]]:
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


def popular_before(carers: QuerySet[Carer], day: date) -> dict[int, int]:
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


def _rested(duty: Mapping[int, tuple[Interval, ...]], day: date) -> dict[int, tuple[Interval, ...]]:
    """The duty less the rests after the work of the day before, and before that of the day after."""
    rests = {
        carer: [(minute_of(start, day), minute_not_before(end, day)) for start, end in each]
        for carer, each in rests_around(duty.keys(), day).items()
    }
    rested = {carer: cut(shifts, rests.get(carer, ())) for carer, shifts in duty.items()}
    return {carer: shifts for carer, shifts in rested.items() if shifts}


def _carers(carers: QuerySet[Carer]) -> list[Carer]:
    return list(carers.select_related("person", "organisation", "start_place", "end_place").defer(*_SECRETS_OF_CARER))


def _windows(visits: QuerySet[Visit]) -> dict[int, list[tuple[datetime, datetime]]]:
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for visit, start, end in VisitWindow.objects.filter(visit__in=visits).values_list("visit", "start", "end"):
        found.setdefault(visit, []).append((start, end))
    return found


def _links(visits: QuerySet[Visit], read: Collection[int]) -> list[VisitLink]:
    links = VisitLink.objects.filter(first__in=visits).order_by("pk")
    return [link for link in links if link.first_id in read and link.second_id in read]


def _by_elder(rows: Iterable[tuple[str, int, int]], wanted: str) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for kind, elder, carer in rows:
        if kind == wanted:
            found.setdefault(elder, set()).add(carer)
    return {elder: frozenset(carers) for elder, carers in found.items()}
