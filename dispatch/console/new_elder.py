"""A new elder while the caller waits: the form, whom it may repeat, and the villages of a town."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dispatch.console.access import call_before, elder_page, for_operators, town_before
from dispatch.console.new_elder_form import NewElderForm
from dispatch.console.relations import RELATIONS
from dispatch.console.typed import typed_digest
from orders.duplicates import likely_duplicates
from orders.services.registration import register_new_elder
from people import clock
from people.errors import Conflict, Invalid
from people.form_keys import AlreadyEntered
from people.selectors import villages_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def new_elder(request: HttpRequest, user: User) -> HttpResponse:
    """The form, begun with the search's words and the call's number. A POST enters the elder and opens the card.

    A refused one comes back (400; 409 for an ID number that is known, or a form saved before with other input) with
    everything that was typed.
    """
    now = clock.now()
    call = call_before(user, request.GET.get("call", ""))
    query = request.GET.get("q", "").strip()
    form = NewElderForm(request.POST or None, user=user, today=clock.local_date(now), call=call, query=query)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                elder = register_new_elder(**form.elder(), digest=typed_digest(request.POST), actor=user, now=now)
            except AlreadyEntered as refusal:
                form.lead_to(refusal, elder_page(refusal.saved, call))
                status = 409
            except (Invalid, Conflict) as refusal:
                status = form.refuse(refusal)
            else:
                return redirect(elder_page(elder.pk, call))
        form.focus_first_wrong()
    likely = likely_duplicates(user, form.newcomer())
    context = {"form": form, "call": call, "likely": likely, "relations": RELATIONS}
    return render(request, "console/new_elder.html", context, status=status)


@require_POST
@for_operators
def duplicates(request: HttpRequest, user: User) -> HttpResponse:
    """Whom the form as typed so far may repeat. A POST, so that no name or number is in an address."""
    call = call_before(user, request.GET.get("call", ""))
    form = NewElderForm(request.POST, user=user, today=clock.local_date(clock.now()), call=call)
    context = {"likely": likely_duplicates(user, form.newcomer()), "call": call}
    return render(request, "console/_duplicates.html", context)


@require_safe
@for_operators
def villages(request: HttpRequest, user: User) -> HttpResponse:
    """The known villages of a town, to choose from while typing."""
    town = town_before(user, request.GET.get("town", ""))
    return render(request, "console/_villages.html", {"villages": villages_of(town) if town else []})
