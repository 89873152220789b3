"""What a list of assignments may be narrowed by."""

from django_filters import rest_framework as filters

from dispatch.visits.models import Assignment


class AssignmentFilter(filters.FilterSet):
    """By day, status and carer."""

    date = filters.DateFilter(field_name="visit__service_date")

    class Meta:
        model = Assignment
        fields = ["date", "status", "carer", "visit"]
