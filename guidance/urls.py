"""Addresses of the guidance."""

from django.urls import path

from guidance import views

app_name = "guidance"
urlpatterns = [
    path("", views.edition, name="edition"),
    path("<str:version>/", views.edition, name="edition-version"),
    path("<str:version>/rules/", views.rules, name="rules"),
    path("<str:version>/claims/", views.claims, name="claims"),
]
