"""Criteria in three values: what a rule asks, why it holds, and what would tell when it cannot be told."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.engine import criteria as c
from guidance.engine.facts import check
from guidance.engine.situation import Situation
from guidance.packaged import packaged_edition
from tests.engine import little
from tests.engine.asking import Facts, failed, stopped, taking
from tests.engine.little import ask, edition_with

YES = {"fact": "radicular", "is": True}
NO = {"fact": "psychosis", "is": True}
OPEN = {"fact": "mania_history", "is": True}
THREE: dict[bool | None, Any] = {True: YES, False: NO, None: OPEN}
SOMEBODY: Facts = {"radicular": True, "psychosis": False, "medicines": [], "medicines_complete": True, "tried": []}


def value(criterion: Any, facts: Facts | None = None, **extra: Any) -> bool | None:
    return ask(criterion, SOMEBODY | (facts or {}), **extra)[0]


# ---------------------------------------------------------------- Kleene's tables

AND = {
    (True, True): True, (True, False): False, (True, None): None,
    (False, False): False, (False, None): False, (None, None): None,
}  # fmt: skip
OR = {
    (True, True): True, (True, False): True, (True, None): True,
    (False, False): False, (False, None): None, (None, None): None,
}  # fmt: skip


@pytest.mark.parametrize(("one", "two"), list(product(THREE, repeat=2)))
def test_all_and_any_follow_kleenes_tables_in_either_order(one: bool | None, two: bool | None) -> None:
    both = [THREE[one], THREE[two]]
    assert value({"all": both}) is AND.get((one, two), AND.get((two, one)))
    assert value({"any": both}) is OR.get((one, two), OR.get((two, one)))


@pytest.mark.parametrize(("inner", "outer"), [(True, False), (False, True), (None, None)])
def test_not_turns_yes_and_no_and_leaves_unknown_unknown(inner: bool | None, outer: bool | None) -> None:
    assert value({"not": THREE[inner]}) is outer


@pytest.mark.parametrize("answers", list(product(THREE, repeat=3)))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_count_is_decided_only_when_the_unknown_cannot_change_it(
    answers: tuple[bool | None, ...], count: int
) -> None:
    sure, possible = answers.count(True), answers.count(True) + answers.count(None)
    expected = True if sure >= count else (False if possible < count else None)
    assert value({"count": count, "of": [THREE[answer] for answer in answers]}) is expected


def test_a_count_of_one_is_any_and_a_count_of_all_is_all() -> None:
    for answers in product(THREE, repeat=3):
        parts = [THREE[answer] for answer in answers]
        assert value({"count": 1, "of": parts}) is value({"any": parts})
        assert value({"count": 3, "of": parts}) is value({"all": parts})


# ---------------------------------------------------------------- one fact


@pytest.mark.parametrize(
    ("comparison", "operand", "below", "at", "above"),
    [
        ("at_least", 65, False, True, True),
        ("at_most", 65, True, True, False),
        ("above", 65, False, False, True),
        ("below", 65, True, False, False),
        ("is", 65, False, True, False),
        ("is_not", 65, True, False, True),
        ("one_of", [65, 66], False, True, True),
    ],
)
def test_a_comparison_is_exact_at_its_edge(comparison: str, operand: Any, below: bool, at: bool, above: bool) -> None:
    criterion = {"fact": "age_years", comparison: operand}
    assert [value(criterion, {"age_years": age}) for age in (64, 65, 66)] == [below, at, above]


@pytest.mark.parametrize("comparison", ["at_least", "at_most", "above", "below", "is", "is_not"])
def test_a_comparison_with_an_unknown_fact_is_unknown(comparison: str) -> None:
    found, because, missing = ask({"fact": "age_years", comparison: 65}, SOMEBODY)
    assert (found, because, missing) == (None, [], ["age_years"])


def test_a_condition_is_yes_no_or_unknown() -> None:
    falls = {"condition": "falls"}
    assert value(falls, {"conditions": {"falls": True}}) is True
    assert value(falls, {"conditions": {"falls": False}}) is False
    assert ask(falls, SOMEBODY) == (None, [], ["conditions.falls"])


def test_known_is_itself_never_unknown() -> None:
    for wanted in (True, False):
        asked = {"fact": "egfr", "known": wanted}
        assert value(asked) is not wanted
        assert value(asked, {"egfr": 0}) is wanted
        assert ask(asked, SOMEBODY)[2] == []


def test_a_derived_fact_asks_for_what_would_make_it_known() -> None:
    assert ask({"fact": "phq9_total", "at_least": 10}, {"phq9": [1] * 8 + [None]})[2] == ["phq9"]
    assert ask({"fact": "pain_phase", "is": "chronic"}, {})[2] == ["pain_duration_days"]
    assert ask({"fact": "pregnant", "is": True}, {"sex_at_birth": "female", "age_years": 30})[2] == ["pregnancy"]


# ---------------------------------------------------------------- medicines

SLEEPY = {"taking": ["sleepy"]}


def test_taking_is_read_from_a_list_that_is_known_to_be_complete() -> None:
    assert ask(SLEEPY, SOMEBODY | taking("dozeline")) == (True, [("medicines", "dozeline")], [])
    assert value(SLEEPY, taking("calmol")) is False
    assert value(SLEEPY) is False


def test_taking_by_any_code_of_the_ingredient() -> None:
    assert value(SLEEPY, taking("dozelin")) is True
    assert value(SLEEPY, taking("Dozeline")) is True


def test_a_member_of_a_narrower_class_is_a_member_of_the_wider_one() -> None:
    assert value({"taking": ["calming"]}, taking("dozeline")) is True
    assert value(SLEEPY, taking("calmol")) is False


def test_a_list_that_is_not_complete_rules_nothing_out() -> None:
    for facts, asked_for in [
        ({"medicines": None}, ["medicines"]),
        ({"medicines": None, "medicines_complete": None}, ["medicines", "medicines_complete"]),
        ({"medicines_complete": False}, ["medicines_complete"]),
        ({"medicines_complete": None}, ["medicines_complete"]),
    ]:
        assert ask(SLEEPY, SOMEBODY | facts) == (None, [], asked_for)


def test_a_list_that_is_not_complete_still_says_what_stands_in_it() -> None:
    assert value(SLEEPY, taking("dozeline") | {"medicines_complete": False}) is True


def test_a_medicine_of_which_nobody_said_whether_it_is_taken_is_unknown() -> None:
    assert ask(SLEEPY, SOMEBODY | {"medicines": [{"code": "dozeline"}]}) == (None, [], ["medicines"])
    assert value({"taking": ["blocker"]}, {"medicines": [{"code": "dozeline"}]}) is False


def test_a_stopped_medicine_is_not_taken() -> None:
    assert value(SLEEPY, stopped("dozeline", 0)) is False
    assert value(SLEEPY, stopped("dozeline", None)) is False


@pytest.mark.parametrize(("days", "acts"), [(0, True), (13, True), (14, False), (None, None)])
def test_a_medicine_that_lingers_acts_to_the_last_day_of_its_window(days: int | None, acts: bool | None) -> None:
    assert value({"taking": ["blocker"], "stopped": True}, stopped("lingerine", days)) is acts
    assert value({"taking": ["blocker"]}, stopped("lingerine", days)) is False


def test_the_last_dose_counts_where_a_medicine_was_stopped_twice() -> None:
    twice = {
        "medicines": [
            {"code": "lingerine", "status": "stopped", "stopped_days_ago": 90},
            {"code": "lingerine", "status": "stopped", "stopped_days_ago": 3},
        ]
    }
    assert ask({"taking": ["blocker"], "stopped": True}, SOMEBODY | twice)[:2] == (
        True,
        [("medicines", "lingerine, stopped 3 days ago")],
    )


def test_a_medicine_stopped_yesterday_is_told_in_good_english() -> None:
    because = ask({"taking": ["blocker"], "stopped": True}, SOMEBODY | stopped("lingerine", 1))[1]
    assert because == [("medicines", "lingerine, stopped 1 day ago")]


def test_a_medicine_that_does_not_linger_is_gone_whenever_it_was_stopped() -> None:
    assert value({"taking": ["sleepy"], "stopped": True}, stopped("dozeline", None)) is False


def test_ever_reads_the_past_as_well() -> None:
    assert value({"taking": ["sleepy"], "ever": True}, stopped("dozeline", 900)) is True


def test_chosen_counts_only_where_the_rule_says_so() -> None:
    chosen = {"chosen": ["dozeline"]}
    assert value(SLEEPY, chosen) is False
    assert ask({"taking": ["sleepy"], "or": "chosen"}, SOMEBODY | chosen)[:2] == (True, [("chosen", "dozeline")])
    assert value({"taking": ["sleepy"], "only": "chosen"}, chosen) is True
    assert value({"taking": ["sleepy"], "only": "new"}, chosen) is True
    assert value({"taking": ["sleepy"], "only": "new"}, chosen | taking("dozeline")) is False


def test_what_is_chosen_is_never_unknown() -> None:
    for scope in ("chosen", "new"):
        assert value({"taking": ["sleepy"], "only": scope}, {"medicines": None}) is False


def test_a_count_of_medicines_counts_the_doubtful_ones_as_doubt() -> None:
    two = {"taking": ["sleepy"], "count": 2}
    assert value(two, taking("dozeline")) is False
    assert value(two, taking("dozeline", "napine")) is True
    doubtful = {"medicines": [*taking("dozeline")["medicines"], {"code": "napine"}]}
    assert ask(two, SOMEBODY | doubtful)[::2] == (None, ["medicines"])


def test_what_a_switch_replaces_can_be_left_out() -> None:
    switch = taking("dozeline") | {"replaces": ["dozelin"]}
    assert value({"taking": ["sleepy"], "kept": True}, switch) is False
    assert value(SLEEPY, switch) is True
    assert ask({"replaces": ["sleepy"]}, SOMEBODY | switch) == (True, [("replaces", "dozeline")], [])


# ---------------------------------------------------------------- tried before

POOR = {"tried": ["sleepy"], "outcomes": ["no-response", "not-tolerated"], "adequate": True}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"outcome": "no-response", "adequate": True}, True),
        ({"outcome": "no-response", "adequate": False}, False),
        ({"outcome": "no-response"}, None),
        ({"outcome": "not-tolerated"}, True),
        ({"outcome": "not-tolerated", "adequate": False}, True),
        ({"outcome": "helped", "adequate": True}, False),
        ({"outcome": "contraindicated"}, False),
        ({}, None),
    ],
)
def test_a_trial_counts_by_its_outcome_and_no_response_only_when_it_was_adequate(
    entry: Facts, expected: bool | None
) -> None:
    found, because, missing = ask(POOR, SOMEBODY | {"tried": [{"code": "dozelin", **entry}]})
    assert found is expected
    assert because == ([("tried", f"dozeline: {entry['outcome']}")] if expected else [])
    assert missing == (["tried"] if expected is None else [])


def test_what_was_tried_is_unknown_until_somebody_asked() -> None:
    assert ask(POOR, {})[::2] == (None, ["tried"])
    assert value(POOR, {"tried": []}) is False
    assert value(POOR, failed("calmol")) is False


def test_an_nsaid_that_was_never_tried_nor_ruled_out_is_not_explained_as_withheld() -> None:
    found, because, _ = ask({"inadequate": ["dozeline"]}, SOMEBODY)
    assert found is False
    assert ("conditions", "every one is withheld") not in because


# ---------------------------------------------------------------- definitions


def test_a_definition_is_read_by_its_name_and_explains_itself() -> None:
    edition = edition_with(frail={"any": [{"holds": "old"}, {"condition": "falls"}]})
    frail = c.Holds("frail")
    for facts, expected in [
        ({"age_years": 70}, (True, [("age_years", 70)], [])),
        (
            {"age_years": 40, "conditions": {"falls": False}},
            (False, [("age_years", 40), ("conditions.falls", False)], []),
        ),
    ]:
        s = Situation(edition, check(facts))
        assert (frail.value(s), frail.because(s), frail.missing(s)) == expected
    s = Situation(edition, check({"age_years": 40}))
    assert (frail.value(s), frail.missing(s)) == (None, ["conditions.falls"])


# ---------------------------------------------------------------- because and missing


def test_an_any_that_holds_is_explained_by_what_held() -> None:
    assert ask({"any": [NO, YES]}, SOMEBODY)[1] == [("radicular", True)]


def test_an_any_that_fails_is_explained_by_everything_that_failed() -> None:
    assert ask({"any": [NO, NO]}, SOMEBODY)[1] == [("psychosis", False)]


def test_an_all_that_fails_is_explained_by_what_failed() -> None:
    assert ask({"all": [YES, NO, OPEN]}, SOMEBODY)[1:] == ([("psychosis", False)], [])


def test_a_count_that_is_not_reached_is_explained_by_what_failed() -> None:
    found, because, _ = ask(
        {"count": 2, "of": [YES, NO, {"condition": "falls"}]}, SOMEBODY | {"conditions": {"falls": False}}
    )
    assert found is False
    assert {("psychosis", False), ("conditions.falls", False)} <= set(because)


def test_missing_names_every_fact_that_could_still_decide() -> None:
    both = {"all": [OPEN, {"condition": "falls"}, YES]}
    assert ask(both, SOMEBODY)[2] == ["mania_history", "conditions.falls"]


def test_what_is_already_decided_misses_nothing() -> None:
    assert ask({"any": [YES, OPEN]}, SOMEBODY)[2] == []
    assert ask({"all": [NO, OPEN]}, SOMEBODY)[2] == []


# Any tree over a few facts: the explanation is enough to reach the answer, and what is missing can change it.

NAMES = ("radicular", "psychosis", "breastfeeding", "off_work")
LEAVES = st.builds(lambda name, wanted: {"fact": name, "is": wanted}, st.sampled_from(NAMES), st.booleans())
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)
KNOWN = st.dictionaries(st.sampled_from(NAMES), st.booleans())


@settings(max_examples=150, deadline=None)
@given(tree=TREES, facts=KNOWN)
def test_the_facts_of_an_explanation_are_enough_to_reach_the_answer(tree: Any, facts: Facts) -> None:
    found, because, missing = ask(tree, facts)
    if found is None:
        assert missing
        assert not set(missing) & set(facts)
    else:
        assert missing == []
        assert all(facts[name] == told for name, told in because)
        assert ask(tree, dict(because))[0] is found


@settings(max_examples=100, deadline=None)
@given(tree=TREES, facts=KNOWN, data=st.data())
def test_learning_one_more_fact_never_turns_a_known_answer(tree: Any, facts: Facts, data: st.DataObject) -> None:
    before = ask(tree, facts)[0]
    name = data.draw(st.sampled_from(NAMES))
    if name not in facts and before is not None:
        assert ask(tree, facts | {name: data.draw(st.booleans())})[0] is before


def test_every_rule_of_the_edition_that_is_unknown_says_what_is_missing() -> None:
    edition = packaged_edition()
    rules = [row.when for row in edition.contraindications] + [d.when for d in edition.definitions.values()]
    blank = Situation(edition, check({}))
    assert sum(rule.value(blank) is None for rule in rules) > 50
    for rule in rules:
        assert (rule.value(blank) is None) is bool(rule.missing(blank))


def test_the_little_edition_is_a_well_formed_one() -> None:
    assert list(edition_with().options) == ["dozeline"]
    assert little.document() == little.document()
