"""Writes of the follow-up: start, save, complete; and what happens to a reminder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from backdep_site import audit
from backdep_site.models import User
from backdep_site.submissions import Stale, once
from guidance import evaluation
from guidance.engine.review import Review
from guidance.models import Edition
from patients.models import (
    ContactAttempt,
    ContactOutcome,
    FollowUp,
    FollowUpStatus,
    Plan,
    PlanKind,
    PlanStatus,
    Reminder,
    ReminderStatus,
)
from patients.plans import schedule
from patients.plans.actions import AFTER_FOLLOW_UP, reminder_urgency
from patients.plans.checks import WEEKLY_CONTACT

REVIEW_CODES = ("M-1MO", "M-3MO", "M-6MO")
"""Reminders that are carried out as a follow-up."""
BY_THE_PLAN = ("medicine_", "since_", "earlier_", "contact_date")
"""Answers that were prefilled from the plan, or count from it."""
EARLY_REVIEW = timedelta(days=14)
"""A follow-up this long before a review is due counts as that review."""
ORDINARY = 2
URGENT_AHEAD = timedelta(days=7)


class NoBaseline(Exception):
    """There is no signed plan to compare with."""


def start_follow_up(
    *, by: User, at: datetime, plan: Plan, reminder: Reminder | None, answers: Mapping[str, list[str]]
) -> FollowUp:
    """The patient's follow-up in progress, made if there is none, bound to the plan it reviews.

    One that was begun for a plan replaced since goes on beside the plan in use: its baseline is then that plan's.
    ``answers``: what is already known (the medicines by the plan), as typed. Raises NoBaseline.
    """
    found = FollowUp.objects.filter(patient=plan.patient, status=FollowUpStatus.DRAFT).first()
    in_use = plan.kind == PlanKind.PLAN and plan.status in (PlanStatus.ACTIVE, PlanStatus.PAUSED)
    if found is not None and (found.plan_id == plan.pk or not in_use):
        return found
    if found is not None:
        patient, today = plan.patient, plan.patient.clinic.today(at)
        # what is listed by the plan is that of the plan in use
        kept = {name: given for name, given in found.answers.items() if not name.startswith(BY_THE_PLAN)}
        with transaction.atomic():
            # somebody who saves it in this moment comes first: it is then opened as they left it, and moves next time
            moved = FollowUp.objects.filter(
                pk=found.pk, revision=found.revision, status=FollowUpStatus.DRAFT
            ).update(
                plan=plan, reminder=reminder, answers={**kept, **answers}, contact_date=today,
                revision=found.revision + 1, updated_at=at, updated_by=by,
            )  # fmt: skip
            if moved:
                audit.record("follow-up.moved", by=by, at=at, about=found, clinic=patient.clinic, patient=patient.pk)
        return FollowUp.objects.get(pk=found.pk)
    if not in_use:
        raise NoBaseline
    patient = plan.patient
    try:
        with transaction.atomic():
            follow_up = FollowUp.objects.create(
                patient=patient, plan=plan, reminder=reminder, answers=dict(answers),
                contact_date=patient.clinic.today(at), started_at=at, started_by=by, updated_at=at, updated_by=by,
            )  # fmt: skip
            audit.record("follow-up.started", by=by, at=at, about=follow_up, clinic=patient.clinic, patient=patient.pk)
            return follow_up
    except IntegrityError:
        # somebody else started one in the same moment: theirs is the one
        return FollowUp.objects.get(patient=patient, status=FollowUpStatus.DRAFT)


def save_follow_up(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    follow_up: FollowUp,
    typed: Mapping[str, list[str]],
    contact_date: date | None,
    expected: int,
) -> FollowUp:
    """Keep what was typed, readable or not. Raises Stale (saved since, or completed) and AlreadyDone."""
    with once(token, "follow-up.saved", follow_up, (dict(typed), contact_date), by=by, at=at) as submission:
        values: dict[str, Any] = {"answers": dict(typed), "revision": expected + 1, "updated_at": at, "updated_by": by}
        if contact_date is not None:
            values["contact_date"] = contact_date
        changed = FollowUp.objects.filter(pk=follow_up.pk, revision=expected, status=FollowUpStatus.DRAFT).update(
            **values
        )
        if not changed:
            raise Stale
        patient = follow_up.patient
        audit.record(
            "follow-up.saved", by=by, at=at, about=follow_up, clinic=patient.clinic, patient=patient.pk,
            revision=expected + 1,
        )  # fmt: skip
        submission.result = str(follow_up.pk)
    return FollowUp.objects.get(pk=follow_up.pk)


def complete_follow_up(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    follow_up: FollowUp,
    question: Mapping[str, Any],
    edition: Edition,
    expected: int,
) -> FollowUp:
    """Close the follow-up with the review of the edition in force. A red flag pauses the plan.

    The review that was due is done when both scores are known, and stays on the worklist otherwise. What holds the next
    plan (suicide risk, red flags) is put on the worklist for today, until a plan or a safety record is signed.

    Raises Stale, AlreadyDone, FactError and GuidanceUnavailable.
    """
    answer = evaluation.review(edition, question)
    with once(token, "follow-up.completed", follow_up, by=by, at=at) as submission:
        changed = FollowUp.objects.filter(pk=follow_up.pk, revision=expected, status=FollowUpStatus.DRAFT).update(
            status=FollowUpStatus.COMPLETED, question=dict(question), review=answer, edition=edition,
            revision=expected + 1, completed_at=at, completed_by=by, updated_at=at, updated_by=by,
        )  # fmt: skip
        if not changed:
            raise Stale
        patient = follow_up.patient
        if answer["depression"]["class"] and answer["pain"]["class"]:
            _close_review(follow_up, by=by, at=at)
        _put_what_is_open_on_the_worklist(follow_up, answer, edition, by=by, at=at)
        _plan_contacts(follow_up, answer, edition, day=question["day"])
        _close_results(follow_up, question, by=by, at=at)
        pauses = answer["gate"] == "safety-only" or any(step["code"] == "FU-RF" for step in answer["next_steps"])
        if pauses:
            Plan.objects.filter(pk=follow_up.plan_id, status=PlanStatus.ACTIVE).update(status=PlanStatus.PAUSED)
        audit.record(
            "follow-up.completed", by=by, at=at, about=follow_up, clinic=patient.clinic, patient=patient.pk,
            gate=answer["gate"], depression=answer["depression"]["class"], pain=answer["pain"]["class"], paused=pauses,
        )  # fmt: skip
        submission.result = str(follow_up.pk)
    return FollowUp.objects.get(pk=follow_up.pk)


def _close_review(follow_up: FollowUp, *, by: User, at: datetime) -> None:
    """The review that the follow-up carried out: the one it was started from, or the next that is due."""
    own = Reminder.objects.filter(plan=follow_up.plan_id, code__in=REVIEW_CODES, status=ReminderStatus.OPEN)
    due = own.filter(due_date__lte=follow_up.contact_date + EARLY_REVIEW).order_by("due_date").first()
    pk = follow_up.reminder_id or (due.pk if due else None)
    if pk is not None:
        Reminder.objects.filter(pk=pk, status=ReminderStatus.OPEN).update(
            status=ReminderStatus.DONE, closed_at=at, closed_by=by
        )


def _put_what_is_open_on_the_worklist(
    follow_up: FollowUp, answer: Review, edition: Edition, *, by: User, at: datetime
) -> None:
    patient = follow_up.patient
    before = Reminder.objects.filter(patient=patient, code=AFTER_FOLLOW_UP, status=ReminderStatus.OPEN)
    before.update(status=ReminderStatus.DONE, closed_at=at, closed_by=by, note="A later follow-up looked again.")
    if answer["gate"] == "open":
        return
    titles = evaluation.load(edition).titles
    found = [
        titles[alert["ref"]]
        for alert in answer["alerts"]
        if alert["severity"] in ("emergency", "urgent") and not alert["resolved"]
    ]
    what = "; ".join(found) or "suicide risk or red flags are not assessed"
    day = Reminder.objects.filter(plan=follow_up.plan_id, code=AFTER_FOLLOW_UP).count()
    Reminder.objects.create(
        patient=patient, plan_id=follow_up.plan_id, code=AFTER_FOLLOW_UP, day=day,
        text=f"Open after the follow-up: {what}. Make the next plan or safety record and record what was done."[:300],
        due_date=patient.clinic.today(at), urgency=reminder_urgency(AFTER_FOLLOW_UP),
    )  # fmt: skip


def _plan_contacts(follow_up: FollowUp, answer: Review, edition: Edition, *, day: int) -> None:
    """The weekly contacts that the visit's suicide risk asks for, whether or not a new plan is made."""
    texts, contact = evaluation.load(edition).texts, follow_up.contact_date
    for entry in answer["monitoring"]:
        if entry["code"] == WEEKLY_CONTACT:
            Reminder.objects.get_or_create(
                plan_id=follow_up.plan_id, code=WEEKLY_CONTACT, day=day + entry["day"],
                defaults={
                    "patient": follow_up.patient, "text": texts[entry["ref"]][:300], "about": list(entry["for"]),
                    "due_date": schedule.due(contact, entry["day"]), "urgency": reminder_urgency(WEEKLY_CONTACT),
                },
            )  # fmt: skip


