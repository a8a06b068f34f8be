"""The review: a visit beside its baseline, how mood and pain have changed, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from guidance.engine.edition import Edition
from guidance.engine.facts import FactError
from guidance.engine.review import ADHERENCE, ONE_VISIT, SIDE_EFFECTS, check_visit, visit_facts
from tests.engine.asking import (
    SCREEN_COMPLETE,
    SCREEN_UNASKED,
    Answer,
    Facts,
    base,
    flag,
    has,
    merge,
    phq9,
    review_visit,
    stopped,
    taking,
)

SAME: Facts = {"phq9": base()["phq9"], "peg": base()["peg"]}
"""Both questionnaires answered as at the first visit: 12 points, and 16 thirds."""


def question(now: Facts | None = None, baseline: Facts | None = None, day: int = 28, **more: Any) -> Facts:
    """A review question: the healthy adult then; a quiet visit with unchanged questionnaires now, and what differs."""
    return {
        "baseline": merge(base(), baseline),
        "now": merge(base("quiet-visit") | SAME, now),
        "day": day,
        "adherence": "as-planned",
    } | more


def visit(now: Facts | None = None, baseline: Facts | None = None, day: int = 28, **more: Any) -> Answer:
    return review_visit(question(now, baseline, day, **more))


def effects(*severities: str) -> Facts:
    return {"side_effects": [{"code": "nausea", "severity": severity} for severity in severities]}


# ---------------------------------------------------------------- depression classes


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        (12, 17, "worse"),  # a rise of 5
        (11, 14, "none"),  # a rise of 3 within the band
        (10, 15, "worse"),
        (14, 15, "worse"),  # a band up by one point
        (4, 5, "worse"),
        (9, 10, "worse"),
        (19, 20, "worse"),
        (15, 19, "none"),  # a rise of 4 within the band
        (12, 4, "remission"),
        (12, 0, "remission"),
        (5, 4, "remission"),
        (0, 0, "remission"),
        (3, 4, "remission"),
        (12, 5, "response"),  # 58 %, and not below 5
        (12, 6, "response"),  # exactly half
        (11, 6, "partial"),  # 45 %
        (20, 10, "response"),
        (12, 7, "partial"),  # a fall of 5
        (12, 9, "partial"),  # a quarter
        (12, 10, "none"),  # 2 points, 17 %
        (16, 12, "partial"),  # 4 points, a quarter
        (17, 13, "none"),  # 4 points, 24 %
        (24, 19, "partial"),  # 5 points, 21 %
        (24, 20, "none"),  # 4 points, 17 %
        (8, 6, "partial"),  # 2 points, a quarter
        (8, 7, "none"),
        (12, 12, "none"),
    ],
)
def test_mood_is_classed_by_its_change(then: int, now: int, found: str) -> None:
    answer = visit(phq9(now), phq9(then))
    assert answer["depression"] == {"class": found, "change": now - then}


@pytest.mark.parametrize(
    ("then", "now", "worse"),
    [((12, 0), (6, 1), True), ((12, 1), (6, 2), True), ((12, 2), (6, 2), False), ((12, 2), (6, 1), False)],
)
def test_a_new_or_higher_item_nine_is_worse_whatever_the_total(
    then: tuple[int, int], now: tuple[int, int], worse: bool
) -> None:
    answer = visit(phq9(*now), phq9(*then))
    assert (answer["depression"]["class"] == "worse") is worse
    assert answer["depression"]["change"] == -6


@pytest.mark.parametrize("side", ["then", "now"])
def test_a_missing_total_has_no_class_and_no_change(side: str) -> None:
    for phq in (None, [1] * 8 + [None]):
        answer = visit({"phq9": phq} if side == "now" else {}, {"phq9": phq} if side == "then" else {})
        assert answer["depression"] == {"class": None, "change": None}
        assert not answer.steps() & {"FU-D-CONTINUE", "FU-D-OPTIMISE", "FU-D-SWITCH", "FU-D-WORSE"}


# ---------------------------------------------------------------- pain classes


@pytest.mark.parametrize(
    ("then", "now", "found", "change"),
    [
        ([5, 5, 5], [6, 6, 6], "worse", 1.0),  # a rise of exactly one point
        ([5, 5, 5], [6, 6, 5], "none", 0.7),
        ([0, 0, 0], [1, 1, 1], "worse", 1.0),
        ([5, 5, 5], [2, 2, 2], "remission", -3.0),
        ([5, 5, 5], [2, 2, 3], "response", -2.7),  # 7 thirds: above 2
        ([5, 5, 5], [3, 1, 1], "response", -3.3),  # the mean is low, the pain itself is not
        ([0, 0, 0], [0, 0, 0], "remission", 0.0),
        ([2, 2, 2], [2, 2, 2], "remission", 0.0),
        ([10, 10, 10], [7, 7, 7], "response", -3.0),  # exactly 30 %
        ([10, 10, 10], [7, 7, 8], "partial", -2.7),
        ([7, 7, 6], [5, 5, 4], "response", -2.0),  # 20 to 14 thirds: 30 %
        ([7, 7, 6], [5, 5, 5], "partial", -1.7),
        ([7, 7, 6], [6, 6, 5], "partial", -1.0),  # exactly one point
        ([7, 7, 6], [6, 6, 6], "none", -0.7),
        ([3, 3, 3], [3, 3, 0], "response", -1.0),
        ([5, 5, 5], [5, 5, 5], "none", 0.0),
    ],
)
def test_pain_is_classed_in_thirds_of_a_point(then: list[int], now: list[int], found: str, change: float) -> None:
    answer = visit({"peg": now}, {"peg": then})
    assert answer["pain"] == {"class": found, "change": change}


def test_a_new_red_flag_makes_pain_worse_whatever_the_score() -> None:
    better = {"peg": [1, 1, 1]}
    assert visit(merge(better, flag("inflammatory")))["pain"]["class"] == "worse"
    assert visit(merge(better, flag("inflammatory")), flag("inflammatory"))["pain"]["class"] == "remission"
    assert visit(merge(better, flag("fracture")), {"red_flags": {"fracture": None}})["pain"]["class"] == "worse"


def test_a_missing_peg_has_no_class_and_no_change() -> None:
    for peg in (None, [5, None, 5]):
        answer = visit({"peg": peg})
        assert answer["pain"] == {"class": None, "change": None}
        assert not answer.steps() & {"FU-P-CONTINUE", "FU-P-STEP", "FU-P-REVIEW", "FU-P-WORSE"}


# ---------------------------------------------------------------- next steps: present and absent

BETTER = phq9(7)  # a fall of 5: partial
RESPONSE = phq9(6)
LESS_PAIN: Facts = {"peg": [5, 4, 4]}  # 16 to 13 thirds: partial
PAIN_RESPONSE: Facts = {"peg": [4, 3, 3]}
PAIN_REMISSION: Facts = {"peg": [2, 2, 2]}
MORE_PAIN: Facts = {"peg": [7, 6, 6]}

# step: (question that leads to it, question that nearly does)
STEPS: dict[str, tuple[Facts, Facts]] = {
    "FU-RF": (question(flag("fracture")), question(flag("fracture", "excluded"))),
    "FU-SUICIDE": (question(phq9(12, item9=1)), question(phq9(12, item9=1) | {"suicide_actions_recorded": True})),
    "FU-SEROTONIN": (question({"serotonin_signs": True}), question({"serotonin_signs": None})),
    "FU-ADHERENCE": (question(adherence="missed-some"), question()),
    "FU-SE-SIGNIFICANT": (question(**effects("significant")), question(**effects("mild"))),
    "FU-SE-MILD": (question(**effects("mild")), question(**effects("significant"))),
    "FU-D-WORSE": (question(phq9(17)), question(phq9(14))),
    "FU-P-WORSE": (question(MORE_PAIN), question({"peg": [7, 6, 5]})),
    "FU-D-CONTINUE": (question(RESPONSE), question(BETTER)),
    "FU-D-OPTIMISE": (question(BETTER), question(RESPONSE)),
    "FU-D-SWITCH": (question(), question(BETTER)),
    "FU-P-CONTINUE": (question(PAIN_RESPONSE), question(LESS_PAIN)),
    "FU-P-STEP": (question(LESS_PAIN), question(PAIN_RESPONSE)),
    "FU-P-REVIEW": (question(), question(LESS_PAIN)),
    "FU-SPLIT-PAIN": (question(BETTER), question(BETTER | LESS_PAIN)),
    "FU-SPLIT-MOOD": (question(LESS_PAIN), question(BETTER | LESS_PAIN)),
    "FU-STOP-REVIEW": (question(taking("naproxen") | PAIN_REMISSION), question(taking("naproxen") | PAIN_RESPONSE)),
    "FU-WAIT": (question(day=25), question(day=26)),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_next_step_is_shown_where_it_follows(step: str) -> None:
    answer = review_visit(STEPS[step][0])
    (found,) = [entry for entry in answer["next_steps"] if entry["code"] == step]
    assert found["text"]
    assert found["sources"]


@pytest.mark.parametrize("step", STEPS)
def test_each_next_step_is_absent_where_it_nearly_follows(step: str) -> None:
    assert step not in review_visit(STEPS[step][1]).steps()


def test_every_next_step_of_the_edition_is_told(edition: Edition) -> None:
    assert {step.code for step in edition.next_steps} == set(STEPS)


def test_mood_and_pain_that_agree_are_not_told_as_split() -> None:
    for now in ({}, BETTER | LESS_PAIN, RESPONSE | PAIN_RESPONSE, phq9(17) | MORE_PAIN):
        assert not visit(now).steps() & {"FU-SPLIT-PAIN", "FU-SPLIT-MOOD"}, now


@pytest.mark.parametrize("mood", [phq9(2), RESPONSE, BETTER], ids=["remission", "response", "partial"])
@pytest.mark.parametrize("pain", [{}, MORE_PAIN], ids=["none", "worse"])
def test_a_better_mood_with_pain_as_before_leaves_the_antidepressant_alone(mood: Facts, pain: Facts) -> None:
    assert "FU-SPLIT-PAIN" in visit(mood | pain).steps()


@pytest.mark.parametrize("pain", [PAIN_REMISSION, PAIN_RESPONSE, LESS_PAIN], ids=["remission", "response", "partial"])
@pytest.mark.parametrize("mood", [{}, phq9(17)], ids=["none", "worse"])
def test_less_pain_with_a_mood_as_before_treats_the_depression(mood: Facts, pain: Facts) -> None:
    assert "FU-SPLIT-MOOD" in visit(mood | pain).steps()


# ---------------------------------------------------------------- what holds escalation back

ESCALATING = {"FU-D-OPTIMISE", "FU-D-SWITCH", "FU-P-STEP"}
CONTINUING = {"FU-D-CONTINUE", "FU-P-CONTINUE"}
TROUBLES: dict[str, Facts] = {
    "a red flag": {"now": flag("cancer")},
    "an inflammatory flag": {"now": flag("inflammatory")},
    "suicide risk": {"now": {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}},
    "a screener that was not finished": {"now": {"suicide_screen": SCREEN_UNASKED | {"wish-to-be-dead": True}}},
    "serotonin signs": {"now": {"serotonin_signs": True}},
    "a significant side effect": {"more": effects("significant")},
    "low sodium": {"now": {"sodium_mmol_l": 129}},
}
# A flag that is inflammatory is no reason to call pain worse here: it stood at the first visit too.
THEN = flag("inflammatory") | {"red_flags": {"inflammatory": True, "cancer": True}}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    "change", [BETTER | LESS_PAIN, {}, RESPONSE | PAIN_RESPONSE], ids=["partial", "none", "response"]
)
def test_trouble_holds_back_both_escalating_and_continuing(trouble: str, change: Facts) -> None:
    quiet = visit(change, THEN).steps()
    assert quiet & (ESCALATING | CONTINUING)
    told = TROUBLES[trouble]
    found = visit(merge(change, told.get("now")), THEN, **told.get("more", {})).steps()
    assert not found & (ESCALATING | CONTINUING)


@pytest.mark.parametrize("adherence", [*sorted(set(ADHERENCE) - {"as-planned"}), None])
def test_what_is_not_taken_as_planned_is_not_escalated_and_may_be_continued(adherence: str | None) -> None:
    for change in (BETTER | LESS_PAIN, {}):
        found = visit(change, adherence=adherence).steps()
        assert not found & ESCALATING
        assert "FU-ADHERENCE" in found
    assert visit(RESPONSE | PAIN_RESPONSE, adherence=adherence).steps() >= CONTINUING


def test_a_mild_side_effect_holds_nothing_back() -> None:
    found = visit(BETTER | LESS_PAIN, **effects("mild")).steps()
    assert {"FU-D-OPTIMISE", "FU-P-STEP", "FU-SE-MILD"} <= found
    both = visit(BETTER, **effects("mild", "significant")).steps()
    assert {"FU-SE-MILD", "FU-SE-SIGNIFICANT"} <= both
    assert "FU-D-OPTIMISE" not in both


def test_pain_that_has_not_changed_is_looked_at_whatever_else_is_wrong() -> None:
    assert "FU-P-REVIEW" in visit({"serotonin_signs": True}).steps()
    assert "FU-P-REVIEW" in visit(adherence="stopped").steps()


def test_worse_is_told_whatever_else_is_wrong() -> None:
    found = visit(phq9(20, item9=2) | MORE_PAIN | flag("cauda-equina"), adherence="stopped", day=5).steps()
    assert {"FU-RF", "FU-SUICIDE", "FU-D-WORSE", "FU-P-WORSE", "FU-ADHERENCE", "FU-WAIT"} <= found


@pytest.mark.parametrize(("day", "early"), [(0, True), (25, True), (26, False), (168, False)])
def test_before_day_26_it_is_too_early_to_escalate(day: int, early: bool) -> None:
    found = visit(BETTER | LESS_PAIN, day=day).steps()
    assert ("FU-WAIT" in found) is early
    assert ({"FU-D-OPTIMISE", "FU-P-STEP"} <= found) is not early
    unchanged = visit(day=day).steps()
    assert ({"FU-D-SWITCH", "FU-P-REVIEW"} <= unchanged) is not early
    assert not (early and unchanged & {"FU-D-SWITCH", "FU-P-REVIEW"})


def test_a_response_may_be_continued_at_any_day() -> None:
    assert visit(RESPONSE | PAIN_RESPONSE, day=10).steps() >= CONTINUING


@pytest.mark.parametrize(
    ("now", "significant"),
    [
        ({"sodium_mmol_l": 129.9}, True),
        ({"sodium_mmol_l": 130}, False),
        ({"systolic_mmhg": 160}, True),
        ({"systolic_mmhg": 159}, False),
        ({"diastolic_mmhg": 100}, True),
        ({"diastolic_mmhg": 99}, False),
        ({"qtc_ms": 500}, True),
        ({"qtc_ms": 499}, False),
    ],
)
def test_a_measurement_of_this_visit_can_be_a_significant_side_effect_by_itself(now: Facts, significant: bool) -> None:
    assert ("FU-SE-SIGNIFICANT" in visit(now).steps()) is significant


def test_a_measurement_of_the_first_visit_is_no_side_effect() -> None:
    assert "FU-SE-SIGNIFICANT" not in visit({}, {"sodium_mmol_l": 128, "qtc_ms": 510, "systolic_mmhg": 190}).steps()


@pytest.mark.parametrize(
    ("now", "stands"),
    [
        (phq9(12, item9=1), True),
        ({"phq9": phq9(12, item9=1)["phq9"], "suicide_screen": SCREEN_UNASKED}, True),
        ({"suicide_screen": SCREEN_UNASKED | {"behaviour-lifetime": True}, "suicide_actions_recorded": True}, True),
        ({"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}, True),
        ({"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}, "suicide_actions_recorded": True}, False),
        ({"phq9": None, "suicide_screen": SCREEN_UNASKED}, True),
        ({}, False),
    ],
)
def test_suicide_comes_first_until_it_is_assessed_and_acted_on(now: Facts, stands: bool) -> None:
    assert ("FU-SUICIDE" in visit(now).steps()) is stands


def test_the_boxed_warning_alone_is_no_open_suicide_alert() -> None:
    answer = visit({"chosen": ["sertraline"]}, {"age_years": 20})
    assert "SR-7" in answer.alert_codes()
    assert "FU-SUICIDE" not in answer.steps()


@pytest.mark.parametrize(
    ("name", "outcome", "stands"),
    [
        ("cauda-equina", None, True),
        ("cauda-equina", "referred", True),
        ("cauda-equina", "excluded", False),
        ("cancer", "treated", False),
        ("visceral", None, True),
    ],
)
def test_an_open_red_flag_comes_first(name: str, outcome: str | None, stands: bool) -> None:
    assert ("FU-RF" in visit(flag(name, outcome)).steps()) is stands


# ---------------------------------------------------------------- medicines that no longer earn their place


@pytest.mark.parametrize(
    ("code", "day", "pain", "stands"),
    [
        ("methocarbamol", 21, LESS_PAIN, False),
        ("methocarbamol", 22, LESS_PAIN, True),
        ("methocarbamol", 22, PAIN_RESPONSE, True),
        ("naproxen", 28, PAIN_REMISSION, True),
        ("naproxen", 28, {}, False),
        ("tramadol", 28, LESS_PAIN, True),
        ("tramadol", 28, {}, True),
        ("tramadol", 28, MORE_PAIN, True),
        ("tramadol", 28, PAIN_RESPONSE, False),
        ("oxycodone", 28, {}, True),
        ("gabapentin", 55, {}, False),
        ("gabapentin", 56, {}, True),
        ("gabapentin", 56, LESS_PAIN, True),
        ("gabapentin", 56, PAIN_RESPONSE, False),
        ("amitriptyline", 83, {}, False),
        ("amitriptyline", 84, {}, True),
        ("amitriptyline", 84, LESS_PAIN, True),
        ("amitriptyline", 84, PAIN_REMISSION, False),
        ("nortriptyline", 84, {}, False),
        ("sertraline", 84, {}, False),
    ],
)
def test_a_medicine_without_gain_is_looked_at_when_its_time_is_up(
    code: str, day: int, pain: Facts, stands: bool
) -> None:
    assert ("FU-STOP-REVIEW" in visit(taking(code) | pain, day=day).steps()) is stands


# ---------------------------------------------------------------- how the visit's facts are built


def test_what_belongs_to_one_visit_is_never_carried_over() -> None:
    told = {
        "phq9": [1] * 9, "phq9_difficulty": 2, "peg": [5, 5, 5], "suicide_screen": {"wish-to-be-dead": True},
        "suicide_risk_judgement": "low", "suicide_actions_recorded": True, "emergency_assessment_recorded": True,
        "psychosis_actions_recorded": True, "red_flags": {"cancer": False}, "red_flag_outcomes": {"cancer": "excluded"},
        "serotonin_signs": True, "chosen": ["sertraline"], "replaces": ["citalopram"],
    }  # fmt: skip
    assert set(told) == set(ONE_VISIT)
    assert visit_facts(told, {}, 28) == {}


def test_what_was_not_asked_today_is_not_known() -> None:
    answer = review_visit({"baseline": base(), "now": {}, "day": 28})
    assert answer["gate"] == "held"
    assert {"RF-UNASKED", "SR-UNASSESSED", "PHQ-INCOMPLETE"} <= answer.alert_codes()
    assert {"phq9", "red_flags.cancer"} <= answer.missing()
    assert answer["scores"]["suicide_risk"] == "unknown"


def test_health_medicines_and_life_of_the_first_visit_still_hold() -> None:
    then = has("diabetes") | taking("sertraline") | {"egfr": 50, "allergies": ["nsaid"], "off_work": True}
    facts = visit_facts(merge(base(), then), {}, 28)
    assert facts["conditions"]["diabetes"] is True
    assert (facts["egfr"], facts["allergies"], facts["off_work"]) == (50, ["nsaid"], True)
    assert facts["medicines"] == [{"code": "sertraline", "status": "current"}]


def test_maps_are_joined_by_key_and_lists_are_replaced() -> None:
    then = has("diabetes", "falls") | taking("naproxen") | {"allergies": ["latex"]}
    now = {"conditions": {"falls": False, "osteoporosis": True}, "medicines": [], "allergies": ["penicillin"]}
    facts = visit_facts(then, now, 28)
    assert facts["conditions"] == {"diabetes": True, "falls": False, "osteoporosis": True}
    assert facts["medicines"] == []
    assert facts["allergies"] == ["penicillin"]


def test_a_null_makes_a_fact_unknown() -> None:
    facts = visit_facts(
        merge(base(), {}), {"egfr": None, "conditions": {"falls": None}, "pain_duration_days": None}, 28
    )
    assert facts["egfr"] is None
    assert facts["conditions"]["falls"] is None
    assert facts["pain_duration_days"] is None


@pytest.mark.parametrize("name", ["behaviour-lifetime", "behaviour-3-months"])
def test_suicidal_behaviour_at_the_first_visit_stays_a_past_attempt(name: str) -> None:
    answer = visit({"past_suicide_attempt": False}, {"suicide_screen": {name: True}})
    assert answer["scores"]["suicide_risk"] == "moderate"
    assert "SR-MODERATE" in answer.alert_codes()


def test_thoughts_at_the_first_visit_do_not_stay() -> None:
    assert visit({}, {"suicide_screen": {"suicidal-thoughts": True}})["scores"]["suicide_risk"] == "none"


def test_pain_goes_on_by_the_days_that_have_passed() -> None:
    assert visit({}, {"pain_duration_days": 60}, day=24)["scores"]["pain_phase"] == "subacute"
    assert visit({}, {"pain_duration_days": 60}, day=25)["scores"]["pain_phase"] == "chronic"
    assert visit({"pain_duration_days": 20}, {"pain_duration_days": 60}, day=28)["scores"]["pain_phase"] == "acute"
    assert visit({}, {"pain_duration_days": None})["scores"]["pain_phase"] is None
    assert visit({}, {"pain_duration_days": 36500}, day=84)["scores"]["pain_phase"] == "chronic"


def test_a_pregnancy_goes_on_by_the_weeks_that_have_passed() -> None:
    then = {"pregnancy": "pregnant", "pregnancy_weeks": 24}
    assert visit_facts(then, {}, 28)["pregnancy_weeks"] == 28
    assert visit_facts(then, {}, 27)["pregnancy_weeks"] == 27
    assert visit_facts(then, {"pregnancy_weeks": 26}, 28)["pregnancy_weeks"] == 26
    assert visit_facts(then, {}, 168)["pregnancy_weeks"] is None
    over = visit_facts(then, {"pregnancy": "not-pregnant"}, 28)
    assert over["pregnancy"] == "not-pregnant"


def test_the_days_since_a_medicine_was_stopped_go_on() -> None:
    then = stopped("fluoxetine", 10, "naproxen")
    assert visit_facts(then, {}, 28)["medicines"] == [
        {"code": "fluoxetine", "status": "stopped", "stopped_days_ago": 38},
        {"code": "naproxen", "status": "current"},
    ]
    assert visit_facts(then, stopped("fluoxetine", 3), 28)["medicines"][0]["stopped_days_ago"] == 3
    unknown = stopped("phenelzine", None)
    assert visit_facts(unknown, {}, 28)["medicines"][0]["stopped_days_ago"] is None


def test_a_washout_ends_between_two_visits() -> None:
    then = stopped("phenelzine", 2, "sertraline")
    assert "IX-1" in visit({}, then, day=11).alert_codes()
    assert "IX-1" not in visit({}, then, day=12).alert_codes()


def test_the_baseline_is_left_as_it_was() -> None:
    asked = question(has("falls"), has("diabetes"))
    before = merge(asked, {})
    review_visit(asked)
    assert asked == before


def test_gate_scores_alerts_and_missing_are_those_of_the_visit() -> None:
    answer = visit(flag("fracture") | phq9(8), taking("naproxen") | {"egfr": 20}, day=28)
    assert answer["gate"] == "held"
    assert answer["scores"]["phq9_total"] == 8
    assert {"RF-3", "CX-CURRENT"} <= answer.alert_codes()
    assert answer["monitoring"]
    assert answer["edition"]["version"]
    assert answer["contract"] == 1


def test_a_choice_of_the_visit_brings_its_checks() -> None:
    assert visit({"chosen": ["duloxetine"]}).days("M-BP") == [0, 14, 28, 84, 168]
    assert visit({}, {"chosen": ["duloxetine"]}).days("M-BP") == []


# ---------------------------------------------------------------- what is refused


def problems_of(given: Any) -> list[str]:
    with pytest.raises(FactError) as refused:
        check_visit(given)
    return [fact for fact, _ in refused.value.problems]


@pytest.mark.parametrize("given", [None, [], "visit", 28])
def test_a_review_is_an_object(given: Any) -> None:
    assert problems_of(given) == ["review"]


def test_a_review_needs_both_visits_and_the_day() -> None:
    assert problems_of({}) == ["baseline", "now", "day"]
    assert problems_of({"baseline": {}, "now": {}}) == ["day"]
    assert problems_of({"baseline": {}, "day": 28}) == ["now"]


@pytest.mark.parametrize("day", [-1, 28.0, "28", None, True, 36501])
def test_the_day_is_a_whole_number(day: Any) -> None:
    assert problems_of(question(day=day)) == ["day"]


@pytest.mark.parametrize("adherence", ["good", True, 3, ["stopped"]])
def test_adherence_is_one_of_four(adherence: Any) -> None:
    assert problems_of(question(adherence=adherence)) == ["adherence"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ("nausea", "side_effects"),
        ({"code": "nausea"}, "side_effects"),
        (["nausea"], "side_effects[1].code"),
        ([{"code": "hiccups", "severity": "mild"}], "side_effects[1].code"),
        ([{"code": "nausea", "severity": "awful"}], "side_effects[1].severity"),
        ([{"code": "nausea"}], "side_effects[1].severity"),
        ([{"code": "nausea", "severity": "mild", "since": 3}], "side_effects[1]"),
    ],
)
def test_a_side_effect_has_a_code_and_a_severity(given: Any, where: str) -> None:
    assert problems_of(question(side_effects=given)) == [where]


@pytest.mark.parametrize("code", SIDE_EFFECTS)
def test_every_side_effect_of_the_contract_is_accepted(code: str) -> None:
    assert "FU-SE-SIGNIFICANT" in visit(side_effects=[{"code": code, "severity": "significant"}]).steps()


def test_a_fact_that_breaks_the_contract_is_named_with_its_visit() -> None:
    assert problems_of(question({"egfr": "low"}, {"age_years": 12})) == ["baseline.age_years", "now.egfr"]
    assert problems_of({"baseline": 5, "now": {}, "day": 1}) == ["baseline"]


def test_a_field_that_is_no_part_of_a_review_is_refused() -> None:
    assert problems_of(question(visit="second")) == ["visit"]
    assert problems_of(question(id=7)) == ["id"]


def test_a_choice_that_is_no_intervention_is_refused() -> None:
    with pytest.raises(FactError, match="leeches is not an intervention code"):
        visit({"chosen": ["leeches"]})
