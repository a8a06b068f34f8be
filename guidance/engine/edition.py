"""An edition: the whole guidance of one version, as frozen rows read from a document.

The document is plain data: ``{"version": ..., "title": ..., "rows": {kind: [row, ...]}}``. Its fingerprint is the
SHA-256 of its canonical JSON, so that a stored plan can name exactly what it was made from. See reading.py for how a
document becomes an edition.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guidance.engine import criteria as c

KINDS: Final = (
    "settings", "sources", "classes", "medicines", "products", "definitions", "measurements", "red-flags", "alerts",
    "options", "contraindications", "interactions", "monitoring", "statements", "differences", "next-steps", "bands",
    "claims",
)  # fmt: skip
SEVERITIES: Final = ("emergency", "urgent", "caution", "note")
SECTIONS: Final = (
    "depression-psychological", "depression-medicine", "pain-medicine", "nonpharmacologic", "multidisciplinary",
    "self-care", "referral",
)  # fmt: skip
STATEMENT_KINDS: Final = ("pitfall", "education", "advice", "strategy", "disclaimer")
VERIFICATION: Final = ("verified", "secondary", "unverified", "product")
"""Marks of evidence: checked against the source, against a secondary source, awaiting that, a product decision."""
CLAIM_KINDS: Final = ("REC", "CON", "INT", "PIT", "MON", "ADV", "EDU", "EPI", "FEA", "DIS")
LEFT_OUT: Final = ("marketing", "corrected", "no-source", "outside-scope", "article-furniture", "not-built")
"""Why a claim of a seed article is not said."""
CONCERNS: Final = ("patient", "medicine", "red-flag")
"""Whose sake a contraindication is for: the patient's own body, another medicine, an open red flag."""

WITHHOLD, AVOID, CAUTION, DOSE, NOTE = 4, 3, 2, 1, 0


class EditionError(ValueError):
    """A document that cannot be an edition; the message names the row and the reason.

    ``kind`` and ``number`` (from 1) say which row, where one is to blame.
    """

    def __init__(self, message: str, kind: str = "", number: int = 0) -> None:
        self.kind, self.number = kind, number
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that the edition says, or one number in it, for whoever looks after the edition.

    ``name``: ``<kind>:<id>``, with ``/part`` for a cell, an effect, a dose or days. ``when``: the condition of its own,
    None where it has none. ``verification``: one of VERIFICATION, "" where the row above it has the mark.
    ``row``: its row of the document, as (kind, number from 1).
    """

    name: str
    when: c.Criterion | None
    verification: str
    row: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Band:
    """Rules that divide the values of one number: from ``low`` to below ``below`` exactly one of them holds.

    ``given``: facts (as the contract writes them) that the rules read beside the number.
    """

    code: str
    fact: str
    low: float
    below: float
    given: Mapping[str, Any]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a seed article: where it stands (``type:name``), or why it is left out.

    ``corrected``: how what stands differs from what the article says.
    """

    code: str
    kind: str
    claim: str
    stands: tuple[str, ...]
    left_out: str
    why: str
    corrected: str


@dataclass(frozen=True, slots=True)
class Source:
    """``short``: how a line names it beside its year."""

    code: str
    short: str
    citation: str
    year: int | None
    url: str
    verification: str
    about: frozenset[str]
    """columns and codes that it speaks of alone (a label); empty: of whatever cites it"""


@dataclass(frozen=True, slots=True)
class MedicineClass:
    """A class that rules read, or an allergy class. ``within``: its members are also members of those classes;
    ``cross_allergy``: an allergy to one member speaks for all."""

    code: str
    name: str
    within: tuple[str, ...]
    cross_allergy: bool


@dataclass(frozen=True, slots=True)
class CatalogueMedicine:
    """One ingredient. ``other_codes`` name the same ingredient; ``lingers``: days after the last dose on which it
    still counts (0 to that day, inside)."""

    code: str
    name: str
    other_codes: tuple[str, ...]
    brands: tuple[str, ...]
    classes: frozenset[str]
    column: str | None
    rxnorm: str | None
    lingers: int | None
    allergy_also: frozenset[str]
    """an allergy to one of these classes speaks against this medicine too"""
    allergy_speaks_for: frozenset[str]
    """an allergy to this medicine counts as one to these classes"""


@dataclass(frozen=True, slots=True)
class Product:
    """A medicine of several ingredients that rules tell apart; ``contains`` their codes in the catalogue."""

    code: str
    name: str
    brands: tuple[str, ...]
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    code: str
    when: c.Criterion


@dataclass(frozen=True, slots=True)
class Measurement:
    """When an unknown measurement only cautions (``exempt_when``), and for which medicines it is asked at all.

    ``only_when``: outside ``always_for``, the measurement matters only when this holds (or is unknown).
    ``strict_dose_for``: medicines whose dose rule cannot wait for the measurement.
    """

    facts: frozenset[str]
    exempt_when: c.Criterion
    only_when: c.Criterion | None
    always_for: frozenset[str]
    strict_dose_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class RedFlag:
    code: str
    flag: str
    severity: str
    title: str
    text: str
    ask: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """``when`` None: the engine itself raises it (see evaluate.COMPUTED_ALERTS)."""

    code: str
    severity: str
    title: str
    text: str
    when: c.Criterion | None
    resolved_when: c.Criterion | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A reason that speaks for an option."""

    code: str
    ref: str
    when: c.Criterion
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OptionSection:
    section: str
    line: int | None
    raised_when: c.Criterion


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    name: str
    sections: tuple[OptionSection, ...]
    always_listed: bool
    text: str
    patient_text: str
    dose: str
    why: tuple[Why, ...]
    differs: tuple[tuple[str, c.Criterion], ...]
    sources: tuple[str, ...]
    needs_review_of_unrecognised: bool

    @property
    def is_medicine(self) -> bool:
        return self.sections[0].section.endswith("-medicine")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one contraindication row says of one column. ``label``: a label contraindication, no override.

    ``dose_ref``: the sentence that joins the dose text, if it has one.
    """

    effect: int
    label: bool
    ref: str
    dose_ref: str


