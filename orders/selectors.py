"""Reads of the order side. Every list starts at a `..._visible_to(user)`."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from orders.models import (
    Assessment,
    CallRecord,
    Complaint,
    Elder,
    ElderAlert,
    Entitlement,
    EntitlementUse,
    Obligation,
    Order,
    OrderItem,
    OrderSeries,
    ServiceItem,
    ServiceKind,
    Visit,
    VisitLink,
)
from orders.requests import ItemRequest
from orders.wall_clock import local, next_month
from people.errors import Text
from people.roles import has_role
from people.selectors import WHOLE_COUNTY, AnyUser, people_visible_to, towns_visible_to

# NICE advice on home care: shorter visits only for an agreed task.
SHORT_MINUTES = 30
# More possible repeats than these are not read to a caller.
MOST_REPEATS = 3


def elders_visible_to(user: AnyUser) -> QuerySet[Elder]:
    """The elders a user may see: operators, administrators and auditors all, dispatchers those of their towns.

    Organisation managers and carers see none here: dispatch shows them what belongs to their own work.
    """
    return Elder.objects.filter(town__in=towns_visible_to(user))


def orders_visible_to(user: AnyUser) -> QuerySet[Order]:
    """The orders a user may see, by the town of their elder; see elders_visible_to."""
    return Order.objects.filter(elder__town__in=towns_visible_to(user))


def visits_visible_to(user: AnyUser) -> QuerySet[Visit]:
    """The visits a user may see, by the town of the visit; see elders_visible_to."""
    return Visit.objects.filter(town__in=towns_visible_to(user))


def obligations_visible_to(user: AnyUser) -> QuerySet[Obligation]:
    """The monthly duties a user may see, by the town of their elder; see elders_visible_to."""
    return Obligation.objects.filter(elder__town__in=towns_visible_to(user))


def complaints_visible_to(user: AnyUser) -> QuerySet[Complaint]:
    """The complaints a user may see, by the town of their elder; see elders_visible_to."""
    return Complaint.objects.filter(elder__town__in=towns_visible_to(user))


def assessments_visible_to(user: AnyUser) -> QuerySet[Assessment]:
    """The assessments of the elders a user may see."""
    return Assessment.objects.filter(elder__town__in=towns_visible_to(user))


def entitlements_visible_to(user: AnyUser) -> QuerySet[Entitlement]:
    """The entitlements of the elders a user may see."""
    return Entitlement.objects.filter(elder__town__in=towns_visible_to(user))


def uses_visible_to(user: AnyUser) -> QuerySet[EntitlementUse]:
    """The uses of the entitlements that a user may see."""
    return EntitlementUse.objects.filter(entitlement__elder__town__in=towns_visible_to(user))


def order_items_visible_to(user: AnyUser) -> QuerySet[OrderItem]:
    """The items of the orders a user may see."""
    return OrderItem.objects.filter(order__elder__town__in=towns_visible_to(user))


def series_visible_to(user: AnyUser) -> QuerySet[OrderSeries]:
    """The recurrences of the orders a user may see."""
    return OrderSeries.objects.filter(order_item__order__elder__town__in=towns_visible_to(user))


def links_visible_to(user: AnyUser) -> QuerySet[VisitLink]:
    """The linked visits that a user may see; both are to one elder."""
    return VisitLink.objects.filter(first__town__in=towns_visible_to(user))


def calls_visible_to(user: AnyUser) -> QuerySet[CallRecord]:
    """The calls a user may see: all for the county's desks, for a dispatcher those of people they may find."""
    if has_role(user, *WHOLE_COUNTY):
        return CallRecord.objects.all()
    return CallRecord.objects.filter(person__in=people_visible_to(user))


def catalogue_on(day: date) -> QuerySet[ServiceItem]:
    """The versions of the catalogue valid on a day, one for each code."""
    return ServiceItem.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=day), effective_from__lte=day)


def version_on(*, code: str, day: date) -> ServiceItem | None:
    """The version of a service valid on a day, or None."""
    return catalogue_on(day).filter(code=code).first()


def colliding_versions(*, code: str, since: date, until: date | None, but: int = 0) -> QuerySet[ServiceItem]:
    """Versions of a service, except one, that are valid on some day from `since` to `until`."""
    others = ServiceItem.objects.filter(_reaches(until, "effective_from"), code=code).exclude(pk=but)
    return others.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=since))


def colliding_entitlements(
    *, elder: Elder, category: str, since: date, until: date | None, but: int = 0
) -> QuerySet[Entitlement]:
    """Entitlements of an elder for a category, except one, that are valid on some day from `since` to `until`."""
    others = Entitlement.objects.filter(_reaches(until, "valid_from"), elder=elder, category=category).exclude(pk=but)
    return others.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=since))


def _reaches(until: date | None, begins: str) -> Q:
    return Q() if until is None else Q(**{f"{begins}__lte": until})


