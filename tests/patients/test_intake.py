"""The intake: saved as it is, never overwritten, one at a time."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from backdep_site.models import AuditEvent
from guidance.models import EditionRow
from patients.demo import intake_answers
from patients.intake import actions
from patients.models import Intake, Plan
from tests.pages import hidden_fields, press, text_of


@pytest.fixture
def patient(stage):
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now)


@pytest.fixture
def intake(stage, patient):
    return actions.start_intake(by=stage.by, at=stage.now, patient=patient)


def page(intake, step="mood"):
    return f"/intakes/{intake.pk}/{step}/"


def test_starting_leads_to_the_first_step(alices, patient):
    response = press(alices, f"/patients/{patient.pk}/", f"/patients/{patient.pk}/intake/")
    assert response.url == page(Intake.objects.get())


def test_there_is_one_draft_however_often_one_starts(alices, signed_in, bob, patient):
    for client in (alices, signed_in(bob), alices):
        client.post(f"/patients/{patient.pk}/intake/")
    assert Intake.objects.filter(patient=patient).count() == 1


def test_the_database_refuses_a_second_draft(intake, stage):
    with pytest.raises(IntegrityError), transaction.atomic():
        Intake.objects.create(
            patient=intake.patient, started_at=stage.now, started_by=stage.by, updated_at=stage.now, updated_by=stage.by
        )


def test_an_incomplete_step_is_kept_and_says_what_is_open(alices, intake):
    response = press(alices, page(intake), phq9_1="3")
    assert response.status_code == 422
    text = text_of(response)
    assert "Select how often the patient has felt down, depressed or hopeless (question 2)" in text
    assert Intake.objects.get().answers["mood"] == {"phq9_1": ["3"]}


def test_odd_characters_are_kept_and_do_not_break_the_page(alices, intake):
    odd = "a\0b <i>\u202e😀 ' ; DROP TABLE --"
    press(alices, page(intake, "health"), medicine_1=odd, go="on")
    assert Intake.objects.get().answers["health"]["medicine_1"] == [odd.replace("\0", "")]
    assert "<i>" not in alices.get(page(intake, "health")).content.decode()


def test_a_page_full_of_text_is_an_error_and_not_a_crash(alices, intake):
    response = press(alices, page(intake, "mood"), safety_note="x" * 100_000)
    assert response.status_code == 422
    assert "2000 characters or fewer" in text_of(response)


def test_nothing_at_all_may_be_saved(alices, intake):
    response = press(alices, page(intake), go="exit")
    assert response.url == f"/patients/{intake.patient.pk}/"
    assert Intake.objects.get().saved_by_step["mood"]["revision"] == 1


def test_going_on_without_answers_is_possible(alices, intake):
    assert press(alices, page(intake), go="on").url == page(intake, "pain")


def test_what_cannot_be_read_is_shown_again_as_typed(alices, intake):
    response = press(alices, page(intake, "health"), egfr="quite good", blood_pressure="high")
    text = text_of(response)
    assert "eGFR must be a number between 0 and 200" in text
    assert "Blood pressure must be two numbers, like 128/82" in text
    later = alices.get(page(intake, "health")).content.decode()
    assert 'value="quite good"' in later
    assert 'value="high"' in later


def test_the_steps_may_be_filled_in_any_order(alices, intake):
    for step in ("life", "health", "pain", "mood"):
        assert press(alices, page(intake, step), go="on").status_code == 302
    assert set(Intake.objects.get().saved_by_step) == {"mood", "pain", "health", "life"}


def test_coming_back_leads_to_the_first_step_that_was_not_saved(alices, intake):
    press(alices, page(intake, "mood"), go="on")
    press(alices, page(intake, "health"), go="on")
    assert alices.get(f"/intakes/{intake.pk}/").url == page(intake, "pain")


def test_every_answer_of_a_complete_intake_is_shown_again(alices, stage, patient):
    intake = stage.intake(patient, intake_answers(medicines=("lisinopril",), tried={"naproxen": "helped"}), stage.now)
    health = alices.get(page(intake, "health")).content.decode()
    assert 'value="lisinopril"' in health
    check = text_of(alices.get(page(intake, "check")))
    for said in ("lisinopril", "92", "124/78", "Lower back", "Helped", "34"):
        assert said in check, said


def test_an_unknown_step_is_404(alices, intake):
    assert alices.get(page(intake, "nonsense")).status_code == 404


# ------------------------------------------------------------------------------------------------ double and stale


def test_pressing_twice_saves_once(alices, intake):
    fields = hidden_fields(alices.get(page(intake)))
    for _ in range(2):
        alices.post(page(intake), {**fields, "phq9_1": "3"})
    assert Intake.objects.get().saved_by_step["mood"]["revision"] == 1
    assert AuditEvent.objects.filter(event="intake.saved").count() == 1


def test_a_page_that_somebody_else_overtook_is_refused_with_both_versions(alices, signed_in, bob, intake):
    mine = hidden_fields(alices.get(page(intake)))
    press(signed_in(bob), page(intake), phq9_1="0", phq9_2="1")
    response = alices.post(page(intake), {**mine, "phq9_1": "3", "phq9_2": "1"})
    assert response.status_code == 409
    text = text_of(response)
    assert "Bob changed" in text
    assert "Theirs: Not at all" in text
    assert "Yours: Nearly every day" in text
    assert Intake.objects.get().answers["mood"]["phq9_1"] == ["0"]


def test_the_conflict_is_settled_question_by_question(alices, signed_in, bob, intake):
    mine = hidden_fields(alices.get(page(intake)))
    press(signed_in(bob), page(intake), phq9_1="0", phq9_2="2")
    conflict = alices.post(page(intake), {**mine, "phq9_1": "3", "phq9_2": "1"})
    fields = hidden_fields(conflict, page(intake))
    response = alices.post(page(intake), {**fields, "keep_phq9_1": "mine", "keep_phq9_2": "theirs"})
    assert response.status_code == 302
    kept = Intake.objects.get().answers["mood"]
    assert (kept["phq9_1"], kept["phq9_2"]) == (["3"], ["2"])


def test_a_conflict_is_not_settled_without_every_choice(alices, signed_in, bob, intake):
    mine = hidden_fields(alices.get(page(intake)))
    press(signed_in(bob), page(intake), phq9_1="0", phq9_2="2")
    conflict = alices.post(page(intake), {**mine, "phq9_1": "3", "phq9_2": "1"})
    fields = hidden_fields(conflict, page(intake))
    response = alices.post(page(intake), {**fields, "keep_phq9_1": "mine"})
    assert response.status_code == 409
    assert "Select which answer to keep" in text_of(response)
    assert Intake.objects.get().answers["mood"]["phq9_1"] == ["0"]


def test_two_people_in_two_steps_do_not_collide(alices, signed_in, bob, intake):
    mine = hidden_fields(alices.get(page(intake, "mood")))
    press(signed_in(bob), page(intake, "pain"), go="on", peg_1="4")
    assert alices.post(page(intake, "mood"), {**mine, "phq9_1": "3", "go": "on"}).status_code == 302
    answers = Intake.objects.get().answers
    assert answers["mood"]["phq9_1"] == ["3"]
    assert answers["pain"]["peg_1"] == ["4"]


def test_a_post_that_does_not_say_what_it_started_from_is_stale_once_something_is_saved(alices, intake):
    press(alices, page(intake), phq9_1="1")
    assert alices.post(page(intake), {"phq9_1": "3"}).status_code == 409


def test_an_assessment_that_was_completed_meanwhile_is_not_changed(alices, stage, patient):
    intake = stage.intake(patient, intake_answers(), stage.now)
    mine = hidden_fields(alices.get(page(intake)))
    Intake.objects.filter(pk=intake.pk).update(status="completed")
    response = alices.post(page(intake), {**mine, "phq9_1": "0", "safety_note": "Sister was told"})
    assert response.status_code == 409
    assert "Sister was told" in text_of(response)
    assert Intake.objects.get().answers["mood"]["phq9_1"] == ["2"]


# ------------------------------------------------------------------------------------------------ conditions


def test_no_to_all_the_others_fills_visibly_and_keeps_what_was_answered(alices, intake):
    press(alices, page(intake, "health"), condition_diabetes="yes", condition_falls="unknown", go="fill")
    answers = Intake.objects.get().answers["health"]
    assert answers["condition_diabetes"] == ["yes"]
    assert answers["condition_falls"] == ["unknown"]
    assert answers["condition_osteoporosis"] == ["no"]


def test_unread_conditions_are_not_no(alices, intake):
    press(alices, page(intake, "health"), condition_diabetes="yes", go="on")
    assert "condition_falls" not in Intake.objects.get().answers["health"]


# ------------------------------------------------------------------------------------------------ alerts on the way


def test_item_9_above_0_alerts_on_the_way(alices, intake):
    press(alices, page(intake), phq9_9="1", go="on")
    assert "suicid" in text_of(alices.get(page(intake, "pain"))).lower()


def test_without_item_9_there_is_no_alarm_on_the_way(alices, intake):
    press(alices, page(intake), **{f"phq9_{n}": "0" for n in range(1, 10)}, go="on")
    assert 'aria-label="Alerts so far"' not in alices.get(page(intake, "pain")).content.decode()


def test_a_cauda_equina_sign_alerts_on_the_way(alices, intake):
    press(alices, page(intake, "pain"), **{"flag_cauda-equina": "saddle"}, go="on")
    assert "cauda equina" in text_of(alices.get(page(intake, "health"))).lower()


def test_when_the_guidance_fails_the_page_does_not_look_quiet(alices, intake):
    EditionRow.objects.filter(kind="options").first().delete()
    from guidance import evaluation

    evaluation._loaded.clear()
    text = text_of(alices.get(page(intake)))
    assert "Do not treat this as no alerts" in text
    assert press(alices, page(intake), phq9_1="3").status_code == 422
    assert Intake.objects.get().answers["mood"] == {"phq9_1": ["3"]}


# ------------------------------------------------------------------------------------------------ check, draw, discard


def test_the_check_page_lists_what_is_open_and_where(alices, intake):
    body = alices.get(page(intake, "check")).content.decode()
    assert "questions still need an answer" in body
    assert f"{page(intake, 'mood')}#id_phq9_1_0" in body


def test_the_check_page_lists_what_cannot_be_read(alices, intake):
    press(alices, page(intake, "health"), egfr="quite good", go="on")
    assert "These answers cannot be read, so they count as not known" in text_of(alices.get(page(intake, "check")))


def test_a_plan_is_drawn_once_from_one_page(alices, stage, patient):
    intake = stage.intake(patient, intake_answers(), stage.now)
    draw = f"/intakes/{intake.pk}/plan/"
    fields = hidden_fields(alices.get(page(intake, "check")), draw)
    first, second = alices.post(draw, fields), alices.post(draw, fields)
    assert Plan.objects.count() == 1
    assert first.url == second.url == f"/plans/{Plan.objects.get().pk}/"


def test_no_plan_is_drawn_from_answers_that_changed_meanwhile(alices, signed_in, bob, stage, patient):
    intake = stage.intake(patient, intake_answers(), stage.now)
    draw = f"/intakes/{intake.pk}/plan/"
    fields = hidden_fields(alices.get(page(intake, "check")), draw)
    press(signed_in(bob), page(intake, "mood"), phq9_9="3", go="on")
    response = alices.post(draw, fields)
    assert response.status_code == 409
    assert "Answers changed after you opened this page" in text_of(response)
    assert not Plan.objects.exists()
    again = alices.post(draw, hidden_fields(response, draw))
    assert again.status_code == 302


def test_drawing_again_says_that_it_replaces_the_draft(alices, stage, patient):
    plan = stage.plan(patient, intake_answers(), stage.now)
    text = text_of(alices.get(page(plan.intake, "check")))
    assert "A new plan takes its place" in text


def test_when_the_guidance_fails_no_plan_is_drawn_and_the_page_says_so(alices, stage, patient, caplog):
    intake = stage.intake(patient, intake_answers(), stage.now)
    from guidance import evaluation

    EditionRow.objects.filter(kind="options").first().delete()
    evaluation._loaded.clear()
    response = press(alices, page(intake, "check"), f"/intakes/{intake.pk}/plan/")
    assert response.status_code == 503
    assert "Suggestions could not be prepared. Do not treat this as no alerts." in text_of(response)
    assert not Plan.objects.exists()
    assert any(record.levelname == "ERROR" for record in caplog.records)


def test_an_assessment_is_discarded_and_stays_in_the_history(alices, intake):
    response = press(alices, f"/intakes/{intake.pk}/discard/", reason="Wrong patient")
    assert response.status_code == 302
    intake.refresh_from_db()
    assert (intake.status, intake.discard_reason) == ("discarded", "Wrong patient")
    assert "Discarded" in text_of(alices.get(f"/patients/{intake.patient.pk}/"))


def test_what_changed_meanwhile_is_not_discarded(alices, signed_in, bob, intake):
    fields = hidden_fields(alices.get(f"/intakes/{intake.pk}/discard/"))
    press(signed_in(bob), page(intake), phq9_1="3")
    response = alices.post(f"/intakes/{intake.pk}/discard/", fields)
    assert response.status_code == 409
    intake.refresh_from_db()
    assert intake.status == "draft"


def test_discarding_twice_is_one_discard(alices, intake):
    fields = hidden_fields(alices.get(f"/intakes/{intake.pk}/discard/"))
    for _ in range(2):
        alices.post(f"/intakes/{intake.pk}/discard/", fields)
    assert AuditEvent.objects.filter(event="intake.discarded").count() == 1


# ------------------------------------------------------------------------------------------------ strip


def test_the_strip_keeps_an_allergy_known_from_before_until_it_is_asked_again(alices, stage, patient):
    answers = intake_answers()
    answers["health"] |= {"allergies": ["some"], "allergy_1": ["Penicillin V"]}
    stage.signed(patient, answers, (), stage.now)
    intake = actions.start_intake(by=stage.by, at=stage.now, patient=patient)
    assert "penicillin v" in text_of(alices.get(page(intake))).lower()
    press(alices, page(intake, "health"), allergies="none", go="on")
    assert "Allergies: none known" in text_of(alices.get(page(intake)))


@pytest.mark.parametrize("step", ["mood", "pain", "health", "life", "check"])
def test_each_step_costs_few_queries(alices, stage, patient, step, django_assert_max_num_queries):
    intake = stage.intake(patient, intake_answers(), stage.now)
    alices.get(page(intake, step))
    with django_assert_max_num_queries(15):
        alices.get(page(intake, step))
