"""How the counted visits of a month were proved: by the carers' phones, or by somebody's word. By organisation.

A visit is proved electronically when a device sent its check-in and its check-out (position, QR card or the elder's
code) and no hand touched them: no check entered by the office, no corrected time. The target of 80% is the one that
Texas sets for electronic visit verification; the county may choose another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from dispatch.counts.rows import WHOLE
from dispatch.counts.selectors import visits_behind
from dispatch.visits.models import CheckEvent, Correction
from dispatch.visits.services.check import BY_THE_OFFICE
from people import policy
from volunteers.models import Organisation


@dataclass(frozen=True, slots=True)
class Proof:
    """The counted visits of one organisation in a month, and how many of them were proved electronically."""

    organisation: str
    visits: int
    electronic: int
    target_percent: float

    @property
    def by_hand(self) -> int:
        """Visits that rest on somebody's word, wholly or in part."""
        return self.visits - self.electronic

    @property
    def percent(self) -> float:
        """The share proved electronically, in percent; 100 without a visit."""
        return 100 * self.electronic / self.visits if self.visits else 100.0

    @property
    def is_enough(self) -> bool:
        """Whether the share reaches the target."""
        return self.percent >= self.target_percent


def proofs(month: date, user: User) -> list[Proof]:
    """A row for each organisation whose visits the user may see, the lowest share first."""
    target = target_of(month)
    rows = _with_proof(visits_behind(month, WHOLE, user)).order_by().values("organisation")
    found = rows.annotate(visits=Count("visit"), proved=Count("visit", filter=Q(electronic=True)))
    names = dict(Organisation.objects.values_list("pk", "name"))
    alone = _("without an organisation")
    counted = [
        Proof(names.get(row["organisation"], alone), row["visits"], row["proved"], target) for row in found.iterator()
    ]
    return sorted(counted, key=lambda proof: (proof.percent, proof.organisation))


def all_together(rows: Sequence[Proof], month: date) -> Proof:
    """The sum of the rows of a month."""
    return Proof("", sum(row.visits for row in rows), sum(row.electronic for row in rows), target_of(month))


def target_of(month: date) -> float:
    """The share that is to be proved electronically, in percent, by the setting in force when the month begins."""
    return 100 * policy.number("electronic_share_target", on=month)


def _with_proof(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The counted rows with `electronic`; a double-up's hands count for both its carers."""
    checks = CheckEvent.objects.filter(assignment__visit=OuterRef("visit"))
    devices = checks.exclude(source__in=BY_THE_OFFICE)
    proved: QuerySet[Any, Any] = rows.annotate(
        electronic=Exists(devices.filter(kind=CheckEvent.Kind.IN))
        & Exists(devices.filter(kind=CheckEvent.Kind.OUT))
        & ~Exists(checks.filter(source__in=BY_THE_OFFICE))
        & ~Exists(Correction.objects.filter(assignment__visit=OuterRef("visit")))
    )
    return proved
