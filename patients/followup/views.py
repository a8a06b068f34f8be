"""The worklist and the follow-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from backdep_site import access, audit
from backdep_site.forms import ClinicalForm, typed_lines
from backdep_site.models import Role, User
from backdep_site.submissions import AlreadyDone, Stale
from guidance import evaluation
from guidance.engine.edition import Edition as Content
from guidance.engine.facts import FactError
from guidance.engine.review import visit_facts
from patients.followup import actions, mapping, presenters
from patients.followup.forms import DoneForm, FollowUpForm, RescheduleForm
from patients.intake.mapping import NameBook, asks_pregnancy
from patients.models import ContactOutcome, FollowUp, FollowUpStatus, Plan, Reminder, ReminderStatus
from patients.plans.actions import AFTER_FOLLOW_UP, draw_plan
from patients.plans.views import unavailable
from patients.presenters import patient_strip, strip_so_far

FOLLOW_UPS = FollowUp.objects.select_related("patient__clinic", "plan__edition", "edition", "updated_by")
REMINDERS = Reminder.objects.select_related("patient__clinic", "plan")


def worklist(request: HttpRequest) -> HttpResponse:
    """Who needs somebody, soonest harm first."""
    by, at = access.person(request), timezone.now()
    access.require_role(by, Role.CLINICIAN, at=at)
    clinics = access.clinics_of(by, Role.CLINICIAN)
    own = Reminder.objects.filter(patient__clinic__in=clinics)
    number = request.GET.get("page", "1")[:9]
    page = presenters.worklist(
        own, request.GET.get("tab", ""), int(number) if number.isdecimal() else 1, at, clinics[0].today(at)
    )
    unfinished = presenters.unfinished(clinics)
    audit.record(
        "worklist.read",
        by=by,
        at=at,
        tab=page.tab,
        patients=sorted({row.patient_id for row in page.rows} | {one.patient_id for one in unfinished}),
    )
    return render(request, "patients/worklist.html", {"page": page, "unfinished": unfinished})


# ------------------------------------------------------------------------------------------------ reminders


def _reminder(request: HttpRequest, reminder_id: str) -> tuple[User, datetime, Reminder]:
    by, at = access.person(request), timezone.now()
    return by, at, access.find(REMINDERS, reminder_id, by=by, at=at, clinic_path="patient__clinic")


def _carry_out(request: HttpRequest, reminder: Reminder, said: str, action: Callable[[], object]) -> HttpResponse:
    try:
        action()
    except AlreadyDone:
        return redirect("worklist")
    except Stale:
        fresh = REMINDERS.select_related("closed_by").get(pk=reminder.pk)
        return render(
            request,
            "patients/reminder_conflict.html",
            {"reminder": fresh, "mine": said, "typed": typed_lines(request.POST)},
            status=409,
        )
    messages.success(request, said)
    return redirect("worklist")


@require_http_methods(["GET", "POST"])
def reminder(request: HttpRequest, reminder_id: str) -> HttpResponse:
    """One reminder: done, nobody reached, or another day."""
    by, at, found = _reminder(request, reminder_id)
    today = found.patient.clinic.today(at)
    posted = request.method == "POST"
    what = request.POST.get("what", "") if posted else ""
    done = DoneForm(request.POST if posted and what != "move" else None, version=found.version)
    move = RescheduleForm(request.POST if what == "move" else None, version=found.version, auto_id="id_move_%s")
    if done.is_bound and done.is_valid():
        token, expected, note = done.posted_token(), done.posted_version(), done.cleaned_data["note"]
        if what == "done" and found.code not in actions.REVIEW_CODES:
            try:
                return _carry_out(
                    request, found, "Done",
                    lambda: actions.close_reminder(
                        by=by, at=at, token=token, reminder=found, expected=expected, note=note
                    ),
                )  # fmt: skip
            except ValidationError as error:
                done.add_error(None, error)
        elif what in (ContactOutcome.NO_ANSWER, ContactOutcome.LEFT_MESSAGE):
            outcome = ContactOutcome(what)
            return _carry_out(
                request, found, "Contact attempt kept; it stays on the list",
                lambda: actions.log_attempt(
                    by=by, at=at, token=token, reminder=found, expected=expected, outcome=outcome, note=note
                ),
            )  # fmt: skip
        else:
            done.add_error("note", "Select what happened with one of the buttons")
    if move.is_bound and move.is_valid():
        data = move.cleaned_data
        try:
            return _carry_out(
                request, found, "Moved",
                lambda: actions.reschedule(
                    by=by, at=at, token=move.posted_token(), reminder=found, expected=move.posted_version(),
                    due=data["due"], reason=data["reason"],
                ),
            )  # fmt: skip
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                for text in texts:
                    move.add_error(name, text)
    context = {
        "reminder": found,
        "attempts": list(found.attempts.select_related("by")),
        "done": done,
        "move": move,
        "is_open": found.status == ReminderStatus.OPEN,
        "is_review": found.code in actions.REVIEW_CODES,
        "visit": mapping.last_visit(found.plan) if found.code == AFTER_FOLLOW_UP else None,
        "strip": strip_so_far(found.patient, today),
    }
    return render(request, "patients/reminder.html", context, status=422 if posted else 200)


# ------------------------------------------------------------------------------------------------ follow-up


def _find(request: HttpRequest, follow_up_id: str) -> tuple[User, datetime, FollowUp, date]:
    by, at = access.person(request), timezone.now()
    found = access.find(FOLLOW_UPS, follow_up_id, by=by, at=at, clinic_path="patient__clinic")
    return by, at, found, found.patient.clinic.today(at)


def _start(request: HttpRequest, by: User, at: datetime, plan: Plan, reminder: Reminder | None) -> HttpResponse:
    try:
        content = evaluation.load(plan.edition)
        answers = _prefilled(plan, content, plan.patient.clinic.today(at))
        follow_up = actions.start_follow_up(by=by, at=at, plan=plan, reminder=reminder, answers=answers)
    except actions.NoBaseline:
        today = plan.patient.clinic.today(at)
        return render(
            request,
            "patients/follow_up_no_baseline.html",
            {"plan": plan, "strip": patient_strip(plan.patient, today, plan.facts)},
            status=409,
        )
    except evaluation.GuidanceUnavailable:
        return unavailable(request, patient_strip(plan.patient, plan.patient.clinic.today(at), plan.facts))
    return redirect("follow-up", follow_up_id=follow_up.pk)


def _prefilled(plan: Plan, content: Content, today: date) -> dict[str, list[str]]:
    """The medicines by the plan as form answers; the clinician confirms or changes them."""
    out: dict[str, list[str]] = {}
    items, last = list(plan.items.all()), mapping.last_visit(plan)
    if last is None:
        known, looked = plan.facts, plan.patient.clinic.today(plan.signed_at or plan.created_at)
    else:
        known, looked = mapping.facts_at(last), last.contact_date
    elapsed = (today - looked).days
    rows = mapping.expected_medicines(known, items, content, elapsed=elapsed, is_seen=last is not None)
    taken = {name for name, stopped, _ in rows if not stopped}
    names = [content.medicines[code].name for code in mapping.accepted_medicines(items, content)]
    for number, name in enumerate([name for name in names if name in taken][: mapping.TRIED_ROWS], 1):
        out[f"since_{number}"] = [name]
    for number, (name, stopped, days) in enumerate(rows, 1):
        out[f"medicine_{number}"] = [name]
        if stopped:
            out[f"medicine_{number}_stopped"] = ["on"]
        if days:
            out[f"medicine_{number}_days"] = [days]
    return out


@require_POST
def start_for_reminder(request: HttpRequest, reminder_id: str) -> HttpResponse:
    """Start the follow-up that a reminder asks for."""
    by, at, found = _reminder(request, reminder_id)
    plan = Plan.objects.select_related("patient__clinic", "edition").get(pk=found.plan_id)
    return _start(request, by, at, plan, found)


@require_POST
def start_for_plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Start an unscheduled follow-up of a plan."""
    by, at = access.person(request), timezone.now()
    plans = Plan.objects.select_related("patient__clinic", "edition")
    plan = access.find(plans, plan_id, by=by, at=at, clinic_path="patient__clinic")
    return _start(request, by, at, plan, None)


