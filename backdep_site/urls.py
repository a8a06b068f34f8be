"""The site's addresses: each app brings its own."""

from django.contrib import admin
from django.urls import include, path

from backdep_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("guidance/", include("guidance.urls")),
    path("", include("patients.urls")),
    path("admin/", admin.site.urls),
]
handler403 = "backdep_site.views.forbidden"
handler404 = "backdep_site.views.not_found"
handler500 = "backdep_site.views.server_error"
