"""How the tests ask the engine: a patient is a base and what differs, and the answer can be asked back by code."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from guidance.engine.edition import Edition
from guidance.engine.evaluate import evaluate, render
from guidance.engine.facts import check
from guidance.engine.review import check_visit, render_review, review
from guidance.packaged import packaged_edition

CASES = Path(__file__).resolve().parent.parent / "cases"
OFFERED = ("offer", "caution")
Facts = dict[str, Any]


# ---------------------------------------------------------------- patients


@lru_cache(maxsize=1)
def _bases() -> dict[str, Facts]:
    return yaml.safe_load((CASES / "base.yaml").read_text(encoding="utf-8"))


def base(name: str = "healthy-adult") -> Facts:
    """A fresh copy of a starting point of tests/cases/base.yaml."""
    return copy.deepcopy(_bases()[name])


def merge(under: Mapping[str, Any], over: Mapping[str, Any] | None) -> Facts:
    """What a case states laid over its base: maps key by key, anything else as a whole."""
    out = copy.deepcopy(dict(under))
    for name, value in (over or {}).items():
        if isinstance(value, Mapping) and isinstance(out.get(name), Mapping):
            out[name] = {**out[name], **value}
        else:
            out[name] = copy.deepcopy(value)
    return out


def forget(facts: Facts, names: Iterable[str]) -> Facts:
    """Make facts unknown; an entry of a map by its dotted name."""
    for name in names:
        fact, _, key = name.partition(".")
        if key:
            facts.setdefault(fact, {})[key] = None
        else:
            facts[fact] = None
    return facts


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


class Answer(dict[str, Any]):
    """A rendered assessment or review."""

    def entries(self, code: str) -> list[dict[str, Any]]:
        return [entry for entry in self.get("options", ()) if entry["code"] == code]

    def status(self, code: str) -> str:
        """The status of an option, the same in each of its sections; "absent" when it is not listed."""
        found = {entry["status"] for entry in self.entries(code)}
        if len(found) > 1:
            raise AssertionError(f"{code} has more than one status: {sorted(found)}")
        return found.pop() if found else "absent"

    def statuses(self, *codes: str) -> dict[str, str]:
        return {code: self.status(code) for code in codes}

    def reasons(self, code: str) -> set[str]:
        return {reason["code"] for entry in self.entries(code) for reason in entry["reasons"]}

    def reason_refs(self, code: str) -> set[str]:
        return {reason["ref"] for entry in self.entries(code) for reason in entry["reasons"]}

    def missing_for(self, code: str) -> set[str]:
        return {name for entry in self.entries(code) for name in entry["missing"]}

    def override(self, code: str) -> str:
        (found,) = {entry["override"] for entry in self.entries(code)}
        return str(found)

    def dose(self, code: str) -> str:
        return str(self.entries(code)[0]["dose"])

    def offered(self) -> set[str]:
        return {entry["code"] for entry in self.get("options", ()) if entry["status"] in OFFERED}

    def alert_codes(self) -> set[str]:
        return {alert["code"] for alert in self["alerts"]}

    def alert_refs(self) -> set[str]:
        return {alert["ref"] for alert in self["alerts"]}

    def alerts_of(self, code: str) -> list[dict[str, Any]]:
        return [alert for alert in self["alerts"] if alert["code"] == code]

    def alert(self, code: str) -> dict[str, Any]:
        """The one alert of a code."""
        (found,) = self.alerts_of(code)
        return found

    def current_review(self) -> dict[str, str]:
        """Medicine -> severity, for every medicine taken now that is to be reviewed today."""
        return {alert["about"]: alert["severity"] for alert in self.alerts_of("CX-CURRENT")}

    def days(self, code: str) -> list[int]:
        return [row["day"] for row in self["monitoring"] if row["code"] == code]

    def statements(self) -> set[str]:
        return {row["code"] for row in self["statements"]}

    def missing(self) -> set[str]:
        return {entry["fact"] for entry in self["missing"]}

    def steps(self) -> set[str]:
        return {step["code"] for step in self["next_steps"]}


def assess_facts(facts: Mapping[str, Any], edition: Edition | None = None) -> Answer:
    """The rendered assessment of facts as the contract writes them."""
    edition = edition or packaged_edition()
    return Answer(render(edition, evaluate(edition, check(facts))))


def assess(start: str = "healthy-adult", unknown: Iterable[str] = (), **delta: Any) -> Answer:
    """The rendered assessment of a base and what differs."""
    return assess_facts(patient(start, unknown, **delta))


def review_visit(question: Mapping[str, Any]) -> Answer:
    """The rendered review of a visit beside its baseline."""
    edition = packaged_edition()
    return Answer(render_review(edition, review(edition, check_visit(question))))
