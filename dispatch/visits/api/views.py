"""The carers' day, their work, their checks and their credits: parse, authorize, call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch.visits.api.filters import AssignmentFilter
from dispatch.visits.api.permissions import HasRole, IsCarer, MayAct, user_of
from dispatch.visits.api.serializers import (
    AssignmentOut,
    CheckBody,
    CorrectionBody,
    Credits,
    DayOut,
    DayQuery,
    StoredCheck,
)
from dispatch.visits.models import Assignment, CheckEvent
from dispatch.visits.selectors import Disclosure, assignments_visible_to, own_day
from dispatch.visits.services.check import record_check
from dispatch.visits.services.correct import correct_time
from people import clock
from people.api.idempotent import Idempotent
from volunteers.timebank.models import Account
from volunteers.timebank.selectors import statement

SHOWN = ("carer__person", "visit__elder__person", "visit__item", "visit__place__town")
LINES = 200  # of a statement; older ones are printed by the office


class MyDay(APIView):
    """A carer's own work of one day."""

    permission_classes = [IsCarer]

    @extend_schema(parameters=[DayQuery], responses=DayOut(many=True), summary="My work of one day, in its order")
    def get(self, request: Request) -> Response:
        query = DayQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        moment = clock.now()
        work = own_day(user_of(request), query.validated_data.get("date") or clock.local_date(moment))
        context = {"disclosure": Disclosure.for_user(request.user, moment)}
        return Response(DayOut(work, many=True, context=context).data)


class Assignments(ListAPIView[Assignment]):
    """The assignments the user may see, by planned start."""

    permission_classes = [HasRole]
    serializer_class = AssignmentOut
    filterset_class = AssignmentFilter
    queryset = Assignment.objects.none()

    def get_queryset(self) -> Any:
        return assignments_visible_to(self.request.user).select_related(*SHOWN)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "disclosure": Disclosure.for_user(self.request.user, clock.now())}


class Check(Idempotent):
    """One check of one assignment; the address says which kind."""

    permission_classes = [MayAct]
    kind: CheckEvent.Kind

    def _record(self, request: Request, pk: int) -> Response:
        rows = assignments_visible_to(request.user).select_related("carer__person")
        assignment = get_object_or_404(rows, pk=pk)
        body = CheckBody(data=request.data)
        body.is_valid(raise_exception=True)
        event = record_check(
            assignment=assignment, kind=self.kind, actor=user_of(request), now=clock.now(), **body.validated_data
        )
        code = status.HTTP_200_OK if event.is_repeat else status.HTTP_201_CREATED
        return Response(StoredCheck(event).data, status=code)


STORED = {201: StoredCheck, 200: OpenApiResponse(StoredCheck, description="A repeat: the stored event.")}


class CheckIn(Check):
    kind = CheckEvent.Kind.IN

    @extend_schema(request=CheckBody, responses=STORED, summary="Check in at the elder's home")
    def post(self, request: Request, pk: int) -> Response:
        return self._record(request, pk)


class CheckOut(Check):
    kind = CheckEvent.Kind.OUT

    @extend_schema(request=CheckBody, responses=STORED, summary="Check out")
    def post(self, request: Request, pk: int) -> Response:
        return self._record(request, pk)


class Correct(Idempotent):
    """Enter a time by hand, for the office and the carer's own manager; a reviewer looks at it."""

    permission_classes = [MayAct]

    @extend_schema(request=CorrectionBody, responses=AssignmentOut, summary="Correct a time, with the reason")
    def post(self, request: Request, pk: int) -> Response:
        assignment = get_object_or_404(assignments_visible_to(request.user).select_related("carer__person"), pk=pk)
        body = CorrectionBody(data=request.data)
        body.is_valid(raise_exception=True)
        correct_time(assignment=assignment, actor=user_of(request), now=clock.now(), **body.validated_data)
        return Response(as_it_stands(request, pk))


class MyCredits(APIView):
    """The user's own time account."""

    permission_classes = [IsCarer]

    @extend_schema(responses=Credits, summary="My time account and its newest lines")
    def get(self, request: Request) -> Response:
        account = Account.objects.filter(person__user=user_of(request)).first()
        lines = statement(account).reverse()[:LINES] if account else []
        balance, held = (account.balance, account.held) if account else (0, 0)
        return Response(Credits({"balance_minutes": balance, "held_minutes": held, "lines": lines}).data)


def as_it_stands(request: Request, pk: int) -> dict[str, Any]:
    """The body that shows an assignment after a change."""
    row = Assignment.objects.select_related(*SHOWN).get(pk=pk)
    return AssignmentOut(row, context={"disclosure": Disclosure.for_user(request.user, clock.now())}).data
