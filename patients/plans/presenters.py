"""One PlanPage object per plan page; everything on it comes from the stored answer and its own edition."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast

from guidance import evaluation
from guidance.engine.edition import Difference, Edition, Source
from guidance.engine.evaluate import (
    Assessment,
    OptionEntry,
    Reason,
    render_option,
)
from guidance.evaluation import ReviewStatus
from guidance.models import Edition as StoredEdition
from patients.intake.mapping import NameBook
from patients.intake.questionnaires import SAFETY_ACTIONS
from patients.models import Decision, Plan, PlanItem, PlanKind, PlanStatus
from patients.plans import policy, schedule
from patients.plans.readiness import decided, entries_beside, why_not_signed
from patients.presenters import (
    AlertCard,
    PatientStrip,
    alert_card,
    because_words,
    day_text,
    patient_strip,
    relative_text,
    sources_of,
)
from patients.words import missing_place

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
STATUS_WORDS = {
    "offer": "Suggested",
    "caution": "Suggested with a caution",
    "avoid": "Not suggested",
    "withhold": "Not suggested",
    "needs-information": "Cannot be offered yet",
}


@dataclass(frozen=True)
class MissingFact:
    """Something that is not known, where it is asked, and what waits for it."""

    words: str
    step: str
    anchor: str
    affects: list[str]
    holds_signing: bool


EFFECT_WORDS = {"withhold": "Do not use", "avoid": "Avoid", "caution": "Caution", "dose": "Dose", "note": "Note"}


@dataclass(frozen=True)
class ReasonLine:
    """One sentence with the facts behind it; ``word`` is how strongly it speaks."""

    text: str
    because: list[str]
    sources: list[Source]
    word: str = ""


@dataclass(frozen=True)
class OptionCard:
    """One option, or several of one kind that are not suggested for the same reasons."""

    code: str
    codes: list[tuple[str, str]]
    name: str
    tag: str
    status: str
    tier: str
    text: str
    dose: str
    is_medicine: bool
    is_current: bool
    speaks_for: list[ReasonLine]
    speaks_against: list[ReasonLine]
    missing: list[MissingFact]
    differs: list[Difference]
    sources: list[Source]
    monitoring: list[str]
    override: str
    decision: str
    decision_words: str
    decided_by: str
    decided_at: datetime | None
    detail: str
    replaceable: list[tuple[str, str]]
    asks_again: bool = False
    decided_under: str = ""
    forms: Mapping[str, Any] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The id of the card; an option of two sections has its decision in the first."""
        return f"again-{self.code}" if self.decided_under else f"option-{self.code}"

    @property
    def is_decided(self) -> bool:
        return self.decision != Decision.UNDECIDED

    @property
    def is_in_plan(self) -> bool:
        return self.decision in (Decision.ACCEPTED, Decision.CHANGED)

    @property
    def can_be_taken(self) -> bool:
        """Whether a way into the plan is shown: it is not in it, or needs another answer to stay."""
        return self.asks_again or not self.is_in_plan

    @property
    def can_choose_anyway(self) -> bool:
        return self.override in ("coded-reason", "documented")

    @property
    def needs_reason(self) -> bool:
        return self.status in ("caution", "avoid", "withhold")


@dataclass(frozen=True)
class OptionBlock:
    """The options of one section of the plan."""

    code: str
    heading: str
    intro: str
    offered: list[OptionCard]
    not_suggested: list[OptionCard]
    empty: str
    undecided: list[str]

    @property
    def not_suggested_count(self) -> int:
        return sum(len(card.codes) for card in self.not_suggested)


@dataclass(frozen=True)
class MonitoringLine:
    what: str
    due: date
    due_text: str
    about: str
    code: str


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
    notes: list[AlertCard]
    glance: Glance
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
    def safety_actions(self) -> list[str]:
        """What was ticked on a safety record, in words."""
        words = dict(SAFETY_ACTIONS)
        return [words.get(code, code) for code in self.plan.safety.get("actions", [])]

    @property
    def can_sign(self) -> bool:
        return self.is_draft and not self.to_sign


_NO_MEDICINE = "No medicine is suggested. See the reasons below."
_BLOCKS: tuple[tuple[str, str, str, str], ...] = (
    (
        "depression-psychological",
        "Depression first",
        "Mood is treated from the first day, together with the back.",
        "No psychological treatment is suggested. See the reasons below.",
    ),
    ("depression-medicine", "Medicines for depression", "Choose one, or none.", _NO_MEDICINE),
    ("pain-medicine", "Medicines for pain", "Beside care without medicine.", _NO_MEDICINE),
    (
        "nonpharmacologic",
        "Without medicine",
        "At least one of these belongs to every plan.",
        "Nothing is suggested here. See the reasons below.",
    ),
    ("self-care", "What the patient can do", "", "Nothing is suggested here."),
    ("multidisciplinary", "Team", "", "No team programme is suggested."),
    ("referral", "Referrals", "", "No referral is suggested."),
)
_HEADINGS = {
    (True, True): "Urgent care first",
    (True, False): "Safety record",
    (False, True): "Suggested plan",
    (False, False): "Treatment plan",
}


