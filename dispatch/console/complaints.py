"""The caller is not content: a complaint is taken down from the elder's card, and what is unsettled is in sight."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dispatch.console.access import elder_before, for_operators
from dispatch.console.refusable import RefusableForm
from dispatch.console.typed import typed_digest
from orders.models import CallRecord, Complaint, Contact, Elder, Visit
from orders.selectors import calls_visible_to, unsettled_complaints, visits_visible_to
from orders.services.complaints import LONGEST_TEXT, file_complaint
from people import clock
from people.errors import Invalid
from people.form_keys import AlreadyEntered, KeyReused
from people.models import Person
from people.templatetags.care import moment

RECENT = timedelta(days=31)


class VisitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, visit: Visit) -> str:
        """When and what, in the words of the card."""
        return f"{moment(visit.planned_start or visit.window_start)} {visit.item}"


class ComplaintForm(RefusableForm):
    """Who is not content, about which visit of the last month or none, and why. `key` makes a second click harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    call = forms.ModelChoiceField(CallRecord.objects.none(), required=False, widget=forms.HiddenInput)
    complained_by = forms.ModelChoiceField(Person.objects.none(), label=_("Who complains"), empty_label=None)
    visit = VisitChoice(
        Visit.objects.none(), label=_("About which visit"), empty_label=_("none in particular"), required=False
    )
    text = forms.CharField(label=_("What is wrong"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, user: User, elder: Elder, now: datetime, call: int | None = None) -> None:
        first = {"key": uuid4(), "call": call, "complained_by": elder.person_id}
        super().__init__(data, initial=first, auto_id="complaint-%s", label_suffix="")
        speakers = Contact.objects.filter(elder=elder).values_list("person", flat=True)
        people = Person.objects.filter(pk__in=[elder.person_id, *speakers])
        visits = visits_visible_to(user).filter(elder=elder, window_start__range=(now - RECENT, now))
        self.offer("complained_by", people)
        self.offer("visit", visits.select_related("item").order_by("-window_start"))
        self.offer("call", calls_visible_to(user))


def complaint_context(
    *, user: User, elder: Elder, now: datetime, form: ComplaintForm | None = None, call: int | None = None
) -> dict[str, object]:
    """What `console/_complain.html` shows: the elder, what is unsettled, and the form; `call`: the one on the line."""
    return {
        "elder": elder,
        "today": clock.local_date(now),
        "unsettled_complaints": unsettled_complaints(elder),
        "complaint_form": form or ComplaintForm(user=user, elder=elder, now=now, call=call),
    }


@require_POST
@for_operators
def complain(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Take a complaint down and show the card's part anew; a refused one comes back with what was typed (400; 409
    when the form was saved before with other input, or is another elder's)."""
    elder, now = elder_before(user, pk), clock.now()
    form = ComplaintForm(request.POST, user=user, elder=elder, now=now)
    filed: Complaint | None = None
    status = 400
    if form.is_valid():
        try:
            filed = file_complaint(
                **form.cleaned_data, digest=typed_digest(request.POST), elder=elder, actor=user, now=now
            )
            status = 200
        except AlreadyEntered as refusal:
            form.lead_to(refusal, reverse("admin:orders_complaint_change", args=[refusal.saved]))
            status = 409
        except (Invalid, KeyReused) as refusal:
            status = form.refuse(refusal)
    context = complaint_context(user=user, elder=elder, now=now, form=None if filed else form)
    return render(request, "console/_complain.html", context | {"filed": filed}, status=status)
