"""What a follow-up finds stays in sight until it is settled, and what it learns reaches the next plan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from backdep_site.submissions import Stale
from guidance.engine.review import visit_facts
from guidance.packaged import packaged_edition
from patients.demo import follow_up_answers, intake_answers
from patients.followup import actions
from patients.followup.forms import FollowUpForm
from patients.followup.mapping import expected_medicines, known_before, open_flags, question_of
from patients.intake import questionnaires as q
from patients.intake.mapping import NameBook
from patients.models import FollowUp, Plan, PlanStatus, Reminder
from patients.plans.actions import accept_item, decline_item, sign_plan, sign_safety_record
from tests.engine.asking import assess_facts, base
from tests.pages import hidden_fields, press, text_of

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
BETTER: dict[str, Any] = {"phq9": "111110110", "peg": (3, 4, 4)}
NAMES = NameBook.of(packaged_edition())
FLAGS = [group.code for group in q.RED_FLAG_GROUPS]


pytestmark = pytest.mark.usefixtures("the_clock_stands")


@pytest.fixture
def patient(stage):
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 28 * DAY)


@pytest.fixture
def plan(stage, patient):
    """Signed 28 days ago, with duloxetine."""
    return stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 28 * DAY)


@pytest.fixture
def visit(alices):
    """Carry out a follow-up from the patient's page (or from a reminder) and complete it."""

    def run(plan: Plan, *, reminder: Reminder | None = None, **answers: Any) -> FollowUp:
        button = f"/reminders/{reminder.pk}/follow-up/" if reminder else f"/plans/{plan.pk}/follow-up/"
        page = alices.post(button).url
        draft = FollowUp.objects.get(status="draft")
        alices.post(page, {**draft.answers, **answers, "version": draft.revision, "go": "on"})
        draft.refresh_from_db()
        assert alices.post(f"{page}result/", {"version": draft.revision}).status_code == 302
        draft.refresh_from_db()
        assert draft.status == "completed"
        return draft

    return run


def typed(**changes: Any) -> dict[str, Any]:
    """Answers of a follow-up at which all is well, with changes; None takes an answer away."""
    out: dict[str, Any] = {**follow_up_answers(**BETTER), **changes}
    return {name: value for name, value in out.items() if value is not None}


def open_ones(plan: Plan, code: str) -> list[Reminder]:
    return list(Reminder.objects.filter(patient=plan.patient, code=code, status="open"))


# ------------------------------------------------------------------------------------------------ what is left open


def test_thoughts_of_death_with_nothing_recorded_stand_urgent_on_todays_worklist(plan, visit, alices, now):
    found = visit(plan, **typed(phq9_9="3"))
    assert found.review["gate"] == "held"
    (reminder,) = open_ones(plan, "SAFETY-OPEN")
    assert (reminder.urgency, reminder.due_date) == (0, now.date())
    worklist = text_of(alices.get("/worklist/", {"tab": "due"}))
    assert "Urgent: safety contact" in worklist
    assert "Open after the follow-up: " in worklist
    assert "Urgent: Open after the follow-up: " in text_of(alices.get(f"/patients/{plan.patient_id}/"))


def test_an_emergency_with_nothing_recorded_stands_urgent_on_todays_worklist(plan, visit, now):
    found = visit(plan, **typed(new_flags="yes", **{"flag_cauda-equina": "saddle"}))
    assert found.review["gate"] == "safety-only"
    (reminder,) = open_ones(plan, "SAFETY-OPEN")
    assert (reminder.urgency, reminder.due_date) == (0, now.date())
    assert "auda equina" in reminder.text


def test_without_risk_a_follow_up_leaves_nothing_urgent(plan, visit, alices):
    found = visit(plan, **typed())
    assert found.review["gate"] == "open"
    assert not Reminder.objects.filter(code="SAFETY-OPEN").exists()
    assert "Urgent" not in text_of(alices.get("/worklist/", {"tab": "due"}))
    assert "Urgent" not in text_of(alices.get(f"/patients/{plan.patient_id}/"))


