"""The plain Django admin, closed to everybody but administrators of the installation."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest


class BackdepAdminSite(admin.AdminSite):
    site_header = site_title = "Backdep administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Strangers who are signed in learn nothing, not even that the page exists."""
        user: Any = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            raise Http404
        return super().has_permission(request)
