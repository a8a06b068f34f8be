"""What the site does when it is asked oddly, when its database fails, and what it writes down about who looked."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from backdep_site import audit
from backdep_site.models import AuditEvent, Clinic, Membership, Role, User
from patients.demo import Stage, follow_up_answers, intake_answers
from patients.followup import actions as followup
from patients.models import Patient, Plan, PlanStatus, Reminder
from tests.pages import text_of

DAY = timedelta(days=1)
NOTHING_SAVED = "Nothing was saved. Go back with your browser: what you typed should still be there."


# ------------------------------------------------------------------------------------------------ asked oddly


def post(client: Client, address: str, charset: str, **fields: str) -> Any:
    """Post a form as a browser would, but for the encoding that it names: the test client would really use it."""
    parts = [f'--a\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    body = "\r\n".join([*parts, "--a--\r\n"]).encode()
    return client.generic("POST", address, body, f"multipart/form-data; boundary=a; charset={charset}")


@pytest.mark.parametrize("charset", ["rot13", "idna", "utf-7", "unicode_escape", "utf-16", "latin-1", "base64"])
def test_a_form_in_another_encoding_than_utf_8_is_refused_with_advice(alices, charset):
    for address in ("/patients/add/", "/accounts/login/", "/guidance/"):
        response = post(alices, address, charset, family_name="+2AA-", given_name="\\ud800 Ä")
        assert response.status_code == 400
        assert NOTHING_SAVED in text_of(response)
    assert not Patient.objects.exists()


@pytest.mark.parametrize("charset", ["rot13", "idna", "punycode"])
def test_a_plain_form_in_another_encoding_is_refused_too(alices, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    response = alices.generic("POST", "/patients/add/", b"family_name=Wells", kind)
    assert response.status_code == 400
    assert NOTHING_SAVED in text_of(response)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"UTF-8"', "us-ascii"])
def test_a_form_that_names_utf_8_is_read(alices, edition, charset):
    typed = {
        "family_name": "Wells", "given_name": "Rosa", "birth_date": "12 3 1984", "sex_at_birth": "female",
        "record_number": "R-1",
    }  # fmt: skip
    assert post(alices, "/patients/add/", charset, **typed).status_code == 302
    assert Patient.objects.get().given_name == "Rosa"


def test_a_form_that_is_too_large_is_refused_with_advice(alices):
    response = alices.post("/patients/add/", {"family_name": "W" * 1_100_000})
    assert response.status_code == 400
    text = text_of(response)
    assert NOTHING_SAVED in text
    assert "Shorten very long texts and send it again." in text
    assert 'href="/"' in response.content.decode()


@pytest.mark.parametrize("number", ["9" * 9999, "0", "-1", "٣", "²", "1e9"])
def test_a_page_number_of_any_length_is_not_an_error(alices, number):
    assert alices.get("/worklist/", {"page": number}).status_code == 200


# ------------------------------------------------------------------------------------------------ history stays


@pytest.fixture
def event(alice, now):
    return audit.record("patient.read", by=alice, at=now)


def written_over(statement: str, event: AuditEvent) -> None:
    """Write a row with the number of an event that is there."""
    columns = "(id, at, event, about, details)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement.format(f'INTO backdep_site_auditevent {columns} VALUES (%s, %s, %s, %s, %s)')}",
            [event.pk, event.at, "FORGED", "", "{}"],
        )


_REPLACING = ["INSERT {}", "INSERT {} ON CONFLICT (id) DO UPDATE SET event = 'FORGED'"]
_ONLY_SQLITE = ["REPLACE {}", "INSERT OR REPLACE {}"]


@pytest.mark.parametrize("statement", [*_REPLACING, *_ONLY_SQLITE])
def test_no_event_takes_the_place_of_another(event, statement):
    # PostgreSQL knows no REPLACE: it refuses that as well, in other words
    said = None if connection.vendor == "postgresql" and statement != _REPLACING[1] else "append-only"
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        written_over(statement, event)
    assert list(AuditEvent.objects.values_list("pk", "event")) == [(event.pk, "patient.read")]


def test_an_upsert_by_the_program_changes_no_event_either(event):
    event.event = "FORGED"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.bulk_create([event], update_conflicts=True, unique_fields=["id"], update_fields=["event"])
    event.refresh_from_db()
    assert event.event == "patient.read"


def test_an_event_with_a_number_of_its_own_is_written(event, alice, now):
    audit.record("patient.read", by=alice, at=now)
    with transaction.atomic():
        event.pk += 1000
        written_over("INSERT {}", event)
    assert AuditEvent.objects.count() == 3


# ------------------------------------------------------------------------------------------------ who looked


@pytest.fixture
def patient(stage: Stage) -> Patient:
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 30 * DAY)


@pytest.fixture
def draft(stage: Stage, patient: Patient) -> Plan:
    return stage.plan(patient, intake_answers(), stage.now)


@pytest.fixture
def running(stage: Stage, patient: Patient) -> Plan:
    return stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 30 * DAY)


def reads(by: User, kind: str) -> Iterator[AuditEvent]:
    yield from AuditEvent.objects.filter(event=f"{kind}.read", by=by).order_by("pk")


@pytest.fixture
def bob_alone(signed_in: Callable[[User], Client], bob: User) -> Client:
    """Bob's browser; he has not looked at anything yet."""
    return signed_in(bob)


