"""The carer asks to be connected with the elder: shape and view. No number is in the answer but the hotline's."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch.visits.api.permissions import IsCarer, user_of
from dispatch.visits.selectors import assignments_visible_to
from dispatch.visits.services.connect import ring_elder
from people import clock, policy
from people.api.idempotent import Idempotent


class Connection(serializers.Serializer[Any]):
    """Whether the exchange was asked to ring the carer's own telephone; if not, the carer dials the hotline."""

    hotline = serializers.CharField(read_only=True)
    ringing = serializers.BooleanField(read_only=True)


class CallElder(Idempotent):
    """Carer and elder, through the platform's number."""

    permission_classes = [IsCarer]

    @extend_schema(request=None, responses={202: Connection}, summary="Connect me with the elder")
    def post(self, request: Request, pk: int) -> Response:
        work = get_object_or_404(assignments_visible_to(request.user).select_related("carer__person"), pk=pk)
        now = clock.now()
        ringing = ring_elder(assignment=work, actor=user_of(request), now=now)
        hotline = policy.value("hotline", on=clock.local_date(now))
        return Response(Connection({"hotline": hotline, "ringing": ringing}).data, status=status.HTTP_202_ACCEPTED)
