"""Shapes of the carer's notices and of a device's push subscription."""

from typing import Any

from rest_framework import serializers

from dispatch.notices.models import Notice


class NoticeOut(serializers.ModelSerializer[Notice]):
    """One thing the carer was told; it names no elder. The work it speaks of is in the day and among the offers."""

    class Meta:
        model = Notice
        fields = ["id", "kind", "text", "created_at", "read_at"]
        read_only_fields = fields
        extra_kwargs = {"read_at": {"help_text": "Empty: not read yet."}}


class ReadIn(serializers.Serializer[Any]):
    up_to = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="The id of the newest notice seen; all older ones are read, too."
    )


class PushKeysIn(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=32)


class PushIn(serializers.Serializer[Any]):
    """A browser's PushSubscription, as its `toJSON()` gives it."""

    endpoint = serializers.CharField(max_length=2000)
    keys = PushKeysIn()