def _reason(content: Edition, reason: Reason) -> ReasonLine:
    word = EFFECT_WORDS.get(reason["effect"], "")
    return ReasonLine(reason["text"], because_words(reason["because"]), sources_of(content, reason["sources"]), word)


def missing_fact(content: Edition, fact: str, affects: Sequence[str], holds: bool) -> MissingFact:
    """One unknown fact in words."""
    words, step, anchor = missing_place(fact)
    names = [content.options[code].name for code in dict.fromkeys(affects) if code in content.options]
    return MissingFact(words, step, anchor, names, holds)


def _monitoring_of(content: Edition, code: str) -> list[str]:
    """What choosing an option may bring, as a line for its card."""
    rules = dict.fromkeys(
        f"{rule.text.rstrip('.')} (day {', '.join(map(str, rule.days))})"
        for rule in content.monitoring
        if code in rule.brought_by
    )
    return list(rules)


def _card(
    content: Edition,
    entries: Sequence[OptionEntry],
    items: Mapping[str, PlanItem],
    plan: Plan,
    tag: str,
    forms: Mapping[str, Any],
) -> OptionCard:
    entry = render_option(content, entries[0])
    item = items.get(entry["code"])
    reasons = entry["reasons"]
    decision = item.decision if item is not None else Decision.UNDECIDED
    words = Decision(decision).label
    detail = ""
    if item is not None and item.reason:
        detail = policy.ACCEPT_REASONS.get(item.reason) or policy.DECLINE_REASONS.get(item.reason, "")
    parts = [part for part in (detail, item.change if item else "", item.comment if item else "") if part]
    return OptionCard(
        code=entry["code"],
        codes=[(one["code"], content.options[one["code"]].name) for one in entries],
        name=", ".join(content.options[one["code"]].name for one in entries),
        tag=tag,
        status=entry["status"],
        tier="t2" if entry["status"] == "caution" else "withheld" if entry["status"] not in ("offer",) else "",
        text=entry["text"],
        dose=entry["dose"],
        is_medicine=content.options[entry["code"]].is_medicine,
        is_current=entry["current"],
        speaks_for=[_reason(content, reason) for reason in reasons if reason["effect"] == "for"],
        speaks_against=[_reason(content, reason) for reason in reasons if reason["effect"] != "for"],
        missing=[missing_fact(content, fact, [], False) for fact in entry["missing"]],
        differs=[content.differences[note] for note in entry["differs"]],
        sources=sources_of(content, entry["sources"]),
        monitoring=_monitoring_of(content, entry["code"]) if entry["status"] in ("offer", "caution") else [],
        override=entry["override"],
        decision=decision,
        decision_words=words,
        decided_by=str(item.decided_by) if item is not None and item.decided_by else "",
        decided_at=item.decided_at if item is not None else None,
        detail=" · ".join(parts),
        replaceable=replaceable(plan, entry["code"]),
        asks_again=plan.status == PlanStatus.DRAFT
        and item is not None
        and item.is_in_plan
        and not policy.still_justified(entries[0], decided([item])[0]),
        forms=forms,
    )


def replaceable(plan: Plan, code: str) -> list[tuple[str, str]]:
    """Antidepressants taken now that this one could replace: (code, name)."""
    content = evaluation.load(plan.edition)
    if code not in content.groups["antidepressant"]:
        return []
    return [(one, content.medicines[one].name) for one in _current_antidepressants(content, plan) if one != code]


def name_book(edition: StoredEdition) -> NameBook:
    """The names of an edition's catalogue. Raises GuidanceUnavailable."""
    return NameBook.of(evaluation.load(edition))


def _current_antidepressants(content: Edition, plan: Plan) -> list[str]:
    current = [entry["code"] for entry in plan.facts.get("medicines") or [] if entry.get("status") == "current"]
    return [code for code in current if code in content.groups["antidepressant"]]


def _block(
    content: Edition,
    spec: tuple[str, str, str, str],
    entries: Sequence[OptionEntry],
    items: Mapping[str, PlanItem],
    plan: Plan,
    open_codes: set[str],
    forms: Mapping[str, Mapping[str, Any]],
    decided_under: dict[str, str],
) -> OptionBlock:
    section, heading, intro, empty = spec
    mine = [entry for entry in entries if entry["section"] == section]
    offered = [entry for entry in mine if policy.is_offered(entry)]
    rest = [entry for entry in mine if not policy.is_offered(entry)]
    if section.endswith("-medicine"):
        offered.sort(key=lambda entry: (entry["line"] or 9, entry["status"] != "offer" and entry["line"] is None))
    avoids = plan.facts.get("prefers_medicines") in ("avoids", "unsure")
    first_of: set[str] = set()
    cards = []
    for entry in offered:
        group = policy.group_of(content, entry["code"])
        first = group not in first_of and not (section == "pain-medicine" and avoids)
        first_of.add(group)
        tag = "Suggested" if first else "Alternative"
        cards.append(_card(content, [entry], items, plan, tag, forms.get(entry["code"], {})))
    grouped: dict[tuple[Any, ...], list[OptionEntry]] = {}
    for entry in rest:
        chosen = items.get(entry["code"])
        has_own_card = (
            entry["current"]
            or (chosen is not None and chosen.decision != Decision.UNDECIDED)
            or (plan.status == PlanStatus.DRAFT and entry["override"] != "none")
        )
        alone = entry["code"] if has_own_card else ""
        against = tuple(reason["ref"].split(":")[0] for reason in entry["reasons"] if reason["effect"] != "for")
        key = (entry["status"], entry["override"], against, tuple(entry["missing"]), alone)
        grouped.setdefault(key, []).append(entry)
    not_suggested = [
        _card(content, group, items, plan, STATUS_WORDS[group[0]["status"]], forms.get(group[0]["code"], {}))
        for group in grouped.values()
    ]
    cards, not_suggested = (
        [_under_its_first_heading(card, heading, decided_under) for card in some] for some in (cards, not_suggested)
    )
    return OptionBlock(
        section,
        heading,
        intro,
        cards,
        not_suggested,
        empty,
        [entry["code"] for entry in offered if entry["code"] in open_codes],
    )


