"""A page's token stands for one press of one form: never for another button, another patient, person or content."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from backdep_site.models import AuditEvent
from patients.demo import Stage, follow_up_answers, intake_answers
from patients.followup import actions as followup
from patients.intake import actions as intakes
from patients.models import Decision, FollowUp, Intake, Patient, Plan, PlanStatus, Reminder
from tests.pages import hidden_fields, press, text_of

DAY = timedelta(days=1)
SIGNED = "Plan signed."
TYPED = {
    "family_name": "Wells", "given_name": "Rosa", "birth_date": "12 3 1984", "sex_at_birth": "female",
    "record_number": "R-100",
}  # fmt: skip
RECORD = {
    "actions": ["emergency-transfer"], "what_was_done": "Sent to the emergency department for MRI.",
    "handed_to": "ED registrar", "done_at": "20 11 2026 10:20",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(now):
    """The pages' clock stands where the test plays."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def patient(stage: Stage) -> Patient:
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 28 * DAY)


@pytest.fixture
def intake(stage: Stage, patient: Patient) -> Intake:
    return intakes.start_intake(by=stage.by, at=stage.now, patient=patient)


@pytest.fixture
def draft(stage: Stage, patient: Patient) -> Plan:
    """Drawn and nothing decided."""
    return stage.plan(patient, intake_answers(), stage.now)


@pytest.fixture
def decided(stage: Stage, draft: Plan) -> Plan:
    """Nothing stands between it and its signature."""
    return stage.decide(draft, ("duloxetine",), stage.now)


@pytest.fixture
def running(stage: Stage, patient: Patient) -> Plan:
    """Signed 28 days ago."""
    return stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 28 * DAY)


def fields_of(client: Client, plan: Plan, button: str) -> dict[str, str]:
    return hidden_fields(client.get(f"/plans/{plan.pk}/"), f"/plans/{plan.pk}/{button}")


def spent_on_declining(client: Client, plan: Plan) -> str:
    """The token of a decline that was carried out."""
    fields = fields_of(client, plan, "decline/massage/")
    typed = {**fields, "reason": "patient-refuses"}
    assert client.post(f"/plans/{plan.pk}/decline/massage/", typed).status_code == 302
    assert plan.items.get(code="massage").decision == Decision.DECLINED
    return fields["token"]


def spent_on_adding(client: Client, **typed: str) -> tuple[str, Patient]:
    """The token of "add patient", and who was added with it."""
    fields = hidden_fields(client.get("/patients/add/"))
    added = {**TYPED, "record_number": "R-99", **typed}
    assert client.post("/patients/add/", {**fields, **added}).status_code == 302
    return fields["token"], Patient.objects.get(record_number=added["record_number"])


# ------------------------------------------------------------------------------------------------ another button


def test_the_token_of_a_decline_does_not_stand_for_a_signature(draft, alices):
    token = spent_on_declining(alices, draft)
    draft.refresh_from_db()
    response = alices.post(f"/plans/{draft.pk}/sign/", {"token": token, "version": str(draft.version)}, follow=True)
    assert response.status_code == 422
    assert SIGNED not in text_of(response)
    assert "Decide on:" in text_of(response)
    assert Plan.objects.get().status == PlanStatus.DRAFT


def test_with_everything_decided_the_token_of_a_decline_signs_like_any_other(decided, alices):
    token = spent_on_declining(alices, decided)
    decided.refresh_from_db()
    response = alices.post(f"/plans/{decided.pk}/sign/", {"token": token, "version": str(decided.version)}, follow=True)
    assert SIGNED in text_of(response)
    assert Plan.objects.get().status == PlanStatus.ACTIVE
    assert Reminder.objects.filter(plan=decided).exists()


def test_the_token_of_a_decline_does_not_stand_for_a_signed_safety_record(stage, patient, draft, alices):
    token = spent_on_declining(alices, draft)
    flags = {"cauda-equina": ("saddle", "open")}
    record = stage.plan(patient, intake_answers(flags=flags, weeks=6), stage.now)
    alices.post(f"/plans/{record.pk}/safety-record/", {**RECORD, "token": token, "version": str(record.version)})
    record.refresh_from_db()
    assert (record.status, record.safety["handed_to"]) == (PlanStatus.ACTIVE, "ED registrar")
    assert record.reminders.count() == 2


@pytest.mark.parametrize(
    ("button", "code"), [("accept/cbt/", "cbt"), ("decline/cbt/", "cbt"), ("decline/massage/", "massage")]
)
def test_the_token_of_a_decline_decides_nothing_else(draft, alices, button, code):
    token = spent_on_declining(alices, draft)
    draft.refresh_from_db()
    before = draft.version
    typed = {"token": token, "version": str(before), "reason": "" if "accept" in button else "prefers-alternative"}
    assert alices.post(f"/plans/{draft.pk}/{button}", typed).status_code == 302
    draft.refresh_from_db()
    assert draft.version == before + 1, "the second step was dropped"
    found = draft.items.get(code=code)
    wanted = (Decision.ACCEPTED, "") if "accept" in button else (Decision.DECLINED, "prefers-alternative")
    assert (found.decision, found.reason) == wanted


