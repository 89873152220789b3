from django.urls import path

from dispatch.urgent import views

urlpatterns = [
    path("", views.page, name="urgent-page"),
    path("call/", views.call, name="urgent-call"),
    path("<int:pk>/acknowledge/", views.take_in_hand, name="urgent-acknowledge"),
    path("<int:pk>/close/", views.end, name="urgent-close"),
    path("offers/<int:pk>/accept/", views.accept, name="urgent-accept"),
]
