"""The carers' mobile page: one shell, installable, that talks to the API and works without signal."""

from django.apps import AppConfig


class MobileConfig(AppConfig):
    name = "dispatch.mobile"
    label = "mobile"