def test_risk_that_was_judged_and_acted_on_leaves_nothing_open(plan, visit):
    asked = {f"screen_{code}": "no" for code in ("suicidal-thoughts", "behaviour-lifetime")}
    asked |= {"screen_wish-to-be-dead": "yes", "judgement": "low", "safety_actions": ["safety-plan"]}
    found = visit(plan, **typed(phq9_9="1", **asked))
    assert found.review["gate"] == "open"
    assert not open_ones(plan, "SAFETY-OPEN")


def test_a_later_follow_up_takes_the_place_of_what_an_earlier_one_left_open(plan, visit):
    visit(plan, **typed(phq9_9="3"))
    visit(plan, **typed(phq9_9="2"))
    assert len(open_ones(plan, "SAFETY-OPEN")) == 1
    visit(plan, **typed())
    assert not open_ones(plan, "SAFETY-OPEN")


def test_what_is_open_stays_until_a_safety_record_is_signed(plan, visit, stage):
    visit(plan, **typed(phq9_9="3"))
    flags = {"cauda-equina": ("saddle", "open")}
    record = stage.plan(plan.patient, intake_answers(flags=flags, weeks=6), stage.now)
    assert open_ones(plan, "SAFETY-OPEN"), "a record that is not signed settles nothing"
    sign_safety_record(
        by=stage.by, at=stage.now, token=None, plan=record, expected=record.version, actions=["emergency-transfer"],
        what_was_done="Sent to the emergency department.", done_at="",
    )  # fmt: skip
    assert not open_ones(plan, "SAFETY-OPEN")


def test_what_is_open_stays_until_a_new_plan_is_signed(plan, visit, stage):
    visit(plan, **typed(phq9_9="3"))
    draft = stage.decide(stage.plan(plan.patient, intake_answers(), stage.now), ("duloxetine",), stage.now)
    assert open_ones(plan, "SAFETY-OPEN"), "a plan that is not signed settles nothing"
    sign_plan(by=stage.by, at=stage.now, token=None, plan=draft, expected=draft.version)
    assert not open_ones(plan, "SAFETY-OPEN")


# ------------------------------------------------------------------------------------------------ the due review


@pytest.mark.parametrize("started_from", ["the reminder", "the patient's page"])
@pytest.mark.parametrize(("missing", "status"), [((), "done"), (("phq9_3",), "open"), (("peg_2",), "open")])
def test_the_review_is_done_only_when_both_scores_are_known(plan, visit, started_from, missing, status):
    due = plan.reminders.get(code="M-1MO")
    reminder = due if started_from == "the reminder" else None
    visit(plan, reminder=reminder, **typed(**dict.fromkeys(missing)))
    due.refresh_from_db()
    assert due.status == status
    assert plan.reminders.get(code="M-3MO").status == "open"


def test_an_empty_follow_up_leaves_the_review_and_what_was_not_asked_on_the_worklist(plan, visit):
    visit(plan)
    assert plan.reminders.get(code="M-1MO").status == "open"
    assert open_ones(plan, "SAFETY-OPEN")


# ------------------------------------------------------------------------------------------------ red flags


def test_a_new_red_flag_that_only_holds_the_next_plan_pauses_this_one_too(plan, visit):
    found = visit(plan, **typed(new_flags="yes", flag_cancer="history"))
    assert found.review["gate"] == "held"
    assert "FU-RF" in {step["code"] for step in found.review["next_steps"]}
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PAUSED


def test_a_held_follow_up_without_a_red_flag_pauses_nothing(plan, visit):
    found = visit(plan, **typed(phq9_9="1"))
    assert found.review["gate"] == "held"
    assert "FU-RF" not in {step["code"] for step in found.review["next_steps"]}
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE


