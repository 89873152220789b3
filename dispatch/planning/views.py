"""The dispatch board: the towns of a day, one town's day, and its buttons."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dispatch.offers.models import Offer
from dispatch.offers.selectors import offers_visible_to
from dispatch.offers.services.answer import accept_offer
from dispatch.planning import selectors
from dispatch.planning.board import board
from dispatch.planning.choices import choices
from dispatch.planning.day_clock import moment_of
from dispatch.planning.map import geojson
from dispatch.planning.models import PlanRun
from dispatch.planning.services import publish, reassign, runs
from dispatch.planning.timeline import timeline
from dispatch.visits.permissions import require_may_act_for
from orders.models import Visit
from people import clock
from people.errors import Conflict, DomainError, Invalid, NotAllowed, NotVisible
from people.models import Town
from people.row_keys import row_key
from people.selectors import towns_visible_to
from volunteers.models import Carer
from volunteers.selectors import carers_visible_to


@login_required
@require_GET
def towns_page(request: HttpRequest) -> HttpResponse:
    """The towns of a day with their figures."""
    user, today = _reader(request), clock.local_date(clock.now())
    day = _day(request.GET.get("day"), today)
    context = {
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "towns": selectors.town_days(user, day),
        "may_plan": selectors.may_plan_any(user) and day >= today,
    }
    return render(request, "planning/towns.html", context)


@login_required
@require_GET
def day_page(request: HttpRequest, code: str, day: date) -> HttpResponse:
    """One town's day: figures, unserved visits, timeline, map. `?view=standing` shows the work as it stands."""
    user, now = _reader(request), clock.now()
    town = _town(user, code)
    shown = board(town, day, now, standing=request.GET.get("view") == "standing")
    context = {
        "board": shown,
        "timeline": timeline(shown),
        "geojson": geojson(shown),
        "may_plan": selectors.may_plan(user, town) and day >= clock.local_date(now),
        "map_tiles": settings.MAP_TILES_URL,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
    }
    return render(request, "planning/day.html", context)


@login_required
@require_POST
def plan_towns(request: HttpRequest) -> HttpResponse:
    """Ask for a plan of one town's day (`town`), or of every town the user plans for; those under way are skipped."""
    user, now = _reader(request), clock.now()
    day = _day(request.POST.get("day"), clock.local_date(now))
    code = request.POST.get("town")
    if code:
        town = _town(user, code)
        runs.request_plan(town=town, day=day, actor=user, now=now)
        return redirect("board-day", code=town.code, day=day)
    if not selectors.may_plan_any(user):
        raise NotAllowed(_("Only dispatchers and administrators plan."), code="not_planner")
    asked = 0
    for town in towns_visible_to(user):
        try:
            runs.request_plan(town=town, day=day, actor=user, now=now)
            asked += 1
        except Conflict:
            continue
    text = ngettext("%(number)d town is being planned.", "%(number)d towns are being planned.", asked)
    messages.success(request, text % {"number": asked})
    return redirect(f"{reverse('board')}?day={day.isoformat()}")


@login_required
@require_POST
def publish_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a plan and say what was left out."""
    user = _reader(request)
    run = _run(user, pk)
    plan = publish.publish(run=run, actor=user, now=clock.now())
    if plan.left_out:
        messages.warning(
            request,
            ngettext(
                "Published. %(number)d visit changed meanwhile and was left out.",
                "Published. %(number)d visits changed meanwhile and were left out.",
                len(plan.left_out),
            )
            % {"number": len(plan.left_out)},
        )
    else:
        messages.success(request, _("Published: the carers have been asked."))
    return redirect("board-day", code=run.town.code, day=run.day)


@login_required
@require_POST
def discard_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a plan aside."""
    user = _reader(request)
    run = _run(user, pk)
    runs.discard(run=run, actor=user, now=clock.now())
    messages.success(request, _("The plan was put aside; nothing was changed."))
    return redirect("board-day", code=run.town.code, day=run.day)


