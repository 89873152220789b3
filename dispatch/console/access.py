"""Who works at the console, and which elder or call they have before them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from orders.models import CallRecord, Elder
from orders.selectors import calls_visible_to, elders_visible_to
from people.errors import NotAllowed
from people.models import Town
from people.roles import Role, has_role
from people.row_keys import row_key
from people.selectors import towns_visible_to

P = ParamSpec("P")


def for_operators(view: Callable[Concatenate[HttpRequest, User, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view for those who take orders, called with the user.

    Without a session a page goes to the login; a fragment gets 401, so that the page keeps what was typed.

    Raises:
        NotAllowed: the user takes no orders.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401)
            return redirect_to_login(request.get_full_path())
        if not has_role(user, Role.OPERATOR, Role.ADMINISTRATOR):
            raise NotAllowed(_("Only operators take orders."))
        return view(request, user, *args, **kwargs)

    return guarded


def elder_before(user: User, pk: int) -> Elder:
    """The elder, if the user may see them; otherwise the page is not found (404)."""
    rows = elders_visible_to(user).select_related("person__home", "town")
    return get_object_or_404(rows, pk=pk)


def call_before(user: User, key: str) -> CallRecord | None:
    """The call whose key an address or form names; None without one, or when it is not the user's to see."""
    pk = row_key(key)
    return calls_visible_to(user).filter(pk=pk).first() if pk else None


def town_before(user: User, key: str) -> Town | None:
    """The town whose key a form names; None without one, or when it is not the user's to see."""
    pk = row_key(key)
    return towns_visible_to(user).filter(pk=pk).first() if pk else None


def elder_page(elder_pk: int, call: CallRecord | None = None, *, order: int | None = None) -> str:
    """The address of the console with an elder's card open, in the same call; `order` was just placed."""
    facts = {"elder": elder_pk} | ({"order": order} if order else {}) | ({"call": call.pk} if call else {})
    return f"{reverse('console')}?{urlencode(facts)}"
