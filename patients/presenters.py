"""Page objects of the patient list and the patient page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from backdep_site.forms import parse_date
from backdep_site.models import Clinic
from guidance.engine.answer import Alert, BecauseEntry
from guidance.engine.edition import Edition, Source
from guidance.engine.wording import render_alert
from patients.models import (
    FollowUp,
    FollowUpStatus,
    Intake,
    IntakeStatus,
    Patient,
    Plan,
    PlanKind,
    PlanStatus,
    Reminder,
    ReminderStatus,
)
from patients.words import fact_words

TIERS = {"emergency": "t1", "urgent": "t1", "caution": "t2", "note": "t3"}
TIER_WORDS = {"t1": "Urgent", "t2": "Caution", "t3": "Note"}
RECENT = 10
FOUND_AT_MOST = 50


def day_text(day: date) -> str:
    """A date with its weekday: Fri 18 Dec 2026."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def relative_text(day: date, today: date) -> str:
    """How far away a day is: today, in 4 weeks, 4 days overdue."""
    away = (day - today).days
    if away == 0:
        return "today"
    if away < 0:
        return f"{-away} day{'' if away == -1 else 's'} overdue"
    if away % 7 == 0 and away >= 14:
        return f"in {away // 7} weeks"
    return f"in {away} day{'' if away == 1 else 's'}"


@dataclass(frozen=True)
class AlertCard:
    """An alert in its tier: what, because, do, why."""

    tier: str
    word: str
    title: str
    text: str
    because: list[str]
    sources: list[Source]
    is_resolved: bool
    key: str = ""
    answer: str = ""
    answer_words: str = ""


def because_words(because: Sequence[BecauseEntry]) -> list[str]:
    """Facts in words, each once."""
    return list(dict.fromkeys(fact_words(entry["fact"], entry["value"]) for entry in because))


def sources_of(content: Edition, codes: Sequence[str]) -> list[Source]:
    """Sources by their codes, each once."""
    return [content.sources[code] for code in dict.fromkeys(codes)]


def alert_card(content: Edition, alert: Alert, key: str = "", answers: Mapping[str, str] | None = None) -> AlertCard:
    """One alert as the page shows it; a resolved one is a note. ``key``: what an answer to it is kept under."""
    shown = render_alert(content, alert)
    tier = "t3" if alert["resolved"] else TIERS[alert["severity"]]
    return AlertCard(
        tier=tier,
        word="Recorded" if alert["resolved"] else TIER_WORDS[tier],
        title=shown["title"],
        text=shown["text"],
        because=because_words(alert["because"]),
        sources=sources_of(content, shown["sources"]),
        is_resolved=alert["resolved"],
        key=key,
        answer=(answers or {}).get(key, ""),
    )


@dataclass(frozen=True)
class PatientStrip:
    """Who it is about, on every page and printout."""

    id: str
    name: str
    born: str
    age: int
    sex: str
    record_number: str
    allergies: str
    clinic: Clinic

    @property
    def is_demo(self) -> bool:
        return self.clinic.is_demo


def allergies_text(facts: Mapping[str, Any] | None) -> str:
    """Allergies as the strip says them; unknown is never "none"."""
    if not facts or facts.get("allergies") is None:
        return "not recorded"
    if facts["allergies"]:
        complete = "" if facts.get("allergies_complete") else " (list not complete)"
        return ", ".join(facts["allergies"]).replace("-", " ") + complete
    return "none known" if facts.get("allergies_complete") else "not recorded"


def patient_strip(patient: Patient, today: date, facts: Mapping[str, Any] | None) -> PatientStrip:
    """The strip; ``facts`` are those of the newest assessment, if there is one."""
    born = patient.birth_date
    return PatientStrip(
        id=str(patient.pk),
        name=str(patient),
        born=f"{born.day} {born:%b %Y}",
        age=patient.age_on(today),
        sex=patient.get_sex_at_birth_display() if patient.sex_at_birth else "Sex not known",
        record_number=patient.record_number,
        allergies=allergies_text(facts),
        clinic=patient.clinic,
    )


