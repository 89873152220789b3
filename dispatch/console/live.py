"""What changes by itself: calls, urgent help, who else is here, the county's day. Asked for every 0.7 seconds.

Each pane carries a mark of what it shows; the answer holds only the panes that look different by now (204: none), so
that nothing under the operator's fingers is drawn again without need.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2s

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dispatch.console.access import for_operators
from dispatch.console.calls_pane import calls_of
from dispatch.console.presence import at_card
from dispatch.console.shared import is_time_for, once_a_second
from dispatch.console.today import today_of
from dispatch.urgent.panel import panel_of
from dispatch.urgent.services.escalate import escalate_due
from orders.models import Elder
from orders.selectors import elders_visible_to
from people import clock
from people.row_keys import row_key

# Seconds that the page counts by itself, and the token of its forms: they alone are no reason to draw a pane again.
_CHANGES_ANYWAY = re.compile(r'data-countdown="\d+">[^<]*|name="csrfmiddlewaretoken" value="[^"]*"')


@dataclass(frozen=True)
class Pane:
    """One part of the page: its name, what it stands for, and how it is drawn, should the page show something else."""

    name: str
    stands: object
    draw: Callable[[], str]

    @cached_property
    def mark(self) -> str:
        """Differs when the pane would look different."""
        return f"{self.name}:{blake2s(repr((get_language(), self.stands)).encode(), digest_size=6).hexdigest()}"

    @cached_property
    def html(self) -> str:
        """The pane as it is drawn now."""
        return self.draw()


@never_cache
@require_safe
@for_operators
def live(request: HttpRequest, user: User) -> HttpResponse:
    """The panes that changed since the page drew those it names as `seen`. Keeps urgent help going without a broker."""
    now = clock.now()
    if is_time_for("urgent-clock"):
        escalate_due(now=now)
    key = row_key(request.GET.get("elder", ""))
    elder = elders_visible_to(user).only("pk").filter(pk=key).first() if key else None
    seen = set(request.GET.getlist("seen"))
    changed = [pane for pane in panes_of(request, user, elder, now).values() if pane.mark not in seen]
    if not changed:
        return HttpResponse(status=204)
    return render(request, "console/_panes.html", {"changed": changed})


def panes_of(request: HttpRequest, user: User, elder: Elder | None, now: datetime) -> dict[str, Pane]:
    """Every pane by name, as this operator is to see it now. Who looks at an elder's card is noted."""
    panes = [_calls(request, user, now), _urgent(request, user, now), _today(now)]
    if elder is not None:
        panes.append(_others(at_card(user, elder, now)))
    return {pane.name: pane for pane in panes}


def _calls(request: HttpRequest, user: User, now: datetime) -> Pane:
    pane = calls_of(user, now)
    return Pane("calls", pane.stands, lambda: _drawn("console/_calls.html", request, pane=pane))


def _urgent(request: HttpRequest, user: User, now: datetime) -> Pane:
    panel = panel_of(user, now)
    drawn = _drawn("urgent/_panel.html", request, panel=panel) if panel.rows else ""
    return Pane("urgent", _CHANGES_ANYWAY.sub("", drawn), lambda: drawn)


def _today(now: datetime) -> Pane:
    drawn = once_a_second(f"today-{get_language()}", lambda: _drawn("console/_today.html", today=today_of(now)))
    return Pane("today", drawn, lambda: drawn)


def _others(others: Sequence[User]) -> Pane:
    drawn = _drawn("console/_others_editing.html", others=others)
    return Pane("others", drawn, lambda: drawn)


def _drawn(template: str, request: HttpRequest | None = None, **facts: object) -> str:
    """The template with these facts alone, and the token for its forms if it has any."""
    return render_to_string(template, facts | ({"csrf_token": get_token(request)} if request else {}))
