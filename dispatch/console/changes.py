"""Changing or cancelling a visit from the elder's card, with its reason. What somebody else changed is never overwritten."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dispatch.console.access import call_before, elder_before, elder_page, for_operators
from dispatch.console.change_forms import AmendForm, CancelForm, window_mark
from dispatch.console.moving import move, slots_for_move, wanted_at
from dispatch.console.page import console_page
from dispatch.console.read_back import who_comes
from dispatch.console.slot_choice import Choices, choices_of
from dispatch.offers.services.amend import keeps_window
from dispatch.offers.services.end import cancel_order, cancel_visit
from dispatch.visits.models import Assignment
from orders.models import Elder, Visit
from orders.selectors import visits_visible_to
from people import clock
from people.errors import Conflict, Invalid
from people.templatetags.care import clock_time, day_word, moment
from people.user_names import name_of


@require_POST
@for_operators
def cancel(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Cancel a visit or its whole order, before or after planning; the carers are told by the same service."""
    visit, elder = _visit(user, pk)
    call = call_before(user, request.POST.get("call", ""))
    form = CancelForm(request.POST, label_suffix="")
    if form.is_valid():
        reason, now = form.cleaned_data["reason"], clock.now()
        try:
            if form.cleaned_data["scope"] == CancelForm.ORDER:
                cancel_order(order=visit.order_item.order, reason=reason, actor=user, now=now)
                messages.success(request, _("The order is cancelled, with every visit that had not begun."))
            else:
                cancel_visit(visit=visit, reason=reason, actor=user, now=now)
                messages.success(request, _("The visit is cancelled."))
            return redirect(elder_page(elder.pk, call))
        except Invalid as refusal:
            form.refuse(refusal)
    return console_page(request, user, elder, call=call, changed={"cancelling": visit, "cancel_form": form}, status=400)


@require_POST
@for_operators
def amend(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Give a visit that has not begun another window, before or after planning, and promise the slot that was chosen
    with it; a refusal keeps what was typed.

    When somebody else moved the visit since the page was shown, both windows are shown and nothing is changed (409).
    """
    visit, elder = _visit(user, pk)
    call = call_before(user, request.POST.get("call", ""))
    form = AmendForm(request.POST, label_suffix="")
    status = 400
    if form.is_valid():
        start, end = form.window()
        was, stands = form.cleaned_data["was"], window_mark(visit)
        if was and was != stands and not keeps_window(visit, start, end):
            form.add_error(None, _both_versions(visit, start, end))
            form.put(was=stands)  # Saving again is then her decision, made with both in view.
            status = 409
        elif isinstance(moved := _moved(form, visit, user), Visit):
            messages.success(request, _told(moved))
            return redirect(elder_page(elder.pk, call))
        else:
            status = moved
    return console_page(request, user, elder, call=call, changed={"amending": visit, "amend_form": form}, status=status)


@require_POST
@for_operators
def amend_slots(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who could come at the time that is being typed for a visit, or what speaks against it; nothing is changed."""
    visit, _elder = _visit(user, pk)
    form = AmendForm(request.POST, label_suffix="")
    found: dict[str, object] = {"unique": f"move-{pk}-"}
    if form.has_window:
        wanted = wanted_at(visit, form.window())
        try:
            slots = slots_for_move(visit, wanted, clock.now())
        except Invalid as refusal:
            found["refusals"] = refusal.texts
        else:
            chosen = form.cleaned_data.get("slot", "")
            found |= {"slots": slots, "choices": Choices("slot", chosen, choices_of(slots, wanted) if slots else ())}
    return render(request, "console/_to_move.html", found)


def _moved(form: AmendForm, visit: Visit, user: User) -> Visit | int:
    """The visit as the form asks for it; else the refusal is on the form, and this the page's status."""
    data = form.cleaned_data
    try:
        return move(
            visit=visit, window=form.window(), slot=data["slot"], reason=data["reason"], user=user, now=clock.now()
        )
    except Invalid as refusal:
        return form.refuse(refusal)
    except Conflict as refusal:
        if refusal.code not in ("visit_exists", "slot_taken"):
            raise
        return form.refuse(refusal)


def _told(visit: Visit) -> str:
    """What to tell the caller: that it is changed, and who comes or is asked for when."""
    live = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).select_related("carer__person")
    when = [day_word(visit.service_date)] if live else []
    return " ".join([_("The time of the visit is changed."), *when, *who_comes(live)])


def _both_versions(visit: Visit, start: datetime, end: datetime) -> str:
    """What the visit's window is now and who set it, beside what was typed."""
    last = visit.events.filter(reason__contains="→").select_related("actor").order_by("-pk").first()
    who = name_of(last.actor) if last and last.actor else _("somebody else")
    return _("%(who)s changed this visit to %(theirs)s. You typed %(yours)s. Save again if yours is right.") % {
        "who": who,
        "theirs": f"{moment(visit.window_start)}–{clock_time(visit.window_end)}",
        "yours": f"{moment(start)}–{clock_time(end)}",
    }


def _visit(user: User, pk: int) -> tuple[Visit, Elder]:
    """A visible visit and its elder."""
    rows = visits_visible_to(user).select_related("order_item__order")
    visit: Visit = get_object_or_404(rows, pk=pk)
    return visit, elder_before(user, visit.elder_id)
