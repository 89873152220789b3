"""What a list of offers may be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from dispatch.offers.models import Offer


class OwnFilter(filters.FilterSet):
    """One's own offers: a manager sees those to all own carers, and may be a carer too."""

    mine = filters.BooleanFilter(method="to_the_user")

    def to_the_user(self, rows: QuerySet[Offer], _name: str, mine: bool) -> QuerySet[Offer]:
        """The offers put to the user, or those put to others."""
        own: dict[str, Any] = {"carer__person__user": self.request.user.pk}
        return rows.filter(**own) if mine else rows.exclude(**own)


class OfferFilter(OwnFilter):
    """By whose it is, day, status, kind and carer."""

    date = filters.DateFilter(field_name="visit__service_date")

    class Meta:
        model = Offer
        fields = ["mine", "date", "status", "kind", "carer"]