def assert_read(by: User, kind: str, about: Any, patient: Patient) -> None:
    """The history says once or more that ``by`` saw the object, whose it is and where, and nothing in words."""
    found = list(reads(by, kind))
    assert found, f"{by} saw a {kind} and the history does not say so"
    for one in found:
        assert (one.about, one.patient, one.clinic) == (
            f"{about._meta.label_lower}:{about.pk}", patient.pk, patient.clinic,
        )  # fmt: skip
        assert "Rosa" not in one.about + json.dumps(one.details)


@pytest.mark.parametrize(
    ("button", "typed", "status"),
    [
        ("sign/", {"version": "1"}, 422),
        ("accept/aspirin/", {"version": "1"}, 422),
        ("accept/opioid/", {"version": "1"}, 422),
        ("decline/cbt/", {"version": "1"}, 422),
        ("decline-rest/pain-medicine/", {"version": "1"}, 422),
        ("safety-record/", {"version": "1"}, 422),
        ("accept/cbt/", {"version": "77"}, 409),
        ("accept-remaining/", {"version": "77"}, 409),
        ("together/", {"version": "77"}, 409),
        ("sign/", {"version": "77"}, 409),
    ],
)
def test_a_plan_seen_through_a_button_that_failed_is_in_the_history(
    draft, patient, bob_alone, bob, button, typed, status
):
    response = bob_alone.post(f"/plans/{draft.pk}/{button}", typed)
    assert response.status_code == status
    assert "Rosa" in response.content.decode()
    assert_read(bob, "plan", draft, patient)
    assert Plan.objects.get().status == PlanStatus.DRAFT


@pytest.mark.parametrize("rest", ["", "print/"])
def test_a_plan_that_was_opened_is_in_the_history(draft, patient, bob_alone, bob, rest):
    assert bob_alone.get(f"/plans/{draft.pk}/{rest}").status_code == 200
    assert_read(bob, "plan", draft, patient)


@pytest.mark.parametrize("rest", ["", "mood/", "check/", "discard/"])
def test_an_assessment_that_was_opened_is_in_the_history(stage, patient, bob_alone, bob, rest):
    intake = stage.intake(patient, intake_answers(steps=("mood",)), stage.now)
    assert bob_alone.get(f"/intakes/{intake.pk}/{rest}", follow=True).status_code == 200
    assert_read(bob, "intake", intake, patient)


@pytest.mark.parametrize(("rest", "status"), [("mood/", 409), ("discard/", 409), ("plan/", 409)])
def test_the_conflict_page_of_an_assessment_is_in_the_history(stage, patient, bob_alone, bob, rest, status):
    intake = stage.intake(patient, intake_answers(), stage.now)
    response = bob_alone.post(f"/intakes/{intake.pk}/{rest}", {"version": "77", "phq9_1": "0"})
    assert response.status_code == status
    assert "Rosa" in response.content.decode()
    assert_read(bob, "intake", intake, patient)


