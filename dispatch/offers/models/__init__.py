"""Questions to carers (offer.py), and the alarm when a carer who accepted is not heard of (late.py)."""

from dispatch.offers.models.late import LateAlarm, LateAlarmEvent
from dispatch.offers.models.offer import Offer, OfferEvent

__all__ = ["LateAlarm", "LateAlarmEvent", "Offer", "OfferEvent"]
