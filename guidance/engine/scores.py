"""Scores: items in, score or unknown (None) out.

PHQ-9: Kroenke, Spitzer, Williams 2001; bands as published with LOINC 44261-6. PEG: Krebs and others 2009.
Suicide risk: triage of the C-SSRS screener (Columbia protocol), with item 9 of the PHQ-9 and the clinician's judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from guidance.engine.facts import Facts

PHQ9_BANDS: Final = ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately-severe"), (20, "severe"))
"""(lowest total, band); a total belongs to the last band whose lowest total it reaches. 27 is the highest total."""
ACUTE_BELOW_DAYS: Final = 28
CHRONIC_ABOVE_DAYS: Final = 84


def phq9_total(items: Sequence[int | None] | None) -> int | None:
    """Sum of nine items of 0 to 3, so 0 to 27; unknown unless all nine are answered (never prorated)."""
    if items is None or None in items:
        return None
    return sum(items)  # type: ignore[arg-type]  # no None is left


def phq9_band(total: int | None) -> str | None:
    """The severity band of a total."""
    if total is None:
        return None
    return PHQ9_BANDS[band_index(total)][1]


def band_index(total: int) -> int:
    """0 (minimal) to 4 (severe)."""
    return sum(total >= lowest for lowest, _ in PHQ9_BANDS) - 1


def phq9_item9(items: Sequence[int | None] | None) -> int | None:
    """The answer to item 9 (thoughts of death or self-harm), 0 to 3, whatever the rest."""
    return None if items is None else items[8]


def peg_thirds(items: Sequence[int | None] | None) -> int | None:
    """Sum of the three PEG items, 0 to 30: the score in thirds, so that comparisons never see a rounded mean."""
    if items is None or None in items:
        return None
    return sum(items)  # type: ignore[arg-type]  # no None is left


def peg(items: Sequence[int | None] | None) -> float | None:
    """Mean of the three items, 0 to 10, one decimal, for showing."""
    thirds = peg_thirds(items)
    return None if thirds is None else round(thirds / 3, 1)


def pain_phase(days: int | None) -> str | None:
    """acute below 28 days, subacute 28 to 84, chronic above 84 (reading A-1)."""
    if days is None:
        return None
    if days < ACUTE_BELOW_DAYS:
        return "acute"
    return "chronic" if days > CHRONIC_ABOVE_DAYS else "subacute"


def screen_complete(facts: Facts) -> bool:
    """Whether every question of the C-SSRS screener that the published branching reaches was answered."""
    get = facts.get
    if get("suicide_screen.wish-to-be-dead") is None:
        return False
    thoughts, lifetime = get("suicide_screen.suicidal-thoughts"), get("suicide_screen.behaviour-lifetime")
    if thoughts is None or lifetime is None:
        return False
    if thoughts and (
        get("suicide_screen.method") is None
        or get("suicide_screen.intent") is None
        or get("suicide_screen.plan-with-intent") is None
    ):
        return False
    return not (lifetime and get("suicide_screen.behaviour-3-months") is None)


def screen_positive(facts: Facts) -> bool:
    """Whether any question of the screener was answered yes."""
    get = facts.get
    return (
        get("suicide_screen.wish-to-be-dead") is True
        or get("suicide_screen.suicidal-thoughts") is True
        or get("suicide_screen.method") is True
        or get("suicide_screen.intent") is True
        or get("suicide_screen.plan-with-intent") is True
        or get("suicide_screen.behaviour-lifetime") is True
        or get("suicide_screen.behaviour-3-months") is True
    )


def suicide_risk(facts: Facts) -> str:
    """high, moderate, unassessed, low, unknown or none: the first that holds.

    The clinician's judgement raises the result and never lowers it; answers that already make it high or moderate
    count at once, also in an incomplete screen.
    """
    get: Any = facts.get
    judgement = get("suicide_risk_judgement")
    if (
        get("suicide_screen.intent")
        or get("suicide_screen.plan-with-intent")
        or get("suicide_screen.behaviour-3-months")
        or judgement == "high"
    ):
        return "high"
    if (
        get("suicide_screen.method")
        or get("suicide_screen.behaviour-lifetime")
        or get("past_suicide_attempt")
        or judgement == "moderate"
    ):
        return "moderate"
    item9, complete, positive = phq9_item9(get("phq9")), screen_complete(facts), screen_positive(facts)
    if ((item9 or 0) >= 1 or positive) and not complete:
        return "unassessed"
    if positive or (complete and item9 != 0):
        return "low"
    return "unknown" if item9 is None else "none"