def question(baseline: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The review question of answers, 28 days after a healthy adult's plan."""
    answers = {name: value if isinstance(value, list) else [value] for name, value in typed(**changes).items()}
    facts = {**base(), **(baseline or {})}
    outcomes = facts.get("red_flag_outcomes") or {}
    flags = [code for code, yes in facts["red_flags"].items() if yes and outcomes.get(code) != "excluded"]
    form = FollowUpForm.judging(answers, known_names=NAMES, today=TODAY, open_flags=flags)
    form.is_valid()
    cleaned = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    return question_of(
        cleaned, baseline=facts, age=facts["age_years"], start=TODAY - 28 * DAY, contact=TODAY, names=NAMES
    )


def next_plan(baseline: dict[str, Any] | None = None, **changes: Any) -> Any:
    """What the next plan would say."""
    asked = question(baseline, **changes)
    return assess_facts(visit_facts(asked["baseline"], asked["now"], asked["day"]))


@pytest.mark.parametrize(
    ("answer", "flags"), [("no", dict.fromkeys(FLAGS, False)), ("unknown", None), (None, None), ("yes", None)]
)
def test_red_flags_that_were_not_asked_are_never_eight_times_no(answer, flags):
    assert question(new_flags=answer)["now"].get("red_flags") == flags


@pytest.mark.parametrize(("answer", "gate"), [("no", "open"), ("unknown", "held"), (None, "held")])
def test_red_flags_that_were_not_asked_hold_the_next_plan(answer, gate):
    assert next_plan(new_flags=answer)["gate"] == gate


REFERRED: dict[str, Any] = {
    "red_flags": {**dict.fromkeys(FLAGS, False), "cancer": True},
    "red_flag_outcomes": {"cancer": "referred"},
}


@pytest.mark.parametrize("answer", ["no", "unknown", None])
@pytest.mark.parametrize("came_of_it", [None, "referred"])
def test_a_referred_flag_stays_open_until_somebody_says_what_came_of_it(answer, came_of_it):
    now = question(REFERRED, new_flags=answer, earlier_cancer=came_of_it)["now"]
    assert now["red_flags"]["cancer"] is True
    assert now["red_flag_outcomes"] == {"cancer": "referred"}
    assert next_plan(REFERRED, new_flags=answer, earlier_cancer=came_of_it).status("spinal-manipulation") == "withhold"


def test_a_referred_flag_that_was_excluded_is_open_no_more():
    now = question(REFERRED, new_flags="no", earlier_cancer="excluded")["now"]
    assert now["red_flag_outcomes"] == {"cancer": "excluded"}
    answer = next_plan(REFERRED, new_flags="no", earlier_cancer="excluded")
    assert answer.status("spinal-manipulation") in ("offer", "caution")
    assert "RF-4" not in answer.alert_codes()


def test_a_flag_that_was_never_positive_does_not_withhold_anything():
    assert next_plan(new_flags="no").status("spinal-manipulation") in ("offer", "caution")


def test_a_flag_seen_again_today_counts_with_todays_outcome():
    now = question(REFERRED, new_flags="yes", flag_cancer="weight-loss", earlier_cancer="excluded")["now"]
    assert now["red_flags"]["cancer"] is True
    assert "cancer" not in now.get("red_flag_outcomes", {})


def test_the_form_asks_what_came_of_the_flag_that_the_plan_left_open(stage, patient, alices):
    answers = intake_answers(flags={"cancer": ("history", "referred")})
    plan = stage.signed(patient, answers, (), stage.now - 28 * DAY)
    page = alices.post(f"/plans/{plan.pk}/follow-up/").url
    assert "Open since the plan: cancer. What came of it?" in text_of(alices.get(page))
    response = press(alices, page, **typed())
    assert response.status_code == 422
    assert "Select what came of: cancer" in text_of(response)
    assert press(alices, page, **typed(earlier_cancer="treated", medicines_none="on")).status_code == 302


def test_without_an_open_flag_the_form_asks_for_none(plan, alices):
    page = alices.post(f"/plans/{plan.pk}/follow-up/").url
    assert "Open since the plan" not in text_of(alices.get(page))


# ------------------------------------------------------------------------------------------------ medicines


def test_an_antidepressant_that_the_plan_replaced_is_listed_as_stopped_on_a_day_to_be_asked(stage, patient, alices):
    draft = stage.plan(patient, intake_answers(medicines=("fluoxetine",)), stage.now - 20 * DAY)
    accept_item(
        by=stage.by, at=stage.now - 20 * DAY, token=None, plan=draft, code="sertraline", expected=draft.version,
        reason="benefit-outweighs-risk", replaces=["fluoxetine"],
    )  # fmt: skip
    draft = stage.decide(draft, (), stage.now - 20 * DAY)
    plan = sign_plan(by=stage.by, at=stage.now - 20 * DAY, token=None, plan=draft, expected=draft.version)
    assert expected_medicines(
        plan.facts, list(plan.items.all()), packaged_edition(), elapsed=20, is_seen=False
    ) == [
        ("fluoxetine", True, ""), ("sertraline", False, ""),
    ]  # fmt: skip
    alices.post(f"/plans/{plan.pk}/follow-up/")
    answers = FollowUp.objects.get().answers
    assert (answers["medicine_1"], answers["medicine_1_stopped"]) == (["fluoxetine"], ["on"])
    assert "medicine_1_days" not in answers
    assert "medicine_2_stopped" not in answers


def test_days_since_a_medicine_was_stopped_go_on_counting(stage, patient, alices):
    answers = intake_answers(medicines=("fluoxetine", "lisinopril"))
    answers["health"] |= {"medicine_1_stopped": ["on"], "medicine_1_days": ["20"]}
    plan = stage.signed(patient, answers, (), stage.now - 28 * DAY)
    alices.post(f"/plans/{plan.pk}/follow-up/")
    found = FollowUp.objects.get().answers
    assert (found["medicine_1"], found["medicine_1_days"]) == (["fluoxetine"], ["48"])
    assert found["medicine_2"] == ["lisinopril"]
    assert not {"medicine_2_stopped", "medicine_2_days"} & found.keys()


NOT_TOLERATED = {"since_1": "sertraline", "since_1_outcome": "not-tolerated"}


def test_what_was_not_tolerated_since_the_plan_is_not_suggested_again():
    before = {"code": "naproxen", "outcome": "no-response", "adequate": True}
    baseline = {"tried": [before]}
    now = question(baseline, **NOT_TOLERATED)["now"]
    assert now["tried"] == [before, {"code": "sertraline", "outcome": "not-tolerated"}]
    assert next_plan(baseline, **NOT_TOLERATED).status("sertraline") == "avoid"


def test_what_goes_on_since_the_plan_is_no_treatment_tried():
    assert "tried" not in question(since_1="sertraline")["now"]
    assert next_plan(since_1="sertraline").status("sertraline") in ("offer", "caution")


def test_where_nobody_knows_what_was_tried_before_nothing_is_claimed():
    assert "tried" not in question({"tried": None}, **NOT_TOLERATED)["now"]
    assert next_plan({"tried": None}, **NOT_TOLERATED).status("duloxetine") == "needs-information"


def test_a_new_allergy_withholds_the_medicine_in_the_next_plan():
    asked = question({"allergies": ["penicillin"]}, new_allergy_1="Zoloft")
    assert asked["now"]["allergies"] == ["penicillin", "sertraline"]
    answer = next_plan(new_allergy_1="Zoloft")
    assert (answer.status("sertraline"), answer.override("sertraline")) == ("withhold", "none")


def test_without_a_new_allergy_the_list_of_the_plan_stays():
    assert "allergies" not in question()["now"]
    assert next_plan().status("sertraline") in ("offer", "caution")


# ------------------------------------------------------------------------------------------------ what is asked


def asks(**changes: Any) -> dict[str, str]:
    """What the form asks for on saving."""
    answers = typed(**changes)
    form = FollowUpForm.judging(
        {name: value if isinstance(value, list) else [value] for name, value in answers.items()},
        known_names=NAMES,
        today=TODAY,
    )
    assert form.is_valid(), form.errors
    return form.unanswered()


LISTED = {"medicine_1": "sertraline"}
RASH = {"effects_none": None, "effect_rash": "significant"}


def test_a_follow_up_at_which_all_is_well_has_nothing_to_ask():
    assert asks(**LISTED) == {}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({**LISTED, "adherence": "stopped"}, True),
        ({**LISTED, "adherence": "never-started"}, True),
        ({**LISTED, "adherence": "stopped", "medicine_1_stopped": "on"}, False),
        ({**LISTED, "adherence": "missed-some"}, False),
        ({"adherence": "stopped", "medicines_none": "on"}, False),
    ],
)
def test_stopped_is_asked_about_when_the_list_says_that_all_is_taken(changes, asked):
    assert ("medicine_1_stopped" in asks(**changes)) is asked


