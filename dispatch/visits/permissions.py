"""Who may act for a carer, and who may judge evidence. `actor` None is the system itself."""

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from people.errors import NotAllowed
from people.roles import Role, has_role
from volunteers.models import Carer

OFFICE = (Role.DISPATCHER, Role.OPERATOR, Role.ADMINISTRATOR)
REVIEWERS = (Role.DISPATCHER, Role.ADMINISTRATOR)


def is_self(actor: User, carer: Carer) -> bool:
    """Whether the user is the carer."""
    return carer.person.user_id == actor.pk


def manages(actor: User, carer: Carer) -> bool:
    """Whether the user manages the carer's organisation."""
    if carer.organisation_id is None or not has_role(actor, Role.ORGANISATION_MANAGER):
        return False
    return actor.managed_organisations.filter(pk=carer.organisation_id).exists()


def require_may_act_for(actor: User | None, carer: Carer) -> bool:
    """True when the actor answers for somebody else: the office, or a manager for own carers; False for the carer.

    Raises NotAllowed for everybody else.
    """
    if actor is None or is_self(actor, carer):
        return False
    if has_role(actor, *OFFICE) or manages(actor, carer):
        return True
    raise NotAllowed(_("You may not act for this carer."))


def require_office(actor: User | None) -> None:
    """Raises NotAllowed unless the actor works in the office (dispatcher, operator, administrator)."""
    if actor is not None and not has_role(actor, *OFFICE):
        raise NotAllowed(_("Only the office may do this."))


def require_reviewer(actor: User, carer: Carer) -> None:
    """Raises NotAllowed unless the actor may judge the carer's evidence; nobody judges their own."""
    if not has_role(actor, *REVIEWERS) or is_self(actor, carer):
        raise NotAllowed(_("You may not review this evidence."))
