"""The carer's own absences: what falls into a new one is given back in the same breath."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch.offers.services.leave import take_leave
from dispatch.visits.api.me_views import own_carer
from dispatch.visits.api.permissions import IsCarer, user_of
from dispatch.visits.api.serializers import in_our_times
from people import clock
from people.api.idempotent import Idempotent
from volunteers.models import Absence
from volunteers.services import come_back


class AbsenceBody(serializers.Serializer[Any]):
    """From when to when (with a zone, half-open), and why."""

    start = serializers.DateTimeField(validators=[in_our_times])
    end = serializers.DateTimeField(validators=[in_our_times])
    reason = serializers.ChoiceField(choices=Absence.Reason.choices)


class AbsenceOut(serializers.ModelSerializer[Absence]):
    """A recorded absence."""

    class Meta:
        model = Absence
        fields = ["id", "start", "end", "reason"]
        read_only_fields = fields


class RecordedAbsence(AbsenceOut):
    """A new absence, and the accepted work that was given back because of it."""

    released = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta(AbsenceOut.Meta):
        fields = [*AbsenceOut.Meta.fields, "released"]
        read_only_fields = fields


class Absences(Idempotent, ListAPIView[Absence]):
    """The own absences that are not over."""

    permission_classes = [IsCarer]
    serializer_class = AbsenceOut
    filter_backends: list[Any] = []
    pagination_class = None  # a handful at most
    queryset = Absence.objects.none()

    def get_queryset(self) -> QuerySet[Absence]:
        return Absence.objects.filter(carer=own_carer(self.request), end__gt=clock.now())

    @extend_schema(request=AbsenceBody, responses={201: RecordedAbsence}, summary="Say that I shall be away")
    def post(self, request: Request) -> Response:
        body = AbsenceBody(data=request.data)
        body.is_valid(raise_exception=True)
        leave = take_leave(carer=own_carer(request), actor=user_of(request), now=clock.now(), **body.validated_data)
        answer = {**AbsenceOut(leave.absence).data, "released": [work.pk for work in leave.released]}
        return Response(answer, status=status.HTTP_201_CREATED)


class OneAbsence(Idempotent):
    """An absence that is taken back, or ended now if it has begun."""

    permission_classes = [IsCarer]

    @extend_schema(responses={204: None}, summary="Say that I am back, or shall not be away")
    def delete(self, request: Request, pk: int) -> Response:
        absence = get_object_or_404(Absence.objects.select_related("carer"), carer=own_carer(request), pk=pk)
        come_back(absence=absence, actor=user_of(request), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