@pytest.mark.parametrize(
    ("changes", "asked"),
    [({"effects_none": None}, True), ({}, False), ({"effects_none": None, "effect_nausea": "mild"}, False)],
)
def test_side_effects_that_nobody_asked_for_are_not_none(changes, asked):
    assert ("effects_none" in asks(**LISTED, **changes)) is asked


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({**LISTED, "serotonin_signs": None}, True),
        (LISTED, False),
        ({"medicines_none": "on", "medicines_complete": None, "serotonin_signs": None}, False),
    ],
)
def test_signs_of_serotonin_syndrome_are_asked_for_only_with_a_medicine_on_the_list(changes, asked):
    assert ("serotonin_signs" in asks(**changes)) is asked


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        (RASH, True),
        (RASH | NOT_TOLERATED, False),
        (RASH | {"new_allergy_1": "sertraline"}, False),
        (RASH | {"since_1": "sertraline", "since_1_outcome": "helped"}, True),
        ({"effects_none": None, "effect_rash": "mild"}, False),
        ({}, False),
    ],
)
def test_a_significant_side_effect_asks_which_treatment_caused_it(changes, asked):
    assert ("since_1_outcome" in asks(**LISTED, **changes)) is asked


@pytest.mark.parametrize(("effect", "wrong"), [("mild", True), ("significant", True), (None, False)])
def test_no_side_effects_and_a_side_effect_contradict_each_other(effect, wrong):
    answers = typed(effect_rash=effect)
    form = FollowUpForm.judging(
        {name: value if isinstance(value, list) else [value] for name, value in answers.items()}
    )
    form.is_valid()
    assert ("effects_none" in form.errors) is wrong


