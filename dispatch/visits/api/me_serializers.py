"""Shapes of what is the carer's own: offered time, certificates, the month's statement."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dispatch.visits.api.serializers import CreditLine, in_our_times
from orders.catalogue import CERTIFICATE_NAMES
from orders.models import Visit
from people import clock
from people.clock import YEARS
from volunteers.models import Availability, Certificate, clock_text

_WALL_CLOCK = r"^(?:([01]\d|2[0-3]):[0-5]\d|24:00)$"


class WallClock(serializers.RegexField):
    """Minutes from midnight, written as a clock shows them: "08:30", at the latest "24:00"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_WALL_CLOCK, **kwargs)

    def to_representation(self, value: Any) -> str:
        return clock_text(value)


class AvailabilityBody(serializers.Serializer[Any]):
    """A time offered every week (0 is Monday) or on one day, on the county's wall clock."""

    weekday = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=6)
    day = serializers.DateField(required=False, allow_null=True, default=None, validators=[in_our_times])
    start = WallClock()
    end = WallClock()
    valid_from = serializers.DateField(required=False, allow_null=True, default=None, validators=[in_our_times])
    valid_to = serializers.DateField(required=False, allow_null=True, default=None, validators=[in_our_times])

    def validate_start(self, text: str) -> int:
        return _minutes(text)

    def validate_end(self, text: str) -> int:
        return _minutes(text)


class AvailabilityOut(serializers.ModelSerializer[Availability]):
    """An offered time."""

    start = WallClock(source="start_minute", read_only=True)
    end = WallClock(source="end_minute", read_only=True)

    class Meta:
        model = Availability
        fields = ["id", "weekday", "day", "start", "end", "valid_from", "valid_to"]
        read_only_fields = fields


class CertificateOut(serializers.ModelSerializer[Certificate]):
    """A certificate and how it stands today; its number shows the last four characters only."""

    name = serializers.SerializerMethodField()
    number_tail = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()
    days_left = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = [
            "id",
            "code",
            "name",
            "number_tail",
            "issuer",
            "valid_from",
            "valid_to",
            "revoked_on",
            "standing",
            "days_left",
        ]
        read_only_fields = fields

    def get_name(self, certificate: Certificate) -> str:
        return str(CERTIFICATE_NAMES.get(certificate.code, certificate.code))

    def get_number_tail(self, certificate: Certificate) -> str:
        return certificate.number[-4:]

    def get_standing(self, certificate: Certificate) -> str:
        return certificate.standing_on(_today())

    def get_days_left(self, certificate: Certificate) -> int:
        return (certificate.valid_to - _today()).days


class MonthQuery(serializers.Serializer[Any]):
    """Which month, "2026-11"; without one, the current month on the county's wall clock."""

    month = serializers.RegexField(r"^\d{4}-(?:0[1-9]|1[0-2])$", required=False)

    def validate_month(self, text: str) -> date:
        year, month = text.split("-")
        if int(year) not in YEARS:
            raise serializers.ValidationError(_("This year cannot be right."))
        return date(int(year), int(month), 1)


class VisitBehind(serializers.ModelSerializer[Visit]):
    """The visit that earned a credit."""

    service_name = serializers.CharField(source="item.__str__", read_only=True)

    class Meta:
        model = Visit
        fields = ["service_name", "service_date"]
        read_only_fields = fields


class StatementLine(CreditLine):
    """One line of a month, with its visit if one was behind it."""

    visit = VisitBehind(read_only=True, allow_null=True)


class StatementOut(serializers.Serializer[Any]):
    """A month of the own time account, in minutes, the oldest line first."""

    month = serializers.CharField(read_only=True)
    opening_minutes = serializers.IntegerField(read_only=True)
    closing_minutes = serializers.IntegerField(read_only=True)
    lines = StatementLine(many=True, read_only=True)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def _today() -> date:
    return clock.local_date(clock.now())