def _close_results(follow_up: FollowUp, question: Mapping[str, Any], *, by: User, at: datetime) -> None:
    """The result of a referral was told: nobody has to ask for it any more."""
    told = (question["now"].get("red_flag_outcomes") or {}).items()
    codes = [f"RF-{flag}" for flag, outcome in told if outcome in ("excluded", "treated")]
    Reminder.objects.filter(patient=follow_up.patient, code__in=codes, status=ReminderStatus.OPEN).update(
        status=ReminderStatus.DONE, closed_at=at, closed_by=by, note="Told at a follow-up."
    )


def _claim(reminder: Reminder, expected: int, **values: Any) -> None:
    changed = Reminder.objects.filter(pk=reminder.pk, version=expected, status=ReminderStatus.OPEN).update(
        version=expected + 1, **values
    )
    if not changed:
        raise Stale


def _record(event: str, reminder: Reminder, *, by: User, at: datetime, **details: Any) -> None:
    patient = reminder.patient
    audit.record(event, by=by, at=at, about=reminder, clinic=patient.clinic, patient=patient.pk, **details)


def close_reminder(
    *, by: User, at: datetime, token: UUID | None, reminder: Reminder, expected: int, note: str = ""
) -> None:
    """The reminder was carried out. Raises ValidationError (an urgent one without a word), Stale and AlreadyDone."""
    if reminder.urgency == 0 and not note.strip():
        raise ValidationError({"note": "Enter what came of it: this contact is urgent"})
    with once(token, "reminder.done", reminder, note, by=by, at=at) as submission:
        _claim(reminder, expected, status=ReminderStatus.DONE, closed_at=at, closed_by=by, note=note)
        ContactAttempt.objects.create(reminder=reminder, at=at, by=by, outcome=ContactOutcome.REACHED, note=note)
        _record("reminder.done", reminder, by=by, at=at, code=reminder.code)
        submission.result = str(reminder.pk)


