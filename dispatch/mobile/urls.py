"""Addresses of the carers' mobile page. The worker lies at `/app/sw.js`, so that `/app/` is its scope."""

from django.urls import path

from dispatch.mobile import views

urlpatterns = [
    path("", views.shell, name="app"),
    path("sw.js", views.worker, name="app-worker"),
    path("manifest.webmanifest", views.manifest, name="app-manifest"),
]