def _names() -> NameBook:
    return NameBook.of(_content())


def _content() -> Content:
    return evaluation.load(evaluation.in_force())


def _arguments(follow_up: FollowUp, today: date, names: NameBook | None) -> dict[str, Any]:
    return {
        "asks_pregnancy": asks_pregnancy(follow_up.patient, today),
        "known_names": names,
        "today": today,
        "since": _plan_day(follow_up),
        "open_flags": mapping.open_flags(_known(follow_up)),
    }


def _known(follow_up: FollowUp) -> dict[str, Any]:
    return mapping.known_before(follow_up.plan, mapping.last_visit(follow_up.plan))


def _plan_day(follow_up: FollowUp) -> date:
    plan = follow_up.plan
    return follow_up.patient.clinic.today(plan.signed_at or plan.created_at)


def _question(follow_up: FollowUp, today: date, names: NameBook) -> dict[str, Any]:
    """The review question that the stored answers make."""
    form = FollowUpForm.judging(follow_up.answers, **_arguments(follow_up, today, names))
    form.is_valid()
    cleaned = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    return mapping.question_of(
        cleaned,
        baseline=_known(follow_up),
        age=follow_up.patient.age_on(follow_up.contact_date),
        start=_plan_day(follow_up),
        contact=follow_up.contact_date,
        names=names,
    )


