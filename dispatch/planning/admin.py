"""Admin pages of plan runs, plans and travel times: to read and to take away, never to change."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from dispatch.planning.export import run_as_json
from dispatch.planning.models import Plan, PlanRun, PlanRunEvent, TravelLeg, TravelMatrix
from dispatch.planning.selectors import runs_visible_to
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline
from people.errors import NotVisible
from people.roles import Role
from people.selectors import places_visible_to, towns_visible_to

READERS = frozenset({Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR})


class PlanRunEventInline(ReadOnlyInline):
    model = PlanRunEvent
    viewers = READERS
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(PlanRun)
class PlanRunAdmin(ReadOnlyAdmin):
    viewers = READERS
    visible_to = staticmethod(runs_visible_to)
    list_display = ["town", "day", "status", "is_repair", "requested_by", "requested_at", "finished_at", "failure"]
    list_filter = ["status", "is_repair", "town", "day"]
    list_select_related = ["town", "requested_by"]
    exclude = ["problem"]
    inlines = [PlanRunEventInline]
    actions_detail = ["download"]

    @action(description=_("Download as JSON"))
    def download(self, request: HttpRequest, object_id: int) -> JsonResponse:
        """Problem, parameters, seed and plan of one run, as `export_plan_run` writes them."""
        run = self.get_queryset(request).select_related("town").filter(pk=object_id).first()
        if run is None:
            raise NotVisible(_("There is no such plan."))
        answer = JsonResponse(run_as_json(run), json_dumps_params={"ensure_ascii": False})
        answer["Content-Disposition"] = f'attachment; filename="plan-run-{run.pk}.json"'
        return answer


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["run", "served", "unserved", "travel_minutes", "service_minutes", "seconds", "published_at"]
    list_select_related = ["run__town"]
    exclude = ["content"]

    @staticmethod
    def visible_to(user: User) -> QuerySet[Plan]:
        return Plan.objects.filter(run__in=runs_visible_to(user))


@admin.register(TravelMatrix)
class TravelMatrixAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["town", "source"]
    list_select_related = ["town"]
    fields = ["town", "source"]

    @staticmethod
    def visible_to(user: User) -> QuerySet[TravelMatrix]:
        return TravelMatrix.objects.filter(town__in=towns_visible_to(user))


@admin.register(TravelLeg)
class TravelLegAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["origin", "destination", "mode", "minutes", "metres", "source", "fetched_at"]
    list_filter = ["mode", "source"]
    list_select_related = ["origin__town", "destination__town"]

    @staticmethod
    def visible_to(user: User) -> QuerySet[TravelLeg]:
        return TravelLeg.objects.filter(origin__in=places_visible_to(user))
