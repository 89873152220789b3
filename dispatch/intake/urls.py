from django.urls import path

from dispatch.intake import views

urlpatterns = [
    path("", views.import_page, name="import"),
    path("confirm/", views.confirm, name="import-confirm"),
    path("example.xlsx", views.example, name="import-example"),
]
