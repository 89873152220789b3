"""Shapes of assignments, the day and check events. Input is checked for shape only; services decide."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dispatch.visits.models import Assignment, CheckEvent, Correction
from dispatch.visits.selectors import Disclosure
from orders.models import ElderAlert, Visit
from people.clock import YEARS
from people.masking import mask_name
from volunteers.timebank.models import Transfer


def in_our_times(day: date) -> None:
    """Refuse a day or moment whose year is a slip; arithmetic with it could leave the calendar."""
    if day.year not in YEARS:
        raise serializers.ValidationError(_("This year cannot be right."))


class AssignmentOut(serializers.ModelSerializer[Assignment]):
    """One carer's part in a visit, for lists: the elder's name only once the work is promised."""

    carer_name = serializers.CharField(source="carer.person.name", read_only=True)
    visit_status = serializers.ChoiceField(source="visit.status", choices=Visit.Status.choices, read_only=True)
    service_code = serializers.CharField(source="visit.item.code", read_only=True)
    service_name = serializers.CharField(source="visit.item.name", read_only=True)
    service_date = serializers.DateField(source="visit.service_date", read_only=True)
    window_start = serializers.DateTimeField(source="visit.window_start", read_only=True)
    window_end = serializers.DateTimeField(source="visit.window_end", read_only=True)
    duration_minutes = serializers.IntegerField(source="visit.duration_minutes", read_only=True)
    carers_needed = serializers.IntegerField(source="visit.carers_needed", read_only=True)
    town = serializers.CharField(source="visit.place.town.name", read_only=True)
    village = serializers.CharField(source="visit.place.village", read_only=True)
    elder_name = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = [
            "id",
            "visit",
            "leg",
            "carer",
            "carer_name",
            "status",
            "visit_status",
            "service_code",
            "service_name",
            "service_date",
            "window_start",
            "window_end",
            "duration_minutes",
            "carers_needed",
            "planned_start",
            "planned_end",
            "travel_minutes",
            "started_at",
            "ended_at",
            "town",
            "village",
            "elder_name",
        ]
        read_only_fields = fields

    def get_elder_name(self, assignment: Assignment) -> str:
        name = assignment.visit.elder.person.name
        return name if self._is_open(assignment) else mask_name(name)

    def _is_open(self, assignment: Assignment) -> bool:
        disclosure: Disclosure = self.context["disclosure"]
        return disclosure.covers(assignment)


class DayOut(AssignmentOut):
    """A carer's own work with what is needed at the door, from acceptance until a day after."""

    address = serializers.SerializerMethodField()
    latitude = serializers.SerializerMethodField()
    longitude = serializers.SerializerMethodField()
    alerts = serializers.SerializerMethodField()
    departed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    notes_count = serializers.IntegerField(read_only=True)
    photos_count = serializers.IntegerField(read_only=True)

    class Meta(AssignmentOut.Meta):
        fields = [
            *AssignmentOut.Meta.fields,
            "address",
            "latitude",
            "longitude",
            "alerts",
            "departed_at",
            "notes_count",
            "photos_count",
        ]
        read_only_fields = fields

    def get_address(self, assignment: Assignment) -> str:
        return str(assignment.visit.place.address) if self._is_open(assignment) else ""

    def get_latitude(self, assignment: Assignment) -> float | None:
        return assignment.visit.place.latitude if self._is_open(assignment) else None

    def get_longitude(self, assignment: Assignment) -> float | None:
        return assignment.visit.place.longitude if self._is_open(assignment) else None

    def get_alerts(self, assignment: Assignment) -> list[str]:
        if not self._is_open(assignment):
            return []
        return [_alert_text(alert) for alert in assignment.visit.elder.alerts.all()]


class DayQuery(serializers.Serializer[Any]):
    """Which day; without a date, today on the county's wall clock."""

    date = serializers.DateField(required=False, validators=[in_our_times])


class CheckBody(serializers.Serializer[Any]):
    """A check as the device saw it. Times with a zone; `sent_at` is the device's clock at sending."""

    client_id = serializers.UUIDField(help_text=_("made by the device; a repeat stores nothing"))
    device_time = serializers.DateTimeField(validators=[in_our_times])
    sent_at = serializers.DateTimeField(required=False, allow_null=True, default=None, validators=[in_our_times])
    source = serializers.ChoiceField(  # type: ignore[assignment]  # hides Field.source, which only fields inside use
        choices=CheckEvent.Source.choices, default=CheckEvent.Source.APP
    )
    latitude = serializers.FloatField(required=False, allow_null=True, default=None, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, allow_null=True, default=None, min_value=-180, max_value=180)
    accuracy_metres = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=100_000
    )
    code = serializers.CharField(required=False, allow_blank=True, default="", max_length=16)
    device = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["latitude"] is None) != (attrs["longitude"] is None):
            missing = "latitude" if attrs["latitude"] is None else "longitude"
            raise serializers.ValidationError({missing: _("A position needs both figures.")})
        return attrs


class StoredCheck(serializers.ModelSerializer[CheckEvent]):
    """The stored event, and how the work stands after it."""

    assignment_status = serializers.ChoiceField(
        source="assignment.status", choices=Assignment.Status.choices, read_only=True
    )
    visit_status = serializers.ChoiceField(
        source="assignment.visit.status", choices=Visit.Status.choices, read_only=True
    )

    class Meta:
        model = CheckEvent
        fields = [
            "id",
            "client_id",
            "assignment",
            "kind",
            "source",
            "device_time",
            "server_time",
            "evidence_time",
            "assignment_status",
            "visit_status",
        ]
        read_only_fields = fields


class CorrectionBody(serializers.Serializer[Any]):
    """A time as the office knows it, beside the raw evidence. Time with a zone."""

    kind = serializers.ChoiceField(choices=CheckEvent.Kind.choices)
    corrected_time = serializers.DateTimeField(validators=[in_our_times])
    reason = serializers.ChoiceField(choices=Correction.Reason.choices)
    note = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text=_("needed with the reason OTHER")
    )


class CreditLine(serializers.Serializer[Any]):
    """One line of a time account, in minutes: negative is out."""

    posted_at = serializers.DateTimeField(read_only=True)
    kind = serializers.ChoiceField(source="transfer.kind", choices=Transfer.Kind.choices, read_only=True)
    cause = serializers.CharField(source="transfer.cause", read_only=True)
    minutes = serializers.IntegerField(read_only=True)
    balance_after = serializers.IntegerField(read_only=True)


class Credits(serializers.Serializer[Any]):
    """The own time account in minutes, the newest line first; a user without an account has zero."""

    balance_minutes = serializers.IntegerField(read_only=True)
    held_minutes = serializers.IntegerField(read_only=True)
    lines = CreditLine(many=True, read_only=True)


def _alert_text(alert: ElderAlert) -> str:
    return f"{alert.get_kind_display()}: {alert.note}" if alert.note else str(alert.get_kind_display())