@dataclass(frozen=True, slots=True)
class Contraindication:
    """One row of the matrix: when it holds, and what it does to each column (a column or an intervention code).

    ``unknown_counts``: an unknown answer counts as if the row held (the conditions of the opioid gate);
    ``condition``: then what must be so, in words.
    """

    code: str
    id: str
    when: c.Criterion
    concern: str
    unknown_counts: bool
    condition: str
    cells: Mapping[str, Cell]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairEffect:
    """What a complete interaction row does to an option of the group ``on``."""

    on: frozenset[str]
    effect: int
    label: bool
    when: c.Criterion
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """Medicines that meet. ``members``: one group of codes for each side; ``when``: a fact that completes the row.

    ``stopped``: recently stopped medicines count as ``no``, ``also`` or ``only``.
    ``reaches_current``: a choice that completes the row tells on a medicine taken now as well (the NSAID gives way);
    otherwise only on what is new.
    ``replaced``: medicines that a switch replaces count as ``any`` other, are left out (``exclude``), or are the only
    ones that fill the last side (``only``).
    """

    code: str
    id: str
    members: tuple[frozenset[str], ...]
    when: c.Criterion
    stopped: str
    lingers: tuple[bool, ...]
    """for each side, whether a stopped medicine may fill it"""
    replaced: str
    alert: bool
    reaches_current: bool
    severity: str
    urgent_when: c.Criterion | None
    title: str
    text: str
    effects: tuple[PairEffect, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonitoringRule:
    """``brought_by``: choosing one of these brings it (empty: nobody has to choose anything)."""

    code: str
    id: str
    brought_by: frozenset[str]
    new_only: bool
    when: c.Criterion
    days: tuple[int, ...]
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    code: str
    id: str
    kind: str
    when: c.Criterion
    text: str
    patient_text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the seed article and the guidelines disagree: who says what."""

    code: str
    topic: str
    seed: str
    others: str
    shown: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """``id``: several rows may give one code, each with words of its own."""

    code: str
    id: str
    when: c.Criterion
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything one version says. Rows keep the order of the document."""

    version: str
    title: str
    fingerprint: str
    settings: Mapping[str, str]
    sources: Mapping[str, Source]
    classes: Mapping[str, MedicineClass]
    medicines: Mapping[str, CatalogueMedicine]
    products: Mapping[str, Product]
    definitions: Mapping[str, Definition]
    measurements: tuple[Measurement, ...]
    red_flags: Mapping[str, RedFlag]
    alerts: Mapping[str, AlertRule]
    options: Mapping[str, Option]
    contraindications: tuple[Contraindication, ...]
    interactions: tuple[Interaction, ...]
    monitoring: tuple[MonitoringRule, ...]
    statements: tuple[Statement, ...]
    differences: Mapping[str, Difference]
    next_steps: tuple[NextStep, ...]
    bands: tuple[Band, ...]
    claims: Mapping[str, Claim]
    rules: Mapping[str, Rule]
    """name -> rule, for everything above that says something."""
    texts: Mapping[str, str]
    """ref -> sentence, for everything an assessment refers to by ref."""
    text_sources: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str]
    """ref -> title, for red flags, alerts and interactions."""
    catalogue_codes: Mapping[str, str]
    """every code that names an ingredient -> its code in the catalogue."""
    groups: Mapping[str, frozenset[str]]
    """class or code -> the codes it stands for, intervention classes included."""
    cells_by_code: Mapping[str, Mapping[int, Cell]]
    """intervention or catalogue code -> number of the contraindication row -> its cell."""
    effects_by_code: Mapping[str, Mapping[int, tuple[tuple[int, ...], tuple[PairEffect, ...]]]]
    """code -> number of the interaction row -> (the sides the code stands on, what the row does to the code)."""
    pairs_of: Mapping[str, frozenset[int]]
    """code -> numbers of the interaction rows that it stands in."""
    lone_pairs: frozenset[int]
    """interaction rows of one side: a fact completes them"""
    measured: Mapping[str, Measurement]
    """fact -> what stands of it among the measurements."""
    gates: Mapping[str, tuple[tuple[str, str, tuple[int, ...]], ...]]
    """option -> its conditions: (ref of the words, rule code, numbers of the contraindication rows)."""
    stand_ins: Mapping[str, frozenset[str]]
    """intervention code -> the medicines it speaks for; a class leaves out members that are options themselves."""

    def stands_for(self, code: str) -> frozenset[str]:
        """The medicines that an intervention code (or any other code: itself) speaks for."""
        return self.stand_ins.get(code) or frozenset((code,))


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a document that the fingerprint is taken of."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(document: Mapping[str, Any]) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(canonical(document)).hexdigest()
