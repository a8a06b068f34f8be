"""Page objects of the worklist, the follow-up form and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import QuerySet

from backdep_site.models import Clinic
from guidance import evaluation
from guidance.engine.review import Review, visit_facts
from guidance.evaluation import ReviewStatus
from patients.followup.actions import REVIEW_CODES
from patients.followup.forms import FollowUpForm
from patients.intake import questionnaires as q
from patients.models import (
    FollowUp,
    FollowUpStatus,
    Intake,
    IntakeStatus,
    Plan,
    PlanKind,
    PlanStatus,
    Reminder,
    ReminderStatus,
)
from patients.plans.actions import AFTER_FOLLOW_UP
from patients.presenters import (
    AlertCard,
    PatientStrip,
    alert_card,
    because_words,
    day_text,
    patient_strip,
    relative_text,
    sources_of,
)
from patients.words import CLASS_WORDS

TABS = {"overdue": "Overdue", "due": "Due this week", "coming": "Coming", "done": "Done"}
PER_PAGE = 50
DONE_DAYS = 30
REVIEW_DAYS = ((26, 35), (77, 98), (154, 182))
"""When the reviews of one, three and six months count as such (A-9 for the first)."""
OUTSIDE_REVIEW_DAYS = "{} days since the plan was signed: outside the reviews at one (day 26-35), three and six months."
AT_ONCE = frozenset((
    "FU-RF", "FU-SUICIDE", "FU-SEROTONIN", "FU-ADHERENCE", "FU-SE-SIGNIFICANT", "FU-SE-MILD", "FU-D-WORSE",
    "FU-P-WORSE", "FU-WAIT",
))  # fmt: skip
"""Next steps that stand beside an emergency; the others wait until it is settled."""
NO_CLASS = "Cannot be told: a score is missing"


@dataclass(frozen=True)
class WorklistRow:
    """One thing to do."""

    id: str
    version: int
    patient_id: str
    name: str
    born: str
    record_number: str
    telephone: str
    clinic: str
    what: str
    due: str
    is_overdue: bool
    urgency: int
    last_scores: str
    attempts: int
    is_review: bool
    is_result: bool
    closed: str


@dataclass(frozen=True)
class Unfinished:
    """An emergency that somebody began to record, and that no signed plan or safety record stands for yet."""

    patient_id: str
    name: str
    what: str
    url_name: str
    url_id: str


def unfinished(clinics: Sequence[Clinic]) -> list[Unfinished]:
    """Safety records not signed, assessments in progress whose answers show an emergency, and what a follow-up left
    open."""
    records = (
        Plan.objects.filter(patient__clinic__in=clinics, kind=PlanKind.SAFETY_RECORD, status=PlanStatus.DRAFT)
        .select_related("patient")
        .only("number", "kind", "patient")
    )
    found = {
        plan.patient_id: Unfinished(
            str(plan.patient_id), str(plan.patient), f"{plan} is not signed", "plan", str(plan.pk)
        )
        for plan in records
    }
    drafts = Intake.objects.filter(patient__clinic__in=clinics, status=IntakeStatus.DRAFT).exclude(urgent="")
    for intake in drafts.select_related("patient").only("urgent", "patient"):
        what = f"assessment in progress shows: {intake.urgent}"
        found.setdefault(
            intake.patient_id,
            Unfinished(str(intake.patient_id), str(intake.patient), what, "intake", str(intake.pk)),
        )
    left = Reminder.objects.filter(patient__clinic__in=clinics, code=AFTER_FOLLOW_UP, status=ReminderStatus.OPEN)
    for reminder in left.select_related("patient"):
        found.setdefault(
            reminder.patient_id,
            Unfinished(
                str(reminder.patient_id), str(reminder.patient), reminder.text.rstrip("."), "reminder", str(reminder.pk)
            ),
        )
    return sorted(found.values(), key=lambda one: one.name)


@dataclass(frozen=True)
class WorklistTab:
    code: str
    name: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class WorklistPage:
    """The worklist: tabs with counts, rows of one tab."""

    tabs: list[WorklistTab]
    tab: str
    rows: list[WorklistRow]
    page_number: int
    page_count: int
    next_due: str


def tab_rows(reminders: QuerySet[Reminder], tab: str, today: date) -> QuerySet[Reminder]:
    """The reminders of a tab. Due today is due, not overdue."""
    open_ones = reminders.filter(status=ReminderStatus.OPEN)
    if tab == "overdue":
        return open_ones.filter(due_date__lt=today)
    if tab == "due":
        return open_ones.filter(due_date__gte=today, due_date__lt=today + timedelta(days=7))
    if tab == "coming":
        return open_ones.filter(due_date__gte=today + timedelta(days=7))
    return reminders.filter(status=ReminderStatus.DONE, closed_at__date__gte=today - timedelta(days=DONE_DAYS))


def worklist(reminders: QuerySet[Reminder], tab: str, number: int, at: datetime, today: date) -> WorklistPage:
    """The worklist page; a constant number of queries. Riskiest first, then the longest overdue."""
    counts = {code: tab_rows(reminders, code, today).count() for code in TABS}
    tab = tab if tab in TABS else next((code for code in ("overdue", "due", "coming") if counts[code]), "due")
    pages = max(-(-counts[tab] // PER_PAGE), 1)
    number = min(max(number, 1), pages)
    order = ("-closed_at", "pk") if tab == "done" else ("urgency", "due_date", "patient__family_name", "code", "pk")
    found = list(
        tab_rows(reminders, tab, today)
        .select_related("patient__clinic", "closed_by")
        .order_by(*order)[(number - 1) * PER_PAGE : number * PER_PAGE]
    )
    scores = last_scores([reminder.patient_id for reminder in found])
    attempts: dict[Any, int] = {}
    for reminder_id in Reminder.objects.filter(pk__in=[one.pk for one in found]).values_list(
        "attempts__reminder", flat=True
    ):
        if reminder_id is not None:
            attempts[reminder_id] = attempts.get(reminder_id, 0) + 1
    rows = [_row(reminder, at, scores, attempts) for reminder in found]
    upcoming = reminders.filter(status=ReminderStatus.OPEN).order_by("due_date").first() if not rows else None
    return WorklistPage(
        tabs=[WorklistTab(code, name, counts[code], code == tab) for code, name in TABS.items()],
        tab=tab,
        rows=rows,
        page_number=number,
        page_count=pages,
        next_due=day_text(upcoming.due_date) if upcoming else "",
    )


def _row(reminder: Reminder, at: datetime, scores: Mapping[Any, str], attempts: Mapping[Any, int]) -> WorklistRow:
    patient = reminder.patient
    today = patient.clinic.today(at)
    closed = ""
    if reminder.closed_at is not None:
        closed = f"{day_text(patient.clinic.today(reminder.closed_at))} by {reminder.closed_by}"
    return WorklistRow(
        id=str(reminder.pk),
        version=reminder.version,
        patient_id=str(patient.pk),
        name=str(patient),
        born=f"{patient.birth_date.day} {patient.birth_date:%b %Y}",
        record_number=patient.record_number,
        telephone=patient.telephone,
        clinic=patient.clinic.name,
        what=reminder.text,
        due=f"{day_text(reminder.due_date)} ({relative_text(reminder.due_date, today)})",
        is_overdue=reminder.due_date < today,
        urgency=reminder.urgency,
        last_scores=scores.get(patient.pk, "Not known"),
        attempts=attempts.get(reminder.pk, 0),
        is_review=reminder.code in REVIEW_CODES,
        is_result=reminder.code.startswith("RF-"),
        closed=closed,
    )


def last_scores(patients: Sequence[Any]) -> dict[Any, str]:
    """patient -> the last scores in words, with the direction since the baseline."""
    out: dict[Any, str] = {}
    for patient_id, assessment in (
        Plan.objects.filter(patient__in=set(patients), signed_at__isnull=False)
        .order_by("number")
        .values_list("patient", "assessment__scores")
    ):
        out[patient_id] = _scores_words(assessment or {})
    for patient_id, scores, change in (
        FollowUp.objects.filter(patient__in=set(patients), status=FollowUpStatus.COMPLETED)
        .order_by("completed_at")
        .values_list("patient", "review__scores", "review__depression__change")
    ):
        direction = (
            ""
            if change is None
            else " (no change)"
            if change == 0
            else f" ({'up' if change > 0 else 'down'} {abs(change)})"
        )
        out[patient_id] = _scores_words(scores or {}, direction)
    return out


def _scores_words(scores: Mapping[str, Any], direction: str = "") -> str:
    total, peg = scores.get("phq9_total"), scores.get("peg")
    parts = [
        f"PHQ-9 {'not known' if total is None else total}{direction}",
        f"PEG {'not known' if peg is None else peg}",
    ]
    return " · ".join(parts)


# ---------------------------------------------------------------------------------------- the form and its result


@dataclass(frozen=True)
class ThenNow:
    """One question then and now."""

    label: str
    then: str
    now: str
    changed: bool


@dataclass(frozen=True)
class NextStepCard:
    text: str
    because: list[str]
    sources: list[Any]
    code: str


@dataclass(frozen=True)
class ComponentCard:
    """One component: what it was, what it is, in a class with words."""

    name: str
    then: str
    now: str
    change: str
    words: str
    code: str


@dataclass(frozen=True)
class FollowUpPage:
    """The follow-up form beside its baseline."""

    strip: PatientStrip
    follow_up: FollowUp
    form: FollowUpForm
    baseline: list[ThenNow]
    baseline_date: str
    plan_name: str
    saved_text: str


@dataclass(frozen=True)
class ResultPage:
    """What the review says; before completion a preview, after it the record."""

    strip: PatientStrip
    follow_up: FollowUp
    is_preview: bool
    gate: str
    day_text: str
    early_or_late: str
    components: list[ComponentCard]
    next_steps: list[NextStepCard]
    later_steps: list[NextStepCard]
    is_scored: bool
    worse_by_flag: bool
    alerts: list[AlertCard]
    notes: list[AlertCard]
    items: list[ThenNow]
    review: ReviewStatus
    edition_changed: str
    note: str
    plan_drawn: Plan | None
    form: Any


def _answer(items: Sequence[int | None] | None, place: int, words: Sequence[tuple[str, str]]) -> str:
    value = items[place] if items else None
    return "Not answered" if value is None else f"{words[value][1]} ({value})"


def then_and_now(baseline: Mapping[str, Any], now: Mapping[str, Any]) -> list[ThenNow]:
    """Each question of PHQ-9 and PEG at both visits."""
    out = []
    for place, item in enumerate(q.PHQ9_ITEMS):
        then_text = _answer(baseline.get("phq9"), place, q.PHQ9_CHOICES)
        now_text = _answer(now.get("phq9"), place, q.PHQ9_CHOICES)
        out.append(ThenNow(f"{place + 1}. {item}", then_text, now_text, then_text != now_text))
    for place, (question, _, _) in enumerate(q.PEG_ITEMS):
        values = [(facts.get("peg") or [None] * 3)[place] for facts in (baseline, now)]
        texts = ["Not answered" if value is None else f"{value} of 10" for value in values]
        out.append(ThenNow(question, texts[0], texts[1], texts[0] != texts[1]))
    return out


def follow_up_page(follow_up: FollowUp, form: FollowUpForm, at: datetime) -> FollowUpPage:
    """The form page."""
    plan, clinic = follow_up.plan, follow_up.patient.clinic
    signed = clinic.today(plan.signed_at or plan.created_at)
    return FollowUpPage(
        strip=patient_strip(follow_up.patient, clinic.today(at), plan.facts),
        follow_up=follow_up,
        form=form,
        baseline=then_and_now(plan.facts, {}),
        baseline_date=day_text(signed),
        plan_name=f"Plan {plan.number} of {day_text(signed)}",
        saved_text=f"Saved {follow_up.updated_at.astimezone(clinic.zone):%H:%M}" if follow_up.revision > 1 else "",
    )


def _total(facts: Mapping[str, Any]) -> str:
    items = facts.get("phq9")
    return "Not known" if not items or None in items else f"{sum(items)} of 27"


def _peg(facts: Mapping[str, Any]) -> str:
    items = facts.get("peg")
    return "Not known" if not items or None in items else f"{round(sum(items) / 3, 1)} of 10"


def _thirds(baseline: Mapping[str, Any], now: Mapping[str, Any]) -> float | None:
    """The change of the PEG, not rounded."""
    then, today = baseline.get("peg"), now.get("peg")
    return None if not then or not today or None in [*then, *today] else (sum(today) - sum(then)) / 3


def _change(value: float | None, then: float | None, exact: float | None = None) -> str:
    """A change in words; the share is counted from the ``exact`` one, where the shown one is rounded."""
    if value is None:
        return "Not known"
    share = f", {abs(value if exact is None else exact) / then * 100:.0f} %" if then else ""
    return f"{value:+g}{share}" if value else "No change"


def result_page(
    follow_up: FollowUp, question: Mapping[str, Any], answer: Review, at: datetime, *, is_preview: bool, form: Any
) -> ResultPage:
    """The result of a review. Raises GuidanceUnavailable."""
    edition = follow_up.edition or evaluation.in_force()
    content = evaluation.load(edition)
    plan, clinic = follow_up.plan, follow_up.patient.clinic
    baseline, now = question["baseline"], question["now"]
    facts = visit_facts(baseline, now, question["day"])
    cards = [alert_card(content, alert) for alert in answer["alerts"]]
    day = question["day"]
    window = "" if any(first <= day <= last for first, last in REVIEW_DAYS) else OUTSIDE_REVIEW_DAYS.format(day)
    then_total, then_peg = baseline.get("phq9"), baseline.get("peg")
    depression, pain = answer["depression"], answer["pain"]
    components = [
        ComponentCard(
            "Depression (PHQ-9)", _total(baseline), _total(now),
            _change(depression["change"], sum(then_total) if then_total and None not in then_total else None),
            CLASS_WORDS.get(depression["class"] or "", NO_CLASS), depression["class"] or "unknown",
        ),
        ComponentCard(
            "Pain (PEG)", _peg(baseline), _peg(now),
            _change(
                pain["change"],
                sum(then_peg) / 3 if then_peg and None not in then_peg else None,
                _thirds(baseline, now),
            ),
            CLASS_WORDS.get(pain["class"] or "", NO_CLASS), pain["class"] or "unknown",
        ),
    ]  # fmt: skip
    steps = [
        NextStepCard(
            content.texts[step["ref"]],
            because_words(step["because"]),
            sources_of(content, content.text_sources[step["ref"]]),
            step["code"],
        )
        for step in answer["next_steps"]
    ]
    is_urgent = answer["gate"] == "safety-only" or any(step.code == "FU-RF" for step in steps)
    changed = ""
    if edition.pk != plan.edition_id:
        changed = f"The plan was made from edition {plan.edition.version}; this review uses edition {edition.version}."
    return ResultPage(
        strip=patient_strip(follow_up.patient, clinic.today(at), facts),
        follow_up=follow_up,
        is_preview=is_preview,
        gate=answer["gate"],
        day_text=f"{day_text(follow_up.contact_date)}, day {day} of the plan",
        early_or_late=window,
        components=components,
        next_steps=[step for step in steps if step.code in AT_ONCE or not is_urgent],
        later_steps=[step for step in steps if step.code not in AT_ONCE and is_urgent],
        is_scored=bool(depression["class"] and pain["class"]),
        worse_by_flag=pain["class"] == "worse" and (pain["change"] or 0) < 1,
        alerts=[card for card in cards if card.tier in ("t1", "t2")],
        notes=[card for card in cards if card.tier == "t3"],
        items=then_and_now(baseline, now),
        review=evaluation.status_of(edition),
        edition_changed=changed,
        note="; ".join(follow_up.answers.get("note", [])),
        plan_drawn=follow_up.plans.order_by("-number").first(),
        form=form,
    )


def stored_review(follow_up: FollowUp) -> Review:
    """The answer kept with a completed follow-up."""
    return cast(Review, follow_up.review)
