"""Placing a typed order: order, wishes, the promised slot, the confirmation and the call's record, all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.confirmations.services.tell import confirm_order
from dispatch.console.models import OrderDraft
from dispatch.console.order_form import LineForm
from dispatch.console.promising import promise, slot_for, window_with
from dispatch.console.sheet import OrderSheet
from dispatch.console.slot_choice import ChosenSlot
from dispatch.visits.services.paid_orders import place_paid_order
from dispatch.visits.services.wish import wish_carer
from orders.call_selectors import asked_at, is_open_to
from orders.models import CallRecord, Elder, Order, OrderItem
from orders.requests import ItemRequest
from orders.services.calls import identify, link_order
from people import policy
from people.errors import Conflict, Invalid, LostRace
from people.form_keys import refuse_other_input


@policy.read_once()
def place_sheet(*, sheet: OrderSheet, user: User, call: CallRecord | None, now: datetime) -> Order:
    """The placed order; a sheet that was placed before gives the same order again.

    A slot chosen on a day that is under way is offered to its carers in the same transaction; on a day that is not
    planned yet it becomes the window of the visit.

    Raises:
        Invalid: a rule forbids it, by field (`items.<index>.<field>`).
        Conflict: code "slot_taken"; somebody else got the chosen slot first, or it was found for another window
            (fact `line`, from 0).
        AlreadyEntered: as `placed_before`.
    """
    slots = {index: _chosen(form, index) for index, form in enumerate(sheet.forms) if form.cleaned_data["slot"]}
    requests = [_fitted(form.item_request(), slots.get(index), sheet.elder) for index, form in enumerate(sheet.forms)]
    head = sheet.head.cleaned_data
    try:
        with transaction.atomic():
            order = place_paid_order(
                elder=sheet.elder,
                items=requests,
                requested_at=asked_at(call, user, now),
                channel=Order.Channel.PHONE,
                ordered_by=head["caller"],
                note=head["note"],
                use_credits=sheet.head.uses_credits,
                actor=user,
                now=now,
            )
            mine = OrderDraft.objects.filter(key=sheet.key, order=None)
            if mine.update(order=order, typed="", digest=sheet.digest) != 1:
                raise LostRace(_("This order is already placed."))
            lines = list(order.items.order_by("position"))
            _note_wishes(sheet, lines, user, now)
            _promise(lines, slots, user, now)
            confirm_order(order=order, actor=user, now=now)
            if call is not None and is_open_to(call, user):  # else it is the other's to write down
                link_order(call=call, order=order, actor=user, now=now)
                identify(call=call, person=head["caller"], actor=user, now=now)
    except LostRace:
        if not OrderDraft.objects.filter(key=sheet.key, order__isnull=False).exists():
            raise
        return placed_before(sheet)
    return order


def placed_before(sheet: OrderSheet) -> Order:
    """The order that came of this sheet's key.

    Raises:
        AlreadyEntered: it was placed with other input.
    """
    draft = OrderDraft.objects.select_related("order").get(key=sheet.key, order__isnull=False)
    assert draft.order is not None
    refuse_other_input(kept=draft.digest, sent=sheet.digest, saved=draft.order.pk)
    return draft.order


def _chosen(form: LineForm, index: int) -> ChosenSlot:
    """The line's slot. Raises Conflict for one that was found for another window than the line has now."""
    wanted = form.item_request()
    try:
        return slot_for(form.cleaned_data["slot"], (wanted.window_start, wanted.window_end))
    except Conflict as refusal:
        refusal.facts["line"] = index
        raise


def _fitted(request: ItemRequest, slot: ChosenSlot | None, elder: Elder) -> ItemRequest:
    """The request with the window that the slot leaves it."""
    if slot is None:
        return request
    start, end = window_with(slot, (request.window_start, request.window_end), elder.town)
    return replace(request, window_start=start, window_end=end)


def _note_wishes(sheet: OrderSheet, lines: Sequence[OrderItem], user: User, now: datetime) -> None:
    """Write down the carers named; a refusal is named as the item's."""
    for index, (form, line) in enumerate(zip(sheet.forms, lines, strict=True)):
        carer = form.cleaned_data["carer"]
        if carer is None:
            continue
        try:
            wish_carer(order_item=line, carer=carer, actor=user, now=now)
        except Invalid as refusal:
            fields = {f"items.{index}.{name}": messages for name, messages in refusal.fields.items()}
            raise Invalid(refusal.message, fields=fields) from refusal


def _promise(lines: Sequence[OrderItem], slots: Mapping[int, ChosenSlot], user: User, now: datetime) -> None:
    """Offer each chosen slot of a day that is under way to its carers."""
    for index, slot in slots.items():
        visit = lines[index].visits.select_related("item", "elder", "town").earliest("window_start", "pk")
        try:
            promise(visit, slot, user, now)
        except Conflict as refusal:
            refusal.facts["line"] = index
            raise
