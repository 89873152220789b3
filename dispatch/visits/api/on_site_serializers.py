"""Shapes of what a phone tells besides the checks: departures, notes, photos."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dispatch.visits.api.serializers import in_our_times
from dispatch.visits.models import Assignment, Departure, VisitNote, VisitPhoto
from dispatch.visits.services.on_site import LONGEST_NOTE
from orders.models import Visit


class DepartureBody(serializers.Serializer[Any]):
    """Times with a zone, as the device's clock has them; no position."""

    client_id = serializers.UUIDField(help_text=_("made by the device; a repeat stores nothing"))
    device_time = serializers.DateTimeField(validators=[in_our_times])
    sent_at = serializers.DateTimeField(required=False, allow_null=True, default=None, validators=[in_our_times])


class NoteBody(DepartureBody):
    """A note about the visit."""

    text = serializers.CharField(max_length=LONGEST_NOTE)


class PhotoBody(DepartureBody):
    """A photo as a part of a form (multipart/form-data)."""

    photo = serializers.FileField(help_text=_("JPEG, PNG or WebP, at most 8 MB"))


class StoredDeparture(serializers.ModelSerializer[Departure]):
    """The stored message, and how the work stands."""

    assignment_status = serializers.ChoiceField(
        source="assignment.status", choices=Assignment.Status.choices, read_only=True
    )
    visit_status = serializers.ChoiceField(
        source="assignment.visit.status", choices=Visit.Status.choices, read_only=True
    )

    class Meta:
        model = Departure
        fields = [
            "id",
            "client_id",
            "assignment",
            "device_time",
            "server_time",
            "told_at",
            "assignment_status",
            "visit_status",
        ]
        read_only_fields = fields


class NoteOut(serializers.ModelSerializer[VisitNote]):
    """A stored note."""

    class Meta:
        model = VisitNote
        fields = ["id", "client_id", "assignment", "text", "device_time", "server_time", "told_at"]
        read_only_fields = fields


class PhotoOut(serializers.ModelSerializer[VisitPhoto]):
    """A stored photo, without its image: whoever needs to see it gives a reason in the office."""

    class Meta:
        model = VisitPhoto
        fields = ["id", "client_id", "assignment", "width", "height", "device_time", "server_time", "told_at"]
        read_only_fields = fields
