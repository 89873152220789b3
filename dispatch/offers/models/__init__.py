"""Questions to carers (offer.py), the telephone menu that answers them (menu.py), and the alarm when a carer who accepted is
not heard of (late.py)."""

from dispatch.offers.models.late import LateAlarm, LateAlarmEvent
from dispatch.offers.models.menu import MenuCall, MenuCallEvent, MenuStep
from dispatch.offers.models.offer import Offer, OfferEvent

__all__ = ["LateAlarm", "LateAlarmEvent", "MenuCall", "MenuCallEvent", "MenuStep", "Offer", "OfferEvent"]