def strip_so_far(patient: Patient, today: date, facts: Mapping[str, Any] | None = None) -> PatientStrip:
    """The strip while answers are being given: what is answered now, and until then what is known from before."""
    if facts is None or facts.get("allergies") is None:
        newest = patient.plans.order_by("-number").only("facts").first()
        facts = newest.facts if newest else facts
    return patient_strip(patient, today, facts)


@dataclass(frozen=True)
class PatientRow:
    """One patient in the list."""

    id: str
    name: str
    born: str
    age: int
    record_number: str
    clinic: str
    phq9: str
    peg: str
    next_due: str
    status: str


@dataclass(frozen=True)
class PatientListPage:
    """The list: what was searched, what was found."""

    query: str
    rows: list[PatientRow]
    heading: str
    same_names: list[str]
    truncated: bool


def search(patients: QuerySet[Patient], query: str) -> QuerySet[Patient]:
    """Patients by name, date of birth or record number."""
    query = query.strip()
    born = parse_date(query)
    if born is not None:
        return patients.filter(birth_date=born)
    found = patients.none()
    words = [word for word in query.replace(",", " ").split() if word]
    if words:
        found = patients.filter(record_number__iexact=query)
        by_name = patients.all()
        for word in words:
            by_name = by_name.filter(family_name__icontains=word) | by_name.filter(given_name__icontains=word)
        found = found | by_name
    return found


def _score_text(plan: Plan | None, name: str, unit: str) -> str:
    value = plan.assessment["scores"].get(name) if plan is not None else None
    return "Not known" if value is None else f"{value}{unit}"


def patient_list(patients: QuerySet[Patient], query: str, at: datetime) -> PatientListPage:
    """The list page. A constant number of queries, however many patients there are."""
    if query:
        found = list(
            search(patients, query)
            .select_related("clinic")
            .order_by("family_name", "given_name", "birth_date")[: FOUND_AT_MOST + 1]
        )
        heading = f"Found for ‘{query}’"
    else:
        found = list(patients.select_related("clinic").order_by("-created_at")[:RECENT])
        heading = "Your recent patients"
    truncated, found = len(found) > FOUND_AT_MOST, found[:FOUND_AT_MOST]
    ids = [patient.pk for patient in found]
    newest: dict[Any, Plan] = {}
    for plan in Plan.objects.filter(patient__in=ids, kind=PlanKind.PLAN).defer("checked", "facts").order_by("number"):
        newest[plan.patient_id] = plan
    active = set(Plan.objects.filter(patient__in=ids, status=PlanStatus.ACTIVE).values_list("patient", flat=True))
    drafts = set(Intake.objects.filter(patient__in=ids, status=IntakeStatus.DRAFT).values_list("patient", flat=True))
    due: dict[Any, date] = {}
    for patient_id, due_date in (
        Reminder.objects.filter(patient__in=ids, status=ReminderStatus.OPEN)
        .order_by("-due_date")
        .values_list("patient", "due_date")
    ):
        due[patient_id] = due_date
    rows = []
    for patient in found:
        today, last = patient.clinic.today(at), newest.get(patient.pk)
        rows.append(
            PatientRow(
                id=str(patient.pk),
                name=str(patient),
                born=f"{patient.birth_date.day} {patient.birth_date:%b %Y}",
                age=patient.age_on(today),
                record_number=patient.record_number,
                clinic=patient.clinic.name,
                phq9=_score_text(last, "phq9_total", " of 27"),
                peg=_score_text(last, "peg", " of 10"),
                next_due=f"{day_text(due[patient.pk])} ({relative_text(due[patient.pk], today)})"
                if patient.pk in due
                else "",
                status="Plan active"
                if patient.pk in active
                else "Assessment in progress"
                if patient.pk in drafts
                else "No plan",
            )
        )
    names = [row.name for row in rows]
    same = sorted({name for name in names if names.count(name) > 1})
    return PatientListPage(query, rows, heading, same, truncated)


