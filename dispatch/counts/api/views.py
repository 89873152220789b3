"""The monthly counts over the API, limited to what the caller may see."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch.counts import selectors
from dispatch.counts.api.serializers import CountsQuery, CountsSerializer
from dispatch.counts.models import MonthClose
from dispatch.counts.months import label, parse_month
from people.errors import NotAllowed


class CountsView(APIView):
    @extend_schema(operation_id="counts", parameters=[CountsQuery], responses=CountsSerializer)
    def get(self, request: Request) -> Response:
        """The table of a month: person-times, distinct elders and minutes by town, service, organisation and payer."""
        if not selectors.may_see_counts(request.user):
            raise NotAllowed(_("Your role has no monthly counts."))
        query = CountsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        month = parse_month(query.validated_data["month"])
        close = MonthClose.objects.filter(month=month, status=MonthClose.Status.CLOSED).first()
        sums = selectors.totals(month, request.user)
        return Response(
            {
                "month": label(month),
                "closed": close is not None,
                "digest": close.digest if close else "",
                "rows": [row.figures() for row in selectors.monthly_counts(month, request.user)],
                "totals": {"person_times": sums.person_times, "elders": sums.elders, "minutes": sums.minutes},
            }
        )
