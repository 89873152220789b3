"""The home page of each role, the carer's day, the reviewer's doubts and the auditor's trail."""

from django.urls import path

from dispatch.home import page, review, told, trail, work

urlpatterns = [
    path("", page.home, name="home"),
    path("work/offers/<int:pk>/<str:answer>/", work.answer, name="work-answer"),
    path("work/assignments/<int:pk>/check/<str:kind>/", work.check, name="work-check"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/told/", told.told, name="review-told"),
    path("trail/", trail.trail, name="trail"),
]
