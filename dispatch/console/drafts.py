"""Half-typed orders: kept as typed, found again after a reload, a lost session or another call, dropped on request."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dispatch.console.models import OrderDraft
from orders.models import CallRecord, Elder
from people.errors import Conflict, Invalid, LostRace
from people.form_keys import KeyReused

LONGEST_TYPED = 100_000  # bytes of the form's encoding, many times what any order needs


def open_drafts(user: User) -> QuerySet[OrderDraft]:
    """The operator's half-typed orders, the latest first."""
    rows = OrderDraft.objects.filter(user=user, order__isnull=True).select_related("elder__person")
    return rows.order_by("-changed_at", "-pk")


def keep(*, key: UUID, user: User, elder: Elder, typed: str, call: CallRecord | None, now: datetime) -> str:
    """Keep what was typed last under this key; what was kept before, empty at first. An operator has one open draft
    for an elder: a new key takes its place.

    Raises:
        Invalid: far more was typed than an order needs; what was kept before stays.
        Conflict: it was placed already ("placed"). KeyReused: the key is another operator's or another elder's.
        LostRace: a draft for this elder began in another window at the same moment.
    """
    if len(typed) > LONGEST_TYPED:
        raise Invalid(_("This is too long for an order. Please shorten the notes."))
    with transaction.atomic():
        draft = OrderDraft.objects.filter(key=key).first() or _begin(key, user, elder, now)
        if (draft.user_id, draft.elder_id) != (user.pk, elder.pk):
            raise KeyReused
        if draft.order_id is not None:
            raise Conflict(_("This order is already placed."), code="placed", order=draft.order_id)
        before = str(draft.typed)
        if before != typed or (
            call is not None and call.pk != draft.call_id
        ):  # else the same is kept, and costs no writing
            draft.typed, draft.changed_at, draft.call = typed, now, call or draft.call
            draft.save(update_fields=["typed", "changed_at", "call"])
    return before


def _begin(key: UUID, user: User, elder: Elder, now: datetime) -> OrderDraft:
    open_drafts(user).filter(elder=elder).delete()
    made = {"user": user, "elder": elder, "changed_at": now}
    try:
        return OrderDraft.objects.get_or_create(key=key, defaults=made)[0]
    except IntegrityError as error:
        raise LostRace(_("You are typing an order for this elder in another window.")) from error


def drop(*, user: User, elder: Elder) -> None:
    """Forget what was typed for this elder; nothing typed, nothing happens."""
    open_drafts(user).filter(elder=elder).delete()
