from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CountsConfig(AppConfig):
    name = "dispatch.counts"
    verbose_name = _("Monthly counts")
