"""The gate: what leaves only the safety pathway, what holds the signature, and what opens it again."""

from __future__ import annotations

from itertools import product

import pytest

from tests.engine.asking import SCREEN_COMPLETE, SCREEN_UNASKED, Facts, assess, flag, merge, phq9

EMERGENCY = ("cauda-equina", "motor-deficit", "infection", "vascular")
URGENT = ("fracture", "cancer", "visceral")
NEGATIVE = {"suicide_screen": SCREEN_COMPLETE}
UNASKED = {"suicide_screen": SCREEN_UNASKED}
WISH = {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}
METHOD = {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "method": True}}
INTENT = {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "intent": True}}
ACTED = {"suicide_actions_recorded": True}
SEEN = {"emergency_assessment_recorded": True}


def gate(**delta: object) -> str:
    return str(assess(**delta)["gate"])


def test_a_healthy_adult_of_whom_everything_was_asked_may_be_signed() -> None:
    assert gate() == "open"


def test_nothing_asked_yet_is_held() -> None:
    assert gate(start="blank") == "held"


# ---------------------------------------------------------------- red flags


@pytest.mark.parametrize("name", EMERGENCY)
def test_an_emergency_flag_leaves_only_the_safety_pathway(name: str) -> None:
    answer = assess(**flag(name))
    assert answer["gate"] == "safety-only"
    assert answer["options"] == []


@pytest.mark.parametrize("name", EMERGENCY)
@pytest.mark.parametrize(
    ("outcome", "expected"), [("excluded", "open"), ("treated", "open"), ("referred", "safety-only")]
)
def test_an_emergency_flag_is_opened_by_excluded_or_treated_and_never_by_referred(
    name: str, outcome: str, expected: str
) -> None:
    assert gate(**flag(name, outcome)) == expected


@pytest.mark.parametrize("name", URGENT)
def test_an_urgent_flag_holds_the_signature_and_shows_the_plan(name: str) -> None:
    answer = assess(**flag(name))
    assert answer["gate"] == "held"
    assert answer["options"]


@pytest.mark.parametrize("name", URGENT)
@pytest.mark.parametrize("outcome", ["excluded", "referred", "treated"])
def test_an_urgent_flag_is_released_by_any_outcome(name: str, outcome: str) -> None:
    assert gate(**flag(name, outcome)) == "open"


def test_an_inflammatory_flag_changes_nothing() -> None:
    assert gate(**flag("inflammatory")) == "open"
    assert gate(unknown=["red_flags.inflammatory"]) == "open"


@pytest.mark.parametrize("name", [*EMERGENCY, *URGENT])
def test_a_red_flag_that_was_not_asked_holds_the_signature(name: str) -> None:
    assert gate(unknown=[f"red_flags.{name}"]) == "held"


@pytest.mark.parametrize("name", [*EMERGENCY, *URGENT])
def test_an_outcome_does_not_stand_in_for_the_question(name: str) -> None:
    assert gate(red_flag_outcomes={name: "excluded"}, unknown=[f"red_flags.{name}"]) == "held"


def test_the_outcome_of_one_flag_says_nothing_of_another() -> None:
    both = {"red_flags": {"infection": True, "vascular": True}}
    assert gate(**both, red_flag_outcomes={"infection": "excluded"}) == "safety-only"
    assert gate(**both, red_flag_outcomes={"infection": "excluded", "vascular": "treated"}) == "open"


def test_an_emergency_flag_weighs_more_than_what_only_holds() -> None:
    assert gate(red_flags={"cauda-equina": True, "fracture": True}) == "safety-only"


# ---------------------------------------------------------------- suicide


def test_high_risk_leaves_only_the_safety_pathway() -> None:
    answer = assess(**INTENT)
    assert answer["gate"] == "safety-only"
    assert answer["options"] == []


def test_high_risk_by_judgement_alone_leaves_only_the_safety_pathway() -> None:
    assert gate(suicide_risk_judgement="high") == "safety-only"


def test_recorded_actions_alone_do_not_end_the_safety_pathway() -> None:
    assert gate(**INTENT, **ACTED) == "safety-only"


def test_high_risk_after_the_emergency_assessment_is_held_until_the_actions_are_recorded() -> None:
    assert gate(**INTENT, **SEEN) == "held"
    assert gate(**INTENT, **SEEN, **ACTED) == "open"


@pytest.mark.parametrize("delta", [WISH, METHOD], ids=["low", "moderate"])
def test_low_and_moderate_risk_are_held_until_the_actions_are_recorded(delta: Facts) -> None:
    assert gate(**delta) == "held"
    assert gate(**delta, **SEEN) == "held"
    assert gate(**delta, **ACTED) == "open"


def test_a_past_attempt_is_held_until_the_actions_are_recorded() -> None:
    assert gate(**NEGATIVE, past_suicide_attempt=True) == "held"
    assert gate(**NEGATIVE, past_suicide_attempt=True, **ACTED) == "open"


