"""One PlanPage object per plan page; everything on it comes from the stored answer and its own edition."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from guidance import evaluation
from guidance.engine.answer import Assessment, OptionEntry
from guidance.engine.edition import Edition, Source
from guidance.engine.wording import render_option
from guidance.evaluation import ReviewStatus
from guidance.models import Edition as StoredEdition
from patients.intake import questionnaires as q
from patients.intake.mapping import NameBook
from patients.models import Decision, Plan, PlanItem, PlanKind, PlanStatus, Reminder
from patients.plans import policy, schedule
from patients.plans.cards import (
    BLOCKS,
    MissingFact,
    OptionBlock,
    OptionCard,
    ReasonLine,
    lines_of,
    missing_fact,
    option_block,
)
from patients.plans.checks import own_checks, start_of
from patients.plans.readiness import (
    answers_behind,
    assessments_beside,
    decided,
    entries_beside,
    signs_of,
    why_not_signed,
)
from patients.presenters import (
    AlertCard,
    PatientStrip,
    alert_card,
    day_text,
    patient_strip,
    relative_text,
    sources_of,
)
from patients.words import known_lines

BAND_WORDS = {
    "minimal": "Minimal",
    "mild": "Mild",
    "moderate": "Moderate",
    "moderately-severe": "Moderately severe",
    "severe": "Severe",
}
RISK_WORDS = {
    "none": "No suicidal thoughts reported",
    "low": "Suicide risk low",
    "moderate": "Suicide risk moderate",
    "high": "Suicide risk high",
    "unassessed": "Suicide risk not assessed",
    "unknown": "Suicide risk not known",
}
PHASE_WORDS = {
    "acute": "Acute (less than 4 weeks)",
    "subacute": "Subacute (4 to 12 weeks)",
    "chronic": "Chronic (more than 12 weeks)",
}
logger = logging.getLogger("backdep.plans")


@dataclass(frozen=True)
class MonitoringLine:
    """Something to be done on a day, with what asks for it and its sources."""

    what: str
    due: date
    due_text: str
    about: str
    code: str
    sources: list[Source]


@dataclass(frozen=True)
class Glance:
    """At a glance: the scores in words."""

    phq9: str
    peg: str
    pain: str
    risk: str
    item9: str
    red_flags: str


@dataclass(frozen=True)
class PlanPage:
    """The whole plan page."""

    strip: PatientStrip
    plan: Plan
    heading: str
    status_words: str
    is_draft: bool
    is_safety_record: bool
    gate: str
    review: ReviewStatus
    made_at: str
    alerts: list[AlertCard]
    recorded: list[AlertCard]
    safety_recorded: str
    signs: list[str]
    contacts: list[Reminder]
    notes: list[AlertCard]
    glance: Glance
    known: list[tuple[str, str]]
    missing: list[MissingFact]
    strategy: list[ReasonLine]
    blocks: list[OptionBlock]
    pitfalls: list[ReasonLine]
    advice: list[ReasonLine]
    education: list[ReasonLine]
    disclaimers: list[ReasonLine]
    together: list[AlertCard]
    monitoring: list[MonitoringLine]
    evidence: list[Source]
    to_sign: list[tuple[str, str]]
    decided_count: int
    to_decide_count: int
    remaining: list[str]
    answers_changed: bool
    replaced_by: Plan | None
    forms: Mapping[str, Any]

    @property
    def decline_reasons(self) -> list[tuple[str, str]]:
        """Reasons for declining, for the "none of these" control."""
        return list(policy.DECLINE_REASONS.items())

    @property
    def together_fields(self) -> list[tuple[AlertCard, Any]]:
        """Each alert among what was accepted, with the field of its answer."""
        form = self.forms["together"]
        return [(card, form[f"answer_{number}"]) for number, card in enumerate(self.together)]

    @property
    def safety_done_at(self) -> str:
        """When it was done, in words."""
        return safety_done_at(self.plan)

    @property
    def safety_actions(self) -> list[str]:
        """What was ticked on a safety record, in words."""
        return safety_action_words(self.plan)


_HEADINGS = {
    (True, True): "Urgent care first",
    (True, False): "Safety record",
    (False, True): "Suggested plan",
    (False, False): "Treatment plan",
}


def name_book(edition: StoredEdition) -> NameBook:
    """The names of an edition's catalogue. Raises GuidanceUnavailable."""
    return NameBook.of(evaluation.load(edition))