@require_http_methods(["GET", "POST"])
def follow_up(request: HttpRequest, follow_up_id: str) -> HttpResponse:
    """The follow-up form: show it, or keep what was typed."""
    by, at, found, today = _find(request, follow_up_id)
    if found.status != FollowUpStatus.DRAFT and request.method != "POST":
        return redirect("follow-up-result", follow_up_id=found.pk)
    try:
        names = _names()
    except evaluation.GuidanceUnavailable:
        names = None
    arguments = _arguments(found, today, names)
    if request.method == "POST":
        # what was typed is kept, whatever happens to the guidance
        response = _save(request, by, at, found, today, arguments)
        if names is not None or response.status_code == HTTPStatus.CONFLICT:
            return response
    if names is None:
        return unavailable(request, patient_strip(found.patient, today, found.plan.facts))
    form = FollowUpForm.with_answers(found.answers, version=found.revision, **arguments)
    if "contact_date" not in found.answers:
        day = found.contact_date
        form.initial["contact_date"] = f"{day.day} {day.month} {day.year}"
    page = presenters.follow_up_page(found, form, at)
    return render(request, "patients/follow_up.html", {"page": page, "strip": page.strip})


def _save(
    request: HttpRequest, by: User, at: datetime, found: FollowUp, today: date, arguments: dict[str, Any]
) -> HttpResponse:
    posted = FollowUpForm(request.POST, **arguments)
    posted.is_valid()
    typed = FollowUpForm.typed(request.POST)
    contact = posted.cleaned_data.get("contact_date")
    try:
        saved = actions.save_follow_up(
            by=by, at=at, token=posted.posted_token(), follow_up=found, typed=typed,
            contact_date=contact, expected=posted.posted_version(),
        )  # fmt: skip
    except AlreadyDone:
        return redirect("follow-up", follow_up_id=found.pk)
    except Stale:
        fresh = FOLLOW_UPS.get(pk=found.pk)
        context = {
            "strip": patient_strip(found.patient, today, found.plan.facts),
            "follow_up": fresh,
            "lines": _differences(fresh.answers, typed, arguments),
            "mine": [(name, value) for name, values in typed.items() for value in values],
            "form": FollowUpForm.judging(typed, version=fresh.revision, **arguments),
        }
        return render(request, "patients/follow_up_conflict.html", context, status=409)
    if request.POST.get("go") == "exit":
        return redirect("patient", patient_id=found.patient.pk)
    form = FollowUpForm.judging(typed, version=saved.revision, **arguments)
    if form.is_valid():
        form.ask_for_unanswered()
    if form.errors and request.POST.get("go") != "on":
        page = presenters.follow_up_page(FOLLOW_UPS.get(pk=saved.pk), form, at)
        return render(request, "patients/follow_up.html", {"page": page, "strip": page.strip}, status=422)
    return redirect("follow-up-result", follow_up_id=found.pk)


