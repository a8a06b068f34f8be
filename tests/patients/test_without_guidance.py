"""While the guidance cannot be loaded, what was typed is kept and what was done for safety is written and read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from guidance import evaluation
from guidance.models import EditionRow
from patients.demo import Stage, follow_up_answers, intake_answers
from patients.models import FollowUp, Intake, Patient, Plan, PlanStatus, Reminder
from tests.pages import hidden_fields, press, text_of

DAY = timedelta(days=1)
SAID = "Suggestions could not be prepared. Do not treat this as no alerts."
RECORD = {
    "actions": ["emergency-transfer"], "what_was_done": "Sent to the emergency department for MRI.",
    "handed_to": "ED registrar", "done_at": "20 11 2026 10:20",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(now):
    """The pages' clock stands where the test plays."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def _nothing_kept_in_memory(monkeypatch) -> None:
    monkeypatch.setattr(evaluation, "_loaded", {})


class Guidance:
    """The stored guidance, which can break (a row is lost: the fingerprint is another) and be mended."""

    def __init__(self) -> None:
        self.row: EditionRow | None = None

    def breaks(self) -> None:
        self.row = EditionRow.objects.filter(kind="options").first()
        assert self.row is not None
        EditionRow.objects.filter(pk=self.row.pk).delete()
        evaluation._loaded.clear()

    def is_mended(self) -> None:
        assert self.row is not None
        self.row.save(force_insert=True)
        evaluation._loaded.clear()


@pytest.fixture
def guidance() -> Guidance:
    return Guidance()


@pytest.fixture
def patient(stage: Stage) -> Patient:
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 28 * DAY)


@pytest.fixture
def running(stage: Stage, patient: Patient) -> Plan:
    """Signed 28 days ago."""
    return stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 28 * DAY)


@pytest.fixture
def visit(running: Plan, alices: Any) -> str:
    """The address of a follow-up in progress."""
    return alices.post(f"/reminders/{running.reminders.get(code='M-1MO').pk}/follow-up/").url


@pytest.fixture
def record(stage: Stage, patient: Patient) -> Plan:
    """A safety record, not signed."""
    flags = {"cauda-equina": ("saddle", "open")}
    return stage.plan(patient, intake_answers(flags=flags, weeks=6), stage.now)


def posted(**answers: Any) -> dict[str, Any]:
    return {name: values if len(values) > 1 else values[0] for name, values in follow_up_answers(**answers).items()}


def assert_said(response: Any) -> str:
    """The page says that it cannot answer; never that there is nothing to say."""
    assert response.status_code == 503
    text = text_of(response)
    assert SAID in text
    return text


# ------------------------------------------------------------------------------------------------ the follow-up


@pytest.mark.parametrize("go", ["", "on", "exit"])
def test_a_follow_up_keeps_what_was_typed(visit, alices, guidance, go):
    fields = hidden_fields(alices.get(visit))
    guidance.breaks()
    typed = posted(phq9="111110113", peg=(3, 4, 4)) | {"note": "Felt much worse since Monday"}
    assert_said(alices.post(visit, {**fields, **typed, "go": go}))
    kept = FollowUp.objects.get()
    assert (kept.status, kept.revision) == ("draft", 2)
    assert kept.answers["note"] == ["Felt much worse since Monday"]
    assert kept.answers["phq9_9"] == ["3"]
    guidance.is_mended()
    page = alices.get(visit)
    assert page.status_code == 200
    assert "Felt much worse since Monday" in page.content.decode()


def test_a_follow_up_keeps_what_cannot_be_read_and_medicines_that_nobody_can_look_up(visit, alices, guidance):
    fields = hidden_fields(alices.get(visit))
    guidance.breaks()
    typed = {"contact_date": "yesterday", "egfr": "quite good", "medicine_1": "Duloxetine", "medicine_2": "Dr Li tonic"}
    assert_said(alices.post(visit, {**fields, **typed}))
    kept = FollowUp.objects.get().answers
    assert {name: kept[name] for name in typed} == {name: [value] for name, value in typed.items()}


def test_a_follow_up_saved_twice_by_one_press_is_one_save(visit, alices, guidance):
    fields = hidden_fields(alices.get(visit))
    guidance.breaks()
    for _ in range(2):
        assert_said(alices.post(visit, {**fields, "phq9_1": "3"}))
    assert FollowUp.objects.get().revision == 2


def test_an_old_page_of_a_follow_up_shows_both_versions_all_the_same(visit, alices, signed_in, bob, guidance):
    mine = hidden_fields(alices.get(visit))
    press(signed_in(bob), visit, phq9_1="0", go="exit")
    guidance.breaks()
    response = alices.post(visit, {**mine, "phq9_1": "3", "note": "Mine"})
    assert response.status_code == 409
    text = text_of(response)
    for said in ("Not at all", "Nearly every day", "Mine"):
        assert said in text
    assert FollowUp.objects.get().answers["phq9_1"] == ["0"]


def test_a_follow_up_opened_without_guidance_says_so(visit, alices, guidance):
    guidance.breaks()
    assert_said(alices.get(visit))


# ------------------------------------------------------------------------------------------------ the safety record


