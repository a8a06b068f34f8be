"""People and clinics; the history is for reading only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backdep_site import access, audit
from backdep_site.models import AuditEvent, Clinic, Membership, User


class Recorded(admin.ModelAdmin):
    """Whatever an administrator changes stands in the history too: which object, which fields, never a value."""

    def _record(self, event: str, request: HttpRequest, about: Model, message: Any = None) -> None:
        clinic = about if isinstance(about, Clinic) else getattr(about, "clinic", None)
        changes = message if isinstance(message, list) else []
        fields = [name for change in changes for part in change.values() for name in part.get("fields", [])]
        audit.record(event, by=access.person(request), at=timezone.now(), about=about, clinic=clinic, fields=fields)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record("admin.added", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record("admin.changed", request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self._record("admin.deleted", request, obj)
        return super().log_deletions(request, queryset)


@admin.register(User)
class PersonAdmin(Recorded, UserAdmin):
    """People; an account that did something is made inactive, not deleted."""


@admin.register(Clinic)
class ClinicAdmin(Recorded):
    """Clinics. What is a demo is made as one, and stays one: demo plans are signed from guidance nobody reviewed."""

    list_display = ("name", "time_zone", "telephone", "is_demo")
    readonly_fields: ClassVar = ("is_demo",)


@admin.register(Membership)
class MembershipAdmin(Recorded):
    """Roles."""

    list_display = ("user", "role", "clinic", "is_active")
    list_filter = ("role", "clinic")


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    list_display = ("at", "event", "by", "clinic", "about")
    list_filter = ("event",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
