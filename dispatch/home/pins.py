"""PINs of the telephone menu for carers without a smartphone: who has one, and a new one, shown once."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dispatch.visits.permissions import OFFICE, require_may_act_for
from people import clock
from people.errors import NotAllowed
from people.roles import Role, has_role
from volunteers.models import Carer
from volunteers.pins import issue_pin
from volunteers.selectors import active_on, carers_visible_to


@require_safe
@login_required
def pins(request: HttpRequest) -> HttpResponse:
    """The carers without a smartphone, and how their PINs stand."""
    return _page(request, _carers(request))


@require_POST
@login_required
@never_cache
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """A new PIN of one of them, on a page that shows it this once."""
    carers = _carers(request)
    carer = get_object_or_404(carers, pk=pk)
    assert isinstance(request.user, User)
    require_may_act_for(request.user, carer)
    pin = issue_pin(carer=carer, actor=request.user, now=clock.now())
    return _page(request, carers, issued_to=carer, pin=" ".join(pin))


def _carers(request: HttpRequest) -> QuerySet[Carer]:
    """Those whom the user may see. Raises NotAllowed for who answers for nobody."""
    if not has_role(request.user, *OFFICE, Role.ORGANISATION_MANAGER):
        raise NotAllowed(_("Only the office and organisation managers give out PINs."))
    working = active_on(clock.local_date(clock.now()))
    rows = carers_visible_to(request.user).filter(working, has_smartphone=False)
    return rows.select_related("person", "organisation", "telephone_pin").prefetch_related("person__phones")


def _page(request: HttpRequest, carers: QuerySet[Carer], **issued: object) -> HttpResponse:
    return render(request, "home/pins.html", {"carers": carers, "now": clock.now(), **issued})
