"""Shapes of logins and devices."""

from typing import Any

from rest_framework import serializers

from people.models import Device
from people.roles import Role


class LoginIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    name = serializers.CharField(max_length=64, help_text="What the user calls this device.")


class DeviceOut(serializers.ModelSerializer[Device]):
    class Meta:
        model = Device
        fields = ["id", "name", "created_at"]
        read_only_fields = fields


class LoginOut(DeviceOut):
    token = serializers.SerializerMethodField(help_text="Send as `Authorization: Token …`. It is told this once.")

    class Meta(DeviceOut.Meta):
        fields = [*DeviceOut.Meta.fields, "token"]
        read_only_fields = fields

    def get_token(self, device: Device) -> str:
        return str(self.context["token"])


class MeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    person = serializers.IntegerField(allow_null=True)
