"""The auditor's trail of one visit: every change of its state, its carers' and its money's, in the order of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dispatch.offers.models import LateAlarm, LateAlarmEvent, Offer, OfferEvent
from dispatch.offers.services.answer import BY_CONTRACT, BY_MENU
from dispatch.offers.services.late import NO_CHECK_IN
from dispatch.offers.services.late_evidence import LATE_EVIDENCE
from dispatch.visits.evidence import credit_key
from dispatch.visits.models import Assignment, AssignmentEvent, CheckEvent, Flag, FlagEvent
from orders.models import EntitlementUse, EntitlementUseEvent, Visit, VisitEvent
from orders.selectors import visits_visible_to
from people.errors import NotAllowed, Text
from people.roles import Role, has_role
from people.row_keys import row_key
from people.transitions import TransitionEvent
from volunteers.timebank.models import Transfer, TransferEvent

READERS = (Role.AUDITOR, Role.ADMINISTRATOR, Role.DISPATCHER)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the trail. `old` and `new` are empty for raw evidence, which changes no state by itself."""

    at: datetime
    subject: str
    old: Text
    new: Text
    reason: str
    actor: User | None


@require_safe
@login_required
def trail(request: HttpRequest) -> HttpResponse:
    """The trail of the visit with the number `visit`; without one, or one not visible, a page that says so."""
    assert isinstance(request.user, User)
    if not has_role(request.user, *READERS):
        raise NotAllowed(_("Only auditors, administrators and dispatchers read the trail."))
    number = request.GET.get("visit", "").strip()
    rows = visits_visible_to(request.user).select_related("item", "elder__person", "town", "order_item__order")
    visit = rows.filter(pk=row_key(number)).first()
    steps = steps_of(visit) if visit else []
    context = {"number": number, "visit": visit, "steps": steps}
    return render(request, "home/trail.html", context, status=404 if number and visit is None else 200)


def steps_of(visit: Visit) -> list[Step]:
    """Everything that happened to a visit, oldest first; nine queries, however long the story."""
    carer = "subject__carer__person"
    uses = EntitlementUseEvent.objects.filter(subject__visit=visit)
    carers = Assignment.objects.filter(visit=visit).values_list("carer", flat=True).order_by()
    credits = TransferEvent.objects.filter(subject__key__in=[credit_key(visit.pk, each) for each in carers])
    steps = [
        *_changes(VisitEvent.objects.filter(subject=visit).select_related("subject"), Visit, _("visit")),
        *_changes(AssignmentEvent.objects.filter(subject__visit=visit).select_related(carer), Assignment, _("work")),
        *_changes(OfferEvent.objects.filter(subject__visit=visit).select_related(carer), Offer, _("offer")),
        *_changes(
            FlagEvent.objects.filter(subject__assignment__visit=visit).select_related("subject"), Flag, _("doubt")
        ),
        *_changes(
            LateAlarmEvent.objects.filter(subject__assignment__visit=visit).select_related("subject"),
            LateAlarm,
            _("late alarm"),
        ),
        *_changes(uses.select_related("subject"), EntitlementUse, _("government minutes")),
        *_changes(credits.select_related("subject"), Transfer, _("time credit")),
    ]
    checks = CheckEvent.objects.filter(assignment__visit=visit).select_related("actor", "assignment__carer__person")
    steps += [
        Step(event.server_time, _("evidence"), "", event.get_kind_display(), event.get_source_display(), event.actor)
        for event in checks
    ]
    return sorted(steps, key=lambda step: step.at)


def reason_words(reason: str) -> str:
    """A reason as a person reads it: the codes that services write become their labels, other text stays."""
    labels = {code: str(label) for code, label in [*Offer.DeclineReason.choices, *Flag.Code.choices]}
    labels |= {
        BY_CONTRACT: _("accepted by contract"),
        BY_MENU: _("by the telephone menu"),
        NO_CHECK_IN: _("nobody checked in"),
        LATE_EVIDENCE: _("evidence came later"),
    }
    return "、".join(labels.get(part, part) for part in reason.split(", "))


def _changes(events: Iterable[TransitionEvent], model: type, noun: str) -> list[Step]:
    words = dict(model.Status.choices)  # type: ignore[attr-defined]
    return [
        Step(
            event.at,
            _named(noun, event),
            words.get(event.old, event.old),
            words.get(event.new, event.new),
            reason_words(event.reason),
            event.actor,
        )
        for event in events.select_related("actor")  # type: ignore[attr-defined]
    ]


def _named(noun: str, event: TransitionEvent) -> str:
    """Whose state changed: the noun, with the carer, the doubt or the minutes it is about."""
    subject = event.subject  # type: ignore[attr-defined]
    about = subject if isinstance(subject, Flag) else getattr(subject, "carer", getattr(subject, "minutes", None))
    return f"{noun} · {about}" if about else noun
