"""The monthly duty to visit (居家探访, domain rule 3.7): the list of a month, what fulfils it, and what excuses it."""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, ElderCategory, Obligation, ServiceKind, Visit
from orders.services.reasons import required_reason
from orders.wall_clock import month_of
from people.clock import local_date
from people.errors import Invalid, LostRace
from people.transitions import move, record_births

PROGRAMME = "WELFARE"

# The six groups of the notice of ten ministries, October 2022.
GROUPS = (
    ElderCategory.Code.LIVING_ALONE,
    ElderCategory.Code.EMPTY_NEST,
    ElderCategory.Code.LEFT_BEHIND,
    ElderCategory.Code.DISABLED,
    ElderCategory.Code.SEVERE_DISABILITY,
    ElderCategory.Code.FP_SPECIAL,
)


def fix_list(*, month: date, actor: User | None, now: datetime) -> int:
    """Fix a month's list: every elder who on its first day was active and in one of the six groups; returns how
    many were added. Joiners count from the next month, leavers stay (and may be excused). A repeat adds nobody.

    Visits already verified in the month fulfil at once, so a list fixed late is no worse.

    Raises:
        Invalid: `month` is not a first day, or has not begun.
        LostRace: two lists were fixed at the same moment; repeat.
    """
    if month.day != 1 or month > local_date(now):
        message = _("Give the first day of a month that has begun.")
        raise Invalid(message, fields={"month": [message]})
    try:
        with transaction.atomic():
            owed = _add(month, actor, now)
            for obligation in owed:
                if visit := _visit_that_fulfils(obligation):
                    fulfil(visit=visit, actor=actor, now=now)
    except IntegrityError as error:
        raise LostRace(_("The list of this month was fixed a moment ago.")) from error
    return len(owed)


def _add(month: date, actor: User | None, now: datetime) -> list[Obligation]:
    in_groups = ElderCategory.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=month), code__in=GROUPS, valid_from__lte=month
    )
    elders = (
        Elder.objects.filter(Q(active_to__isnull=True) | Q(active_to__gte=month), active_from__lte=month)
        .filter(pk__in=in_groups.values("elder"))
        .exclude(pk__in=Obligation.objects.filter(programme=PROGRAMME, month=month).values("elder"))
        .order_by("pk")
    )
    owed = Obligation.objects.bulk_create(Obligation(elder=elder, programme=PROGRAMME, month=month) for elder in elders)
    record_births(owed, actor=actor, now=now)
    return owed


def _visit_that_fulfils(obligation: Obligation) -> Visit | None:
    return (
        Visit.objects.filter(
            elder=obligation.elder_id,
            item__kind=ServiceKind.WELFARE,
            status=Visit.Status.VERIFIED,
            service_date__year=obligation.month.year,
            service_date__month=obligation.month.month,
        )
        .order_by("verified_at", "pk")
        .first()
    )


def fulfil(*, visit: Visit, actor: User | None, now: datetime) -> bool:
    """Let a verified welfare visit fulfil the duty of its month; False when it is no such visit or none is owed.

    The first visit counts; a second one of the month changes nothing. A visit that happened beats an excuse.
    """
    if visit.item.kind != ServiceKind.WELFARE:
        return False
    owed = (
        Obligation.objects.filter(elder=visit.elder_id, programme=PROGRAMME, month=month_of(visit.service_date))
        .exclude(status=Obligation.Status.FULFILLED)
        .first()
    )
    if owed is None:
        return False
    move(owed, Obligation.Status.FULFILLED, actor=actor, now=now, fulfilled_by=visit)
    return True


def excuse(*, obligation: Obligation, excuse: str, note: str, actor: User | None, now: datetime) -> None:
    """Record why the elder could not be visited this month; it is shown beside the rate, not taken out of it.

    Repeating the same excuse changes nothing.

    Raises:
        Invalid: no such excuse, or no note.
        WrongState: the duty is fulfilled, or excused otherwise.
        LostRace: somebody else settled it since it was read.
    """
    if excuse not in Obligation.Excuse.values:
        message = _("Choose one of the allowed reasons.")
        raise Invalid(message, fields={"excuse": [message]})
    note = required_reason(note)
    if obligation.status == Obligation.Status.EXCUSED and obligation.excuse == excuse:
        return
    move(obligation, Obligation.Status.EXCUSED, actor=actor, now=now, reason=note, excuse=excuse)
