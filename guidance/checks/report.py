"""The whole examination of an edition: what it lacks, what worked patients show, what invented ones are safe from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from guidance.checks import completeness, properties
from guidance.checks.completeness import Problem
from guidance.checks.edges import edges, uncovered
from guidance.checks.reach import answered, reached
from guidance.checks.sweep import sweep
from guidance.checks.worked import Case, faults_of
from guidance.engine.edition import Edition, EditionError


@dataclass(frozen=True)
class Report:
    """Figures and problems. Rules and thresholds: (shown, all)."""

    problems: list[Problem]
    marks: Counter[str]
    cases: int
    rules: tuple[int, int]
    thresholds: tuple[int, int]
    patients: int


def structural(edition: Edition) -> list[Problem]:
    """What can be told without a patient; an edition with such a problem is never stored."""
    return completeness.problems(edition, page_exists)


def refuse_broken(edition: Edition) -> None:
    """Raise EditionError with the first structural problem of an edition, and how many more there are."""
    found = structural(edition)
    if found:
        more = f" (and {len(found) - 1} more problem{'s' if len(found) > 2 else ''})" if len(found) > 1 else ""
        raise EditionError(f"{found[0].text}{more}", found[0].kind, found[0].number)


def examine(edition: Edition, cases: Mapping[str, Case], patients: int, seed: int = 1) -> Report:
    """Everything. ``patients``: how many invented ones the properties are tried on."""
    found = structural(edition)
    for name, case in cases.items():
        found += [Problem(f"worked patient {name}: {fault}") for fault in faults_of(edition, case)]
    people = list(answered(edition, cases))
    rules = reached(edition, people)
    for name, reach in rules.items():
        kind, number = edition.rules[name].row
        if not reach.fires:
            found.append(Problem(f"{name}: no worked patient fires it", kind, number))
        elif not reach.spares:
            found.append(Problem(f"{name}: every worked patient fires it", kind, number))
    thresholds = edges(edition, people)
    open_ones = uncovered(thresholds)
    found += [Problem(f"threshold {name}: no worked patient just {side} it") for name, side in open_ones.items()]
    found += [Problem(text) for text in sweep(edition)]
    for name, how, facts in properties.broken(edition, patients, seed):
        found.append(Problem(f"{name}: {how} (facts: {facts})"))
    shown = sum(bool(reach.fires and reach.spares) for reach in rules.values())
    return Report(
        problems=found,
        marks=Counter(rule.verification for rule in edition.rules.values() if rule.verification),
        cases=len(cases),
        rules=(shown, len(rules)),
        thresholds=(len(thresholds) - len(open_ones), len(thresholds)),
        patients=patients,
    )


def page_exists(name: str) -> bool:
    """Whether the product has a page of this URL name (``namespace:name`` where it stands in one)."""
    return name in set(_names(get_resolver().url_patterns, ""))


def _names(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{prefix}{pattern.name}"
