"""Forms about the patient's identity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from backdep_site.forms import DATE_HINT, ClinicalForm, parse_date, radio_field, text_field
from backdep_site.models import Clinic
from patients.models import Sex


class PatientForm(ClinicalForm):
    """Add a patient."""

    clinic = forms.ChoiceField(label="Clinic", required=False)
    family_name = text_field("Family name", autocomplete="off")
    given_name = text_field("Given name", autocomplete="off")
    birth_date = text_field("Date of birth", hint=DATE_HINT, limit=30, autocomplete="off")
    sex_at_birth = radio_field(
        "Sex recorded for prescribing",
        [*Sex.choices, ("unknown", "Not known")],
        hint="Some rules about medicines read it.",
    )
    gender = text_field("Gender, in the patient's words (optional)", limit=60, autocomplete="off")
    record_number = text_field("ID (record number)", limit=40, autocomplete="off")
    telephone = text_field("Telephone (optional)", limit=40, autocomplete="off")
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, clinics: Sequence[Clinic], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clinics, self.today = list(clinics), today
        choices = [("", "Select a clinic"), *((str(clinic.pk), clinic.name) for clinic in clinics)]
        self.fields["clinic"].choices = choices  # type: ignore[attr-defined]
        names = ["family_name", "given_name", "birth_date", "sex_at_birth", "gender", "record_number", "telephone"]
        several = ["clinic"] if len(self.clinics) > 1 else []
        self.helper_layout = Layout("version", "token", *several, *names)

    def clean_clinic(self) -> Clinic:
        if len(self.clinics) == 1:
            return self.clinics[0]
        wanted = self.cleaned_data.get("clinic")
        found = next((clinic for clinic in self.clinics if str(clinic.pk) == wanted), None)
        if found is None:
            raise forms.ValidationError("Select the clinic")
        return found

    def clean_birth_date(self) -> date | None:
        text = self.cleaned_data["birth_date"].strip()
        if not text:
            return None
        found = parse_date(text)
        if found is None:
            raise forms.ValidationError("Date of birth must be a date, like 27 3 1980")
        if found > self.today:
            raise forms.ValidationError("Date of birth must be in the past")
        if found.year < self.today.year - 115:
            raise forms.ValidationError("Date of birth must be less than 115 years ago")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.require("family_name", "Enter the family name")
        self.require("given_name", "Enter the given name")
        self.require("birth_date", "Enter the date of birth")
        self.require("sex_at_birth", "Select the sex recorded for prescribing, or ‘Not known’")
        self.require("record_number", "Enter the ID (record number)")
        return cleaned


class DiscardForm(ClinicalForm):
    """Give up an intake in progress."""

    reason = text_field("Reason (optional)", limit=200)