@pytest.mark.parametrize(
    "delta",
    [
        UNASKED | phq9(12, item9=1),
        UNASKED | {"suicide_screen": SCREEN_UNASKED | {"wish-to-be-dead": True}},
        UNASKED | {"suicide_screen": SCREEN_UNASKED | {"method": True}},
        UNASKED | {"past_suicide_attempt": True},
        UNASKED | {"suicide_risk_judgement": "moderate"},
        UNASKED | {"suicide_risk_judgement": "high"},
        {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "intent": True, "method": None}},
        {"suicide_screen": SCREEN_COMPLETE | {"behaviour-lifetime": True, "behaviour-3-months": None}},
    ],
    ids=["item 9", "a wish", "a method", "an attempt", "judged moderate", "judged high", "intent", "behaviour"],
)
def test_an_incomplete_screener_holds_whatever_is_recorded(delta: Facts) -> None:
    for recorded in (ACTED, SEEN, ACTED | SEEN):
        assert gate(**delta, **recorded) != "open"
    assert gate(**delta, **ACTED, **SEEN) == "held"


def test_unknown_risk_holds_whatever_is_recorded() -> None:
    for recorded in ({}, ACTED, SEEN, ACTED | SEEN):
        assert gate(**UNASKED, phq9=[1] * 8 + [None], **recorded) == "held"
        assert gate(**UNASKED, phq9=None, **recorded) == "held"


def test_with_item_nine_at_zero_the_screener_may_stay_unasked() -> None:
    assert gate(**UNASKED) == "open"
    assert gate(suicide_screen=SCREEN_UNASKED | {"wish-to-be-dead": False}) == "open"


def test_a_judgement_of_low_asks_for_nothing_more() -> None:
    assert gate(**UNASKED, suicide_risk_judgement="low") == "open"


def test_item_nine_with_a_screener_that_is_all_no_is_held_until_the_actions_are_recorded() -> None:
    assert gate(**NEGATIVE, **phq9(12, item9=1)) == "held"
    assert gate(**NEGATIVE, **phq9(12, item9=1), **ACTED) == "open"


# ---------------------------------------------------------------- serotonin and psychosis


def test_serotonin_signs_leave_only_the_safety_pathway() -> None:
    answer = assess(serotonin_signs=True)
    assert answer["gate"] == "safety-only"
    assert answer["options"] == []
    assert gate(unknown=["serotonin_signs"]) == "open"


def test_psychosis_is_held_until_what_was_done_is_recorded() -> None:
    assert gate(psychosis=True) == "held"
    assert gate(psychosis=True, unknown=["psychosis_actions_recorded"]) == "held"
    assert gate(psychosis=True, psychosis_actions_recorded=True) == "open"
    assert gate(unknown=["psychosis"]) == "open"


# ---------------------------------------------------------------- what the gates do


def test_the_safety_pathway_still_shows_every_alert() -> None:
    answer = assess(
        **flag("cauda-equina"),
        medicines=[{"code": "naproxen", "status": "current"}],
        egfr=20,
        unknown=["red_flags.cancer"],
    )
    assert {"RF-1", "RF-UNASKED", "CX-CURRENT"} <= answer.alert_codes()
    assert answer["options"] == []


def test_the_safety_pathway_still_says_what_signing_waits_for() -> None:
    answer = assess(**flag("cauda-equina"), unknown=["red_flags.cancer", "phq9"])
    waiting = {entry["fact"] for entry in answer["missing"] if entry["gate"]}
    assert waiting == {"red_flags.cancer", "phq9"}


def test_what_only_holds_leaves_every_option_in_place() -> None:
    held, free = assess(psychosis=True), assess()
    assert {entry["code"] for entry in free["options"]} <= {entry["code"] for entry in held["options"]}


def test_the_screener_questions_that_signing_waits_for_are_named() -> None:
    answer = assess(suicide_screen=SCREEN_UNASKED | {"suicidal-thoughts": True, "behaviour-lifetime": True})
    waiting = {entry["fact"] for entry in answer["missing"] if entry["gate"]}
    assert waiting == {
        "suicide_screen.wish-to-be-dead",
        "suicide_screen.method",
        "suicide_screen.intent",
        "suicide_screen.plan-with-intent",
        "suicide_screen.behaviour-3-months",
    }


@pytest.mark.parametrize(
    ("delta", "waits"),
    [
        ({"suicide_risk_judgement": "moderate"}, True),
        ({"suicide_risk_judgement": "high"}, True),
        ({"suicide_risk_judgement": "low"}, False),
        ({"past_suicide_attempt": True}, True),
        (phq9(12, item9=1), True),
        ({}, False),
    ],
)
def test_signing_waits_for_the_opening_questions_where_there_is_any_suspicion(delta: Facts, waits: bool) -> None:
    waiting = {entry["fact"] for entry in assess(**UNASKED, **delta)["missing"] if entry["gate"]}
    opening = {"wish-to-be-dead", "suicidal-thoughts", "behaviour-lifetime"}
    assert waiting == ({f"suicide_screen.{question}" for question in opening} if waits else set())


GATES = {"open": 0, "held": 1, "safety-only": 2}


def test_a_second_trouble_never_opens_what_the_first_one_closed() -> None:
    troubles: dict[str, Facts] = {
        "cauda equina": flag("cauda-equina"),
        "fracture": flag("fracture"),
        "psychosis": {"psychosis": True},
        "serotonin": {"serotonin_signs": True},
        "wish": WISH,
        "attempt": {"past_suicide_attempt": True},
        "item 9": phq9(12, item9=2),
    }
    alone = {name: GATES[gate(**delta)] for name, delta in troubles.items()}
    for (one, first), (two, second) in product(troubles.items(), repeat=2):
        joined = merge(first, second)
        assert GATES[gate(**joined)] >= max(alone[one], alone[two]), (one, two)