def _under_its_first_heading(card: OptionCard, heading: str, decided_under: dict[str, str]) -> OptionCard:
    """An option that belongs to two sections is decided in the first; the second says so."""
    first = decided_under.setdefault(card.code, heading)
    return card if first == heading else replace(card, decided_under=first, forms={})


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
    lines = []
    for entry in checked["monitoring"]:
        starts = [
            items[code].start_date or start_of_plan for code in entry["for"] if code in items and items[code].is_in_plan
        ]
        due = schedule.due(max(min(starts, default=start_of_plan), start_of_plan), entry["day"])
        about = ", ".join(content.options[code].name for code in entry["for"] if code in content.options)
        lines.append(
            MonitoringLine(
                content.texts[entry["ref"]], due, f"{day_text(due)} ({relative_text(due, today)})", about, entry["code"]
            )
        )
    for item in items.values():
        if item.is_in_plan and item.reason == "will-monitor" and item.check_date is not None:
            due = schedule.on_working_day(item.check_date)
            name = content.options[item.code].name
            lines.append(
                MonitoringLine(
                    "Check promised on accepting", due, f"{day_text(due)} ({relative_text(due, today)})", name, "CHECK"
                )
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
    entries = entries_beside(plan, items) if is_draft else _entries_as_signed(assessment, checked, by_code)
    open_groups = policy.open_groups(content, entries, decisions) if is_draft else []
    open_codes = {code for group in open_groups for code in group}
    first_heading: dict[str, str] = {}
    blocks = [
        _block(content, spec, entries, by_code, plan, open_codes, item_forms or {}, first_heading) for spec in _BLOCKS
    ]
    blocks = [block for block in blocks if block.offered or block.not_suggested or block.code.endswith("-medicine")]
    cards = [alert_card(content, alert) for alert in assessment["alerts"]]
    statements: dict[str, list[ReasonLine]] = {}
    for row in checked["statements"]:
        line = ReasonLine(
            content.texts[row["ref"]],
            because_words(row["because"]),
            sources_of(content, content.text_sources[row["ref"]]),
        )
        statements.setdefault(row["kind"], []).append(line)
    offered_count = len({policy.group_of(content, entry["code"]) for entry in entries if policy.is_offered(entry)})
    remaining = [
        content.options[item.code].name
        for item in items
        if item.decision == Decision.UNDECIDED
        and (entry_ := policy.entry_of(assessment, item.code)) is not None
        and entry_["status"] == "offer"
        and not content.options[item.code].is_medicine
    ]
    evidence_codes = [code for entry in entries for code in render_option(content, entry)["sources"]]
    evidence_codes += [code for card in cards for code in (source.code for source in card.sources)]
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
        alerts=[card for card in cards if card.tier in ("t1", "t2")],
        notes=[card for card in cards if card.tier == "t3"],
        glance=_glance(assessment),
        missing=[missing_fact(content, row["fact"], row["affects"], row["gate"]) for row in checked["missing"]],
        strategy=statements.get("strategy", []),
        blocks=[] if assessment["gate"] == "safety-only" else blocks,
        pitfalls=statements.get("pitfall", []),
        advice=statements.get("advice", []),
        education=statements.get("education", []),
        disclaimers=statements.get("disclaimer", []),
        together=[
            alert_card(content, alert, policy.alert_key(alert), plan.combination_reasons)
            for alert in policy.combination_alerts(assessment, checked)
        ],
        monitoring=_monitoring(plan, checked, by_code, today, content),
        evidence=sorted(sources_of(content, evidence_codes), key=lambda source: source.code),
        to_sign=why_not_signed(plan, items, entries) if is_draft and not is_record else [],
        decided_count=offered_count - len(open_groups),
        to_decide_count=offered_count,
        remaining=remaining if is_draft else [],
        answers_changed=is_draft and plan.intake is not None and plan.intake.revision != plan.intake_revision,
        replaced_by=plan.replaced_by.order_by("-number").first() if plan.status == PlanStatus.REPLACED else None,
        forms=forms or {},
    )
