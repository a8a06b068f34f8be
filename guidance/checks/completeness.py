"""What every edition must hold: the codes that the contract promises, a home for every claim of the seed articles, and
bands that divide their numbers without a gap or an overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guidance.checks.edges import thresholds_of
from guidance.engine.edition import Band, Edition
from guidance.engine.evaluate import COMPUTED_ALERTS
from guidance.engine.facts import check
from guidance.engine.situation import COMPARABLE, Situation

CLAIMS: Final = {"S0": 86, "S1": 67, "S2": 29, "S3": 25, "S4": 51}
"""Seed article -> number of its claims, counted from 01."""
INTERACTIONS: Final = tuple(f"IX-{number}" for number in range(1, 30))
DIFFERENCES: Final = tuple(f"D-{number:02d}" for number in range(1, 23))
OPTIONS: Final = (
    "duloxetine", "venlafaxine", "desvenlafaxine", "amitriptyline", "nortriptyline", "doxepin", "desipramine",
    "sertraline", "fluoxetine", "paroxetine", "ibuprofen", "naproxen", "celecoxib", "cyclobenzaprine", "methocarbamol",
    "tizanidine", "tramadol", "gabapentin", "omeprazole", "opioid", "benzodiazepine", "cbt", "exercise-therapy",
    "physical-therapy", "superficial-heat", "massage", "acupuncture", "spinal-manipulation",
    "mindfulness-based-stress-reduction", "progressive-relaxation", "biofeedback", "interdisciplinary-rehabilitation",
    "ergonomics", "walking-and-breaks", "sleep-routine", "dietary-improvement", "stress-management",
    "specialist-referral", "psychiatry-referral", "rheumatology-referral",
)  # fmt: skip
ALERTS: Final = (
    *(f"RF-{number}" for number in range(1, 9)), "SR-HIGH", "SR-MODERATE", "SR-LOW", "SR-UNASSESSED", "SR-7",
    "SEROTONIN-SYNDROME", "RF-UNASKED", "RF-CONFIRM", "PSYCHOSIS", "PHQ-INCOMPLETE", "OUT-OF-SCOPE",
    "MED-UNRECOGNISED", "MED-UNREVIEWED", "BENZO-CURRENT", "NSAID-DUPLICATE", "STAGGER-CNS", "CX-CURRENT", "CX-NA",
    "CX-BP",
)  # fmt: skip
MONITORING: Final = (
    "M-SUI7", "M-AD14", "M-1MO", "M-3MO", "M-6MO", "M-BP", "M-NA", "M-ECG", "M-LVL", "M-REN", "M-GI", "M-INR", "M-LFT",
    "M-SERO", "M-SMR", "M-NSAID", "M-GBP", "M-OPI", "M-ADH", "M-TAPER",
)  # fmt: skip
NEXT_STEPS: Final = (
    "FU-RF", "FU-SUICIDE", "FU-SEROTONIN", "FU-ADHERENCE", "FU-D-CONTINUE", "FU-D-OPTIMISE", "FU-D-SWITCH",
    "FU-D-WORSE", "FU-P-CONTINUE", "FU-P-STEP", "FU-P-REVIEW", "FU-P-WORSE", "FU-SPLIT-PAIN", "FU-SPLIT-MOOD",
    "FU-SE-MILD", "FU-SE-SIGNIFICANT", "FU-STOP-REVIEW", "FU-WAIT",
)  # fmt: skip
REASONS: Final = (
    "CX-EGFR59", "CX-EGFR29", "CX-LIVER", "CX-ALCOHOL", "CX-SUICIDE", "CX-MANIA", "CX-SEIZURE", "CX-ANGLE",
    "CX-RETENTION", "CX-HEART", "CX-HF", "CX-BP", "CX-BLEED", "CX-ANTICOAG", "CX-AGE65", "CX-PREG", "CX-NA", "CX-WORK",
    "CX-SUD", "CX-ASTHMA", "CX-CABG", "CX-THYROID", "CX-OBSTRUCTION", "CX-QTC", "CX-RESP", "CX-APNOEA", "CX-FALLS",
    "CX-LACT", "CX-CVD", "CX-BONE",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Something that must not be. ``kind`` and ``number`` (from 1) name the row to blame, where there is one."""

    text: str
    kind: str = ""
    number: int = 0


Exists = Callable[[str], bool]


def problems(edition: Edition, page_exists: Exists) -> list[Problem]:
    """Everything that an edition lacks. ``page_exists``: whether the product has a page of this URL name."""
    return [
        *_twice(edition),
        *_codes(edition),
        *_options(edition),
        *_conditions(edition),
        *_members(edition),
        *_claims(edition, page_exists),
        *_required_bands(edition),
        *_bands(edition),
    ]


