"""The home page of each role, the operator's desk, the carer's day, the reviewer's doubts and the auditor's trail."""

from django.urls import path

from dispatch.home import desk, page, review, trail, work

urlpatterns = [
    path("", page.home, name="home"),
    path("desk/elders/<int:pk>/", desk.elder, name="desk-elder"),
    path("desk/visits/<int:pk>/cancel/", desk.cancel, name="desk-cancel"),
    path("desk/visits/<int:pk>/amend/", desk.amend, name="desk-amend"),
    path("work/offers/<int:pk>/<str:answer>/", work.answer, name="work-answer"),
    path("work/assignments/<int:pk>/check/<str:kind>/", work.check, name="work-check"),
    path("review/<int:pk>/", review.review, name="review"),
    path("trail/", trail.trail, name="trail"),
]
