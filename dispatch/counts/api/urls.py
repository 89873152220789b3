from django.urls import path

from dispatch.counts.api.views import CountsView

urlpatterns = [path("counts/", CountsView.as_view(), name="counts")]
