"""Editions of the guidance and their rows."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class EditionStatus(models.TextChoices):
    """The way of an edition; the middle three are the review status that readers see."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    UNDER_REVIEW = "under-review", "Under review"
    APPROVED = "approved", "Approved"
    IN_FORCE = "in-force", "In force"
    RETIRED = "retired", "Retired"


class Edition(models.Model):
    """One version of the guidance (FHIR PlanDefinition). Never deleted: signed plans point to it.

    `fingerprint` is the SHA-256 of the canonical document; it is checked whenever the edition is loaded.
    """

    version = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=20, choices=EditionStatus, default=EditionStatus.DRAFT)
    fingerprint = models.CharField(max_length=71, unique=True)
    created_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["status"], condition=models.Q(status="in-force"), name="one_edition_in_force"
            ),
            models.CheckConstraint(condition=models.Q(status__in=EditionStatus.values), name="edition_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"Edition {self.version}"

    def document(self) -> dict[str, Any]:
        """The edition as the plain document that its fingerprint was taken of."""
        rows: dict[str, list[Any]] = {}
        for kind, body in self.rows.order_by("kind", "position").values_list("kind", "body"):
            rows.setdefault(kind, []).append(body)
        return {"version": self.version, "title": self.title, "rows": rows}


class EditionRow(models.Model):
    """One row of an edition: a rule, a table row, a medicine, a source."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=30)
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=80)
    body = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "kind", "position"], name="one_row_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Review(models.Model):
    """A medical reviewer's decision on an edition (FHIR Provenance)."""

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=20, choices=Decision)
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_decision_display()} by {self.reviewer}"
