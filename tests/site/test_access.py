"""Another clinic's objects do not exist for a stranger, at any address the site has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from backdep_site.models import AuditEvent, Membership, Role, Submission
from patients.demo import Stage, follow_up_answers, intake_answers
from patients.followup import actions as followup
from patients.models import Reminder

# addresses that name nothing of a clinic: what a stranger sees there is his own
NAMES_NOTHING = {
    "home", "healthz", "account_login", "account_logout", "account_inactive", "account_signup",
    "account_change_password", "patients", "patient-add", "suggestions", "worklist",
}  # fmt: skip
# the guidance belongs to everybody who is signed in
SHARED = {"guidance:edition", "guidance:edition-version"}
# the rest of an address beside the object it names
EXTRA = {"step": "mood", "code": "duloxetine", "section": "pain-medicine"}
READ_ONLY = {"plan-print"}
POST_ONLY = {
    "intake-start", "plan-draw", "plan-accept", "plan-decline", "plan-decline-group", "plan-accept-remaining",
    "plan-together", "plan-sign", "safety-record-sign", "follow-up-start", "reminder-follow-up", "follow-up-plan",
}  # fmt: skip


def _patterns(resolver: URLResolver, space: str = "", start: str = "") -> Iterator[tuple[str, URLPattern, str]]:
    for entry in resolver.url_patterns:
        path = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from _patterns(entry, space + inner, path)
        else:
            yield space + (entry.name or "?"), entry, path


def everything_but_the_admin() -> list[tuple[str, URLPattern]]:
    return [(name, entry) for name, entry, path in _patterns(get_resolver()) if not path.startswith("admin/")]


def _address(entry: URLPattern, name: str, objects: dict[str, str]) -> str:
    from django.urls import reverse

    wanted = set(entry.pattern.converters) | set(entry.pattern.regex.groupindex)
    unknown = wanted - set(objects) - set(EXTRA)
    if unknown:
        pytest.fail(f"{name} names {sorted(unknown)}: teach this test which object of Alice's clinic that is")
    return reverse(name, kwargs={key: objects.get(key) or EXTRA[key] for key in wanted})


@pytest.fixture
def objects(stage: Stage) -> dict[str, str]:
    """One object of Alice's clinic for every id that an address can hold."""
    patient = stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - timedelta(days=30))
    plan = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - timedelta(days=30))
    reminder = Reminder.objects.get(plan=plan, code="M-1MO")
    follow_up = followup.start_follow_up(
        by=stage.by,
        at=stage.now,
        plan=plan,
        reminder=reminder,
        answers=follow_up_answers(phq9="111111110", peg=(3, 3, 3)),
    )
    intake = stage.intake(patient, intake_answers(), stage.now)
    return {
        "patient_id": str(patient.pk),
        "intake_id": str(intake.pk),
        "plan_id": str(plan.pk),
        "reminder_id": str(reminder.pk),
        "follow_up_id": str(follow_up.pk),
    }


