from django.urls import path

from dispatch.notices.api import views

urlpatterns = [
    path("me/notices/", views.MyNotices.as_view(), name="my-notices"),
    path("me/notices/read/", views.ReadMyNotices.as_view(), name="my-notices-read"),
    path("me/push/", views.MyPush.as_view(), name="my-push"),
]
