"""Registering patients."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from backdep_site import audit
from backdep_site.models import Clinic, User
from backdep_site.submissions import once
from patients.models import Patient

YOUNGEST = 18


def add_patient(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    clinic: Clinic,
    family_name: str,
    given_name: str,
    birth_date: date,
    sex_at_birth: str,
    record_number: str,
    gender: str = "",
    telephone: str = "",
) -> Patient:
    """Add a patient to a clinic. Raises ValidationError (under 18, record number taken) and AlreadyDone."""
    patient = Patient(
        clinic=clinic,
        family_name=family_name,
        given_name=given_name,
        birth_date=birth_date,
        sex_at_birth=sex_at_birth,
        gender=gender,
        record_number=record_number,
        telephone=telephone,
        created_at=at,
        created_by=by,
    )
    if patient.age_on(clinic.today(at)) < YOUNGEST:
        raise ValidationError({"birth_date": "Patient must be 18 or over. This tool is for adults."})
    content = (family_name, given_name, birth_date, sex_at_birth, record_number, gender, telephone)
    with once(token, "patient.added", clinic, content, by=by, at=at) as submission:
        try:
            with transaction.atomic():
                patient.save(force_insert=True)
        except IntegrityError as error:
            raise ValidationError({"record_number": "ID is already used by another patient"}) from error
        audit.record("patient.added", by=by, at=at, about=patient, clinic=clinic, patient=patient.pk)
        submission.result = str(patient.pk)
    return patient
