"""The telephone menu: what is said at each step of a call, and what the keys do.

A carer is known by the number and proved by the PIN. What was said is kept for each step, so the exchange may ask again;
an answer to an offer goes through the same service as one from the app.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from dispatch.confirmations.texts import Speech
from dispatch.offers import menu_words as words
from dispatch.offers.models import MenuCall, MenuStep, Offer
from dispatch.offers.services.answer import BY_MENU, accept_offer, decline_offer
from dispatch.offers.takeable import answerable_by
from orders.callers import read_number
from people import policy
from people.clock import local_date
from people.errors import Conflict, DomainError, LostRace
from people.transitions import move, record_birth
from volunteers.models import Carer
from volunteers.pins import DIGITS, is_pin
from volunteers.selectors import active_on

Status = MenuCall.Status

MOST_STEPS = 100
MOST_NOT_UNDERSTOOD = 3  # in a row: nobody is there any more
KEPT_FOR = timedelta(days=1)  # the exchange asks again within seconds


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said, and how many digits are then waited for; none at the end of the call."""

    say: str
    gather: int
    understood: bool = True

    @property
    def end(self) -> bool:
        """Whether the exchange hangs up."""
        return self.gather == 0


def hear(*, call_id: str, step: int, caller: str, digits: str, now: datetime) -> Prompt:
    """What to say in step `step` (1 when the call comes in) after `digits` were pressed ("" for none).

    The same step again gets the same answer and changes nothing, whatever was pressed: the first word counts.

    Raises:
        Conflict: code "out_of_step"; it is not the next step of this call, the call is over, or it is another caller's.
    """
    number = read_number(caller).index
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        call = _locked(call_id, number, now)
        said = {each.number: each for each in call.steps.all()}
        if call.number_index == number and step in said:
            return Prompt(said[step].say, said[step].gather)
        is_over = call.status == Status.ENDED or call.started_at <= now - KEPT_FOR  # its steps may be forgotten
        if call.number_index != number or step != len(said) + 1 or is_over:
            raise Conflict(_("This is not the next step of the call."), code="out_of_step")
        prompt = _Dialogue(call, list(said.values()), now).answer(digits)
        call.steps.create(number=step, say=prompt.say, gather=prompt.gather, understood=prompt.understood, at=now)
    return prompt


def forget_steps(*, now: datetime) -> int:
    """Delete what was said in calls a day ago and earlier, since it names elders; how many steps.

    A call in which the carer just hung up ends here: the exchange tells of no hang-up.
    """
    for call in MenuCall.objects.exclude(status=Status.ENDED).filter(started_at__lte=now - KEPT_FOR).order_by("pk"):
        with suppress(LostRace):
            move(call, Status.ENDED, actor=None, now=now, reason="hung up")
    return MenuStep.objects.filter(at__lte=now - KEPT_FOR).delete()[0]


def _locked(call_id: str, number: str, now: datetime) -> MenuCall:
    """The call of this id, made if need be; of two first steps at once, the unique id lets one make it."""
    known = {"number_index": number, "carer": lambda: _carer_calling(number, now), "started_at": now}
    call, is_new = MenuCall.objects.get_or_create(call_id=call_id, defaults=known)
    if is_new:
        record_birth(call, actor=None, now=now)
        return call
    return MenuCall.objects.select_for_update().get(pk=call.pk)


def _carer_calling(number: str, now: datetime) -> Carer | None:
    """The only carer with this number who works now and has a PIN; others of the household may share the telephone."""
    if not number:
        return None
    callers = Carer.objects.filter(
        active_on(local_date(now)), person__phones__number_index=number, telephone_pin__isnull=False
    )
    found = list(callers.distinct()[:2])
    return found[0] if len(found) == 1 else None