def log_attempt(
    *, by: User, at: datetime, token: UUID | None, reminder: Reminder, expected: int, outcome: str, note: str = ""
) -> None:
    """Nobody was reached: kept, and the reminder stays open. Raises Stale and AlreadyDone."""
    with once(token, "reminder.attempt", reminder, (outcome, note), by=by, at=at) as submission:
        _claim(reminder, expected)
        ContactAttempt.objects.create(reminder=reminder, at=at, by=by, outcome=outcome, note=note)
        _record("reminder.attempt", reminder, by=by, at=at, code=reminder.code, outcome=outcome)
        submission.result = str(reminder.pk)


def reschedule(
    *, by: User, at: datetime, token: UUID | None, reminder: Reminder, expected: int, due: date, reason: str
) -> None:
    """Move a reminder to another day. Raises ValidationError, Stale and AlreadyDone."""
    today = reminder.patient.clinic.today(at)
    if due < today:
        raise ValidationError({"due": "The new date must be today or later"})
    if reminder.urgency < ORDINARY and due > today + URGENT_AHEAD:
        raise ValidationError({"due": "The new date must be within a week: this contact is urgent"})
    if due > today + schedule.LONGEST_AHEAD:
        raise ValidationError({"due": "The new date must be within a year"})
    with once(token, "reminder.rescheduled", reminder, (due, reason), by=by, at=at) as submission:
        _claim(reminder, expected, due_date=schedule.on_working_day(due), note=reason)
        _record("reminder.rescheduled", reminder, by=by, at=at, code=reminder.code, due=due.isoformat())
        submission.result = str(reminder.pk)
