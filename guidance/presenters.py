"""Page objects of the guidance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from guidance import evaluation
from guidance.engine.edition import (
    AVOID,
    CAUTION,
    DOSE,
    NOTE,
    SECTIONS,
    VERIFICATION,
    WITHHOLD,
    Contraindication,
    Difference,
    MonitoringRule,
    Option,
    RedFlag,
    Source,
    Statement,
)
from guidance.engine.edition import Edition as Content
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


# ---------------------------------------------------------------- for those who look after an edition

MARK_WORDS = {
    "verified": "Checked against the source",
    "secondary": "Checked against a secondary source",
    "unverified": "Awaiting clinical verification",
    "product": "Decision of this product",
}
MARK_SIGNS = {"verified": "✓", "secondary": "2", "unverified": "?", "product": "P"}
EFFECT_LETTERS = {WITHHOLD: "W", AVOID: "A", CAUTION: "C", DOSE: "D", NOTE: "N"}
EFFECT_WORDS = {
    "W": "withhold, a documented override is possible",
    "W!": "withhold, a label contraindication without override",
    "A": "avoid, may be chosen with a coded reason",
    "C": "caution",
    "C+D": "caution with another dose",
    "D": "changes the dose only",
    "N": "note only",
}
TABLE_COLUMNS = (
    "duloxetine", "venlafaxine", "desvenlafaxine", "tricyclic", "doxepin", "sertraline", "fluoxetine", "paroxetine",
    "nsaid", "celecoxib", "cyclobenzaprine", "methocarbamol", "tizanidine", "tramadol", "gabapentin", "opioid",
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """How a rule or a number was verified."""

    code: str

    @property
    def words(self) -> str:
        return MARK_WORDS[self.code]

    @property
    def sign(self) -> str:
        return MARK_SIGNS[self.code]


@dataclass(frozen=True)
class TableCell:
    """One cell of the contraindication table; ``letter`` empty: nothing to say."""

    column: str
    letter: str = ""
    mark: Mark | None = None
    text: str = ""


@dataclass(frozen=True)
class TableRow:
    """One patient factor of the table. ``others``: cells of columns that the table has no room for."""

    code: str
    factor: str
    mark: Mark
    cells: list[TableCell]
    others: list[TableCell]
    sources: list[Source]

    @property
    def said(self) -> list[TableCell]:
        """Every cell that says something, with its sentence."""
        return [cell for cell in (*self.cells, *self.others) if cell.letter]


@dataclass(frozen=True)
class RuleLine:
    """One rule in words. ``parts``: numbers or effects with a mark of their own."""

    code: str
    text: str
    mark: Mark
    parts: list[tuple[str, Mark]]
    sources: list[Source]


@dataclass(frozen=True)
class RulesPage:
    """Every rule with what it rests on."""

    edition: EditionPage
    counts: list[tuple[Mark, int]]
    columns: tuple[str, ...]
    table: list[TableRow]
    groups: list[tuple[str, list[RuleLine]]]
    letters: dict[str, str]


def rules_page(edition: Edition) -> RulesPage:
    """Every rule of an edition with its verification and sources. Raises GuidanceUnavailable."""
    content = evaluation.load(edition)
    found = Counter(rule.verification for rule in content.rules.values() if rule.verification)
    return RulesPage(
        edition=edition_page(edition),
        counts=[(Mark(code), found[code]) for code in VERIFICATION],
        columns=TABLE_COLUMNS,
        table=sorted(
            (_table_row(content, row) for row in content.contraindications),
            key=lambda row: all(not cell.letter for cell in row.cells),
        ),
        groups=_rule_groups(content),
        letters=EFFECT_WORDS,
    )


def _mark(content: Content, name: str) -> Mark:
    return Mark(content.rules[name].verification)


def _cited(content: Content, codes: tuple[str, ...]) -> list[Source]:
    return [content.sources[code] for code in codes]


def _table_row(content: Content, row: Contraindication) -> TableRow:
    name = f"contraindication:{row.id}"
    cells = {
        column: TableCell(
            column,
            EFFECT_LETTERS[cell.effect]
            + ("!" if cell.label else "+D" if cell.dose_ref and cell.effect != DOSE else ""),
            _mark(content, f"{name}/{column}"),
            content.texts[cell.ref],
        )
        for column, cell in row.cells.items()
    }
    factor = next(iter(cells.values())).text
    shared = [cell.text for cell in cells.values()]
    # what all cells begin with is the factor itself
    while not all(text.startswith(factor) for text in shared):
        factor = factor.rpartition(" ")[0]
    return TableRow(
        code=row.id,
        factor=factor.rstrip(" .") or row.id,
        mark=_mark(content, name),
        cells=[cells.get(column, TableCell(column)) for column in TABLE_COLUMNS],
        others=[cell for column, cell in cells.items() if column not in TABLE_COLUMNS],
        sources=_cited(content, row.sources),
    )


def _rule_groups(content: Content) -> list[tuple[str, list[RuleLine]]]:
    def line(name: str, text: str, sources: tuple[str, ...], parts: list[tuple[str, Mark]] | None = None) -> RuleLine:
        return RuleLine(name.partition(":")[2], text, _mark(content, name), parts or [], _cited(content, sources))

    return [
        ("Red flags", [line(f"red-flag:{one.code}", one.text, one.sources) for one in content.red_flags.values()]),
        ("Alerts", [line(f"alert:{one.code}", one.text, one.sources) for one in content.alerts.values()]),
        (
            "Options and doses",
            [
                line(
                    f"option:{one.code}",
                    one.text,
                    one.sources,
                    [(one.dose, _mark(content, f"option:{one.code}/dose"))] if one.dose else [],
                )
                for one in content.options.values()
            ],
        ),
        (
            "Medicines that meet",
            [
                line(
                    f"interaction:{one.id}",
                    f"{one.title}. {one.text}",
                    one.sources,
                    [
                        (
                            f"{EFFECT_LETTERS[effect.effect]}{'!' if effect.label else ''}: {effect.text}",
                            _mark(content, f"interaction:{one.id}/{number}"),
                        )
                        for number, effect in enumerate(one.effects, 1)
                    ],
                )
                for one in content.interactions
            ],
        ),
        (
            "Monitoring",
            [
                line(
                    f"monitoring:{one.id}",
                    one.text,
                    one.sources,
                    [(f"Day {', '.join(map(str, one.days))}", _mark(content, f"monitoring:{one.id}/days"))],
                )
                for one in content.monitoring
            ],
        ),
        ("Next steps", [line(f"next-step:{one.id}", one.text, one.sources) for one in content.next_steps]),
        (
            "Statements",
            [
                line(f"statement:{one.id.removeprefix('statement:')}", one.text, one.sources)
                for one in content.statements
            ],
        ),
        (
            "Where guidelines differ",
            [
                line(f"difference:{one.code}", f"{one.topic}. {one.others}", one.sources)
                for one in content.differences.values()
            ],
        ),
    ]


@dataclass(frozen=True)
class ClaimLine:
    """One claim of an article and what became of it. ``places``: (kind in words, name)."""

    code: str
    claim: str
    places: list[tuple[str, str]]
    left_out: str
    why: str
    corrected: str


@dataclass(frozen=True)
class ClaimsPage:
    """Every claim of the articles that the guidance starts from."""

    edition: EditionPage
    articles: list[tuple[Source, list[ClaimLine]]]
    standing: int
    left_out: list[tuple[str, int]]


LEFT_OUT_WORDS = {
    "marketing": "Marketing",
    "corrected": "Contradicted by evidence",
    "no-source": "A figure without a source",
    "outside-scope": "Outside the scope",
    "article-furniture": "Part of the article's page, not of its content",
    "not-built": "A feature that the product does not have yet",
}
PLACE_WORDS = {"fact": "asked at intake", "page": "page", "why": "reason"}


def claims_page(edition: Edition) -> ClaimsPage:
    """Where each claim of the seed articles lives. Raises GuidanceUnavailable."""
    content = evaluation.load(edition)
    lines: dict[str, list[ClaimLine]] = {}
    for claim in content.claims.values():
        places = [place.partition(":") for place in claim.stands]
        lines.setdefault(claim.code.partition("-")[0], []).append(
            ClaimLine(
                claim.code,
                claim.claim,
                [(PLACE_WORDS.get(kind, kind.replace("-", " ")), name) for kind, _, name in places],
                LEFT_OUT_WORDS.get(claim.left_out, ""),
                claim.why,
                claim.corrected,
            )
        )
    left = Counter(claim.left_out for claim in content.claims.values() if claim.left_out)
    return ClaimsPage(
        edition=edition_page(edition),
        articles=[(content.sources[article], found) for article, found in lines.items()],
        standing=sum(bool(claim.stands) for claim in content.claims.values()),
        left_out=[(LEFT_OUT_WORDS[code], number) for code, number in left.most_common()],
    )
