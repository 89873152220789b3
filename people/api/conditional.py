"""Answers of the interface that have not changed are not sent again: a strong ETag, and 304 for whoever has it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control


class ConditionalApi(ConditionalGetMiddleware):
    """Only for the interface: pages are kept fresh in other ways. Devices keep an answer, and ask before they use it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path.startswith("/api/"):
            return response
        if request.method == "GET" and self.needs_etag(response):
            patch_cache_control(response, private=True, no_cache=True)
        return super().process_response(request, response)
