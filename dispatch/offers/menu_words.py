"""The words of the telephone menu, to be read aloud in the county's language."""

from django.utils.translation import gettext as _

from dispatch.confirmations.texts import Speech
from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from people.errors import DomainError

REASONS = {str(number): code for number, code in enumerate(Offer.DeclineReason.values, start=1)}


def welcome() -> str:
    return _("Welcome to the care centre's telephone for carers. Please enter your PIN of 6 digits.")


def wrong_pin() -> str:
    return _("This PIN is not right. Please enter your PIN of 6 digits.")


def locked(say: Speech) -> str:
    return _("The PIN was wrong too often. Try again in an hour, or call %(hotline)s. Goodbye.") % {
        "hotline": say.hotline
    }


def stranger(say: Speech) -> str:
    """To whoever is not known by the number: not even whether somebody is."""
    return _("From this telephone, work cannot be accepted. Please call %(hotline)s. Goodbye.") % {
        "hotline": say.hotline
    }


def how_many(number: int) -> str:
    return _("Visits that wait for your answer: %(number)d. ") % {"number": number}


def offer(offer: Offer, say: Speech) -> str:
    """Where in the county, when and what; not whose home it is."""
    facts = {
        "town": offer.visit.place.town.name,
        "when": say.window(offer.planned_start, offer.planned_end),
        "service": offer.visit.item.name,
    }
    return (
        _("%(town)s, %(when)s, %(service)s. Accept: press 1. Decline: press 2. The next: press 3. Again: press 9.")
        % facts
    )


def why_not() -> str:
    """The reasons with their keys."""
    keys = "，".join(f"{Offer.DeclineReason(code).label} {key}" for key, code in REASONS.items())
    return _("Why not? %(keys)s. Back: press 0.") % {"keys": keys}


def accepted(work: Assignment, say: Speech) -> str:
    """Whom to visit, now that it is the carer's own work."""
    place = work.visit.place
    facts = {
        "when": say.window(work.planned_start, work.planned_end),
        "elder": work.visit.elder.person.name,
        "address": " ".join(part for part in (place.town.name, place.village, place.address) if part),
    }
    return _("Accepted. %(when)s, for %(elder)s, at %(address)s. Again: press 9. Go on: press 1.") % facts


def declined() -> str:
    return _("Declined. ")


def refused(refusal: DomainError) -> str:
    """Why the answer did not count."""
    if refusal.code == "taken":
        return _("Somebody else has just accepted this. ")
    return _("That did not work: %(why)s ") % {"why": refusal.message}


def nothing() -> str:
    return _("No visit waits for your answer. Goodbye.")


def no_more() -> str:
    return _("That was all. Goodbye.")


def goodbye() -> str:
    return _("Goodbye.")


def note() -> str:
    """Beside a reason that was given by a key."""
    return _("by the telephone menu")
