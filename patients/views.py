"""Patient list, patient page, adding a patient."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from backdep_site import access, audit
from backdep_site.models import Role
from backdep_site.submissions import AlreadyDone
from guidance import evaluation
from patients import actions, presenters
from patients.forms import PatientForm
from patients.models import Patient


def edition_notice() -> str:
    """What the screen says about the review of the edition in force."""
    try:
        return evaluation.status_of(evaluation.in_force()).notice
    except evaluation.GuidanceUnavailable:
        return "The guidance cannot be loaded. No plan can be prepared."


def patient_list(request: HttpRequest) -> HttpResponse:
    """Search, or the patients added last."""
    by, at = access.person(request), timezone.now()
    access.require_role(by, Role.CLINICIAN, at=at)
    query = request.GET.get("q", "").strip()[:100]
    own = Patient.objects.filter(clinic__in=access.clinics_of(by, Role.CLINICIAN))
    page = presenters.patient_list(own, query, at)
    audit.record("patients.listed", by=by, at=at, patients=[row.id for row in page.rows], searched=bool(query))
    return render(request, "patients/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def add_patient(request: HttpRequest) -> HttpResponse:
    """Add a patient; likely doubles are shown first."""
    by, at = access.person(request), timezone.now()
    access.require_role(by, Role.CLINICIAN, at=at)
    clinics = access.clinics_of(by, Role.CLINICIAN)
    today = clinics[0].today(at)
    if request.method == "GET":
        return render(request, "patients/add.html", {"form": PatientForm(clinics=clinics, today=today)})
    form = PatientForm(request.POST, clinics=clinics, today=today)
    if form.is_valid():
        data = form.cleaned_data
        likely = Patient.objects.filter(
            clinic__in=clinics, family_name__iexact=data["family_name"], birth_date=data["birth_date"]
        )
        if not data["sure"] and (found := list(likely.select_related("clinic")[:10])):
            audit.record("patients.compared", by=by, at=at, patients=[str(patient.pk) for patient in found])
            strips = [presenters.patient_strip(patient, today, None) for patient in found]
            return render(request, "patients/add_likely_double.html", {"form": form, "likely": strips})
        sex = data["sex_at_birth"]
        try:
            patient = actions.add_patient(
                by=by,
                at=at,
                token=form.posted_token(),
                clinic=data["clinic"],
                family_name=data["family_name"],
                given_name=data["given_name"],
                birth_date=data["birth_date"],
                sex_at_birth="" if sex == "unknown" else sex,
                record_number=data["record_number"],
                gender=data["gender"],
                telephone=data["telephone"],
            )
        except AlreadyDone as done:
            return redirect("patient", patient_id=done.result)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                for text in texts:
                    form.add_error(name, text)
        else:
            messages.success(request, "Patient added")
            return redirect("patient", patient_id=patient.pk)
    return render(request, "patients/add.html", {"form": form}, status=422)


def patient_page(request: HttpRequest, patient_id: str) -> HttpResponse:
    """One patient: what is open, what is next, what was."""
    by, at = access.person(request), timezone.now()
    patient = access.find(Patient.objects.select_related("clinic"), patient_id, by=by, at=at)
    page = presenters.patient_page(patient, at, edition_notice())
    return render(request, "patients/patient.html", {"page": page, "strip": page.strip})
