"""The plan page and everything that is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from backdep_site import access, audit
from backdep_site.forms import ClinicalForm, typed_lines
from backdep_site.models import User
from backdep_site.submissions import AlreadyDone, Stale
from guidance import evaluation
from guidance.engine.facts import FactError
from patients.intake.views import INTAKES, check_page, read_facts
from patients.models import Decision, IntakeStatus, Plan, PlanItem, PlanKind, PlanStatus
from patients.plans import actions, cards, policy, presenters
from patients.plans.checks import taken_now
from patients.plans.forms import AcceptForm, CombinationForm, DeclineForm, SafetyRecordForm
from patients.presenters import patient_strip, strip_so_far

PLANS = Plan.objects.select_related("patient__clinic", "edition", "intake", "signed_by", "created_by")


def _find(request: HttpRequest, plan_id: str) -> tuple[User, datetime, Plan, list[PlanItem], date]:
    by, at = access.person(request), timezone.now()
    plan = access.find(PLANS, plan_id, by=by, at=at, clinic_path="patient__clinic")
    items = list(plan.items.select_related("decided_by"))
    return by, at, plan, items, plan.patient.clinic.today(at)


def unavailable(request: HttpRequest, strip: Any) -> HttpResponse:
    """The guidance failed: said plainly, never an empty plan."""
    return render(request, "patients/plan_unavailable.html", {"strip": strip}, status=503)


def or_unavailable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Guidance that cannot be loaded is said on the page, whatever was asked of the plan."""

    @wraps(view)
    def inner(request: HttpRequest, plan_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, plan_id, *args, **kwargs)
        except evaluation.GuidanceUnavailable:
            _, at, plan, _, today = _find(request, plan_id)
            if plan.kind == PlanKind.SAFETY_RECORD:
                return _safety_record_alone(request, plan, at, today)
            return unavailable(request, patient_strip(plan.patient, today, plan.facts))

    return inner


def _safety_record_alone(request: HttpRequest, plan: Plan, at: datetime, today: date) -> HttpResponse:
    """A safety record without guidance: what was done can be written down and read whatever else fails."""
    form = SafetyRecordForm(
        request.POST if request.method == "POST" else None,
        version=plan.version,
        now=at.astimezone(plan.patient.clinic.zone),
    )
    context = {
        "strip": patient_strip(plan.patient, today, plan.facts),
        "plan": plan,
        "is_draft": plan.status == PlanStatus.DRAFT,
        "form": form,
        "safety_actions": presenters.safety_action_words(plan),
        "done_at": presenters.safety_done_at(plan),
    }
    return render(request, "patients/safety_record_alone.html", context, status=503)


@require_POST
def draw(request: HttpRequest, intake_id: str) -> HttpResponse:
    """Draw the plan from an intake, as it was when the page with the button was made."""
    by, at = access.person(request), timezone.now()
    intake = access.find(INTAKES, intake_id, by=by, at=at, clinic_path="patient__clinic")
    patient, today = intake.patient, intake.patient.clinic.today(at)
    if intake.status != IntakeStatus.DRAFT:
        return redirect("intake-step", intake_id=intake.pk, step="check")
    form = ClinicalForm(request.POST)
    form.is_valid()
    if form.posted_version() != intake.revision:
        return check_page(request, by, at, intake, today, is_stale=True)
    try:
        edition = evaluation.in_force()
        facts = read_facts(intake, today, presenters.name_book(edition))
        plan = actions.draw_plan(
            by=by, at=at, token=form.posted_token(), patient=patient, facts=facts, edition=edition, intake=intake
        )
    except AlreadyDone as done:
        return redirect("plan", plan_id=done.result)
    except Stale:
        return check_page(request, by, at, INTAKES.get(pk=intake.pk), today, is_stale=True)
    except (evaluation.GuidanceUnavailable, FactError):
        presenters.logger.exception("no plan could be drawn")
        return unavailable(request, strip_so_far(patient, today))
    return redirect("plan", plan_id=plan.pk)


@or_unavailable
def plan_page(request: HttpRequest, plan_id: str) -> HttpResponse:
    """A plan: draft with its controls, signed for reading."""
    _by, at, plan, items, today = _find(request, plan_id)
    return _show(request, plan, items, at, today)


