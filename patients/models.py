"""Patients, intakes, plans, follow-ups and reminders, with the invariants the database keeps."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from backdep_site.models import Clinic
from guidance.models import Edition


class Sex(models.TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"


class Patient(models.Model):
    """A person in care at one clinic (FHIR Patient). Identity only; no clinical facts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    sex_at_birth = models.CharField(max_length=10, choices=Sex, blank=True)
    gender = models.CharField(max_length=60, blank=True)
    record_number = models.CharField(max_length=40)
    telephone = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["family_name", "given_name", "birth_date"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "record_number"], name="one_record_number_per_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name.upper()}, {self.given_name}"

    def age_on(self, day: date) -> int:
        """Completed years on a day."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))


class IntakeStatus(models.TextChoices):
    DRAFT = "draft", "In progress"
    COMPLETED = "completed", "Completed"
    DISCARDED = "discarded", "Discarded"


class Intake(models.Model):
    """One assessment being filled in or filled in (FHIR QuestionnaireResponse).

    `answers`: step -> field -> what was typed (a text or a list of texts), also what cannot be read yet: nothing typed
    is lost. `revision` counts saves; a save names the revision it started from. `urgent`: the emergencies that the
    answers showed when they were last saved, so that they stand on the worklist before anything is signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="intakes")
    status = models.CharField(max_length=10, choices=IntakeStatus, default=IntakeStatus.DRAFT)
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_by_step = models.JSONField(default=dict)
    discard_reason = models.CharField(max_length=200, blank=True)
    urgent = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(status="draft"), name="one_draft_intake_per_patient"
            ),
        ]

    def __str__(self) -> str:
        return f"Intake of {self.started_at:%Y-%m-%d}"


class PlanKind(models.TextChoices):
    PLAN = "plan", "Treatment plan"
    SAFETY_RECORD = "safety-record", "Safety record"


class PlanStatus(models.TextChoices):
    """FHIR CarePlan: draft, active, on-hold, revoked, completed, entered-in-error."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    REPLACED = "replaced", "Replaced"
    ENDED = "ended", "Ended"
    ENTERED_IN_ERROR = "entered-in-error", "Entered in error"


class Plan(models.Model):
    """A suggested plan and what was decided on it (FHIR CarePlan); or the safety record that stands in its place.

    Keeps the facts and the brief answer (codes, statuses, because, missing) with the edition it came from: the texts
    come from the edition of that fingerprint, which is never deleted. `assessment` is what was shown before anything
    was decided, `checked` the same facts with what was accepted. Signing freezes the whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, null=True, related_name="plans")
    intake_revision = models.PositiveIntegerField(null=True)
    follow_up = models.ForeignKey("FollowUp", on_delete=models.PROTECT, null=True, related_name="plans")
    kind = models.CharField(max_length=20, choices=PlanKind)
    status = models.CharField(max_length=20, choices=PlanStatus, default=PlanStatus.DRAFT)
    number = models.PositiveIntegerField()
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=71)
    facts = models.JSONField()
    assessment = models.JSONField()
    checked = models.JSONField()
    combination_reasons = models.JSONField(default=dict)
    safety = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "number"], name="plan_numbers_count_up"),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(status="active", kind="plan"), name="one_active_plan_per_patient"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(status="draft"), name="one_draft_plan_per_patient"
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft", signed_at__isnull=True, signed_by__isnull=True)
                | models.Q(status__in=["replaced", "entered-in-error"])
                | models.Q(status__in=["active", "paused", "ended"], signed_at__isnull=False, signed_by__isnull=False),
                name="what_is_in_use_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Decision(models.TextChoices):
    UNDECIDED = "undecided", "Not decided"
    ACCEPTED = "accepted", "Accepted"
    CHANGED = "changed", "Accepted with a change"
    DECLINED = "declined", "Declined"
    NOT_CHOSEN = "not-chosen", "Not chosen"


class PlanItem(models.Model):
    """One option of a plan and the clinician's decision on it (FHIR CarePlan.activity)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    decision = models.CharField(max_length=12, choices=Decision, default=Decision.UNDECIDED)
    reason = models.CharField(max_length=40, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    change = models.CharField(max_length=300, blank=True)
    replaces = models.JSONField(default=list)
    start_date = models.DateField(null=True)
    check_date = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "code"], name="one_item_per_option"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.decision}"

    @property
    def is_in_plan(self) -> bool:
        return self.decision in (Decision.ACCEPTED, Decision.CHANGED)


class ReminderStatus(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "No longer needed"


class Reminder(models.Model):
    """Something to be done for a patient on a day (FHIR Task), from a signed plan or safety record.

    `urgency`: 0 contact after a safety record, 1 weekly contact at suicide risk, 2 everything else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reminders")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reminders")
    code = models.CharField(max_length=30)
    day = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    about = models.JSONField(default=list)
    due_date = models.DateField()
    urgency = models.PositiveSmallIntegerField(default=2)
    status = models.CharField(max_length=10, choices=ReminderStatus, default=ReminderStatus.OPEN)
    version = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["urgency", "due_date", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "code", "day"], name="one_reminder_per_plan_code_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "due_date"], name="reminder_status_due")]

    def __str__(self) -> str:
        return f"{self.code} due {self.due_date}"


class ContactOutcome(models.TextChoices):
    REACHED = "reached", "Reached"
    NO_ANSWER = "no-answer", "No answer"
    LEFT_MESSAGE = "left-message", "Left a message"


class ContactAttempt(models.Model):
    """One try to reach a patient for a reminder."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=ContactOutcome)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.get_outcome_display()


class FollowUpStatus(models.TextChoices):
    DRAFT = "draft", "In progress"
    COMPLETED = "completed", "Completed"
    ENTERED_IN_ERROR = "entered-in-error", "Entered in error"


class FollowUp(models.Model):
    """A visit beside the plan it reviews (FHIR Task with a QuestionnaireResponse).

    `question` is what the engine was asked (baseline, now, day, adherence, side effects), `review` its brief answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="follow_ups")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="follow_ups")
    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, null=True, related_name="follow_ups")
    status = models.CharField(max_length=20, choices=FollowUpStatus, default=FollowUpStatus.DRAFT)
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    contact_date = models.DateField()
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    question = models.JSONField(default=dict)
    review = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True)
    completed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(status="draft"), name="one_draft_follow_up_per_patient"
            ),
        ]

    def __str__(self) -> str:
        return f"Follow-up of {self.started_at:%Y-%m-%d}"
