"""Domain errors become HTTP answers here and nowhere else: one status per family, one envelope for the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from drf_standardized_errors.handler import exception_handler as standardized
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import exceptions
from rest_framework.response import Response

from people.errors import Conflict, DomainError, Invalid, NotAllowed, NotVisible

STATUS: dict[type[DomainError], int] = {
    Invalid: 400,
    NotAllowed: 403,
    NotVisible: 404,
    Conflict: 409,
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


class DomainErrorMiddleware:
    """Turns a domain error of a page into a plain page (or JSON for a script) with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            body = {
                "type": "client_error",
                "errors": [{"code": error.code, "detail": str(error.message), "attr": None}],
            }
            return JsonResponse(body, status=status_of(error))
        return render(request, "refused.html", {"error": error}, status=status_of(error))