def entitlement_left(*, elder: Elder, month: date, on: date) -> int | None:
    """Government minutes an elder has left in a month, by the entitlements valid on the day `on`.

    None when no entitlement is set, which is not the same as nothing left.
    """
    valid = Entitlement.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), elder=elder, valid_from__lte=on)
    granted = valid.aggregate(Sum("minutes_per_month"))["minutes_per_month__sum"]
    if granted is None:
        return None
    used = (
        EntitlementUse.objects.filter(entitlement__in=valid, month=month)
        .exclude(status=EntitlementUse.Status.RETURNED)
        .aggregate(Sum("minutes"))["minutes__sum"]
    )
    return int(granted) - int(used or 0)


def obligations_owed(*, month: date, user: AnyUser) -> QuerySet[Obligation]:
    """The month's work queue: duties still open, those without a coming visit (`has_visit_coming`) first."""
    coming = Visit.objects.filter(
        elder=OuterRef("elder"),
        item__kind=ServiceKind.WELFARE,
        service_date__gte=month,
        service_date__lt=next_month(month),
    ).exclude(status__in=[Visit.Status.CANCELLED, Visit.Status.NOT_DONE, Visit.Status.UNSERVED])
    return (
        obligations_visible_to(user)
        .filter(month=month, status=Obligation.Status.OPEN)
        .annotate(has_visit_coming=Exists(coming))
        .select_related("elder__person", "elder__town")
        .order_by("has_visit_coming", "elder__town__code", "pk")
    )


def unsettled_complaints(elder: Elder) -> QuerySet[Complaint]:
    """What is still to be settled about an elder's care, the most urgent first."""
    return elder.complaints.filter(status__in=Complaint.UNSETTLED).order_by("deadline", "pk")


def overdue(complaints: QuerySet[Complaint], *, on: date) -> QuerySet[Complaint]:
    """Those of the complaints that should have been settled before the day `on`, and are not."""
    return complaints.filter(status__in=Complaint.UNSETTLED, deadline__lt=on)


def visits_to_plan(*, town_id: int, day: date) -> QuerySet[Visit]:
    """What a plan of a town and day is about: visits not yet begun or ended, of orders that are not on hold.

    Reserved and started ones are included: a plan works around them.
    """
    return Visit.objects.filter(
        town=town_id,
        service_date=day,
        status__in=[Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED, Visit.Status.STARTED],
        order_item__order__status=Order.Status.CONFIRMED,
    )


def warnings_before_placing(
    *, elder: Elder, item: ServiceItem, minutes: int, carers: int, line: OrderItem | None = None
) -> list[Text]:
    """What an operator should think about before placing an order; none of it forbids anything.

    Of a `line` already entered, also the elder's other visits that it may repeat.
    """
    warnings: list[Text] = []
    if minutes < SHORT_MINUTES:
        warnings.append(_("Under 30 minutes little can be done at a home: is that agreed?"))
    if item.kind == ServiceKind.BATH and not elder.home_adapted:
        warnings.append(_("The home is not adapted: is bathing there safe?"))
    if carers < 2 and elder.alerts.filter(kind=ElderAlert.Kind.TWO_TO_LIFT).exists():
        warnings.append(_("This elder needs two carers to lift."))
    if line is not None:
        warnings += [repeat_words(visit) for visit in _perhaps_repeated(line)[:MOST_REPEATS]]
    return warnings


def possible_repeats(*, elder: Elder, request: ItemRequest) -> QuerySet[Visit]:
    """The elder's visits that a request may repeat: the same service that day, or a window that overlaps its own."""
    same_day = Q(service_date=local(request.window_start).date(), item__code=request.item.code)
    overlapping = Q(window_start__lt=request.window_end, window_end__gt=request.window_start)
    return _still_wanted(elder.pk).filter(same_day | overlapping)[:MOST_REPEATS]


def repeat_words(visit: Visit) -> Text:
    """What an operator is told about a visit that an order may repeat."""
    start, end = local(visit.window_start), local(visit.window_end)
    when = f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"
    return _("Entered already? The elder also has “%(item)s”, %(when)s.") % {"item": visit.item, "when": when}


def _perhaps_repeated(line: OrderItem) -> QuerySet[Visit]:
    """As `possible_repeats`, for every visit of a line that is entered already."""
    same_day = Q(service_date=OuterRef("service_date"), item__code=OuterRef("item__code"))
    overlapping = Q(window_start__lt=OuterRef("window_end"), window_end__gt=OuterRef("window_start"))
    own = Visit.objects.filter(same_day | overlapping, order_item=line)
    return _still_wanted(line.order.elder_id).filter(Exists(own)).exclude(order_item__order=line.order_id)


def _still_wanted(elder: int) -> QuerySet[Visit]:
    gone = [Visit.Status.CANCELLED, Visit.Status.NOT_DONE, Visit.Status.UNSERVED]
    visits = Visit.objects.filter(elder=elder).exclude(status__in=gone)
    return visits.select_related("item").order_by("window_start", "pk")
