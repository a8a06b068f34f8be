"""The site's addresses: each app brings its own. Of allauth's pages only those that people here use."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path

from backdep_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("guidance/", include("guidance.urls")),
    path("", include("patients.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "backdep_site.views.bad_request"
handler403 = "backdep_site.views.forbidden"
handler404 = "backdep_site.views.not_found"
handler500 = "backdep_site.views.server_error"
