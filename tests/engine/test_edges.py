"""Edges of the engine's judgement that nothing else holds: each test fails when its one line is broken."""

from __future__ import annotations

from typing import Any

import pytest

from guidance.engine.evaluate import Evaluation
from guidance.engine.facts import check
from guidance.engine.reading import read_edition
from guidance.engine.situation import Situation
from tests.engine.asking import failed, has, patient, stopped, taking
from tests.engine.little import SOURCE, document

# ------------------------------------------------------------------------------------------------ unknown is not no


@pytest.mark.parametrize("unknown", ["conditions.active-gi-bleed-or-ulcer", "conditions.severe-heart-failure"])
def test_what_may_rule_out_every_nsaid_leaves_open_what_comes_after_them(assess, unknown):
    """Whether every NSAID is withheld cannot be told: tramadol behind them is asked about, not left out."""
    answer = assess(unknown=[unknown])
    assert answer.status("tramadol") == "needs-information"
    assert unknown in answer.missing_for("tramadol")


def test_allergies_that_nobody_asked_for_leave_open_what_comes_after_the_nsaids(assess):
    answer = assess(unknown=["allergies", "allergies_complete"])
    assert answer.status("tramadol") == "needs-information"
    assert "allergies_complete" in answer.missing_for("tramadol")


def test_where_no_nsaid_can_be_ruled_out_nothing_comes_after_them(assess):
    assert assess().status("tramadol") == "absent"


def test_where_every_nsaid_is_ruled_out_what_comes_after_them_is_offered(assess):
    assert assess(**has("active-gi-bleed-or-ulcer")).status("tramadol") in ("offer", "caution")


# ------------------------------------------------------------------------------------------------ what is replaced


def test_a_medicine_that_is_replaced_is_not_one_of_two_any_more(assess):
    """Of two antidepressants taken now one is replaced: that one is not reviewed for standing beside the other."""
    both = taking("sertraline", "venlafaxine") | {"chosen": ["duloxetine"]}
    assert {"sertraline", "venlafaxine"} <= assess(**both).current_review().keys()
    review = assess(**both, replaces=["sertraline"]).current_review()
    assert "sertraline" not in review


def test_an_nsaid_that_is_replaced_is_not_one_of_two_any_more(assess):
    both = taking("naproxen", "ibuprofen") | {"chosen": ["celecoxib"]}
    assert {"naproxen", "ibuprofen"} <= assess(**both).current_review().keys()
    assert "naproxen" not in assess(**both, replaces=["naproxen"]).current_review()


# ------------------------------------------------------------------------------------------------ sides of their own


def three_sides(*taken: str) -> int:
    """How strongly a row of three sides, a sleepy and two calming medicines, speaks against dozeline."""
    made = document()
    made["rows"]["interactions"] = [
        {
            "code": "IX-THREE",
            "members": [["sleepy"], ["calming"], ["calming"]],
            "title": "Three",
            "text": "Three at once.",
            "effects": [{"affects": ["sleepy"], "effect": "A", "text": "Three at once."}],
            "sources": SOURCE,
        }
    ]
    edition = read_edition(made)
    facts: dict[str, Any] = {"age_years": 40, "medicines_complete": True, "tried": [], **taking(*taken)}
    judged = Evaluation(edition, Situation(edition, check(facts))).judge("dozeline")
    return sum(found.code == "IX-THREE" for found in judged.found)


@pytest.mark.parametrize(("taken", "holds"), [(("napine",), 0), (("calmol",), 0), (("napine", "calmol"), 1), ((), 0)])
def test_one_medicine_does_not_fill_two_sides_of_an_interaction(taken, holds):
    assert three_sides(*taken) == holds


# ------------------------------------------------------------------------------------------------ stopped twice


@pytest.mark.parametrize("days", [(5, 20), (20, 5)])
def test_of_a_medicine_that_was_stopped_twice_the_last_stop_counts(edition, assess, days):
    facts = {"medicines": [{"code": "fluoxetine", "status": "stopped", "stopped_days_ago": number} for number in days]}
    assert Situation(edition, check(patient(**facts))).lingering == {"fluoxetine": 5}
    answer = assess(**facts, **failed("naproxen"))
    said = {entry["value"] for one in answer.entries("tramadol") for why in one["reasons"] for entry in why["because"]
            if entry["fact"] == "medicines"}  # fmt: skip
    assert said == {"fluoxetine, stopped 5 days ago"}


def test_a_stop_that_acts_no_more_does_not_count(edition):
    assert Situation(edition, check(patient(**stopped("fluoxetine", 35)))).lingering == {}
    assert Situation(edition, check(patient(**stopped("fluoxetine", 34)))).lingering == {"fluoxetine": 34}
