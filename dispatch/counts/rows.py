"""The plain values of the counts: a part of a month, a line of its table, its sums."""

from dataclasses import dataclass, fields

from django.db.models import Q

WITHOUT_ORGANISATION = 0
DIMENSIONS = ("town", "service", "organisation", "carer_kind", "payer")


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of a month is asked for; an empty field means all. `organisation=0`: carers without one."""

    town: int | None = None
    service: str = ""
    organisation: int | None = None
    carer_kind: str = ""
    payer: str = ""

    def condition(self) -> Q:
        """The cut as a filter on the five dimensions."""
        wanted = {name: value for name, value in self.as_dict().items() if name != "organisation"}
        condition = Q(**wanted)
        if self.organisation is not None:
            condition &= Q(organisation=self.organisation) if self.organisation else Q(organisation__isnull=True)
        return condition

    def as_dict(self) -> dict[str, int | str]:
        """The dimensions that are fixed, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class CountRow:
    """One line of the monthly table. `organisation` is empty for carers without one; `minutes` are delivered minutes."""

    town: str
    service: str
    organisation: str
    carer_kind: str
    payer: str
    person_times: int
    elders: int
    minutes: int
    town_id: int
    organisation_id: int | None

    def figures(self) -> dict[str, str | int]:
        """The eight columns that page, file and API share."""
        return {
            "town": self.town,
            "service": self.service,
            "organisation": self.organisation,
            "carer_kind": self.carer_kind,
            "payer": self.payer,
            "person_times": self.person_times,
            "elders": self.elders,
            "minutes": self.minutes,
        }

    def cut(self) -> Cut:
        """The part of the month this row counts."""
        organisation = self.organisation_id or WITHOUT_ORGANISATION
        return Cut(self.town_id, self.service, organisation, self.carer_kind, self.payer)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a cut; elders are distinct over the whole cut, so they are not the sum of the rows."""

    person_times: int = 0
    elders: int = 0
    minutes: int = 0
    elders_at_home: int = 0
    volunteer_person_times: int = 0
    government_minutes: int = 0