@login_required
@require_http_methods(["GET", "POST"])
def visit_panel(request: HttpRequest, pk: int, leg: int) -> HttpResponse:
    """One visit: who is asked, who else could take it, at what cost, and why not the others. POST gives it to one of them.

    A refusal is shown in the panel with the rule that made it, and changes nothing.
    """
    user, now = _reader(request), clock.now()
    visit = _visit(user, pk)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            reassign.reassign(
                visit=visit, leg=leg, carer=_carer(request, user), start=_start(request, visit), actor=user, now=now
            )
        except Conflict as error:
            refusal = error
            visit.refresh_from_db(fields=["status"])
        else:
            messages.success(request, _("The carer has been asked."))
            return _to_board(request, visit)
    return _panel(request, visit, leg, refusal, now)


@login_required
@require_POST
def accept_for_carer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept an offer for a carer who said so by telephone, with the reason; a refusal is shown in the visit's panel."""
    user, now = _reader(request), clock.now()
    offer = offers_visible_to(user).select_related("carer__person").filter(pk=pk).first()
    if offer is None:
        raise NotVisible(_("There is no such offer."))
    visit = _visit(user, offer.visit_id)
    require_may_act_for(user, offer.carer)  # what is refused after that is about the work
    try:
        accept_offer(offer=offer, actor=user, now=now, on_behalf_reason=request.POST.get("on_behalf_reason", "")[:200])
    except (Conflict, NotAllowed) as refusal:
        visit.refresh_from_db(fields=["status"])
        return _panel(request, visit, offer.leg, refusal, now)
    messages.success(request, _("%(name)s has it now.") % {"name": offer.carer.person.name})
    return _to_board(request, visit)


def _visit(user: User, pk: int) -> Visit:
    visit = Visit.objects.select_related("town", "item", "elder__person", "place").filter(pk=pk).first()
    if visit is None or not towns_visible_to(user).filter(pk=visit.town_id).exists():
        raise NotVisible(_("There is no such visit."))
    return visit


def _panel(request: HttpRequest, visit: Visit, leg: int, refusal: DomainError | None, now: datetime) -> HttpResponse:
    user = _reader(request)
    asked = offers_visible_to(user).filter(visit=visit, leg=leg, status=Offer.Status.SENT, expires_at__gt=now)
    context = {
        "visit": visit,
        "leg": leg,
        "refusal": refusal,
        "asked": asked.select_related("carer__person").order_by("sent_at", "pk"),
        "choices": choices(visit, leg, now),
        "may_plan": selectors.may_plan(user, visit.town),
        "page": "planning/_bare.html" if request.headers.get("HX-Request") else "base.html",
    }
    return render(request, "planning/visit.html", context, status=409 if refusal else 200)


def _reader(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not selectors.may_see_plans(request.user):
        raise NotAllowed(_("Your role has no dispatch board."))
    return request.user


def _town(user: User, code: str) -> Town:
    town = towns_visible_to(user).filter(code=code).first()
    if town is None:
        raise NotVisible(_("There is no such town."))
    return town


def _run(user: User, pk: int) -> PlanRun:
    run = selectors.runs_visible_to(user).filter(pk=pk).first()
    if run is None:
        raise NotVisible(_("There is no such plan."))
    return run


def _carer(request: HttpRequest, user: User) -> Carer:
    carer = carers_visible_to(user).filter(pk=row_key(request.POST.get("carer", ""))).first()
    if carer is None:
        raise Invalid(_("Choose a carer."), fields={"carer": [gettext_lazy("Choose a carer.")]})
    return carer


def _start(request: HttpRequest, visit: Visit) -> datetime | None:
    text = request.POST.get("start", "")
    if not text:
        return None
    try:
        moment = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise Invalid(_("Write the time as 14:30."), fields={"start": [_("Write the time as 14:30.")]}) from None
    return moment_of(moment.hour * 60 + moment.minute, visit.service_date)


def _day(text: str | None, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text) if text else otherwise
        if day.year not in clock.YEARS:
            raise ValueError(text)
        return day
    except ValueError:
        raise Invalid(_("Write the day as 2026-11-24."), code="not_a_day") from None


def _to_board(request: HttpRequest, visit: Visit) -> HttpResponse:
    address = f"{reverse('board-day', args=[visit.town.code, visit.service_date])}?view=standing"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
