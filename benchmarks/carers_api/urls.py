"""The product's addresses, and a bare view behind the same middleware."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.urls import urlpatterns as product


def bare(request: HttpRequest) -> JsonResponse:
    """What Django itself takes on this server: no login, no query."""
    return JsonResponse({})


urlpatterns = [path("bare/", bare), *product]