def _differences(
    theirs: dict[str, list[str]], mine: dict[str, list[str]], arguments: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """(question, theirs, mine) for what differs."""
    from patients.intake.presenters import answer_text

    their_form, my_form = FollowUpForm.with_answers(theirs, **arguments), FollowUpForm.with_answers(mine, **arguments)
    return [
        (
            str(my_form.fields[name].label),
            answer_text(their_form, name) or "Not answered",
            answer_text(my_form, name) or "Not answered",
        )
        for name in FollowUpForm.fields_stored()
        if list(theirs.get(name, [])) != list(mine.get(name, []))
    ]


@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, follow_up_id: str) -> HttpResponse:
    """What the review says: a preview until it is completed, then the record."""
    by, at, found, today = _find(request, follow_up_id)
    if request.method == "POST" and found.status != FollowUpStatus.DRAFT:
        return redirect("follow-up-result", follow_up_id=found.pk)
    form = ClinicalForm(request.POST if request.method == "POST" else None, version=found.revision)
    try:
        if found.status == FollowUpStatus.COMPLETED:
            question, answer, preview = found.question, presenters.stored_review(found), False
        else:
            question = _question(found, today, _names())
            edition = evaluation.in_force()
            if request.method == "POST":
                form.is_valid()
                actions.complete_follow_up(
                    by=by, at=at, token=form.posted_token(), follow_up=found, question=question, edition=edition,
                    expected=form.posted_version(),
                )  # fmt: skip
                messages.success(request, "Follow-up completed")
                return redirect("follow-up-result", follow_up_id=found.pk)
            answer, preview = evaluation.review(edition, question), True
        page = presenters.result_page(found, question, answer, at, is_preview=preview, form=form)
    except AlreadyDone:
        return redirect("follow-up-result", follow_up_id=found.pk)
    except Stale:
        messages.warning(request, "The follow-up changed after you opened this page. This is its newest state.")
        return redirect("follow-up-result", follow_up_id=found.pk)
    except (evaluation.GuidanceUnavailable, FactError):
        return unavailable(request, patient_strip(found.patient, today, found.plan.facts))
    return render(request, "patients/follow_up_result.html", {"page": page, "strip": page.strip})


@require_POST
def draw_revision(request: HttpRequest, follow_up_id: str) -> HttpResponse:
    """Draw the next plan from a completed follow-up, under the edition in force now."""
    by, at, found, today = _find(request, follow_up_id)
    if found.status != FollowUpStatus.COMPLETED:
        return redirect("follow-up-result", follow_up_id=found.pk)
    form = ClinicalForm(request.POST)
    form.is_valid()
    question = found.question
    facts = visit_facts(question["baseline"], question["now"], question["day"])
    try:
        plan = draw_plan(
            by=by, at=at, token=form.posted_token(), patient=found.patient, facts=facts, edition=evaluation.in_force(),
            follow_up=found,
        )  # fmt: skip
    except AlreadyDone as done:
        return redirect("plan", plan_id=done.result)
    except (evaluation.GuidanceUnavailable, FactError):
        return unavailable(request, patient_strip(found.patient, today, found.plan.facts))
    return redirect("plan", plan_id=plan.pk)
