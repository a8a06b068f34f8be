"""The shape of an answer: what docs/contract/assessment.md promises, as types.

Without ``wording.render`` the texts are left out; a stored plan keeps it so.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from guidance.engine.criteria import Because


class BecauseEntry(TypedDict):
    fact: str
    value: Any


class Reason(TypedDict):
    code: str
    ref: str
    effect: str
    because: list[BecauseEntry]
    text: NotRequired[str]
    sources: NotRequired[list[str]]


class Alert(TypedDict):
    code: str
    ref: str
    severity: str
    because: list[BecauseEntry]
    resolved: bool
    about: NotRequired[str]
    refs: NotRequired[list[str]]
    title: NotRequired[str]
    text: NotRequired[str]
    sources: NotRequired[list[str]]


class GateCondition(TypedDict):
    """One condition of an option that is never offered; ``met`` None: not known."""

    code: str
    ref: str
    met: bool | None
    text: NotRequired[str]


class Reconsider(TypedDict):
    """What would lift an `avoid` or `withhold`: all ``changes`` together, each as [fact, how, value].

    ``lasting``: codes of the reasons that no change lifts; with one of them the changes lift the others only.
    """

    changes: list[list[Any]]
    lasting: list[str]
    texts: NotRequired[list[str]]


class OptionEntry(TypedDict):
    code: str
    section: str
    line: int | None
    status: str
    current: bool
    override: str
    reasons: list[Reason]
    missing: list[str]
    differs: list[str]
    dose_refs: list[str]
    reconsider: NotRequired[Reconsider | None]
    conditions: NotRequired[list[GateCondition]]
    name: NotRequired[str]
    text: NotRequired[str]
    patient_text: NotRequired[str]
    dose: NotRequired[str]
    sources: NotRequired[list[str]]


class StatementEntry(TypedDict):
    code: str
    ref: str
    kind: str
    because: list[BecauseEntry]
    text: NotRequired[str]
    patient_text: NotRequired[str]
    sources: NotRequired[list[str]]


MonitoringEntry = TypedDict(
    "MonitoringEntry", {"code": str, "ref": str, "day": int, "for": list[str], "text": NotRequired[str]}
)


class MissingEntry(TypedDict):
    fact: str
    affects: list[str]
    gate: bool


class Assessment(TypedDict):
    """The answer; see docs/contract/assessment.md. Without ``render`` the texts are left out."""

    contract: int
    edition: dict[str, str]
    gate: str
    scores: dict[str, Any]
    alerts: list[Alert]
    options: list[OptionEntry]
    statements: list[StatementEntry]
    monitoring: list[MonitoringEntry]
    missing: list[MissingEntry]


def entries(because: Because) -> list[BecauseEntry]:
    """(fact, value) pairs as JSON can carry them."""
    return [{"fact": fact, "value": sorted(value) if type(value) is frozenset else value} for fact, value in because]