# ------------------------------------------------------------------------------------------------ the plan in use


def test_a_follow_up_begun_for_an_older_plan_moves_to_the_plan_in_use(plan, stage, alices, visit):
    alices.post(f"/plans/{plan.pk}/follow-up/")
    newer = stage.signed(plan.patient, intake_answers(phq9="333333330"), ("duloxetine",), stage.now - 20 * DAY)
    due = newer.reminders.get(code="M-1MO")
    found = visit(newer, reminder=due, **typed(phq9_1="3", phq9_2="3"))
    assert (found.plan, found.reminder) == (newer, due)
    assert found.question["baseline"]["phq9"] == [3] * 8 + [0]
    assert found.review["depression"]["change"] == 11 - 24
    due.refresh_from_db()
    assert due.status == "done"


def test_a_follow_up_of_the_plan_in_use_stays_with_it(plan, stage, alices):
    alices.post(f"/plans/{plan.pk}/follow-up/")
    stage.plan(plan.patient, intake_answers(), stage.now)
    alices.post(f"/plans/{plan.pk}/follow-up/")
    assert FollowUp.objects.get().plan == plan


# ------------------------------------------------------------------------------------------------ urgent contacts


@pytest.fixture
def contact(stage, patient):
    """The first contact after a safety record."""
    at = stage.now
    record = stage.plan(patient, intake_answers(flags={"cauda-equina": ("saddle", "open")}, weeks=6), at)
    sign_safety_record(
        by=stage.by, at=at, token=None, plan=record, expected=1, actions=[], what_was_done="Sent.", done_at=""
    )
    return record.reminders.get(code="SAFETY-1")


@pytest.mark.parametrize(("due", "moves"), [("27 11 2026", True), ("28 11 2026", False), ("20 11 2027", False)])
def test_an_urgent_contact_is_not_moved_beyond_a_week(contact, alices, due, moves):
    page = f"/reminders/{contact.pk}/"
    fields = hidden_fields(alices.get(page))
    response = alices.post(page, {**fields, "what": "move", "due": due, "reason": "Away"})
    assert response.status_code == (302 if moves else 422)
    assert ("within a week: this contact is urgent" in text_of(response)) is not moves
    before = contact.due_date
    contact.refresh_from_db()
    assert (contact.due_date != before) is moves


