"""Invented patients by chance: the healthy adult or somebody nobody has asked anything, with a few differences.

What they have, take and measure is read off the edition: every class of its catalogue, and both sides of every number
that one of its rules compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from guidance.checks.edges import compared
from guidance.checks.worked import Facts, base, merge
from guidance.engine.edition import Edition
from guidance.engine.facts import DICTIONARY, FLAG_OUTCOMES, TRIED_OUTCOMES, Fact

UNHEARD_OF: Final = "moonwort"
"""A code that no catalogue holds."""
MOST_DIFFERENCES: Final = 8
"""So few that one of them still decides: a patient with everything wrong is refused everything anyway."""
_PEG: Final = (None, 0, 2, 3, 5, 10)
_ANSWERS: Final = (True, True, False, None)


@dataclass(frozen=True)
class Vocabulary:
    """What the facts of an invented patient can be."""

    numbers: dict[str, list[float | None]]
    medicines: tuple[str, ...]
    days_stopped: tuple[int | None, ...]
    allergies: tuple[str, ...]
    options: tuple[str, ...]
    tried: tuple[str, ...]


def vocabulary(edition: Edition) -> Vocabulary:
    """The words of one edition."""
    numbers: dict[str, list[float | None]] = {}
    thresholds = compared(edition)
    for fact in DICTIONARY.values():
        if fact.kind in ("integer", "number"):
            found = {fact.low, fact.high}
            for at in thresholds.get(fact.name, ()):
                found |= {at - 1, at, at + 1}
            numbers[fact.name] = [None, *sorted(x for x in found if x is not None and _within(fact, x))]
    taken: set[str] = {code for code, option in edition.options.items() if code in edition.medicines}
    for members in edition.groups.values():
        taken |= set(sorted(members & frozenset(edition.medicines))[:2])
    # a class has two members above; ingredients that a rule names alone stand in it as well
    for row in edition.interactions:
        for side in row.members:
            taken |= side & frozenset(edition.medicines) if len(side) <= 3 else set()
    lingering = {one.lingers for one in edition.medicines.values() if one.lingers is not None}
    days = {day for lingers in lingering for day in (0, lingers, lingers + 1)}
    options = tuple(edition.options)
    crossing = [code for code, one in edition.classes.items() if one.cross_allergy]
    return Vocabulary(
        numbers=numbers,
        medicines=(*sorted(taken), UNHEARD_OF),
        days_stopped=(None, *sorted(days)),
        allergies=(*crossing, "aspirin", "codeine", "sertraline", "tricyclic", "latex", UNHEARD_OF),
        options=options,
        tried=(*options, "diclofenac", "oxycodone"),
    )


def _within(fact: Fact, value: float) -> bool:
    return (fact.low or 0) <= value <= (fact.high or 0)


def patients(edition: Edition, seed: int) -> Iterator[Facts]:
    """Without end, the same ones for the same seed."""
    chance, words = Random(seed), vocabulary(edition)  # noqa: S311  # not for secrets
    while True:
        yield patient(chance, words)


def patient(chance: Random, words: Vocabulary) -> Facts:
    """Facts as the contract writes them."""
    start = "blank" if chance.random() < 0.2 else "healthy-adult"
    names = chance.sample(sorted(DICTIONARY), chance.randint(0, MOST_DIFFERENCES))
    return merge(base(start), {name: value_of(name, chance, words) for name in names})


def value_of(name: str, chance: Random, words: Vocabulary) -> Any:
    """Any value of one fact, unknown among them."""
    fact = DICTIONARY[name]
    if name in words.numbers:
        return chance.choice(words.numbers[name])
    if fact.kind == "boolean":
        return chance.choice((True, False, None))
    if fact.kind == "choice":
        return chance.choice((None, *fact.values))
    if name not in ("chosen", "replaces") and chance.random() < 0.2:
        return None
    if fact.kind == "map":
        answers: tuple[Any, ...] = (None, *FLAG_OUTCOMES) if fact.values else _ANSWERS
        keys = chance.sample(fact.keys, chance.randint(0, min(6, len(fact.keys))))
        return {key: chance.choice(answers) for key in keys}
    if name == "phq9":
        items = (0, 1, 2, 3) if chance.random() < 0.7 else (0, 1, 3, None)
        return [chance.choice(items) for _ in range(9)]
    if name == "peg":
        return [chance.choice(_PEG) for _ in range(3)]
    return [entry for _ in range(chance.randint(0, 3)) for entry in [_entry(name, fact, chance, words)]]


def _entry(name: str, fact: Fact, chance: Random, words: Vocabulary) -> Any:
    if name == "medicines":
        entry = {
            "code": chance.choice(words.medicines),
            "status": chance.choice(("current", "current", "stopped", None)),
        }
        return entry | ({"stopped_days_ago": chance.choice(words.days_stopped)} if entry["status"] == "stopped" else {})
    if name == "tried":
        outcome, adequate = chance.choice((None, *TRIED_OUTCOMES)), chance.choice((True, True, False, None))
        return {"code": chance.choice(words.tried), "outcome": outcome, "adequate": adequate}
    if name in ("chosen", "replaces"):
        return chance.choice(words.options if name == "chosen" else words.medicines)
    if name == "allergies":
        return chance.choice(words.allergies)
    return chance.choice(fact.values or ("blue tablets", "back tea"))
