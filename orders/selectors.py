"""Reads of the order side. Every list starts at a `..._visible_to(user)`."""

from datetime import date

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from orders.models import (
    Elder,
    Entitlement,
    EntitlementUse,
    Obligation,
    Order,
    ServiceItem,
    ServiceKind,
    Visit,
)
from orders.wall_clock import next_month
from people.models import TownDuty
from people.roles import Role, has_role

Anyone = User | AnonymousUser

EVERYTHING = (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR)


def elders_visible_to(user: Anyone) -> QuerySet[Elder]:
    """The elders a user may see: operators, administrators and auditors all, dispatchers those of their towns.

    Organisation managers and carers see none here: dispatch shows them what belongs to their own work.
    """
    return Elder.objects.filter(_in_reach(user, "town"))


def orders_visible_to(user: Anyone) -> QuerySet[Order]:
    """The orders a user may see, by the town of their elder; see elders_visible_to."""
    return Order.objects.filter(_in_reach(user, "elder__town"))


def visits_visible_to(user: Anyone) -> QuerySet[Visit]:
    """The visits a user may see, by the town of the visit; see elders_visible_to."""
    return Visit.objects.filter(_in_reach(user, "town"))


def obligations_visible_to(user: Anyone) -> QuerySet[Obligation]:
    """The monthly duties a user may see, by the town of their elder; see elders_visible_to."""
    return Obligation.objects.filter(_in_reach(user, "elder__town"))


def _in_reach(user: Anyone, town: str) -> Q:
    if has_role(user, *EVERYTHING):
        return Q()
    if not has_role(user, Role.DISPATCHER):
        return Q(pk__in=[])
    towns = list(TownDuty.objects.filter(user=user.pk).values_list("town", flat=True))
    return Q(**{f"{town}__in": towns}) if towns else Q()


def catalogue_on(day: date) -> QuerySet[ServiceItem]:
    """The versions of the catalogue valid on a day, one for each code."""
    return ServiceItem.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=day), effective_from__lte=day)


def version_on(*, code: str, day: date) -> ServiceItem | None:
    """The version of a service valid on a day, or None."""
    return catalogue_on(day).filter(code=code).first()


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


def obligations_owed(*, month: date, user: Anyone) -> QuerySet[Obligation]:
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