def _glance(assessment: Assessment) -> Glance:
    found = assessment["scores"]
    total, band = found["phq9_total"], found["phq9_band"]
    flags = [
        alert for alert in assessment["alerts"] if alert["code"].startswith("RF-") and alert["code"] != "RF-CONFIRM"
    ]
    if any(alert["code"] == "RF-UNASKED" for alert in flags):
        red = "Not all asked"
    elif flags:
        red = "Positive, see above"
    else:
        red = "None open"
    item9 = found["phq9_item9"]
    return Glance(
        phq9="Not known" if total is None else f"{total} of 27 · {BAND_WORDS[band]}",
        peg="Not known" if found["peg"] is None else f"{found['peg']} of 10",
        pain=PHASE_WORDS.get(found["pain_phase"], "Duration not known"),
        risk=RISK_WORDS[found["suicide_risk"]],
        item9="Not answered"
        if item9 is None
        else ("Not at all", "Several days", "More than half the days", "Nearly every day")[item9],
        red_flags=red,
    )


def _monitoring(
    plan: Plan, checked: Assessment, items: Mapping[str, PlanItem], today: date, content: Edition
) -> list[MonitoringLine]:
    start_of_plan = plan.patient.clinic.today(plan.signed_at) if plan.signed_at else today
    lines, risk = [], checked["scores"]["suicide_risk"]
    for entry in checked["monitoring"]:
        start = start_of(entry["code"], entry["for"], list(items.values()), start_of_plan, risk)
        due = schedule.due(start, entry["day"])
        about = ", ".join(content.options[code].name for code in entry["for"] if code in content.options)
        lines.append(
            MonitoringLine(
                content.texts[entry["ref"]],
                due,
                f"{day_text(due)} ({relative_text(due, today)})",
                about,
                entry["code"],
                sources_of(content, content.text_sources[entry["ref"]]),
            )
        )
    lines.extend(
        MonitoringLine(
            check.text,
            check.due,
            f"{day_text(check.due)} ({relative_text(check.due, today)})",
            content.options[check.about].name if check.about else "",
            check.code,
            sources_of(content, [code for code in ("PRODUCT",) if code in content.sources]),
        )
        for check in own_checks(plan, list(items.values()), content, start_of_plan)
    )
    return sorted(lines, key=lambda line: (line.due, line.code))


def _entries_as_signed(assessment: Assessment, checked: Assessment, items: Mapping[str, PlanItem]) -> list[OptionEntry]:
    """What was accepted with the status that it has beside the others, the rest as first assessed: both as stored."""
    beside = {
        (entry["code"], entry["section"]): entry
        for entry in checked["options"]
        if entry["code"] in items and items[entry["code"]].is_in_plan
    }
    return [
        *(beside.get((entry["code"], entry["section"]), entry) for entry in assessment["options"]),
        *policy.brought_up(assessment, checked),
    ]


def safety_action_words(plan: Plan) -> list[str]:
    """What was ticked on a safety record, in words."""
    words = dict(q.SAFETY_ACTIONS)
    return [words.get(code, code) for code in plan.safety.get("actions", [])]


CARE = frozenset(("depression-psychological", "nonpharmacologic"))
"""Sections of which something belongs to every plan."""


def _no_care(content: Edition) -> AlertCard:
    return AlertCard(
        tier="t2",
        word="Caution",
        title="Nothing without medicine is in this plan",
        text="At least one of talking treatment, exercise or physical therapy belongs to every plan.",
        because=[],
        sources=sources_of(content, [code for code in ("S0", "ACP17") if code in content.sources]),
        is_resolved=False,
    )


def _against_the_guidance(card: OptionCard) -> AlertCard:
    """What was chosen although it is not suggested stands at the top, with what speaks against it and the answer."""
    return AlertCard(
        tier="t2",
        word="Caution",
        title=f"{card.name.capitalize()} is chosen against the guidance",
        text=f"Answer: {card.detail}." if card.detail else "",
        because=[line.text.rstrip(".") for line in card.speaks_against],
        sources=card.sources,
        is_resolved=False,
    )


def safety_done_at(plan: Plan) -> str:
    """When what a safety record tells was done, with its weekday: the clinic's own clock."""
    text = plan.safety.get("done_at", "")
    if not text:
        return ""
    when = datetime.strptime(text, "%Y-%m-%d %H:%M")
    return f"{day_text(when.date())}, {when:%H:%M}"


def _answered(card: AlertCard) -> AlertCard:
    return replace(card, answer_words=policy.ACCEPT_REASONS.get(card.answer, ""))


def _safety_recorded(plan: Plan) -> str:
    """What was recorded about suicide risk beside the screener, in words; empty when nothing was."""
    answers = answers_behind(plan)
    given = (answers.get("judgement") or [""])[0]
    judged = dict(q.JUDGEMENT_CHOICES).get(given, "") if given != "not-yet" else ""
    done = [words for code, words in q.SAFETY_ACTIONS if code in answers.get("safety_actions", [])]
    parts = [f"risk judged {judged.lower()}" if judged else "", *(words[:1].lower() + words[1:] for words in done)]
    return "; ".join(part for part in parts if part)


