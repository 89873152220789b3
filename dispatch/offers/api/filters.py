"""What a list of offers may be narrowed by."""

from django_filters import rest_framework as filters

from dispatch.offers.models import Offer


class OfferFilter(filters.FilterSet):
    """By day, status, kind and carer."""

    date = filters.DateFilter(field_name="visit__service_date")

    class Meta:
        model = Offer
        fields = ["date", "status", "kind", "carer"]
