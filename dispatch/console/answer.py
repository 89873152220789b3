"""The answer to what is being typed: who can come and when, what it costs whom, what to think about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.console.order_form import LineForm
from dispatch.console.sheet import OrderSheet
from dispatch.console.slot_choice import Choice, Choices, choices_of, nearest_choice
from dispatch.planning.slots import SlotAnswer, find_later_slot, find_slots
from dispatch.visits.selectors import preview_split
from orders.models import Elder
from orders.requests import ItemRequest
from orders.selectors import possible_repeats, repeat_words, warnings_before_placing
from orders.services.preview import PreviewLine
from people import policy
from people.errors import Invalid, Text


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows below the open line; `slots` is None as long as the line is not whole."""

    slots: SlotAnswer | None
    choices: Choices
    price: Sequence[PreviewLine]
    refusals: Sequence[Text]
    warnings: Sequence[Text]
    kept_at: datetime


@policy.read_once()
def answer_to(sheet: OrderSheet, elder: Elder, now: datetime) -> Answer:
    """Slots for the open line, the price of every whole line, and what already speaks against saving."""
    line = sheet.open
    requests = [each.item_request() for each in sheet.forms if each.is_valid()]
    refusals: list[Text] = []
    slots = None
    choices: Sequence[Choice] = ()
    if line.is_valid():
        wanted = line.item_request()
        try:
            slots = find_slots(elder=elder, wanted=wanted, carer=line.cleaned_data["carer"], now=now)
            choices = choices_of(slots, wanted)
        except Invalid as refusal:
            refusals += refusal.texts
    elif line["item"].value():
        refusals += [str(text) for name in line.errors if line[name].value() for text in line.errors[name]]
    return Answer(
        slots=slots,
        choices=_choices(line, choices),
        price=_price(sheet, elder, requests, now) if not refusals else (),
        refusals=refusals,
        warnings=_warnings(elder, requests),
        kept_at=now,
    )


def later_choices(sheet: OrderSheet, elder: Elder, now: datetime) -> Choices:
    """For the open line the nearest slot of the following days."""
    line = sheet.open
    if not line.is_valid():
        return _choices(line, ())
    wanted = line.item_request()
    try:
        slot = find_later_slot(elder=elder, wanted=wanted, carer=line.cleaned_data["carer"], now=now)
    except Invalid:
        return _choices(line, ())  # why is said above
    return _choices(line, nearest_choice(slot, wanted))


def _choices(line: LineForm, found: Sequence[Choice]) -> Choices:
    return Choices(line.add_prefix("slot"), str(line["slot"].value() or ""), found)


def _price(sheet: OrderSheet, elder: Elder, requests: Sequence[ItemRequest], now: datetime) -> Sequence[PreviewLine]:
    if not requests:
        return ()
    try:
        return preview_split(elder=elder, items=requests, use_credits=sheet.head.uses_credits, now=now)
    except Invalid:
        return ()  # what is wrong is said beside the line that is wrong


def _warnings(elder: Elder, requests: Sequence[ItemRequest]) -> list[Text]:
    """What to think about before saving, each thing once."""
    found: list[Text] = []
    for request in requests:
        item, carers = request.item, request.carers_needed or request.item.carers_needed
        minutes = request.duration_minutes or item.duration_minutes
        found += warnings_before_placing(elder=elder, item=item, minutes=minutes, carers=carers)
        found += [repeat_words(visit) for visit in possible_repeats(elder=elder, request=request)]
    return list(dict.fromkeys(found))
