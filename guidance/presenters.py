"""Page objects of the guidance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guidance import evaluation
from guidance.engine.edition import SECTIONS, Difference, MonitoringRule, Option, RedFlag, Source, Statement
from guidance.evaluation import ReviewStatus
from guidance.models import Edition

SECTION_NAMES = {
    "depression-psychological": "Depression first: psychological therapy",
    "depression-medicine": "Medicines for depression",
    "pain-medicine": "Medicines for pain",
    "nonpharmacologic": "Without medicine",
    "multidisciplinary": "Team",
    "self-care": "Self-care",
    "referral": "Referrals",
}


@dataclass(frozen=True)
class OptionSectionPage:
    name: str
    options: list[Option]


@dataclass(frozen=True)
class EditionPage:
    """Everything the reading page of an edition shows."""

    version: str
    title: str
    status: str
    in_force_at: datetime | None
    fingerprint: str
    review: ReviewStatus
    red_flags: list[RedFlag]
    sections: list[OptionSectionPage]
    statements: list[Statement]
    monitoring: list[MonitoringRule]
    differences: list[Difference]
    sources: list[Source]
    rule_count: int


def edition_page(edition: Edition) -> EditionPage:
    """The page of one edition. Raises GuidanceUnavailable."""
    content = evaluation.load(edition)
    sections = [
        OptionSectionPage(
            SECTION_NAMES[section],
            [option for option in content.options.values() if any(part.section == section for part in option.sections)],
        )
        for section in SECTIONS
    ]
    rules = (content.contraindications, content.interactions, content.monitoring, content.alerts, content.next_steps)
    return EditionPage(
        version=edition.version,
        title=edition.title,
        status=edition.get_status_display(),
        in_force_at=edition.in_force_at,
        fingerprint=edition.fingerprint,
        review=evaluation.status_of(edition),
        red_flags=list(content.red_flags.values()),
        sections=sections,
        statements=list(content.statements),
        monitoring=list(content.monitoring),
        differences=list(content.differences.values()),
        sources=list(content.sources.values()),
        rule_count=sum(len(kind) for kind in rules),
    )
