"""Addresses of the guidance."""

from django.urls import path

from guidance import views

app_name = "guidance"
urlpatterns = [
    path("", views.edition, name="edition"),
    path("<str:version>/", views.edition, name="edition-version"),
]
