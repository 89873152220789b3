"""Correcting an elder's card: whoever saves second sees both versions, and neither loses anything typed."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dispatch.console.access import call_before, elder_before, elder_page, for_operators
from dispatch.console.card_form import CardForm
from dispatch.console.presence import at_card
from orders.card import card_facts, last_change
from orders.models import CallRecord, Elder, ElderEvent
from orders.services.card import change_card
from people import clock
from people.errors import Conflict, Invalid, LostRace


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def elder_edit(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The form with the card's facts, and who else is at the card. A POST saves it.

    A stale save is refused (409) with both versions side by side; saving once more then stands over the other.
    """
    now = clock.now()
    elder, call = elder_before(user, pk), call_before(user, request.GET.get("call", ""))
    form = CardForm(request.POST or None, facts=card_facts(elder))
    if request.method != "POST":
        return _part(request, user, elder, call, form)
    if form.is_stale():
        return _stale(request, user, elder, call, form)
    status = 400
    if form.is_valid():
        try:
            change_card(elder=elder, seen=form.cleaned_data["seen"], change=form.change(), actor=user, now=now)
        except LostRace:
            return _stale(request, user, elder, call, CardForm(request.POST, facts=card_facts(elder)))
        except (Invalid, Conflict) as refusal:
            status = form.refuse(refusal)
        else:
            return _saved(request, user, elder, call)
    form.focus_first_wrong()
    return _part(request, user, elder, call, form, status=status)


def _stale(request: HttpRequest, user: User, elder: Elder, call: CallRecord | None, form: CardForm) -> HttpResponse:
    form.look_again()
    change = last_change(elder, ElderEvent.Kind.FACTS)
    return _part(request, user, elder, call, form, status=409, versions=form.versions(), change=change)


def _saved(request: HttpRequest, user: User, elder: Elder, call: CallRecord | None) -> HttpResponse:
    """The form as it is now, and word to the card that it changed; without scripts the elder's page."""
    if not request.headers.get("HX-Request"):
        return redirect(elder_page(elder.pk, call))
    answer = _part(request, user, elder, call, CardForm(facts=card_facts(elder)), said=_("Saved."))
    answer["HX-Trigger"] = "elder-changed"
    return answer


def _part(
    request: HttpRequest,
    user: User,
    elder: Elder,
    call: CallRecord | None,
    form: CardForm,
    *,
    status: int = 200,
    **shown: object,
) -> HttpResponse:
    """The form alone for a script, or as a page of its own."""
    others = at_card(user, elder, clock.now())
    context = {"elder": elder, "call": call, "form": form, "others": others, "part": "console/_elder_edit.html"}
    template = "console/_elder_edit.html" if request.headers.get("HX-Request") else "console/part.html"
    return render(request, template, context | shown, status=status)
