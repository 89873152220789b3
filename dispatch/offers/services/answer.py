"""The carer's answer. Of all who accept, the first wins; the others are told who it was and when."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models import Offer
from dispatch.offers.services.tell_carers import forget
from dispatch.offers.services.together import UNSTARTED, confirm_if_complete, take_apart
from dispatch.offers.takeable import hindrance_now
from dispatch.offers.words import taken_by
from dispatch.visits.hold import Held, hold_visit
from dispatch.visits.models import Assignment
from dispatch.visits.permissions import require_may_act_for
from dispatch.visits.refusals import refusals_in_plain_words
from dispatch.visits.services.assign import create_assignment
from people.errors import DomainError, Invalid, LostRace, WrongState
from people.transitions import move, move_all, state_label

BY_CONTRACT = "by contract"
BY_MENU = "by telephone menu"


def accept_offer(
    *, offer: Offer, actor: User | None, now: datetime, on_behalf_reason: str = "", way: str = ""
) -> Assignment:
    """The accepted assignment; accepting again returns the same one.

    A direct offer promises its own assignment, a pool offer makes one. The visit (and one linked to it) is reserved
    once all its legs are accepted. Others than the carer must say why they answer for the carer; `way` (`BY_MENU`) is
    recorded of a carer who answers otherwise than with an own device.

    Raises:
        NotAllowed: the actor may not act for the carer, or the carer may not serve the visit (the code says why).
        Invalid: accepted for somebody else without a reason.
        LostRace: somebody else was first (code "taken").
        WrongState: the offer is no longer open, its time is up, or the visit no longer waits.
        Overlap: the carer has other work then.
    """
    for_another = require_may_act_for(actor, offer.carer)
    reason = on_behalf_reason.strip() if for_another else way
    if for_another and not reason:
        message = _("Say why you accept for the carer.")
        raise Invalid(message, fields={"on_behalf_reason": [message]})
    try:
        with refusals_in_plain_words():
            return _accept(offer, actor=actor, now=now, reason=reason)
    except LostRace:
        raise _who_was_first(offer) from None


def accept_by_contract(offers: Sequence[Offer], helds: Iterable[Held], *, now: datetime) -> None:
    """Promise direct offers to carers whose contract accepts for them; call it in the transaction that sent them, with
    all its held visits. Nothing is asked again: who may not serve was not sent the offer."""
    work = [offer.assignment for offer in offers if offer.assignment is not None]
    move_all(work, Assignment.Status.ACCEPTED, actor=None, now=now, reason=BY_CONTRACT, accepted_by=None)
    move_all(offers, Offer.Status.ACCEPTED, actor=None, now=now, reason=BY_CONTRACT, answered_at=now)
    confirm_if_complete(*helds, actor=None, now=now)


def decline_offer(*, offer: Offer, reason: str, note: str = "", actor: User | None, now: datetime) -> Offer:
    """The declined offer. This carer is not asked again for this visit; the next best carer is looked for.

    A double-up or a linked pair falls as one: the partner is released too.

    Raises:
        NotAllowed: the actor may not act for the carer. Invalid: no such reason, or OTHER without a note.
        WrongState: the offer is no longer open.
    """
    require_may_act_for(actor, offer.carer)
    if reason not in Offer.DeclineReason.values:
        raise Invalid(_("Choose a reason."), fields={"reason": [_("Choose a reason.")]})
    note = note.strip()
    if reason == Offer.DeclineReason.OTHER and not note:
        raise Invalid(_("Say why."), fields={"note": [_("Say why.")]})
    with refusals_in_plain_words():
        held = hold_visit(offer.visit_id)
        fresh = _fresh(offer)
        forget([fresh], now=now)
        move(
            fresh,
            Offer.Status.DECLINED,
            actor=actor,
            now=now,
            reason=reason,
            decline_reason=reason,
            decline_note=note[:200],
            answered_at=now,
        )
        if fresh.assignment is not None:
            move(fresh.assignment, Assignment.Status.DECLINED, actor=actor, now=now, reason=reason)
            take_apart(held, reason="declined", actor=actor, now=now)
    return fresh


def _accept(offer: Offer, *, actor: User | None, now: datetime, reason: str) -> Assignment:
    held = hold_visit(offer.visit_id)
    offer = _fresh(offer)
    if offer.status == Offer.Status.ACCEPTED:
        assert offer.assignment is not None
        return offer.assignment
    _require_open(offer, held, now)
    assignment = offer.assignment or create_assignment(
        visit=held.visit,
        leg=offer.leg,
        carer=offer.carer,
        planned_start=offer.planned_start,
        planned_end=offer.planned_end,
        actor=actor,
        now=now,
    )
    move(assignment, Assignment.Status.ACCEPTED, actor=actor, now=now, reason=reason, accepted_by=actor)
    answer = {"assignment": assignment, "answered_at": now}
    move(offer, Offer.Status.ACCEPTED, actor=actor, now=now, reason=reason, **answer)
    _tell_the_others(offer, now=now)
    confirm_if_complete(held, actor=actor, now=now)
    return assignment


def _require_open(offer: Offer, held: Held, now: datetime) -> None:
    """Raise why the offer cannot be accepted now, if it cannot."""
    if offer.status == Offer.Status.FILLED:
        raise LostRace(_("Somebody else accepted this."))
    if offer.status != Offer.Status.SENT:
        raise WrongState(_("This offer is no longer open: “%(state)s”.") % {"state": state_label(offer)})
    if offer.expires_at <= now:
        raise WrongState(_("The time to answer this offer is over."), code="offer_expired")
    if held.visit.status not in UNSTARTED:
        raise WrongState(_("The visit no longer waits: “%(state)s”.") % {"state": state_label(held.visit)})
    offer.visit = held.visit
    if hindrance := hindrance_now(offer):
        raise hindrance.as_error()


def _tell_the_others(offer: Offer, *, now: datetime) -> None:
    """Everybody else asked for this leg comes too late, and so does this carer's own question for the other leg."""
    open_ones = Offer.objects.filter(visit=offer.visit_id, status=Offer.Status.SENT).exclude(pk=offer.pk)
    ended = [each for each in open_ones.order_by("pk") if each.leg == offer.leg or each.carer_id == offer.carer_id]
    forget([offer, *ended], now=now)
    for other in ended:
        if other.leg == offer.leg:
            move(other, Offer.Status.FILLED, actor=None, now=now, answered_at=now)
        else:
            move(other, Offer.Status.WITHDRAWN, actor=None, now=now, answered_at=now)


def _who_was_first(offer: Offer) -> DomainError:
    winner = (
        Offer.objects.filter(visit=offer.visit_id, leg=offer.leg, status=Offer.Status.ACCEPTED)
        .exclude(pk=offer.pk)
        .select_related("carer__person")
        .first()
    )
    return (
        taken_by(winner)
        if winner
        else LostRace(_("Somebody else changed this a moment ago. Reload to see how it stands."))
    )


def _fresh(offer: Offer) -> Offer:
    return Offer.objects.select_related("carer__person", "assignment").get(pk=offer.pk)