def test_an_urgent_contact_is_not_closed_without_a_word(contact, alices):
    page = f"/reminders/{contact.pk}/"
    response = press(alices, page, what="done", note=" ")
    assert response.status_code == 422
    assert "Enter what came of it: this contact is urgent" in text_of(response)
    contact.refresh_from_db()
    assert contact.status == "open"
    press(alices, page, what="done", note="Seen, safe at home")
    contact.refresh_from_db()
    assert (contact.status, contact.note) == ("done", "Seen, safe at home")


def test_an_ordinary_reminder_is_closed_without_a_word_and_moved_by_more_than_a_week(plan, alices):
    press(alices, f"/reminders/{plan.reminders.get(code='M-AD14').pk}/", what="done")
    assert plan.reminders.get(code="M-AD14").status == "done"
    page = f"/reminders/{plan.reminders.get(code='M-3MO').pk}/"
    fields = hidden_fields(alices.get(page))
    alices.post(page, {**fields, "what": "move", "due": "1 3 2027", "reason": "Away"})
    assert plan.reminders.get(code="M-3MO").due_date == date(2027, 3, 1)


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_a_closed_reminder_is_not_closed_moved_or_attempted_again(plan, stage, status):
    reminder = plan.reminders.get(code="M-AD14")
    Reminder.objects.filter(pk=reminder.pk).update(status=status)
    before = Reminder.objects.filter(pk=reminder.pk).values().get()
    given: dict[str, Any] = {
        "by": stage.by, "at": stage.now, "token": None, "reminder": reminder, "expected": reminder.version,
    }  # fmt: skip
    with pytest.raises(Stale):
        actions.close_reminder(**given)
    with pytest.raises(Stale):
        actions.log_attempt(**given, outcome="no-answer")
    with pytest.raises(Stale):
        actions.reschedule(**given, due=TODAY + DAY, reason="Away")
    assert Reminder.objects.filter(pk=reminder.pk).values().get() == before
    assert not reminder.attempts.exists()


# ------------------------------------------------------------------------------------------------ the result page

LATER = "Once what is urgent is settled"


def test_steps_that_must_wait_stand_under_what_is_urgent(plan, visit, alices):
    found = visit(plan, **typed(new_flags="yes", **{"flag_cauda-equina": "saddle"}))
    at_once, _, later = text_of(alices.get(f"/follow-ups/{found.pk}/result/")).partition(LATER)
    texts = {step["code"]: packaged_edition().texts[step["ref"]] for step in found.review["next_steps"]}
    assert texts["FU-RF"] in at_once
    waiting = [text for code, text in texts.items() if code.startswith(("FU-D-", "FU-P-CONT", "FU-SPLIT"))]
    assert waiting
    for text in waiting:
        assert text in later
        assert text not in at_once


def test_without_anything_urgent_no_step_waits(plan, visit, alices):
    found = visit(plan, **typed())
    assert found.review["next_steps"]
    assert LATER not in text_of(alices.get(f"/follow-ups/{found.pk}/result/"))


def test_the_share_of_the_pain_score_is_counted_from_its_items(stage, patient, visit, alices):
    """19 of 30 to 9 of 30 is a third of 30, shown as 6.3 to 3.0: 53 %, where the rounded means would give 52."""
    plan = stage.signed(patient, intake_answers(peg=(6, 7, 6)), ("duloxetine",), stage.now - 28 * DAY)
    found = visit(plan, **typed(peg_1="3", peg_2="3", peg_3="3"))
    text = text_of(alices.get(f"/follow-ups/{found.pk}/result/"))
    assert "6.3 of 10 › then, now 3.0 of 10 (-3.3, 53 %)" in text


