"""The demo: invented patients in every state, once, with a password of its own."""

from __future__ import annotations

import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backdep_site.models import Clinic, User
from guidance import evaluation
from patients.management.commands import seed_demo
from patients.models import FollowUp, Intake, Patient, Plan, Reminder


@pytest.fixture
def demo(edition, settings, tmp_path):
    settings.VAR_DIR, settings.DEBUG = tmp_path, True
    call_command("seed_demo", stdout=StringIO())
    return Clinic.objects.get()


def test_twelve_invented_patients_in_different_states(demo):
    assert demo.is_demo
    assert Patient.objects.count() == 12
    assert set(Patient.objects.values_list("family_name", flat=True)) == {"Invented"}
    assert Intake.objects.filter(status="draft").count() >= 1
    assert {"draft", "active", "replaced"} <= set(Plan.objects.values_list("status", flat=True))
    assert set(Plan.objects.values_list("kind", flat=True)) == {"plan", "safety-record"}
    classes = {one.review["depression"]["class"] for one in FollowUp.objects.filter(status="completed")}
    assert "worse" in classes
    assert classes & {"response", "partial"}
    open_ones = Reminder.objects.filter(status="open")
    assert open_ones.filter(urgency=0).exists()
    assert open_ones.filter(urgency=1).exists()


def test_one_of_them_has_no_medicine_to_suggest(demo):
    plan = Plan.objects.get(patient__given_name__startswith="Hazel")
    offered = [
        entry["code"]
        for entry in plan.assessment["options"]
        if entry["section"].endswith("-medicine") and entry["status"] in ("offer", "caution")
    ]
    assert offered == []


def test_every_plan_of_the_demo_can_be_read(demo, client):
    client.force_login(User.objects.get(username="demo-clinician"))
    for plan in Plan.objects.all():
        assert client.get(f"/plans/{plan.pk}/").status_code == 200
    for patient in Patient.objects.all():
        assert client.get(f"/patients/{patient.pk}/").status_code == 200
    assert evaluation.status_of(evaluation.in_force()).notice in client.get(f"/plans/{plan.pk}/").content.decode()


def test_there_is_somebody_of_every_role_and_the_printed_password_works(demo, client):
    path = seed_demo.password_file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_text().strip()
    for name, *_ in seed_demo.PEOPLE:
        assert client.login(username=f"demo-{name}", password=password)


def test_making_the_demo_again_changes_nothing(demo):
    first = seed_demo.password_file().read_text()
    assert Clinic.objects.count() == 1
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "there already" in out.getvalue()
    assert seed_demo.password_file().read_text() == first
    assert Patient.objects.count() == 12


def test_a_lost_password_is_replaced(demo, client):
    seed_demo.password_file().unlink()
    call_command("seed_demo", stdout=StringIO())
    password = seed_demo.password_file().read_text().strip()
    assert client.login(username="demo-clinician", password=password)


def test_a_server_makes_no_demo(edition, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="BACKDEP_DEBUG is off"):
        call_command("seed_demo", stdout=StringIO())


def test_the_demo_says_on_every_page_that_it_is_one(demo, client):
    client.force_login(User.objects.get(username="demo-clinician"))
    for address in ("/worklist/", "/patients/", "/guidance/"):
        assert "All patients here are invented" in client.get(address).content.decode()


def test_a_real_clinic_does_not(alices, edition):
    assert "invented" not in alices.get("/worklist/").content.decode()


def test_the_report_counts_without_names(demo):
    out = StringIO()
    call_command("due_report", stdout=out)
    assert "open" in out.getvalue()
    assert "Invented" not in out.getvalue()


def test_queries_of_the_patient_page_do_not_grow_with_its_history(demo, client, django_assert_max_num_queries):
    client.force_login(User.objects.get(username="demo-clinician"))
    for patient in Patient.objects.all():
        with django_assert_max_num_queries(15):
            client.get(f"/patients/{patient.pk}/")
