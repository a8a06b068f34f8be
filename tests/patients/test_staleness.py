"""Old answers of "no" do not count, an old draft is not signed, and an emergency that was begun stays in sight."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from guidance.engine.evaluate import gate_of
from guidance.engine.facts import check
from guidance.engine.scores import suicide_risk
from guidance.packaged import packaged_edition
from patients.demo import intake_answers
from patients.intake import actions as intake_actions
from patients.intake import questionnaires as q
from patients.intake.forms import STEP_FORMS
from patients.intake.mapping import NameBook, duration_days, facts_of, stale_steps
from patients.models import Intake, Patient, Plan
from patients.plans import actions
from tests.pages import press, text_of

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
NAMES = NameBook.of(packaged_edition())
ROSA = Patient(birth_date=date(1984, 3, 12), sex_at_birth="female")
EVERY_YES: dict[str, Any] = {
    "phq9_9": ["3"], **{f"screen_{code}": ["yes"] for code, *_ in q.CSSRS_QUESTIONS},
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("the_clock_stands")


@pytest.fixture
def patient(stage):
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 100 * DAY)


@pytest.fixture
def answered(stage, patient):
    """An intake, each step saved so many days ago."""

    def run(*, mood: int = 0, pain: int = 0, health: int = 0, life: int = 0, **answers: Any) -> Intake:
        given, ages = intake_answers(**answers), {"mood": mood, "pain": pain, "health": health, "life": life}
        for step, days in ages.items():
            stage.intake(patient, {step: given[step]}, stage.now - days * DAY)
        return Intake.objects.select_related("patient__clinic").get(patient=patient, status="draft")

    return run


def check_page(client: Any, intake: Intake) -> str:
    return text_of(client.get(f"/intakes/{intake.pk}/check/"))


def drawn(client: Any, intake: Intake) -> Plan:
    """The plan drawn today, from the check page."""
    press(client, f"/intakes/{intake.pk}/check/", f"/intakes/{intake.pk}/plan/")
    return Plan.objects.select_related("patient__clinic", "edition").get(status="draft")


# ------------------------------------------------------------------------------------------------ old answers

MOOD_OLD = "Mood and safety was answered {} days ago"
PAIN_OLD = "Pain and red flags was answered {} days ago"


def test_an_old_no_to_thoughts_of_death_holds_the_plan_and_the_check_page_says_so(answered, alices):
    intake = answered(mood=15)
    text = check_page(alices, intake)
    assert MOOD_OLD.format(15) in text
    assert text.count("days ago") == 1
    plan = drawn(alices, intake)
    assert plan.assessment["gate"] == "held"
    assert plan.assessment["scores"]["phq9_item9"] is None
    assert "phq9" not in plan.facts


def test_an_old_no_to_the_red_flags_holds_the_plan_and_the_check_page_says_so(answered, alices):
    intake = answered(pain=15)
    text = check_page(alices, intake)
    assert PAIN_OLD.format(15) in text
    assert MOOD_OLD.format(15) not in text
    plan = drawn(alices, intake)
    assert plan.assessment["gate"] == "held"
    assert "RF-UNASKED" in {alert["code"] for alert in plan.assessment["alerts"]}


def test_answers_of_two_weeks_ago_still_count(answered, alices):
    intake = answered(mood=14, pain=14, health=14, life=14)
    assert "days ago" not in check_page(alices, intake)
    assert drawn(alices, intake).assessment["gate"] == "open"


def test_old_answers_about_health_and_life_are_not_asked_again(answered, alices):
    intake = answered(health=60, life=60)
    assert "days ago" not in check_page(alices, intake)
    assert drawn(alices, intake).assessment["gate"] == "open"


@pytest.mark.parametrize(("days", "says"), [(15, True), (14, False)])
def test_the_step_says_that_its_answers_are_old(answered, alices, days, says):
    page = text_of(alices.get(f"/intakes/{answered(mood=days).pk}/mood/"))
    assert ("days old. Ask each of them again." in page) is says


def test_asking_again_and_saving_makes_the_answers_new(answered, alices):
    intake = answered(pain=15)
    press(alices, f"/intakes/{intake.pk}/pain/", **intake.answers["pain"], go="on")
    assert "days ago" not in check_page(alices, intake)
    assert drawn(alices, intake).assessment["gate"] == "open"


def facts(days: int, **answers: Any) -> dict[str, Any]:
    """The facts of an intake of which every step was saved so many days ago."""
    cleaned = {}
    for step, typed in intake_answers(**answers).items():
        named = {"known_names": NAMES} if step in ("health", "life") else {}
        form = STEP_FORMS[step].judging(typed, **named)
        form.is_valid()
        cleaned[step] = form.cleaned_data
    said_on = dict.fromkeys(cleaned, TODAY - days * DAY)
    return facts_of(cleaned, patient=ROSA, today=TODAY, names=NAMES, said_on=said_on)


def gate(found: dict[str, Any]) -> str:
    checked = check(found)
    return gate_of(checked, suicide_risk(checked))


def test_an_old_yes_to_a_red_flag_still_counts_and_an_old_no_does_not():
    found = facts(15, flags={"cauda-equina": ("saddle", "open")}, weeks=6)
    assert found["red_flags"] == {"cauda-equina": True}
    assert gate(found) == "safety-only"
    fresh = facts(14, flags={"cauda-equina": ("saddle", "open")}, weeks=6)
    assert fresh["red_flags"] == {code: code == "cauda-equina" for code in fresh["red_flags"]}
    assert len(fresh["red_flags"]) == 8


@pytest.mark.parametrize(("phq9", "screen"), [("222212112", ""), ("222212110", "ynnnnn"), ("222212112", "yyyyyyy")])
def test_an_old_yes_to_thoughts_of_death_still_counts(phq9, screen):
    for days in (14, 15, 400):
        found = facts(days, phq9=phq9, screen=screen)
        assert found["phq9"][8] == int(phq9[8])
        assert ("suicide_screen" in found) is bool(screen)
    assert gate(found) == ("safety-only" if screen == "yyyyyyy" else "held")


def test_an_old_no_to_thoughts_of_death_does_not():
    found = facts(15, screen="nnnnnn")
    assert not {"phq9", "phq9_difficulty", "suicide_screen"} & found.keys()
    assert {"phq9", "phq9_difficulty", "suicide_screen"} <= facts(14, screen="nnnnnn").keys()


@pytest.mark.parametrize(("days", "stale"), [(0, {}), (14, {}), (15, {"mood": 15, "pain": 15})])
def test_which_steps_are_too_old(days, stale):
    said_on = dict.fromkeys(("mood", "pain", "health", "life"), TODAY - days * DAY)
    assert stale_steps(said_on, TODAY) == stale


@pytest.mark.parametrize(
    ("weeks", "days_ago", "days"), [(10, 0, 70), (10, 14, 84), (10, 15, 85), (3.9, 0, 27), (3.9, 3, 30), (34, 90, 328)]
)
def test_weeks_of_pain_grow_with_the_days_since_they_were_said(weeks, days_ago, days):
    assert duration_days({"duration_weeks": weeks}, TODAY, TODAY - days_ago * DAY) == days


def test_pain_that_was_subacute_when_it_was_told_is_chronic_by_now(answered, alices):
    plan = drawn(alices, answered(pain=14, weeks=12))
    assert plan.facts["pain_duration_days"] == 98
    assert plan.assessment["scores"]["pain_phase"] == "chronic"


def test_pain_that_was_told_today_is_as_long_as_it_was_told(answered, alices):
    plan = drawn(alices, answered(weeks=12))
    assert plan.facts["pain_duration_days"] == 84
    assert plan.assessment["scores"]["pain_phase"] == "subacute"


# ------------------------------------------------------------------------------------------------ old drafts

OLD_DRAFT = "This plan was made more than 14 days ago"


def test_a_draft_of_more_than_two_weeks_is_not_signed(stage, patient, alices):
    at = stage.now - 15 * DAY
    plan = stage.decide(stage.plan(patient, intake_answers(), at), ("duloxetine",), at)
    with pytest.raises(actions.CannotSign, match=OLD_DRAFT):
        actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    response = press(alices, f"/plans/{plan.pk}/", f"/plans/{plan.pk}/sign/")
    assert response.status_code == 422
    assert OLD_DRAFT in text_of(response)
    assert Plan.objects.get().status == "draft"


def test_a_draft_of_two_weeks_is_signed(stage, patient, alices):
    at = stage.now - 14 * DAY
    plan = stage.decide(stage.plan(patient, intake_answers(), at), ("duloxetine",), at)
    assert OLD_DRAFT not in text_of(alices.get(f"/plans/{plan.pk}/"))
    assert press(alices, f"/plans/{plan.pk}/", f"/plans/{plan.pk}/sign/").status_code == 302
    assert Plan.objects.get().status == "active"


# ------------------------------------------------------------------------------------------------ not finished

UNFINISHED = "Urgent and not finished (1)"
IN_PROGRESS = "he assessment in progress shows: "


@pytest.fixture
def saved(stage, patient, alices):
    """Save answers of a step as a clinician does, and leave."""

    def run(step: str, typed: dict[str, Any]) -> Intake:
        intake = intake_actions.start_intake(by=stage.by, at=stage.now, patient=patient)
        assert press(alices, f"/intakes/{intake.pk}/{step}/", **typed, go="exit").status_code == 302
        return Intake.objects.get(pk=intake.pk)

    return run


def in_sight(client: Any, patient: Patient) -> tuple[bool, bool]:
    """Whether the worklist and the patient's page show something urgent that is not finished."""
    worklist, page = text_of(client.get("/worklist/")), text_of(client.get(f"/patients/{patient.pk}/"))
    return UNFINISHED in worklist, "Urgent: " in page


