from django.urls import path

from people.api.views import DeviceViewSet, MeView

urlpatterns = [
    path("devices/", DeviceViewSet.as_view({"get": "list", "post": "create"}), name="devices"),
    path("devices/<int:pk>/", DeviceViewSet.as_view({"delete": "destroy"}), name="device"),
    path("me/", MeView.as_view(), name="me"),
]
