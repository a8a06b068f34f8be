"""What is done is written down, and what is written down stays."""

import pytest
from django.db import DatabaseError, connection, transaction

from backdep_site import audit
from backdep_site.models import AuditEvent


@pytest.fixture
def event(alice, now):
    return audit.record("patient.read", by=alice, at=now)


def test_an_event_needs_somebody_who_did_it(db, now):
    with pytest.raises(ValueError, match="needs the person"):
        audit.record("patient.read", by=audit.NOBODY, at=now)


def test_a_failed_sign_in_is_recorded_without_a_person(db, now):
    assert audit.record("sign-in.failed", by=audit.NOBODY, at=now).by is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE backdep_site_auditevent SET event = 'nothing'",
        "DELETE FROM backdep_site_auditevent",
    ],
)
def test_the_database_refuses_to_change_or_delete_history(event, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(event="patient.read").count() == 1


def test_the_queryset_cannot_change_history_either(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().update(event="nothing")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_postgresql_refuses_to_empty_the_table(event):
    if connection.vendor != "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE backdep_site_auditevent")  # SQLite has no such statement at all
        return
    connection.check_constraints()  # what is still to be checked would be the first objection
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE backdep_site_auditevent CASCADE")


def test_signing_in_and_out_and_failing_are_in_the_history(client, alice):
    client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery staple"})
    client.post("/accounts/logout/")
    assert list(AuditEvent.objects.order_by("pk").values_list("event", flat=True)) == [
        "sign-in.failed",
        "sign-in",
        "sign-out",
    ]


def test_reading_a_patient_is_in_the_history_without_a_name(alices, alice, stage, now):
    patient = stage.patient("Rosa", now.date().replace(year=1980), "female", now)
    alices.get(f"/patients/{patient.pk}/")
    found = AuditEvent.objects.get(event="patient.read")
    assert (found.by, found.patient, found.clinic) == (alice, patient.pk, patient.clinic)
    assert "Rosa" not in str(found.details) + found.about
