"""Registering elders and granting them government minutes."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, ElderCategory, ElderEvent, Entitlement
from orders.wall_clock import local
from people.errors import Conflict, Invalid, Overlap, Text
from people.models import Gender, Person, Town


def new_visit_code() -> str:
    """A random 4-digit code by which an elder proves that a carer was there."""
    return f"{secrets.randbelow(10_000):04d}"


def register_elder(
    *,
    person: Person,
    town: Town,
    categories: Iterable[str] = (),
    gender_wish: str = "",
    health_note: str = "",
    active_from: date | None = None,
    number: str = "",
    key: UUID | None = None,
    digest: UUID | None = None,
    actor: User | None,
    now: datetime,
) -> Elder:
    """Make a person an elder of a town, in the given categories from the first active day (default: today).

    Without a number the elder gets one from the row's own key, such as L000042. `key` is the caller's own: the
    same one never makes a second elder. `digest` is kept with it.

    Raises:
        Invalid: no such category or gender.
        Conflict: the person already is an elder, or the number or the key is taken (code `duplicate_elder`).
    """
    codes = list(dict.fromkeys(categories))
    if unknown := [code for code in codes if code not in ElderCategory.Code.values]:
        message: Text = _("There is no category %(code)s.") % {"code": ", ".join(unknown)}
        raise Invalid(message, fields={"categories": [message]})
    check_gender_wish(gender_wish)
    since = active_from or local(now).date()
    try:
        with transaction.atomic():
            elder = Elder.objects.create(
                person=person,
                town=town,
                number=number or uuid4().hex[:24],
                gender_wish=gender_wish,
                health_note=health_note,
                visit_code=new_visit_code(),
                active_from=since,
            )
            if not number:
                elder.number = f"L{elder.pk:06d}"
                elder.save(update_fields=["number"])
            ElderCategory.objects.bulk_create(ElderCategory(elder=elder, code=code, valid_from=since) for code in codes)
            elder.events.create(kind=ElderEvent.Kind.REGISTERED, key=key, digest=digest, actor=actor, at=now)
    except IntegrityError as error:
        raise Conflict(_("This person already is an elder."), code="duplicate_elder") from error
    return elder


def check_gender_wish(gender_wish: str) -> None:
    """Raises Invalid unless the wish is female, male, or none at all."""
    if gender_wish and gender_wish not in Gender.values:
        message = _("Gender is female or male.")
        raise Invalid(message, fields={"gender_wish": [message]})


def grant_entitlement(
    *,
    elder: Elder,
    category: str,
    minutes_per_month: int,
    valid_from: date,
    valid_to: date | None = None,
    basis: str = "",
    actor: User | None,
    now: datetime,
) -> Entitlement:
    """Give an elder government minutes for each calendar month between two days, both included.

    Raises:
        Invalid: no such category, no minutes, or dates in the wrong order.
        Overlap: the elder already has an entitlement of that category in that time.
    """
    if category not in ElderCategory.Code.values:
        message: Text = _("There is no category %(code)s.") % {"code": category}
        raise Invalid(message, fields={"category": [message]})
    if minutes_per_month <= 0:
        message = _("Give at least one minute a month.")
        raise Invalid(message, fields={"minutes_per_month": [message]})
    if valid_to is not None and valid_to < valid_from:
        message = _("It must end after it begins.")
        raise Invalid(message, fields={"valid_to": [message]})
    try:
        with transaction.atomic():
            return Entitlement.objects.create(
                elder=elder,
                category=category,
                minutes_per_month=minutes_per_month,
                valid_from=valid_from,
                valid_to=valid_to,
                basis=basis,
            )
    except IntegrityError as error:
        raise Overlap(_("The elder already has such an entitlement in that time.")) from error