@dataclass(frozen=True)
class HistoryLine:
    """One thing in the patient's history."""

    at: datetime
    text: str
    by: str
    url_name: str
    url_id: str
    status: str


@dataclass(frozen=True)
class PatientPage:
    """The patient's page: what is open, what is next, what was."""

    strip: PatientStrip
    intake: Intake | None
    intake_steps_saved: int
    urgent: list[tuple[str, str, str]]
    draft_plan: Plan | None
    active_plan: Plan | None
    follow_up: FollowUp | None
    next_reminders: list[tuple[Reminder, str]]
    history: list[HistoryLine]
    edition_notice: str


def patient_page(patient: Patient, at: datetime, notice: str) -> PatientPage:
    """The page of one patient."""
    today = patient.clinic.today(at)
    plans: Sequence[Plan] = list(
        patient.plans.select_related("signed_by", "created_by", "edition")
        .defer("assessment", "checked")
        .order_by("-number")
    )
    intakes: Sequence[Intake] = list(patient.intakes.select_related("started_by"))
    follow_ups: Sequence[FollowUp] = list(
        patient.follow_ups.select_related("started_by", "completed_by").defer("review", "question")
    )
    reminders = list(patient.reminders.filter(status=ReminderStatus.OPEN).order_by("urgency", "due_date")[:8])
    draft_intake = next((one for one in intakes if one.status == IntakeStatus.DRAFT), None)
    draft_plan = next((one for one in plans if one.status == PlanStatus.DRAFT), None)
    in_use = [one for one in plans if one.status in (PlanStatus.ACTIVE, PlanStatus.PAUSED)]
    # a plan that a safety record paused is still the one that a follow-up looks at
    current = next((one for one in in_use if one.kind == PlanKind.PLAN), in_use[0] if in_use else None)
    history = [
        *(
            HistoryLine(
                plan.signed_at or plan.created_at,
                f"{plan.get_kind_display()} {plan.number}, edition {plan.edition.version}",
                str(plan.signed_by or plan.created_by),
                "plan",
                str(plan.pk),
                plan.get_status_display() if plan.signed_at or plan.status == PlanStatus.DRAFT else "Not signed",
            )
            for plan in plans
        ),
        *(
            HistoryLine(
                one.started_at, "Assessment", str(one.started_by), "intake", str(one.pk), one.get_status_display()
            )
            for one in intakes
        ),
        *(
            HistoryLine(
                one.completed_at or one.started_at,
                "Follow-up",
                str(one.completed_by or one.started_by),
                "follow-up-result" if one.status == FollowUpStatus.COMPLETED else "follow-up",
                str(one.pk),
                one.get_status_display(),
            )
            for one in follow_ups
        ),
    ]
    history.sort(key=lambda line: line.at, reverse=True)
    newest = plans[0].facts if plans else None
    urgent = [(one.text, "reminder", str(one.pk)) for one in reminders if one.urgency == 0]
    if draft_plan is not None and draft_plan.kind == PlanKind.SAFETY_RECORD:
        urgent.insert(0, (f"{draft_plan} is not signed.", "plan", str(draft_plan.pk)))
    elif draft_intake is not None and draft_intake.urgent:
        urgent.insert(0, (f"The assessment in progress shows: {draft_intake.urgent}.", "intake", str(draft_intake.pk)))
    return PatientPage(
        strip=patient_strip(patient, today, newest),
        intake=draft_intake,
        intake_steps_saved=len(draft_intake.saved_by_step) if draft_intake else 0,
        urgent=urgent,
        draft_plan=draft_plan,
        active_plan=current,
        follow_up=next((one for one in follow_ups if one.status == FollowUpStatus.DRAFT), None),
        next_reminders=[(one, f"{day_text(one.due_date)} ({relative_text(one.due_date, today)})") for one in reminders],
        history=history,
        edition_notice=notice,
    )
