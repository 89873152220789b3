"""Words that an order item and its visits share: how urgent, and what the window binds."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Priority(models.IntegerChoices):
    URGENT = 1, _("urgent")
    TIME_CRITICAL = 2, _("time-critical")
    OBLIGATION = 3, _("obligation")
    SUBSIDISED = 4, _("subsidised")
    ORDINARY = 5, _("ordinary")
    COMPANIONSHIP = 6, _("companionship")


class WindowRule(models.TextChoices):
    START = "START", _("must start within the window")
    END = "END", _("must end within the window")
