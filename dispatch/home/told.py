"""What a carer told of a visit in doubt, notes and photos: a reason first, then the page, once."""

from base64 import b64encode
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dispatch.home.forms import LookForm
from dispatch.visits.models import Flag, VisitPhoto
from dispatch.visits.selectors import flags_visible_to
from dispatch.visits.services.look import look_at_what_was_told
from people import clock
from people.errors import Invalid


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo inside the page itself: it has no address of its own that could be passed on."""

    photo: VisitPhoto

    @property
    def source(self) -> str:
        """The picture as a data address."""
        return f"data:image/jpeg;base64,{b64encode(self.photo.image).decode()}"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that asks why, and after it the notes and photos. Without a reason the form comes back (400)."""
    assert isinstance(request.user, User)
    rows = flags_visible_to(request.user).select_related(
        "assignment__visit__elder__person", "assignment__visit__item", "assignment__carer__person"
    )
    flag: Flag = get_object_or_404(rows, pk=pk)
    form = LookForm(request.POST or None, label_suffix="")
    context: dict[str, object] = {"flag": flag, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            opened = look_at_what_was_told(
                assignment=flag.assignment, actor=request.user, now=clock.now(), **form.cleaned_data
            )
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            context |= {"notes": opened.notes, "photos": [Shown(photo) for photo in opened.photos], "is_open": True}
    return render(request, "home/told.html", context, status=400 if form.errors else 200)
