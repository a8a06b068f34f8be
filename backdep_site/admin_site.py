"""The plain Django admin, closed to everybody but administrators of the installation."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator


class BackdepAdminSite(admin.AdminSite):
    site_header = site_title = "Backdep administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Strangers who are signed in learn nothing, not even that the page exists."""
        user: Any = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            raise Http404
        return super().has_permission(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in, with its limit on wrong passwords and its history; not a second one here."""
        if self.has_permission(request):
            return redirect("admin:index")
        return redirect_to_login(reverse("admin:index"))
