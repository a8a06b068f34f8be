"""What may be decided on an option, and what a plan still needs before it can be signed. Pure: no database, no clock.

Legend of an option's way into the plan:
  offer              accept
  caution            accept with one answer (with its monitoring, or a reason)
  avoid              choose anyway, with a coded reason
  withhold           choose anyway, with a documented override; never when it is a label contraindication
  needs-information  not until the fact is known
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guidance.engine.answer import Alert, Assessment, OptionEntry
from guidance.engine.edition import Edition

ACCEPT_REASONS: Final = {
    "with-monitoring": "Accept with its monitoring",
    "tolerated-before": "Tolerated before",
    "will-monitor": "Will monitor on a date",
    "benefit-outweighs-risk": "Benefit outweighs risk",
    "alert-is-wrong": "The alert is wrong",
}
DECLINE_REASONS: Final = {
    "cds-not-applicable": "Does not apply to this patient",
    "action-completed": "Already done or already taking it",
    "action-unsuccessful": "Tried before, did not work",
    "patient-contraindication": "Contraindicated or risk outweighs benefit",
    "prefers-alternative": "Patient prefers another option",
    "patient-refuses": "Patient declined",
    "service-not-available": "Not available or too costly here",
    "need-more-info": "Need more information first",
    "recipient-disagrees-evidence": "I disagree with the evidence",
}
"""Shown words of the HL7 CDS Hooks / AHRQ CDSiC non-adherence codes."""
SHORTEST_OVERRIDE: Final = 20
"""Characters of a documented override."""
FEWEST_WORDS: Final = 4
EXCLUSIVE: Final = {
    "antidepressant": "Medicines for depression",
    "nsaid": "Anti-inflammatory medicines",
    "muscle-relaxant": "Muscle relaxants",
}
"""Classes of which one is chosen; the others are then not chosen."""
TEAM_ALERTS: Final = ("urgent", "caution")


class NotAllowed(Exception):
    """The decision is not possible; the message says why and what would be."""


@dataclass(frozen=True)
class Decided:
    """One decision as the policy reads it."""

    code: str
    in_plan: bool
    is_decided: bool
    reason: str
    comment: str


def group_of(edition: Edition, code: str) -> str:
    """The class of which only one is chosen, or the code itself."""
    for name in EXCLUSIVE:
        if code in edition.groups.get(name, frozenset()):
            return name
    return code


def is_offered(entry: OptionEntry) -> bool:
    """Whether the option asks for a decision."""
    return entry["status"] in ("offer", "caution")


def asks_to_stop_or_go_on(entry: OptionEntry) -> bool:
    """Whether a medicine that is taken now, and that something speaks against, needs a decision of its own. Not where
    the label rules it out and it could only be stopped: its alert says what to do."""
    return entry["current"] and entry["status"] in ("avoid", "withhold") and entry["override"] != "none"


def entry_of(assessment: Assessment, code: str) -> OptionEntry | None:
    """The option's entry (its first; an option in two sections has the same status in both)."""
    return next((entry for entry in assessment["options"] if entry["code"] == code), None)


def brought_up(assessment: Assessment, checked: Assessment) -> list[OptionEntry]:
    """Options that are there only because of what was accepted."""
    first = {entry["code"] for entry in assessment["options"]}
    return [entry for entry in checked["options"] if entry["code"] not in first]


def is_documented(comment: str) -> bool:
    """Whether an override says something: a few different words, not one key held down."""
    return len(comment.strip()) >= SHORTEST_OVERRIDE and len(set(comment.lower().split())) >= FEWEST_WORDS


def check_accept(entry: OptionEntry | None, *, reason: str, comment: str, has_date: bool) -> None:
    """Refuse what may not be chosen, and a choice without the answer that its status asks for.

    Raises NotAllowed with a sentence for the form.
    """
    if entry is None:
        raise NotAllowed("This is not an option for this patient.")
    status, override = entry["status"], entry["override"]
    if status == "needs-information":
        raise NotAllowed("This cannot be chosen until what is missing is known.")
    if status == "withhold" and override == "none":
        raise NotAllowed("This is contraindicated by its label and cannot be chosen.")
    if status == "withhold" and not is_documented(comment):
        raise NotAllowed(f"Enter why it is chosen all the same, in {FEWEST_WORDS} words or more.")
    if status in ("caution", "avoid", "withhold") and reason not in ACCEPT_REASONS:
        raise NotAllowed("Select why it is accepted although the guidance cautions.")
    if status != "caution" and reason == "with-monitoring" and status in ("avoid", "withhold"):
        raise NotAllowed("Select another reason: monitoring alone does not answer this.")
    if reason == "will-monitor" and not has_date:
        raise NotAllowed("Enter the date on which it will be monitored.")


def check_decline(*, reason: str, comment: str) -> None:
    """Refuse a decline without a reason. Raises NotAllowed."""
    if reason not in DECLINE_REASONS:
        raise NotAllowed("Select why it is declined.")
    if reason == "recipient-disagrees-evidence" and not comment.strip():
        raise NotAllowed("Enter what you disagree with, so that the guidance can be mended.")


def still_justified(entry: OptionEntry | None, decided: Decided) -> bool:
    """Whether an accepted choice still has the answer that its status asks for, with everything else accepted."""
    try:
        check_accept(entry, reason=decided.reason, comment=decided.comment, has_date=True)
    except NotAllowed:
        return False
    return True


def open_groups(edition: Edition, entries: Iterable[OptionEntry], decisions: Sequence[Decided]) -> list[list[str]]:
    """Groups of offered options that still wait for a decision, in the order of the page."""
    by_code = {decided.code: decided for decided in decisions}
    groups: dict[str, list[str]] = {}
    for entry in filter(is_offered, entries):
        codes = groups.setdefault(group_of(edition, entry["code"]), [])
        if entry["code"] not in codes:
            codes.append(entry["code"])
    chosen_groups = {group_of(edition, decided.code) for decided in decisions if decided.in_plan}
    return [
        codes
        for name, codes in groups.items()
        if name not in chosen_groups and not all(code in by_code and by_code[code].is_decided for code in codes)
    ]


def unjustified(checked: Assessment, decisions: Iterable[Decided]) -> list[str]:
    """Accepted options whose status, beside everything else accepted, asks for more than was answered."""
    return [
        decided.code
        for decided in decisions
        if decided.in_plan and not still_justified(entry_of(checked, decided.code), decided)
    ]


def combination_alerts(assessment: Assessment, checked: Assessment) -> list[Alert]:
    """Alerts that only what was accepted together brings, and that ask for an answer."""
    before = {(alert["code"], alert["ref"], alert.get("about")) for alert in assessment["alerts"]}
    return [
        alert
        for alert in checked["alerts"]
        if (alert["code"], alert["ref"], alert.get("about")) not in before
        and alert["severity"] in TEAM_ALERTS
        and not alert["resolved"]
    ]


def alert_key(alert: Alert) -> str:
    """The key that an answer to a combination alert is kept under."""
    return f"{alert['code']}:{alert.get('about', '')}"


def unanswered_alerts(assessment: Assessment, checked: Assessment, answers: Mapping[str, str]) -> list[Alert]:
    """Combination alerts without an answer."""
    return [
        alert
        for alert in combination_alerts(assessment, checked)
        if answers.get(alert_key(alert)) not in ACCEPT_REASONS
    ]
