"""The thresholds of an edition and of the engine, and the worked patients that stand on both sides of each.

A number in a rule is only shown to be right where one patient stands just below it and another just on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from guidance.checks.reach import Answered
from guidance.engine import criteria as c
from guidance.engine import scores
from guidance.engine.edition import Edition
from guidance.engine.situation import PREGNANCY_POSSIBLE_UNTIL_AGE


@dataclass
class Edge:
    """One threshold: values from ``at`` on are above it. ``below`` and ``above``: patients within ``step`` of it."""

    name: str
    at: float
    step: float
    below: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)

    def note(self, value: float | None, patient: str) -> None:
        if value is not None and self.at - self.step <= value < self.at:
            self.below.append(patient)
        elif value is not None and self.at <= value < self.at + self.step:
            self.above.append(patient)

    @property
    def is_covered(self) -> bool:
        return bool(self.below and self.above)


Reading = Callable[[Answered], float | None]


def _phq9(one: Answered) -> tuple[int | None, int | None]:
    then = scores.phq9_total(one.baseline.get("phq9")) if one.baseline is not None else None
    return then, scores.phq9_total(one.situation.facts.get("phq9"))


def _peg(one: Answered) -> tuple[int | None, int | None]:
    then = scores.peg_thirds(one.baseline.get("peg")) if one.baseline is not None else None
    return then, scores.peg_thirds(one.situation.facts.get("peg"))


def _of_change(of: Callable[[Answered], tuple[int | None, int | None]], value: Callable[[int, int], float]) -> Reading:
    def reading(one: Answered) -> float | None:
        then, now = of(one)
        return None if then is None or now is None else value(then, now)

    return reading


def _fact(name: str) -> Reading:
    return lambda one: one.situation.facts.get(name)


def _first_of_peg(one: Answered) -> float | None:
    answers = one.situation.facts.get("peg") if one.baseline is not None else None
    return None if answers is None else answers[0]


def _days_stopped(limit: int) -> Reading:
    def reading(one: Answered) -> float | None:
        known = one.situation.edition.medicines
        codes = one.situation.edition.catalogue_codes
        found = [
            entry.stopped_days_ago
            for entry in one.situation.facts.get("medicines") or ()
            if entry.status == "stopped"
            and entry.stopped_days_ago is not None
            and entry.code in codes
            and known[codes[entry.code]].lingers == limit
        ]
        return min(found) if found else None

    return reading


_ENGINE: Final[tuple[tuple[str, Reading, float, float], ...]] = (
    *((f"PHQ-9 band from {low}", _fact("phq9_total"), low, 1) for low, _ in scores.PHQ9_BANDS if low),
    ("PHQ-9 item 9 positive", _fact("phq9_item9"), 1, 1),
    ("pain subacute from day 28", _fact("pain_duration_days"), scores.ACUTE_BELOW_DAYS, 1),
    ("pain chronic from day 85", _fact("pain_duration_days"), scores.CHRONIC_ABOVE_DAYS + 1, 1),
    ("pregnancy not asked from age 56", _fact("age_years"), PREGNANCY_POSSIBLE_UNTIL_AGE + 1, 1),
    ("review: PHQ-9 rise of 5", _of_change(_phq9, lambda then, now: now - then), 5, 1),
    ("review: PHQ-9 fall of 5", _of_change(_phq9, lambda then, now: then - now), 5, 1),
    ("review: PHQ-9 below 5", _of_change(_phq9, lambda then, now: now), 5, 1),
    ("review: PHQ-9 fall by half", _of_change(_phq9, lambda then, now: 2 * (then - now) - then), 0, 2),
    ("review: PHQ-9 fall by a quarter", _of_change(_phq9, lambda then, now: 4 * (then - now) - then), 0, 4),
    ("review: PEG rise of 1 point", _of_change(_peg, lambda then, now: now - then), 3, 1),
    ("review: PEG fall of 1 point", _of_change(_peg, lambda then, now: then - now), 3, 1),
    ("review: PEG fall by 30 %", _of_change(_peg, lambda then, now: 10 * (then - now) - 3 * then), 0, 10),
    ("review: PEG of 2 or less", _of_change(_peg, lambda then, now: now), 7, 1),
    ("review: first PEG item of 2 or less", _first_of_peg, 3, 1),
    ("review: sodium below 130", lambda one: _measured(one, "sodium_mmol_l"), 130, 1),
    ("review: systolic 160", lambda one: _measured(one, "systolic_mmhg"), 160, 1),
    ("review: diastolic 100", lambda one: _measured(one, "diastolic_mmhg"), 100, 1),
    ("review: QTc 500", lambda one: _measured(one, "qtc_ms"), 500, 1),
)  # fmt: skip
"""What the engine itself decides by: (name, reading, from which value on, width of a side)."""


def _measured(one: Answered, name: str) -> float | None:
    return one.situation.facts.get(name) if one.baseline is not None else None


def _parts(criterion: c.Criterion) -> Iterator[c.Criterion]:
    yield criterion
    if isinstance(criterion, c.AllOf | c.AnyOf | c.AtLeast):
        for part in criterion.parts:
            yield from _parts(part)
    elif isinstance(criterion, c.Not):
        yield from _parts(criterion.part)


def _criteria(edition: Edition) -> Iterable[c.Criterion]:
    yield from (rule.when for rule in edition.rules.values() if rule.when is not None)
    yield from (row.only_when for row in edition.measurements if row.only_when is not None)
    yield from (row.resolved_when for row in edition.alerts.values() if row.resolved_when is not None)
    yield from (row.urgent_when for row in edition.interactions if row.urgent_when is not None)


def _threshold(part: c.Criterion) -> tuple[str, float] | None:
    """(fact, value from which on the comparison answers otherwise) of a comparison of a number."""
    if not isinstance(part, c.Compare) or part.comparison not in ("at_least", "below", "above", "at_most"):
        return None
    # "above 64" and "at most 64" part 64 from 65
    return part.name, part.operand + 1 if part.comparison in ("above", "at_most") else part.operand


def thresholds_of(edition: Edition, criterion: c.Criterion, fact: str) -> set[float]:
    """The thresholds of one fact in a criterion, definitions included."""
    found = set()
    for part in _parts(criterion):
        if isinstance(part, c.Holds):
            found |= thresholds_of(edition, edition.definitions[part.name].when, fact)
        told = _threshold(part)
        if told is not None and told[0] == fact:
            found.add(told[1])
    return found


def compared(edition: Edition) -> dict[str, set[float]]:
    """Fact -> the values from which on something else is said of it."""
    out: dict[str, set[float]] = {}
    for whole in _criteria(edition):
        for part in _parts(whole):
            told = _threshold(part)
            if told is not None:
                out.setdefault(told[0], set()).add(told[1])
    return out


def _count(criterion: c.Taking) -> Reading:
    return lambda one: len(criterion.taken(one.situation))


def edges(edition: Edition, patients: Iterable[Answered]) -> list[Edge]:
    """Every threshold, with the patients on its sides."""
    readings: dict[str, tuple[Reading, float, float]] = {name: (of, at, step) for name, of, at, step in _ENGINE}
    for name, thresholds in compared(edition).items():
        readings.update({f"{name} {at:g}": (_fact(name), at, 1) for at in sorted(thresholds)})
    for whole in _criteria(edition):
        for part in _parts(whole):
            if isinstance(part, c.Taking) and part.count > 1:
                name = f"{part.count} of {', '.join(sorted(part.group)[:3])}"
                readings[name] = (_count(part), part.count, 1)
    for limit in {one.lingers for one in edition.medicines.values() if one.lingers is not None}:
        readings[f"medicine stopped {limit + 1} days ago"] = (_days_stopped(limit), limit + 1, 1)
    out = [Edge(name, at, step) for name, (_, at, step) in readings.items()]
    for one in patients:
        for edge, (of, _, _) in zip(out, readings.values(), strict=True):
            edge.note(of(one), one.name)
    return out


def uncovered(found: Iterable[Edge]) -> Mapping[str, str]:
    """Threshold -> which side no worked patient stands on."""
    out = {}
    for edge in found:
        sides = [side for side, names in (("below", edge.below), ("on or above", edge.above)) if not names]
        if sides:
            out[edge.name] = " and ".join(sides)
    return out
