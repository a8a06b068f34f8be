"""Follow-up answers -> what the engine's review is asked: the facts of today, adherence and side effects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from guidance.engine.edition import Edition
from guidance.engine.facts import CONDITIONS, RED_FLAGS, as_code
from guidance.engine.review import ONE_VISIT, SIDE_EFFECTS, visit_facts
from patients.intake import mapping
from patients.intake.mapping import NameBook
from patients.models import Decision, FollowUp, FollowUpStatus, Plan, PlanItem

NO_FLAGS = dict.fromkeys(RED_FLAGS, False)
RUNS_ON = frozenset(("age_years", "pain_duration_days", "pregnancy_weeks", "medicines"))
"""Facts that change by themselves with the days."""
TRIED_ROWS = 4
"""Lines for what came of a treatment since the plan."""


def last_visit(plan: Plan) -> FollowUp | None:
    """The plan's follow-up that was completed last."""
    return plan.follow_ups.filter(status=FollowUpStatus.COMPLETED).order_by("-completed_at").first()


def facts_at(visit: FollowUp) -> dict[str, Any]:
    """The facts of a completed follow-up, on its own day."""
    question = visit.question
    return visit_facts(question["baseline"], question["now"], question["day"])


def known_before(plan: Plan, last: FollowUp | None) -> dict[str, Any]:
    """What is known before a visit, as facts of the day of the plan: the plan's own, with what its last completed
    follow-up changed. Scores stay the baseline's; red flags are those of the last visit that spoke of them."""
    known: dict[str, Any] = {**plan.facts}
    if last is None:
        return known
    seen, day = facts_at(last), last.question["day"]
    known |= {name: value for name, value in seen.items() if name not in ONE_VISIT and name not in RUNS_ON}
    if "red_flags" in seen:
        # the outcomes go with their flags: an old "excluded" says nothing of a flag that came back
        known["red_flags"], known["red_flag_outcomes"] = seen["red_flags"], seen.get("red_flag_outcomes") or {}
    known["medicines"] = [_as_of_the_plan(entry, day) for entry in seen.get("medicines") or []]
    if seen.get("medicines") is None:
        known["medicines"] = None
    screen = seen.get("suicide_screen") or {}
    if screen.get("behaviour-lifetime") or screen.get("behaviour-3-months"):
        known["past_suicide_attempt"] = True
    weeks = seen.get("pregnancy_weeks")
    known["pregnancy_weeks"] = weeks - day // 7 if weeks is not None and weeks >= day // 7 else None
    return known


def _as_of_the_plan(entry: Mapping[str, Any], day: int) -> dict[str, Any]:
    """A line of a visit's list, its days counted back to the plan; stopped since then, the day is to be asked."""
    days = entry.get("stopped_days_ago")
    if days is None:
        return {**entry}
    return {**entry, "stopped_days_ago": days - day if days >= day else None}


def expected_medicines(
    known: Mapping[str, Any], items: list[PlanItem], edition: Edition, *, elapsed: int, is_seen: bool
) -> list[tuple[str, bool, str]]:
    """(name, stopped, days stopped) of what the patient should be taking by the plan.

    ``known``: the facts of the plan, ``elapsed`` days ago, or of the follow-up that looked at the list since
    (``is_seen``). Where none did, what was accepted is taken too, and what was replaced or declined is stopped, on a
    day to be asked.
    """
    rows: list[tuple[str, bool, str]] = []
    ended = set() if is_seen else {code for item in items if item.is_in_plan for code in item.replaces}
    ended |= set() if is_seen else {item.code for item in items if item.decision == Decision.DECLINED}
    accepted = [] if is_seen else accepted_medicines(items, edition)
    for entry in known.get("medicines") or []:
        code = entry["code"]
        if code in accepted:
            continue
        name = edition.medicines[code].name if code in edition.medicines else code
        days = entry.get("stopped_days_ago")
        stopped = entry.get("status") == "stopped" or code in ended
        rows.append((name, stopped, "" if days is None else str(days + elapsed)))
    rows.extend((edition.medicines[code].name, False, "") for code in accepted)
    rows.extend((name, False, "") for name in known.get("unrecognised_medicines") or [])
    return rows


def accepted_medicines(items: list[PlanItem], edition: Edition) -> list[str]:
    """Codes of the medicines that are part of the plan."""
    return [
        item.code
        for item in items
        if item.is_in_plan and item.code in edition.medicines and edition.options[item.code].is_medicine
    ]


def open_flags(known: Mapping[str, Any]) -> list[str]:
    """Red flags that were positive when somebody last looked, and neither excluded nor treated."""
    outcomes = known.get("red_flag_outcomes") or {}
    flags = known.get("red_flags") or {}
    return [code for code, found in flags.items() if found and outcomes.get(code) not in ("excluded", "treated")]


def _flags_from_before(cleaned: Mapping[str, Any], baseline: Mapping[str, Any], now: dict[str, Any]) -> None:
    """A flag stays until somebody excludes it: open or referred until the visit says what came of it, treated as
    treated (what it rules out stays ruled out). Found anew today, today's answer counts."""
    outcomes = baseline.get("red_flag_outcomes") or {}
    for code, found in (baseline.get("red_flags") or {}).items():
        if not found or outcomes.get(code) == "excluded" or (now.get("red_flags") or {}).get(code):
            continue
        outcome = cleaned.get(f"earlier_{code}") or outcomes.get(code)
        now["red_flags"] = {**now.get("red_flags", {}), code: True}
        if outcome:
            now["red_flag_outcomes"] = {**now.get("red_flag_outcomes", {}), code: outcome}


def _tried_since(cleaned: Mapping[str, Any], baseline: Mapping[str, Any], now: dict[str, Any], names: NameBook) -> None:
    """What came of treatments since the plan, added to what was tried before. Where that is not known, it stays so."""
    since = {}
    for n in range(1, TRIED_ROWS + 1):
        typed, outcome = (cleaned.get(f"since_{n}") or "").strip(), cleaned.get(f"since_{n}_outcome")
        if typed and outcome:
            code = names.medicine(typed) or as_code(typed)
            since[code] = mapping.tried_entry(code, outcome, cleaned.get(f"since_{n}_adequate"))
    if since and baseline.get("tried") is not None:
        before = [entry for entry in baseline["tried"] if entry["code"] not in since]
        now["tried"] = [*before, *since.values()]


def _new_allergies(
    cleaned: Mapping[str, Any], baseline: Mapping[str, Any], now: dict[str, Any], names: NameBook
) -> None:
    typed = [text for n in (1, 2) if (text := (cleaned.get(f"new_allergy_{n}") or "").strip())]
    if typed:
        new = [one for text in typed for one in names.ingredients(names.allergy(text) or as_code(text))]
        now["allergies"] = [*dict.fromkeys([*(baseline.get("allergies") or []), *new])]


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
    _flags_from_before(cleaned, baseline, now)
    _tried_since(cleaned, baseline, now, names)
    _new_allergies(cleaned, baseline, now, names)
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
