"""Finding the elder while the caller waits: with every keystroke, by whatever the caller says."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from dispatch.console.access import call_before, for_operators
from dispatch.console.page import MOST_FOUND, query_of
from orders.finding import find_elders


@require_POST
@for_operators
def search(request: HttpRequest, user: User) -> HttpResponse:
    """The list below the search field. A POST, as for the page itself."""
    query = query_of(request)
    found = find_elders(user, query, limit=MOST_FOUND)
    call = call_before(user, request.POST.get("call", ""))
    return render(request, "console/_found.html", {"query": query, "found": found, "call": call})
