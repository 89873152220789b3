"""The card for the elder's home on paper: a QR code that opens the carers' page, and the 4 digits for phones without one."""

import segno
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from dispatch.console.access import elder_before, elder_page, for_operators
from orders.services.door_card import print_door_card
from people import clock, policy


@require_http_methods(["GET", "POST"])
@for_operators
def door_card(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The printable card of an elder. A POST writes down who was shown the code; a GET leads back to the elder."""
    elder = elder_before(user, pk)
    if request.method == "GET":
        return redirect(elder_page(elder.pk))
    now = clock.now()
    code = print_door_card(elder=elder, actor=user, now=now)
    # Behind the # it stays on the phone: neither the site's log nor a proxy's ever holds the code.
    address = request.build_absolute_uri(f"{reverse('app')}#card={code}")
    square = segno.make(address, error="m").svg_inline(omitsize=True, border=2)
    context = {
        "elder": elder,
        "code": code,
        "square": mark_safe(square),
        "hotline": policy.value("hotline", on=clock.local_date(now)),
    }
    return render(request, "console/door_card.html", context)