@pytest.mark.parametrize("page", ["plan", "follow-up", "add"])
def test_the_token_of_a_decline_makes_whatever_else_it_is_posted_to(stage, patient, running, alices, page):
    second = stage.plan(patient, intake_answers(), stage.now)
    token = spent_on_declining(alices, second)
    if page == "add":
        response = alices.post("/patients/add/", {**TYPED, "token": token})
        assert response.url == f"/patients/{Patient.objects.get(record_number='R-100').pk}/"
        return
    if page == "plan":
        intake = second.intake
        response = alices.post(f"/intakes/{intake.pk}/plan/", {"token": token, "version": str(intake.revision)})
    else:
        stage.followed_up(running, follow_up_answers(phq9="211111110", peg=(5, 5, 5)), stage.now)
        response = alices.post(f"/follow-ups/{FollowUp.objects.get().pk}/plan/", {"token": token})
    drawn = Plan.objects.get(status=PlanStatus.DRAFT)
    assert drawn != second
    assert response.url == f"/plans/{drawn.pk}/"
    assert alices.get(response.url).status_code == 200


def test_the_token_of_a_new_patient_draws_the_plan(stage, alices):
    token, patient = spent_on_adding(alices)
    intake = stage.intake(patient, intake_answers(), stage.now)
    response = alices.post(f"/intakes/{intake.pk}/plan/", {"token": token, "version": str(intake.revision)})
    assert response.url == f"/plans/{Plan.objects.get().pk}/"
    assert alices.get(response.url).status_code == 200


# ------------------------------------------------------------------------------------------------ another object


def test_a_token_spent_on_one_plan_decides_on_another(stage, draft, alices):
    other = stage.plan(stage.patient("Bea", date(1980, 1, 1), "female", stage.now), intake_answers(), stage.now)
    token = spent_on_declining(alices, draft)
    typed = {"token": token, "version": "1", "reason": "patient-refuses"}
    assert alices.post(f"/plans/{other.pk}/decline/massage/", typed).status_code == 302
    assert other.items.get(code="massage").decision == Decision.DECLINED


def test_a_token_spent_on_one_reminder_closes_another(running, alices):
    one, other = running.reminders.get(code="M-AD14"), running.reminders.get(code="M-3MO")
    fields = hidden_fields(alices.get(f"/reminders/{one.pk}/"))
    for reminder in (one, other):
        alices.post(f"/reminders/{reminder.pk}/", {**fields, "what": "no-answer"})
        assert reminder.attempts.count() == 1


# ------------------------------------------------------------------------------------------------ another content


def test_an_assessment_page_sent_again_with_a_correction_shows_both(intake, alices):
    page = f"/intakes/{intake.pk}/mood/"
    fields = hidden_fields(alices.get(page))
    alices.post(page, {**fields, "phq9_1": "0", "safety_note": "FIRST"})
    second = alices.post(page, {**fields, "phq9_1": "3", "safety_note": "SECOND, corrected"})
    assert second.status_code == 409
    text = text_of(second)
    for said in ("Theirs: Not at all", "Yours: Nearly every day", "FIRST", "SECOND, corrected", "Nothing was over"):
        assert said in text
    assert Intake.objects.get().answers["mood"]["safety_note"] == ["FIRST"]
    keep = {"keep_phq9_1": "mine", "keep_safety_note": "mine"}
    assert alices.post(page, {**hidden_fields(second, page), **keep}).status_code == 302
    kept = Intake.objects.get().answers["mood"]
    assert (kept["phq9_1"], kept["safety_note"]) == (["3"], ["SECOND, corrected"])


@pytest.mark.parametrize("go", ["", "on", "exit"])
def test_an_assessment_page_sent_twice_as_it_is_is_one_save(intake, alices, go):
    page = f"/intakes/{intake.pk}/mood/"
    typed = {**hidden_fields(alices.get(page)), "phq9_1": "3", "safety_note": "Once", "go": go}
    for _ in range(3):
        assert alices.post(page, typed).status_code in (302, 422)
    assert Intake.objects.get().revision == 2
    assert AuditEvent.objects.filter(event="intake.saved").count() == 1


def test_the_same_answers_in_another_step_are_saved_there(intake, alices):
    token = hidden_fields(alices.get(f"/intakes/{intake.pk}/mood/"))["token"]
    for step in ("mood", "pain", "life"):
        alices.post(f"/intakes/{intake.pk}/{step}/", {"token": token, "version": "0", "go": "on"})
    assert set(Intake.objects.get().saved_by_step) == {"mood", "pain", "life"}


@pytest.fixture
def visit(stage: Stage, running: Plan) -> FollowUp:
    reminder = running.reminders.get(code="M-1MO")
    return followup.start_follow_up(by=stage.by, at=stage.now, plan=running, reminder=reminder, answers={})


