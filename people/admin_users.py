"""Admin pages of users, their devices and their locked logins. Roles are chosen here; rights follow from them."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from knox.models import AuthToken
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from people import clock, services
from people.admin_base import MaskedAdmin, ReadOnlyAdmin
from people.models import Device
from people.roles import Role, has_role, label_of

_GUARDIANS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class UserAdmin(MaskedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """A user is a name, a password and roles; who works at a desk becomes staff by the role."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    viewers = _GUARDIANS
    list_display = ["username", "whole_name", "role_names", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    search_fields = ["username", "last_name"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password", "last_name", "is_active"]}),
        (_("Roles"), {"fields": ["groups"]}),
        (_("Since"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "last_name", "password1", "password2", "groups"]})
    ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody but a superuser changes a superuser: else an administrator could become one by a password."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return has_role(request.user, *self.editors)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("groups")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The whole name stands in one field, as Chinese names do."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "last_name":
            field.label = pgettext_lazy("person", "name")
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field = db_field.formfield(**kwargs)
        field.label, field.help_text, field.required = _("Roles"), "", False
        field.label_from_instance = lambda group: label_of(group.name)
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "groups" in form.cleaned_data and isinstance(request.user, User):
            roles = [Role(group.name) for group in form.cleaned_data["groups"] if group.name in Role.values]
            services.give_roles(user=form.instance, roles=roles, actor=request.user, now=clock.now())

    @display(description=pgettext_lazy("person", "name"), ordering="last_name")
    def whole_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @display(description=_("Roles"))
    def role_names(self, user: User) -> str:
        return "、".join(label_of(group.name) for group in user.groups.all()) or "–"


class DeviceAdmin(ReadOnlyAdmin):
    viewers = _GUARDIANS
    list_display = ["user", "name", "created_at", "revoked_at"]
    list_select_related = ["user"]
    list_filter = ["revoked_at"]
    search_fields = ["user__username", "name"]
    date_hierarchy = "created_at"
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.ADMINISTRATOR)

    @action(description=_("Log these devices out"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, devices: QuerySet[Device]) -> None:
        if not isinstance(request.user, User):
            return
        for device in devices:
            services.revoke_device(device=device, actor=request.user, now=clock.now())
        messages.success(request, _("Logged out; the next request from there is refused."))


class LockedLoginAdmin(MaskedAdmin):
    """Failed logins that count towards a lock; deleting a row unlocks."""

    viewers = _GUARDIANS
    removable = True
    list_display = ["attempt_time", "username", "ip_address", "failures_since_start"]
    fields = ["attempt_time", "username", "ip_address", "failures_since_start"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LoginAdmin(ReadOnlyAdmin):
    viewers = _GUARDIANS
    list_display = ["attempt_time", "username", "ip_address", "logout_time"]
    fields = ["attempt_time", "username", "ip_address", "logout_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"


def register() -> None:
    """Put these pages in the place of the libraries' own; roles and tokens have no page of their own."""
    apps.get_app_config("axes").verbose_name = _("Logins")
    for model in (User, Group, AuthToken, AccessAttempt, AccessLog, AccessFailureLog):
        if admin.site.is_registered(model):
            admin.site.unregister(model)
    admin.site.register(User, UserAdmin)
    admin.site.register(Device, DeviceAdmin)
    admin.site.register(AccessAttempt, LockedLoginAdmin)
    admin.site.register(AccessLog, LoginAdmin)