def test_a_flag_that_was_treated_still_rules_out_what_it_ruled_out():
    treated = {"red_flags": {**dict.fromkeys(FLAGS, False), "cancer": True}, "red_flag_outcomes": {"cancer": "treated"}}
    assert assess_facts({**base(), **treated}).status("spinal-manipulation") == "withhold"
    assert next_plan(treated, new_flags="no").status("spinal-manipulation") == "withhold"
    excluded = {**treated, "red_flag_outcomes": {"cancer": "excluded"}}
    assert next_plan(excluded, new_flags="no").status("spinal-manipulation") != "withhold"


def test_a_follow_up_that_moved_lists_the_medicines_of_the_plan_in_use(plan, stage, alices):
    alices.post(f"/plans/{plan.pk}/follow-up/")
    newer = stage.signed(plan.patient, intake_answers(medicines=("lisinopril",)), ("sertraline",), stage.now - 20 * DAY)
    alices.post(f"/plans/{newer.pk}/follow-up/")
    answers = FollowUp.objects.get().answers
    listed = {values[0] for name, values in answers.items() if name.startswith("medicine_")}
    assert "lisinopril" in listed
    assert "duloxetine" not in listed


# ------------------------------------------------------------------------------------------------ the visit after


RISK = {
    "phq9_9": "2", "screen_wish-to-be-dead": "yes", "screen_suicidal-thoughts": "yes", "screen_method": "yes",
    "screen_intent": "no", "screen_plan-with-intent": "no", "screen_behaviour-lifetime": "no", "judgement": "moderate",
    "safety_actions": ["safety-plan", "same-day-contact"],
}  # fmt: skip


def test_a_risk_that_was_recorded_brings_weekly_contacts_also_when_the_plan_is_kept(plan, visit, now):
    found = visit(plan, **typed(**RISK))
    assert found.review["gate"] == "open"
    contacts = open_ones(plan, "M-SUI7")
    assert min(contact.due_date for contact in contacts) == now.date() + 7 * DAY
    assert {contact.urgency for contact in contacts} == {1}


def test_without_a_risk_a_visit_brings_no_weekly_contacts(plan, visit):
    visit(plan, **typed())
    assert not open_ones(plan, "M-SUI7")


def test_what_a_follow_up_left_open_stands_first_and_leads_to_the_next_plan(plan, visit, alices):
    found = visit(plan, **typed(phq9_9="3"))
    assert "Urgent and not finished (1)" in text_of(alices.get("/worklist/"))
    (reminder,) = open_ones(plan, "SAFETY-OPEN")
    assert f"/follow-ups/{found.pk}/result/" in alices.get(f"/reminders/{reminder.pk}/").content.decode()


def test_the_next_visit_knows_what_the_last_one_changed(stage, visit, alices, alice, now):
    patient = stage.patient("Vera", date(1980, 1, 1), "female", stage.now - 28 * DAY)
    answers = intake_answers(flags={"cancer": ("history", "referred")}, medicines=("lisinopril",))
    plan = stage.signed(patient, answers, ("duloxetine",), stage.now - 28 * DAY)
    assert open_ones(plan, "RF-cancer")
    found = visit(
        plan,
        **typed(
            since_1="duloxetine", since_1_outcome="not-tolerated", new_allergy_1="naproxen", earlier_cancer="excluded",
            medicine_1="lisinopril", medicine_2="duloxetine", medicine_2_stopped="on", medicine_2_days="3",
        ),
    )  # fmt: skip
    assert {"code": "duloxetine", "outcome": "not-tolerated"} in found.question["now"]["tried"]
    assert not open_ones(plan, "RF-cancer"), "the result was told"
    with time_machine.travel(now + 28 * DAY, tick=False):
        alices.force_login(alice)
        page = alices.post(f"/plans/{plan.pk}/follow-up/").url
        draft = FollowUp.objects.get(status="draft")
        assert draft.answers["medicine_2_stopped"] == ["on"]
        assert draft.answers["medicine_2_days"] == ["31"]
        assert "since_1" not in draft.answers
        assert "Open since the plan" not in alices.get(page).content.decode()
        later = visit(plan, **typed())
    facts = visit_facts(later.question["baseline"], later.question["now"], later.question["day"])
    assert {"code": "duloxetine", "outcome": "not-tolerated"} in facts["tried"]
    assert "naproxen" in facts["allergies"]
    assert assess_facts(facts).status("duloxetine") == "avoid"
    assert assess_facts(facts).status("naproxen") == "withhold"


