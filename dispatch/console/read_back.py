"""The sentence an operator reads to the caller, so that both have understood the same order."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dispatch.console.card import Placed, PlacedLine
from dispatch.console.order_form import REPEATS
from dispatch.visits.models import Assignment
from orders.models import OrderSeries
from people.models import Person
from people.templatetags.care import clock_time, day_word, duration, yuan


def read_back(placed: Placed, elder: Person) -> list[str]:
    """One sentence for whom it is, one for each service, and the question at the end."""
    return [
        _("For %(elder)s I have entered:") % {"elder": elder.name},
        *(_line(line) for line in placed.lines),
        _("Is that right?"),
    ]


def _line(placed: PlacedLine) -> str:
    line, first = placed.line, placed.first
    parts = [f"{line.item}{_carers(line.carers_needed)} {duration(line.duration_minutes)}"]
    if first is not None:
        when = {
            "day": day_word(first.service_date),
            "start": clock_time(first.window_start),
            "end": clock_time(first.window_end),
        }
        parts.append(_("%(day)s, beginning between %(start)s and %(end)s") % when)
    series = getattr(line, "series", None)
    if series is not None:
        parts.append(_repeats(series))
    if placed.visits > 1:
        parts.append(
            ngettext("%(number)d visit so far", "%(number)d visits so far", placed.visits) % {"number": placed.visits}
        )
    parts += who_comes(placed.carers)
    return _("%(parts)s. %(price)s") % {"parts": _(", ").join(parts), "price": _price(placed)}


def _repeats(series: OrderSeries) -> str:
    """How it goes on, in the words of the form."""
    often = str(dict(REPEATS).get(series.rrule, series.rrule))
    if series.ends_on is None:
        return _("%(often)s from then on") % {"often": often}
    return _("%(often)s until %(day)s") % {"often": often, "day": day_word(series.ends_on)}


def _carers(number: int) -> str:
    return _(" by two carers") if number > 1 else ""


def who_comes(carers: Iterable[Assignment]) -> list[str]:
    """Who comes at what time; of those who were only asked it says so."""
    said = []
    for each in carers:
        words = (
            _("%(carer)s comes at %(time)s")
            if each.status == Assignment.Status.ACCEPTED
            else _("%(carer)s is asked for %(time)s")
        )
        said.append(words % {"carer": each.carer.person.name, "time": clock_time(each.planned_start)})
    return said


def _price(placed: PlacedLine) -> str:
    """Who pays the first visit; of several, each."""
    line = placed.line
    parts = [_("each time")] if placed.visits > 1 else []
    if line.gov_minutes:
        parts.append(_("the government pays %(minutes)s") % {"minutes": duration(line.gov_minutes)})
    if line.credit_minutes:
        parts.append(_("time credits pay %(minutes)s") % {"minutes": duration(line.credit_minutes)})
    parts.append(
        _("you pay %(yuan)s") % {"yuan": yuan(line.self_pay_fen)} if line.self_pay_fen else _("you pay nothing")
    )
    text = _("%(parts)s.") % {"parts": _(", ").join(parts)}
    return text[:1].upper() + text[1:]
