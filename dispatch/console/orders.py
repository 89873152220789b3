"""Typing an order: kept with every keystroke, answered at once, placed once."""

from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dispatch.console import drafts, typed_lines
from dispatch.console.access import call_before, elder_before, elder_page, for_operators
from dispatch.console.answer import answer_to, later_choices
from dispatch.console.page import console_page
from dispatch.console.placing import place_sheet, placed_before
from dispatch.console.repeat import last_order_again
from dispatch.console.sheet import OrderSheet, line_count
from dispatch.console.typed import typed_text
from orders.models import CallRecord, Elder, Order
from people import clock
from people.errors import Conflict, Invalid
from people.form_keys import AlreadyEntered


@require_POST
@for_operators
def draft(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Keep what was typed, and answer it: slots, price, warnings; or why it cannot be kept.

    Once one of the slots is chosen, the answer that the page shows still stands (204): whether it is free is asked again
    when the order is saved.
    """
    elder, now = elder_before(user, pk), clock.now()
    sheet = _sheet(request, elder, now)
    call, typed = call_before(user, request.POST.get("call", "")), typed_text(request.POST)
    try:
        before = drafts.keep(key=sheet.key, user=user, elder=elder, typed=typed, call=call, now=now)
    except (Invalid, Conflict) as refusal:
        return render(request, "console/_refusal.html", {"refusal": refusal})
    if typed_lines.only_chose(before, typed):
        return HttpResponse(status=204)
    return render(request, "console/_answer.html", {"answer": answer_to(sheet, elder, now), "elder": elder})


@require_POST
@for_operators
def later(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The nearest slot of the following days for the open line; asked for by the answer that found none."""
    elder, now = elder_before(user, pk), clock.now()
    return render(request, "console/_later.html", {"choices": later_choices(_sheet(request, elder, now), elder, now)})


@require_POST
@for_operators
def lines(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One more service, one less, another one opened, or the sheet started afresh; what was typed is kept."""
    elder, call, now = elder_before(user, pk), call_before(user, request.POST.get("call", "")), clock.now()
    verb, _sep, number = request.POST.get("do", "").partition(":")
    index = int(number) if number.isdecimal() and len(number) < 4 else -1
    if verb == "drop":
        drafts.drop(user=user, elder=elder)
    else:
        typed = QueryDict(typed_text(request.POST))
        changed = {
            "add": lambda: typed_lines.with_another(typed),
            "remove": lambda: typed_lines.without(typed, index),
            "open": lambda: typed_lines.opened(typed, index),
        }.get(verb, lambda: typed)()
        drafts.keep(key=_key(request), user=user, elder=elder, typed=changed.urlencode(), call=call, now=now)
    return redirect(elder_page(elder.pk, call))


@require_POST
@for_operators
def repeat(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Fill the sheet with the elder's last order, on the next day that still has its times."""
    elder, call, now = elder_before(user, pk), call_before(user, request.POST.get("call", "")), clock.now()
    again = last_order_again(elder, now)
    if again is None:
        messages.info(request, _("There is no earlier order to repeat."))
    elif drafts.open_drafts(user).filter(elder=elder).exists():
        messages.info(request, _("A half-typed order is open: save it or start afresh first."))
    else:
        drafts.keep(key=uuid4(), user=user, elder=elder, typed=again.urlencode(), call=call, now=now)
    return redirect(elder_page(elder.pk, call))


@require_POST
@for_operators
def place(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Place the order once, however often it is sent; then show what to read back.

    A refused order comes back (400; 409 when the chosen slot is gone or was found for another time, or when this form
    was placed before with other input) with everything typed.
    """
    elder, now = elder_before(user, pk), clock.now()
    call = call_before(user, request.POST.get("call", ""))
    sheet, status = _sheet(request, elder, now), 400
    try:
        if (order := _enter(sheet, request, user, call, now)) is not None:
            return redirect(_read_back(elder, order.pk, call))
    except Invalid as refusal:
        sheet.refuse(refusal)
    except AlreadyEntered as refusal:
        sheet.lead_to(refusal, _read_back(elder, refusal.saved, call))
        _keep(sheet, request, user, call, now)  # under its fresh key: a reload loses nothing
        status = 409
    except Conflict as refusal:
        sheet.refuse_slot(refusal)
        status = 409
    return console_page(request, user, elder, call=call, sheet=sheet, status=status)


def _enter(sheet: OrderSheet, request: HttpRequest, user: User, call: CallRecord | None, now: datetime) -> Order | None:
    """The order that the sheet makes, or made before; None when its shape is wrong. Raises as `place_sheet`."""
    try:
        _keep(sheet, request, user, call, now)
    except Conflict as conflict:
        if conflict.code != "placed":
            raise
        return placed_before(sheet)
    return place_sheet(sheet=sheet, user=user, call=call, now=now) if sheet.is_valid() else None


def _keep(sheet: OrderSheet, request: HttpRequest, user: User, call: CallRecord | None, now: datetime) -> None:
    drafts.keep(key=sheet.key, user=user, elder=sheet.elder, typed=typed_text(request.POST), call=call, now=now)


def _sheet(request: HttpRequest, elder: Elder, now: datetime) -> OrderSheet:
    line_count(request.POST)  # or else nonsense would take the place of what is kept
    return OrderSheet(elder=elder, key=_key(request), typed=request.POST, now=now)


def _key(request: HttpRequest) -> UUID:
    """The sheet's key, as the page carries it."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Invalid(_("The page is incomplete. Please open the elder again.")) from error


def _read_back(elder: Elder, order: int, call: CallRecord | None) -> str:
    """Where an order that is entered is shown, to be read back."""
    return elder_page(elder.pk, call, order=order) + "#placed"
