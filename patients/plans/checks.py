"""Reminders that come from the decisions themselves, beside the monitoring of the edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast

from guidance.engine.answer import Assessment
from guidance.engine.edition import Edition
from patients.models import Decision, Plan, PlanItem
from patients.plans import policy, schedule
from patients.words import FLAG_NAMES

WEEKLY_CONTACT: Final = "M-SUI7"
RESULT_AFTER: Final = 14
LOOK_AFTER: Final = 7
STOPPED_SLOWLY: Final = ("antidepressant", "opioid", "benzodiazepine-or-z-drug", "gabapentinoid")
"""Classes that are tapered and not stopped at once."""


@dataclass(frozen=True)
class OwnCheck:
    """Something to be done on a day because of a decision; ``day`` counts from the signature."""

    code: str
    text: str
    about: str
    day: int
    due: date
    urgency: int = 2


def taken_now(plan: Plan) -> set[str]:
    """Codes of the medicines that the patient takes."""
    return {entry["code"] for entry in plan.facts.get("medicines") or [] if entry.get("status") == "current"}


def start_of(code: str, about: Sequence[str], items: Sequence[PlanItem], start: date, risk: str) -> date:
    """The day that a check of the guidance counts from: the first start of what brings it, never before the signature;
    contacts because of a suicide risk count from the signature, whatever starts later."""
    if code == WEEKLY_CONTACT and risk in ("low", "moderate", "high"):
        return start
    starts = [item.start_date or start for item in items if item.is_in_plan and item.code in about]
    return max(min(starts, default=start), start)


def own_checks(plan: Plan, items: Sequence[PlanItem], content: Edition, start: date) -> list[OwnCheck]:
    """What was promised on accepting, results that are awaited, what is to be stopped, and what was chosen against the
    guidance. ``start``: the day of the signature."""
    checked = cast(Assessment, plan.checked)
    monitored = {code for entry in checked["monitoring"] for code in entry["for"]}
    current = taken_now(plan)
    found: list[OwnCheck] = []

    def add(code: str, text: str, about: str, day: int, urgency: int = 2) -> None:
        due = schedule.on_working_day(start + timedelta(days=day))
        found.append(OwnCheck(code[:30], text, about, day, due, urgency))

    for flag, outcome in (plan.facts.get("red_flag_outcomes") or {}).items():
        if outcome == "referred":
            text = f"Result of the referral: {FLAG_NAMES[flag]}. Record whether it is excluded or treated."
            add(f"RF-{flag}", text, "", RESULT_AFTER, 1)
    for item in items:
        name = content.options[item.code].name
        if item.is_in_plan and item.reason == "will-monitor" and item.check_date is not None:
            days = max((item.check_date - start).days, 0)
            add(f"CHECK-{item.code}", f"Check promised when {name} was accepted.", item.code, days)
        entry = policy.entry_of(checked, item.code)
        against = entry is not None and entry["status"] in ("avoid", "withhold")
        if item.is_in_plan and against and item.code not in monitored:
            text = f"{name.capitalize()} was chosen against the guidance: benefit, harms, and whether it goes on."
            add(f"AGAINST-{item.code}", text, item.code, LOOK_AFTER)
        slow = any(item.code in content.groups.get(group, ()) for group in STOPPED_SLOWLY)
        if item.decision == Decision.DECLINED and slow and item.code in current:
            text = f"{name.capitalize()} is to be stopped: the taper, withdrawal, mood."
            add(f"STOP-{item.code}", text, item.code, LOOK_AFTER)
    return found
