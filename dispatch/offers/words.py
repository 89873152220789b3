"""Plain words for those who come too late: who has it, and since when, without giving a person away."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models import Offer
from people.errors import LostRace
from people.masking import mask_name


def taken_by(offer: Offer) -> LostRace:
    """The answer to a carer who comes second; `offer` is the accepted one."""
    name, at = mask_name(offer.carer.person.name), _clock(offer.answered_at or offer.sent_at)
    return LostRace(
        _("%(name)s accepted this at %(time)s.") % {"name": name, "time": at}, code="taken", name=name, at=at
    )


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime("%H:%M:%S")
