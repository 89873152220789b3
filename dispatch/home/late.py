"""Who has not checked in though their time has come, and what somebody has done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dispatch.home.forms import InHandForm
from dispatch.offers.models import LateAlarm, LateAlarmEvent
from dispatch.offers.selectors import late_alarms_visible_to
from dispatch.offers.services.late import acknowledge
from dispatch.visits.permissions import OFFICE
from dispatch.visits.selectors import day_bounds
from people import clock
from people.errors import Invalid, NotAllowed
from people.roles import has_role

Status = LateAlarm.Status


@dataclass(frozen=True, slots=True)
class Late:
    """An alarm, for how many minutes its carer has been overdue, and the word of whoever has it in hand."""

    alarm: LateAlarm
    minutes: int
    word: LateAlarmEvent | None
    form: InHandForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def late(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The running alarms, and today's missed visits; a POST takes one in hand with a word, without which it comes
    back (400)."""
    assert isinstance(request.user, User)
    if not has_role(request.user, *OFFICE):
        raise NotAllowed(_("Only the office sees who is late."))
    now = clock.now()
    alarms = late_alarms_visible_to(request.user).select_related(
        "assignment__visit__elder__person",
        "assignment__visit__item",
        "assignment__visit__town",
        "assignment__carer__person",
    )
    refused: dict[int, InHandForm] = {}
    if request.method == "POST":
        alarm = get_object_or_404(alarms, pk=pk)
        refused[alarm.pk] = _form(alarm, request.POST)
        if _taken_in_hand(alarm, refused[alarm.pk], request.user, now):
            messages.success(request, _("It is in your hands."))
            return redirect("late")
    running = alarms.filter(status__in=LateAlarm.RUNNING).order_by("assignment__planned_start", "pk")
    missed = alarms.filter(status=Status.MISSED, told_at__gte=day_bounds(clock.local_date(now))[0])
    context = {"rows": _rows(running, refused, now), "missed": missed.order_by("assignment__planned_start", "pk")}
    return render(request, "home/late.html", context, status=400 if refused else 200)


def _taken_in_hand(alarm: LateAlarm, form: InHandForm, actor: User, now: datetime) -> bool:
    if not form.is_valid():
        return False
    try:
        acknowledge(alarm=alarm, word=form.cleaned_data["word"], actor=actor, now=now)
    except Invalid as refusal:
        form.refuse(refusal)
        return False
    return True


def _form(alarm: LateAlarm, typed: QueryDict | None = None) -> InHandForm:
    return InHandForm(typed, auto_id=f"late-{alarm.pk}-%s", label_suffix="")


def _rows(running: QuerySet[LateAlarm], refused: Mapping[int, InHandForm], now: datetime) -> list[Late]:
    """Each alarm with its word and its form; what was refused keeps what was typed."""
    words = LateAlarmEvent.objects.filter(subject__in=running, new=Status.ACKNOWLEDGED).select_related("actor")
    word_of = {event.subject_id: event for event in words.order_by("pk")}
    return [
        Late(
            alarm,
            int((now - alarm.assignment.planned_start).total_seconds()) // 60,
            word_of.get(alarm.pk),
            refused.get(alarm.pk) or _form(alarm),
        )
        for alarm in running
    ]
