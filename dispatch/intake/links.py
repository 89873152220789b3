"""The way from the admin to the import page and its example workbook."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from people.roles import Role, has_role


def admin_links(request: HttpRequest) -> list[dict[str, str]]:
    """Entries of the admin's site menu; none for who may not import."""
    if not has_role(request.user, Role.ADMINISTRATOR):
        return []
    return [
        {"icon": "upload_file", "title": _("Import from a spreadsheet"), "link": reverse("import")},
        {"icon": "download", "title": _("Example workbook"), "link": reverse("import-example")},
    ]
