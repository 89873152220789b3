"""Whether a carer may serve an elder's visit on a day. Asked when planning, offering, accepting and checking in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from dispatch.visits.models import CarerPreference
from orders.models import Visit
from people.errors import NotAllowed, Text
from volunteers.models import Absence, Carer
from volunteers.selectors import abilities, active_on


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a carer may not serve a visit: a stable code and plain words."""

    code: str
    message: Text

    def __str__(self) -> str:
        return str(self.message)

    def as_error(self) -> NotAllowed:
        """The refusal (403) that says so."""
        return NotAllowed(self.message, code=self.code)


class Eligibility:
    """The rules for a set of carers and elders on one day. Each table is read once, when first asked for."""

    def __init__(self, carers: Collection[Carer], elder_ids: Iterable[int], on: date) -> None:
        self._on = on
        self._carers = carers
        self._elders = set(elder_ids)

    def hindrance(
        self, carer: Carer, visit: Visit, *, leg: int = 1, during: tuple[datetime, datetime] | None = None
    ) -> Hindrance | None:
        """The first rule that forbids it, or None.

        A double-up needs the certificate on leg 1 only, unless the item is never for volunteers. An absence counts
        when `during` (planned start and end) is given.
        """
        return (
            self._about_carer(carer, during) or self._about_elder(carer, visit) or self._about_item(carer, visit, leg)
        )

    def _about_carer(self, carer: Carer, during: tuple[datetime, datetime] | None) -> Hindrance | None:
        if carer.blocked_from is not None and carer.blocked_from <= self._on:
            return Hindrance("carer_blocked", _("The carer is blocked from work."))
        if carer.pk not in self._active:
            return Hindrance("carer_inactive", _("The carer does not work on this day."))
        if during is not None and any(
            start < during[1] and end > during[0] for start, end in self._absences.get(carer.pk, ())
        ):
            return Hindrance("carer_absent", _("The carer is absent at that time."))
        return None

    def _about_elder(self, carer: Carer, visit: Visit) -> Hindrance | None:
        if carer.person_id == visit.elder.person_id:
            return Hindrance("own_visit", _("Nobody can be sent to themselves."))
        if (visit.elder_id, carer.pk) in self._barred:
            return Hindrance("carer_barred", _("The elder does not want this carer."))
        if visit.gender_rule and carer.person.gender != visit.gender_rule:
            return Hindrance("gender", _("The visit needs a carer of the other gender."))
        return None

    def _about_item(self, carer: Carer, visit: Visit, leg: int) -> Hindrance | None:
        item = visit.item
        if item.workers_only and carer.kind != Carer.Kind.WORKER:
            return Hindrance("workers_only", _("Volunteers may not give this service."))
        able = self._abilities.get(carer.pk, frozenset())
        if item.skill and item.skill not in able:
            return Hindrance("no_skill", _("The carer does not have the skill for this service."))
        if item.certificate and (leg == 1 or item.workers_only) and f"cert:{item.certificate}" not in able:
            return Hindrance(
                "no_certificate", _("The carer has no certificate for this service that is valid on the day.")
            )
        return None

    @cached_property
    def _abilities(self) -> dict[int, frozenset[str]]:
        return abilities(self._carers, self._on)

    @cached_property
    def _active(self) -> set[int]:
        keys = {carer.pk for carer in self._carers}
        return set(Carer.objects.filter(active_on(self._on), pk__in=keys).order_by().values_list("pk", flat=True))

    @cached_property
    def _barred(self) -> set[tuple[int, int]]:
        """(elder, carer)"""
        barred = CarerPreference.objects.filter(kind=CarerPreference.Kind.BARRED, elder__in=self._elders)
        return set(barred.filter(carer__in=self._carers).values_list("elder_id", "carer_id"))

    @cached_property
    def _absences(self) -> dict[int, list[tuple[datetime, datetime]]]:
        away: dict[int, list[tuple[datetime, datetime]]] = {}
        rows = Absence.objects.filter(carer__in=self._carers, start__date__lte=self._on, end__date__gte=self._on)
        for carer_id, start, end in rows.values_list("carer_id", "start", "end"):
            away.setdefault(carer_id, []).append((start, end))
        return away


def may_serve(
    carer: Carer, visit: Visit, on: date, *, leg: int = 1, during: tuple[datetime, datetime] | None = None
) -> Hindrance | None:
    """Why the carer may not serve the visit on the day, or None. For many pairs make one `Eligibility`."""
    return Eligibility([carer], [visit.elder_id], on).hindrance(carer, visit, leg=leg, during=during)
