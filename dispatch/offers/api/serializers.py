"""Shapes of offers and answers. Before acceptance nobody learns whose home it is: town and village only."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dispatch.offers.models import Offer
from dispatch.offers.selectors import credit_of, metres_to


class OfferOut(serializers.ModelSerializer[Offer]):
    """A question to one carer about one leg of a visit: how far it is, and what it earns."""

    carer_name = serializers.CharField(source="carer.person.name", read_only=True)
    service_code = serializers.CharField(source="visit.item.code", read_only=True)
    service_name = serializers.CharField(source="visit.item.name", read_only=True)
    service_date = serializers.DateField(source="visit.service_date", read_only=True)
    window_start = serializers.DateTimeField(source="visit.window_start", read_only=True)
    window_end = serializers.DateTimeField(source="visit.window_end", read_only=True)
    duration_minutes = serializers.IntegerField(source="visit.duration_minutes", read_only=True)
    carers_needed = serializers.IntegerField(source="visit.carers_needed", read_only=True)
    town = serializers.CharField(source="visit.place.town.name", read_only=True)
    village = serializers.CharField(source="visit.place.village", read_only=True)
    distance_metres = serializers.SerializerMethodField()
    credit_minutes = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = [
            "id",
            "kind",
            "visit",
            "leg",
            "carer",
            "carer_name",
            "assignment",
            "status",
            "service_code",
            "service_name",
            "service_date",
            "window_start",
            "window_end",
            "duration_minutes",
            "carers_needed",
            "planned_start",
            "planned_end",
            "town",
            "village",
            "distance_metres",
            "credit_minutes",
            "sent_at",
            "expires_at",
            "answered_at",
        ]
        read_only_fields = fields

    def get_distance_metres(self, offer: Offer) -> int:
        return metres_to(offer)

    def get_credit_minutes(self, offer: Offer) -> int:
        return credit_of(offer)


class Acceptance(serializers.Serializer[Any]):
    """Empty for the carer; who accepts for a carer says why."""

    on_behalf_reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text=_("why you accept for the carer")
    )


class Refusal(serializers.Serializer[Any]):
    """Why not."""

    reason = serializers.ChoiceField(choices=Offer.DeclineReason.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class Release(serializers.Serializer[Any]):
    """Why the work is taken from the carer."""

    reason = serializers.CharField(max_length=200)
