"""Scores at every edge: PHQ-9, PEG, duration of pain, suicide risk and when the screener is complete."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from guidance.engine import scores
from guidance.engine.facts import SUICIDE_SCREEN, check
from tests.engine.asking import SCREEN_COMPLETE, SCREEN_UNASKED, Facts, assess, phq9

# ---------------------------------------------------------------- PHQ-9

BANDS = [
    (0, "minimal"), (4, "minimal"),
    (5, "mild"), (9, "mild"),
    (10, "moderate"), (14, "moderate"),
    (15, "moderately-severe"), (19, "moderately-severe"),
    (20, "severe"), (27, "severe"),
]  # fmt: skip


@pytest.mark.parametrize(("total", "band"), BANDS)
def test_each_band_of_the_phq9_begins_and_ends_where_it_was_published(total: int, band: str) -> None:
    answer = assess(**phq9(total, item9=3 if total == 27 else 0))
    assert answer["scores"]["phq9_total"] == total
    assert answer["scores"]["phq9_band"] == band


def test_every_total_belongs_to_one_band_and_the_bands_only_rise() -> None:
    order = [scores.band_index(total) for total in range(28)]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("place", range(9))
def test_one_open_item_means_no_total_and_no_estimate(place: int) -> None:
    items: list[int | None] = [3] * 9
    items[place] = None
    answer = assess(phq9=items)
    assert answer["scores"]["phq9_total"] is None
    assert answer["scores"]["phq9_band"] is None
    assert "PHQ-INCOMPLETE" in answer.alert_codes()


def test_item_nine_is_read_even_when_the_rest_is_open() -> None:
    answer = assess(phq9=[None] * 8 + [2])
    assert answer["scores"]["phq9_item9"] == 2
    assert answer["scores"]["phq9_total"] is None


def test_without_a_phq9_there_is_no_score_at_all() -> None:
    found = assess(unknown=["phq9"])["scores"]
    assert (found["phq9_total"], found["phq9_band"], found["phq9_item9"]) == (None, None, None)


def test_a_zero_is_a_score() -> None:
    assert assess(phq9=[0] * 9)["scores"]["phq9_total"] == 0


# ---------------------------------------------------------------- PEG and duration


@pytest.mark.parametrize(
    ("items", "shown"),
    [([0, 0, 0], 0.0), ([10, 10, 10], 10.0), ([1, 0, 0], 0.3), ([1, 1, 0], 0.7), ([7, 7, 6], 6.7), ([5, 5, 6], 5.3)],
)
def test_the_peg_is_the_mean_of_three_items_with_one_decimal(items: list[int], shown: float) -> None:
    assert assess(peg=items)["scores"]["peg"] == shown


@pytest.mark.parametrize("place", range(3))
def test_an_open_item_means_no_peg(place: int) -> None:
    items: list[int | None] = [4, 4, 4]
    items[place] = None
    assert assess(peg=items)["scores"]["peg"] is None


def test_the_peg_is_compared_in_thirds_and_never_rounded() -> None:
    assert [scores.peg_thirds(items) for items in ([7, 7, 6], [6, 7, 6], None, [1, None, 1])] == [20, 19, None, None]


@pytest.mark.parametrize(
    ("days", "phase"),
    [
        (0, "acute"),
        (27, "acute"),
        (28, "subacute"),
        (84, "subacute"),
        (85, "chronic"),
        (36500, "chronic"),
        (None, None),
    ],
)
def test_pain_is_acute_below_28_days_and_chronic_from_day_85(days: int | None, phase: str | None) -> None:
    assert assess(pain_duration_days=days)["scores"]["pain_phase"] == phase


# ---------------------------------------------------------------- suicide risk: the first row that holds

RiskRow = tuple[str, Facts, str]
NEGATIVE = {"suicide_screen": SCREEN_COMPLETE}
UNASKED = {"suicide_screen": SCREEN_UNASKED}
BROKEN_OFF = {"suicide_screen": SCREEN_UNASKED | {"wish-to-be-dead": False}}
NO_PHQ9 = {"phq9": None}
ITEM_9_OPEN = {"phq9": [1] * 8 + [None]}
JUDGED_LOW = {"suicide_risk_judgement": "low"}


def said(*answers: str, complete: bool = True, **more: Any) -> Facts:
    """Screener answers of yes; the rest no, or not asked."""
    return {"suicide_screen": (SCREEN_COMPLETE if complete else SCREEN_UNASKED) | dict.fromkeys(answers, True)} | more


def thoughts(*denied: str) -> Facts:
    """Suicidal thoughts, with what was denied after them; the rest of that branch was not asked."""
    return {"suicide_screen": {"suicidal-thoughts": True} | dict.fromkeys(denied, False)}


RISKS: list[RiskRow] = [
    ("intent", said("suicidal-thoughts", "intent"), "high"),
    ("intent alone in a screener that was broken off", said("intent", complete=False), "high"),
    ("a plan with intent", said("suicidal-thoughts", "plan-with-intent"), "high"),
    ("a plan with intent in a screener that was broken off", said("plan-with-intent", complete=False), "high"),
    ("behaviour in the last three months", said("behaviour-lifetime", "behaviour-3-months"), "high"),
    ("recent behaviour in a screener that was broken off", said("behaviour-3-months", complete=False), "high"),
    ("the clinician judges it high", NEGATIVE | {"suicide_risk_judgement": "high"}, "high"),
    ("judged high while nothing was asked", UNASKED | {"suicide_risk_judgement": "high"}, "high"),
    ("judged high beside a lower screener", said("wish-to-be-dead", suicide_risk_judgement="high"), "high"),
    ("judged low does not lower intent", said("suicidal-thoughts", "intent", suicide_risk_judgement="low"), "high"),
    ("judged moderate does not lower intent", said("intent", suicide_risk_judgement="moderate"), "high"),
    ("a past attempt does not lower a plan", said("plan-with-intent", past_suicide_attempt=True), "high"),
    ("a method without intent", said("suicidal-thoughts", "method"), "moderate"),
    ("a method in a screener that was broken off", said("method", complete=False), "moderate"),
    ("behaviour longer ago", said("behaviour-lifetime"), "moderate"),
    ("behaviour some time, the last three months not asked", said("behaviour-lifetime", complete=False), "moderate"),
    ("a past attempt", NEGATIVE | {"past_suicide_attempt": True}, "moderate"),
    ("a past attempt while nothing was asked", UNASKED | {"past_suicide_attempt": True}, "moderate"),
    ("the clinician judges it moderate", NEGATIVE | {"suicide_risk_judgement": "moderate"}, "moderate"),
    ("judged moderate while nothing was asked", UNASKED | {"suicide_risk_judgement": "moderate"}, "moderate"),
    ("judged low does not lower a method", said("method", suicide_risk_judgement="low"), "moderate"),
    ("item 9 and nothing asked", UNASKED | phq9(12, item9=1), "unassessed"),
    ("item 9 and only the wish asked", phq9(12, 1) | BROKEN_OFF, "unassessed"),
    ("a wish to be dead, the rest not asked", said("wish-to-be-dead", complete=False), "unassessed"),
    ("thoughts, and what follows them not asked", thoughts(), "unassessed"),
    ("thoughts, the method not asked", thoughts("intent", "plan-with-intent"), "unassessed"),
    ("thoughts, the intent not asked", thoughts("method", "plan-with-intent"), "unassessed"),
    ("thoughts, the plan not asked", thoughts("method", "intent"), "unassessed"),
    ("judged low does not settle item 9", UNASKED | phq9(12, item9=2) | JUDGED_LOW, "unassessed"),
    ("a wish to be dead", said("wish-to-be-dead"), "low"),
    ("thoughts without a method", said("suicidal-thoughts"), "low"),
    ("a wish and thoughts", said("wish-to-be-dead", "suicidal-thoughts"), "low"),
    ("item 9 with a screener that is all no", NEGATIVE | phq9(12, item9=1), "low"),
    ("item 9 at its highest with a screener that is all no", NEGATIVE | phq9(12, item9=3), "low"),
    ("item 9 not answered, a screener that is all no", NEGATIVE | ITEM_9_OPEN, "low"),
    ("no PHQ-9, a screener that is all no", NEGATIVE | NO_PHQ9, "low"),
    ("item 9 not answered and nothing asked", UNASKED | ITEM_9_OPEN, "unknown"),
    ("no PHQ-9 and nothing asked", UNASKED | NO_PHQ9, "unknown"),
    ("no PHQ-9, the screener broken off", NO_PHQ9 | BROKEN_OFF, "unknown"),
    ("judged low with nothing asked", UNASKED | NO_PHQ9 | JUDGED_LOW, "unknown"),
    ("item 9 is 0 and nothing asked", UNASKED, "none"),
    ("item 9 is 0 and a screener that is all no", NEGATIVE, "none"),
    ("item 9 is 0 and the screener broken off", BROKEN_OFF, "none"),
    ("judged low with item 9 at 0", NEGATIVE | JUDGED_LOW, "none"),
    ("a past attempt denied", NEGATIVE | {"past_suicide_attempt": False}, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("story", "delta", "risk"), RISKS, ids=[row[0] for row in RISKS])
def test_suicide_risk_is_the_first_row_that_holds(story: str, delta: Facts, risk: str) -> None:
    assert assess(**delta)["scores"]["suicide_risk"] == risk


RANK = {"none": 0, "unknown": 1, "low": 1, "unassessed": 2, "moderate": 3, "high": 4}


@pytest.mark.parametrize("judgement", ["low", "moderate", "high"])
@pytest.mark.parametrize("row", RISKS, ids=[row[0] for row in RISKS])
def test_the_clinicians_judgement_raises_the_risk_and_never_lowers_it(row: RiskRow, judgement: str) -> None:
    _, delta, before = row
    after = assess(**(delta | {"suicide_risk_judgement": judgement}))["scores"]["suicide_risk"]
    if "suicide_risk_judgement" not in delta:
        assert RANK[after] >= RANK[before]
    if judgement != "low":
        assert RANK[after] >= RANK[judgement]


def test_none_is_said_only_where_item_nine_is_zero() -> None:
    answers = (True, False, None)
    for item9, wish, thoughts, lifetime in product((0, 1, 3, None), answers, answers, answers):
        screen = {"wish-to-be-dead": wish, "suicidal-thoughts": thoughts, "behaviour-lifetime": lifetime}
        facts = check({"phq9": [0] * 8 + [item9], "suicide_screen": screen})
        if scores.suicide_risk(facts) == "none":
            assert item9 == 0
            assert True not in (wish, thoughts, lifetime)


# ---------------------------------------------------------------- when the screener is complete


def screener(**answers: bool | None) -> dict[str, Any]:
    return check({"suicide_screen": {name.replace("_", "-"): value for name, value in answers.items()}})


ASKED = {"wish_to_be_dead": False, "suicidal_thoughts": False, "behaviour_lifetime": False}
THOUGHTS = ASKED | {"suicidal_thoughts": True, "method": False, "intent": False, "plan_with_intent": False}
BEHAVIOUR = ASKED | {"behaviour_lifetime": True, "behaviour_3_months": False}


def test_three_answers_of_no_complete_the_screener() -> None:
    assert scores.screen_complete(screener(**ASKED))


@pytest.mark.parametrize("left_open", sorted(ASKED))
def test_each_of_the_three_opening_questions_is_needed(left_open: str) -> None:
    assert not scores.screen_complete(screener(**(ASKED | {left_open: None})))


def test_thoughts_lead_to_method_intent_and_plan() -> None:
    assert scores.screen_complete(screener(**THOUGHTS))
    for left_open in ("method", "intent", "plan_with_intent"):
        assert not scores.screen_complete(screener(**(THOUGHTS | {left_open: None})))


def test_without_thoughts_method_intent_and_plan_need_no_answer() -> None:
    assert scores.screen_complete(screener(**(ASKED | {"wish_to_be_dead": True})))


def test_behaviour_leads_to_the_question_about_the_last_three_months() -> None:
    assert scores.screen_complete(screener(**BEHAVIOUR))
    assert not scores.screen_complete(screener(**(BEHAVIOUR | {"behaviour_3_months": None})))


def test_a_screener_that_nobody_started_is_not_complete() -> None:
    assert not scores.screen_complete({})


@pytest.mark.parametrize("question", SUICIDE_SCREEN)
def test_any_yes_makes_the_screener_positive(question: str) -> None:
    assert scores.screen_positive(check({"suicide_screen": {question: True}}))
    assert not scores.screen_positive(check({"suicide_screen": {question: False}}))
