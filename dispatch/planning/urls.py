from datetime import date

from django.urls import path, register_converter

from dispatch.planning import views
from people.clock import YEARS


class DayConverter:
    """A calendar day as 2026-11-24; anything else is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        day = date.fromisoformat(value)
        if day.year not in YEARS:
            raise ValueError(value)
        return day

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("", views.towns_page, name="board"),
    path("plan/", views.plan_towns, name="board-plan"),
    path("runs/<int:pk>/publish/", views.publish_run, name="board-publish"),
    path("runs/<int:pk>/discard/", views.discard_run, name="board-discard"),
    path("visits/<int:pk>/<int:leg>/", views.visit_panel, name="board-visit"),
    path("offers/<int:pk>/accept/", views.accept_for_carer, name="board-accept"),
    path("<str:code>/<day:day>/", views.day_page, name="board-day"),
]
