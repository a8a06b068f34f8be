"""Which rules of an edition the worked patients reach, and on which sides of its thresholds they stand.

A rule that no worked patient fires, or that none escapes although it has a condition, is not shown to do what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guidance.checks.worked import Case, facts_of, visit_of
from guidance.engine import criteria as c
from guidance.engine.answer import Assessment
from guidance.engine.edition import Edition
from guidance.engine.evaluate import Evaluation
from guidance.engine.facts import FactError, check
from guidance.engine.review import Reviewed, check_visit
from guidance.engine.situation import Situation

_NOT_FIRED: Final = ("source", "medicine", "difference", "option")
"""Kinds that say nothing by themselves: they are named by rules, which fire."""


@dataclass(frozen=True)
class Answered:
    """One worked patient and how the edition judged them; ``baseline`` of a review: the facts then."""

    name: str
    evaluation: Evaluation
    answer: Assessment
    steps: frozenset[str]
    baseline: Mapping[str, Any] | None

    @property
    def situation(self) -> Situation:
        return self.evaluation.s


def answered(edition: Edition, cases: Mapping[str, Case]) -> Iterator[Answered]:
    """Every worked patient that the edition answers. Cases that are to be refused are left out."""
    for name, case in cases.items():
        if case["kind"] == "refuse":
            continue
        try:
            if case["kind"] == "review":
                visit = check_visit(visit_of(case))
                reviewed = Reviewed(edition, visit)
                steps = frozenset(step["ref"] for step in reviewed.steps)
                yield Answered(name, reviewed.evaluation, reviewed.answer, steps, visit["baseline"])
            else:
                evaluation = Evaluation(edition, Situation(edition, check(facts_of(case))))
                yield Answered(name, evaluation, evaluation.assessment(), frozenset(), None)
        except FactError:
            # the case itself fails then; it reaches nothing
            continue


# ---------------------------------------------------------------- rules


@dataclass
class Reach:
    """The worked patients that fire a rule, and those that do not (up to three names each)."""

    fires: list[str] = field(default_factory=list)
    spares: list[str] = field(default_factory=list)

    def note(self, fired: bool, name: str) -> None:
        names = self.fires if fired else self.spares
        if len(names) < 3:  # enough for a reader
            names.append(name)


def must_fire(edition: Edition) -> list[str]:
    """The rules that a worked patient must fire and another must escape. Left out: what only other rules name, cells
    and effects without a patient's part in them, and words without a condition."""
    return [
        name
        for name, rule in edition.rules.items()
        if name.split(":")[0] not in _NOT_FIRED
        and (rule.when is not None or not name.startswith(("statement:", "monitoring:", "setting:")))
        and not name.endswith("/days")
        and name not in _unconditional(edition)
        and (not name.startswith("setting:") or name.removeprefix("setting:") in _SAID_OF_OPTIONS)
    ]


_SAID_OF_OPTIONS: Final = (
    "tried-helped", "tried-no-response", "tried-not-tolerated", "tried-contraindicated", "allergy", "unrecognised",
)  # fmt: skip


def _unconditional(edition: Edition) -> set[str]:
    """Rows of the table for everybody, and options that always stand."""
    rows = {f"contraindication:{row.id}" for row in edition.contraindications if row.when is c.ALWAYS}
    cells = {
        f"{name}/{target}"
        for row in edition.contraindications
        for name in [f"contraindication:{row.id}"]
        if name in rows
        for target in row.cells
    }
    raised = {name for name, rule in edition.rules.items() if name.startswith("raised:") and rule.when is None}
    return rows | cells | raised


def reached(edition: Edition, patients: Iterable[Answered]) -> dict[str, Reach]:
    """For every rule of must_fire the patients that fire it and those that do not."""
    out = {name: Reach() for name in must_fire(edition)}
    for one in patients:
        fired = _fired(edition, one)
        for name, reach in out.items():
            reach.note(name in fired, one.name)
    return out


def _fired(edition: Edition, one: Answered) -> set[str]:
    s, answer, evaluation = one.situation, one.answer, one.evaluation
    refs = {reason["ref"] for entry in answer["options"] for reason in entry["reasons"]}
    refs |= {ref for alert in answer["alerts"] for ref in alert.get("refs", ())}
    out = {
        name
        for name, rule in edition.rules.items()
        if rule.when is not None
        and name.split(":")[0] not in ("interaction", "monitoring", "why", "differs", "next-step")
        and rule.when.value(s)
    }
    out |= {f"contraindication:{ref.replace(':', '/')}" for ref in refs}
    out |= {f"setting:{ref.removeprefix('setting:')}" for ref in refs if ref.startswith("setting:")}
    out |= {f"interaction:{ref.replace(':', '/')}" for ref in refs}
    out |= {f"interaction:{row.id}" for number, row in enumerate(edition.interactions) if evaluation.meets(number)}
    out |= {f"alert:{alert['code']}" for alert in answer["alerts"]}
    out |= {f"red-flag:{alert['ref']}" for alert in answer["alerts"]}
    out |= {f"monitoring:{entry['ref']}" for entry in answer["monitoring"]}
    out |= {f"statement:{entry['ref'].removeprefix('statement:')}" for entry in answer["statements"]}
    out |= {f"next-step:{ref}" for ref in one.steps}
    out |= {f"differs:{entry['code']}/{note}" for entry in answer["options"] for note in entry["differs"]}
    out |= {name for name, ref in _why_refs(edition) if ref in refs}
    return out


def _why_refs(edition: Edition) -> Iterator[tuple[str, str]]:
    """(rule name, ref) of every reason for an option."""
    for code, option in edition.options.items():
        seen: dict[str, int] = {}
        for why in option.why:
            seen[why.code] = seen.get(why.code, 0) + 1
            number = seen[why.code]
            yield f"why:{code}/{why.code}" + (f"#{number}" if number > 1 else ""), why.ref