class _Dialogue:
    """One step of a call that is held by its transaction."""

    def __init__(self, call: MenuCall, said: list[MenuStep], now: datetime) -> None:
        self._call = call
        self._said = said
        self._now = now
        self._say = Speech(aloud=True, hotline_number=str(policy.value("hotline", on=local_date(now))))

    def answer(self, digits: str) -> Prompt:
        """What is said after these digits."""
        if not self._said:
            return self._begin()
        if len(self._said) + 1 == MOST_STEPS:
            return self._end(words.goodbye(), "too long")
        if not digits:
            return self._not_understood()
        match self._call.status:
            case Status.PIN:
                return self._prove(digits)
            case Status.OFFER:
                return self._choose(digits)
            case Status.REASON:
                return self._decline(digits)
            case _:
                return self._again() if digits == "9" else self._next()

    def _begin(self) -> Prompt:
        if self._call.carer is None:
            return self._end(words.stranger(self._say), "unknown number")
        if self._call.carer.telephone_pin.is_locked_at(self._now):
            return self._end(words.locked(self._say), "PIN locked")
        return Prompt(words.welcome(), DIGITS)

    def _prove(self, digits: str) -> Prompt:
        if is_pin(carer=self._carer, digits=digits, now=self._now):
            return self._next(words.how_many(len(answerable_by(self._carer, self._now))))
        self._carer.telephone_pin.refresh_from_db()
        if self._carer.telephone_pin.is_locked_at(self._now):
            return self._end(words.locked(self._say), "PIN locked")
        return Prompt(words.wrong_pin(), DIGITS)

    def _choose(self, digits: str) -> Prompt:
        match digits:
            case "1":
                return self._accept()
            case "2":
                self._go(Status.REASON)
                return Prompt(words.why_not(), 1)
            case "3":
                return self._next()
            case "9":
                return self._again()
            case _:
                return self._not_understood()

    def _accept(self) -> Prompt:
        try:
            work = accept_offer(offer=self._offer, actor=self._user, now=self._now, way=BY_MENU)
        except DomainError as refusal:
            return self._next(words.refused(refusal))
        self._go(Status.ACCEPTED)
        return Prompt(words.accepted(work, self._say), 1)

    def _decline(self, digits: str) -> Prompt:
        if digits == "0":
            self._go(Status.OFFER)
            return Prompt(words.offer(self._offer, self._say), 1)
        if digits not in words.REASONS:
            return self._not_understood()
        reason = words.REASONS[digits]
        try:
            decline_offer(offer=self._offer, reason=reason, note=words.note(), actor=self._user, now=self._now)
        except DomainError as refusal:
            return self._next(words.refused(refusal))
        return self._next(words.declined())

    def _next(self, before: str = "") -> Prompt:
        """The soonest offer after the one that was read last, which may have been answered elsewhere meanwhile."""
        offers, last = answerable_by(self._carer, self._now), self._call.offer
        if last is not None:
            offers = [each for each in offers if (each.planned_start, each.pk) > (last.planned_start, last.pk)]
        if not offers:
            return self._end(words.nothing() if last is None else before + words.no_more(), "no more offers")
        self._go(Status.OFFER, offers[0])
        return Prompt(before + words.offer(offers[0], self._say), 1)

    def _again(self, *, understood: bool = True) -> Prompt:
        last = self._said[-1]
        return Prompt(last.say, last.gather, understood)

    def _not_understood(self) -> Prompt:
        lately = self._said[1 - MOST_NOT_UNDERSTOOD :]
        if len(lately) == MOST_NOT_UNDERSTOOD - 1 and not any(step.understood for step in lately):
            return self._end(words.goodbye(), "no answer")
        return self._again(understood=False)

    def _end(self, say: str, reason: str) -> Prompt:
        move(self._call, Status.ENDED, actor=None, now=self._now, reason=reason)
        return Prompt(say, 0)

    def _go(self, to: Status, offer: Offer | None = None) -> None:
        """Be at a status, with another offer if one is given."""
        changes: dict[str, Any] = {"offer": offer} if offer else {}
        if self._call.status != to:
            move(self._call, to, actor=None, now=self._now, **changes)
        elif offer:
            self._call.offer = offer
            self._call.save(update_fields=["offer"])

    @property
    def _carer(self) -> Carer:
        assert self._call.carer is not None
        return self._call.carer

    @property
    def _offer(self) -> Offer:
        assert self._call.offer is not None
        return self._call.offer

    @property
    def _user(self) -> User | None:
        """The carer's login; who has no smartphone may have none."""
        return self._call.carer.person.user if self._call.carer else None
