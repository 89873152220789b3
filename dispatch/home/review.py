"""A doubt about evidence on one page: what the rule found, what was recorded, and the reviewer's word on it."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dispatch.home.forms import VerdictForm
from dispatch.visits.models import Assignment, CheckEvent, Flag
from dispatch.visits.permissions import REVIEWERS
from dispatch.visits.selectors import flags_visible_to
from dispatch.visits.services.verify import review_flag
from people import clock
from people.errors import Invalid, Text
from people.roles import has_role

# The figures that the rules of dispatch.visits.flags write down.
_WORDS: dict[str, Text] = {
    "kind": gettext_lazy("at the"),
    "source": gettext_lazy("proved by"),
    "metres": gettext_lazy("metres away"),
    "limit": gettext_lazy("metres allowed"),
    "minutes": gettext_lazy("minutes"),
    "delivered": gettext_lazy("minutes there"),
    "planned": gettext_lazy("minutes planned"),
    "came": gettext_lazy("carers who came"),
    "needed": gettext_lazy("carers needed"),
    "assignment": gettext_lazy("other work, number"),
    "because": gettext_lazy("because"),
    "status": gettext_lazy("state"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure behind a doubt, in words."""

    name: Text
    value: object


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The doubt with its evidence; a POST gives the verdict. A verdict without a reason comes back (400)."""
    assert isinstance(request.user, User)
    rows = flags_visible_to(request.user).select_related(
        "assignment__visit__elder__person",
        "assignment__visit__item",
        "assignment__visit__town",
        "assignment__carer__person",
    )
    flag: Flag = get_object_or_404(rows, pk=pk)
    form = VerdictForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            review_flag(flag=flag, actor=request.user, now=clock.now(), **form.cleaned_data)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Your verdict is written down."))
            return redirect("home")
    context = {
        "flag": flag,
        "facts": facts_of(flag),
        "events": flag.assignment.check_events.all(),
        "notes": flag.assignment.visitnotes.count(),
        "photos": flag.assignment.visitphotos.count(),
        "departure": flag.assignment.departures.first(),
        "history": flag.events.select_related("actor"),
        "may_review": flag.status == Flag.Status.OPEN and has_role(request.user, *REVIEWERS),
        "form": form,
    }
    return render(request, "home/review.html", context, status=400 if form.errors else 200)


def facts_of(flag: Flag) -> list[Fact]:
    """The figures of a doubt with their words; codes of checks and states as the labels that screens use."""
    labels = dict([*CheckEvent.Kind.choices, *CheckEvent.Source.choices, *Assignment.Status.choices])
    return [Fact(_WORDS.get(name, name), labels.get(value, value)) for name, value in flag.facts.items()]