@pytest.mark.parametrize(
    ("step", "typed"), [("mood", EVERY_YES), ("pain", {"flag_cauda-equina": "saddle"})], ids=["suicide", "cauda equina"]
)
def test_an_emergency_that_was_only_saved_stands_on_the_worklist_and_the_patients_page(
    saved, patient, alices, step, typed
):
    saved(step, typed)
    assert in_sight(alices, patient) == (True, True)
    assert "assessment in progress shows: " in text_of(alices.get("/worklist/"))
    assert IN_PROGRESS in text_of(alices.get(f"/patients/{patient.pk}/"))


@pytest.mark.parametrize(
    ("step", "typed"),
    [("mood", {"phq9_9": "1"}), ("mood", intake_answers()["mood"]), ("pain", {"flag_cancer": "history"})],
    ids=["held", "quiet", "cancer"],
)
def test_what_is_no_emergency_does_not(saved, patient, alices, step, typed):
    assert saved(step, typed).urgent == ""
    assert in_sight(alices, patient) == (False, False)
    assert "not finished" not in text_of(alices.get("/worklist/"))


def test_it_goes_when_the_answers_change(saved, patient, alices):
    saved("pain", {"flag_cauda-equina": "saddle"})
    saved("pain", {"flags_none": "on"})
    assert in_sight(alices, patient) == (False, False)


