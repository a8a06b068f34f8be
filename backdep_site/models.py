"""People, clinics, and the history of what was done."""

import uuid
import zoneinfo
from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models


class User(AbstractUser):
    """A person who signs in. Roles belong to memberships, never to the person."""

    def __str__(self) -> str:
        return self.get_full_name() or self.username


def check_time_zone(name: str) -> None:
    """Refuse a name that is no time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Enter a time zone, like Europe/London.")


class Clinic(models.Model):
    """An organisation whose patients only its own members see (FHIR Organization)."""

    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_time_zone])
    telephone = models.CharField(max_length=40, blank=True)
    is_demo = models.BooleanField(default=False, help_text="Holds invented patients only.")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The clinic's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def today(self, at: datetime) -> date:
        """The clinic's own calendar date at a moment."""
        return at.astimezone(self.zone).date()


class Role(models.TextChoices):
    CLINICIAN = "clinician", "Clinician"
    EDITOR = "guidance-editor", "Guidance editor"
    REVIEWER = "medical-reviewer", "Medical reviewer"
    ADMINISTRATOR = "administrator", "Administrator"


class Membership(models.Model):
    """One role of one person in one clinic."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "clinic", "role"], name="one_membership_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} - {self.get_role_display()}, {self.clinic}"

    def clean(self) -> None:
        """Demo and real data never mix, in one person's worklist either."""
        others = Membership.objects.filter(user_id=self.user_id).exclude(pk=self.pk)
        if self.clinic_id and others.exclude(clinic__is_demo=self.clinic.is_demo).exists():
            raise ValidationError("A person belongs to demo clinics or to real ones, not to both.")


class AuditEvent(models.Model):
    """One thing that happened. Append-only: the database refuses to change or delete it. Holds ids, never names.

    `by` is empty only for a sign-in that failed. `patient` is the id of the patient it was about, for "who looked at
    this patient"; `about` names the object (model and id).
    """

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=40, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, related_name="+")
    patient = models.UUIDField(null=True, db_index=True)
    about = models.CharField(max_length=80, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event} {self.about}"


class Submission(models.Model):
    """A form that was carried out: its token, and the id of what it made. The second press of a button ends here."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    result = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return str(self.token)
