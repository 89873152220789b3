"""What the database's refusals mean in plain words. One translation for both vendors."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from people.errors import Conflict, LostRace, Overlap


@contextmanager
def refusals_in_plain_words() -> Iterator[None]:
    """A savepoint (or a transaction) that turns a broken rule of the work tables into a domain error.

    Raises:
        Overlap: the carer's live work would overlap in planned time.
        LostRace: another carer holds this leg by now.
        Conflict: the same carer would hold both legs of a visit.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise _meaning(str(error)) from error


def _meaning(text: str) -> Exception:
    if "assignment_no_overlap" in text:
        return Overlap(_("The carer already has work at that time."))
    if "assignment_two_different_carers" in text or "visits_assignment.carer_id" in text:
        return Conflict(_("A visit by two carers needs two different people."), code="same_carer")
    if "assignment_one_live_per_leg" in text or "visits_assignment.leg" in text:
        return LostRace(_("Somebody else holds this work by now."))
    if "offer_first_acceptance_wins" in text or "offer_one_question" in text or "offers_offer." in text:
        return LostRace(_("This was offered or answered a moment ago. Reload to see how it stands."))
    return IntegrityError(text)
