"""A carer's taps on the home page, and a manager's on their behalf: answer an offer, check in, check out."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dispatch.offers.selectors import offers_visible_to
from dispatch.offers.services.answer import accept_offer, decline_offer
from dispatch.visits.models import CheckEvent
from dispatch.visits.selectors import assignments_visible_to
from dispatch.visits.services.check import record_check
from people import clock
from people.errors import Invalid

FARTHEST_METRES = 100_000


@require_POST
@login_required
def answer(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Accept or decline an offer; a lost race is a plain page that says who was first."""
    assert isinstance(request.user, User)
    offer = get_object_or_404(offers_visible_to(request.user), pk=pk)
    if answer == "accept":
        on_behalf = request.POST.get("on_behalf_reason", "")[:200]
        accept_offer(offer=offer, actor=request.user, now=clock.now(), on_behalf_reason=on_behalf)
        messages.success(request, _("Accepted. The visit is on the list."))
    elif answer == "decline":
        reason = request.POST.get("reason", "")
        decline_offer(offer=offer, reason=reason, note="", actor=request.user, now=clock.now())
        messages.success(request, _("Declined. Somebody else will be asked."))
    else:
        raise Http404
    return redirect("home")


@require_POST
@login_required
def check(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Check in or out with the browser's position, or with the elder's 4-digit code; doubts are flagged, not refused."""
    assert isinstance(request.user, User)
    if kind not in CheckEvent.Kind.values:
        raise Http404
    assignment = get_object_or_404(assignments_visible_to(request.user), pk=pk)
    code = request.POST.get("code", "").strip()[:4]
    latitude, longitude = _position(request)
    now = clock.now()
    record_check(
        assignment=assignment,
        client_id=_event_id(request.POST.get("client_id", "")),
        kind=kind,
        source=CheckEvent.Source.CODE if code else CheckEvent.Source.APP,
        device_time=now,
        latitude=latitude,
        longitude=longitude,
        accuracy_metres=_accuracy(request),
        code=code,
        device="browser",
        actor=request.user,
        now=now,
    )
    messages.success(request, _("Checked in.") if kind == CheckEvent.Kind.IN else _("Checked out. Thank you."))
    return redirect("home")


def _event_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise Invalid(_("The page is too old. Reload it and try again.")) from wrong


def _position(request: HttpRequest) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude in degrees; nothing at all if either is missing or cannot be on the globe."""
    latitude, longitude = _number(request, "latitude", 90), _number(request, "longitude", 180)
    return (None, None) if latitude is None or longitude is None else (latitude, longitude)


def _accuracy(request: HttpRequest) -> int | None:
    metres = _number(request, "accuracy", FARTHEST_METRES)
    return None if metres is None or metres < 0 else round(metres)


def _number(request: HttpRequest, name: str, largest: float) -> float | None:
    try:
        number = float(request.POST.get(name, ""))
    except ValueError:
        return None
    # Not a number compares as false.
    return number if abs(number) <= largest else None
