"""Follow-up answers -> what the engine's review is asked: the facts of today, adherence and side effects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from guidance.engine.edition import Edition
from guidance.engine.facts import CONDITIONS, RED_FLAGS
from guidance.engine.review import SIDE_EFFECTS
from patients.intake import mapping
from patients.intake.mapping import NameBook
from patients.models import Plan, PlanItem

NO_FLAGS = dict.fromkeys(RED_FLAGS, False)


def expected_medicines(plan: Plan, items: list[PlanItem], edition: Edition) -> list[tuple[str, bool, str]]:
    """(name, stopped, days stopped) of what the patient should be taking by the plan: the list at the plan's
    assessment, without what was replaced, with what was accepted."""
    rows: list[tuple[str, bool, str]] = []
    replaced = {code for item in items if item.is_in_plan for code in item.replaces}
    accepted = [
        item.code
        for item in items
        if item.is_in_plan and item.code in edition.medicines and edition.options[item.code].is_medicine
    ]
    for entry in plan.facts.get("medicines") or []:
        code = entry["code"]
        if code not in replaced and code not in accepted:
            name = edition.medicines[code].name if code in edition.medicines else code
            days = entry.get("stopped_days_ago")
            rows.append((name, entry.get("status") == "stopped", "" if days is None else str(days)))
    rows.extend((edition.medicines[code].name, False, "") for code in accepted)
    rows.extend((name, False, "") for name in plan.facts.get("unrecognised_medicines") or [])
    return rows


def question_of(
    cleaned: Mapping[str, Any], *, baseline: Mapping[str, Any], age: int, start: date, contact: date, names: NameBook
) -> dict[str, Any]:
    """The review question of the contract. ``start``: the day the plan was signed; ``contact``: the day of the visit;
    ``age``: completed years on that day."""
    now: dict[str, Any] = {"age_years": age}
    items = mapping.phq9_items(cleaned)
    if items is not None:
        now["phq9"] = items
    if cleaned.get("phq9_difficulty"):
        now["phq9_difficulty"] = int(cleaned["phq9_difficulty"])
    peg = mapping.peg_items(cleaned)
    if peg is not None:
        now["peg"] = peg
    mapping.safety_facts(cleaned, now)
    answer = cleaned.get("new_flags")
    if answer == "no":
        now["red_flags"] = dict(NO_FLAGS)
    elif answer == "yes":
        mapping.red_flag_facts(cleaned, now)
    if cleaned.get("serotonin_signs") in ("yes", "no"):
        now["serotonin_signs"] = cleaned["serotonin_signs"] == "yes"
    mapping.measurement_facts(cleaned, now)
    new = [code for code in cleaned.get("new_conditions") or [] if code in CONDITIONS]
    if new:
        now["conditions"] = dict.fromkeys(new, True)
    if cleaned.get("pregnancy") not in (None, "", "unknown", "no-change"):
        now["pregnancy"] = cleaned["pregnancy"]
    if cleaned.get("pregnancy_weeks") is not None:
        now["pregnancy_weeks"] = cleaned["pregnancy_weeks"]
    mapping.medicine_facts(cleaned, now, names)
    effects = [
        {"code": code, "severity": cleaned[f"effect_{code}"]}
        for code in SIDE_EFFECTS
        if cleaned.get(f"effect_{code}") in ("mild", "significant")
    ]
    plain = {name: value for name, value in baseline.items() if name not in ("chosen", "replaces")}
    return {
        "baseline": plain,
        "now": now,
        "day": max((contact - start).days, 0),
        "adherence": cleaned.get("adherence") or None,
        "side_effects": effects,
    }
