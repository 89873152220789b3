"""What is the carer's own: offered time, certificates, the month's statement."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch.visits.api.me_serializers import (
    AvailabilityBody,
    AvailabilityOut,
    CertificateOut,
    MonthQuery,
    StatementOut,
)
from dispatch.visits.api.permissions import IsCarer, user_of
from dispatch.visits.evidence import visit_cause, visit_of
from orders.models import Visit
from people import clock
from people.api.idempotent import Idempotent
from people.clock import local_date
from volunteers.models import Availability, Carer, Certificate
from volunteers.services import offer_time, take_back_time
from volunteers.timebank.models import Account
from volunteers.timebank.selectors import Statement, statement_between


def own_carer(request: Request) -> Carer:
    """The carer that the user is; 404 for a carer's role without a carer's record."""
    carer: Carer = get_object_or_404(Carer.objects.select_related("person"), person__user=user_of(request))
    return carer


class MyAvailability(Idempotent, ListAPIView[Availability]):
    """The times I offer that are not over."""

    permission_classes = [IsCarer]
    serializer_class = AvailabilityOut
    filter_backends: list[Any] = []
    pagination_class = None  # a handful at most
    queryset = Availability.objects.none()

    def get_queryset(self) -> Any:
        rows = Availability.objects.filter(carer=own_carer(self.request))
        return rows.exclude(valid_to__lt=local_date(clock.now()))

    @extend_schema(request=AvailabilityBody, responses={201: AvailabilityOut}, summary="Offer a time")
    def post(self, request: Request) -> Response:
        body = AvailabilityBody(data=request.data)
        body.is_valid(raise_exception=True)
        times = dict(body.validated_data)
        row = offer_time(
            carer=own_carer(request),
            start_minute=times.pop("start"),
            end_minute=times.pop("end"),
            actor=user_of(request),
            now=clock.now(),
            **times,
        )
        return Response(AvailabilityOut(row).data, status=status.HTTP_201_CREATED)


class OneAvailability(Idempotent):
    """A time that is no longer offered; what was promised in it stays promised."""

    permission_classes = [IsCarer]

    @extend_schema(responses={204: None}, summary="Take an offered time back")
    def delete(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Availability.objects.select_related("carer"), carer=own_carer(request), pk=pk)
        take_back_time(availability=row, actor=user_of(request), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class MyCertificates(ListAPIView[Certificate]):
    """My certificates, the one that lapses first on top."""

    permission_classes = [IsCarer]
    serializer_class = CertificateOut
    filter_backends: list[Any] = []
    pagination_class = None  # a handful at most
    queryset = Certificate.objects.none()

    def get_queryset(self) -> Any:
        return Certificate.objects.filter(carer=own_carer(self.request))


class MyStatement(APIView):
    """A month of my time account."""

    permission_classes = [IsCarer]

    @extend_schema(parameters=[MonthQuery], responses=StatementOut, summary="A month of my time account")
    def get(self, request: Request) -> Response:
        query = MonthQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        month = query.validated_data.get("month") or local_date(clock.now()).replace(day=1)
        return Response(StatementOut(_month_of(user_of(request), month)).data)


def _month_of(user: User, month: date) -> dict[str, Any]:
    account = Account.objects.filter(person__user=user).first()
    start, end = _midnight(month), _midnight((month + timedelta(days=31)).replace(day=1))
    found = statement_between(account, start, end) if account else Statement(0, 0, [])
    causes = {line.posting.transfer.cause for line in found.lines}
    keys = {cause: visit_of(cause) for cause in causes if cause.startswith(visit_cause(""))}
    visits = Visit.objects.select_related("item").in_bulk(keys.values())
    lines = [
        {
            "posted_at": line.posting.posted_at,
            "transfer": line.posting.transfer,
            "minutes": line.posting.minutes,
            "balance_after": line.balance_after,
            "visit": visits.get(keys.get(line.posting.transfer.cause, 0)),
        }
        for line in found.lines
    ]
    return {
        "month": f"{month:%Y-%m}",
        "opening_minutes": found.opening_minutes,
        "closing_minutes": found.closing_minutes,
        "lines": lines,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
