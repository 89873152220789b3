"""The page that opens one masked field of one person: a reason first, then the value, once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import action
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from people import clock, services
from people.admin_base import MaskedAdmin
from people.errors import Invalid, Text
from people.models import Person
from people.roles import REVEALERS, has_role

OWN_FIELDS: dict[str, Text] = {
    "phone": _("phones"),
    "id_number": _("national ID number"),
    "address": _("detailed address"),
}


# With those that other apps open through `people.services.record_reveal`.
FIELD_LABELS: dict[str, Text] = {**OWN_FIELDS, "health_note": _("health note")}


class RevealForm(forms.Form):
    field = forms.ChoiceField(label=_("What do you need to see?"), widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Your name, the time and this reason are kept for good."),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, fields: Mapping[str, Text], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        choices = self.fields["field"]
        if isinstance(choices, forms.ChoiceField):
            choices.choices = list(fields.items())


class RevealAdmin(MaskedAdmin):
    """An admin page with a button that reveals. Say in `person_of` whose data it is; add fields with `reveal_value`."""

    reveal_fields: ClassVar[Mapping[str, Text]] = OWN_FIELDS
    actions_detail: ClassVar[Any] = ["reveal"]

    def person_of(self, obj: Any) -> Person:
        """The person whose data the row `obj` stands for."""
        raise NotImplementedError

    def reveal_value(self, obj: Any, *, field: str, reason: str, actor: User) -> str:
        """The plain value of one of `reveal_fields`, logged. Raises Invalid without a reason or a value."""
        return services.reveal(person=self.person_of(obj), field=field, reason=reason, actor=actor, now=clock.now())

    def has_reveal_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *REVEALERS)

    @action(description=_("Show masked data"), url_path="reveal", permissions=["reveal"], icon="visibility")
    def reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None or not isinstance(request.user, User):
            raise PermissionDenied
        form = RevealForm(self.reveal_fields, request.POST or None)
        value = ""
        if form.is_valid():
            try:
                value = self.reveal_value(obj, actor=request.user, **form.cleaned_data)
            except Invalid as refusal:
                form.add_error("reason" if "reason" in refusal.fields else "field", str(refusal.message))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Show masked data"),
            "opts": self.opts,
            "object": obj,
            "form": form,
            "value": value,
            "what": self.reveal_fields.get(form.cleaned_data.get("field", ""), "") if value else "",
        }
        return never_cache(lambda _: TemplateResponse(request, "admin/people/reveal.html", context))(request)
