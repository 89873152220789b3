"""The answer to a login that has failed too often: the API's envelope, or a page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from people.errors import DomainError


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: object) -> HttpResponse:
    """429 with code "locked_out"; named by settings.AXES_LOCKOUT_CALLABLE."""
    error = DomainError(
        _("Too many failed logins. Try again in half an hour, or ask an administrator to unlock you."),
        code="locked_out",
    )
    if request.path.startswith("/api/"):
        envelope = {"code": error.code, "detail": str(error.message), "attr": None}
        return JsonResponse({"type": "client_error", "errors": [envelope]}, status=429)
    return render(request, "refused.html", {"error": error}, status=429)
