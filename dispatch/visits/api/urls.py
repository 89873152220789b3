from django.urls import path

from dispatch.visits.api import call, me_views, on_site_views, views

urlpatterns = [
    path("me/day/", views.MyDay.as_view(), name="my-day"),
    path("me/credits/", views.MyCredits.as_view(), name="my-credits"),
    path("me/availability/", me_views.MyAvailability.as_view(), name="my-availability"),
    path("me/availability/<int:pk>/", me_views.OneAvailability.as_view(), name="my-availability-row"),
    path("me/certificates/", me_views.MyCertificates.as_view(), name="my-certificates"),
    path("me/statement/", me_views.MyStatement.as_view(), name="my-statement"),
    path("assignments/", views.Assignments.as_view(), name="assignments"),
    path("assignments/<int:pk>/check-in/", views.CheckIn.as_view(), name="check-in"),
    path("assignments/<int:pk>/check-out/", views.CheckOut.as_view(), name="check-out"),
    path("assignments/<int:pk>/en-route/", on_site_views.EnRoute.as_view(), name="en-route"),
    path("assignments/<int:pk>/notes/", on_site_views.Notes.as_view(), name="notes"),
    path("assignments/<int:pk>/photos/", on_site_views.Photos.as_view(), name="photos"),
    path("assignments/<int:pk>/call/", call.CallElder.as_view(), name="call-elder"),
    path("assignments/<int:pk>/correct/", views.Correct.as_view(), name="correct"),
]
