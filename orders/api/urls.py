from django.urls import path

from orders.api.views import HookView

urlpatterns = [
    path("cti/<str:token>/", HookView.as_view(), name="cti"),
]
