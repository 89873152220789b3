"""The operator's desk: an elder's card, a new order from it, and changing or cancelling a visit with its reason."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Prefetch, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dispatch.home.forms import AmendForm, CancelForm, OrderForm
from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.end import cancel_order, cancel_visit
from dispatch.visits.models import CarerPreference
from orders.models import Elder, Order, OrderItem, Visit
from orders.selectors import (
    elders_visible_to,
    entitlement_left,
    orders_visible_to,
    visits_visible_to,
    warnings_before_placing,
)
from orders.services.orders import place_order
from people import clock
from people.errors import Conflict, Invalid, NotAllowed
from people.models import Phone
from people.roles import Role, has_role
from volunteers.timebank.models import Account

CANCELLABLE = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)
AMENDABLE = (*CANCELLABLE, Visit.Status.UNSERVED)
COMING = (*AMENDABLE, Visit.Status.STARTED)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def elder(request: HttpRequest, pk: int) -> HttpResponse:
    """The elder's card with an order form. A POST places the order, then shows how its price splits.

    A refused order comes back (400) with everything that was typed and the reasons beside the fields.
    """
    assert isinstance(request.user, User)
    person = _elder(request.user, pk)
    now = clock.now()
    form = OrderForm(request.POST or None, elder=person, today=clock.local_date(now))
    if request.method == "POST" and form.is_valid():
        try:
            order = place_order(
                elder=person,
                items=[form.item_request()],
                requested_at=now,
                channel=Order.Channel.PHONE,
                ordered_by=form.cleaned_data["caller"],
                note=form.cleaned_data["note"],
                actor=request.user,
                now=now,
            )
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            return redirect(f"{reverse('desk-elder', args=[pk])}?order={order.pk}#placed")
    return _card(request, request.user, person, form=form)


@require_POST
@login_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a visit or its whole order, before or after planning; the carers are told by the same service."""
    assert isinstance(request.user, User)
    visit, person = _visit(request.user, pk)
    form = CancelForm(request.POST, label_suffix="")
    if form.is_valid():
        reason, now = form.cleaned_data["reason"], clock.now()
        try:
            if form.cleaned_data["scope"] == CancelForm.ORDER:
                cancel_order(order=visit.order_item.order, reason=reason, actor=request.user, now=now)
                messages.success(request, _("The order is cancelled, with every visit that had not begun."))
            else:
                cancel_visit(visit=visit, reason=reason, actor=request.user, now=now)
                messages.success(request, _("The visit is cancelled."))
            return redirect("desk-elder", pk=person.pk)
        except Invalid as refusal:
            form.refuse(refusal)
    return _card(request, request.user, person, cancelling=visit, cancel_form=form)


@require_POST
@login_required
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a visit that has not begun another window, before or after planning; a refusal keeps what was typed."""
    assert isinstance(request.user, User)
    visit, person = _visit(request.user, pk)
    form = AmendForm(request.POST, label_suffix="")
    if form.is_valid():
        start, end = form.window()
        reason, now = form.cleaned_data["reason"], clock.now()
        try:
            amend_visit(visit=visit, window_start=start, window_end=end, reason=reason, actor=request.user, now=now)
            messages.success(request, _("The time of the visit is changed."))
            return redirect("desk-elder", pk=person.pk)
        except Invalid as refusal:
            form.refuse(refusal)
        except Conflict as refusal:
            if refusal.code != "visit_exists":
                raise
            form.add_error(None, str(refusal.message))
    return _card(request, request.user, person, amending=visit, amend_form=form)


def _visit(user: User, pk: int) -> tuple[Visit, Elder]:
    """A visible visit and its elder, for those who may take orders."""
    rows = visits_visible_to(user).select_related("order_item__order")
    visit: Visit = get_object_or_404(rows, pk=pk)
    return visit, _elder(user, visit.elder_id)


def _elder(user: User, pk: int) -> Elder:
    """The elder, for those who may take orders; 404 when not visible."""
    if not has_role(user, Role.OPERATOR, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only operators take orders."))
    rows = elders_visible_to(user).select_related("person__home", "town")
    phones = Prefetch("person__phones", Phone.objects.order_by("-is_primary", "pk"))
    return get_object_or_404(rows.prefetch_related("alerts", "contacts__person", phones), pk=pk)


def _card(
    request: HttpRequest,
    user: User,
    person: Elder,
    *,
    form: OrderForm | None = None,
    cancelling: Visit | None = None,
    cancel_form: CancelForm | None = None,
    amending: Visit | None = None,
    amend_form: AmendForm | None = None,
) -> HttpResponse:
    """The card as it stands; 400 when one of its forms was refused."""
    today = clock.local_date(clock.now())
    visits = visits_visible_to(user).filter(elder=person).select_related("item")
    context = {
        "elder": person,
        "form": form or OrderForm(elder=person, today=today),
        "cancelling": cancelling,
        "cancel_form": cancel_form or CancelForm(label_suffix=""),
        "cancellable": CANCELLABLE,
        "amending": amending,
        "amend_form": amend_form or AmendForm(label_suffix=""),
        "amendable": AMENDABLE,
        "placed": _placed(user, person, request.GET.get("order", "")),
        "coming": visits.filter(service_date__gte=today, status__in=COMING).order_by("window_start", "pk")[:15],
        "ended": visits.exclude(status__in=COMING).order_by("-window_start", "-pk")[:6],
        "account": Account.objects.filter(person=person.person).first(),
    } | _standing(person, today)
    wrong = (form is not None and form.errors) or cancelling is not None or amending is not None
    return render(request, "home/elder.html", context, status=400 if wrong else 200)


def _standing(person: Elder, today: date) -> dict[str, object]:
    """Who the elder is to the county today: categories, government minutes, usual carers."""
    valid = person.entitlements.filter(valid_from__lte=today).exclude(valid_to__lt=today)
    usual = person.carer_preferences.filter(kind=CarerPreference.Kind.PREFERRED)
    return {
        "categories": person.categories.filter(valid_from__lte=today).exclude(valid_to__lt=today),
        "hours_left": entitlement_left(elder=person, month=today.replace(day=1), on=today),
        "hours_granted": valid.aggregate(Sum("minutes_per_month"))["minutes_per_month__sum"],
        "usual": usual.select_related("carer__person")[:5],
    }


def _placed(user: User, person: Elder, key: str) -> dict[str, object] | None:
    """The order just entered, to be read back to the caller: its visits, its price, what to think about."""
    if not key.isdecimal():
        return None
    order = orders_visible_to(user).filter(elder=person, pk=int(key)).first()
    if order is None:
        return None
    line: OrderItem = order.items.select_related("item").get(position=1)
    visits = line.visits.order_by("window_start", "pk")
    return {
        "order": order,
        "line": line,
        "first": visits.first(),
        "visits": visits.count(),
        "warnings": warnings_before_placing(
            elder=person, item=line.item, minutes=line.duration_minutes, carers=line.carers_needed, line=line
        ),
    }
