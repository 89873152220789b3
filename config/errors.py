"""Domain errors become HTTP answers here and nowhere else: one status per family, one envelope for the API."""

from collections.abc import Callable, Iterator

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.handler import exception_handler as standardized
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import exceptions
from rest_framework.response import Response

from people.errors import Conflict, DomainError, Invalid, NotAllowed, NotVisible, Unprocessable

STATUS: dict[type[DomainError], int] = {
    Invalid: 400,
    NotAllowed: 403,
    NotVisible: 404,
    Conflict: 409,
    Unprocessable: 422,
}


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error's family; 400 for a family that is not listed."""
    return next((status for family, status in STATUS.items() if isinstance(error, family)), 400)


class _Refusal(exceptions.APIException):
    """A domain error in the clothes of the API framework, so that one formatter writes every envelope."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(str(error.message), error.code)
        self.status_code = status_of(error)


def exception_handler(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    """The API's only exception handler: `{"type", "errors": [{"code", "detail", "attr"}]}` for every refusal."""
    if isinstance(error, Invalid) and error.fields:
        error = exceptions.ValidationError(
            {
                name: [exceptions.ErrorDetail(str(m), error.code) for m in messages]
                for name, messages in error.fields.items()
            }
        )
    elif isinstance(error, DomainError):
        error = _Refusal(error)
    return standardized(error, context)


def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A plain page, or the envelope for the API and for a script, with the right status."""
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        body = {
            "type": "client_error",
            "errors": [{"code": error.code, "detail": str(error.message), "attr": None}],
        }
        return JsonResponse(body, status=status_of(error))
    return render(request, "refused.html", {"error": error}, status=status_of(error))


class DomainErrorMiddleware:
    """Answers a domain error of a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _refusal(request, error) if isinstance(error, DomainError) else None


@csrf_exempt
def no_such_address(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Refuses (404), in the interface's own envelope, what no address of the interface matches."""
    raise NotVisible(_("There is no such address."))


class UnreadableMiddleware:
    """Refuses (400) what no page and no device of ours sends, before a view reads it.

    That is a NUL, which PostgreSQL keeps in no text, and whatever is beyond Django's limits or garbled. The fields of
    a JSON body are the serializers' to check.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            is_readable = not any("\0" in text for text in _texts(request))
        except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError):
            is_readable = False
        if is_readable:
            return self.get_response(request)
        message = _("What was sent cannot be read: it holds a character that is no text, or too much at once.")
        return _refusal(request, Invalid(message, code="unreadable"))


def _texts(request: HttpRequest) -> Iterator[str]:
    """The address and the form, piece by piece. Raises one of Django's errors for what it cannot read."""
    if request.content_type != "multipart/form-data":
        len(request.body)  # asks for Django's limit, of which the API's parsers know nothing
    yield request.path
    for fields in (request.GET, request.POST):
        for name, values in fields.lists():
            yield from (name, *values)
