"""Admin pages of the service catalogue and the county's own holidays."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from orders.models import Holiday, ServiceItem
from orders.selectors import colliding_versions
from people.admin_base import MaskedAdmin, SecretForm


class ServiceItemForm(SecretForm):
    """Says beside its field what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since: date | None = data.get("effective_from")
        if since and colliding_versions(
            code=data.get("code", ""), since=since, until=data.get("effective_to"), but=self.instance.pk or 0
        ):
            self.add_error("effective_from", _("Another version of this service is valid in that time."))
        return data


@admin.register(ServiceItem)
class ServiceItemAdmin(MaskedAdmin):
    form = ServiceItemForm
    list_display = [
        "name",
        "name_en",
        "kind",
        "duration_minutes",
        "carers_needed",
        "certificate",
        "price_fen",
        "credit_rate",
        "effective_from",
        "effective_to",
    ]
    list_filter = ["kind", "delivery", "workers_only", "is_popular"]
    search_fields = ["name", "name_en", "code"]
    date_hierarchy = "effective_from"


@admin.register(Holiday)
class HolidayAdmin(MaskedAdmin):
    list_display = ["day", "name", "is_workday"]
    list_filter = ["is_workday"]
    date_hierarchy = "day"
    removable = True
