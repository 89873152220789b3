"""The day beside the call: who is late, what is coming, whom nobody served, who has just accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from dispatch.offers.models import Offer
from dispatch.planning.words import reason_text
from dispatch.visits.lateness import late_before
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.clock import local_date
from people.errors import Text

_FEW = 8
_NEWS_MINUTES = 60
_PENDING = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)
_MISSED = (Visit.Status.UNSERVED, Visit.Status.NOT_DONE)


@dataclass(frozen=True, slots=True)
class Today:
    """The latest of each kind, cut short; the counts are of all. The whole county's, the same for every operator."""

    late: Sequence[Assignment]
    late_count: int
    late_filter: str  # finds all of them in the records of work
    missed: Sequence["Missed"]
    missed_count: int
    missed_filter: str  # finds all of them in the records of visits
    coming: Sequence[Visit]
    accepted: Sequence[Offer]

    @property
    def late_more(self) -> int:
        """How many are late beside those shown."""
        return self.late_count - len(self.late)

    @property
    def missed_more(self) -> int:
        """How many nobody served beside those shown."""
        return self.missed_count - len(self.missed)


@dataclass(frozen=True, slots=True)
class Missed:
    """A visit that nobody served, and the reasons in words."""

    visit: Visit
    reasons: Sequence[Text]


def today_of(now: datetime) -> Today:
    """The county's day as it stands."""
    today = local_date(now)
    late_since = late_before(now).replace(second=0, microsecond=0)  # a whole minute: the pane looks the same until then
    late = Assignment.objects.filter(
        status=Assignment.Status.ACCEPTED,
        planned_start__range=(now - timedelta(hours=12), late_since),
        visit__service_date=today,
    )
    visits = Visit.objects.filter(service_date=today).select_related("elder__person", "item", "town")
    missed = visits.filter(status__in=_MISSED)
    coming = visits.filter(window_end__gte=now, status__in=_PENDING)
    accepted = Offer.objects.filter(
        status=Offer.Status.ACCEPTED, answered_at__range=(now - timedelta(minutes=_NEWS_MINUTES), now)
    )
    rows = ("carer__person", "visit__elder__person", "visit__item")
    return Today(
        late=list(late.select_related(*rows, "late_alarm").order_by("planned_start", "pk")[:_FEW]),
        late_count=late.count(),
        late_filter=urlencode(
            {
                "status__exact": Assignment.Status.ACCEPTED.value,
                "planned_start__date": today.isoformat(),
                "planned_start__lte": late_since.isoformat(),
            }
        ),
        missed=[Missed(visit, _why(visit)) for visit in missed.order_by("-window_start", "-pk")[:_FEW]],
        missed_count=missed.count(),
        missed_filter=urlencode({"status__in": ",".join(_MISSED), "service_date__exact": today.isoformat()}),
        coming=list(coming.order_by("window_start", "pk")[:_FEW]),
        accepted=list(accepted.select_related(*rows).order_by("-answered_at", "-pk")[:_FEW]),
    )


def _why(visit: Visit) -> list[Text]:
    """The reasons of the last plan; for a visit that was tried, the reason of its end."""
    words = [reason_text(reason) for reason in visit.unserved_reasons]
    return words or ([reason_text({"code": visit.end_reason})] if visit.end_reason else [])
