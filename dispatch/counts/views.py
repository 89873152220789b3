"""The monthly pages: the month at a glance, the visits behind a figure, the file, and the closing of a month."""

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dispatch.counts import selectors, services
from dispatch.counts.columns import COLUMNS, as_csv
from dispatch.counts.forms import CutForm
from dispatch.counts.glance import six_figures, trend
from dispatch.counts.models import MonthClose
from dispatch.counts.months import current_month, label, next_month, parse_month, previous_month
from dispatch.counts.proof import all_together, proofs
from dispatch.counts.rows import Cut
from people import clock
from people.errors import Invalid, NotAllowed, Text
from people.roles import Role, has_role

VISITS_A_PAGE = 100


@login_required
@require_GET
def month_page(request: HttpRequest) -> HttpResponse:
    """A month: six numbers, the table, the trend; every number leads to its visits."""
    user, now = _reader(request), clock.now()
    form = _cut_form(request, user)
    month, cut = form.cleaned_data["month"], form.cut()
    sums = selectors.totals(month, user, cut)
    before = selectors.totals(previous_month(month), user, cut)
    rows = selectors.monthly_counts(month, user, cut)
    figures = six_figures(month, user, cut, form.base_chosen(), sums, before)
    context = {
        "form": form,
        "month": month,
        "previous": _address("counts", previous_month(month), cut),
        "next": _address("counts", next_month(month), cut) if month < current_month(now) else "",
        "csv": _address("counts-csv", month, cut),
        "proof": _address("counts-proof", month, Cut()),
        "figures": [(figure, _address("counts-visits", month, figure.cut)) for figure in figures],
        "columns": COLUMNS,
        "lines": [
            (
                [column.text(row) for column in COLUMNS if not column.is_number],
                [column.text(row) for column in COLUMNS if column.is_number],
                _address("counts-visits", month, row.cut()),
            )
            for row in rows
        ],
        "totals": sums,
        "all_visits": _address("counts-visits", month, cut),
        "trend": trend(month, user, cut),
        "open_label": MonthClose.Status.OPEN.label,
        "close": MonthClose.objects.filter(month=month).first(),
        "adjustments": selectors.adjustments_visible_to(user, month),
        "may_close": has_role(user, Role.ADMINISTRATOR) and month < current_month(now),
        "printed_at": now,
    }
    return render(request, "counts/month.html", context)


@login_required
@require_GET
def visits_page(request: HttpRequest) -> HttpResponse:
    """The visits behind one number of a month."""
    user = _reader(request)
    form = _cut_form(request, user)
    month, cut = form.cleaned_data["month"], form.cut()
    rows = selectors.visits_behind(month, cut, user)
    context = {
        "month": month,
        "back": _address("counts", month, Cut()),
        "here": _address("counts-visits", month, cut),
        "page": Paginator(rows, VISITS_A_PAGE).get_page(request.GET.get("page")),
        "totals": selectors.totals(month, user, cut),
    }
    return render(request, "counts/visits.html", context)


@login_required
@require_GET
def proof_page(request: HttpRequest) -> HttpResponse:
    """How the visits of a month were proved, by organisation, beside the target."""
    user, now = _reader(request), clock.now()
    month = _cut_form(request, user).cleaned_data["month"]
    rows = proofs(month, user)
    context = {
        "month": month,
        "previous": _address("counts-proof", previous_month(month), Cut()),
        "next": _address("counts-proof", next_month(month), Cut()) if month < current_month(now) else "",
        "back": _address("counts", month, Cut()),
        "proofs": rows,
        "total": all_together(rows, month),
        "printed_at": now,
    }
    return render(request, "counts/proof.html", context)


@login_required
@require_GET
def month_csv(request: HttpRequest) -> HttpResponse:
    """The table of a month as a file; the export is logged and its number stands in the file."""
    user = _reader(request)
    form = _cut_form(request, user)
    month, cut = form.cleaned_data["month"], form.cut()
    rows = selectors.monthly_counts(month, user, cut)
    export = services.log_export(month=month, cut=cut, rows=len(rows), actor=user, now=clock.now())
    response = HttpResponse(as_csv(rows, export), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="counts-{label(month)}-{export.pk}.csv"'
    return response


@login_required
@require_POST
def close_month(request: HttpRequest) -> HttpResponse:
    """Close a month for good."""
    user = _reader(request)
    month = parse_month(request.POST.get("month", ""))
    services.close_month(month=month, actor=user, now=clock.now())
    messages.success(request, _("%(month)s is closed.") % {"month": label(month)})
    return redirect(_address("counts", month, Cut()))


def _reader(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not selectors.may_see_counts(request.user):
        raise NotAllowed(_("Your role has no monthly counts."))
    return request.user


def _cut_form(request: HttpRequest, user: User) -> CutForm:
    form = CutForm(request.GET, user=user, now=clock.now())
    if not form.is_valid():
        fields: dict[str, list[Text]] = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        raise Invalid(_("These filters name nothing that is counted."), fields=fields)
    return form


def _address(name: str, month: date, cut: Cut) -> str:
    return f"{reverse(name)}?{urlencode({'month': label(month), **cut.as_dict()})}"