def test_an_unsigned_safety_record_stands_there_until_it_is_signed(saved, stage, patient, alices):
    intake = saved("pain", {"flag_cauda-equina": "saddle"})
    record = drawn(alices, intake)
    assert record.kind == "safety-record"
    assert in_sight(alices, patient) == (True, True)
    for page in ("/worklist/", f"/patients/{patient.pk}/"):
        text = text_of(alices.get(page))
        assert "Safety record 1 is not signed" in text
        assert IN_PROGRESS not in text
    actions.sign_safety_record(
        by=stage.by, at=stage.now, token=None, plan=record, expected=record.version, actions=["emergency-transfer"],
        what_was_done="Sent to the emergency department.", done_at="",
    )  # fmt: skip
    assert "is not signed" not in text_of(alices.get("/worklist/"))
    assert "is not signed" not in text_of(alices.get(f"/patients/{patient.pk}/"))


def test_an_unsigned_plan_is_nothing_urgent(answered, patient, alices):
    drawn(alices, answered())
    assert in_sight(alices, patient) == (False, False)


def test_what_another_clinic_has_not_finished_is_not_shown(saved, alices, signed_in, charlie):
    intake = saved("mood", EVERY_YES)
    charlies = signed_in(charlie)
    assert "not finished" not in text_of(charlies.get("/worklist/"))
    assert "Rosa" not in text_of(charlies.get("/worklist/"))
    drawn(alices, intake)
    text = text_of(charlies.get("/worklist/"))
    assert "not finished" not in text
    assert "Rosa" not in text


