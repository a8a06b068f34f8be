"""What stands between a draft plan and its signature. Reads, never writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from guidance import evaluation
from guidance.engine.answer import Assessment, OptionEntry
from patients.intake import questionnaires as q
from patients.intake.mapping import STALE_AFTER
from patients.models import Decision, Plan, PlanItem
from patients.plans import policy

ANSWERS_CHANGED = "Answers changed after this plan was made. Make a new version first."


def decided(items: Sequence[PlanItem]) -> list[policy.Decided]:
    """The decisions as the policy reads them."""
    return [
        policy.Decided(item.code, item.is_in_plan, item.decision != Decision.UNDECIDED, item.reason, item.comment)
        for item in items
    ]


def facts_with_choices(plan: Plan, items: Sequence[PlanItem], chosen: Iterable[str]) -> dict[str, Any]:
    """The plan's facts with these options chosen, and what the accepted ones among them replace."""
    chosen = list(chosen)
    replaces = {code for item in items if item.is_in_plan and item.code in chosen for code in item.replaces}
    return {**plan.facts, "chosen": chosen, "replaces": sorted(replaces)}


def answers_behind(plan: Plan) -> dict[str, Any]:
    """What was answered about mood, safety and pain, as typed, where the plan came from."""
    if plan.intake is not None:
        return {**plan.intake.answers.get("mood", {}), **plan.intake.answers.get("pain", {})}
    return plan.follow_up.answers if plan.follow_up is not None else {}


def signs_of(plan: Plan) -> list[str]:
    """The red-flag signs that were ticked and the screener's questions answered yes: the emergency team reads them.
    A signed safety record keeps them as they were, for its answers may still be changed."""
    if "signs" in plan.safety:
        return list(plan.safety["signs"])
    answers = answers_behind(plan)
    ticked = [
        f"{group.heading}: {words}"
        for group in q.RED_FLAG_GROUPS
        for code, words in group.signs
        if code in answers.get(f"flag_{group.code}", [])
    ]
    asked = [
        f"Suicide screener {number}, yes: {question}"
        for code, number, question, _ in q.CSSRS_QUESTIONS
        if "yes" in answers.get(f"screen_{code}", [])
    ]
    return [*ticked, *asked]


def assessments_beside(plan: Plan, items: Sequence[PlanItem]) -> dict[str, Assessment]:
    """The answer for each option of a draft that may be accepted, as if it were accepted next: beside what is accepted,
    in the place of what is accepted in its group. The rule that `accept` goes by."""
    content = evaluation.load(plan.edition)
    assessment, checked = cast(Assessment, plan.assessment), cast(Assessment, plan.checked)
    accepted = [item.code for item in items if item.is_in_plan]
    found = dict.fromkeys(accepted, checked)
    for entry in [*assessment["options"], *policy.brought_up(assessment, checked)]:
        code = entry["code"]
        if code not in found and (policy.is_offered(entry) or entry["override"] != "none"):
            group = policy.group_of(content, code)
            others = [one for one in accepted if policy.group_of(content, one) != group]
            found[code] = evaluation.assess(plan.edition, facts_with_choices(plan, items, [*others, code]))
    return found


def entries_beside(plan: Plan, beside: Mapping[str, Assessment]) -> list[OptionEntry]:
    """Every option of a draft as it stands now. ``beside``: from assessments_beside."""
    assessment, checked = cast(Assessment, plan.assessment), cast(Assessment, plan.checked)
    return [
        _entry(beside.get(entry["code"], assessment), entry)
        for entry in [*assessment["options"], *policy.brought_up(assessment, checked)]
    ]


def _entry(assessment: Assessment, like: OptionEntry) -> OptionEntry:
    """The entry of the same option in the same section; the one asked about when it is not there any more."""
    return next(
        (one for one in assessment["options"] if (one["code"], one["section"]) == (like["code"], like["section"])), like
    )


def why_not_signed(
    plan: Plan, items: Sequence[PlanItem], entries: Sequence[OptionEntry], today: date
) -> list[tuple[str, str]]:
    """What stands between a draft plan and its signature: (sentence, anchor). ``entries``: from entries_beside."""
    edition = evaluation.load(plan.edition)
    assessment, checked = cast(Assessment, plan.assessment), cast(Assessment, plan.checked)
    reasons: list[tuple[str, str]] = []
    if not plan.patient.clinic.is_demo and not evaluation.status_of(plan.edition).is_approved:
        reasons.append(
            (
                "No medical reviewer has approved this edition of the guidance. A plan can be drafted, not signed.",
                "evidence",
            )
        )
    if plan.intake is not None and plan.intake.revision != plan.intake_revision:
        reasons.append((ANSWERS_CHANGED, "changed"))
    if (today - plan.patient.clinic.today(plan.created_at)).days > STALE_AFTER:
        reasons.append((f"This plan was made more than {STALE_AFTER} days ago: ask again and make a new one.", "sign"))
    if checked["gate"] != "open":
        reasons.extend(gate_reasons(checked))
    decisions = decided(items)
    for codes in policy.open_groups(edition, entries, decisions):
        names = " or ".join(edition.options[code].name for code in codes[:3])
        reasons.append((f"Decide on: {names}{' …' if len(codes) > 3 else ''}", f"option-{codes[0]}"))
    decided_codes = {decided.code for decided in decisions if decided.is_decided}
    for entry in entries:
        if policy.asks_to_stop_or_go_on(entry) and entry["code"] not in decided_codes:
            name = edition.options[entry["code"]].name
            line = (f"Decide whether {name} goes on or stops: it is taken now", f"option-{entry['code']}")
            reasons.extend([line] if line not in reasons else [])
    for code in policy.unjustified(checked, decisions):
        reasons.append(
            (
                f"Decide again on {edition.options[code].name}: beside the others it asks for another answer",
                f"option-{code}",
            )
        )
    for alert in policy.unanswered_alerts(assessment, checked, plan.combination_reasons):
        reasons.append((f"Answer the alert: {edition.titles[alert['ref']]}", "together"))
    return reasons


def gate_reasons(checked: Assessment) -> list[tuple[str, str]]:
    """What holds the plan, in words."""
    words = {
        "RF-UNASKED": "Ask the red flags that are open",
        "SR-UNASSESSED": "Assess the suicide risk before signing",
        "SR-LOW": "Record suicide risk and what was done before signing",
        "SR-MODERATE": "Record suicide risk and what was done before signing",
        "SR-HIGH": "Record the emergency assessment and what was done before signing",
        "PSYCHOSIS": "Record what was done about psychotic symptoms before signing",
        "RF-3": "Record what came of the possible fracture",
        "RF-4": "Record what came of the possible cancer",
        "RF-8": "Record what came of the possible other cause",
    }
    found = [
        (words[alert["code"]], "alerts")
        for alert in checked["alerts"]
        if alert["code"] in words and not alert["resolved"]
    ]
    return found or [("Answer what holds the plan before signing", "alerts")]
