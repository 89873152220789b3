"""The header `Idempotency-Key` of a write: a view that inherits `Idempotent` honours it."""

import hashlib
import json
import re
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from people import clock
from people.api.limits import WRITES
from people.blind_index import blind
from people.errors import Invalid
from people.idempotency import Answer, claim, give_up, keep
from people.models import KeyedRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=(
        "Made by the device, up to 255 visible characters. The same key and request get the same answer for 30 days; "
        "the same key with another request 422; while the first is still under way 409."
    ),
)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


class _AnsweredBefore(Exception):
    """Ends a request at once: the answer is there already."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Idempotent(APIView):
    """A write that carries a key is carried out once for its user.

    Only what succeeded is kept. A refusal changed nothing, so its key is free again: trying once more when the world
    has changed must be possible.
    """

    _claimed: KeyedRequest | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After login, permission and limits: claim the key, or end with the answer of the first time."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if key is None or request.method not in WRITES or not isinstance(request.user, User):
            return
        if not _VISIBLE.fullmatch(key):
            raise Invalid(_("The Idempotency-Key must be 1 to 255 visible characters."), code="idempotency_key")
        found = claim(user=request.user, key=key, digest=_digest(request), now=clock.now())
        if isinstance(found, Answer):
            raise _AnsweredBefore(found)
        self._claimed = found

    def handle_exception(self, exc: Exception) -> Response:
        """An answer from before is no error."""
        if not isinstance(exc, _AnsweredBefore):
            return super().handle_exception(exc)
        data = json.loads(exc.answer.body) if exc.answer.body else None
        return Response(data, status=exc.answer.status, headers={REPLAYED: "true"})

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        """Keep the answer of a success, free the key of anything else."""
        if self._claimed is not None:
            if response.status_code < 300:
                body = "" if response.data is None else JSONRenderer().render(response.data).decode()
                keep(claimed=self._claimed, answer=Answer(response.status_code, body))
            else:
                give_up(claimed=self._claimed)
        return super().finalize_response(request, response, *args, **kwargs)


def _digest(request: Request) -> UUID:
    """A mark of what is asked: equal for equal requests, and without the index key it says nothing about them."""
    whole = hashlib.sha256(f"{request.method} {request.get_full_path()}\0".encode())
    if (
        request._request.content_type == "multipart/form-data"
    ):  # a form with files has been read as a stream: its parts stand for it
        for name, values in sorted(request._request.POST.lists()):
            whole.update(repr((name, values)).encode())
        for name, files in sorted(request._request.FILES.lists()):
            for file in files:
                whole.update(name.encode() + hashlib.sha256(file.read()).digest())
                file.seek(0)
    else:
        whole.update(request._request.body)
    return UUID(blind("request", whole.hexdigest())[:32])
