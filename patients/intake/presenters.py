"""Page objects of the intake: a step, the check, a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms as django_forms

from guidance.engine.answer import Assessment
from guidance.evaluation import ReviewStatus
from patients.intake import questionnaires as q
from patients.intake.actions import step_revision
from patients.intake.forms import STEP_FORMS, StepForm
from patients.intake.mapping import NameBook, asks_pregnancy
from patients.models import Intake, Plan
from patients.presenters import PatientStrip


@dataclass(frozen=True)
class StepLink:
    """One line of the section list."""

    step: str
    name: str
    number: int
    status: str
    is_current: bool


@dataclass(frozen=True)
class StepPage:
    """One step of the intake."""

    strip: PatientStrip
    intake: Intake
    step: str
    name: str
    number: int
    count: int
    form: StepForm
    steps: list[StepLink]
    saved_text: str
    alerts: list[Any]
    review: ReviewStatus | None
    stale_days: int


@dataclass(frozen=True)
class AnswerLine:
    """One question on the check page."""

    label: str
    answer: str
    step: str
    anchor: str
    note: str = ""


@dataclass(frozen=True)
class AnswerCard:
    """One step on the check page."""

    step: str
    name: str
    lines: list[AnswerLine]


@dataclass(frozen=True)
class CheckPage:
    """Everything before the plan is drawn."""

    strip: PatientStrip
    intake: Intake
    steps: list[StepLink]
    cards: list[AnswerCard]
    unanswered: list[AnswerLine]
    wrong: list[AnswerLine]
    stale: list[tuple[str, str, int]]
    alerts: list[Any]
    review: ReviewStatus | None
    form: Any
    is_stale: bool
    draft: Plan | None


@dataclass(frozen=True)
class ConflictLine:
    """One question that two people answered differently."""

    name: str
    label: str
    theirs: str
    mine: str


def form_arguments(step: str, intake: Intake, today: date, names: NameBook) -> dict[str, Any]:
    """What a step's form needs to know besides the answers."""
    if step == "pain":
        return {"today": today}
    if step == "health":
        return {"asks_pregnancy": asks_pregnancy(intake.patient, today), "known_names": names, "today": today}
    if step == "life":
        return {"known_names": names}
    return {}


def judged_steps(intake: Intake, today: date, names: NameBook) -> dict[str, StepForm]:
    """Every answer step bound to what is stored, so that it can be judged and read."""
    out = {}
    for step, form_class in STEP_FORMS.items():
        form = form_class.judging(intake.answers.get(step, {}), **form_arguments(step, intake, today, names))
        form.is_valid()
        out[step] = form
    return out


def cleaned_answers(forms: Mapping[str, StepForm]) -> dict[str, dict[str, Any]]:
    """The answers that can be read; what is wrong stays out."""
    return {
        step: {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
        for step, form in forms.items()
    }


def step_links(intake: Intake, forms: Mapping[str, StepForm], current: str) -> list[StepLink]:
    """The section list with each step's status."""
    out = []
    for number, (step, name) in enumerate(q.STEPS.items(), 1):
        form = forms.get(step)
        if form is None:
            status = ""
        elif form.errors:
            status = "There is a problem"
        elif not step_revision(intake, step):
            status = "Not started"
        else:
            status = "In progress" if form.unanswered() else "Completed"
        out.append(StepLink(step, name, number, status, step == current))
    return out


def answer_text(form: StepForm, name: str) -> str:
    """One answer in words, as given; empty when there is none."""
    bound, field = form[name], form.fields[name]
    value = bound.value()
    if isinstance(field, django_forms.BooleanField):
        return "Yes" if value in (True, "on", "true", "True") else ""
    if isinstance(field, django_forms.MultipleChoiceField):
        names = dict(field.widget.choices)
        return ", ".join(str(names.get(one, one)) for one in value or [])
    if isinstance(field, django_forms.ChoiceField):
        return str(dict(field.widget.choices).get(value, "")) if value else ""
    return str(value or "")


def _anchor(form: StepForm, name: str) -> str:
    widget = form.fields[name].widget
    many = isinstance(widget, django_forms.RadioSelect | django_forms.CheckboxSelectMultiple)
    return f"id_{name}_0" if many else f"id_{name}"


def answer_cards(forms: Mapping[str, StepForm]) -> list[AnswerCard]:
    """What was answered, step by step."""
    cards = []
    for step, form in forms.items():
        lines = []
        for name in form.fields_stored():
            text = answer_text(form, name)
            if text:
                note = form.notes.get(name, "")
                lines.append(AnswerLine(str(form.fields[name].label), text, step, _anchor(form, name), note))
        cards.append(AnswerCard(step, q.STEPS[step], lines))
    return cards


def open_questions(forms: Mapping[str, StepForm]) -> list[AnswerLine]:
    """What still needs an answer, as things to do."""
    return [
        AnswerLine(message, "", step, _anchor(form, name))
        for step, form in forms.items()
        for name, message in form.unanswered().items()
        if name not in form.errors
    ]


def wrong_answers(forms: Mapping[str, StepForm]) -> list[AnswerLine]:
    """What was entered and cannot be read."""
    return [
        AnswerLine(str(message), "", step, _anchor(form, name))
        for step, form in forms.items()
        for name, messages in form.errors.items()
        if name in form.fields
        for message in messages
    ]


def conflict_lines(
    step: str,
    theirs: Mapping[str, list[str]],
    mine: Mapping[str, list[str]],
    intake: Intake,
    today: date,
    names: NameBook,
) -> list[ConflictLine]:
    """Questions of a step whose stored and posted answers differ."""
    form_class = STEP_FORMS[step]
    arguments = form_arguments(step, intake, today, names)
    their_form = form_class.with_answers(theirs, **arguments)
    my_form = form_class.with_answers(mine, **arguments)
    return [
        ConflictLine(
            name,
            str(their_form.fields[name].label),
            answer_text(their_form, name) or "Not answered",
            answer_text(my_form, name) or "Not answered",
        )
        for name in form_class.fields_stored()
        if list(theirs.get(name, [])) != list(mine.get(name, []))
    ]


def saved_text(intake: Intake, step: str) -> str:
    """When the step was saved last."""
    saved = intake.saved_by_step.get(step)
    if not saved:
        return ""
    at = datetime.fromisoformat(saved["at"])
    local = at.astimezone(intake.patient.clinic.zone)
    return f"Saved {local:%H:%M}"


def positive_alerts(assessment: Assessment) -> list[Any]:
    """While answering, only what was answered alerts: not what has not been asked yet."""
    silent = {"RF-UNASKED", "PHQ-INCOMPLETE", "MED-UNREVIEWED", "OUT-OF-SCOPE", "SR-7"}
    unasked = assessment["scores"]["phq9_item9"] is None
    return [
        alert
        for alert in assessment["alerts"]
        if alert["code"] not in silent and not (alert["code"] == "SR-UNASSESSED" and unasked)
    ]
