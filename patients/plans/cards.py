"""The options of a plan as cards: what speaks for and against each, what accepting it brings, how it was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from guidance import evaluation
from guidance.engine.answer import Assessment, OptionEntry, Reason, Reconsider, StatementEntry
from guidance.engine.edition import Difference, Edition, Source
from guidance.engine.wording import render_option
from patients.models import Decision, Plan, PlanItem, PlanStatus
from patients.plans import policy
from patients.plans.readiness import decided
from patients.presenters import because_words, day_text, sources_of
from patients.words import missing_place

GOES_ON = "Goes on as before"
STATUS_WORDS = {
    "offer": "Suggested",
    "caution": "Suggested with a caution",
    "avoid": "Not suggested",
    "withhold": "Not suggested",
    "needs-information": "Cannot be offered yet",
}


EFFECT_WORDS = {"withhold": "Do not use", "avoid": "Avoid", "caution": "Caution", "dose": "Dose", "note": "Note"}


_NO_MEDICINE = "No medicine is suggested. See the reasons below."
BLOCKS: tuple[tuple[str, str, str, str], ...] = (
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


@dataclass(frozen=True)
class MissingFact:
    """Something that is not known, where it is asked, and what waits for it."""

    words: str
    step: str
    anchor: str
    affects: list[str]
    holds_signing: bool


@dataclass(frozen=True)
class ReasonLine:
    """One sentence with the facts behind it; ``word`` is how strongly it speaks."""

    text: str
    because: list[str]
    sources: list[Source]
    word: str = ""


@dataclass(frozen=True)
class GateLine:
    """One condition of an option that is never offered."""

    text: str
    state: str


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
    reconsider: list[str]
    reconsider_rest: str
    conditions: list[GateLine]
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
    def shows_decision(self) -> bool:
        return self.is_decided or self.decision_words == GOES_ON

    @property
    def is_in_plan(self) -> bool:
        return self.decision in (Decision.ACCEPTED, Decision.CHANGED)

    @property
    def can_be_taken(self) -> bool:
        """Whether a way into the plan is shown: it is not in it, or needs another answer to stay."""
        return self.asks_again or not self.is_in_plan

    @property
    def is_ended(self) -> bool:
        """Taken now, and decided to end: how it would be taken is not told."""
        return self.is_current and self.decision in (Decision.DECLINED, Decision.NOT_CHOSEN)

    @property
    def has_controls(self) -> bool:
        """Whether there is anything to decide: not on what waits for a fact, unless it is in the plan already."""
        return self.status != "needs-information" or self.is_in_plan

    @property
    def can_choose_anyway(self) -> bool:
        return self.override in ("coded-reason", "documented")

    @property
    def needs_reason(self) -> bool:
        return self.status in ("caution", "avoid", "withhold") or bool(self.replaceable)

    @property
    def is_against_guidance(self) -> bool:
        return self.is_in_plan and self.status in ("avoid", "withhold")


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
    further: frozenset[str] = frozenset()
    """codes of alternatives that wait behind a heading of their own"""

    @property
    def at_once(self) -> list[OptionCard]:
        return [card for card in self.offered if card.code not in self.further]

    @property
    def more(self) -> list[OptionCard]:
        return [card for card in self.offered if card.code in self.further]

    @property
    def not_suggested_count(self) -> int:
        return sum(len(card.codes) for card in self.not_suggested)


def _reason(content: Edition, reason: Reason) -> ReasonLine:
    word = EFFECT_WORDS.get(reason["effect"], "")
    return ReasonLine(reason["text"], because_words(reason["because"]), sources_of(content, reason["sources"]), word)


def lines_of(content: Edition, rows: Sequence[StatementEntry]) -> dict[str, list[ReasonLine]]:
    """Statements by their kind, each with the facts behind it and its sources."""
    out: dict[str, list[ReasonLine]] = {}
    for row in rows:
        line = ReasonLine(
            content.texts[row["ref"]],
            because_words(row["because"]),
            sources_of(content, content.text_sources[row["ref"]]),
        )
        out.setdefault(row["kind"], []).append(line)
    # what this patient brings about comes before what is said to everybody
    return {kind: sorted(lines, key=lambda line: not line.because) for kind, lines in out.items()}


def missing_fact(content: Edition, fact: str, affects: Sequence[str], holds: bool) -> MissingFact:
    """One unknown fact in words."""
    words, step, anchor = missing_place(fact)
    names = [content.options[code].name for code in dict.fromkeys(affects) if code in content.options]
    return MissingFact(words, step, anchor, names, holds)


def _brings(content: Edition, code: str, answer: Assessment | None) -> list[str]:
    """The monitoring that accepting the option brings this patient, each with its days."""
    days: dict[str, list[int]] = {}
    for entry in answer["monitoring"] if answer is not None else []:
        if code in entry["for"]:
            days.setdefault(content.texts[entry["ref"]].rstrip("."), []).append(entry["day"])
    return [f"{text} (day {', '.join(map(str, sorted(on)))})" for text, on in days.items()]


_MET = {True: "met", False: "not met", None: "not known"}


def _reconsider(found: Reconsider | None, plan: Plan) -> list[str]:
    """What would lift what speaks against an option, each with the day where days are counted."""
    if found is None:
        return []
    drawn = plan.patient.clinic.today(plan.created_at)
    out = []
    for (_, how, value), text in zip(found["changes"], found["texts"], strict=True):
        out.append(f"{text} ({day_text(drawn + timedelta(days=value[1]))})" if how == "after" else text)
    return out


def _lasting(entry: OptionEntry) -> str:
    """What stays whatever changes, in the facts behind it."""
    found = entry.get("reconsider")
    if found is None:
        return ""
    because = [
        one
        for reason in entry["reasons"]
        if reason["code"] in found["lasting"] and reason["effect"] in ("withhold", "avoid")
        for one in reason["because"]
    ]
    return "; ".join(because_words(because))


def _card(
    content: Edition,
    entries: Sequence[OptionEntry],
    items: Mapping[str, PlanItem],
    plan: Plan,
    tag: str,
    forms: Mapping[str, Any],
    beside: Mapping[str, Assessment],
) -> OptionCard:
    entry = render_option(content, entries[0])
    item = items.get(entry["code"])
    reasons = entry["reasons"]
    decision = item.decision if item is not None else Decision.UNDECIDED
    goes_on = entry["current"] and decision == Decision.UNDECIDED and plan.status != PlanStatus.DRAFT
    detail = ""
    if item is not None and item.reason:
        detail = policy.ACCEPT_REASONS.get(item.reason) or policy.DECLINE_REASONS.get(item.reason, "")
    starts = f"starts {day_text(item.start_date)}" if item is not None and item.start_date else ""
    parts = [part for part in (detail, item.change if item else "", starts, item.comment if item else "") if part]
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
        reconsider=_reconsider(entry.get("reconsider"), plan),
        reconsider_rest=_lasting(entry),
        conditions=[GateLine(one["text"], _MET[one["met"]]) for one in entry.get("conditions", ())],
        missing=[missing_fact(content, fact, [], False) for fact in entry["missing"]],
        differs=[content.differences[note] for note in entry["differs"]],
        sources=sources_of(content, entry["sources"]),
        monitoring=_brings(content, entry["code"], beside.get(entry["code"])),
        override=entry["override"],
        decision=decision,
        decision_words=GOES_ON if goes_on else _decision_words(content, entry, decision, items),
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


def _decision_words(content: Edition, entry: OptionEntry, decision: str, items: Mapping[str, PlanItem]) -> str:
    """The decision in words; of what is taken now it says what becomes of it."""
    if entry["current"] and decision == Decision.DECLINED:
        return "To be stopped"
    if entry["current"] and decision == Decision.NOT_CHOSEN:
        instead = [item.code for item in items.values() if item.is_in_plan and entry["code"] in item.replaces]
        if instead:
            return f"Replaced by {content.options[instead[0]].name}"
    return Decision(decision).label


def replaceable(plan: Plan, code: str) -> list[tuple[str, str]]:
    """Antidepressants taken now that this one could replace: (code, name)."""
    content = evaluation.load(plan.edition)
    if code not in content.groups["antidepressant"]:
        return []
    return [(one, content.medicines[one].name) for one in _current_antidepressants(content, plan) if one != code]


def _current_antidepressants(content: Edition, plan: Plan) -> list[str]:
    current = [entry["code"] for entry in plan.facts.get("medicines") or [] if entry.get("status") == "current"]
    return [code for code in current if code in content.groups["antidepressant"]]


def option_block(
    content: Edition,
    spec: tuple[str, str, str, str],
    entries: Sequence[OptionEntry],
    items: Mapping[str, PlanItem],
    plan: Plan,
    open_codes: set[str],
    forms: Mapping[str, Mapping[str, Any]],
    decided_under: dict[str, str],
    beside: Mapping[str, Assessment],
) -> OptionBlock:
    """One section. ``beside``: the answer with each option accepted, for what accepting it brings; ``decided_under``
    collects where each option stands first.
    """
    section, heading, intro, empty = spec
    mine = [entry for entry in entries if entry["section"] == section]
    in_plan = {item.code for item in items.values() if item.is_in_plan}
    offered = [entry for entry in mine if policy.is_offered(entry) or entry["code"] in in_plan]
    rest = [entry for entry in mine if entry not in offered]
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
        if not policy.is_offered(entry):
            tag = "Chosen, not suggested"
        cards.append(_card(content, [entry], items, plan, tag, forms.get(entry["code"], {}), beside))
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
        key = (
            entry["status"],
            entry["override"],
            against,
            tuple(entry["missing"]),
            str(entry.get("reconsider")),
            alone,
        )
        grouped.setdefault(key, []).append(entry)
    not_suggested = [
        _card(content, group, items, plan, STATUS_WORDS[group[0]["status"]], forms.get(group[0]["code"], {}), beside)
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
        _further(content, cards) if section.endswith("-medicine") else frozenset(),
    )


ALTERNATIVES = 3


def _further(content: Edition, cards: Sequence[OptionCard]) -> frozenset[str]:
    """The alternatives beyond the first three, one of each kind first; never what is decided or taken now."""
    open_ones = [card for card in cards if not (card.is_decided or card.is_current or card.tag != "Alternative")]
    seen: set[str] = set()
    first: list[str] = []
    later: list[str] = []
    for card in open_ones:
        known = content.medicines.get(card.code)
        kind = (known.column if known else None) or card.code
        (later if kind in seen else first).append(card.code)
        seen.add(kind)
    return frozenset([*first, *later][ALTERNATIVES:])


def _under_its_first_heading(card: OptionCard, heading: str, decided_under: dict[str, str]) -> OptionCard:
    """An option that belongs to two sections is decided in the first; the second says so."""
    first = decided_under.setdefault(card.code, heading)
    return card if first == heading else replace(card, decided_under=first, forms={})
