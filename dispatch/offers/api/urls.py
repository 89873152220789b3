from django.urls import path

from dispatch.offers.api import absences, menu, views

urlpatterns = [
    path("offers/", views.Offers.as_view(), name="offers"),
    path("offers/<int:pk>/accept/", views.Accept.as_view(), name="accept-offer"),
    path("offers/<int:pk>/decline/", views.Decline.as_view(), name="decline-offer"),
    path("pool/", views.Pool.as_view(), name="pool"),
    path("pool/<int:pk>/accept/", views.AcceptFromPool.as_view(), name="accept-from-pool"),
    path("me/absences/", absences.Absences.as_view(), name="my-absences"),
    path("me/absences/<int:pk>/", absences.OneAbsence.as_view(), name="my-absence"),
    path("ivr/<str:token>/", menu.MenuView.as_view(), name="telephone-menu"),
    path("assignments/<int:pk>/release/", views.GiveBack.as_view(), name="release"),
    path("assignments/<int:pk>/no-show/", views.NoShow.as_view(), name="no-show"),
]
