"""The plan page and what may be decided and signed on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backdep_site.models import AuditEvent
from backdep_site.submissions import AlreadyDone, Stale
from guidance import evaluation
from guidance.models import EditionRow, Review
from patients.demo import intake_answers
from patients.models import Decision, Plan, PlanStatus, Reminder
from patients.plans import actions, policy
from patients.plans.readiness import assessments_beside, entries_beside
from tests.pages import hidden_fields, press, text_of


@pytest.fixture
def patient(stage):
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now)


@pytest.fixture
def draw(stage, patient):
    """A draft plan from answers."""
    return lambda **answers: stage.plan(patient, intake_answers(**answers), stage.now)


@pytest.fixture
def decline(stage):
    def run(plan: Plan, code: str, reason: str = "patient-refuses") -> Plan:
        fresh = Plan.objects.get(pk=plan.pk)
        actions.decline_item(
            by=stage.by, at=stage.now, token=None, plan=fresh, code=code, expected=fresh.version, reason=reason
        )
        return Plan.objects.get(pk=plan.pk)

    return run


def address(plan: Plan, rest: str = "") -> str:
    return f"/plans/{plan.pk}/{rest}"


def item(plan: Plan, code: str) -> Any:
    return plan.items.get(code=code)


def status_now(plan: Plan, code: str) -> str:
    entries = entries_beside(plan, assessments_beside(plan, list(plan.items.all())))
    return next(entry["status"] for entry in entries if entry["code"] == code)


# ------------------------------------------------------------------------------------------------ reading


def test_a_drawn_plan_keeps_facts_answer_and_edition(draw, approved):
    plan = draw()
    assert (plan.status, plan.kind, plan.number) == ("draft", "plan", 1)
    assert plan.fingerprint == approved.fingerprint
    assert plan.assessment["gate"] == "open"
    assert set(plan.items.values_list("code", flat=True)) == {o["code"] for o in plan.assessment["options"]}
    assert set(plan.items.values_list("decision", flat=True)) == {"undecided"}


def test_every_option_shows_reasons_and_sources(draw, alices):
    text = text_of(alices.get(address(draw())))
    for said in ("Why for this patient", "Sources (", "Label doses for reference", "Not suggested because"):
        assert said in text
    assert "Do not treat this as no alerts" not in text


def test_the_sections_come_in_their_order(draw, alices):
    text = alices.get(address(draw())).content.decode()
    places = [text.index(f'id="{name}"') for name in ("alerts", "glance", "section-depression-psychological",
              "section-depression-medicine", "section-pain-medicine", "section-nonpharmacologic", "monitoring",
              "evidence", "sign")]  # fmt: skip
    assert places == sorted(places)


@pytest.mark.parametrize("answers", [{}, {"medicines": ("phenelzine",)}, {"egfr": "24", "conditions": ("falls",)}])
def test_no_two_things_on_the_page_have_the_same_id(draw, alices, answers):
    import re

    found = re.findall(r'\sid="([^"]+)"', alices.get(address(draw(**answers))).content.decode())
    twice = {name for name in found if found.count(name) > 1}
    assert not twice


def test_an_option_of_two_sections_is_decided_in_the_first(draw, alices):
    text = text_of(alices.get(address(draw(tried={"naproxen": "no-response"}))))
    assert "Decided once, under “Medicines for depression”" in text


def card_of(response: Any, code: str) -> str:
    """The card of an option as text."""
    body = response.content.decode()
    start = body.index(f'id="option-{code}"')
    return text_of(body[start : body.index("</article>", start)])


def test_what_would_have_to_change_is_told_where_something_speaks_against_it(draw, alices):
    page = alices.get(address(draw(egfr="24")))
    assert "Would be reconsidered if: eGFR is 30 or more" in card_of(page, "duloxetine")
    assert "Would be reconsidered" not in card_of(page, "sertraline")


def test_what_lasts_is_told_and_nothing_is_promised_of_it(draw, alices):
    page = alices.get(address(draw(egfr="24", conditions=("chronic-liver-disease",))))
    said = card_of(page, "duloxetine")
    assert "Stays, whatever else changes: chronic liver disease or cirrhosis" in said
    assert "would be lifted if: eGFR is 30 or more" in said
    assert "Would be reconsidered" not in said


def test_a_medicine_that_still_acts_gives_the_day_of_the_earliest_start(stage, patient, alices):
    answers = intake_answers()
    answers["health"] |= {"medicine_1": ["phenelzine"], "medicine_1_stopped": ["on"], "medicine_1_days": ["6"],
                          "medicines_complete": ["on"]}  # fmt: skip
    plan = stage.plan(patient, answers, stage.now)
    day = stage.now.date() + timedelta(days=8)
    said = card_of(alices.get(address(plan)), "duloxetine")
    assert f"earliest start in 8 days ({day:%a} {day.day} {day:%b %Y})" in said


def test_every_condition_of_an_opioid_is_shown_and_no_other_option_has_any(draw, alices):
    page = alices.get(address(draw()))
    said = card_of(page, "opioid")
    assert "Back pain for more than 84 days: met" in said
    assert "each failed in an adequate trial" in said
    assert "not met" in said
    assert text_of(page).count("Its conditions") == 1


def test_three_alternatives_of_different_kinds_stand_first_and_the_others_behind_a_heading(draw, alices):
    body = alices.get(address(draw())).content.decode()
    before, _, behind = body.partition("More alternatives (")
    for code in ("duloxetine", "venlafaxine", "sertraline", "fluoxetine"):
        assert f'id="option-{code}"' in before
    for code in ("desvenlafaxine", "paroxetine"):
        assert f'id="option-{code}"' in behind


def test_an_alternative_that_was_chosen_stands_with_the_first(draw, accept, alices):
    plan = draw()
    accept(plan, "paroxetine")
    before, _, _ = alices.get(address(plan)).content.decode().partition("More alternatives (")
    assert 'id="option-paroxetine"' in before


def test_where_there_are_few_alternatives_there_is_no_heading_for_more(draw, alices):
    assert "More alternatives" not in text_of(alices.get(address(draw(mood={"mania": "yes"}))))


def test_what_is_not_known_is_listed_with_what_it_blocks(draw, alices):
    plan = draw(egfr="")
    text = text_of(alices.get(address(plan)))
    assert "Not known" in text
    assert "Kidney function" in text or "kidney function" in text


def test_an_edition_that_nobody_reviewed_says_so_on_the_page(draw, alices, approved):
    plan = draw()
    Review.objects.all().delete()
    assert "Educational use: awaiting clinical review" in text_of(alices.get(address(plan)))


def test_a_reviewed_edition_names_the_reviewer(draw, alices):
    text = text_of(alices.get(address(draw())))
    assert "Reviewed by Ravi" in text
    assert "awaiting clinical review" not in text


def test_a_plan_whose_edition_was_tampered_with_shows_no_suggestions(draw, alices):
    plan = draw()
    EditionRow.objects.filter(kind="options").first().delete()
    evaluation._loaded.clear()
    for rest in ("", "print/"):
        response = alices.get(address(plan, rest))
        assert response.status_code == 503
        assert "Suggestions could not be prepared. Do not treat this as no alerts." in text_of(response)


@pytest.mark.parametrize("button", ["accept/cbt/", "decline/cbt/", "accept-remaining/", "sign/"])
def test_a_button_pressed_while_the_guidance_fails_says_so_and_writes_nothing(draw, alices, button):
    plan = draw()
    fields = hidden_fields(alices.get(address(plan)), address(plan, button))
    EditionRow.objects.filter(kind="options").first().delete()
    evaluation._loaded.clear()
    response = alices.post(address(plan, button), {**fields, "reason": "patient-refuses"})
    assert response.status_code == 503
    assert "Do not treat this as no alerts" in text_of(response)
    assert Plan.objects.get().version == 1
    assert item(plan, "cbt").decision == Decision.UNDECIDED


def test_a_plan_page_costs_few_queries_however_much_is_on_it(draw, stage, alices, django_assert_max_num_queries):
    small, big = address(draw()), None
    other = stage.patient("Bea", date(1950, 1, 1), "female", stage.now)
    big = address(
        stage.plan(
            other,
            intake_answers(
                medicines=("lisinopril", "hydrochlorothiazide", "ibuprofen", "citalopram", "warfarin", "tonic"),
                conditions=("hypertension", "falls", "past-gi-bleed-or-ulcer"), egfr="34",
            ),
            stage.now,
        )
    )  # fmt: skip
    for page in (small, big):
        alices.get(page)
        with django_assert_max_num_queries(15):
            assert alices.get(page).status_code == 200


# ------------------------------------------------------------------------------------------------ deciding


def test_accepting_and_declining_on_the_page(draw, alices, alice):
    plan = draw()
    press(alices, address(plan), address(plan, "accept/cbt/"))
    press(alices, address(plan), address(plan, "decline/massage/"), reason="patient-refuses")
    assert (item(plan, "cbt").decision, item(plan, "cbt").decided_by) == (Decision.ACCEPTED, alice)
    assert (item(plan, "massage").decision, item(plan, "massage").reason) == (Decision.DECLINED, "patient-refuses")
    text = text_of(alices.get(address(plan)))
    assert "Accepted · Alice" in text
    assert "Patient declined" in text


def test_accepting_with_a_change_keeps_the_change(draw, alices):
    plan = draw()
    press(alices, address(plan), address(plan, "accept/duloxetine/"), change="20 mg in the first week")
    assert (item(plan, "duloxetine").decision, item(plan, "duloxetine").change) == (
        Decision.CHANGED, "20 mg in the first week",
    )  # fmt: skip


@pytest.mark.parametrize(("reason", "comment"), [("", ""), ("because", ""), ("recipient-disagrees-evidence", "")])
def test_a_decline_needs_a_reason(draw, alices, reason, comment):
    plan = draw()
    response = press(alices, address(plan), address(plan, "decline/cbt/"), reason=reason, comment=comment)
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    assert item(plan, "cbt").decision == Decision.UNDECIDED


def test_one_antidepressant_is_chosen_the_others_are_then_not(draw, accept):
    plan = accept(draw(), "duloxetine")
    assert item(plan, "sertraline").decision == Decision.NOT_CHOSEN
    plan = accept(plan, "sertraline")
    assert item(plan, "duloxetine").decision == Decision.NOT_CHOSEN
    assert item(plan, "sertraline").decision == Decision.ACCEPTED


def test_declining_stays_when_another_one_is_chosen(draw, accept, decline):
    plan = accept(decline(draw(), "venlafaxine"), "duloxetine")
    assert item(plan, "venlafaxine").decision == Decision.DECLINED


def test_what_needs_information_cannot_be_chosen(draw, accept):
    plan = draw()
    assert status_now(plan, "amitriptyline") == "needs-information"
    with pytest.raises(policy.NotAllowed, match="until what is missing is known"):
        accept(plan, "amitriptyline", reason="benefit-outweighs-risk", comment="x" * 50)


def test_a_label_contraindication_cannot_be_chosen_whatever_is_written(draw, accept):
    plan = draw(medicines=("phenelzine",))
    with pytest.raises(policy.NotAllowed, match="contraindicated by its label"):
        accept(plan, "duloxetine", reason="benefit-outweighs-risk", comment="x" * 50)


def test_a_withheld_option_needs_a_documented_override(draw, accept):
    plan = draw()
    with pytest.raises(policy.NotAllowed, match="in 4 words or more"):
        accept(plan, "opioid", reason="benefit-outweighs-risk", comment="short")
    with pytest.raises(policy.NotAllowed, match="in 4 words or more"):
        accept(plan, "opioid", reason="benefit-outweighs-risk", comment="a" * 40)
    with pytest.raises(policy.NotAllowed, match="Select another reason"):
        accept(plan, "opioid", reason="with-monitoring", comment="the pain team asked for it")
    with pytest.raises(policy.NotAllowed, match="Select why"):
        accept(plan, "opioid", comment="the pain team asked for it")
    plan = accept(plan, "opioid", reason="benefit-outweighs-risk", comment="Cancer pain team asked for three days.")
    assert item(plan, "opioid").decision == Decision.ACCEPTED


def test_a_caution_needs_an_answer(draw, accept):
    plan = accept(draw(), "sertraline")
    with pytest.raises(policy.NotAllowed, match="Select why"):
        accept(plan, "ibuprofen")
    assert item(plan, "ibuprofen").decision == Decision.UNDECIDED
    assert accept(plan, "ibuprofen", reason="with-monitoring")


def test_a_promised_check_needs_its_date(draw, accept, now):
    plan = accept(draw(), "sertraline")
    with pytest.raises(policy.NotAllowed, match="Enter the date"):
        accept(plan, "ibuprofen", reason="will-monitor")
    accept(plan, "ibuprofen", reason="will-monitor", check_date=now.date() + timedelta(days=10))


def test_what_is_not_an_option_cannot_be_chosen(draw, alices):
    plan = draw()
    response = alices.post(address(plan, "accept/aspirin/"), {"version": "1"})
    assert response.status_code == 422
    assert "not an option for this patient" in text_of(response)


def test_the_page_shows_what_an_option_asks_for_beside_what_was_accepted(draw, accept, alices):
    plan = draw()
    assert status_now(plan, "ibuprofen") == "offer"
    plan = accept(plan, "sertraline")
    assert status_now(plan, "ibuprofen") == "caution"
    body = alices.get(address(plan)).content.decode()
    assert 'id="id_accept_ibuprofen_reason"' in body


def test_in_the_group_of_the_chosen_one_the_others_are_shown_as_if_it_were_not(draw, accept):
    plan = accept(draw(), "sertraline")
    assert status_now(plan, "duloxetine") == "offer"


def test_an_accepted_option_that_now_asks_for_another_answer_says_so_and_can_be_answered(draw, accept, alices):
    plan = accept(accept(draw(), "sertraline"), "ibuprofen", reason="with-monitoring")
    text = text_of(alices.get(address(plan)))
    assert "Decide again on sertraline" in text
    assert "Beside what else was accepted, this asks for another answer" in text
    plan = accept(plan, "sertraline", reason="with-monitoring")
    assert "Decide again on" not in text_of(alices.get(address(plan)))


def test_what_protects_the_stomach_comes_and_goes_with_the_nsaid(draw, accept, decline, alices):
    plan = draw()
    assert not plan.items.filter(code="omeprazole").exists()
    plan = accept(accept(plan, "sertraline"), "ibuprofen", reason="with-monitoring")
    assert 'id="option-omeprazole"' in alices.get(address(plan)).content.decode()
    plan = accept(plan, "omeprazole")
    response = press(alices, address(plan), address(plan, "decline/ibuprofen/"), reason="patient-refuses")
    assert item(plan, "omeprazole").decision == Decision.NOT_CHOSEN
    assert "No longer in the plan" in text_of(alices.get(response.url))


def test_pitfalls_speak_of_what_was_accepted(draw, accept, alices):
    plan = draw()
    said = "No NSAID together with an antidepressant without monitoring"
    assert said not in text_of(alices.get(address(plan)))
    plan = accept(plan, "sertraline")
    assert said in text_of(alices.get(address(plan)))


def test_accepting_the_remaining_takes_no_medicine(draw, alices):
    plan = draw()
    press(alices, address(plan), address(plan, "accept-remaining/"))
    taken = set(plan.items.filter(decision="accepted").values_list("code", flat=True))
    assert "cbt" in taken
    assert not taken & set(evaluation.load(plan.edition).medicines)


def test_none_of_these_declines_what_is_open_in_the_section(draw, alices):
    plan = draw()
    press(alices, address(plan), address(plan, "decline-rest/pain-medicine/"), reason="patient-refuses")
    assert item(plan, "ibuprofen").decision == Decision.DECLINED
    assert item(plan, "duloxetine").decision == Decision.UNDECIDED
    assert item(plan, "opioid").decision == Decision.UNDECIDED


# ------------------------------------------------------------------------------------------------ double and stale


def test_pressing_accept_twice_is_one_decision(draw, alices):
    plan = draw()
    fields = hidden_fields(alices.get(address(plan)), address(plan, "accept/cbt/"))
    for _ in range(2):
        assert alices.post(address(plan, "accept/cbt/"), fields).status_code == 302
    assert Plan.objects.get().version == 2
    assert AuditEvent.objects.filter(event="plan.item.accepted").count() == 1


def test_a_decision_from_an_old_page_is_refused_with_both_versions(draw, alices, signed_in, bob):
    plan = draw()
    mine = hidden_fields(alices.get(address(plan)), address(plan, "accept/cbt/"))
    press(signed_in(bob), address(plan), address(plan, "decline/cbt/"), reason="patient-refuses")
    response = alices.post(address(plan, "accept/cbt/"), mine)
    assert response.status_code == 409
    text = text_of(response)
    assert "Accept cbt" in text
    assert "Bob" in text
    assert item(plan, "cbt").decision == Decision.DECLINED


def test_signing_from_an_old_page_is_refused(draw, stage, alices, signed_in, bob):
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    mine = hidden_fields(alices.get(address(plan)), address(plan, "sign/"))
    press(signed_in(bob), address(plan), address(plan, "decline/massage/"), reason="patient-refuses")
    assert alices.post(address(plan, "sign/"), mine).status_code == 409
    assert Plan.objects.get().status == PlanStatus.DRAFT


def test_signing_twice_signs_once(draw, stage, alices):
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    mine = hidden_fields(alices.get(address(plan)), address(plan, "sign/"))
    first = alices.post(address(plan, "sign/"), mine)
    count = Reminder.objects.count()
    second = alices.post(address(plan, "sign/"), mine)
    assert first.status_code == 302
    assert second.status_code == 409
    assert "already signed" in text_of(second).lower()
    assert Reminder.objects.count() == count
    assert AuditEvent.objects.filter(event="plan.signed").count() == 1


def test_a_used_token_writes_nothing(draw, stage):
    import uuid

    plan, token = stage.decide(draw(), ("duloxetine",), stage.now), uuid.uuid4()
    actions.sign_plan(by=stage.by, at=stage.now, token=token, plan=plan, expected=plan.version)
    with pytest.raises(AlreadyDone):
        actions.sign_plan(by=stage.by, at=stage.now, token=token, plan=plan, expected=plan.version)
    with pytest.raises(Stale):
        actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)


# ------------------------------------------------------------------------------------------------ signing


def reasons_against(plan: Plan, stage) -> list[str]:
    fresh = Plan.objects.get(pk=plan.pk)
    with pytest.raises(actions.CannotSign) as caught:
        actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=fresh, expected=fresh.version)
    fresh.refresh_from_db()
    assert fresh.status == PlanStatus.DRAFT
    assert not Reminder.objects.filter(plan=fresh).exists()
    return [text for text, _ in caught.value.reasons]


def test_nothing_is_signed_before_everything_is_decided(draw, stage, alices):
    plan = draw()
    assert any(text.startswith("Decide on: Cognitive") for text in reasons_against(plan, stage))
    response = press(alices, address(plan), address(plan, "sign/"))
    assert response.status_code == 422
    assert "Decide on:" in text_of(response)


def test_an_edition_that_nobody_approved_is_not_signed_outside_the_demo(draw, stage):
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    Review.objects.all().delete()
    assert any("No medical reviewer has approved" in text for text in reasons_against(plan, stage))


def test_in_the_demo_it_may_be_signed(draw, stage, clinic):
    Review.objects.all().delete()
    clinic.is_demo = True
    clinic.save()
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert Plan.objects.get().status == PlanStatus.ACTIVE


def test_a_combination_alert_waits_for_its_answer(draw, accept, stage, alices):
    plan = accept(accept(draw(), "sertraline"), "ibuprofen", reason="with-monitoring")
    assert any(text.startswith("Answer the alert") for text in reasons_against(plan, stage))
    press(alices, address(plan), address(plan, "together/"), answer_0="with-monitoring")
    assert not any(text.startswith("Answer the alert") for text in reasons_against(plan, stage))


def test_without_a_combination_there_is_no_such_alert(draw, accept, stage, alices):
    plan = accept(draw(), "sertraline")
    assert not any(text.startswith("Answer the alert") for text in reasons_against(plan, stage))
    assert 'id="together"' not in alices.get(address(plan)).content.decode()


def test_answers_that_changed_after_the_plan_was_made_hold_it(draw, stage, alices):
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    press(alices, f"/intakes/{plan.intake.pk}/mood/", phq9_9="3", go="on")
    assert any("Answers changed" in text for text in reasons_against(plan, stage))
    text = text_of(alices.get(address(plan)))
    assert "Answers changed after this plan was made" in text
    press(alices, address(plan), f"/intakes/{plan.intake.pk}/plan/")
    assert Plan.objects.filter(status="draft").get().number == 2


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"phq9": "222212112"}, "Assess the suicide risk before signing"),
        ({"phq9": "222212111", "screen": "ynnnnn"}, "Record suicide risk and what was done before signing"),
        ({"mood": {"psychosis": "yes"}}, "Record what was done about psychotic symptoms before signing"),
        ({"flags": {"fracture": ("major-injury", "open")}}, "Record what came of the possible fracture"),
        ({"flags": {"cancer": ("history", "open")}}, "Record what came of the possible cancer"),
    ],
)
def test_a_held_plan_is_not_signed_by_the_server(draw, stage, answers, said):
    plan = draw(**answers)
    assert plan.assessment["gate"] == "held"
    assert said in reasons_against(stage.decide(plan, (), stage.now), stage)


def test_red_flags_that_were_not_asked_hold_the_plan(stage, patient):
    answers = intake_answers()
    del answers["pain"]["flags_none"]
    plan = stage.decide(stage.plan(patient, answers, stage.now), (), stage.now)
    assert "Ask the red flags that are open" in reasons_against(plan, stage)


def test_what_was_recorded_opens_the_plan(draw, stage):
    plan = draw(phq9="222212111", screen="ynnnnn", judgement="low", safety_actions=("safety-plan",))
    assert plan.assessment["gate"] == "open"
    plan = stage.decide(plan, ("sertraline",), stage.now)
    signed = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert signed.reminders.filter(code="M-SUI7").exists()


def test_signing_freezes_completes_the_intake_and_makes_reminders_on_working_days(draw, stage, alice):
    plan = stage.decide(draw(), ("duloxetine",), stage.now)
    signed = actions.sign_plan(by=alice, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert (signed.status, signed.signed_by, signed.signed_at) == (PlanStatus.ACTIVE, alice, stage.now)
    assert signed.intake.status == "completed"
    due = {(one.code, one.day): one.due_date for one in signed.reminders.all()}
    assert due["M-1MO", 28] == date(2026, 12, 18)
    assert due["M-AD14", 14] == date(2026, 12, 4)
    assert all(day.weekday() < 5 for day in due.values())


def test_a_later_start_moves_what_belongs_to_the_medicine(draw, accept, stage, now):
    plan = accept(draw(), "duloxetine", start_date=now.date() + timedelta(days=7))
    plan = stage.decide(plan, (), stage.now)
    signed = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert signed.reminders.get(code="M-AD14").due_date == date(2026, 12, 11)
    assert signed.reminders.get(code="M-1MO").due_date == date(2026, 12, 18)


def test_a_promised_check_becomes_a_reminder(draw, accept, stage):
    plan = accept(draw(), "sertraline")
    plan = accept(plan, "ibuprofen", reason="will-monitor", check_date=date(2026, 11, 29))  # a Sunday
    plan = accept(plan, "sertraline", reason="with-monitoring")
    plan = accept(stage.decide(plan, (), stage.now), "omeprazole")
    signed = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert signed.reminders.get(code="CHECK-ibuprofen").due_date == date(2026, 11, 30)


def test_what_no_longer_fits_beside_the_rest_is_signed_as_not_chosen(draw, accept, stage):
    plan = draw(medicines=("warfarin",))
    offered = {e["code"] for e in plan.assessment["options"] if e["status"] in ("offer", "caution")}
    plan = stage.decide(plan, tuple(offered & {"sertraline"}) or (), stage.now)
    signed = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    undecided = set(signed.items.filter(decision="undecided").values_list("code", flat=True))
    assert not undecided & offered


def test_a_new_plan_replaces_the_old_which_stays_readable(draw, stage, patient, alices):
    first = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - timedelta(days=20))
    second = stage.signed(patient, intake_answers(), ("sertraline",), stage.now)
    first.refresh_from_db()
    assert (first.status, second.replaces, second.number) == (PlanStatus.REPLACED, first, 2)
    assert not first.reminders.filter(status="open").exists()
    text = text_of(alices.get(address(first)))
    assert "Replaced by plan 2" in text
    assert "duloxetine" in text.lower()


def test_the_database_allows_one_active_plan(draw, stage, patient):
    first = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - timedelta(days=20))
    stage.signed(patient, intake_answers(), ("sertraline",), stage.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=first.pk).update(status="active")


def test_the_database_refuses_an_active_plan_without_a_signature(draw):
    plan = draw()
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(status="active")


@pytest.mark.parametrize("button", ["accept/cbt/", "decline/cbt/", "accept-remaining/", "together/", "sign/"])
def test_a_signed_plan_cannot_be_changed(stage, patient, alices, button):
    plan = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now)
    before = Plan.objects.filter(pk=plan.pk).values().get()
    decisions = list(plan.items.values())
    reason = "patient-refuses" if button.startswith("decline") else ""
    response = alices.post(address(plan, button), {"version": str(plan.version), "reason": reason})
    assert response.status_code == 409
    assert Plan.objects.filter(pk=plan.pk).values().get() == before
    assert list(plan.items.values()) == decisions


def test_a_plan_that_a_newer_draft_replaced_cannot_be_signed(draw, stage):
    first = stage.decide(draw(), ("duloxetine",), stage.now)
    stage.intake(first.patient, {}, stage.now)
    from guidance.evaluation import in_force

    actions.draw_plan(
        by=stage.by, at=stage.now, token=None, patient=first.patient, facts=first.facts, edition=in_force(),
        intake=first.intake,
    )  # fmt: skip
    with pytest.raises(Stale):
        actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=first, expected=first.version)


# ------------------------------------------------------------------------------------------------ safety record


CAUDA = {"flags": {"cauda-equina": ("saddle", "open")}, "weeks": 6}
RECORD = {
    "actions": ["emergency-transfer"], "what_was_done": "Sent to the emergency department for MRI.",
    "handed_to": "ED registrar", "done_at": "20 11 2026 10:20",
}  # fmt: skip


@pytest.fixture
def at_ten_thirty(time_machine_at):
    time_machine_at("2026-11-20T10:30:00Z")


@pytest.fixture
def time_machine_at():
    import time_machine

    travels = []

    def go(moment: str) -> None:
        travel = time_machine.travel(moment, tick=True)
        travel.start()
        travels.append(travel)

    yield go
    for travel in travels:
        travel.stop()


def test_an_emergency_has_no_treatment_on_the_page_and_no_way_to_sign_a_plan(draw, alices, stage):
    plan = draw(**CAUDA)
    assert (plan.kind, plan.assessment["gate"]) == ("safety-record", "safety-only")
    body = alices.get(address(plan)).content.decode()
    assert "duloxetine" not in body.lower()
    assert "Sign plan" not in body
    assert "Urgent care first" in body
    assert reasons_against(plan, stage) == ["A safety record is signed with what was done."]


def test_a_signed_safety_record_puts_two_contacts_on_the_worklist(draw, alices, at_ten_thirty):
    plan = draw(**CAUDA)
    response = press(alices, address(plan), address(plan, "safety-record/"), **RECORD)
    assert response.status_code == 302, text_of(response)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE
    assert plan.safety["what_was_done"] == RECORD["what_was_done"]
    due = dict(plan.reminders.values_list("code", "due_date"))
    # signed on a Friday: the next working day is Monday, day 7 is the Friday after
    assert due == {"SAFETY-1": date(2026, 11, 23), "SAFETY-7": date(2026, 11, 27)}
    assert set(plan.reminders.values_list("urgency", flat=True)) == {0}
    assert "Sent to the emergency department" in text_of(alices.get(address(plan)))


def test_a_safety_record_pauses_the_plan_in_use(draw, stage, patient, alices, at_ten_thirty):
    running = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - timedelta(days=20))
    plan = draw(**CAUDA)
    press(alices, address(plan), address(plan, "safety-record/"), **RECORD)
    running.refresh_from_db()
    assert running.status == PlanStatus.PAUSED


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"what_was_done": ""}, "Enter what was done, and what was found"),
        ({"done_at": "soon"}, "When must be a date and a time, like 27 3 2026 14:30"),
        ({"done_at": "21 11 2030 10:00"}, "When must be now or in the past"),
    ],
)
def test_a_safety_record_says_what_is_missing_and_keeps_what_was_typed(draw, alices, at_ten_thirty, typed, said):
    plan = draw(**CAUDA)
    response = press(alices, address(plan), address(plan, "safety-record/"), **{**RECORD, **typed})
    assert response.status_code == 422
    assert said in text_of(response)
    assert "ED registrar" in response.content.decode()
    assert not Reminder.objects.exists()


def test_a_safety_record_is_signed_once(draw, alices, at_ten_thirty):
    plan = draw(**CAUDA)
    button = address(plan, "safety-record/")
    fields = hidden_fields(alices.get(address(plan)), button)
    alices.post(button, {**fields, **RECORD})
    assert alices.post(button, {**fields, **RECORD}).status_code == 409
    assert Reminder.objects.count() == 2


def test_a_plan_is_not_signed_as_a_safety_record(draw, alices, at_ten_thirty):
    plan = draw()
    response = alices.post(address(plan, "safety-record/"), {**RECORD, "version": "1"})
    assert response.status_code == 422
    assert "This is a plan, not a safety record" in text_of(response)


def test_an_edition_that_nobody_approved_never_stands_in_the_way_of_a_safety_record(draw, alices, at_ten_thirty):
    plan = draw(**CAUDA)
    Review.objects.all().delete()
    assert press(alices, address(plan), address(plan, "safety-record/"), **RECORD).status_code == 302


def test_a_new_plan_ends_the_safety_record_and_keeps_its_contacts(draw, stage, alices, at_ten_thirty):
    record = draw(**CAUDA)
    press(alices, address(record), address(record, "safety-record/"), **RECORD)
    answers = intake_answers(flags={"cauda-equina": ("saddle", "excluded")}, weeks=6)
    plan = stage.decide(stage.plan(record.patient, answers, stage.now), (), stage.now)
    actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    record.refresh_from_db()
    assert record.status == PlanStatus.ENDED
    assert record.reminders.filter(status="open").count() == 2


# ------------------------------------------------------------------------------------------------ print


def test_the_printed_plan_names_the_patient_and_is_in_the_history(stage, patient, alices):
    plan = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now)
    text = text_of(alices.get(address(plan, "print/")))
    for said in ("INVENTED, Rosa", "12 Mar 1984", "DEMO-001", "Alice"):
        assert said in text
    assert AuditEvent.objects.get(event="plan.printed").patient == patient.pk


def test_a_draft_says_on_paper_that_it_is_one(draw, alices):
    assert "not signed" in text_of(alices.get(address(draw(), "print/"))).lower()
