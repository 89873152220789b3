"""Opening what a carer told from the home: for the office, with a reason that is logged."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.visits.models import Assignment, VisitNote, VisitPhoto
from people.errors import NotAllowed
from people.roles import REVEALERS, has_role
from people.services import record_reveal


@dataclass(frozen=True, slots=True)
class Told:
    """A carer's notes and photos of one visit, the oldest first."""

    notes: list[VisitNote]
    photos: list[VisitPhoto]


@transaction.atomic
def look_at_what_was_told(*, assignment: Assignment, reason: str, actor: User, now: datetime) -> Told:
    """The notes and photos of work that the actor sees, and a row that says who looked and why.

    Raises:
        NotAllowed: the actor's role never opens personal data. Invalid: no reason.
    """
    if not has_role(actor, *REVEALERS):
        raise NotAllowed(_("Your role does not open personal data."))
    record_reveal(person=assignment.visit.elder.person, field="visit_notes", reason=reason, actor=actor, now=now)
    return Told(
        list(VisitNote.objects.filter(assignment=assignment)), list(VisitPhoto.objects.filter(assignment=assignment))
    )