def _codes(edition: Edition) -> Iterator[Problem]:
    raised = {*edition.alerts, *edition.red_flags, *(row.code for row in edition.interactions)}
    table = {row.code for row in edition.contraindications}
    wanted = (
        ("interaction", INTERACTIONS, raised | table),
        ("difference", DIFFERENCES, set(edition.differences)),
        ("option", OPTIONS, set(edition.options)),
        ("alert", ALERTS, raised),
        ("contraindication", REASONS, table),
        ("check", MONITORING, {row.code for row in edition.monitoring}),
        ("next step", NEXT_STEPS, {row.code for row in edition.next_steps}),
    )
    for what, codes, found in wanted:
        yield from (Problem(f"no {what} {code}") for code in codes if code not in found)
    yield from (Problem(f"no words for the alert {code}") for code in COMPUTED_ALERTS if code not in edition.alerts)


def _twice(edition: Edition) -> Iterator[Problem]:
    for name, rule in edition.rules.items():
        # an option may give several reasons by one claim; anything else has its id for itself
        if "#" in name and not name.startswith("why:"):
            yield Problem(f"{name.partition('#')[0]} stands twice", *rule.row)


def _conditions(edition: Edition) -> Iterator[Problem]:
    for number, row in enumerate(edition.contraindications, 1):
        if row.unknown_counts is not bool(row.condition):
            text = f"{row.id} needs a condition in words if an unknown answer counts, and only then"
            yield Problem(text, "contraindications", number)


def _options(edition: Edition) -> Iterator[Problem]:
    for number, (code, option) in enumerate(edition.options.items(), 1):
        if option.is_medicine and code not in edition.medicines and code not in edition.classes:
            yield Problem(f"medicine option {code} is not in the catalogue", "options", number)
        if option.is_medicine and not option.dose and code in edition.medicines:
            yield Problem(f"option {code} has no dose", "options", number)


# ---------------------------------------------------------------- the catalogue

MEMBERS: Final = {
    "ssri": ("sertraline", "fluoxetine", "paroxetine", "citalopram", "escitalopram", "fluvoxamine"),
    "snri": ("duloxetine", "venlafaxine", "desvenlafaxine"),
    "tricyclic": ("amitriptyline", "nortriptyline", "doxepin", "desipramine", "imipramine", "clomipramine"),
    "maoi": (
        "phenelzine", "tranylcypromine", "isocarboxazid", "moclobemide", "selegiline", "rasagiline", "safinamide",
        "procarbazine",
    ),
    "brief-maoi": ("linezolid", "methylene-blue"),
    "nsaid": ("ibuprofen", "naproxen", "celecoxib", "diclofenac", "meloxicam", "ketorolac", "etoricoxib"),
    "opioid": (
        "tramadol", "tapentadol", "codeine", "hydrocodone", "oxycodone", "morphine", "fentanyl", "methadone",
        "buprenorphine",
    ),
    "benzodiazepine-or-z-drug": (
        "diazepam", "lorazepam", "alprazolam", "clonazepam", "temazepam", "zolpidem", "zopiclone", "zaleplon",
    ),
    "gabapentinoid": ("gabapentin", "pregabalin"),
    "muscle-relaxant": ("cyclobenzaprine", "methocarbamol", "tizanidine", "baclofen", "carisoprodol", "metaxalone"),
    "anticoagulant": ("warfarin", "apixaban", "rivaroxaban", "dabigatran", "edoxaban", "enoxaparin", "heparin"),
    "antiplatelet": ("aspirin", "clopidogrel", "prasugrel", "ticagrelor"),
    "corticosteroid": ("prednisone", "prednisolone", "methylprednisolone", "dexamethasone"),
    "triptan": ("sumatriptan", "rizatriptan", "zolmitriptan"),
    "ace-inhibitor": ("lisinopril", "ramipril", "enalapril"),
    "arb": ("losartan", "valsartan", "candesartan"),
    "diuretic": ("furosemide", "hydrochlorothiazide", "spironolactone"),
    "thiazide": ("hydrochlorothiazide", "chlorthalidone", "indapamide"),
    "cyp2d6-strong": ("fluoxetine", "paroxetine", "bupropion", "quinidine"),
    "cyp1a2-strong": ("fluvoxamine", "ciprofloxacin"),
    "qt-prolonging": ("citalopram", "escitalopram", "haloperidol", "thioridazine", "pimozide", "methadone", "sotalol"),
    "immunosuppressant-nsaid": ("methotrexate", "cyclosporine", "tacrolimus"),
    "antipsychotic": ("quetiapine", "olanzapine", "haloperidol", "thioridazine", "pimozide"),
    "proton-pump-inhibitor": ("omeprazole", "lansoprazole", "pantoprazole", "esomeprazole"),
}  # fmt: skip
"""Class -> medicines that no edition may lose from it."""
LINGERS: Final = {"fluoxetine": 34, **dict.fromkeys(MEMBERS["maoi"], 13), **dict.fromkeys(MEMBERS["brief-maoi"], 1)}
"""Medicine -> the last day after its last dose on which it still counts."""