def plan_page(
    plan: Plan,
    items: Sequence[PlanItem],
    at: datetime,
    *,
    forms: Mapping[str, Any] | None = None,
    item_forms: Mapping[str, Mapping[str, Any]] | None = None,
) -> PlanPage:
    """The page of a plan. Raises GuidanceUnavailable when its edition cannot be loaded."""
    content = evaluation.load(plan.edition)
    assessment, checked = cast(Assessment, plan.assessment), cast(Assessment, plan.checked)
    by_code = {item.code: item for item in items}
    today = plan.patient.clinic.today(at)
    is_draft = plan.status == PlanStatus.DRAFT
    decisions = decided(items)
    if is_draft:
        beside = assessments_beside(plan, items)
        entries = entries_beside(plan, beside)
    else:
        beside = {item.code: checked for item in items if item.is_in_plan}
        entries = _entries_as_signed(assessment, checked, by_code)
    open_groups = policy.open_groups(content, entries, decisions) if is_draft else []
    open_codes = {code for group in open_groups for code in group}
    first_heading: dict[str, str] = {}
    blocks = [
        option_block(content, spec, entries, by_code, plan, open_codes, item_forms or {}, first_heading, beside)
        for spec in BLOCKS
    ]
    blocks = [block for block in blocks if block.offered or block.not_suggested or block.code.endswith("-medicine")]
    cards = [alert_card(content, alert) for alert in assessment["alerts"]]
    against = [
        _against_the_guidance(card)
        for block in blocks
        for card in block.offered
        if card.is_against_guidance and not card.decided_under
    ]
    chosen = {item.code for item in items if item.is_in_plan}
    has_care = any(entry["code"] in chosen and entry["section"] in CARE for entry in entries)
    if plan.kind == PlanKind.PLAN and not open_groups and not has_care:
        against.append(_no_care(content))
    statements = lines_of(content, checked["statements"])
    offered_count = len({policy.group_of(content, entry["code"]) for entry in entries if policy.is_offered(entry)})
    remaining = [
        content.options[item.code].name
        for item in items
        if item.decision == Decision.UNDECIDED
        and (entry_ := policy.entry_of(assessment, item.code)) is not None
        and entry_["status"] == "offer"
        and not content.options[item.code].is_medicine
    ]
    waiting = {entry["code"] for entry in entries if entry["status"] == "needs-information"}
    evidence_codes = [code for entry in entries for code in render_option(content, entry)["sources"]]
    together = [
        _answered(alert_card(content, alert, policy.alert_key(alert), plan.combination_reasons))
        for alert in policy.combination_alerts(assessment, checked)
    ]
    monitoring = _monitoring(plan, checked, by_code, today, content)
    cited = [line.sources for line in (*cards, *together)] + [line.sources for line in monitoring]
    cited += [line.sources for lines in statements.values() for line in lines]
    evidence_codes += [source.code for sources in cited for source in sources]
    is_record = plan.kind == PlanKind.SAFETY_RECORD
    made = plan.created_at
    return PlanPage(
        strip=patient_strip(plan.patient, today, plan.facts),
        plan=plan,
        heading=_HEADINGS[is_record, is_draft],
        status_words=f"{plan.get_status_display()}, number {plan.number}",
        is_draft=is_draft,
        is_safety_record=is_record,
        gate=checked["gate"],
        review=evaluation.status_of(plan.edition),
        made_at=f"{day_text(plan.patient.clinic.today(made))}",
        alerts=[*against, *(card for card in cards if card.tier in ("t1", "t2"))],
        recorded=[card for card in cards if card.is_resolved],
        safety_recorded="" if is_record else _safety_recorded(plan),
        signs=signs_of(plan) if is_record else [],
        contacts=list(plan.reminders.order_by("due_date")) if is_record else [],
        notes=[card for card in cards if card.tier == "t3" and not card.is_resolved],
        glance=_glance(assessment),
        known=known_lines(plan.facts, {code: medicine.name for code, medicine in content.medicines.items()}),
        missing=[
            missing_fact(content, row["fact"], [code for code in row["affects"] if code in waiting], row["gate"])
            for row in checked["missing"]
            # the conditions of an opioid stand on its own card
            if row["fact"] != "opioid_discussion_recorded"
        ],
        strategy=statements.get("strategy", []),
        blocks=[] if assessment["gate"] == "safety-only" else blocks,
        pitfalls=statements.get("pitfall", []),
        advice=statements.get("advice", []),
        education=statements.get("education", []),
        disclaimers=statements.get("disclaimer", []),
        together=together,
        monitoring=monitoring,
        evidence=sorted(sources_of(content, evidence_codes), key=lambda source: source.code),
        to_sign=why_not_signed(plan, items, entries, today) if is_draft and not is_record else [],
        decided_count=offered_count - len(open_groups),
        to_decide_count=offered_count,
        remaining=remaining if is_draft else [],
        answers_changed=is_draft and plan.intake is not None and plan.intake.revision != plan.intake_revision,
        replaced_by=plan.replaced_by.order_by("-number").first() if plan.status == PlanStatus.REPLACED else None,
        forms=forms or {},
    )
