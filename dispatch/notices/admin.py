"""Admin page of notices: what was told to which carer and how far it came."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from dispatch.notices.models import Notice, NoticeEvent
from dispatch.notices.selectors import notices_visible_to
from dispatch.notices.services import deliver
from dispatch.notices.ways import shown
from orders.admin_pages.actions import ServiceActions
from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class NoticeEventInline(ReadOnlyInline):
    model = NoticeEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(Notice)
class NoticeAdmin(ServiceActions, ReadOnlyAdmin):
    """The words name no elder, so whoever may see the notice may read them."""

    visible_to = staticmethod(notices_visible_to)
    list_display = ["created_at", "kind", "carer", "channel", "masked_address", "status", "attempts", "read_at"]
    list_filter = ["status", "kind", "channel", "carer__town"]
    list_select_related = ["carer__person"]
    search_fields = ["carer__number", "carer__person__name", "carer__person__name_pinyin"]
    date_hierarchy = "created_at"
    readonly_fields = ["masked_address", "words"]
    fields = [
        "kind", "carer", "visit", "channel", "masked_address", "words", "status", "attempts",
        "created_at", "next_due_at", "expires_at", "read_at", "reference",
    ]  # fmt: skip
    inlines = [NoticeEventInline]
    actions_detail = ["send_again"]

    @display(description=_("address"))
    def masked_address(self, notice: Notice) -> str:
        return shown(notice.address)

    @display(description=_("words"))
    def words(self, notice: Notice) -> str:
        return str(notice.text)

    @action(description=_("Send again"), permissions=["take_orders"], icon="send")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Send again"),
            service=lambda row, actor, reason: deliver.send_again(
                notice=row, reason=reason, actor=actor, now=clock.now()
            ),
        )
