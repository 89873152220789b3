"""The roles of the product. Each is a Group, made by a migration; permissions are asked by role, never by name."""

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    OPERATOR = "operator", _("operator")
    DISPATCHER = "dispatcher", _("dispatcher")
    CARER = "carer", pgettext_lazy("role", "carer")
    ORGANISATION_MANAGER = "organisation_manager", _("organisation manager")
    ADMINISTRATOR = "administrator", _("administrator")
    AUDITOR = "auditor", _("auditor")


# Who works at a desk and may enter the records.
DESK_ROLES = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR})
# Who may open a masked field, with a reason. An auditor reads the trail of it instead.
REVEALERS = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR})


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The role names of a user; empty for anonymous or inactive users. Cached on the user object.

    The superuser whom the installer makes is an administrator too: somebody must give out the first roles.
    """
    if isinstance(user, AnonymousUser) or not user.is_active:
        return frozenset()
    cached: frozenset[str] | None = getattr(user, "_role_names", None)
    if cached is None:
        cached = frozenset(user.groups.values_list("name", flat=True))
        if user.is_superuser:
            cached |= {Role.ADMINISTRATOR.value}
        user._role_names = cached  # type: ignore[attr-defined]
    return cached


def has_role(user: User | AnonymousUser, *roles: Role) -> bool:
    """True when the user holds at least one of the roles."""
    return not roles_of(user).isdisjoint(roles)


def label_of(name: str) -> str:
    """The word for a Group: its role's label, or its own name if it is none of ours."""
    return str(Role(name).label) if name in Role.values else name
