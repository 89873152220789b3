"""The console: calls on the left, the elder in the middle with the order beside, the county's day on the right."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dispatch.console.access import call_before, elder_before, elder_page, for_operators
from dispatch.console.card import AMENDABLE, CANCELLABLE, card_of, placed_order
from dispatch.console.change_forms import AmendForm, CancelForm
from dispatch.console.complaints import complaint_context
from dispatch.console.contacts import contacts_of
from dispatch.console.drafts import open_drafts
from dispatch.console.live import panes_of
from dispatch.console.map import points_around
from dispatch.console.order_form import chips
from dispatch.console.read_back import read_back
from dispatch.console.sheet import OrderSheet, sheet_of
from orders.call_selectors import people_calling
from orders.finding import find_elders
from orders.models import CallRecord, Elder
from people import clock
from people.clock import local_date
from people.row_keys import row_key

LONGEST_QUERY = 64
MOST_FOUND = 12


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def console(request: HttpRequest, user: User) -> HttpResponse:
    """The console with whom it is about: `elder`, or the only one for whom the `call` can be.

    A POST looks for what was typed (`q`), so that no name and no number stands in an address.
    """
    if request.method == "POST":
        return _search(request, user)
    key, call = row_key(request.GET.get("elder", "")), call_before(user, request.GET.get("call", ""))
    if key:
        return console_page(request, user, elder_before(user, key), call=call)
    callers = people_calling(call) if call else []
    elders = {caller.elder.pk for caller in callers if caller.elder}
    if len(elders) == 1:
        return console_page(request, user, elder_before(user, elders.pop()), call=call)
    return console_page(request, user, None, call=call, found={"callers": callers})


def _search(request: HttpRequest, user: User) -> HttpResponse:
    """The only one who was found, else the list."""
    call, query = call_before(user, request.POST.get("call", "")), query_of(request)
    found = find_elders(user, query, limit=MOST_FOUND)
    if len(found) == 1:
        return redirect(elder_page(found[0].elder.pk, call))
    return console_page(request, user, None, call=call, found={"query": query, "found": found})


def query_of(request: HttpRequest) -> str:
    """What was typed into the search."""
    return request.POST.get("q", "").strip()[:LONGEST_QUERY]


def console_page(
    request: HttpRequest,
    user: User,
    elder: Elder | None,
    *,
    call: CallRecord | None = None,
    sheet: OrderSheet | None = None,
    changed: Mapping[str, object] | None = None,
    found: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; `sheet` and `changed` are forms that come back with what was typed and why it was refused."""
    now = clock.now()
    context: dict[str, object] = {
        "call": call,
        "panes": panes_of(request, user, elder, now),
        "drafts": open_drafts(user)[:9],
    }
    if elder is not None:
        context |= _about(request, user, elder, call, sheet, now)
    context |= {**(found or {}), **(changed or {})}
    return render(request, "console/console.html", context, status=status)


def _about(
    request: HttpRequest, user: User, elder: Elder, call: CallRecord | None, sheet: OrderSheet | None, now: datetime
) -> dict[str, object]:
    today = local_date(now)
    card = card_of(user, elder, now, today)
    placed = placed_order(user, elder, request.GET.get("order", ""))
    callers = [each for each in people_calling(call) if each.elder == elder] if call else []
    caller = next((each.person.pk for each in callers if each.may_order), None)
    draft = open_drafts(user).filter(elder=elder).first()
    complaints = complaint_context(user=user, elder=elder, now=now, call=call.pk if call else None)
    return (
        contacts_of(elder, call)
        | complaints
        | {
            "elder": elder,
            "callers": callers,
            "card": card,
            "points": points_around(elder, card.usual),
            "placed": placed,
            "read_back": read_back(placed, elder.person) if placed else [],
            "sheet": sheet or sheet_of(elder, draft, now, caller),
            "amend_form": AmendForm(label_suffix=""),
            "cancel_form": CancelForm(label_suffix=""),
            "amendable": AMENDABLE,
            "cancellable": CANCELLABLE,
            "chips": chips(now),
        }
    )
