from django.urls import path

from dispatch.counts import views

urlpatterns = [
    path("", views.month_page, name="counts"),
    path("visits/", views.visits_page, name="counts-visits"),
    path("proof/", views.proof_page, name="counts-proof"),
    path("month.csv", views.month_csv, name="counts-csv"),
    path("close/", views.close_month, name="counts-close"),
]
