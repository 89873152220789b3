"""The manners of every admin page: permissions by role, secrets never shown, history never touched."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.utils import flatten
from django.core import checks
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from people.fields import Encrypted
from people.roles import DESK_ROLES, Role, has_role


def secrets_of(model: type[Model]) -> frozenset[str]:
    """The names of a model's encrypted fields."""
    return frozenset(field.name for field in model._meta.get_fields() if isinstance(field, Encrypted))


class SecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that takes new secrets but never shows the stored ones: an empty field keeps what is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored: dict[str, str] = {}
        for name in secrets_of(self._meta.model) & self.fields.keys():
            self.initial[name] = ""
            self.fields[name].widget.attrs["autocomplete"] = "off"
            if stored := getattr(self.instance, name):
                self._stored[name] = stored
                self.fields[name].required = False
                self.fields[name].help_text = _("Recorded. Leave empty to keep it.")

    def clean(self) -> dict[str, Any]:
        """The cleaned data with each untouched secret put back."""
        data = super().clean() or self.cleaned_data
        for name, stored in self._stored.items():
            if name not in self.errors and not data.get(name):
                data[name] = stored
        return data


class RoleGate:
    """Who may see and change rows, by role alone; the model permissions of django.contrib.auth play no part."""

    viewers: ClassVar[Iterable[Role]] = DESK_ROLES
    editors: ClassVar[Iterable[Role]] = frozenset({Role.ADMINISTRATOR})
    removable: ClassVar[bool] = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, *self.viewers)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.viewers)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.editors)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.removable and has_role(request.user, *self.editors)


class MaskedAdmin(RoleGate, ModelAdmin):
    """The base of every admin page.

    `viewers` see, `editors` add and change, nobody deletes unless `removable`. `visible_to` (a selector, wrapped in
    staticmethod) narrows the rows to those of the user. Encrypted fields are in the form of an editor only, empty.
    """

    form = SecretForm
    visible_to: Any = None
    list_filter_submit = True
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.visible_to is None:
            return rows
        return rows.filter(pk__in=self.visible_to(request.user).values("pk"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fieldsets without the secrets, unless the user may write them."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) if obj else self.has_add_permission(request):
            return fieldsets
        hidden = secrets_of(self.model)
        return [
            (title, {**options, "fields": [name for name in flatten(options["fields"]) if name not in hidden]})
            for title, options in fieldsets
        ]

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Adds an error for each encrypted field that this page would show or search."""
        shown = {*self.list_display, *self.readonly_fields, *self.list_filter, *self.search_fields}
        return [
            *super().check(**kwargs),
            *(
                checks.Error(
                    f"{type(self).__name__} shows the encrypted field “{name}”.", obj=type(self), id="people.E001"
                )
                for name in sorted(secrets_of(self.model) & {item for item in shown if isinstance(item, str)})
            ),
        ]


class ReadOnlyAdmin(MaskedAdmin):
    """For rows that only services write: nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MaskedInline(RoleGate, TabularInline):
    """Rows inside another row's page, under the same rules. List its `fields`; secrets are for editors only."""

    form = SecretForm
    extra = 0
    removable = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = flatten(super().get_fields(request, obj))
        if self.has_change_permission(request, obj):
            return names
        return [name for name in names if name not in secrets_of(self.model)]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field of a table bears its own name: a column's heading is no label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs["aria-label"] = field.label
        return field


class ReadOnlyInline(MaskedInline):
    """Rows that only services write, shown inside another row's page."""

    removable = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