def _members(edition: Edition) -> Iterator[Problem]:
    for name, codes in MEMBERS.items():
        found = edition.groups.get(name, frozenset())
        yield from (
            Problem(f"{code} is not among the class {name}")
            for code in codes
            if edition.catalogue_codes.get(code) not in found
        )
    for code, days in LINGERS.items():
        known = edition.medicines.get(code)
        if known is None or known.lingers != days:
            yield Problem(f"{code} must count for {days} days after its last dose")


# ---------------------------------------------------------------- claims


def claim_ids() -> list[str]:
    """Every claim of the five articles, in order."""
    return [f"{article}-{number:02d}" for article, count in CLAIMS.items() for number in range(1, count + 1)]


def _claims(edition: Edition, page_exists: Exists) -> Iterator[Problem]:
    wanted = claim_ids()
    yield from (Problem(f"claim {code} is not accounted for") for code in wanted if code not in edition.claims)
    for number, claim in enumerate(edition.claims.values(), 1):
        if claim.code not in wanted:
            yield Problem(f"claim {claim.code} is not one of the five articles", "claims", number)
        for place in claim.stands:
            if not _stands(edition, place, page_exists):
                yield Problem(f"claim {claim.code} points nowhere: {place}", "claims", number)


def _stands(edition: Edition, place: str, page_exists: Exists) -> bool:
    kind, _, name = place.partition(":")
    if kind == "page":
        return page_exists(name)
    return name in COMPARABLE or name in _LISTED if kind == "fact" else place in edition.rules


_LISTED: Final = ("pain_sites", "medicines", "allergies", "tried", "phq9", "peg", "chosen", "replaces")
"""Facts that are lists: no rule compares them whole."""


def claims_table(edition: Edition) -> list[tuple[str, int, int, int, Counter[str]]]:
    """For each article: claims, how many stand, how many of them corrected, and why the others are left out."""
    out = []
    for article in CLAIMS:
        claims = [claim for claim in edition.claims.values() if claim.code.startswith(article)]
        left = Counter(claim.left_out for claim in claims if claim.left_out)
        corrected = sum(bool(claim.corrected) for claim in claims)
        out.append((article, len(claims), sum(bool(claim.stands) for claim in claims), corrected, left))
    return out


# ---------------------------------------------------------------- bands


REQUIRED_BANDS: Final[tuple[tuple[str, float, float, dict[str, str]], ...]] = (
    ("egfr", 0, 60, {}),
    ("sodium_mmol_l", 90, 135, {}),
    ("qtc_ms", 461, 801, {"sex_at_birth": "female"}),
    ("qtc_ms", 451, 801, {"sex_at_birth": "male"}),
    ("gestation_weeks", 0, 46, {"pregnancy": "pregnant"}),
    ("phq9_total", 5, 28, {}),
)
"""(number, from, to below, what is known beside it) that rules must divide without a gap."""


def _required_bands(edition: Edition) -> Iterator[Problem]:
    for fact, low, below, given in REQUIRED_BANDS:
        covered = any(
            band.fact == fact and band.low <= low and band.below >= below and dict(band.given) == given
            for band in edition.bands
        )
        if not covered:
            yield Problem(f"no band for {fact} from {low} to below {below}")


def _bands(edition: Edition) -> Iterator[Problem]:
    for number, band in enumerate(edition.bands, 1):
        for value in _values(edition, band):
            found = _holding(edition, band, value)
            if len(found) != 1:
                what = "none of its rules holds" if not found else f"{' and '.join(found)} hold"
                yield Problem(f"band {band.code}: at {band.fact} {value:g} {what}", "bands", number)


def _values(edition: Edition, band: Band) -> list[float]:
    """The ends of the band and both sides of every threshold of its rules."""
    whole = COMPARABLE[band.fact].kind == "integer"
    step = 1.0 if whole else 0.1
    found = {band.low, band.below - step}
    for name in band.rules:
        when = edition.rules[name].when
        for at in thresholds_of(edition, when, band.fact) if when is not None else ():
            found |= {at - step, at, at + step}
    return sorted(value for value in found if band.low <= value < band.below)


def _holding(edition: Edition, band: Band, value: float) -> list[str]:
    situation = Situation(edition, check(band.given))
    situation.facts[band.fact] = value
    whens = ((name, edition.rules[name].when) for name in band.rules)
    return [name for name, when in whens if when is not None and when.value(situation)]
