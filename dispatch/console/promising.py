"""What becomes of the slot that the caller chose: the window of its visit, and the offer to its carers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dispatch.console.slot_choice import ChosenSlot
from dispatch.offers.models import Offer
from dispatch.planning.selectors import is_running
from dispatch.planning.services.promise import offer_slot
from dispatch.planning.slots import NEXT_DAYS
from orders.models import Visit
from people.clock import local_date
from people.errors import Conflict
from people.models import Town
from volunteers.models import Carer

# A slot that is not promised yet, or lies outside the wanted time, becomes the window: begin then, or a little later.
_SLOT_WINDOW = timedelta(minutes=30)

Window = tuple[datetime, datetime]


def slot_for(key: str, window: Window) -> ChosenSlot:
    """The slot that a form's key names, for the window that the form has now.

    Raises:
        Conflict: code "slot_taken"; the key names none, or one that was found for another window.
    """
    slot = ChosenSlot.of_key(key)
    if slot is not None and slot.window == window:
        days = (local_date(slot.start) - local_date(window[0])).days
        if 0 <= days <= NEXT_DAYS:
            return slot
    raise Conflict(_("The chosen time does not fit this order any more. Please choose again."), code="slot_taken")


def window_with(slot: ChosenSlot, window: Window, town: Town) -> Window:
    """The window as it is when the slot lies in it and can be promised; else the slot is the window."""
    if window[0] <= slot.start <= window[1] and is_running(town, local_date(slot.start)):
        return window
    return slot.start, slot.start + _SLOT_WINDOW


def promise(visit: Visit, slot: ChosenSlot, user: User, now: datetime) -> Sequence[Offer]:
    """The offers to the slot's carers, on a day that is under way; on any other the next plan finds them.

    Raises as `offer_slot`.
    """
    if not is_running(visit.town, visit.service_date):
        return ()
    known = Carer.objects.select_related("person").in_bulk(slot.carers)
    carers = [known[key] for key in slot.carers if key in known]
    return offer_slot(visit=visit, carers=carers, start=slot.start, actor=user, now=now)
