"""The card that hangs in an elder's home: the code by which a carer proves to have been there, for the eye and the phone."""

from datetime import datetime

from django.contrib.auth.models import User

from orders.models import Elder, ElderEvent


def print_door_card(*, elder: Elder, actor: User, now: datetime) -> str:
    """The elder's 4-digit code, to be printed. Who was given it and when stays with the elder: the code is a proof."""
    elder.events.create(kind=ElderEvent.Kind.DOOR_CARD, actor=actor, at=now)
    return elder.visit_code
