"""One home page for everybody: a section for each role the user holds, most urgent role first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from dispatch.home import day, facts
from people import clock
from people.roles import Role, roles_of


@dataclass(frozen=True, slots=True)
class Section:
    """A role's part of the page: its template, and the function that gathers its facts."""

    role: Role
    template: str
    gather: Callable[[User, date, datetime], dict[str, object]]


SECTIONS = (
    Section(Role.OPERATOR, "home/_desk.html", facts.of_operator),
    Section(Role.CARER, "home/_work.html", day.of_carer),
    Section(Role.DISPATCHER, "home/_dispatch.html", facts.of_dispatcher),
    Section(Role.ORGANISATION_MANAGER, "home/_organisation.html", facts.of_manager),
    Section(Role.ADMINISTRATOR, "home/_administration.html", facts.of_administrator),
    Section(Role.AUDITOR, "home/_audit.html", facts.of_auditor),
)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The sections of the user's roles; a user without a role is told whom to ask. Who only takes calls is at work
    already: the console is their home."""
    assert isinstance(request.user, User)
    now = clock.now()
    today = clock.local_date(now)
    held = roles_of(request.user)
    if held == {Role.OPERATOR}:
        return redirect("console")
    parts = [(section, section.gather(request.user, today, now)) for section in SECTIONS if section.role in held]
    return render(request, "home/home.html", {"today": today, "now": now, "parts": parts})
