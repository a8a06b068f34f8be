"""Writes of the intake: start, save a step, discard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backdep_site import audit
from backdep_site.models import User
from backdep_site.submissions import Stale, once
from patients.intake.questionnaires import ANSWER_STEPS
from patients.models import Intake, IntakeStatus, Patient

Answers = Mapping[str, list[str]]
_TRIES = 5


def start_intake(*, by: User, at: datetime, patient: Patient) -> Intake:
    """The patient's intake in progress, made if there is none (one at a time)."""
    found = Intake.objects.filter(patient=patient, status=IntakeStatus.DRAFT).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            intake = Intake.objects.create(patient=patient, started_at=at, started_by=by, updated_at=at, updated_by=by)
            audit.record("intake.started", by=by, at=at, about=intake, clinic=patient.clinic, patient=patient.pk)
            return intake
    except IntegrityError:
        # somebody else started one in the same moment: theirs is the one
        return Intake.objects.get(patient=patient, status=IntakeStatus.DRAFT)


def step_revision(intake: Intake, step: str) -> int:
    """How often a step was saved; 0 when never. A page names the revision it was made from."""
    saved: dict[str, Any] = intake.saved_by_step.get(step, {})
    return int(saved.get("revision", 0))


def save_step(
    *, by: User, at: datetime, token: UUID | None, intake: Intake, step: str, typed: Answers, expected: int
) -> Intake:
    """Keep what was typed in one step, readable or not.

    ``expected``: the revision of the step that the page was made from. Raises Stale when the step was saved since, or
    the intake is no longer in progress; AlreadyDone on a second press. Returns the intake as saved.
    """
    if step not in ANSWER_STEPS:
        raise ValueError(f"{step} is no step with answers")
    with once(token, "intake.saved", intake, (step, dict(typed)), by=by, at=at) as submission:
        for _ in range(_TRIES):
            fresh = Intake.objects.get(pk=intake.pk)
            if fresh.status != IntakeStatus.DRAFT or step_revision(fresh, step) != expected:
                raise Stale
            answers = {**fresh.answers, step: {name: list(values) for name, values in typed.items()}}
            saved = {**fresh.saved_by_step, step: {"revision": expected + 1, "by": by.pk, "at": at.isoformat()}}
            changed = Intake.objects.filter(pk=fresh.pk, revision=fresh.revision, status=IntakeStatus.DRAFT).update(
                answers=answers, saved_by_step=saved, revision=fresh.revision + 1, updated_at=at, updated_by=by
            )
            if changed:
                break
            # another step was saved in between: read again
        else:
            raise Stale
        patient = fresh.patient
        audit.record(
            "intake.saved", by=by, at=at, about=fresh, clinic=patient.clinic, patient=patient.pk, step=step,
            revision=expected + 1,
        )  # fmt: skip
        submission.result = str(fresh.pk)
    return Intake.objects.get(pk=intake.pk)


def note_urgency(*, intake: Intake, urgent: str) -> None:
    """Keep which emergencies the saved answers show; no save of its own, the answers are as they were."""
    Intake.objects.filter(pk=intake.pk).exclude(urgent=urgent[:300]).update(urgent=urgent[:300])


def discard_intake(*, by: User, at: datetime, token: UUID | None, intake: Intake, expected: int, reason: str) -> None:
    """Give up an intake in progress; it stays in the history. Raises Stale when it was saved since."""
    with once(token, "intake.discarded", intake, reason, by=by, at=at) as submission:
        changed = Intake.objects.filter(pk=intake.pk, revision=expected, status=IntakeStatus.DRAFT).update(
            status=IntakeStatus.DISCARDED, updated_at=at, updated_by=by, revision=expected + 1, discard_reason=reason
        )
        if not changed:
            raise Stale
        patient = intake.patient
        audit.record("intake.discarded", by=by, at=at, about=intake, clinic=patient.clinic, patient=patient.pk)
        submission.result = str(patient.pk)