def test_a_follow_up_sent_again_with_a_correction_shows_both(visit, alices):
    page = f"/follow-ups/{visit.pk}/"
    fields = hidden_fields(alices.get(page))
    alices.post(page, {**fields, "phq9_1": "0", "note": "FIRST", "go": "exit"})
    second = alices.post(page, {**fields, "phq9_1": "3", "note": "SECOND, corrected", "go": "exit"})
    assert second.status_code == 409
    text = text_of(second)
    for said in ("Not at all", "Nearly every day", "FIRST", "SECOND, corrected", "Nothing was overwritten"):
        assert said in text
    assert FollowUp.objects.get().answers["note"] == ["FIRST"]
    alices.post(page, hidden_fields(second, page))
    assert FollowUp.objects.get().answers["note"] == ["SECOND, corrected"]


def test_a_follow_up_sent_twice_as_it_is_is_one_save(visit, alices):
    page = f"/follow-ups/{visit.pk}/"
    typed = {**hidden_fields(alices.get(page)), "phq9_1": "3", "note": "Once"}
    for _ in range(3):
        assert alices.post(page, typed).status_code in (302, 422)
    assert FollowUp.objects.get().revision == 2
    assert AuditEvent.objects.filter(event="follow-up.saved").count() == 1


def test_a_reminder_answered_in_two_ways_from_one_page_says_that_the_second_came_late(running, alices):
    reminder = running.reminders.get(code="M-AD14")
    page = f"/reminders/{reminder.pk}/"
    fields = hidden_fields(alices.get(page))
    assert alices.post(page, {**fields, "what": "no-answer", "note": "First try"}).status_code == 302
    second = alices.post(page, {**fields, "what": "done", "note": "Reached after all"})
    assert second.status_code == 409
    reminder.refresh_from_db()
    assert (reminder.status, reminder.attempts.count()) == ("open", 1)


def test_accepting_again_with_a_correction_is_not_dropped_in_silence(draft, alices):
    button = f"/plans/{draft.pk}/accept/duloxetine/"
    fields = fields_of(alices, draft, "accept/duloxetine/")
    assert alices.post(button, {**fields, "change": "30 mg"}).status_code == 302
    second = alices.post(button, {**fields, "change": "20 mg"})
    assert second.status_code == 409
    assert "Your last step was not carried out" in text_of(second)
    assert draft.items.get(code="duloxetine").change == "30 mg"


def test_a_new_patient_sent_again_with_another_number_is_another_patient(alices, edition):
    fields = hidden_fields(alices.get("/patients/add/"))
    first = alices.post("/patients/add/", {**fields, **TYPED})
    second = alices.post("/patients/add/", {**fields, **TYPED, "record_number": "R-101", "sure": "on"})
    assert first.url != second.url
    assert set(Patient.objects.values_list("record_number", flat=True)) == {"R-100", "R-101"}


def test_a_new_patient_sent_again_with_a_correction_is_not_called_added(alices, edition):
    fields = hidden_fields(alices.get("/patients/add/"))
    alices.post("/patients/add/", {**fields, **TYPED})
    second = alices.post("/patients/add/", {**fields, **TYPED, "given_name": "Rosalind", "sure": "on"})
    assert second.status_code == 422
    assert "ID is already used by another patient" in text_of(second)
    assert "Rosalind" in second.content.decode()
    assert Patient.objects.get().given_name == "Rosa"


# ------------------------------------------------------------------------------------------------ another person


def test_a_colleague_who_sends_the_same_token_is_not_told_that_it_is_done(draft, alices, signed_in, bob):
    fields = fields_of(alices, draft, "accept/cbt/")
    bobs = signed_in(bob)
    assert bobs.post(f"/plans/{draft.pk}/accept/cbt/", fields).status_code == 302
    late = alices.post(f"/plans/{draft.pk}/accept/cbt/", fields)
    assert late.status_code == 409
    assert "Bob" in text_of(late)
    assert draft.items.get(code="cbt").decided_by == bob


def test_a_colleague_adds_a_patient_of_his_own_under_the_same_token(alices, signed_in, bob, edition):
    token, hers = spent_on_adding(alices)
    response = signed_in(bob).post("/patients/add/", {**TYPED, "record_number": "R-7", "token": token, "sure": "on"})
    his = Patient.objects.get(record_number="R-7")
    assert response.url == f"/patients/{his.pk}/"
    assert (hers.created_by.username, his.created_by) == ("alice", bob)


def test_a_stranger_with_the_token_learns_nothing_of_the_patient(alices, signed_in, charlie, edition):
    token, hers = spent_on_adding(alices)
    response = signed_in(charlie).post("/patients/add/", {**TYPED, "record_number": "R-99", "token": token})
    assert response.status_code == 302
    assert str(hers.pk) not in response.url
    assert Patient.objects.count() == 2


def test_a_colleague_tries_the_patient_again_under_the_same_token(running, alices, signed_in, bob):
    reminder = running.reminders.get(code="M-AD14")
    page = f"/reminders/{reminder.pk}/"
    fields: dict[str, Any] = {**hidden_fields(alices.get(page)), "what": "no-answer"}
    alices.post(page, fields)
    press(signed_in(bob), page, what="no-answer", token=fields["token"])
    assert set(reminder.attempts.values_list("by__username", flat=True)) == {"alice", "bob"}
