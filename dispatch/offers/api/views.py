"""Offers and the pool: what a carer is asked, and the answers. Parse, authorize, call, render."""

from collections.abc import Callable
from typing import Any, ClassVar

from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch.offers.api.filters import OfferFilter, OwnFilter
from dispatch.offers.api.serializers import Acceptance, OfferOut, Refusal, Release
from dispatch.offers.models import Offer
from dispatch.offers.selectors import nearest_first, offers_visible_to, pool_visible_to
from dispatch.offers.services.answer import accept_offer, decline_offer
from dispatch.offers.services.end import release_assignment, report_no_show
from dispatch.offers.takeable import takeable
from dispatch.visits.api.permissions import HasRole, MayAct, user_of
from dispatch.visits.api.serializers import AssignmentOut
from dispatch.visits.api.views import as_it_stands
from dispatch.visits.models import Assignment
from dispatch.visits.selectors import assignments_visible_to
from people import clock
from people.api.idempotent import Idempotent

RELATED = ("carer__person", "carer__start_place", "visit__item", "visit__place__town")


class Offers(ListAPIView[Offer]):
    """The offers the user may see."""

    permission_classes = [HasRole]
    serializer_class = OfferOut
    filterset_class = OfferFilter
    queryset = Offer.objects.none()

    def get_queryset(self) -> Any:
        return offers_visible_to(self.request.user).select_related(*RELATED)


class Pool(APIView):
    """The open work that the user (or, for a manager, an own carer) can still accept."""

    permission_classes = [HasRole]

    @extend_schema(
        parameters=[OpenApiParameter("mine", bool, description="only what is open to the user")],
        responses=OfferOut(many=True),
        summary="Open work, nearest first",
    )
    def get(self, request: Request) -> Response:
        open_work = pool_visible_to(request.user, clock.now())
        asked = OwnFilter(request.query_params, open_work, request=request)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        rows = asked.qs.select_related(*RELATED, "visit__elder")
        return Response(OfferOut(nearest_first(takeable(rows)), many=True).data)


class Accept(Idempotent):
    """The first acceptance wins; the others get 409 with who and when."""

    permission_classes = [MayAct]

    @extend_schema(request=Acceptance, responses=AssignmentOut, summary="Accept")
    def post(self, request: Request, pk: int) -> Response:
        offer = get_object_or_404(offers_visible_to(request.user).select_related("carer__person"), pk=pk)
        body = Acceptance(data=request.data)
        body.is_valid(raise_exception=True)
        assignment = accept_offer(offer=offer, actor=user_of(request), now=clock.now(), **body.validated_data)
        return Response(as_it_stands(request, assignment.pk))


class AcceptFromPool(Accept):
    """The same answer to a pool offer."""

    @extend_schema(request=Acceptance, responses=AssignmentOut, summary="Accept open work")
    def post(self, request: Request, pk: int) -> Response:
        return super().post(request, pk)


class Decline(Idempotent):
    """Say no, with the reason."""

    permission_classes = [MayAct]

    @extend_schema(request=Refusal, responses=OfferOut, summary="Decline with a reason")
    def post(self, request: Request, pk: int) -> Response:
        offer = get_object_or_404(offers_visible_to(request.user).select_related("carer__person"), pk=pk)
        body = Refusal(data=request.data)
        body.is_valid(raise_exception=True)
        decline_offer(offer=offer, actor=user_of(request), now=clock.now(), **body.validated_data)
        return Response(OfferOut(Offer.objects.select_related(*RELATED).get(pk=pk)).data)


class Ending(Idempotent):
    """Work that ends before it is done, with the reason."""

    permission_classes = [MayAct]
    end: ClassVar[Callable[..., Assignment]]

    def _end(self, request: Request, pk: int) -> Response:
        assignment = get_object_or_404(assignments_visible_to(request.user).select_related("carer__person"), pk=pk)
        body = Release(data=request.data)
        body.is_valid(raise_exception=True)
        type(self).end(assignment=assignment, actor=user_of(request), now=clock.now(), **body.validated_data)
        return Response(as_it_stands(request, pk))


class GiveBack(Ending):
    """Give accepted work back before it begins."""

    end = staticmethod(release_assignment)

    @extend_schema(request=Release, responses=AssignmentOut, summary="Give accepted work back, with the reason")
    def post(self, request: Request, pk: int) -> Response:
        return self._end(request, pk)


class NoShow(Ending):
    """Report that the carer did not come; the office only."""

    end = staticmethod(report_no_show)

    @extend_schema(request=Release, responses=AssignmentOut, summary="Report that the carer did not come")
    def post(self, request: Request, pk: int) -> Response:
        return self._end(request, pk)
