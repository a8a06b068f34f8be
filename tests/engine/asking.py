"""How the tests ask the engine: a patient is a base and what differs, and the answer can be asked back by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guidance.checks import worked
from guidance.checks.worked import CASES, OFFERED, Answer, Facts, base, forget, merge
from guidance.engine.edition import Edition
from guidance.packaged import packaged_edition

__all__ = ["CASES", "OFFERED", "Answer", "Facts", "base", "forget", "merge"]


# ---------------------------------------------------------------- patients


def patient(start: str = "healthy-adult", unknown: Iterable[str] = (), **delta: Any) -> Facts:
    """Facts as the contract writes them."""
    return forget(merge(base(start), delta), unknown)


# What a delta often holds. They are joined with `|`.


def taking(*codes: str) -> Facts:
    """Medicines taken now."""
    return {"medicines": [{"code": code, "status": "current"} for code in codes]}


def stopped(code: str, days: int | None, *also_taken: str) -> Facts:
    """A medicine stopped some days ago (None: nobody knows when), beside others that are taken."""
    return {
        "medicines": [
            {"code": code, "status": "stopped", "stopped_days_ago": days},
            *taking(*also_taken)["medicines"],
        ]
    }


def has(*conditions: str) -> Facts:
    return {"conditions": dict.fromkeys(conditions, True)}


def flag(name: str, outcome: str | None = None) -> Facts:
    """A red flag answered yes, with what was recorded after acting on it."""
    return {"red_flags": {name: True}, "red_flag_outcomes": {name: outcome} if outcome else {}}


def phq9(total: int, item9: int = 0) -> Facts:
    """Answers that add up to a total; item 9 is part of it."""
    left, items = total - item9, []
    for place in range(8):
        items.append(min(3, -(-left // (8 - place))))
        left -= items[-1]
    if left or not 0 <= item9 <= 3:
        raise ValueError(f"no PHQ-9 has the total {total} with {item9} in item 9")
    return {"phq9": [*items, item9]}


def failed(*codes: str, outcome: str = "no-response") -> Facts:
    """Treatments tried long enough, without success."""
    return {"tried": [{"code": code, "outcome": outcome, "adequate": True} for code in codes]}


SUBACUTE: Facts = {"pain_duration_days": 50} | failed("naproxen")
"""Six weeks of pain and an NSAID that did not help: muscle relaxants are raised."""
AFTER_NSAID: Facts = failed("naproxen")
"""Chronic pain and an NSAID that did not help: tramadol is raised."""
LEG_PAIN: Facts = {"radicular": True}
"""Chronic radicular pain: gabapentin is raised."""
SCREEN_COMPLETE: Facts = {
    "wish-to-be-dead": False, "suicidal-thoughts": False, "method": False, "intent": False, "plan-with-intent": False,
    "behaviour-lifetime": False, "behaviour-3-months": False,
}  # fmt: skip
SCREEN_UNASKED: Facts = dict.fromkeys(SCREEN_COMPLETE)


# ---------------------------------------------------------------- answers


def assess_facts(facts: Mapping[str, Any], edition: Edition | None = None) -> Answer:
    """The rendered assessment of facts as the contract writes them."""
    return worked.assess_facts(edition or packaged_edition(), facts)


def assess(start: str = "healthy-adult", unknown: Iterable[str] = (), **delta: Any) -> Answer:
    """The rendered assessment of a base and what differs."""
    return assess_facts(patient(start, unknown, **delta))


def review_visit(question: Mapping[str, Any]) -> Answer:
    """The rendered review of a visit beside its baseline."""
    return worked.review_visit(packaged_edition(), question)
