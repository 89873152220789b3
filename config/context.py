"""What every page knows: the product's menu for the roles of its user."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.roles import Role, roles_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One menu entry: its words, its url name, and the roles that see it (all, when empty)."""

    label: str | Promise
    url_name: str
    roles: frozenset[str] = frozenset()


MENU = (
    Entry(_("Home"), "home"),
    Entry(_("Console"), "console", frozenset({Role.OPERATOR, Role.ADMINISTRATOR})),
    Entry(
        _("Urgent help"),
        "urgent-page",
        frozenset({Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR}),
    ),
    Entry(_("Dispatch board"), "board", frozenset({Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR})),
    Entry(
        _("Monthly counts"),
        "counts",
        frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.DISPATCHER, Role.ORGANISATION_MANAGER}),
    ),
    Entry(_("Import"), "import", frozenset({Role.ADMINISTRATOR})),
    Entry(_("Records"), "admin:index", frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.DISPATCHER, Role.OPERATOR})),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """`menu`: the entries the user's roles may open, with `current` set on the one whose address begins this page's."""
    if not request.user.is_authenticated:
        return {"menu": []}
    held = roles_of(request.user)
    menu = [
        {"label": entry.label, "url": reverse(entry.url_name)}
        for entry in MENU
        if not entry.roles or entry.roles & held
    ]
    matching = [item for item in menu if request.path.startswith(str(item["url"]))]
    current = max(matching, key=lambda item: len(str(item["url"])), default=None)
    return {"menu": [item | {"current": item is current} for item in menu]}
