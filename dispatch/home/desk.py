"""The operator's desk: an elder's card, a new order from it, and cancelling a visit with its reason."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dispatch.home.forms import CancelForm, OrderForm
from dispatch.offers.services.end import cancel_visit
from orders.models import Elder, Order, Visit
from orders.selectors import elders_visible_to, entitlement_left, visits_visible_to
from orders.services.orders import place_order
from people import clock
from people.errors import Invalid, NotAllowed
from people.roles import Role, has_role
from volunteers.timebank.models import Account


def _elder(user: User, pk: int) -> Elder:
    """The elder, for those who may take orders; 404 when not visible."""
    if not has_role(user, Role.OPERATOR, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only operators take orders."))
    rows = elders_visible_to(user).select_related("person__home__town", "town")
    return get_object_or_404(rows.prefetch_related("alerts", "categories", "contacts__person", "person__phones"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def elder(request: HttpRequest, pk: int) -> HttpResponse:
    """The elder's card with an order form; a POST places the order and shows how its price splits."""
    assert isinstance(request.user, User)
    person = _elder(request.user, pk)
    now = clock.now()
    today = clock.local_date(now)
    form = OrderForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            order = place_order(
                elder=person,
                items=[form.item_request()],
                requested_at=now,
                channel=Order.Channel.PHONE,
                ordered_by=person.person,
                note=form.cleaned_data["note"],
                actor=request.user,
                now=now,
            )
        except Invalid as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("Order %(number)s is entered.") % {"number": order.number})
            return redirect("desk-elder", pk=pk)
    visits = visits_visible_to(request.user).filter(elder=person).select_related("item")
    context = {
        "elder": person,
        "form": form,
        "coming": visits.filter(service_date__gte=today).order_by("window_start")[:20],
        "past": visits.filter(service_date__lt=today).order_by("-window_start")[:10],
        "hours_left": entitlement_left(elder=person, month=today.replace(day=1), on=today),
        "account": Account.objects.filter(person=person.person).first(),
    }
    return render(request, "home/elder.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a visit, before or after planning; its carers are told by the same service."""
    assert isinstance(request.user, User)
    visit: Visit = get_object_or_404(visits_visible_to(request.user), pk=pk)
    _elder(request.user, visit.elder_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("A cancellation needs a reason."))
    cancel_visit(visit=visit, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now())
    messages.success(request, _("The visit is cancelled."))
    return redirect("desk-elder", pk=visit.elder_id)
