"""The words of notices, in the county's language. Town, time and service only: a lock screen shows them to anybody."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from orders.wall_clock import at, local, written_day


@dataclass(frozen=True, slots=True)
class Work:
    """What may be said of a visit; `answer_until`: when a question is over."""

    service: str
    town: str
    start: datetime
    answer_until: datetime


def offer(work: Work) -> str:
    """Somebody is asked, and has to answer in time."""
    facts = {"work": _what(work), "until": _moment(work.answer_until)}
    return _("New offer: %(work)s. Please answer by %(until)s.") % facts


def pool_offer(work: Work) -> str:
    """Several are asked; the first acceptance wins."""
    facts = {"work": _what(work), "until": _moment(work.answer_until)}
    return _("Open to all: %(work)s. The first to accept gets it, until %(until)s.") % facts


def by_contract(work: Work) -> str:
    """A promise that the contract made."""
    return _("New visit: %(work)s.") % {"work": _what(work)}


def withdrawn(work: Work) -> str:
    """A question, or a promise, that was taken back."""
    return _("No longer yours: %(work)s. You need not go.") % {"work": _what(work)}


def cancelled(work: Work) -> str:
    """Work that will not take place."""
    return _("Cancelled: %(work)s. You need not go.") % {"work": _what(work)}


def moved(work: Work) -> str:
    """Work that takes place at another time, and nobody is promised for it yet."""
    return _("Moved to another time: %(work)s. You need not go then; a new offer may follow.") % {"work": _what(work)}


def confirmed(work: Work) -> str:
    """Both carers of a double-up have accepted."""
    return _("Both have accepted: %(work)s. See you there.") % {"work": _what(work)}


def fell_apart(work: Work) -> str:
    """The other carer cannot come, so neither does this one."""
    return _("Your partner cannot come: %(work)s. You need not go; a new offer may follow.") % {"work": _what(work)}


def late(work: Work) -> str:
    """Work that should have begun a while ago."""
    return _("Not checked in yet: %(work)s. Check in when you are there; if you cannot come, say so now.") % {
        "work": _what(work)
    }


def certificate_ends(name: str, last_day: date) -> str:
    """A certificate that is to be renewed."""
    facts = {"name": name, "day": written_day(at(last_day, datetime.min.time()))}
    return _("Your certificate “%(name)s” ends on %(day)s. Please renew it in time.") % facts


def _what(work: Work) -> str:
    return _("%(when)s %(service)s (%(town)s)") % {
        "when": _moment(work.start),
        "service": work.service,
        "town": work.town,
    }


def _moment(moment: datetime) -> str:
    return _("%(day)s %(time)s") % {"day": written_day(moment), "time": f"{local(moment):%H:%M}"}
