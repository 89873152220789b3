"""What the carer was told, that it was read, and where this device takes push messages."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch.notices.api.serializers import NoticeOut, PushIn, ReadIn
from dispatch.notices.models import Notice
from dispatch.notices.selectors import own_notices
from dispatch.notices.services.read import mark_read
from dispatch.notices.services.subscribe import subscribe, unsubscribe
from dispatch.visits.api.me_views import own_carer
from dispatch.visits.api.permissions import IsCarer, user_of
from people import clock
from people.api.idempotent import Idempotent
from people.errors import NotAllowed
from people.pagination import Cursor


class NewestFirst(Cursor):
    """The newest on top."""

    ordering = "-pk"


class MyNotices(ListAPIView[Notice]):
    """What I was told, the newest first; what was out of date before it was told is left out."""

    permission_classes = [IsCarer]
    serializer_class = NoticeOut
    pagination_class = NewestFirst
    filter_backends: list[Any] = []
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        return own_notices(user_of(self.request))


class ReadMyNotices(Idempotent):
    """I have seen my notices."""

    permission_classes = [IsCarer]

    @extend_schema(request=ReadIn, responses={204: None}, summary="I have read my notices up to this one")
    def post(self, request: Request) -> Response:
        body = ReadIn(data=request.data)
        body.is_valid(raise_exception=True)
        mark_read(carer=own_carer(request), up_to=body.validated_data["up_to"], now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class MyPush(Idempotent):
    """The push subscription of this device. It ends when the device is logged out."""

    permission_classes = [IsCarer]

    @extend_schema(request=PushIn, responses={204: None}, summary="Tell this device by push")
    def put(self, request: Request) -> Response:
        body = PushIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        subscribe(
            token=_token_of(request),
            endpoint=given["endpoint"],
            public_key=given["keys"]["p256dh"],
            auth_secret=given["keys"]["auth"],
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None}, summary="Tell this device nothing more by push")
    def delete(self, request: Request) -> Response:
        unsubscribe(token=_token_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _token_of(request: Request) -> AuthToken:
    """The token of the device that asks. Raises NotAllowed for a browser session, which is no device."""
    if not isinstance(request.auth, AuthToken):
        raise NotAllowed(_("Log this device in first."))
    return request.auth
