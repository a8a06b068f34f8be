"""The intake, step by step, and its check page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backdep_site import access
from backdep_site.forms import typed_lines
from backdep_site.models import Role, User
from backdep_site.submissions import AlreadyDone, Stale
from guidance import evaluation
from guidance.engine.facts import FactError
from patients.forms import DiscardForm
from patients.intake import actions, mapping, presenters
from patients.intake import questionnaires as q
from patients.intake.forms import STEP_FORMS
from patients.intake.mapping import NameBook
from patients.intake.suggestions import suggest
from patients.models import Intake, IntakeStatus, Patient, PlanStatus
from patients.presenters import AlertCard, alert_card, strip_so_far

INTAKES = Intake.objects.select_related("patient__clinic", "updated_by")


def _names() -> NameBook:
    """Names of the catalogue in force; without guidance every medicine is kept as typed and counts as not checked."""
    try:
        return NameBook.of(evaluation.load(evaluation.in_force()))
    except evaluation.GuidanceUnavailable:
        return NameBook({}, {}, (), ())


def _find(request: HttpRequest, intake_id: str) -> tuple[User, datetime, Intake, date]:
    by, at = access.person(request), timezone.now()
    intake = access.find(INTAKES, intake_id, by=by, at=at, clinic_path="patient__clinic")
    return by, at, intake, intake.patient.clinic.today(at)


def read_facts(intake: Intake, today: date, names: NameBook, forms: Any = None) -> dict[str, Any]:
    """The facts of an intake as it stands. ``forms``: its judged steps, where the caller has them already."""
    return mapping.facts_of(
        presenters.cleaned_answers(forms or presenters.judged_steps(intake, today, names)),
        patient=intake.patient,
        today=today,
        names=names,
        said_on=_said_on(intake),
    )


def _said_on(intake: Intake) -> dict[str, date]:
    clinic = intake.patient.clinic
    return {step: clinic.today(datetime.fromisoformat(saved["at"])) for step, saved in intake.saved_by_step.items()}


@require_POST
def start(request: HttpRequest, patient_id: str) -> HttpResponse:
    """Start an assessment, or go on with the one in progress at its first unfinished step."""
    by, at = access.person(request), timezone.now()
    patient = access.find(Patient.objects.select_related("clinic"), patient_id, by=by, at=at)
    intake = actions.start_intake(by=by, at=at, patient=patient)
    return redirect("intake-step", intake_id=intake.pk, step=_first_open(intake))


def _first_open(intake: Intake) -> str:
    return next((step for step in q.ANSWER_STEPS if not actions.step_revision(intake, step)), "check")


def resume(request: HttpRequest, intake_id: str) -> HttpResponse:
    """Open an intake at its first unfinished step; a completed one for reading."""
    _, _, intake, _ = _find(request, intake_id)
    if intake.status != IntakeStatus.DRAFT:
        return redirect("intake-step", intake_id=intake.pk, step="check")
    return redirect("intake-step", intake_id=intake.pk, step=_first_open(intake))


@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, intake_id: str, step: str) -> HttpResponse:
    """One step: show it, or keep what was typed."""
    if step not in q.STEPS:
        raise Http404
    by, at, intake, today = _find(request, intake_id)
    if step == "check":
        return check_page(request, by, at, intake, today)
    if intake.status != IntakeStatus.DRAFT and request.method != "POST":
        return redirect("intake-step", intake_id=intake.pk, step="check")
    names = _names()
    if request.method == "POST":
        return _save(request, by, at, intake, today, step, names)
    form = STEP_FORMS[step].with_answers(
        intake.answers.get(step, {}),
        version=actions.step_revision(intake, step),
        **presenters.form_arguments(step, intake, today, names),
    )
    return _show(request, intake, today, step, form, names)


def _show(
    request: HttpRequest, intake: Intake, today: date, step: str, form: Any, names: NameBook, status: int = 200
) -> HttpResponse:
    forms = presenters.judged_steps(intake, today, names)
    order = list(q.STEPS)
    page = presenters.StepPage(
        strip=strip_so_far(
            intake.patient,
            today,
            read_facts(intake, today, names, forms),
        ),
        intake=intake,
        step=step,
        name=q.STEPS[step],
        number=order.index(step) + 1,
        count=len(order),
        form=form,
        steps=presenters.step_links(intake, forms, step),
        saved_text=presenters.saved_text(intake, step),
        alerts=_alerts(intake, today, names, forms),
        review=_review(),
        stale_days=mapping.stale_steps(_said_on(intake), today).get(step, 0),
    )
    return render(request, "patients/intake_step.html", {"page": page, "strip": page.strip}, status=status)


def _review() -> evaluation.ReviewStatus | None:
    """Whether the guidance behind the alerts was reviewed; None when it cannot be told (the alerts say so then)."""
    try:
        return evaluation.status_of(evaluation.in_force())
    except evaluation.GuidanceUnavailable:
        return None


def _alerts(intake: Intake, today: date, names: NameBook, forms: Any, *, all_of_them: bool = False) -> list[AlertCard]:
    """Alerts of what is stored so far; while answering, only those that an answer raised."""
    try:
        edition = evaluation.in_force()
        facts = read_facts(intake, today, names, forms)
        assessment = evaluation.assess(edition, facts)
        content = evaluation.load(edition)
    except (evaluation.GuidanceUnavailable, FactError):
        return [UNAVAILABLE]
    found = assessment["alerts"] if all_of_them else presenters.positive_alerts(assessment)
    return [alert_card(content, alert) for alert in found]


UNAVAILABLE = AlertCard(
    tier="t1",
    word="Urgent",
    title="Alerts could not be prepared. Do not treat this as no alerts.",
    text="Your answers are saved; tell the administrator.",
    because=[],
    sources=[],
    is_resolved=False,
)


def _save(
    request: HttpRequest, by: User, at: datetime, intake: Intake, today: date, step: str, names: NameBook
) -> HttpResponse:
    form_class = STEP_FORMS[step]
    arguments = presenters.form_arguments(step, intake, today, names)
    posted = form_class(request.POST, **arguments)
    posted.is_valid()
    typed = form_class.typed(request.POST)
    fills = request.POST.get("go") == "fill"
    if fills:
        typed = _fill_conditions(typed)
    resolving = request.POST.get("resolving") == "1"
    if resolving:
        theirs = intake.answers.get(step, {})
        lines = presenters.conflict_lines(step, theirs, typed, intake, today, names)
        picks = {line.name: request.POST.get(f"keep_{line.name}", "") for line in lines}
        if not all(pick in ("mine", "theirs") for pick in picks.values()):
            return _conflict(request, intake, today, step, typed, names, unpicked=True)
        for name, pick in picks.items():
            if pick == "theirs":
                typed.pop(name, None)
                if name in theirs:
                    typed[name] = theirs[name]
    try:
        intake = actions.save_step(
            by=by,
            at=at,
            token=posted.posted_token(),
            intake=intake,
            step=step,
            typed=typed,
            expected=posted.posted_version(),
        )
    except AlreadyDone:
        return redirect("intake-step", intake_id=intake.pk, step=step)
    except Stale:
        fresh = INTAKES.get(pk=intake.pk)
        if fresh.status != IntakeStatus.DRAFT:
            return render(
                request,
                "patients/intake_closed.html",
                {"strip": strip_so_far(fresh.patient, today), "intake": fresh, "typed": typed_lines(request.POST)},
                status=409,
            )
        return _conflict(request, fresh, today, step, typed, names)
    intake = INTAKES.get(pk=intake.pk)
    _note_urgency(intake, today, names)
    if request.POST.get("go") == "exit":
        return redirect("patient", patient_id=intake.patient.pk)
    form = form_class.judging(typed, version=actions.step_revision(intake, step), **arguments)
    if fills:
        return redirect("intake-step", intake_id=intake.pk, step=step)
    if form.is_valid():
        form.ask_for_unanswered()
    if form.errors and request.POST.get("go") != "on":
        return _show(request, intake, today, step, form, names, status=422)
    order = list(q.STEPS)
    return redirect("intake-step", intake_id=intake.pk, step=order[order.index(step) + 1])


@require_GET
def suggestions(request: HttpRequest, what: str) -> HttpResponse:
    """Names for what is typed into a medicine or an allergy field. What was typed is written down nowhere."""
    by, at = access.person(request), timezone.now()
    access.require_role(by, Role.CLINICIAN, at=at)
    if what not in ("medicines", "allergies"):
        raise Http404
    names = _names()
    if not names.medicines:
        return JsonResponse({"suggestions": []}, status=503)
    found = suggest(names, request.GET.get("q", ""), allergies=what == "allergies")
    return JsonResponse({"suggestions": [asdict(one) for one in found]})


def _note_urgency(intake: Intake, today: date, names: NameBook) -> None:
    """What is saved may show an emergency: it is then on the worklist until it is settled."""
    try:
        edition = evaluation.in_force()
        assessment = evaluation.assess(edition, read_facts(intake, today, names))
        titles = evaluation.load(edition).titles
    except (evaluation.GuidanceUnavailable, FactError):
        return  # the page itself says that the alerts could not be prepared
    found = [
        titles[alert["ref"]]
        for alert in assessment["alerts"]
        if alert["severity"] in ("emergency", "urgent") and not alert["resolved"]
    ]
    actions.note_urgency(intake=intake, urgent="; ".join(found) if assessment["gate"] == "safety-only" else "")


def _fill_conditions(typed: dict[str, list[str]]) -> dict[str, list[str]]:
    """ "No to all the others": every condition without an answer becomes No, visibly, each changeable."""
    return {**{f"condition_{code}": ["no"] for code in q.CONDITION_NAMES}, **typed}


def _conflict(
    request: HttpRequest,
    intake: Intake,
    today: date,
    step: str,
    typed: dict[str, list[str]],
    names: NameBook,
    *,
    unpicked: bool = False,
) -> HttpResponse:
    """Both versions, side by side; nothing was overwritten and nothing typed is lost."""
    form_class = STEP_FORMS[step]
    version = actions.step_revision(intake, step)
    form = form_class.judging(typed, version=version, **presenters.form_arguments(step, intake, today, names))
    saved = intake.saved_by_step.get(step, {})
    other = User.objects.filter(pk=saved.get("by")).first()
    page = {
        "strip": strip_so_far(intake.patient, today),
        "intake": intake,
        "step": step,
        "name": q.STEPS[step],
        "lines": presenters.conflict_lines(step, intake.answers.get(step, {}), typed, intake, today, names),
        "mine": [(name, value) for name, values in typed.items() for value in values],
        "form": form,
        "other": str(other or "Somebody"),
        "saved_text": presenters.saved_text(intake, step),
        "unpicked": unpicked,
    }
    return render(request, "patients/intake_conflict.html", page, status=409)


def check_page(
    request: HttpRequest, by: User, at: datetime, intake: Intake, today: date, *, is_stale: bool = False
) -> HttpResponse:
    """Everything that was answered, what is open, and the button that draws the plan (its post is the plan's).

    ``is_stale``: the button was pressed on a page whose answers changed since; this is their newest state.
    """
    names = _names()
    forms = presenters.judged_steps(intake, today, names)
    facts = read_facts(intake, today, names, forms)
    page = presenters.CheckPage(
        strip=strip_so_far(intake.patient, today, facts),
        intake=intake,
        steps=presenters.step_links(intake, forms, "check"),
        cards=presenters.answer_cards(forms),
        unanswered=presenters.open_questions(forms),
        wrong=presenters.wrong_answers(forms),
        stale=[(q.STEPS[step], step, days) for step, days in mapping.stale_steps(_said_on(intake), today).items()],
        alerts=_alerts(intake, today, names, forms, all_of_them=True),
        review=_review(),
        form=DiscardForm(version=intake.revision),
        is_stale=is_stale,
        draft=intake.patient.plans.filter(status=PlanStatus.DRAFT).first(),
    )
    status = 409 if is_stale else 200
    return render(request, "patients/intake_check.html", {"page": page, "strip": page.strip}, status=status)


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, intake_id: str) -> HttpResponse:
    """Give up an intake in progress, after a question."""
    by, at, intake, today = _find(request, intake_id)
    if intake.status != IntakeStatus.DRAFT:
        return redirect("patient", patient_id=intake.patient.pk)
    form = DiscardForm(request.POST if request.method == "POST" else None, version=intake.revision)
    if request.method == "POST" and form.is_valid() and intake.urgent and not form.cleaned_data["reason"].strip():
        form.add_error("reason", "Enter why it is discarded although it shows an emergency")
    if request.method == "POST" and form.is_valid():
        try:
            actions.discard_intake(
                by=by,
                at=at,
                token=form.posted_token(),
                intake=intake,
                expected=form.posted_version(),
                reason=form.cleaned_data["reason"],
            )
        except AlreadyDone:
            return redirect("patient", patient_id=intake.patient.pk)
        except Stale:
            form = DiscardForm(initial={"reason": form.cleaned_data["reason"]}, version=intake.revision)
            context = {
                "form": form,
                "intake": intake,
                "strip": strip_so_far(intake.patient, today),
                "stale": True,
            }
            return render(request, "patients/intake_discard.html", context, status=409)
        return redirect("patient", patient_id=intake.patient.pk)
    context = {"form": form, "intake": intake, "strip": strip_so_far(intake.patient, today)}
    return render(request, "patients/intake_discard.html", context, status=422 if form.errors else 200)
