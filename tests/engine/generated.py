"""Generated patients: the healthy adult, or somebody nobody has asked anything, with any differences and gaps."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from guidance.checks.patients import vocabulary
from guidance.engine.facts import (
    CONDITIONS,
    DICTIONARY,
    FLAG_OUTCOMES,
    PAIN_SITES,
    RED_FLAGS,
    SUICIDE_SCREEN,
    TRIED_OUTCOMES,
)
from guidance.packaged import packaged_edition
from tests.engine.asking import Facts, base, merge

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(usual: int = 300) -> settings:
    """How many patients a property is tried on: the same ones each time, or ten times as many new ones."""
    return settings(
        max_examples=usual * 10 if THOROUGH else usual,
        derandomize=not THOROUGH,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


MAYBE = st.sampled_from([True, False, None])
WORDS = vocabulary(packaged_edition())
OPTIONS = list(WORDS.options)


def _some(values: list[Any], most: int) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), max_size=most)


def _answers(keys: tuple[str, ...], values: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys), values, max_size=most)


def _strategy(name: str) -> st.SearchStrategy[Any]:
    """Any value of one fact, unknown among them."""
    fact = DICTIONARY[name]
    if name in WORDS.numbers:
        return st.sampled_from(WORDS.numbers[name])
    if fact.kind == "boolean":
        return MAYBE
    if fact.kind == "choice":
        return st.sampled_from([None, *fact.values])
    whole: dict[str, st.SearchStrategy[Any]] = {
        "pain_sites": _some(list(PAIN_SITES), 3),
        "peg": st.lists(st.sampled_from([None, 0, 2, 5, 10]), min_size=3, max_size=3),
        "phq9": st.one_of(
            st.lists(st.sampled_from([0, 1, 2, 3]), min_size=9, max_size=9),
            st.lists(st.sampled_from([0, 1, 3, None]), min_size=9, max_size=9),
        ),
        "red_flags": _answers(RED_FLAGS, MAYBE),
        "red_flag_outcomes": _answers(RED_FLAGS, st.sampled_from([None, *FLAG_OUTCOMES])),
        "suicide_screen": _answers(SUICIDE_SCREEN, MAYBE, 7),
        "conditions": _answers(CONDITIONS, MAYBE, 6),
        "medicines": st.lists(
            st.fixed_dictionaries(
                {
                    "code": st.sampled_from(WORDS.medicines),
                    "status": st.sampled_from(["current", "current", "current", "stopped", None]),
                },
                optional={"stopped_days_ago": st.sampled_from(WORDS.days_stopped)},
            ),
            max_size=4,
        ),
        "unrecognised_medicines": _some(["blue tablets", "back tea"], 2),
        "allergies": _some(list(WORDS.allergies), 2),
        "tried": st.lists(
            st.fixed_dictionaries(
                {"code": st.sampled_from(WORDS.tried)},
                optional={"outcome": st.sampled_from([None, *TRIED_OUTCOMES]), "adequate": MAYBE},
            ),
            max_size=4,
        ),
        "chosen": _some(OPTIONS, 3),
        "replaces": _some(["sertraline", "amitriptyline", "naproxen"], 1),
    }
    if name in ("chosen", "replaces"):
        return whole[name]
    return st.one_of(whole[name], whole[name], whole[name], st.none())


STRATEGIES = {name: _strategy(name) for name in DICTIONARY}


@st.composite
def _differences(draw: st.DrawFn) -> Facts:
    """A few facts, so that one of them still decides: a patient with everything wrong is refused everything anyway."""
    names = draw(st.lists(st.sampled_from(sorted(STRATEGIES)), max_size=8, unique=True))
    return {name: draw(STRATEGIES[name]) for name in names}


DIFFERENCES = _differences()


def _patient(start: str, differences: Facts) -> Facts:
    return merge(base(start), differences)


PATIENTS = st.builds(
    _patient, st.sampled_from(["healthy-adult", "healthy-adult", "healthy-adult", "blank"]), DIFFERENCES
)
"""Facts as the contract writes them."""
