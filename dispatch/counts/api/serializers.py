"""The shape of the monthly counts in the API."""

from rest_framework import serializers

from orders.models import ServiceKind, Visit
from volunteers.models import Carer


class CountsQuery(serializers.Serializer[None]):
    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$", help_text="2026-11")


class CountRowSerializer(serializers.Serializer[None]):
    town = serializers.CharField()
    service = serializers.ChoiceField(ServiceKind.choices)
    organisation = serializers.CharField(allow_blank=True)
    carer_kind = serializers.ChoiceField(Carer.Kind.choices)
    payer = serializers.ChoiceField(Visit.Payer.choices)
    person_times = serializers.IntegerField()
    elders = serializers.IntegerField()
    minutes = serializers.IntegerField()


class TotalsSerializer(serializers.Serializer[None]):
    person_times = serializers.IntegerField()
    elders = serializers.IntegerField(help_text="distinct over the whole month, not the sum of the rows")
    minutes = serializers.IntegerField()


class CountsSerializer(serializers.Serializer[None]):
    month = serializers.CharField()
    closed = serializers.BooleanField()
    digest = serializers.CharField(allow_blank=True)
    rows = CountRowSerializer(many=True)
    totals = TotalsSerializer()