# ------------------------------------------------------------------------------------------------ discarding


def test_an_intake_that_shows_an_emergency_is_not_discarded_without_a_reason(saved, patient, alices):
    intake = saved("mood", EVERY_YES)
    page = f"/intakes/{intake.pk}/discard/"
    assert "Urgent: its answers show " in text_of(alices.get(page))
    response = press(alices, page, reason="  ")
    assert response.status_code == 422
    assert "Enter why it is discarded although it shows an emergency" in text_of(response)
    intake.refresh_from_db()
    assert intake.status == "draft"
    assert press(alices, page, reason="Wrong patient").status_code == 302
    intake.refresh_from_db()
    assert (intake.status, intake.discard_reason) == ("discarded", "Wrong patient")
    assert in_sight(alices, patient) == (False, False)


def test_an_ordinary_intake_is_discarded_without_a_reason(answered, alices):
    intake = answered()
    page = f"/intakes/{intake.pk}/discard/"
    assert "Urgent" not in text_of(alices.get(page))
    assert press(alices, page).status_code == 302
    intake.refresh_from_db()
    assert intake.status == "discarded"


# ------------------------------------------------------------------------------------------------ many of them


def test_thirty_of_them_cost_no_more_queries_than_one(stage, approved, alices, django_assert_max_num_queries):
    def one_more(number: int) -> Patient:
        patient = stage.patient(f"P{number}", date(1980, 1, 1), "male", stage.now)
        Intake.objects.create(
            patient=patient, urgent="Cauda equina", started_at=stage.now, started_by=stage.by, updated_at=stage.now,
            updated_by=stage.by,
        )  # fmt: skip
        Plan.objects.create(
            patient=patient, kind="safety-record" if number % 2 else "plan", status="draft", number=1, edition=approved,
            fingerprint=approved.fingerprint, facts={}, assessment={}, checked={}, created_at=stage.now,
            created_by=stage.by,
        )  # fmt: skip
        return patient

    def count(page: str) -> int:
        alices.get(page)
        with django_assert_max_num_queries(15) as queries:
            assert alices.get(page).status_code == 200
        return len(queries.captured_queries)

    first = one_more(0)
    pages = ("/worklist/", f"/patients/{first.pk}/")
    few = [count(page) for page in pages]
    for number in range(1, 30):
        one_more(number)
    assert "Urgent and not finished (30)" in text_of(alices.get("/worklist/"))
    assert [count(page) for page in pages] == few


def test_a_signed_safety_record_settles_the_answers_it_came_from(saved, stage, alices):
    record = drawn(alices, saved("pain", {"flag_cauda-equina": "saddle"}))
    actions.sign_safety_record(
        by=stage.by, at=stage.now, token=None, plan=record, expected=record.version, actions=[], what_was_done="Sent.",
        done_at="",
    )  # fmt: skip
    assert "not finished" not in text_of(alices.get("/worklist/"))


def test_every_unfinished_emergency_is_counted(stage, approved, alices):
    for number in range(51):
        patient = stage.patient(f"P{number}", date(1980, 1, 1), "male", stage.now)
        Intake.objects.create(
            patient=patient, urgent="Cauda equina", started_at=stage.now, started_by=stage.by, updated_at=stage.now,
            updated_by=stage.by,
        )  # fmt: skip
    assert "Urgent and not finished (51)" in text_of(alices.get("/worklist/"))


def test_a_signed_safety_record_shows_the_signs_that_were_there_when_it_was_signed(saved, stage, alices):
    record = drawn(alices, saved("pain", {"flag_cauda-equina": "saddle"}))
    actions.sign_safety_record(
        by=stage.by, at=stage.now, token=None, plan=record, expected=record.version, actions=[], what_was_done="Sent.",
        done_at="",
    )  # fmt: skip
    saved("pain", {"flag_cauda-equina": "bladder"})
    page = text_of(alices.get(f"/plans/{record.pk}/"))
    signs = dict(next(group for group in q.RED_FLAG_GROUPS if group.code == "cauda-equina").signs)
    assert signs["saddle"] in page
    assert signs["bladder"] not in page
