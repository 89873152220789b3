from django.urls import path

from dispatch.visits.api import on_site_views, views

urlpatterns = [
    path("me/day/", views.MyDay.as_view(), name="my-day"),
    path("me/credits/", views.MyCredits.as_view(), name="my-credits"),
    path("assignments/", views.Assignments.as_view(), name="assignments"),
    path("assignments/<int:pk>/check-in/", views.CheckIn.as_view(), name="check-in"),
    path("assignments/<int:pk>/check-out/", views.CheckOut.as_view(), name="check-out"),
    path("assignments/<int:pk>/en-route/", on_site_views.EnRoute.as_view(), name="en-route"),
    path("assignments/<int:pk>/notes/", on_site_views.Notes.as_view(), name="notes"),
    path("assignments/<int:pk>/photos/", on_site_views.Photos.as_view(), name="photos"),
    path("assignments/<int:pk>/correct/", views.Correct.as_view(), name="correct"),
]
