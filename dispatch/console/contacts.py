"""Who speaks for an elder, on the card: adding, changing and removing contacts."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from dispatch.console.access import call_before, elder_before, elder_page, for_operators
from dispatch.console.contact_forms import CallersForm, ChangeContactForm
from dispatch.console.relations import RELATIONS
from orders.card import last_change
from orders.models import CallRecord, Contact, Elder, ElderEvent
from orders.selectors import elders_visible_to
from orders.services.contacts import add_contact, change_contact, remove_contact
from people import clock
from people.errors import Conflict, Invalid, LostRace


@dataclass(slots=True)
class Row:
    """A contact with the form that changes them; a stale save also has who changed them first, if that is known."""

    contact: Contact
    form: ChangeContactForm
    is_stale: bool = False
    change: ElderEvent | None = None


def contacts_of(elder: Elder, call: CallRecord | None) -> dict[str, object]:
    """What `console/_contacts.html` shows: each contact with its form, and the form for one more."""
    return {
        "elder": elder,
        "call": call,
        "rows": [Row(contact, ChangeContactForm(contact=contact)) for contact in _contacts(elder)],
        "contact_form": CallersForm(call=call),
        "relations": RELATIONS,
    }


@require_POST
@for_operators
def add(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Add a contact to the elder; somebody on the line may become one with the call's number."""
    elder, call = elder_before(user, pk), call_before(user, request.GET.get("call", ""))
    form = CallersForm(request.POST, call=call)
    status = 400
    if form.is_valid():
        data = form.cleaned_data
        try:
            add_contact(
                elder=elder,
                name=data["contact_name"],
                gender=data["contact_gender"],
                phone=form.phone(),
                terms=form.terms(),
                actor=user,
                now=clock.now(),
            )
        except (Invalid, Conflict) as refusal:
            status = form.refuse(refusal)
        else:
            return _done(request, elder, call)
    form.focus_first_wrong()
    return _part(request, contacts_of(elder, call) | {"contact_form": form}, status=status)


@require_POST
@for_operators
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Other terms for a contact. A stale save is refused (409): both versions are shown, nothing typed is lost."""
    contact, elder, call = _before(request, user, pk)
    form = ChangeContactForm(request.POST, contact=contact)
    row, status = Row(contact, form), 400
    if form.is_valid():
        phone = form.cleaned_data["contact_phone"]
        try:
            change_contact(
                contact=contact, seen=form.seen(), terms=form.terms(), phone=phone, actor=user, now=clock.now()
            )
        except LostRace:
            form.look_again()
            change = last_change(elder, ElderEvent.Kind.CONTACT_CHANGED, contact=contact.person)
            row, status = Row(contact, form, is_stale=True, change=change), 409
        except (Invalid, Conflict) as refusal:
            status = form.refuse(refusal)
        else:
            return _done(request, elder, call)
    form.focus_first_wrong()
    rows = [row if each == contact else Row(each, ChangeContactForm(contact=each)) for each in _contacts(elder)]
    return _part(request, contacts_of(elder, call) | {"rows": rows}, status=status)


@require_POST
@for_operators
def remove(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Take a contact's say for the elder away."""
    contact, elder, call = _before(request, user, pk)
    remove_contact(contact=contact, actor=user, now=clock.now())
    return _done(request, elder, call)


def _contacts(elder: Elder) -> list[Contact]:
    return list(elder.contacts.select_related("person").prefetch_related("person__phones").order_by("pk"))


def _before(request: HttpRequest, user: User, pk: int) -> tuple[Contact, Elder, CallRecord | None]:
    """The contact, its elder and the call, if the user may see them; otherwise the page is not found (404)."""
    contacts = Contact.objects.filter(elder__in=elders_visible_to(user)).select_related("elder__person", "person")
    contact = get_object_or_404(contacts, pk=pk)
    return contact, contact.elder, call_before(user, request.GET.get("call", ""))


def _done(request: HttpRequest, elder: Elder, call: CallRecord | None) -> HttpResponse:
    """The contacts as they are now, or for a browser without scripts the elder's page."""
    if request.headers.get("HX-Request"):
        return _part(request, contacts_of(elder, call), status=200)
    return redirect(elder_page(elder.pk, call))


def _part(request: HttpRequest, shown: dict[str, object], *, status: int) -> HttpResponse:
    """The contacts alone for a script, or as a page of their own."""
    template = "console/_contacts.html" if request.headers.get("HX-Request") else "console/part.html"
    return render(request, template, shown | {"part": "console/_contacts.html"}, status=status)
