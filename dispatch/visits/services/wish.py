"""The carer whom an elder asks for by name, for all visits of an order item."""

from datetime import datetime

from django.contrib.auth.models import User

from dispatch.visits.eligibility import may_serve
from dispatch.visits.models import CarerWish
from orders.models import OrderItem, Visit
from people.errors import Invalid
from volunteers.models import Carer


def wish_carer(*, order_item: OrderItem, carer: Carer, actor: User | None, now: datetime) -> CarerWish:
    """Note that the elder asks for this carer, in place of one named before; the same name again changes nothing.

    A wish moves no work: plans made from now on prefer the carer. Call it in the transaction that places the order.

    Raises:
        Invalid: the carer may serve no part of the first visit (field `wished_carer`, code as of the rule).
    """
    visits = Visit.objects.filter(order_item=order_item).exclude(status=Visit.Status.CANCELLED)
    first = visits.select_related("item", "elder").order_by("window_start").first()
    if first is not None:
        require_possible(carer, first)
    wish, is_new = CarerWish.objects.get_or_create(
        order_item=order_item, defaults={"carer": carer, "wished_at": now, "entered_by": actor}
    )
    if not is_new and wish.carer_id != carer.pk:
        wish.carer, wish.wished_at, wish.entered_by = carer, now, actor
        wish.save(update_fields=["carer", "wished_at", "entered_by"])
    return wish


def require_possible(carer: Carer, visit: Visit) -> None:
    """Refuse to wish for a carer who may serve no part of the visit, be it stored or not.

    Raises:
        Invalid: refused by the elder, without the certificate, inactive ...; the code is that of the rule.
    """
    hindrances = [may_serve(carer, visit, visit.service_date, leg=leg) for leg in range(1, visit.carers_needed + 1)]
    if all(hindrances):
        found = hindrances[0]
        assert found is not None
        raise Invalid(found.message, fields={"wished_carer": [found.message]}, code=found.code)
