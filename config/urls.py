"""Every address of the site. Each app brings its own; nothing is decided here."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.errors import no_such_address

api: list[URLPattern | URLResolver] = [
    path("", include("people.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("dispatch.visits.api.urls")),
    path("", include("dispatch.notices.api.urls")),
    path("", include("dispatch.offers.api.urls")),
    path("", include("dispatch.counts.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="v1:schema"), name="api-docs"),
]

urlpatterns = [
    path("", include("dispatch.home.urls")),
    path("app/", include("dispatch.mobile.urls")),
    path("console/", include("dispatch.console.urls")),
    path("urgent/", include("dispatch.urgent.urls")),
    path("board/", include("dispatch.planning.urls")),
    path("counts/", include("dispatch.counts.urls")),
    path("import/", include("dispatch.intake.urls")),
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api, "api"), namespace="v1")),
    path("api/<path:rest>", no_such_address),
]
