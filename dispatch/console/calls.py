"""The telephone on the console: take, hang up, wrap up, enter by hand, dial, and the list of call-backs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from dispatch.console.access import for_operators
from dispatch.console.calls_pane import calls_of, shown_number
from dispatch.console.order_form import plausible
from dispatch.console.refusable import RefusableForm
from orders.call_selectors import call_backs_visible_to, open_call_backs, owners_of
from orders.callers import LONGEST_NUMBER
from orders.models import CallBack, CallRecord
from orders.selectors import calls_visible_to
from orders.services import calls
from orders.services.call_backs import finish_call_back
from orders.services.dialling import dial
from orders.services.reasons import MOST_CHARACTERS
from people import clock
from people.errors import Conflict, Invalid
from people.models import Person, Phone
from people.row_keys import row_key
from people.selectors import people_visible_to

ROWS = 100  # call-backs on one page: whoever has more first calls these


class WrapUpForm(RefusableForm):
    """What came of a call; the service decides whether it fits."""

    code = forms.ChoiceField(
        label=gettext_lazy("What came of the call"), choices=CallRecord.WrapUp, widget=forms.RadioSelect
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=MOST_CHARACTERS, required=False)
    call_back_at = forms.DateTimeField(
        label=gettext_lazy("Promised to call back at"),
        required=False,
        validators=[plausible],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


@require_POST
@for_operators
def take(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Take a ringing call and go on with whoever calls; who comes second is told who has it."""
    call = _call(user, pk)
    try:
        calls.claim(call=call, actor=user, now=clock.now())
    except Conflict as lost:
        if not request.headers.get("HX-Request"):
            raise
        messages.warning(request, str(lost.message))
        return HttpResponseClientRedirect(reverse("console"))
    return _go(request, pk)


@require_POST
@for_operators
def hang_up(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """End a call where the exchange's word is missing."""
    call = _call(user, pk)
    calls.hang_up_by_hand(call=call, actor=user, now=clock.now())
    return _pane(request, user)


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def wrap_up(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The form for what came of a call, or its answers; a refusal (400) keeps what was typed."""
    call = _call(user, pk)
    written = {"code": call.wrap_up, "note": call.outcome}
    form = WrapUpForm(request.POST or None, initial=written, label_suffix="", auto_id="wrap-up-%s")
    if request.method == "POST" and form.is_valid():
        try:
            calls.wrap_up(call=call, actor=user, now=clock.now(), **form.cleaned_data)
            return HttpResponse() if request.headers.get("HX-Request") else redirect("console")
        except Invalid as refusal:
            form.refuse(refusal)
    template = "console/_wrap_up.html" if request.headers.get("HX-Request") else "console/wrap_up.html"
    context = {"call": call, "number": shown_number(call.number), "form": form}
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@for_operators
def by_hand(request: HttpRequest, user: User) -> HttpResponse:
    """Enter a call that the exchange does not know, with or without a number."""
    number = request.POST.get("number", "")[:LONGEST_NUMBER]
    call = calls.start_by_hand(number=number, actor=user, now=clock.now())
    return _go(request, call.pk)


@require_POST
@for_operators
def dial_out(request: HttpRequest, user: User) -> HttpResponse:
    """Have the exchange call a person's `phone`, whoever called (`call`), a `call_back`, or a typed `number`."""
    number, person = _to_dial(request, user)
    dial(number=number, person=person, actor=user, now=clock.now())
    if request.headers.get("HX-Request"):
        return _pane(request, user)
    messages.success(request, _("Your telephone rings now; lift it to be connected."))
    return redirect("console-call-backs" if "call_back" in request.POST else "console")


@require_safe
@for_operators
def call_backs(request: HttpRequest, user: User) -> HttpResponse:
    """Who is to be called back, the longest due first."""
    now = clock.now()
    rows = open_call_backs(user).select_related("person", "elder__person", "call")
    total, shown = rows.count(), list(rows[:ROWS])
    owners = owners_of({row.number_index for row in shown if row.person is None and row.elder is None})
    context = {
        "rows": [(row, shown_number(row.number), _names(row, owners), row.due_at <= now) for row in shown],
        "total": total,
        "more": max(0, total - ROWS),
        "longest_outcome": MOST_CHARACTERS,
    }
    return render(request, "console/call_backs.html", context)


@require_POST
@for_operators
def call_back_done(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write down what came of calling back; refused (409) when the page's `word` is no longer what is owed."""
    row = get_object_or_404(call_backs_visible_to(user), pk=pk)
    word, outcome = request.POST.get("word", ""), request.POST.get("outcome", "")
    finish_call_back(call_back=row, word=word, outcome=outcome, actor=user, now=clock.now())
    messages.success(request, _("Written down."))
    return redirect("console-call-backs")


def _names(row: CallBack, owners: Mapping[str, list[Person]]) -> str:
    """For whom to ask: the elder or the person who called, else everybody whom the number belongs to."""
    if row.elder is not None:
        return row.elder.person.name
    return "、".join(person.name for person in ([row.person] if row.person else owners.get(row.number_index, [])))


def _call(user: User, pk: int) -> CallRecord:
    """A call that the operator sees."""
    return get_object_or_404(calls_visible_to(user), pk=pk)


def _to_dial(request: HttpRequest, user: User) -> tuple[str, Person | None]:
    """The number that one of the form's fields means, and whose it is. Numbers on screens are masked, so keys name them."""
    sources: dict[str, QuerySet[Any]] = {
        "phone": Phone.objects.filter(person__in=people_visible_to(user)),
        "call": calls_visible_to(user),
        "call_back": call_backs_visible_to(user),
    }
    for field, rows in sources.items():
        if key := request.POST.get(field):
            row = get_object_or_404(rows.select_related("person"), pk=row_key(key))
            return row.number, row.person
    return request.POST.get("number", "")[:LONGEST_NUMBER], None


def _go(request: HttpRequest, call: int) -> HttpResponse:
    """The console with whoever calls."""
    address = f"{reverse('console')}?call={call}"
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


def _pane(request: HttpRequest, user: User) -> HttpResponse:
    """The pane as it stands now, for a script; the console for a browser without."""
    if not request.headers.get("HX-Request"):
        return redirect("console")
    return render(request, "console/_calls.html", {"pane": calls_of(user, clock.now())})
