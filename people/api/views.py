"""Logging a phone in, listing one's phones, logging one out, and who one is."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle

from people import clock, services
from people.api.idempotent import Idempotent
from people.api.serializers import DeviceOut, LoginIn, LoginOut, MeOut
from people.models import Device, Person
from people.roles import roles_of
from people.selectors import devices_of


class DeviceViewSet(Idempotent, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Device]):
    """The devices on which the caller is logged in."""

    serializer_class = DeviceOut
    throttle_scope = "login"
    queryset = Device.objects.none()
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Device]:
        user = self.request.user
        return devices_of(user) if isinstance(user, User) else Device.objects.none()

    def get_authenticators(self) -> list[BaseAuthentication]:
        """A login reads no credentials but its body: a dead token in the header must not stand in its way."""
        return [] if self._logs_in() else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        permission: type[BasePermission] = AllowAny if self._logs_in() else IsAuthenticated
        return [permission()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [ScopedRateThrottle()] if self._logs_in() else super().get_throttles()

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"

    def _logs_in(self) -> bool:
        return getattr(self.request, "method", "") == "POST"

    @extend_schema(request=LoginIn, responses={201: LoginOut}, auth=[])
    def create(self, request: Request) -> Response:
        """Log a device in. Five failures lock the user name for half an hour (429)."""
        given = LoginIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(
            request=request._request,
            username=given.validated_data["username"],
            password=given.validated_data["password"],
        )
        if not isinstance(user, User):
            raise exceptions.AuthenticationFailed(_("User name and password do not fit."))
        device, token = services.log_in_device(user=user, name=given.validated_data["name"], now=clock.now())
        return Response(LoginOut(device, context={"token": token}).data, status=201)

    def perform_destroy(self, instance: Device) -> None:
        user = self.request.user
        assert isinstance(user, User)
        services.revoke_device(device=instance, actor=user, now=clock.now())


class MeView(GenericAPIView[User]):
    """Who the caller is."""

    serializer_class = MeOut
    queryset = User.objects.none()

    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        user = request.user
        assert isinstance(user, User)
        me = {
            "id": user.pk,
            "username": user.username,
            "name": user.get_full_name(),
            "roles": sorted(roles_of(user)),
            "person": Person.objects.filter(user=user).values_list("pk", flat=True).first(),
        }
        return Response(MeOut(me).data)