def test_what_the_plan_stops_is_listed_as_stopped(stage, alices):
    patient = stage.patient("Vera", date(1980, 1, 1), "female", stage.now - 28 * DAY)
    plan = stage.plan(patient, intake_answers(medicines=("venlafaxine",)), stage.now - 28 * DAY)
    decline_item(
        by=stage.by, at=stage.now - 28 * DAY, token=None, plan=plan, code="venlafaxine", expected=plan.version,
        reason="patient-refuses",
    )  # fmt: skip
    plan = stage.decide(Plan.objects.get(pk=plan.pk), (), stage.now - 28 * DAY)
    sign_plan(by=stage.by, at=stage.now - 28 * DAY, token=None, plan=plan, expected=plan.version)
    alices.post(f"/plans/{plan.pk}/follow-up/")
    answers = FollowUp.objects.get().answers
    assert (answers["medicine_1"], answers["medicine_1_stopped"]) == (["venlafaxine"], ["on"])


def test_a_result_that_is_awaited_is_not_called_a_suicide_risk(stage, alices, now):
    patient = stage.patient("Vera", date(1980, 1, 1), "female", stage.now - 28 * DAY)
    answers = intake_answers(flags={"cancer": ("history", "referred")})
    stage.signed(patient, answers, ("duloxetine",), stage.now - 28 * DAY)
    worklist = text_of(alices.get("/worklist/", {"tab": "overdue"}))
    assert "Urgent: red flag" in worklist
    assert "Urgent: suicide risk" not in worklist


@pytest.mark.parametrize(("signs", "asks"), [({}, True), ({"flag_cancer": "history"}, False)])
def test_a_red_flag_without_its_sign_is_asked_for(signs, asks):
    answers = {name: value if isinstance(value, list) else [value] for name, value in typed(new_flags="yes").items()}
    form = FollowUpForm.judging({**answers, **{name: [value] for name, value in signs.items()}}, known_names=NAMES)
    form.is_valid()
    assert (form.unanswered().get("new_flags") == "Select the signs of the red flag, or No") is asks


def test_a_flag_that_came_back_is_not_excluded_by_what_was_said_of_it_before(stage, visit):
    patient = stage.patient("Vera", date(1980, 1, 1), "female", stage.now - 28 * DAY)
    answers = intake_answers(flags={"cancer": ("history", "excluded")})
    plan = stage.signed(patient, answers, ("duloxetine",), stage.now - 28 * DAY)
    last = visit(plan, **typed(new_flags="yes", flag_cancer="history"))
    assert open_flags(known_before(plan, last)) == ["cancer"]
    assert open_flags(known_before(plan, None)) == []


def test_a_follow_up_that_somebody_saves_while_it_moves_is_not_overwritten(plan, stage, alices, monkeypatch):
    alices.post(f"/plans/{plan.pk}/follow-up/")
    newer = stage.signed(plan.patient, intake_answers(), ("sertraline",), stage.now - 20 * DAY)
    read = FollowUp.objects.get()
    FollowUp.objects.update(revision=read.revision + 1, answers={**read.answers, "note": ["Saved by a colleague"]})
    found = FollowUp.objects.filter(pk=read.pk)
    monkeypatch.setattr(type(found), "first", lambda queryset: read if queryset.model is FollowUp else None)
    actions.start_follow_up(by=stage.by, at=stage.now, plan=newer, reminder=None, answers={})
    assert FollowUp.objects.get().answers["note"] == ["Saved by a colleague"]


def test_a_plan_that_is_paused_is_followed_up_beside_itself(plan, stage, alices):
    alices.post(f"/plans/{plan.pk}/follow-up/")
    newer = stage.signed(plan.patient, intake_answers(), ("sertraline",), stage.now - 20 * DAY)
    Plan.objects.filter(pk=newer.pk).update(status=PlanStatus.PAUSED)
    alices.post(f"/plans/{newer.pk}/follow-up/")
    assert FollowUp.objects.get().plan_id == newer.pk