def test_the_form_of_a_safety_record_is_shown(record, alices, guidance):
    guidance.breaks()
    response = alices.get(f"/plans/{record.pk}/")
    text = assert_said(response)
    assert "Rosa" in text
    assert "What was done can be recorded all the same" in text
    fields = hidden_fields(response, f"/plans/{record.pk}/safety-record/")
    assert fields["version"] == str(record.version)
    for name in ("actions", "what_was_done", "handed_to", "done_at"):
        assert f'name="{name}"' in response.content.decode()


def sign(client: Any, record: Plan, **typed: Any) -> Any:
    return press(client, f"/plans/{record.pk}/", f"/plans/{record.pk}/safety-record/", **{**RECORD, **typed})


def test_a_safety_record_is_signed_and_its_contacts_are_on_the_worklist(record, alices, alice, guidance):
    guidance.breaks()
    assert sign(alices, record).status_code == 302
    record.refresh_from_db()
    assert (record.status, record.signed_by) == (PlanStatus.ACTIVE, alice)
    assert record.safety["what_was_done"] == RECORD["what_was_done"]
    assert set(record.reminders.values_list("code", flat=True)) == {"SAFETY-1", "SAFETY-7"}
    assert "INVENTED, Rosa" in text_of(alices.get("/worklist/", {"tab": "due"}))


def test_a_safety_record_drawn_later_pauses_the_plan_in_use(running, stage, patient, alices, guidance):
    flags = {"cauda-equina": ("saddle", "open")}
    record = stage.plan(patient, intake_answers(flags=flags, weeks=6), stage.now)
    guidance.breaks()
    assert sign(alices, record).status_code == 302
    running.refresh_from_db()
    assert running.status == PlanStatus.PAUSED


def test_what_is_missing_in_a_safety_record_is_said_and_nothing_typed_is_lost(record, alices, guidance):
    guidance.breaks()
    response = sign(alices, record, what_was_done="")
    assert "Enter what was done, and what was found" in assert_said(response)
    assert "ED registrar" in response.content.decode()
    record.refresh_from_db()
    assert record.status == PlanStatus.DRAFT
    again = {**hidden_fields(response, f"/plans/{record.pk}/safety-record/"), **RECORD}
    assert alices.post(f"/plans/{record.pk}/safety-record/", again).status_code == 302


def test_a_safety_record_is_signed_once(record, alices, guidance):
    guidance.breaks()
    button = f"/plans/{record.pk}/safety-record/"
    fields = hidden_fields(alices.get(f"/plans/{record.pk}/"), button)
    alices.post(button, {**fields, **RECORD})
    assert alices.post(button, {**fields, **RECORD}).status_code == 409
    assert Reminder.objects.count() == 2


def test_a_safety_record_that_somebody_overtook_is_not_signed(record, alices, guidance):
    guidance.breaks()
    button = f"/plans/{record.pk}/safety-record/"
    fields = hidden_fields(alices.get(f"/plans/{record.pk}/"), button)
    Plan.objects.filter(pk=record.pk).update(version=7)
    assert alices.post(button, {**fields, **RECORD}).status_code == 409
    record.refresh_from_db()
    assert record.status == PlanStatus.DRAFT


@pytest.mark.parametrize("rest", ["", "print/"])
@pytest.mark.parametrize("signed_before", [True, False])
def test_a_signed_safety_record_is_read(record, alices, guidance, rest, signed_before):
    if signed_before:
        sign(alices, record)
    guidance.breaks()
    if not signed_before:
        sign(alices, record)
    response = alices.get(f"/plans/{record.pk}/{rest}")
    text = assert_said(response)
    for said in ("Sent to the emergency department for MRI.", "ED registrar", "20 Nov 2026", "by Alice", "Rosa"):
        assert said in text, said
    assert "<form" not in response.content.decode().split("</header>")[-1].split("<footer")[0]


def test_with_guidance_a_safety_record_is_no_page_of_failure(record, alices):
    response = alices.get(f"/plans/{record.pk}/")
    assert response.status_code == 200
    assert SAID not in text_of(response)


def test_a_safety_record_without_guidance_suggests_no_treatment(record, alices, guidance):
    guidance.breaks()
    body = alices.get(f"/plans/{record.pk}/").content.decode().lower()
    assert "duloxetine" not in body
    assert "sign plan" not in body


# ------------------------------------------------------------------------------------------------ plans


@pytest.mark.parametrize("which", ["draft", "signed"])
def test_a_plan_is_not_shown_as_a_safety_record(request, stage, patient, alices, guidance, which):
    plan = request.getfixturevalue("running") if which == "signed" else stage.plan(patient, intake_answers(), stage.now)
    guidance.breaks()
    response = alices.get(f"/plans/{plan.pk}/")
    assert_said(response)
    assert "safety-record/" not in response.content.decode()


def test_a_plan_cannot_be_signed_as_a_safety_record_without_guidance(stage, patient, alices, guidance):
    plan = stage.plan(patient, intake_answers(), stage.now)
    guidance.breaks()
    assert_said(alices.post(f"/plans/{plan.pk}/safety-record/", {**RECORD, "version": str(plan.version)}))
    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT


def test_an_intake_keeps_what_was_typed(stage, patient, alices, guidance):
    alices.post(f"/patients/{patient.pk}/intake/")
    page = f"/intakes/{Intake.objects.get().pk}/mood/"
    guidance.breaks()
    press(alices, page, phq9_9="3")
    assert Intake.objects.get().answers["mood"] == {"phq9_9": ["3"]}
    assert "Do not treat this as no alerts" in text_of(alices.get(page))
