"""The home page of each role, the operator's desk and the carer's day."""

from django.urls import path

from dispatch.home import desk, page, work

urlpatterns = [
    path("", page.home, name="home"),
    path("desk/elders/<int:pk>/", desk.elder, name="desk-elder"),
    path("desk/visits/<int:pk>/cancel/", desk.cancel, name="desk-cancel"),
    path("work/offers/<int:pk>/<str:answer>/", work.answer, name="work-answer"),
    path("work/assignments/<int:pk>/check/<str:kind>/", work.check, name="work-check"),
]
