"""Another time for a visit while the caller is on the line: who could come then, and the promise of it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from dispatch.console.promising import Window, promise, slot_for, window_with
from dispatch.console.slot_choice import ChosenSlot
from dispatch.offers.services.amend import amend_visit, keeps_window
from dispatch.planning.slots import SlotAnswer, find_slots
from dispatch.visits.models import Assignment, CarerWish
from orders.models import Visit, VisitLink, WindowRule
from orders.requests import ItemRequest
from orders.selectors import version_on
from people.clock import local_date


def wanted_at(visit: Visit, window: Window) -> ItemRequest:
    """The visit as an order would ask for it in that window."""
    item = visit.order_item
    return ItemRequest(
        item=version_on(code=visit.item.code, day=local_date(window[0])) or visit.item,
        window_start=window[0],
        window_end=window[1],
        duration_minutes=visit.duration_minutes,
        carers_needed=visit.carers_needed,
        time_critical_reason=item.time_critical_reason,
        time_critical_note=item.time_critical_note,
        gender_wish=item.gender_wish,
        dialect_wish=item.dialect_wish,
        window_rule=WindowRule(visit.window_rule),
        lateness_minutes=visit.lateness_minutes,
        mandatory=visit.mandatory,
    )


def slots_for_move(visit: Visit, wanted: ItemRequest, now: datetime) -> SlotAnswer | None:
    """Who could come at the other time. None when it has that time and its carers already, or when it is linked to another
    visit: then the next plan looks for both.

    Raises:
        Invalid: the window breaks a rule, by field.
    """
    has_it = keeps_window(visit, wanted.window_start, wanted.window_end)
    is_linked = VisitLink.objects.filter(Q(first=visit) | Q(second=visit)).exists()
    if is_linked or (has_it and visit.status != Visit.Status.OPEN):
        return None
    wish = CarerWish.objects.select_related("carer__person").filter(order_item=visit.order_item_id).first()
    return find_slots(elder=visit.elder, wanted=wanted, carer=wish.carer if wish else None, instead_of=visit, now=now)


def move(*, visit: Visit, window: Window, slot: str, reason: str, user: User, now: datetime) -> Visit:
    """The visit in its new window; the slot that was chosen (a form's key, empty for none) is offered to its carers. Both
    or nothing; what stands so already changes nothing.

    Raises as `amend_visit` and `offer_slot`, and
        Conflict: code "slot_taken"; the slot was found for another window.
    """
    chosen = slot_for(slot, window) if slot else None
    start, end = window if chosen is None else window_with(chosen, window, visit.town)
    with transaction.atomic():
        moved = amend_visit(visit=visit, window_start=start, window_end=end, reason=reason, actor=user, now=now)
        if chosen is not None and not _is_promised(moved, chosen):
            promise(moved, chosen, user, now)
            moved.refresh_from_db()
    return moved


def _is_promised(visit: Visit, slot: ChosenSlot) -> bool:
    """Whether the slot's carers, and nobody else, are booked or asked for its start: the form came twice."""
    live = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).order_by("leg")
    return list(live.values_list("carer", "planned_start")) == [(carer, slot.start) for carer in slot.carers]