def _show(
    request: HttpRequest,
    plan: Plan,
    items: list[PlanItem],
    at: datetime,
    today: date,
    *,
    bound: Mapping[str, Mapping[str, Any]] | None = None,
    page_forms: Mapping[str, Any] | None = None,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; ``bound`` are forms that were posted with something to mend."""
    item_forms: dict[str, dict[str, Any]] = {}
    page_forms = dict(page_forms or {})
    if plan.status == PlanStatus.DRAFT:
        taken = taken_now(plan)
        for item in items:
            item_forms[item.code] = {
                "accept": AcceptForm(
                    code=item.code, version=plan.version, replaceable=cards.replaceable(plan, item.code)
                ),
                "decline": DeclineForm(code=item.code, version=plan.version, is_taken=item.code in taken),
                **(bound or {}).get(item.code, {}),
            }
        page_forms.setdefault("plain", ClinicalForm(version=plan.version))
        page_forms.setdefault(
            "safety", SafetyRecordForm(version=plan.version, now=at.astimezone(plan.patient.clinic.zone))
        )
    page = presenters.plan_page(plan, items, at, forms=page_forms, item_forms=item_forms)
    if page.together and "together" not in page_forms:
        page_forms["together"] = CombinationForm(alerts=page.together, version=plan.version)
        page = replace(page, forms=page_forms)
    template = "patients/safety_record.html" if page.is_safety_record else "patients/plan.html"
    return render(request, template, {"page": page, "strip": page.strip, "problems": problems or []}, status=status)


def _back(plan: Plan, anchor: str) -> HttpResponse:
    return redirect(f"{reverse('plan', kwargs={'plan_id': plan.pk})}#{anchor}")


def _carry_out(
    request: HttpRequest, plan: Plan, mine: str, anchor: str, action: Callable[[], object]
) -> HttpResponse | None:
    """Run an action; a second press leads on, a stale page shows both versions. None: NotAllowed is the caller's."""
    try:
        action()
    except AlreadyDone:
        return _back(plan, anchor)
    except Stale:
        fresh = PLANS.get(pk=plan.pk)
        changed = (
            fresh.items.select_related("decided_by").exclude(decision=Decision.UNDECIDED).order_by("-decided_at")[:5]
        )
        context = {
            "plan": fresh,
            "strip": patient_strip(fresh.patient, fresh.patient.clinic.today(timezone.now()), fresh.facts),
            "mine": mine,
            "theirs": list(changed),
            "typed": typed_lines(request.POST),
        }
        return render(request, "patients/plan_conflict.html", context, status=409)
    return _back(plan, anchor)


def _say_dropped(request: HttpRequest, plan: Plan, codes: list[str]) -> None:
    """Nothing leaves a plan in silence."""
    if codes:
        options = evaluation.load(plan.edition).options
        names = ", ".join(options[code].name for code in codes)
        messages.warning(request, f"No longer in the plan, because nothing in it needs it any more: {names}")


@require_POST
@or_unavailable
def accept(request: HttpRequest, plan_id: str, code: str) -> HttpResponse:
    """Take an option into the plan."""
    by, at, plan, items, today = _find(request, plan_id)
    form = AcceptForm(
        request.POST, code=code, version=plan.version, replaceable=cards.replaceable(plan, code), today=today
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            done = _carry_out(
                request,
                plan,
                f"Accept {code.replace('-', ' ')}",
                f"option-{code}",
                lambda: _say_dropped(
                    request,
                    plan,
                    actions.accept_item(
                        by=by,
                        at=at,
                        token=form.posted_token(),
                        plan=plan,
                        code=code,
                        expected=form.posted_version(),
                        reason=data["reason"],
                        comment=data["comment"],
                        change=data["change"],
                        start_date=data["start_date"],
                        check_date=data["check_date"],
                        replaces=data["replaces"],
                    ),
                ),
            )
        except policy.NotAllowed as error:
            form.add_error(None if code not in {item.code for item in items} else "reason", str(error))
        else:
            if done is not None:
                return done
    problems = [(line.message, line.href.removeprefix("#")) for line in form.error_lines]
    return _show(request, plan, items, at, today, bound={code: {"accept": form}}, problems=problems, status=422)


@require_POST
@or_unavailable
def decline(request: HttpRequest, plan_id: str, code: str) -> HttpResponse:
    """Decline an option."""
    by, at, plan, items, today = _find(request, plan_id)
    form = DeclineForm(request.POST, code=code, version=plan.version, is_taken=code in taken_now(plan))
    if form.is_valid():
        data = form.cleaned_data
        try:
            done = _carry_out(
                request,
                plan,
                f"Decline {code.replace('-', ' ')}",
                f"option-{code}",
                lambda: _say_dropped(
                    request,
                    plan,
                    actions.decline_item(
                        by=by,
                        at=at,
                        token=form.posted_token(),
                        plan=plan,
                        code=code,
                        expected=form.posted_version(),
                        reason=data["reason"],
                        comment=data["comment"],
                    ),
                ),
            )
        except policy.NotAllowed as error:
            form.add_error("reason", str(error))
        else:
            if done is not None:
                return done
    problems = [(line.message, line.href.removeprefix("#")) for line in form.error_lines]
    return _show(request, plan, items, at, today, bound={code: {"decline": form}}, problems=problems, status=422)


@require_POST
@or_unavailable
def decline_group(request: HttpRequest, plan_id: str, section: str) -> HttpResponse:
    """None of the options of a section that are still open."""
    by, at, plan, items, today = _find(request, plan_id)
    form = DeclineForm(request.POST, code=f"group-{section}", version=plan.version)
    codes = [
        entry["code"]
        for entry in [*plan.assessment["options"], *policy.brought_up(plan.assessment, plan.checked)]
        if entry["section"] == section
        and policy.is_offered(entry)
        # declining what is taken now means to stop it: that is decided by itself
        and not entry["current"]
    ]
    if form.is_valid() and codes:
        try:
            done = _carry_out(
                request,
                plan,
                "Decline what is still open",
                f"section-{section}",
                lambda: actions.decline_group(
                    by=by,
                    at=at,
                    token=form.posted_token(),
                    plan=plan,
                    codes=codes,
                    expected=form.posted_version(),
                    reason=form.cleaned_data["reason"],
                ),
            )
        except policy.NotAllowed as error:
            form.add_error("reason", str(error))
        else:
            if done is not None:
                return done
    problems = [(line.message, f"section-{section}") for line in form.error_lines]
    if not codes:
        problems = [("Decide on what is taken now by itself: nothing else is open here.", f"section-{section}")]
    return _show(request, plan, items, at, today, problems=problems, status=422)


@require_POST
@or_unavailable
def accept_remaining(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Accept what is plainly suggested and no medicine."""
    by, at, plan, _, _ = _find(request, plan_id)
    form = ClinicalForm(request.POST)
    form.is_valid()
    done = _carry_out(
        request,
        plan,
        "Accept the remaining suggestions",
        "sign",
        lambda: actions.accept_remaining(
            by=by, at=at, token=form.posted_token(), plan=plan, expected=form.posted_version()
        ),
    )
    return done or _back(plan, "sign")


@require_POST
@or_unavailable
def answer_together(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Answer the alerts among what was accepted."""
    by, at, plan, items, _today = _find(request, plan_id)
    page = presenters.plan_page(plan, items, at)
    form = CombinationForm(request.POST, alerts=page.together, version=plan.version)
    form.is_valid()
    answers = {card.key: form.cleaned_data.get(f"answer_{number}", "") for number, card in enumerate(page.together)}
    done = _carry_out(
        request,
        plan,
        "Answer the alerts",
        "together",
        lambda: actions.answer_combinations(
            by=by, at=at, token=form.posted_token(), plan=plan, expected=form.posted_version(), answers=answers
        ),
    )
    return done or _back(plan, "together")


def _already_signed(request: HttpRequest, plan: Plan, today: date) -> HttpResponse:
    strip = patient_strip(plan.patient, today, plan.facts)
    context = {"plan": plan, "strip": strip, "typed": typed_lines(request.POST)}
    return render(request, "patients/plan_already_signed.html", context, status=409)


@require_POST
@or_unavailable
def sign(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Sign a plan."""
    by, at, plan, items, today = _find(request, plan_id)
    if plan.status != PlanStatus.DRAFT:
        return _already_signed(request, plan, today)
    form = ClinicalForm(request.POST)
    form.is_valid()
    try:
        done = _carry_out(
            request,
            plan,
            "Sign the plan",
            "main",
            lambda: actions.sign_plan(
                by=by, at=at, token=form.posted_token(), plan=plan, expected=form.posted_version()
            ),
        )
    except actions.CannotSign as error:
        return _show(request, plan, items, at, today, problems=error.reasons, status=422)
    if done is not None and done.status_code == 302:
        messages.success(request, "Plan signed. Its reminders are on the worklist.")
    return done or _back(plan, "main")


@require_POST
@or_unavailable
def sign_safety(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Sign a safety record."""
    by, at, plan, items, today = _find(request, plan_id)
    if plan.status != PlanStatus.DRAFT:
        return _already_signed(request, plan, today)
    form = SafetyRecordForm(request.POST, version=plan.version, now=at.astimezone(plan.patient.clinic.zone))
    if form.is_valid():
        data = form.cleaned_data
        try:
            done = _carry_out(
                request,
                plan,
                "Sign the safety record",
                "main",
                lambda: actions.sign_safety_record(
                    by=by,
                    at=at,
                    token=form.posted_token(),
                    plan=plan,
                    expected=form.posted_version(),
                    actions=data["actions"],
                    what_was_done=data["what_was_done"],
                    done_at=data["done_at"],
                    handed_to=data["handed_to"],
                ),
            )
        except actions.CannotSign as error:
            return _show(request, plan, items, at, today, problems=error.reasons, status=422)
        if done is not None and done.status_code == 302:
            messages.success(request, "Safety record signed. Its contacts are on the worklist.")
        return done or _back(plan, "main")
    problems = [(line.message, line.href.removeprefix("#")) for line in form.error_lines]
    return _show(request, plan, items, at, today, page_forms={"safety": form}, problems=problems, status=422)


@require_http_methods(["GET"])
@or_unavailable
def print_view(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The plan laid out for paper; printing is recorded."""
    by, at, plan, items, _today = _find(request, plan_id)
    audit.record("plan.printed", by=by, at=at, about=plan, clinic=plan.patient.clinic, patient=plan.patient.pk)
    page = presenters.plan_page(plan, items, at)
    return render(
        request,
        "patients/plan_print.html",
        {"page": page, "strip": page.strip, "printed_by": str(by), "printed_at": at},
    )