def _everything_stored() -> dict[str, Any]:
    """Every row of every table of ours, but the history and the sessions."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in ("patients", "backdep_site", "guidance") and model not in (AuditEvent,)
    }


NAMED = [name for name, _ in everything_but_the_admin() if name not in NAMES_NOTHING | SHARED]


def test_every_address_is_known():
    for name in NAMED:
        assert name != "?", "an address without a name"
    assert NAMED, "no address names an object: the walk is broken"


@pytest.mark.parametrize("name", NAMED)
def test_charlie_finds_nothing_of_alices_clinic(name, objects, signed_in, charlie):
    entry = dict(everything_but_the_admin())[name]
    address = _address(entry, name, objects)
    before = _everything_stored()
    client = signed_in(charlie)
    answers = {method: getattr(client, method)(address) for method in ("get", "post")}
    for method, response in answers.items():
        allowed = 405 if (method == "get" and name in POST_ONLY) or (method == "post" and name in READ_ONLY) else 404
        assert response.status_code == allowed, f"{method} {address}"
        assert "Rosa" not in response.content.decode()
    after = _everything_stored()
    after["backdep_site.User"] = before["backdep_site.User"]  # the sign-in wrote its time
    assert after == before
    refused = AuditEvent.objects.filter(event="refused", by=charlie)
    assert refused.exists(), "the refusal is not in the history"
    assert {event.details["reason"] for event in refused} == {"other-clinic"}


@pytest.mark.parametrize("name", NAMED)
def test_what_does_not_exist_reads_the_same_as_what_is_somebody_elses(name, objects, signed_in, charlie):
    entry = dict(everything_but_the_admin())[name]
    nothing = {key: str(uuid.uuid4()) for key in objects}
    client = signed_in(charlie)
    for method in ("get", "post"):
        theirs = getattr(client, method)(_address(entry, name, objects))
        none = getattr(client, method)(_address(entry, name, nothing))
        assert theirs.status_code == none.status_code


@pytest.mark.parametrize("name", NAMED)
def test_without_a_sign_in_every_address_leads_to_it(name, objects, client):
    entry = dict(everything_but_the_admin())[name]
    address = _address(entry, name, objects)
    for method in ("get", "post"):
        response = getattr(client, method)(address)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/")


@pytest.mark.parametrize("name", NAMED)
def test_an_editor_of_the_own_clinic_is_told_that_the_role_cannot(name, objects, signed_in, edith):
    entry = dict(everything_but_the_admin())[name]
    client = signed_in(edith)
    method = "post" if name in POST_ONLY else "get"
    response = getattr(client, method)(_address(entry, name, objects))
    assert response.status_code == 403
    assert "Your role cannot do this" in response.content.decode()
    assert AuditEvent.objects.get(event="refused", by=edith).details["reason"] == "role"


@pytest.mark.parametrize("address", ["/patients/", "/worklist/"])
def test_charlies_lists_hold_nothing_of_alices(address, objects, signed_in, charlie):
    response = signed_in(charlie).get(address)
    assert response.status_code == 200
    assert "Rosa" not in response.content.decode()


def test_charlies_search_finds_nothing_of_alices(objects, signed_in, charlie):
    text = signed_in(charlie).get("/patients/", {"q": "Invented"}).content.decode()
    assert "Rosa" not in text


def test_the_warning_of_a_likely_double_looks_only_in_the_own_clinic(objects, signed_in, charlie):
    typed = {
        "family_name": "Invented", "given_name": "Rosa", "birth_date": "12 3 1984", "sex_at_birth": "female",
        "record_number": "S-1",
    }  # fmt: skip
    response = signed_in(charlie).post("/patients/add/", typed)
    assert response.status_code == 302


def test_a_membership_that_ended_opens_nothing(objects, signed_in, alice):
    Membership.objects.filter(user=alice).update(is_active=False)
    assert signed_in(alice).get(f"/patients/{objects['patient_id']}/").status_code == 404


def test_bob_of_the_same_clinic_sees_the_patient(objects, signed_in, bob):
    assert "Rosa" in signed_in(bob).get(f"/patients/{objects['patient_id']}/").content.decode()


def test_somebody_in_two_clinics_sees_both(objects, signed_in, charlie, clinic):
    Membership.objects.create(user=charlie, clinic=clinic, role=Role.CLINICIAN)
    assert "Rosa" in signed_in(charlie).get(f"/patients/{objects['patient_id']}/").content.decode()


@pytest.mark.parametrize("address", ["/admin/", "/admin/backdep_site/user/", "/admin/nothing/"])
def test_the_admin_does_not_exist_for_clinicians(alices, address):
    assert alices.get(address).status_code == 404


def test_the_admin_has_no_sign_in_of_its_own(client, db):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_an_administrator_cannot_touch_the_history(signed_in, alice, now):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = signed_in(alice)
    from backdep_site import audit

    event = audit.record("sign-in", by=alice, at=now)
    assert client.get(f"/admin/backdep_site/auditevent/{event.pk}/change/").status_code == 200
    assert client.post(f"/admin/backdep_site/auditevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/backdep_site/auditevent/add/").status_code == 403
    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_no_submission_is_left_behind_by_a_refusal(objects, signed_in, charlie):
    count = Submission.objects.count()
    signed_in(charlie).post(f"/plans/{objects['plan_id']}/sign/", {"token": str(uuid.uuid4()), "version": "1"})
    assert Submission.objects.count() == count
