"""The pages of urgent help: the key, the running calls, and what people do about them.

The buttons work with htmx, which gets the panel back, and without, which leads back to where they were pressed.
"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dispatch.offers.selectors import offers_visible_to
from dispatch.offers.services.answer import accept_offer
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.panel import ended_today, panel_of
from dispatch.urgent.selectors import urgent_visible_to
from dispatch.urgent.services.escalate import escalate_due
from dispatch.urgent.services.raise_call import call_for_help
from dispatch.urgent.services.settle import acknowledge, close
from dispatch.visits.permissions import require_office
from orders.call_selectors import is_open_to
from orders.selectors import calls_visible_to, elders_visible_to
from people import clock
from people.errors import Conflict, Invalid, NotAllowed
from people.roles import DESK_ROLES, has_role
from people.row_keys import row_key


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The running calls and those that ended today; to htmx only the panel. Looking moves the clock on, as beat does."""
    user = _desk(request)
    escalate_due(now=clock.now())
    if request.headers.get("HX-Request"):
        return _panel(request, user)
    return _page(request, user)


@require_POST
@login_required
def call(request: HttpRequest) -> HttpResponse:
    """Call for help for an elder (`elder`: its key; `note`; `call`: the one on the line); twice is once."""
    user = _office(request)
    elder = get_object_or_404(elders_visible_to(user), pk=row_key(request.POST.get("elder", "")))
    on_line = calls_visible_to(user).filter(pk=row_key(request.POST.get("call", ""))).first()
    if on_line is not None and not is_open_to(on_line, user):
        on_line = None  # another's conversation says nothing about this one
    return _settled(
        request,
        user,
        lambda: call_for_help(
            elder=elder,
            note=request.POST.get("note", ""),
            ordered_by=on_line.person if on_line else None,
            call=on_line,
            actor=user,
            now=clock.now(),
        ),
    )


@require_POST
@login_required
def take_in_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """The supervisor looks after an alarm."""
    user = _office(request)
    urgent = get_object_or_404(urgent_visible_to(user), pk=pk)
    return _settled(request, user, lambda: acknowledge(urgent=urgent, actor=user, now=clock.now()))


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a call with a `reason` and a `note`; `send_back` when a carer is on the way. A refusal keeps what was typed."""
    user = _office(request)
    urgent = get_object_or_404(urgent_visible_to(user), pk=pk)
    return _settled(
        request,
        user,
        lambda: close(
            urgent=urgent,
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", ""),
            send_back="send_back" in request.POST,
            actor=user,
            now=clock.now(),
        ),
        typed_for=urgent,
    )


@require_POST
@login_required
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The carer said yes on the telephone: accept the offer of an urgent call for the carer."""
    user = _office(request)
    offer = get_object_or_404(offers_visible_to(user).filter(visit__urgent_call__isnull=False), pk=pk)
    return _settled(
        request,
        user,
        lambda: accept_offer(offer=offer, actor=user, now=clock.now(), on_behalf_reason=_("said yes on the telephone")),
    )


def _settled(
    request: HttpRequest, user: User, deed: Callable[[], object], typed_for: UrgentCall | None = None
) -> HttpResponse:
    """Do it, then show how it stands; a refusal is shown beside it and changes nothing."""
    try:
        deed()
    except (Invalid, NotAllowed, Conflict) as refusal:
        words = {"refusal": refusal, "typed_for": typed_for, "typed": request.POST}
        if request.headers.get("HX-Request"):
            return _panel(request, user, **words)
        if isinstance(refusal, NotAllowed):
            raise
        return _page(request, user, status=400 if isinstance(refusal, Invalid) else 409, **words)
    if request.headers.get("HX-Request"):
        return _panel(request, user)
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return redirect(target)
    return redirect("urgent-page")


def _panel(request: HttpRequest, user: User, **words: object) -> HttpResponse:
    return render(request, "urgent/_panel.html", {"panel": panel_of(user, clock.now()), **words})


def _page(request: HttpRequest, user: User, status: int = 200, **words: object) -> HttpResponse:
    now = clock.now()
    context = {"panel": panel_of(user, now), "ended": ended_today(user, now), **words}
    return render(request, "urgent/page.html", context, status=status)


def _desk(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    if not has_role(request.user, *DESK_ROLES):
        raise NotAllowed(_("Your role has no page of urgent help."))
    return request.user


def _office(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    require_office(request.user)
    return request.user
