"""Who may use the carers' interface at all; what each sees is decided by the selectors."""

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from people.roles import Role, has_role, roles_of


class IsCarer(BasePermission):
    """The user is a carer."""

    message = _("Only carers have this page.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return has_role(request.user, Role.CARER)


class HasRole(BasePermission):
    """The user has any role of the product."""

    message = _("You have no role yet. Ask the administrator.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(roles_of(request.user))


class MayAct(BasePermission):
    """The user may change work: everybody with a role but the auditor, who only reads."""

    message = _("Auditors read and change nothing.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(roles_of(request.user) - {Role.AUDITOR})


def user_of(request: Request) -> User:
    """The logged-in user of a request that a permission of this module let in."""
    assert isinstance(request.user, User)
    return request.user
