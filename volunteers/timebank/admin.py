"""Admin pages of the time bank: accounts with their latest lines, transfers to read and, rarely, to reverse."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline
from people.errors import DomainError
from people.roles import Role, has_role
from people.templatetags.care import duration, moment
from volunteers.admin_base import acting_user, leave_dialog
from volunteers.timebank import services
from volunteers.timebank.models import Account, Posting, Transfer, TransferEvent
from volunteers.timebank.selectors import accounts_visible_to, statement, transfers_visible_to

_LATEST = 50  # lines of a statement on an account's page


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["owner", "kind", "minutes", "minutes_held", "opened_at"]
    list_filter = [("person", admin.EmptyFieldListFilter), ("organisation", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "organisation"]
    search_fields = ["person__name", "person__name_pinyin", "person__name_initials", "organisation__name"]
    fields = ["owner", "kind", "minutes", "minutes_held", "opened_at", "latest_lines"]
    visible_to = staticmethod(accounts_visible_to)

    @display(description=_("owner"))
    def owner(self, account: Account) -> str:
        return str(account)

    @display(description=_("kind"))
    def kind(self, account: Account) -> str:
        return str(_("county fund") if account.is_issuer else _("person") if account.person_id else _("organisation"))

    @display(description=_("balance"), ordering="balance")
    def minutes(self, account: Account) -> str:
        return duration(account.balance)

    @display(description=_("held"), ordering="held")
    def minutes_held(self, account: Account) -> str:
        return duration(account.held)

    @display(description=_("latest lines"))
    def latest_lines(self, account: Account) -> SafeString:
        lines = statement(account).order_by(F("posted_at").desc(), F("pk").desc())[:_LATEST]
        rows = format_html_join(
            "",
            '<tr><td>{}</td><td>{}</td><td>{}</td><td class="text-right">{}</td><td class="text-right">{}</td></tr>',
            (
                (
                    moment(line.posted_at),
                    line.transfer.get_kind_display(),
                    line.transfer.cause,
                    duration(line.minutes),
                    duration(line.balance_after),  # type: ignore[attr-defined]
                )
                for line in lines
            ),
        )
        heads = format_html_join(
            "",
            '<th scope="col">{}</th>',
            ((h,) for h in (_("when"), _("kind"), _("cause"), _("minutes"), _("balance"))),
        )
        return format_html('<table class="w-full"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', heads, rows)


class PostingInline(ReadOnlyInline):
    model = Posting
    fields = ["account", "side", "minutes", "posted_at"]


class TransferEventInline(ReadOnlyInline):
    model = TransferEvent
    fields = ["at", "old", "new", "reason", "actor"]


class ReverseForm(BaseDialogForm):
    reason = forms.CharField(label=_("Why?"), max_length=200, widget=UnfoldAdminTextInputWidget)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "status", "source", "target", "length", "cause", "day"]
    list_filter = ["kind", "status", "day"]
    list_select_related = ["source__person", "source__organisation", "target__person", "target__organisation"]
    search_fields = ["key", "cause", "target__person__name", "source__person__name"]
    inlines = [PostingInline, TransferEventInline]
    actions_detail = ["reverse"]
    visible_to = staticmethod(transfers_visible_to)

    @display(description=_("minutes"), ordering="minutes")
    def length(self, transfer: Transfer) -> str:
        return duration(transfer.minutes)

    def has_reverse_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, Role.ADMINISTRATOR)

    @action(
        description=_("Reverse"),
        url_path="reverse",
        permissions=["reverse"],
        icon="undo",
        dialog={
            "title": _("Reverse this transfer"),
            "description": _("A new transfer moves the minutes back. Both stay in the ledger."),
            "form_class": ReverseForm,
            "form_submit_text": _("Reverse"),
        },
    )
    def reverse(self, request: HttpRequest, form: ReverseForm, object_id: str) -> HttpResponse:
        transfer = self.get_queryset(request).get(pk=object_id)
        shown = transfer
        try:
            shown = services.reverse(
                transfer=transfer,
                key=f"reversal:{transfer.pk}",
                reason=form.cleaned_data["reason"],
                actor=acting_user(request),
                now=clock.now(),
            )
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        return leave_dialog(request, reverse("admin:timebank_transfer_change", args=[shown.pk]))