@pytest.fixture
def follow_up(stage: Stage, running: Plan) -> Any:
    reminder = running.reminders.get(code="M-1MO")
    return followup.start_follow_up(
        by=stage.by, at=stage.now, plan=running, reminder=reminder,
        answers=follow_up_answers(phq9="111110110", peg=(3, 4, 4)),
    )  # fmt: skip


@pytest.mark.parametrize("rest", ["", "result/"])
def test_a_follow_up_that_was_opened_is_in_the_history(follow_up, patient, bob_alone, bob, rest):
    assert bob_alone.get(f"/follow-ups/{follow_up.pk}/{rest}").status_code == 200
    assert_read(bob, "follow-up", follow_up, patient)


@pytest.mark.parametrize(("typed", "status"), [({"version": "77", "phq9_1": "0"}, 409), ({"version": "1"}, 422)])
def test_a_follow_up_seen_through_a_save_that_failed_is_in_the_history(
    follow_up, patient, bob_alone, bob, typed, status
):
    assert bob_alone.post(f"/follow-ups/{follow_up.pk}/", typed).status_code == status
    assert_read(bob, "follow-up", follow_up, patient)


@pytest.mark.parametrize(
    ("typed", "status"), [(None, 200), ({"version": "1", "what": ""}, 422), ({"version": "77", "what": "done"}, 409)]
)
def test_a_reminder_that_was_seen_is_in_the_history(running, patient, bob_alone, bob, typed, status):
    reminder = running.reminders.get(code="M-AD14")
    page = f"/reminders/{reminder.pk}/"
    response = bob_alone.get(page) if typed is None else bob_alone.post(page, typed)
    assert response.status_code == status
    assert_read(bob, "reminder", reminder, patient)


def test_the_patients_on_a_page_of_likely_doubles_are_in_the_history(patient, bob_alone, bob):
    typed = {
        "family_name": "invented", "given_name": "Rose", "birth_date": "12 3 1984", "sex_at_birth": "female",
        "record_number": "R-2",
    }  # fmt: skip
    response = bob_alone.post("/patients/add/", typed)
    assert "Rosa" in response.content.decode()
    found = AuditEvent.objects.get(event="patients.compared", by=bob)
    assert found.details["patients"] == [str(patient.pk)]
    assert "Rosa" not in json.dumps(found.details)


def test_without_a_likely_double_nobody_was_compared(patient, bob_alone):
    typed = {
        "family_name": "Other", "given_name": "Rose", "birth_date": "12 3 1984", "sex_at_birth": "female",
        "record_number": "R-2",
    }  # fmt: skip
    assert bob_alone.post("/patients/add/", typed).status_code == 302
    assert not AuditEvent.objects.filter(event="patients.compared").exists()


def test_the_lists_say_in_the_history_whom_they_showed(running, patient, bob_alone, bob):
    Reminder.objects.filter(plan=running).update(due_date=date(2020, 1, 1))
    for address in ("/patients/", "/worklist/?tab=overdue"):
        assert "Rosa" in bob_alone.get(address).content.decode()
    for name in ("patients.listed", "worklist.read"):
        assert AuditEvent.objects.get(event=name, by=bob).details["patients"] == [str(patient.pk)]


