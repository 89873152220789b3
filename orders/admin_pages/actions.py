"""Buttons of a row's page that ask why, call one service, and show its refusal as a message."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from people.admin_base import MaskedAdmin
from people.errors import DomainError, Text
from people.roles import Role, has_role

# Who takes orders down and changes them.
ORDER_TAKERS = (Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("action", "Why?"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


class ServiceActions(MaskedAdmin):
    """A page whose buttons are services; nothing else changes its rows."""

    def has_take_orders_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *ORDER_TAKERS)

    def ask(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        title: Text,
        service: Callable[..., object],
        form_class: type[forms.Form] = ReasonForm,
    ) -> HttpResponse:
        """Show a form, then run `service(row, actor, **its values)` and go back to the row."""
        row = self._row(request, object_id)
        form = form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self.run(request, object_id, lambda row, actor: service(row, actor, **form.cleaned_data))
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        context |= {"object": row, "form": form, "back": self._page_of(row)}
        return TemplateResponse(request, "admin/orders/ask.html", context)

    def run(self, request: HttpRequest, object_id: str, service: Callable[[Any, User], object]) -> HttpResponse:
        """Run `service(row, actor)` and go back to the row; a refusal becomes a message and changes nothing."""
        row = self._row(request, object_id)
        if not isinstance(request.user, User):
            raise PermissionDenied
        try:
            service(row, request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("Done."))
        return HttpResponseRedirect(self._page_of(row))

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, object_id)
        if row is None:
            raise PermissionDenied
        return row

    def _page_of(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
