"""What the admin pages of carers and of the time bank share: who acts, dialogs, and times as a clock shows them."""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from volunteers.models import clock_text


def acting_user(request: HttpRequest) -> User:
    """The signed-in user, for services."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def leave_dialog(request: HttpRequest, address: str) -> HttpResponse:
    """Go to a page from a dialog, which htmx sent, or from a plain form."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


class ClockField(forms.CharField):
    """Minutes from midnight, typed and shown as HH:MM up to 24:00."""

    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "08:30", "size": 5})

    def prepare_value(self, value: Any) -> Any:
        return clock_text(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,2})[:：](\d{2})", text)
        if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 1440:
            raise forms.ValidationError(_("Give a time like 08:30."))
        return int(match[1]) * 60 + int(match[2])

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))
