"""What comes in: every fact is checked, a bad one is named, and unknown stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from guidance.engine.facts import CONDITIONS, DICTIONARY, FactError, Medicine, Tried, check, entries
from tests.engine.asking import Facts, assess, taking

NUMBERS = {name: fact for name, fact in DICTIONARY.items() if fact.kind in ("integer", "number")}
YES_NO = sorted(name for name, fact in DICTIONARY.items() if fact.kind == "boolean")
CHOICES = sorted(name for name, fact in DICTIONARY.items() if fact.kind == "choice")
LISTS = sorted(
    name for name, fact in DICTIONARY.items() if fact.kind in ("items", "set", "codes", "texts", "medicines", "tried")
)
MAPS = sorted(name for name, fact in DICTIONARY.items() if fact.kind == "map")


def problems_of(facts: Any) -> list[tuple[str, str]]:
    """(fact, reason) of everything that was refused."""
    with pytest.raises(FactError) as refused:
        check(facts)
    return refused.value.problems


def only_problem(facts: Any) -> tuple[str, str]:
    (problem,) = problems_of(facts)
    return problem


def test_a_healthy_adult_of_whom_everything_is_known_is_accepted(healthy: Facts) -> None:
    known = check(healthy)
    left_open = {"pregnancy_weeks", "suicide_risk_judgement"}
    assert {name for name in DICTIONARY if DICTIONARY[name].kind != "map"} - set(known) == left_open
    assert {f"conditions.{name}" for name in CONDITIONS} <= set(known)


def test_nothing_asked_yet_is_accepted_and_nothing_is_known() -> None:
    assert check({}) == {}


@pytest.mark.parametrize("given", [None, [], "45", 45, True])
def test_a_patient_is_an_object_of_facts(given: Any) -> None:
    fact, reason = only_problem(given)
    assert fact == "facts"
    assert "object" in reason


# ---------------------------------------------------------------- unknown is not no


@pytest.mark.parametrize("name", sorted(DICTIONARY))
def test_null_means_unknown_and_nothing_else(name: str) -> None:
    assert name not in check({name: None})


@pytest.mark.parametrize("name", YES_NO)
def test_no_is_kept_apart_from_unknown(name: str) -> None:
    assert check({name: False}) == {name: False}
    assert check({name: True}) == {name: True}


def test_zero_is_kept_apart_from_unknown() -> None:
    assert check({"egfr": 0, "pain_duration_days": 0, "phq9_difficulty": 0}) == {
        "egfr": 0,
        "pain_duration_days": 0,
        "phq9_difficulty": 0,
    }


def test_an_entry_of_a_map_may_be_yes_no_or_not_asked() -> None:
    given = {"conditions": {"falls": True, "diabetes": False, "heart-failure": None}}
    assert check(given) == {"conditions.falls": True, "conditions.diabetes": False}


def test_an_empty_medicine_list_is_an_answer_and_no_list_is_none() -> None:
    assert check({"medicines": []}) == {"medicines": ()}
    assert "medicines" not in check({"medicines": None})


def test_a_questionnaire_keeps_its_open_items_open() -> None:
    assert check({"peg": [5, None, 4]}) == {"peg": (5, None, 4)}
    assert check({"phq9": [None] * 9}) == {"phq9": (None,) * 9}


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_number_is_accepted_at_both_ends_of_its_range(name: str) -> None:
    fact = NUMBERS[name]
    assert check({name: fact.low}) == {name: fact.low}
    assert check({name: fact.high}) == {name: fact.high}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_number_just_outside_its_range_is_refused_with_the_range(name: str) -> None:
    fact = NUMBERS[name]
    assert fact.low is not None
    assert fact.high is not None
    for value in (fact.low - 1, fact.high + 1):
        refused, reason = only_problem({name: value})
        assert refused == name
        assert f"{fact.low:g} to {fact.high:g}" in reason


@pytest.mark.parametrize("name", sorted(NUMBERS))
@pytest.mark.parametrize("value", ["50", True, False, [], {}, float("nan"), float("inf")])
def test_what_is_no_number_is_refused(name: str, value: Any) -> None:
    assert only_problem({name: value})[0] == name


def test_a_whole_number_is_asked_for_where_halves_make_no_sense() -> None:
    assert only_problem({"age_years": 45.5})[0] == "age_years"
    assert only_problem({"qtc_ms": 410.5})[0] == "qtc_ms"
    assert check({"egfr": 59.9, "sodium_mmol_l": 134.5}) == {"egfr": 59.9, "sodium_mmol_l": 134.5}


def test_a_child_is_outside_the_guidance() -> None:
    assert only_problem({"age_years": 17})[0] == "age_years"


RANGES = {
    "age_years": (18, 120), "pregnancy_weeks": (0, 45), "pain_duration_days": (0, 36500), "phq9_difficulty": (0, 3),
    "egfr": (0, 200), "qtc_ms": (200, 800), "sodium_mmol_l": (90, 190), "systolic_mmhg": (50, 300),
    "diastolic_mmhg": (20, 200), "phq9": (0, 3), "peg": (0, 10),
}  # fmt: skip
CODES = {
    "conditions": 29, "red_flags": 8, "red_flag_outcomes": 8, "suicide_screen": 7, "pain_sites": 10, "pregnancy": 4,
    "sex_at_birth": 3, "suicide_risk_judgement": 3, "prefers_medicines": 3, "prefers_therapy": 3,
}  # fmt: skip


def test_the_ranges_and_the_number_of_codes_are_those_of_the_contract() -> None:
    assert {fact.name: (fact.low, fact.high) for fact in DICTIONARY.values() if fact.low is not None} == RANGES
    found = {fact.name: len(fact.keys or fact.values) for fact in DICTIONARY.values() if fact.keys or fact.values}
    assert found == CODES
    assert len(DICTIONARY) == 51


# ---------------------------------------------------------------- yes or no, choices


@pytest.mark.parametrize("name", YES_NO)
@pytest.mark.parametrize("value", ["yes", "false", 0, 1, [], {}])
def test_yes_or_no_is_true_or_false_and_nothing_like_it(name: str, value: Any) -> None:
    fact, reason = only_problem({name: value})
    assert fact == name
    assert "true or false" in reason


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["", "Female ", 1, True, []])
def test_a_choice_outside_the_list_is_refused_with_the_list(name: str, value: Any) -> None:
    fact, reason = only_problem({name: value})
    assert fact == name
    assert all(choice in reason for choice in DICTIONARY[name].values)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_the_list_is_accepted(name: str) -> None:
    for value in DICTIONARY[name].values:
        assert check({name: value}) == {name: value}


# ---------------------------------------------------------------- questionnaires


@pytest.mark.parametrize(("name", "length"), [("phq9", 9), ("peg", 3)])
def test_a_questionnaire_has_exactly_its_items(name: str, length: int) -> None:
    for items in ([1] * (length - 1), [1] * (length + 1), []):
        fact, reason = only_problem({name: items})
        assert fact == name
        assert str(length) in reason


@pytest.mark.parametrize(("name", "length", "highest"), [("phq9", 9, 3), ("peg", 3, 10)])
def test_an_item_outside_its_range_is_named_by_its_place(name: str, length: int, highest: int) -> None:
    for bad in (-1, highest + 1, 1.0, "1", True):
        items: list[Any] = [1] * length
        items[1] = bad
        assert only_problem({name: items})[0] == f"{name}[2]"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", [{}, "ibuprofen", 3, True])
def test_a_list_is_a_list(name: str, value: Any) -> None:
    assert only_problem({name: value})[0] == name


# ---------------------------------------------------------------- maps and lists


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("value", [[], "none", 3, True])
def test_a_map_is_an_object(name: str, value: Any) -> None:
    assert only_problem({name: value})[0] == name


@pytest.mark.parametrize("name", MAPS)
def test_a_code_that_the_map_does_not_know_is_named(name: str) -> None:
    assert only_problem({name: {"hay-fever": True}})[0] == f"{name}.hay-fever"


@pytest.mark.parametrize("value", ["yes", 1, "excluded"])
def test_a_condition_is_answered_yes_or_no(value: Any) -> None:
    assert only_problem({"conditions": {"falls": value}})[0] == "conditions.falls"


@pytest.mark.parametrize("value", [True, "cleared", 1])
def test_the_outcome_of_a_red_flag_is_one_of_three(value: Any) -> None:
    fact, reason = only_problem({"red_flag_outcomes": {"fracture": value}})
    assert fact == "red_flag_outcomes.fracture"
    assert "excluded, referred, treated" in reason


def test_a_pain_site_outside_the_body_map_is_refused() -> None:
    assert only_problem({"pain_sites": ["lower-back", "left-ear"]})[0] == "pain_sites"
    assert check({"pain_sites": ["neck", "neck"]}) == {"pain_sites": frozenset(["neck"])}


def test_a_medicine_is_named_by_its_place_in_the_list() -> None:
    for entry, where in [
        ("ibuprofen", "medicines[2]"),
        ({"status": "current"}, "medicines[2].code"),
        ({"code": " "}, "medicines[2].code"),
        ({"code": 5}, "medicines[2].code"),
        ({"code": "ibuprofen", "status": "sometimes"}, "medicines[2].status"),
        ({"code": "ibuprofen", "status": True}, "medicines[2].status"),
        ({"code": "ibuprofen", "stopped_days_ago": -1}, "medicines[2].stopped_days_ago"),
        ({"code": "ibuprofen", "stopped_days_ago": 2.5}, "medicines[2].stopped_days_ago"),
        ({"code": "ibuprofen", "dose": "400 mg"}, "medicines[2].dose"),
    ]:
        assert only_problem({"medicines": [{"code": "omeprazole"}, entry]})[0] == where


def test_a_treatment_tried_is_named_by_its_place_in_the_list() -> None:
    for entry, where in [
        ("cbt", "tried[1]"),
        ({"outcome": "helped"}, "tried[1].code"),
        ({"code": "cbt", "outcome": "good"}, "tried[1].outcome"),
        ({"code": "cbt", "outcome": "helped", "adequate": "yes"}, "tried[1].adequate"),
        ({"code": "cbt", "weeks": 8}, "tried[1].weeks"),
    ]:
        assert only_problem({"tried": [entry]})[0] == where


@pytest.mark.parametrize("name", ["allergies", "chosen", "replaces", "unrecognised_medicines"])
def test_a_list_of_codes_holds_texts_only(name: str) -> None:
    for entry in (5, None, "", "  ", {"code": "nsaid"}):
        assert only_problem({name: [entry]})[0] == name


def test_what_is_left_open_in_a_list_stays_unknown() -> None:
    known = check({"medicines": [{"code": "phenelzine"}], "tried": [{"code": "cbt"}]})
    assert known["medicines"] == (Medicine("phenelzine", None, None),)
    assert known["tried"] == (Tried("cbt", None, None),)


def test_codes_are_read_in_lower_case_with_hyphens() -> None:
    assert check({"allergies": ["  Mefenamic  Acid "]}) == {"allergies": ("mefenamic-acid",)}
    assert check({"medicines": [{"code": "Methylene Blue"}]})["medicines"][0].code == "methylene-blue"


def test_what_a_person_typed_is_kept_as_typed() -> None:
    assert check({"unrecognised_medicines": ["Dr Li's Back Tonic "]}) == {
        "unrecognised_medicines": ("Dr Li's Back Tonic",)
    }


# ---------------------------------------------------------------- names


def test_a_fact_outside_the_contract_is_refused_by_name() -> None:
    fact, reason = only_problem({"shoe_size": 42})
    assert fact == "shoe_size"
    assert "not a fact" in reason


def test_everything_that_is_wrong_is_named_at_once() -> None:
    found = [
        fact for fact, _ in problems_of({"age_years": 12, "egfr": "low", "conditions": {"flu": True}, "phq9": [1]})
    ]
    assert found == ["age_years", "egfr", "conditions.flu", "phq9"]


def test_the_message_names_every_fact_with_its_reason() -> None:
    with pytest.raises(FactError, match=r"age_years: .*120.*; radicular: must be true or false"):
        check({"age_years": 121, "radicular": "no"})


def test_an_id_is_allowed_and_is_no_fact() -> None:
    assert check({"id": "patient 7"}) == {}
    assert only_problem({"id": 7})[0] == "id"


def test_a_refusal_quotes_at_most_a_little_of_what_was_given() -> None:
    _, reason = only_problem({"pregnancy": "x" * 5000})
    assert len(reason) < 300


def test_every_entry_of_every_map_can_be_read_by_a_rule() -> None:
    assert {
        "conditions.falls",
        "red_flags.cancer",
        "suicide_screen.intent",
        "red_flag_outcomes.fracture",
    } <= set(entries())
    assert "conditions" not in entries()


# ---------------------------------------------------------------- never refused


@pytest.mark.parametrize("code", ["moonwort", "Grandmother's drops", "99213", "ibuprofen-lysine-forte"])
def test_a_medicine_that_the_catalogue_does_not_hold_is_reported_and_never_refused(code: str) -> None:
    answer = assess(**taking(code))
    assert [alert["about"] for alert in answer.alerts_of("MED-UNRECOGNISED")] == [
        check(taking(code))["medicines"][0].code
    ]
    assert answer.status("duloxetine") == "needs-information"


def test_an_allergy_that_matches_nothing_is_never_refused() -> None:
    assert assess(allergies=["moonwort"]).status("ibuprofen") == "needs-information"


def test_a_choice_that_is_no_intervention_is_refused_by_name() -> None:
    with pytest.raises(FactError) as refused:
        assess(chosen=["duloxetine", "leeches"])
    assert refused.value.problems == [("chosen", "leeches is not an intervention code")]
