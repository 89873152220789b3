"""On the way, a note, a photo: each is stored once, whenever it arrives."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch.visits.api.on_site_serializers import (
    DepartureBody,
    NoteBody,
    NoteOut,
    PhotoBody,
    PhotoOut,
    StoredDeparture,
)
from dispatch.visits.api.permissions import HasRole, MayAct, user_of
from dispatch.visits.models import Assignment
from dispatch.visits.models.on_site import FromThePhone
from dispatch.visits.selectors import assignments_visible_to, notes_readable_by
from dispatch.visits.services.on_site import keep_photo, record_departure, write_note
from people import clock
from people.api.idempotent import Idempotent


def stored(shape: Any) -> dict[int, Any]:
    """The two answers of an operation that stores a message once."""
    return {201: shape, 200: OpenApiResponse(shape, description="A repeat: the stored message.")}


class EnRoute(Idempotent):
    """The carer has set out."""

    permission_classes = [MayAct]

    @extend_schema(request=DepartureBody, responses=stored(StoredDeparture), summary="Say that I am on my way")
    def post(self, request: Request, pk: int) -> Response:
        work, body = _work(request, pk), _read(DepartureBody, request)
        message = record_departure(assignment=work, actor=user_of(request), now=clock.now(), **body)
        return _answer(StoredDeparture, message)


class Notes(Idempotent):
    """The notes of one piece of work: the carer's own, as long as the address is shown, and the office's to read."""

    def get_permissions(self) -> list[Any]:
        return [MayAct() if self.request.method == "POST" else HasRole()]

    @extend_schema(responses=NoteOut(many=True), summary="The notes of this work")
    def get(self, request: Request, pk: int) -> Response:
        work = _work(request, pk)
        return Response(NoteOut(notes_readable_by(user_of(request), work, clock.now()), many=True).data)

    @extend_schema(request=NoteBody, responses=stored(NoteOut), summary="Write a note about the visit")
    def post(self, request: Request, pk: int) -> Response:
        work, body = _work(request, pk), _read(NoteBody, request)
        message = write_note(assignment=work, actor=user_of(request), now=clock.now(), **body)
        return _answer(NoteOut, message)


class Photos(Idempotent):
    """A photo of the visit."""

    permission_classes = [MayAct]
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": PhotoBody}, responses=stored(PhotoOut), summary="Add a photo of the visit"
    )
    def post(self, request: Request, pk: int) -> Response:
        work, body = _work(request, pk), _read(PhotoBody, request)
        photo = body.pop("photo").read()
        message = keep_photo(assignment=work, photo=photo, actor=user_of(request), now=clock.now(), **body)
        return _answer(PhotoOut, message)


def _work(request: Request, pk: int) -> Assignment:
    rows = assignments_visible_to(request.user).select_related("carer__person")
    return get_object_or_404(rows, pk=pk)


def _read(shape: Any, request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def _answer(shape: Any, message: FromThePhone) -> Response:
    code = status.HTTP_200_OK if message.is_repeat else status.HTTP_201_CREATED
    return Response(shape(message).data, status=code)
