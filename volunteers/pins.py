"""The PIN of the telephone menu: issued by the office, tried by whoever calls from the carer's number."""

import secrets
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.models import User
from django.db import transaction

from people.blind_index import blind
from volunteers.models import Carer, CarerEvent, TelephonePin

_log = structlog.get_logger(__name__)

DIGITS = 6
MOST_WRONG_TRIES = 5
LOCKED_FOR = timedelta(hours=1)


def issue_pin(*, carer: Carer, actor: User | None, now: datetime) -> str:
    """A new PIN of six digits, which takes the place of an older one and opens a lock; this is the one time it can be read.

    Made by chance, since people choose birthdays.
    """
    pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    fresh = {"mark": _mark(carer, pin), "wrong_tries": 0, "locked_until": None, "issued_at": now}
    with transaction.atomic():
        TelephonePin.objects.update_or_create(carer=carer, defaults=fresh)
        CarerEvent.objects.create(carer=carer, kind=CarerEvent.Kind.PIN_ISSUED, actor=actor, at=now)
    return pin


def is_pin(*, carer: Carer, digits: str, now: datetime) -> bool:
    """Whether the digits are the carer's PIN; never while it is locked, nor for a carer without one.

    The fifth wrong try in a row locks it for an hour, which is recorded and logged.
    """
    with transaction.atomic():
        pin = TelephonePin.objects.select_for_update().filter(carer=carer).first()  # calls at once count one by one
        if pin is None or pin.is_locked_at(now):
            return False
        right = secrets.compare_digest(pin.mark, _mark(carer, digits))
        pin.wrong_tries = 0 if right else pin.wrong_tries + 1
        pin.locked_until = None
        if pin.wrong_tries == MOST_WRONG_TRIES:
            pin.wrong_tries, pin.locked_until = 0, now + LOCKED_FOR
            CarerEvent.objects.create(carer=carer, kind=CarerEvent.Kind.PIN_LOCKED, at=now)
            _log.warning("telephone_pin_locked", carer=carer.pk)
        pin.save(update_fields=["wrong_tries", "locked_until"])
    return right


def _mark(carer: Carer, digits: str) -> str:
    """A keyed hash: a million PINs are soon tried against any other, however slow it is."""
    return blind("telephone_pin", f"{carer.pk}:{digits}")
