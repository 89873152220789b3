"""The operator's console: a call comes in, somebody is found, an order is placed while the caller is on the line."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "dispatch.console"
    label = "console"
