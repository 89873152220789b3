"""The month at a glance: six figures with the month before beside them, and the trend of a year."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dispatch.counts import selectors
from dispatch.counts.models import MonthClose
from dispatch.counts.months import months_until, previous_month
from dispatch.counts.rows import WHOLE, Cut, Totals
from orders.models import Visit
from people import policy
from people.roles import Role, has_role
from people.selectors import towns_visible_to
from volunteers.models import Carer


class Base(models.TextChoices):
    """Which elders the coverage is measured against; the county's paper does not say."""

    REGISTER = "register", _("elders in the register")
    COUNTY = "county", _("residents of 60 and over")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Distinct elders with a verified visit at home, over a denominator that is always printed with it."""

    served: int
    denominator: int
    base: Base

    @property
    def percent(self) -> float:
        """The share in percent; 0 without a denominator."""
        return 100 * self.served / self.denominator if self.denominator else 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the six numbers. `unit` tells how to print it; `cut` names the visits behind it."""

    title: str | Promise
    unit: str
    value: float
    before: float
    meaning: str | Promise
    cut: Cut


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of the trend, in the coordinates of a 600 × 120 drawing."""

    month: date
    person_times: int
    x: int
    y: int
    height: int


def six_figures(month: date, user: User, cut: Cut, base: Base, now: Totals, before: Totals) -> list[Figure]:
    """The six numbers of a cut of a month; `now` and `before` are its sums and those of the month before."""
    covered = coverage(month, user, cut, base, now)
    covered_before = coverage(previous_month(month), user, cut, base, before)
    of_volunteers = Cut(cut.town, cut.service, cut.organisation, Carer.Kind.VOLUNTEER, cut.payer)
    of_government = Cut(cut.town, cut.service, cut.organisation, cut.carer_kind, Visit.Payer.GOVERNMENT)
    return [
        Figure(
            _("Person-times"),
            "count",
            now.person_times,
            before.person_times,
            _("Verified visits of the month; a visit of two carers counts once."),
            cut,
        ),
        Figure(
            _("Elders served"),
            "count",
            now.elders,
            before.elders,
            _("Different elders with at least one verified visit; therefore less than the sum of the lines."),
            cut,
        ),
        Figure(
            _("Service time"),
            "duration",
            now.minutes,
            before.minutes,
            _("From check-in to check-out of the first carer, corrections included, in whole minutes."),
            cut,
        ),
        Figure(
            _("Coverage"),
            "percent",
            covered.percent,
            covered_before.percent,
            _(
                "Elders with a verified visit at home (%(served)s) over %(base)s (%(denominator)s). "
                "The county's target of 18%% does not say which denominator it means."
            )
            % {"served": covered.served, "base": covered.base.label, "denominator": covered.denominator},
            cut,
        ),
        Figure(
            _("By volunteers"),
            "count",
            now.volunteer_person_times,
            before.volunteer_person_times,
            _("Person-times whose first carer is a volunteer."),
            of_volunteers,
        ),
        Figure(
            _("Government-paid time"),
            "duration",
            now.government_minutes,
            before.government_minutes,
            _("Delivered minutes of the visits that government hours pay first."),
            of_government,
        ),
    ]


def coverage(month: date, user: User, cut: Cut, base: Base, sums: Totals) -> Coverage:
    """The coverage of a cut; the county's number serves only whole-county readers without a town chosen."""
    close = MonthClose.objects.filter(month=month, status=MonthClose.Status.CLOSED).first()
    whole = cut.town is None and has_role(user, Role.ADMINISTRATOR, Role.AUDITOR)
    if whole and base is Base.COUNTY:
        elders = close.elders_county if close else policy.minutes("county_elders", on=month)
        return Coverage(sums.elders_at_home, elders, Base.COUNTY)
    if whole and close:
        return Coverage(sums.elders_at_home, close.elders_registered, Base.REGISTER)
    towns = None if whole else [cut.town] if cut.town else _towns(user)
    return Coverage(sums.elders_at_home, selectors.elders_registered(month, towns), Base.REGISTER)


def trend(month: date, user: User, cut: Cut = WHOLE, *, months: int = 12) -> list[Bar]:
    """The person-times of a year that ends with the month, as bars; the highest one fills the drawing."""
    found = selectors.person_times_by_month(months_until(month, months), user, cut)
    highest = max(max(found.values()), 1)
    width = 600 // months
    bars = []
    for place, (each, visits) in enumerate(found.items()):
        height = round(100 * visits / highest)
        bars.append(Bar(each, visits, place * width, 110 - height, height))
    return bars


def _towns(user: User) -> list[int]:
    return list(towns_visible_to(user).values_list("pk", flat=True))
