"""Admin page of confirmations: what was told to whom and how far it came. The default provider's messages end here."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from dispatch.confirmations.models import Confirmation, ConfirmationEvent
from dispatch.confirmations.selectors import confirmations_visible_to
from dispatch.confirmations.services import deliver
from orders.admin_pages.actions import ServiceActions
from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline
from people.masking import mask_phone
from people.roles import REVEALERS, has_role


class ConfirmationEventInline(ReadOnlyInline):
    model = ConfirmationEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(Confirmation)
class ConfirmationAdmin(ServiceActions, ReadOnlyAdmin):
    visible_to = staticmethod(confirmations_visible_to)
    list_display = ["created_at", "kind", "person", "channel", "masked_number", "order", "status", "attempts"]
    list_filter = ["status", "kind", "channel", "order__elder__town"]
    list_select_related = ["person", "order"]
    search_fields = ["order__number", "person__name", "person__name_pinyin"]
    date_hierarchy = "created_at"
    readonly_fields = ["masked_number", "words"]
    inlines = [ConfirmationEventInline]
    actions_detail = ["send_again"]

    def get_fields(self, request: HttpRequest, obj: Confirmation | None = None) -> list[str]:
        """The words are for those who may open personal data."""
        fields = ["kind", "order", "visit", "person", "channel", "masked_number", "status", "attempts"]
        fields += ["created_at", "next_due_at", "expires_at", "reference"]
        return [*fields, "words"] if has_role(request.user, *REVEALERS) else fields

    @display(description=_("number"))
    def masked_number(self, confirmation: Confirmation) -> str:
        return mask_phone(confirmation.number)

    @display(description=_("words"))
    def words(self, confirmation: Confirmation) -> str:
        return str(confirmation.text)

    @action(description=_("Send again"), permissions=["take_orders"], icon="send")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Send again"),
            service=lambda row, actor, reason: deliver.send_again(
                confirmation=row, reason=reason, actor=actor, now=clock.now()
            ),
        )
