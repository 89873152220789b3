"""The shell, its worker and its manifest. None of them reads a session or holds anything personal: data come by the API."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.dates import WEEKDAYS
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dispatch.mobile import files
from dispatch.notices import vapid
from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from people import clock, policy
from volunteers.models import Absence
from volunteers.timebank.models import Transfer

BRAND, PAPER = "#0b6e6e", "#faf8f4"  # as --brand and --paper of tokens.css in the light
SHOWN = ("offered", "accepted", "checked_in", "checked_out")  # what a carer's day may hold


@require_safe
@cache_control(no_cache=True)
def shell(request: HttpRequest) -> HttpResponse:
    """The page in the visitor's language, the same for everybody who reads that language."""
    return HttpResponse(_shell())


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: it keeps the shell and its files, and answers with them when there is no signal."""
    facts = {
        "version": f"{translation.get_language()}-{files.version(_shell())}",
        "shell": reverse("app"),
        "name": _("Home-care for carers"),
        "icon": static("mobile/icon-192.png"),
        "files": [reverse("app-manifest"), *files.addresses()],
    }
    text = render_to_string("mobile/sw.js", {"facts": mark_safe(json.dumps(facts))})
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the page among its apps."""
    icons = [
        {"src": static(f"mobile/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    facts = {
        "id": reverse("app"),
        "name": _("Home-care for carers"),
        "short_name": _("Carer"),
        "lang": translation.get_language(),
        "start_url": reverse("app"),
        "scope": reverse("app"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": PAPER,
        "theme_color": BRAND,
        "icons": icons,
    }
    return JsonResponse(facts, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def _shell() -> str:
    # Without the request: no context processor may look at who is logged in.
    facts = {
        "hotline": policy.value("hotline", on=clock.local_date(clock.now())),
        "zone": settings.TIME_ZONE,
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
        "brand": BRAND,
        "push_key": vapid.public_key(),
        "reasons": Offer.DeclineReason.choices,
        "absences": Absence.Reason.choices,
        "weekdays": list(enumerate(WEEKDAYS.values())),
        "labels": [*Transfer.Kind.choices, *Absence.Reason.choices],
        "states": [(status, Assignment.Status(status).label) for status in SHOWN],
    }
    return render_to_string("mobile/app.html", facts)
