"""The words of each message, in the county's language: written for a screen, or to be read aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from orders.wall_clock import local, written_day


@dataclass(frozen=True, slots=True)
class Speech:
    """How times and numbers are put: 14:00 and 12349 on a screen, “2 in the afternoon” and “1 2 3 4 9” to the ear."""

    aloud: bool
    hotline_number: str

    @property
    def hotline(self) -> str:
        """The number to call; aloud digit by digit."""
        return " ".join(filter(str.isdigit, self.hotline_number)) if self.aloud else self.hotline_number

    def day(self, at: datetime) -> str:
        """The month, day and weekday of a moment."""
        if not self.aloud:
            return written_day(at)
        there = local(at)
        facts = {"month": there.month, "day": there.day, "weekday": WEEKDAYS[there.weekday()]}
        return _("%(weekday)s, day %(day)d of month %(month)d") % facts

    def clock(self, at: datetime) -> str:
        """The time of a moment."""
        there = local(at)
        if not self.aloud:
            return f"{there:%H:%M}"
        facts = {"part": _part_of_day(there.hour), "hour": (there.hour - 1) % 12 + 1, "minute": there.minute}
        return (_("%(part)s at %(hour)d %(minute)d") if there.minute else _("%(part)s at %(hour)d")) % facts

    def moment(self, at: datetime) -> str:
        """Day and time of a moment."""
        return _("%(day)s %(time)s") % {"day": self.day(at), "time": self.clock(at)}

    def window(self, start: datetime, end: datetime) -> str:
        """Day and both ends of a window."""
        return _("%(start)s to %(end)s") % {"start": self.moment(start), "end": self.clock(end)}


def _part_of_day(hour: int) -> str:
    if hour < 12:
        return _("in the morning")
    if hour < 18:
        return _("in the afternoon") if hour > 12 else _("at noon")
    return _("in the evening")


def greeting(name: str, about: str) -> str:
    """How a message begins; `about` names the elder when somebody else is told, and is empty otherwise."""
    if about:
        return _("Hello %(name)s, about %(elder)s: ") % {"name": name, "elder": about}
    return _("Hello %(name)s: ") % {"name": name}


def placed(services: Sequence[str], visits: int, start: datetime, end: datetime, say: Speech) -> str:
    """An order was written down; `start` and `end` are the window of its first coming visit."""
    facts = {"services": "、".join(services), "when": say.window(start, end), "hotline": say.hotline}
    if visits == 1:
        text = _("%(services)s on %(when)s is noted; we will tell you who comes. To change it, call %(hotline)s.")
    else:
        text = _(
            "%(services)s is noted, the first on %(when)s; we will tell you who comes. To change it, call %(hotline)s."
        )
    return text % facts


def reserved(service: str, carers: Sequence[str], start: datetime, say: Speech) -> str:
    """Somebody has promised to come."""
    facts = {"when": say.moment(start), "carers": "、".join(carers), "service": service, "hotline": say.hotline}
    return _("%(when)s %(carers)s comes for %(service)s. To change it, call %(hotline)s.") % facts


def let_down(service: str, start: datetime, end: datetime, say: Speech) -> str:
    """Who was announced cannot come; who comes is open again, some time in the window."""
    facts = {"service": service, "when": say.window(start, end), "hotline": say.hotline}
    return (
        _(
            "%(service)s on %(when)s: the carer cannot come; we look for another and tell you. Any question? Call %(hotline)s."
        )
        % facts
    )


def moved(service: str, before: datetime, start: datetime, end: datetime, say: Speech) -> str:
    """A promised visit has another window; who comes is open again."""
    facts = {"service": service, "before": say.moment(before), "when": say.window(start, end), "hotline": say.hotline}
    return (
        _("%(service)s of %(before)s is now %(when)s; we will tell you who comes. To change it, call %(hotline)s.")
        % facts
    )


def cancelled(service: str, visits: int, first: datetime, say: Speech) -> str:
    """One or several visits of one order will not take place."""
    facts = {"service": service, "count": visits, "when": say.moment(first), "hotline": say.hotline}
    if visits == 1:
        return _("%(service)s on %(when)s is cancelled. Any question? Call %(hotline)s.") % facts
    return _("%(service)s is cancelled, %(count)d visits from %(when)s on. Any question? Call %(hotline)s.") % facts


def not_served(service: str, day: datetime, say: Speech) -> str:
    """A day passed and nobody came."""
    facts = {"service": service, "day": say.day(day), "hotline": say.hotline}
    return _("we are sorry that nobody could come for %(service)s on %(day)s. Please call %(hotline)s.") % facts
