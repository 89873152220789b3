"""The one-screen summary of the demonstration day, and the same figures as JSON."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from dispatch.counts.selectors import county_counts
from dispatch.visits.models import Assignment
from orders.models import Visit
from volunteers.timebank.models import Posting, Transfer
from volunteers.timebank.selectors import ledger_sum


@dataclass(frozen=True, slots=True)
class Summary:
    """The day's figures; `as_json` is the form of var/demo.json."""

    visits: dict[str, int]
    unserved: list[dict[str, Any]]
    not_verified: list[dict[str, Any]]
    travel_minutes: int
    service_minutes: int
    credits_posted_minutes: int
    ledger_sum: int
    counts: list[dict[str, Any]]
    seconds: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """The fields of the summary by name, ready for json.dumps."""
        return {name: getattr(self, name) for name in self.__slots__}


def summarise(*, today: date, seconds: dict[str, float]) -> Summary:
    """Read the figures of `today` and its month from the database."""
    visits = Visit.objects.filter(service_date=today).select_related("item")
    done = Assignment.objects.filter(visit__service_date=today, status=Assignment.Status.CHECKED_OUT)
    credited = Posting.objects.filter(
        side=Posting.Side.CREDIT,
        transfer__kind=Transfer.Kind.EARN,
        transfer__cause__in=[f"visit:{pk}" for pk in visits.values_list("pk", flat=True)],
    )
    return Summary(
        visits=dict(Counter(visits.values_list("status", flat=True))),
        unserved=[
            {"visit": visit.pk, "service": visit.item.name, "reasons": visit.unserved_reasons}
            for visit in visits.filter(status__in=[Visit.Status.UNSERVED, Visit.Status.OPEN])
        ],
        not_verified=[
            {"visit": visit.pk, "service": visit.item.name, "status": visit.status, "reason": _why(visit)}
            for visit in visits.exclude(
                status__in=[Visit.Status.VERIFIED, Visit.Status.UNSERVED, Visit.Status.OPEN]
            ).prefetch_related("assignments__flags")
        ],
        travel_minutes=done.aggregate(total=Sum("travel_minutes"))["total"] or 0,
        service_minutes=sum(row.duration_minutes for row in visits.filter(status=Visit.Status.VERIFIED)),
        credits_posted_minutes=credited.aggregate(total=Sum("minutes"))["total"] or 0,
        ledger_sum=ledger_sum(),
        counts=[row.figures() for row in county_counts(today.replace(day=1))],
        seconds=seconds,
    )


def _why(visit: Visit) -> str:
    """Why a visit of the day is not verified: its end reason, or the doubts about its evidence."""
    doubts = {flag.code for part in visit.assignments.all() for flag in part.flags.all()}
    return visit.end_reason or ", ".join(sorted(doubts))
