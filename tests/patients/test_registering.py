"""Finding and adding a patient."""

from __future__ import annotations

from datetime import date

import pytest

from backdep_site.models import AuditEvent, Membership, Role
from patients.models import Patient
from tests.pages import hidden_fields, press, text_of

TYPED = {
    "family_name": "Wells", "given_name": "Rosa", "birth_date": "12 3 1984", "sex_at_birth": "female",
    "record_number": "R-100",
}  # fmt: skip


@pytest.fixture
def add(alices, edition):
    return lambda **typed: press(alices, "/patients/add/", **{**TYPED, **typed})


def test_a_patient_is_added_to_the_own_clinic(add, clinic, alice):
    response = add()
    patient = Patient.objects.get()
    assert response.url == f"/patients/{patient.pk}/"
    assert (patient.clinic, patient.created_by, patient.birth_date) == (clinic, alice, date(1984, 3, 12))
    assert AuditEvent.objects.get(event="patient.added").patient == patient.pk


def test_in_two_clinics_the_clinic_is_asked_for(add, clinic, other_clinic, alice):
    Membership.objects.create(user=alice, clinic=other_clinic, role=Role.CLINICIAN)
    assert "Select the clinic" in text_of(add())
    assert not Patient.objects.exists()
    add(clinic=str(other_clinic.pk))
    assert Patient.objects.get().clinic == other_clinic


def test_pressing_twice_adds_one(alices, edition):
    fields = hidden_fields(alices.get("/patients/add/"))
    first = alices.post("/patients/add/", {**fields, **TYPED})
    second = alices.post("/patients/add/", {**fields, **TYPED, "sure": "on"})
    assert Patient.objects.count() == 1
    assert first.url == second.url


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"family_name": ""}, "Enter the family name"),
        ({"given_name": ""}, "Enter the given name"),
        ({"birth_date": ""}, "Enter the date of birth"),
        ({"birth_date": "soon"}, "Date of birth must be a date, like 27 3 1980"),
        ({"birth_date": "1 1 2090"}, "Date of birth must be in the past"),
        ({"birth_date": "1 1 1800"}, "less than 115 years ago"),
        ({"birth_date": "21 7 2012"}, "Patient must be 18 or over. This tool is for adults."),
        ({"sex_at_birth": ""}, "Select the sex recorded for prescribing, or ‘Not known’"),
        ({"record_number": ""}, "Enter the ID (record number)"),
        ({"family_name": "W" * 200}, "Family name must be 80 characters or fewer"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(add, typed, said):
    response = add(**typed)
    assert response.status_code == 422
    text = text_of(response)
    assert "There is a problem" in text
    assert said in text
    body = response.content.decode()
    for name, value in {**TYPED, **typed}.items():
        if value and name != "sex_at_birth":
            assert f'value="{value}"' in body, name
    assert not Patient.objects.exists()


def test_everything_that_is_missing_is_said_at_once(alices, edition):
    text = text_of(press(alices, "/patients/add/"))
    for said in ("family name", "given name", "date of birth", "Select the sex", "ID (record number)"):
        assert said in text


def test_a_record_number_is_used_once_in_a_clinic(add):
    add()
    response = add(family_name="Other")
    assert response.status_code == 422
    assert "ID is already used by another patient" in text_of(response)


def test_the_same_record_number_in_another_clinic_is_fine(add, signed_in, charlie):
    add()
    assert press(signed_in(charlie), "/patients/add/", **TYPED).status_code == 302


def test_a_likely_double_is_shown_first(add):
    add()
    response = add(record_number="R-200")
    assert response.status_code == 200
    assert "WELLS, Rosa" in text_of(response)
    assert Patient.objects.count() == 1


def test_after_the_question_it_is_added_all_the_same(add):
    add()
    assert add(record_number="R-200", sure="on").status_code == 302
    assert Patient.objects.count() == 2


def test_a_different_birth_date_is_no_double(add):
    add()
    assert add(record_number="R-200", birth_date="13 3 1984").status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [("wells", True), ("ros", True), ("R-100", True), ("12 3 1984", True), ("1984-03-12", True), ("Smith", False),
     ("%", False), ("' OR 1=1 --", False)],
)  # fmt: skip
def test_search(add, alices, query, found):
    add()
    assert ("WELLS, Rosa" in text_of(alices.get("/patients/", {"q": query}))) is found


def test_names_are_shown_as_text_not_as_markup(add, alices):
    add(given_name="<script>alert(1)</script>")
    body = alices.get("/patients/").content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_a_new_patients_page_says_what_comes_next(add, alices):
    response = alices.get(add().url)
    assert "Start" in text_of(response)
    assert "Allergies: not recorded" in text_of(response)
