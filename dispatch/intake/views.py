"""The import page: upload, read what every row would do, confirm."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dispatch.intake import uploads
from dispatch.intake.example import example_workbook
from dispatch.intake.sheets import Report, check_sheets, import_sheets
from dispatch.intake.workbook import MOST_BYTES, Problem
from dispatch.intake.writers import State
from people import clock
from people.errors import NotAllowed
from people.roles import Role, has_role

SHOWN_ROWS = 500


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """The upload form; after an upload its dry run, with the button to confirm when nothing is wrong."""
    user = _administrator(request)
    file = request.FILES.get("file") if request.method == "POST" else None
    if request.method == "GET":
        return render(request, "intake/import.html", {})
    if file is None:
        return _answer(request, Report([], [Problem("", 0, "", _("Choose a file."))]), status=400)
    # One byte more than allowed is enough to know that it is too large.
    content = file.read(MOST_BYTES + 1)
    report = check_sheets(content=content, actor=user, now=clock.now())
    token = uploads.keep(content, user) if report.is_clean else ""
    return _answer(request, report, status=200 if report.is_clean else 400, token=token, file_name=file.name or "")


@login_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Import the bytes that were checked; if the world changed since, nothing is stored and the page says what."""
    user = _administrator(request)
    report = import_sheets(content=uploads.take(request.POST.get("token", ""), user), actor=user, now=clock.now())
    if not report.stored:
        return _answer(request, report, status=409)
    counted = {"new": report.count(State.NEW), "changed": report.count(State.CHANGED)}
    messages.success(request, _("Imported: %(new)d new rows, %(changed)d changed.") % counted)
    return redirect("import")


@login_required
@require_GET
def example(request: HttpRequest) -> HttpResponse:
    """The example workbook."""
    _administrator(request)
    response = HttpResponse(
        example_workbook(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = 'attachment; filename="import-example.xlsx"'
    return response


def _answer(request: HttpRequest, report: Report, *, status: int, token: str = "", file_name: str = "") -> HttpResponse:
    context = {
        "report": report,
        "problems": report.problems[:SHOWN_ROWS],
        "outcomes": report.outcomes[:SHOWN_ROWS],
        "shown": SHOWN_ROWS,
        "counts": [(state.value, report.count(state)) for state in State],
        "token": token,
        "file_name": file_name,
    }
    return render(request, "intake/import.html", context, status=status)


def _administrator(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not has_role(request.user, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only an administrator imports files."))
    return request.user
