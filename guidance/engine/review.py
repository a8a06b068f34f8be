"""The review: a visit beside its baseline, the class of each component, and the next steps (evidence 2g).

``now`` holds what changed. What belongs to one visit (questionnaires, red flags, what was recorded) is never carried
over from the baseline: absent means not asked today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

from guidance.engine import scores
from guidance.engine.answer import Alert, BecauseEntry, MissingEntry, MonitoringEntry, entries
from guidance.engine.edition import Edition
from guidance.engine.evaluate import CONTRACT, Evaluation, check_choices
from guidance.engine.facts import DICTIONARY, RED_FLAGS, FactError, Facts, check
from guidance.engine.situation import Situation
from guidance.engine.wording import render_alert

ONE_VISIT: Final = (
    "phq9", "phq9_difficulty", "peg", "suicide_screen", "suicide_risk_judgement", "suicide_actions_recorded",
    "emergency_assessment_recorded", "psychosis_actions_recorded", "red_flags", "red_flag_outcomes", "serotonin_signs",
    "chosen", "replaces",
)  # fmt: skip
"""Facts of one visit; a review never takes them from the baseline."""
ADHERENCE: Final = ("as-planned", "missed-some", "stopped", "never-started")
SIDE_EFFECTS: Final = (
    "nausea", "sedation", "rash", "bleeding", "hyponatraemia", "raised-blood-pressure", "qtc-prolonged", "liver",
    "akathisia", "falls", "sexual", "other",
)  # fmt: skip
SEVERITIES: Final = ("mild", "significant")
MEANINGFUL_PHQ9: Final = 5
SIGNIFICANT_SODIUM_BELOW: Final = 130
SIGNIFICANT_PRESSURE: Final = (160, 100)
SIGNIFICANT_QTC: Final = 500
_FIELDS: Final = ("id", "baseline", "now", "day", "adherence", "side_effects")


ClassifiedChange = TypedDict("ClassifiedChange", {"class": str | None, "change": float | None})
"""``class``: remission, response, partial, none or worse; null without both scores. ``change``: now minus then."""


class NextStepEntry(TypedDict):
    code: str
    ref: str
    because: list[BecauseEntry]
    text: NotRequired[str]
    sources: NotRequired[list[str]]


class Review(TypedDict):
    """The answer; gate, scores, alerts, missing and monitoring are those of the visit."""

    contract: int
    edition: dict[str, str]
    depression: ClassifiedChange
    pain: ClassifiedChange
    next_steps: list[NextStepEntry]
    gate: str
    scores: dict[str, Any]
    alerts: list[Alert]
    missing: list[MissingEntry]
    monitoring: list[MonitoringEntry]


class Visit(TypedDict):
    """A checked review question. ``named``: the facts that ``now`` names itself."""

    baseline: dict[str, Any]
    now: dict[str, Any]
    named: frozenset[str]
    day: int
    adherence: str | None
    side_effects: list[tuple[str, str]]


def visit_facts(baseline: Mapping[str, Any], now: Mapping[str, Any], day: int) -> dict[str, Any]:
    """The facts of the visit as the contract builds them: maps merge by key, lists and single values replace.

    Both are facts as the contract writes them, not yet checked. A null in ``now`` makes the fact unknown. What runs on
    by itself runs on: pain duration, weeks of pregnancy, and days since a medicine was stopped.
    """
    merged: dict[str, Any] = {name: value for name, value in baseline.items() if name not in ONE_VISIT and name != "id"}
    for name, value in now.items():
        under = merged.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[name] = {**under, **value}
        elif name != "id":
            merged[name] = value
    then = baseline.get("pain_duration_days")
    if "pain_duration_days" not in now and then is not None:
        merged["pain_duration_days"] = min(then + day, int(DICTIONARY["pain_duration_days"].high or 0))
    weeks = baseline.get("pregnancy_weeks")
    if "pregnancy_weeks" not in now and weeks is not None and merged.get("pregnancy") == "pregnant":
        later = weeks + day // 7
        merged["pregnancy_weeks"] = later if later <= (DICTIONARY["pregnancy_weeks"].high or 0) else None
    if "medicines" not in now and isinstance(merged.get("medicines"), list):
        merged["medicines"] = [_later(entry, day) for entry in merged["medicines"]]
    screen = baseline.get("suicide_screen") or {}
    if screen.get("behaviour-lifetime") or screen.get("behaviour-3-months"):
        merged["past_suicide_attempt"] = True
    return merged


def _later(entry: Mapping[str, Any], day: int) -> dict[str, Any]:
    days = entry.get("stopped_days_ago")
    return {**entry} if days is None else {**entry, "stopped_days_ago": days + day}


def check_visit(given: object) -> Visit:
    """Check a review question. Raises FactError naming every part that breaks the contract."""
    if not isinstance(given, Mapping):
        raise FactError([("review", "must be an object with baseline, now and day")])
    problems = [(str(name)[:80], "is not part of a review") for name in given if name not in _FIELDS]
    for side in ("baseline", "now"):
        try:
            check(given.get(side))
        except FactError as error:
            problems.extend((f"{side}.{fact}" if fact != "facts" else side, reason) for fact, reason in error.problems)
    day = given.get("day")
    if type(day) is not int or not 0 <= day <= 36500:
        problems.append(("day", "must be a whole number of days, 0 or more"))
    adherence = given.get("adherence")
    if adherence is not None and (not isinstance(adherence, str) or adherence not in ADHERENCE):
        problems.append(("adherence", f"must be one of {', '.join(ADHERENCE)}"))
    if given.get("id") is not None and not isinstance(given["id"], str):
        problems.append(("id", "must be text"))
    effects = _check_effects(given.get("side_effects"), problems)
    if problems or not isinstance(day, int):
        raise FactError(problems)
    baseline, now = given["baseline"], given["now"]
    return {
        "baseline": check(baseline),
        "now": check(visit_facts(baseline, now, day)),
        "named": frozenset(name for name, value in now.items() if value is not None),
        "day": day,
        "adherence": adherence,
        "side_effects": effects,
    }


def _check_effects(given: object, problems: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if given is None:
        return []
    if not isinstance(given, list):
        problems.append(("side_effects", "must be a list"))
        return []
    out = []
    for place, entry in enumerate(given, 1):
        code = entry.get("code") if isinstance(entry, Mapping) else None
        severity = entry.get("severity") if isinstance(entry, Mapping) else None
        if not isinstance(code, str) or code not in SIDE_EFFECTS:
            problems.append((f"side_effects[{place}].code", f"must be one of {', '.join(SIDE_EFFECTS)}"))
        elif not isinstance(severity, str) or severity not in SEVERITIES:
            problems.append((f"side_effects[{place}].severity", f"must be one of {', '.join(SEVERITIES)}"))
        elif set(entry) - {"code", "severity"}:
            problems.append((f"side_effects[{place}]", "has only code and severity"))
        else:
            out.append((code, severity))
    return out


def classify_depression(then: Sequence[int | None] | None, now: Sequence[int | None] | None) -> ClassifiedChange:
    """PHQ-9 of both visits. First that holds: worse, remission, response, partial, none."""
    before, after = scores.phq9_total(then), scores.phq9_total(now)
    if before is None or after is None or then is None or now is None:
        return {"class": None, "change": None}
    fall = before - after
    if (
        -fall >= MEANINGFUL_PHQ9
        or scores.band_index(after) > scores.band_index(before)
        or (now[8] or 0) > (then[8] or 0)
    ):
        found = "worse"
    elif after < 5:
        found = "remission"
    elif 2 * fall >= before:
        found = "response"
    else:
        found = "partial" if fall >= MEANINGFUL_PHQ9 or 4 * fall >= before else "none"
    return {"class": found, "change": -fall}


def classify_pain(baseline: Facts, now: Facts) -> ClassifiedChange:
    """PEG of both visits, compared in thirds, and new red flags."""
    before, after = scores.peg_thirds(baseline.get("peg")), scores.peg_thirds(now.get("peg"))
    if before is None or after is None:
        return {"class": None, "change": None}
    fall = before - after
    new_flag = any(now.get(f"red_flags.{flag}") and not baseline.get(f"red_flags.{flag}") for flag in RED_FLAGS)
    if -fall >= 3 or new_flag:
        found = "worse"
    elif after <= 6 and now["peg"][0] <= 2:
        found = "remission"
    elif before and 10 * fall >= 3 * before:
        found = "response"
    else:
        found = "partial" if fall >= 3 else "none"
    return {"class": found, "change": round(-fall / 3, 1) + 0.0}


def _significant_measurements(visit: Visit) -> bool:
    """Measurements of this visit that count as a significant side effect by themselves."""
    now, named = visit["now"], visit["named"]
    sodium = now.get("sodium_mmol_l") if "sodium_mmol_l" in named else None
    systolic = now.get("systolic_mmhg") if "systolic_mmhg" in named else None
    diastolic = now.get("diastolic_mmhg") if "diastolic_mmhg" in named else None
    qtc = now.get("qtc_ms") if "qtc_ms" in named else None
    return (
        (sodium is not None and sodium < SIGNIFICANT_SODIUM_BELOW)
        or (systolic is not None and systolic >= SIGNIFICANT_PRESSURE[0])
        or (diastolic is not None and diastolic >= SIGNIFICANT_PRESSURE[1])
        or (qtc is not None and qtc >= SIGNIFICANT_QTC)
    )


class Reviewed:
    """A visit judged under an edition: the classes, and the evaluation that the next steps are read from."""

    def __init__(self, edition: Edition, visit: Visit) -> None:
        baseline, now = visit["baseline"], visit["now"]
        check_choices(edition, now)
        self.depression = classify_depression(baseline.get("phq9"), now.get("phq9"))
        self.pain = classify_pain(baseline, now)
        severities = {severity for _, severity in visit["side_effects"]}
        then9, now9 = scores.phq9_item9(baseline.get("phq9")), scores.phq9_item9(now.get("phq9"))
        self.evaluation = Evaluation(edition, Situation(edition, now))
        self.answer = self.evaluation.assessment()
        open_risk = any(
            alert["code"] == "SR-UNASSESSED"
            or (alert["code"] in ("SR-LOW", "SR-MODERATE", "SR-HIGH") and not alert["resolved"])
            for alert in self.answer["alerts"]
        )
        facts = self.evaluation.s.facts
        facts.update(
            {
                "day": visit["day"],
                "adherence": visit["adherence"],
                "depression_class": self.depression["class"],
                "depression_change": self.depression["change"],
                "pain_class": self.pain["class"],
                "side_effect_mild": "mild" in severities,
                "side_effect_significant": "significant" in severities or _significant_measurements(visit),
                "red_flag_open": any(facts.get(f"flag_open.{flag}") is True for flag in RED_FLAGS),
                "suicide_alert_open": open_risk,
                "item9_higher": (now9 or 0) > (then9 or 0),
            }
        )
        self.steps: list[NextStepEntry] = [
            {"code": step.code, "ref": step.id, "because": entries(step.when.because(self.evaluation.s))}
            for step in edition.next_steps
            if step.when.value(self.evaluation.s)
        ]


def review(edition: Edition, visit: Visit) -> Review:
    """Review a checked visit (check_visit) under an edition. Brief; see render_review."""
    reviewed = Reviewed(edition, visit)
    answer = reviewed.answer
    return {
        "contract": CONTRACT,
        "edition": answer["edition"],
        "depression": reviewed.depression,
        "pain": reviewed.pain,
        "next_steps": reviewed.steps,
        "gate": answer["gate"],
        "scores": answer["scores"],
        "alerts": answer["alerts"],
        "missing": answer["missing"],
        "monitoring": answer["monitoring"],
    }


def render_review(edition: Edition, brief: Review) -> Review:
    """The review with its sentences."""
    texts, cited = edition.texts, edition.text_sources
    return {
        **brief,
        "alerts": [render_alert(edition, alert) for alert in brief["alerts"]],
        "next_steps": [
            {**step, "text": texts[step["ref"]], "sources": list(cited[step["ref"]])} for step in brief["next_steps"]
        ],
        "monitoring": [{**row, "text": texts[row["ref"]]} for row in brief["monitoring"]],
    }