@pytest.mark.parametrize("address", ["/patients/", "/patients/add/", "/worklist/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_list_refused_for_want_of_the_role_is_in_the_history(signed_in, edith, address, method):
    assert getattr(signed_in(edith), method)(address).status_code == 403
    found = AuditEvent.objects.get(event="refused", by=edith)
    assert found.details == {"reason": "role", "role": Role.CLINICIAN.value}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("who", "reason", "status"), [("charlie", "other-clinic", 404), ("edith", "role", 403)])
def test_a_refusal_says_whose_object_it_was(request, draft, patient, clinic, signed_in, method, who, reason, status):
    person = request.getfixturevalue(who)
    reminder = Reminder.objects.create(
        patient=patient, plan=draft, code="M-1MO", day=28, text="x", due_date=date(2026, 12, 1)
    )
    pages = {
        f"/patients/{patient.pk}/": patient, f"/intakes/{draft.intake.pk}/mood/": draft.intake,
        f"/reminders/{reminder.pk}/": reminder,
    }  # fmt: skip
    if method == "post":
        del pages[f"/patients/{patient.pk}/"]
        pages[f"/plans/{draft.pk}/sign/"] = draft
    else:
        pages[f"/plans/{draft.pk}/"] = draft
    client = signed_in(person)
    for address, about in pages.items():
        assert getattr(client, method)(address).status_code == status
        found = AuditEvent.objects.filter(event="refused", by=person).latest("pk")
        assert (found.clinic, found.patient) == (clinic, patient.pk)
        assert found.about == f"{about._meta.label_lower}:{about.pk}"
        assert found.details["reason"] == reason
    assert not AuditEvent.objects.filter(event__endswith=".read", by=person).exists()


def test_what_does_not_exist_leaves_no_refusal(stage, alices, alice):
    assert alices.get(f"/plans/{uuid.uuid4()}/").status_code == 404
    assert not AuditEvent.objects.filter(event="refused").exists()


# ------------------------------------------------------------------------------------------------ administrators


@pytest.fixture
def root(clinic: Clinic) -> User:
    return User.objects.create_superuser(username="root", password="correct horse battery staple")


@pytest.fixture
def roots(root: User, signed_in: Callable[[User], Client]) -> Client:
    """The administrator's browser."""
    return signed_in(root)


def change_clinic(client: Client, clinic: Clinic, **typed: str) -> Any:
    known = {"name": clinic.name, "time_zone": clinic.time_zone, "telephone": clinic.telephone}
    return client.post(f"/admin/backdep_site/clinic/{clinic.pk}/change/", known | typed)


def test_a_change_by_an_administrator_is_in_the_history_without_a_value(roots, root, clinic):
    assert change_clinic(roots, clinic, name="West clinic").status_code == 302
    found = AuditEvent.objects.get(event="admin.changed")
    assert (found.by, found.about, found.clinic) == (root, f"backdep_site.clinic:{clinic.pk}", clinic)
    assert found.details == {"fields": ["Name"]}


def test_a_role_given_and_taken_is_in_the_history(roots, root, clinic, edith):
    add = {"user": edith.pk, "clinic": clinic.pk, "role": Role.CLINICIAN.value, "is_active": "on"}
    assert roots.post("/admin/backdep_site/membership/add/", add).status_code == 302
    given = Membership.objects.get(user=edith, role=Role.CLINICIAN)
    page = f"/admin/backdep_site/membership/{given.pk}"
    del add["is_active"]
    assert roots.post(f"{page}/change/", add).status_code == 302
    assert roots.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    found = list(AuditEvent.objects.filter(event__startswith="admin.").order_by("pk"))
    assert [one.event for one in found] == ["admin.added", "admin.changed", "admin.deleted"]
    assert {(one.by, one.about, one.clinic) for one in found} == {(root, f"backdep_site.membership:{given.pk}", clinic)}


def test_several_roles_taken_at_once_are_each_in_the_history(roots, clinic, alice, bob):
    chosen = list(Membership.objects.filter(user__in=[alice, bob]).values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert roots.post("/admin/backdep_site/membership/", data).status_code == 302
    found = AuditEvent.objects.filter(event="admin.deleted").values_list("about", flat=True)
    assert set(found) == {f"backdep_site.membership:{pk}" for pk in chosen}


def test_a_new_password_is_in_the_history_and_not_the_password(roots, alice):
    new = "a wholly other password 9"
    page = f"/admin/backdep_site/user/{alice.pk}/password/"
    typed = {"password1": new, "password2": new, "usable_password": "true"}
    assert roots.post(page, typed).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    found = AuditEvent.objects.get(event="admin.changed")
    assert found.about == f"backdep_site.user:{alice.pk}"
    assert new not in json.dumps(found.details)


def test_a_change_that_was_refused_is_no_change_in_the_history(roots, clinic):
    assert change_clinic(roots, clinic, time_zone="Middle-earth/Shire").status_code == 200
    assert not AuditEvent.objects.filter(event__startswith="admin.").exists()


# ------------------------------------------------------------------------------------------------ demo and real


def test_a_real_clinic_cannot_be_made_a_demo(roots, clinic):
    body = roots.get(f"/admin/backdep_site/clinic/{clinic.pk}/change/").content.decode()
    assert 'name="is_demo"' not in body
    change_clinic(roots, clinic, is_demo="on")
    clinic.refresh_from_db()
    assert not clinic.is_demo


def test_a_new_clinic_is_a_real_one(roots):
    roots.post("/admin/backdep_site/clinic/add/", {"name": "New", "time_zone": "UTC", "is_demo": "on"})
    assert not Clinic.objects.get(name="New").is_demo


@pytest.mark.parametrize("first_is_demo", [False, True])
def test_nobody_belongs_to_a_demo_and_to_a_real_clinic(db, first_is_demo):
    first = Clinic.objects.create(name="First", is_demo=first_is_demo)
    second = Clinic.objects.create(name="Second", is_demo=not first_is_demo)
    person = User.objects.create_user(username="somebody")
    Membership.objects.create(user=person, clinic=first, role=Role.CLINICIAN, is_active=False)
    with pytest.raises(ValidationError, match="demo clinics or to real ones, not to both"):
        Membership(user=person, clinic=second, role=Role.EDITOR).full_clean()


def test_the_administrator_is_told_why_a_role_in_a_demo_is_refused(roots, alice):
    demo = Clinic.objects.create(name="Demo", is_demo=True)
    add = {"user": alice.pk, "clinic": demo.pk, "role": Role.CLINICIAN.value, "is_active": "on"}
    response = roots.post("/admin/backdep_site/membership/add/", add)
    assert "demo clinics or to real ones, not to both" in text_of(response)
    assert not Membership.objects.filter(clinic=demo).exists()


def test_a_person_may_belong_to_two_real_clinics_and_hold_two_roles(alice, clinic, other_clinic):
    Membership(user=alice, clinic=other_clinic, role=Role.CLINICIAN).full_clean()
    Membership(user=alice, clinic=clinic, role=Role.EDITOR).full_clean()
    Membership.objects.get(user=alice).full_clean()


# ------------------------------------------------------------------------------------------------ something is down


def fail(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("connection refused on purpose")


@pytest.fixture
def patient_client(alice: User) -> Client:
    """Alice's browser, which shows error pages instead of raising."""
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


def assert_error_page(response: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert response.status_code == 500
    text = text_of(response)
    assert "Do not treat this page as “no alerts”" in text
    assert "on purpose" not in text
    reference = re.search(r"Reference ([0-9A-F]{6})\b", text)
    assert reference is not None
    assert reference[1] in " ".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("address", ["/worklist/", "/patients/", "/guidance/", "/"])
def test_with_the_database_down_the_error_page_still_says_what_it_must(patient_client, monkeypatch, caplog, address):
    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", fail)
        response = patient_client.get(address)
    assert_error_page(response, caplog)
    assert "Content-Security-Policy" in response


def test_with_the_frame_broken_the_error_page_still_says_what_it_must(patient_client, monkeypatch, caplog):
    monkeypatch.setattr("backdep_site.context.clinics_of", fail)
    assert_error_page(patient_client.get("/worklist/"), caplog)


def test_an_error_page_fetches_nothing_and_needs_no_sign_in(client, db, monkeypatch, caplog):
    monkeypatch.setattr("backdep_site.accounts.SignInForm.__init__", fail)
    client.raise_request_exception = False
    response = client.get("/accounts/login/")
    assert_error_page(response, caplog)
    assert not re.search(r"(?:src|<link)", response.content.decode())


@pytest.mark.parametrize("error", [OperationalError, DatabaseError])
def test_health_says_that_the_database_is_down(client, db, monkeypatch, caplog, error):
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise error("connection refused on purpose")

    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refuse)
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"the database cannot be reached\n")
    assert "Traceback" not in caplog.text
