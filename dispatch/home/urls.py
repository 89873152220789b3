"""The home page of each role, the carer's day, who is late, PINs for the telephone, the reviewer's doubts, the auditor's
trail."""

from django.urls import path

from dispatch.home import late, page, pins, review, told, trail, work

urlpatterns = [
    path("", page.home, name="home"),
    path("work/offers/<int:pk>/<str:answer>/", work.answer, name="work-answer"),
    path("work/assignments/<int:pk>/check/<str:kind>/", work.check, name="work-check"),
    path("late/", late.late, name="late"),
    path("late/<int:pk>/", late.late, name="late-in-hand"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/told/", told.told, name="review-told"),
    path("carers/pins/", pins.pins, name="telephone-pins"),
    path("carers/pins/<int:pk>/", pins.issue, name="telephone-pin"),
    path("trail/", trail.trail, name="trail"),
]
