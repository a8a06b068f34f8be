"""What must hold for every patient, however odd: tried on generated facts, with gaps.

HYPOTHESIS_PROFILE=thorough tries ten times as many patients, new ones each time.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, seed
from hypothesis import strategies as st

from guidance.checks.patients import patient as invented
from guidance.checks.patients import vocabulary
from guidance.checks.properties import (
    GATES,
    NOT_OFFERED,
    PROPERTIES,
    answer,
    known_paths,
    may_relax,
    no_risk_for,
    without,
)
from guidance.engine.edition import WITHHOLD, Edition
from guidance.engine.facts import CONDITIONS, DICTIONARY, RED_FLAGS, check, entries
from guidance.engine.scores import suicide_risk
from guidance.engine.situation import Situation
from guidance.packaged import packaged_edition
from tests.engine.asking import OFFERED, Answer, Facts, assess_facts, base, merge, review_visit
from tests.engine.generated import DIFFERENCES, PATIENTS, STRATEGIES, examples


def statuses(answer: Answer) -> dict[str, str]:
    return {entry["code"]: entry["status"] for entry in answer["options"]}


# ---------------------------------------------------------------- what every edition is examined for

PATIENTS_OF_ALL = 20_000
SHARES = 8
"""So many tests that share them, for as many processors as there are."""
WORDS = vocabulary(packaged_edition())


@pytest.mark.parametrize("share", range(SHARES))
def test_every_safety_property_holds_for_twenty_thousand_patients(share: int) -> None:
    edition, tried = packaged_edition(), 0

    @examples(PATIENTS_OF_ALL // SHARES)
    @seed(share)
    @given(number=st.integers(0, 2**48))
    def hold(number: int) -> None:
        nonlocal tried
        tried += 1
        # few differences from a known patient: what fails is read as it is, without being made smaller first
        chance = Random(number)
        facts = invented(chance, WORDS)
        found = answer(edition, facts)
        for name, holds in PROPERTIES.items():
            broken = holds(edition, facts, found, chance)
            assert broken is None, f"{name}: {broken} (facts: {facts})"

    hold()
    assert tried >= PATIENTS_OF_ALL // SHARES


# ---------------------------------------------------------------- one answer


@examples()
@given(facts=PATIENTS)
def test_every_patient_gets_a_whole_answer_that_can_be_written_down(facts: Facts) -> None:
    answer = assess_facts(facts)
    assert json.loads(json.dumps(answer)) == answer
    assert answer["gate"] in GATES
    for alert in answer["alerts"]:
        assert alert["title"], alert
        assert alert["text"], alert
        assert alert["sources"], alert
    for row in (*answer["statements"], *answer["monitoring"]):
        assert row["text"], row
    names = {*entries(), *DICTIONARY}
    for entry in answer["missing"]:
        assert entry["fact"] in names, entry


@examples()
@given(facts=PATIENTS)
def test_every_option_says_why_and_on_whose_word(facts: Facts) -> None:
    for entry in assess_facts(facts)["options"]:
        assert entry["reasons"] or entry["missing"], entry["code"]
        assert entry["sources"], entry["code"]
        assert entry["text"], entry["code"]
        if entry["status"] == "needs-information":
            assert entry["missing"], entry["code"]
        if entry["status"] in ("withhold", "avoid", "caution"):
            assert entry["missing"] or any(reason["effect"] != "for" for reason in entry["reasons"]), entry["code"]


@examples()
@given(facts=PATIENTS)
def test_the_same_facts_get_the_same_answer(facts: Facts) -> None:
    turned = dict(reversed(list(facts.items())))
    assert assess_facts(facts) == assess_facts(facts) == assess_facts(turned)


@examples()
@given(facts=PATIENTS)
def test_the_safety_pathway_shows_no_option_and_every_other_gate_shows_some(facts: Facts) -> None:
    answer = assess_facts(facts)
    assert (answer["options"] == []) is (answer["gate"] == "safety-only")


@examples()
@given(facts=PATIENTS)
def test_an_option_that_stands_in_two_sections_has_one_status(facts: Facts) -> None:
    answer = assess_facts(facts)
    for code in statuses(answer):
        assert answer.status(code)


@examples()
@given(facts=PATIENTS)
def test_how_it_may_be_chosen_all_the_same_follows_from_the_status(facts: Facts) -> None:
    for entry in assess_facts(facts)["options"]:
        allowed = {"withhold": ("documented", "none"), "avoid": ("coded-reason",)}.get(entry["status"], ("none",))
        assert entry["override"] in allowed, entry["code"]


# ---------------------------------------------------------------- what is never offered


def withheld_by_the_table(edition: Edition, facts: Facts) -> set[str]:
    """The options that a row of the contraindication table withholds, read straight off the rows."""
    situation = Situation(edition, check(facts))
    found = set()
    for row in edition.contraindications:
        if row.when.value(situation):
            for target, cell in row.cells.items():
                if cell.effect == WITHHOLD:
                    named = {target} if target in edition.options else set()
                    column = {
                        code
                        for code, one in edition.medicines.items()
                        if one.column == target and code not in row.cells
                    }
                    found |= (named | column) & set(edition.options)
    return found


@examples()
@given(facts=PATIENTS)
def test_what_a_row_of_the_table_withholds_is_withheld(facts: Facts) -> None:
    answer = assess_facts(facts)
    for code in withheld_by_the_table(packaged_edition(), facts):
        assert answer.status(code) in ("withhold", "absent"), code


@examples()
@given(facts=PATIENTS)
def test_what_has_a_reason_to_withhold_is_never_offered(facts: Facts) -> None:
    for entry in assess_facts(facts)["options"]:
        effects = {reason["effect"] for reason in entry["reasons"]}
        if "withhold" in effects:
            assert entry["status"] == "withhold", entry["code"]
        if "avoid" in effects:
            assert entry["status"] not in OFFERED, entry["code"]
        if "caution" in effects:
            assert entry["status"] != "offer", entry["code"]


@examples()
@given(facts=PATIENTS)
def test_opioids_and_benzodiazepines_are_never_offered(facts: Facts) -> None:
    answer = assess_facts(facts)
    if answer["gate"] != "safety-only":
        assert answer.status("benzodiazepine") == "withhold"
        assert answer.status("opioid") in NOT_OFFERED


@examples()
@given(facts=PATIENTS)
def test_item_nine_above_zero_or_open_is_never_no_risk(facts: Facts) -> None:
    items = facts.get("phq9")
    if items is None or items[8] is None or items[8] > 0:
        assert suicide_risk(check(facts)) != "none"


@examples()
@given(facts=PATIENTS)
def test_a_medicine_taken_now_that_is_withheld_is_reviewed_today(facts: Facts) -> None:
    answer = assess_facts(facts)
    reviewed = answer.current_review()
    for entry in answer["options"]:
        code = entry["code"]
        if entry["current"] and entry["status"] == "withhold" and code not in ("opioid", "benzodiazepine"):
            assert reviewed.get(code) == "urgent", code


@examples()
@given(facts=PATIENTS)
def test_nothing_is_offered_while_the_medicine_list_or_the_allergies_are_open(facts: Facts) -> None:
    open_allergies = facts.get("allergies_complete") is not True or facts.get("allergies") is None
    if open_allergies or facts.get("medicines") is None:
        for entry in assess_facts(facts)["options"]:
            if entry["section"].endswith("-medicine") and (open_allergies or entry["code"] != "omeprazole"):
                assert entry["status"] not in ("offer", *(["caution"] if open_allergies else [])), entry["code"]


# ---------------------------------------------------------------- more trouble never means more freedom


@examples()
@given(facts=PATIENTS, name=st.sampled_from(RED_FLAGS))
def test_a_red_flag_that_turns_positive_never_relaxes_the_gate(facts: Facts, name: str) -> None:
    for before in (False, None):
        quiet = merge(facts, {"red_flags": {name: before}, "red_flag_outcomes": {name: None}})
        raised = merge(quiet, {"red_flags": {name: True}})
        assert GATES[str(assess_facts(raised)["gate"])] >= GATES[str(assess_facts(quiet)["gate"])]


@examples()
@given(facts=PATIENTS, name=st.sampled_from(CONDITIONS))
def test_a_condition_that_turns_out_present_never_relaxes_the_gate_nor_a_status(facts: Facts, name: str) -> None:
    without_it = assess_facts(merge(facts, {"conditions": {name: False}}))
    with_it = assess_facts(merge(facts, {"conditions": {name: True}}))
    assert GATES[str(with_it["gate"])] >= GATES[str(without_it["gate"])]
    # what rules out every NSAID may settle that tramadol or duloxetine is due, so what only waited may be offered
    after = statuses(with_it)
    for code, before in statuses(without_it).items():
        if before in ("withhold", "avoid"):
            assert after.get(code) not in OFFERED, code


@examples()
@given(facts=PATIENTS)
def test_recording_what_was_done_never_closes_the_gate_and_never_frees_a_medicine(facts: Facts) -> None:
    recorded = {
        "suicide_actions_recorded": True,
        "emergency_assessment_recorded": True,
        "psychosis_actions_recorded": True,
    }
    before, after = assess_facts(facts), assess_facts(facts | recorded)
    assert GATES[str(after["gate"])] <= GATES[str(before["gate"])]
    now = statuses(after)
    for code, status in statuses(before).items():
        assert now.get(code) == status, code


# ---------------------------------------------------------------- forgetting one fact never frees a treatment

MEASUREMENTS = {"egfr", "qtc_ms", "systolic_mmhg", "diastolic_mmhg", "sodium_mmol_l"}
GROUPS: dict[str, tuple[str, ...]] = {
    "person": ("age_years", "sex_at_birth", "pregnancy", "pregnancy_weeks", "breastfeeding"),
    "pain": ("pain_duration_days", "pain_sites", "radicular", "peg", "red_flags", "red_flag_outcomes"),
    "mood": (
        "phq9", "phq9_difficulty", "depression_diagnosis", "mania_history", "psychosis", "prefers_medicines",
        "prefers_therapy",
    ),
    "suicide": (
        "phq9", "suicide_screen", "suicide_risk_judgement", "suicide_actions_recorded", "past_suicide_attempt",
        "emergency_assessment_recorded",
    ),
    "conditions": ("conditions",),
    "medicine list": ("medicines", "medicines_complete"),
    "unrecognised medicines": ("unrecognised_medicines", "unrecognised_medicines_reviewed"),
    "allergies": ("allergies", "allergies_complete"),
    "tried": ("tried",),
    "life": ("safety_sensitive_work", "off_work", "sleep_problem", "opioid_discussion_recorded"),
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_forgetting_one_fact_never_frees_a_treatment(group: str) -> None:
    @examples(100)
    @given(facts=PATIENTS, data=st.data())
    def forget(facts: Facts, data: st.DataObject) -> None:
        paths = [
            path
            for path in known_paths(facts)
            if path[0] in GROUPS[group] and not may_relax(packaged_edition(), facts, path)
        ]
        assume(paths)
        path = data.draw(st.sampled_from(paths))
        before, after = statuses(assess_facts(facts)), statuses(assess_facts(without(facts, path)))
        freed = {
            code: (status, after[code])
            for code, status in before.items()
            if status in NOT_OFFERED and after.get(code) in OFFERED
        }
        differs = {name: value for name, value in facts.items() if value != base().get(name)}
        assert not freed, f"forgetting {path} frees {freed}; the patient differs by {differs}"

    forget()


def test_every_fact_that_is_asked_is_forgotten_in_some_group() -> None:
    told = {name for names in GROUPS.values() for name in names}
    advice_only = {
        "serotonin_signs", "sedentary_work", "screen_work", "commutes", "carries_heavy_bag", "work_stress", "poor_diet",
        "inactive", "psychosis_actions_recorded",
    }  # fmt: skip
    decisions = {"chosen", "replaces"}  # nothing chosen is a decision, no gap
    assert told | MEASUREMENTS | advice_only | decisions == set(DICTIONARY)


@pytest.mark.parametrize("name", sorted(MEASUREMENTS - {"sodium_mmol_l"}))
def test_forgetting_a_measurement_frees_a_treatment_only_where_no_risk_is_known(name: str) -> None:
    tricyclics = packaged_edition().groups["tricyclic"]

    @examples(150)
    @given(facts=PATIENTS, value=STRATEGIES[name])
    def forget(facts: Facts, value: Any) -> None:
        assume(value is not None)
        before, gone = statuses(assess_facts(facts | {name: value})), assess_facts(facts | {name: None})
        for code, status in before.items():
            if status in NOT_OFFERED and gone.status(code) in OFFERED:
                assert no_risk_for(packaged_edition(), name, facts), code
                if code in tricyclics and name == "qtc_ms":
                    assert facts["age_years"] < 40, code
                if code in tricyclics or name != "qtc_ms":
                    assert gone.status(code) == "caution", code
                    assert name in gone.missing_for(code), code

    forget()


# ---------------------------------------------------------------- reviews

VISITS = st.builds(
    lambda baseline, now, day, adherence, effects: {
        "baseline": baseline,
        "now": now,
        "day": day,
        "adherence": adherence,
        "side_effects": [{"code": "nausea", "severity": severity} for severity in effects],
    },
    PATIENTS,
    DIFFERENCES,
    st.sampled_from([0, 7, 25, 26, 28, 56, 84, 168, 36500]),
    st.sampled_from([None, "as-planned", "missed-some", "stopped", "never-started"]),
    st.lists(st.sampled_from(["mild", "significant"]), max_size=2),
)
SAFETY_FIRST = {"FU-RF", "FU-SUICIDE", "FU-SEROTONIN", "FU-SE-SIGNIFICANT"}
ESCALATING = {"FU-D-OPTIMISE", "FU-D-SWITCH", "FU-P-STEP"}


@examples()
@given(question=VISITS)
def test_every_visit_gets_a_whole_review_and_safety_comes_first(question: Facts) -> None:
    answer = review_visit(question)
    assert json.loads(json.dumps(answer)) == answer
    steps = answer.steps()
    if steps & SAFETY_FIRST:
        assert not steps & (ESCALATING | {"FU-D-CONTINUE", "FU-P-CONTINUE"})
    if "FU-ADHERENCE" in steps or "FU-WAIT" in steps:
        assert not steps & ESCALATING
    for component in ("depression", "pain"):
        assert (answer[component]["class"] is None) is (answer[component]["change"] is None)
    for step in answer["next_steps"]:
        assert step["text"], step
        assert step["sources"], step


@examples(150)
@given(question=VISITS)
def test_a_review_never_changes_the_question(question: Any) -> None:
    before = json.dumps(question)
    review_visit(question)
    assert json.dumps(question) == before
