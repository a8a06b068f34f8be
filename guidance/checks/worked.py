"""The worked patients of tests/cases: how they are read, asked and compared with what a clinician expects.

A case is a base (tests/cases/base.yaml) and what differs: `facts` are laid over it, `unknown` names what is not known.
A review (`kind: review`) has `baseline`, `now` (over `now_base`, if it names one), `day`, `adherence`, `side_effects`;
a patient of `kind: refuse` must not be answered. `expect` says what a safe answer holds:

    gate, scores                    exactly these
    alerts, no_alerts               codes that stand there, and that do not
    alert_counts, severity          how many alerts of a code; a severity that one of them has
    resolved                        codes whose alerts are all acted on
    offered                         offer or caution; offer, caution: exactly that in every section
    avoided, withheld               exactly that, and the rule (or one of a list) among the reasons
    not_offered                     avoid, withhold, needs-information or not listed; the rule where it is listed
    needs_information               exactly that, with the facts it waits for
    line, differs, override         of an option
    options_empty, no_medicine_offered
    monitoring, no_monitoring       days of a check, and checks that do not stand
    top_missing                     facts in the list of everything missing
    depression_class, pain_class, depression_change, pain_change, next_steps, no_next_steps    of a review
    exit, mentions                  of a refusal: the exit status of the command, and words of its complaint
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from guidance.engine.edition import Edition
from guidance.engine.evaluate import evaluate
from guidance.engine.facts import FactError, check
from guidance.engine.review import check_visit, render_review, review
from guidance.engine.wording import render

CASES: Final = Path(__file__).resolve().parents[2] / "tests" / "cases"
OFFERED: Final = ("offer", "caution")
Facts = dict[str, Any]
Case = dict[str, Any]
Faults = list[str]
KINDS: Final = ("assess", "review", "refuse")
CASE_KEYS: Final = {"id", "title", "story", "base", "facts", "unknown", "kind", "expect", "why"}
VISIT_KEYS: Final = {"baseline", "now", "now_base", "day", "adherence", "side_effects"}
COMMON: Final = {
    "gate", "scores", "alerts", "no_alerts", "alert_counts", "severity", "resolved", "monitoring", "no_monitoring",
    "top_missing",
}  # fmt: skip
OF_OPTIONS: Final = {
    "offered", "offer", "caution", "avoided", "withheld", "not_offered", "needs_information", "line", "differs",
    "override", "options_empty", "no_medicine_offered",
}  # fmt: skip
OF_VISITS: Final = {
    "depression_class", "pain_class", "depression_change", "pain_change", "next_steps", "no_next_steps",
}  # fmt: skip
EXPECTATIONS: Final = {"assess": COMMON | OF_OPTIONS, "review": COMMON | OF_VISITS, "refuse": {"exit", "mentions"}}
REFUSED_WITH: Final = 2
"""The exit status of the commands for a question that breaks the contract."""


class Answer(dict[str, Any]):
    """A rendered assessment or review."""

    def entries(self, code: str) -> list[dict[str, Any]]:
        return [entry for entry in self.get("options", ()) if entry["code"] == code]

    def status(self, code: str) -> str:
        """The status of an option, the same in each of its sections; "absent" when it is not listed."""
        found = {entry["status"] for entry in self.entries(code)}
        if len(found) > 1:
            raise AssertionError(f"{code} has more than one status: {sorted(found)}")
        return found.pop() if found else "absent"

    def statuses(self, *codes: str) -> dict[str, str]:
        return {code: self.status(code) for code in codes}

    def reasons(self, code: str) -> set[str]:
        return {reason["code"] for entry in self.entries(code) for reason in entry["reasons"]}

    def reason_refs(self, code: str) -> set[str]:
        return {reason["ref"] for entry in self.entries(code) for reason in entry["reasons"]}

    def missing_for(self, code: str) -> set[str]:
        return {name for entry in self.entries(code) for name in entry["missing"]}

    def override(self, code: str) -> str:
        (found,) = {entry["override"] for entry in self.entries(code)}
        return str(found)

    def dose(self, code: str) -> str:
        return str(self.entries(code)[0]["dose"])

    def offered(self) -> set[str]:
        return {entry["code"] for entry in self.get("options", ()) if entry["status"] in OFFERED}

    def alert_codes(self) -> set[str]:
        return {alert["code"] for alert in self["alerts"]}

    def alert_refs(self) -> set[str]:
        return {alert["ref"] for alert in self["alerts"]}

    def alerts_of(self, code: str) -> list[dict[str, Any]]:
        return [alert for alert in self["alerts"] if alert["code"] == code]

    def alert(self, code: str) -> dict[str, Any]:
        """The one alert of a code."""
        (found,) = self.alerts_of(code)
        return found

    def current_review(self) -> dict[str, str]:
        """Medicine -> severity, for every medicine taken now that is to be reviewed today."""
        return {alert["about"]: alert["severity"] for alert in self.alerts_of("CX-CURRENT")}

    def days(self, code: str) -> list[int]:
        return [row["day"] for row in self["monitoring"] if row["code"] == code]

    def statements(self) -> set[str]:
        return {row["code"] for row in self["statements"]}

    def missing(self) -> set[str]:
        return {entry["fact"] for entry in self["missing"]}

    def steps(self) -> set[str]:
        return {step["code"] for step in self["next_steps"]}


# ---------------------------------------------------------------- patients


def merge(under: Mapping[str, Any], over: Mapping[str, Any] | None) -> Facts:
    """What a case states laid over its base: maps key by key, anything else as a whole."""
    out = copy.deepcopy(dict(under))
    for name, value in (over or {}).items():
        if isinstance(value, Mapping) and isinstance(out.get(name), Mapping):
            out[name] = {**out[name], **value}
        else:
            out[name] = copy.deepcopy(value)
    return out


def forget(facts: Facts, names: Iterable[str]) -> Facts:
    """Make facts unknown; an entry of a map by its dotted name."""
    for name in names:
        fact, _, key = name.partition(".")
        if key:
            facts.setdefault(fact, {})[key] = None
        else:
            facts[fact] = None
    return facts


@lru_cache(maxsize=1)
def _bases() -> dict[str, Facts]:
    return dict(yaml.safe_load((CASES / "base.yaml").read_text(encoding="utf-8")))


def base(name: str = "healthy-adult") -> Facts:
    """A fresh copy of a starting point of tests/cases/base.yaml."""
    return copy.deepcopy(_bases()[name])


@lru_cache(maxsize=1)
def cases() -> dict[str, Case]:
    """Every worked case by the name of its file."""
    files = sorted(path for path in CASES.glob("*.yaml") if path.name != "base.yaml")
    return {path.stem: {"kind": "assess"} | yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}


def facts_of(case: Case) -> Facts:
    """The facts of a case that is assessed or refused."""
    start = base(case.get("base", "healthy-adult"))
    return forget(merge(start, case.get("facts")), case.get("unknown", ()))


def visit_of(case: Case) -> Facts:
    """The review question of a case. `now` is sent as written: what changed and what was asked that day."""
    asked_today = base(case["now_base"]) if "now_base" in case else {}
    return {
        "baseline": merge(base(case.get("base", "healthy-adult")), case.get("baseline")),
        "now": forget(merge(asked_today, case.get("now")), case.get("unknown", ())),
        "day": case["day"],
        "adherence": case.get("adherence", "as-planned"),
        "side_effects": case.get("side_effects", []),
    }


def assess_facts(edition: Edition, facts: Mapping[str, Any]) -> Answer:
    """The rendered assessment of facts as the contract writes them."""
    return Answer(render(edition, evaluate(edition, check(facts))))


def review_visit(edition: Edition, question: Mapping[str, Any]) -> Answer:
    """The rendered review of a visit beside its baseline."""
    return Answer(render_review(edition, review(edition, check_visit(question))))


def faults_of(edition: Edition, case: Case) -> Faults:
    """Everything in which the edition's answer differs from what the case expects."""
    expect = case["expect"]
    if case["kind"] == "refuse":
        return _refusal(edition, expect, facts_of(case))
    if case["kind"] == "review":
        answer = review_visit(edition, visit_of(case))
        return [*_common(expect, answer), *_visit(expect, answer)]
    answer = assess_facts(edition, facts_of(case))
    return [*_common(expect, answer), *_options(expect, answer)]


def _differ(what: str, wanted: object, found: object) -> Iterable[str]:
    if wanted != found:
        yield f"{what}: {wanted} expected, {found} found"


def _lacks(what: str, wanted: Iterable[Any], found: Iterable[Any]) -> Iterable[str]:
    missing = set(wanted) - set(found)
    if missing:
        yield f"{what}: {sorted(missing)} expected, {sorted(found)} found"


def _has(what: str, unwanted: Iterable[Any], found: Iterable[Any]) -> Iterable[str]:
    there = set(unwanted) & set(found)
    if there:
        yield f"{what}: {sorted(there)} found and not expected"


def _listed(rule: Any) -> list[Any]:
    """One code, several of which one is enough, or none."""
    return [] if rule is None else rule if isinstance(rule, list) else [rule]


def _common(expect: Mapping[str, Any], answer: Answer) -> Iterable[str]:
    if "gate" in expect:
        yield from _differ("gate", expect["gate"], answer["gate"])
    for name, wanted in expect.get("scores", {}).items():
        yield from _differ(f"score {name}", wanted, answer["scores"][name])
    yield from _lacks("alerts", expect.get("alerts", ()), answer.alert_codes())
    yield from _has("alerts", expect.get("no_alerts", ()), answer.alert_codes())
    for code, wanted in expect.get("alert_counts", {}).items():
        yield from _differ(f"number of alerts {code}", wanted, len(answer.alerts_of(code)))
    for code, wanted in expect.get("severity", {}).items():
        yield from _lacks(f"severity of {code}", [wanted], {alert["severity"] for alert in answer.alerts_of(code)})
    for code in expect.get("resolved", ()):
        yield from _differ(f"{code} is resolved", {True}, {alert["resolved"] for alert in answer.alerts_of(code)})
    for code, days in expect.get("monitoring", {}).items():
        yield from _lacks(f"days of {code}", days, answer.days(code))
    for code in expect.get("no_monitoring", ()):
        yield from _differ(f"days of {code}", [], answer.days(code))
    yield from _lacks("missing", expect.get("top_missing", ()), answer.missing())


def _options(expect: Mapping[str, Any], answer: Answer) -> Iterable[str]:
    for code in expect.get("offered", ()):
        if answer.status(code) not in OFFERED:
            yield f"{code}: offer or caution expected, {_told(answer, code)} found"
    for status in ("offer", "caution"):
        for code in expect.get(status, ()):
            if answer.status(code) != status:
                yield f"{code}: {status} expected, {_told(answer, code)} found"
    for key, status in (("avoided", "avoid"), ("withheld", "withhold")):
        for code, rule in expect.get(key, {}).items():
            if answer.status(code) != status or not _by(rule, answer, code):
                yield f"{code}: {status} by {rule} expected, {_told(answer, code)} found"
    for code, rule in expect.get("not_offered", {}).items():
        if answer.status(code) in OFFERED or (answer.entries(code) and not _by(rule, answer, code)):
            yield f"{code}: not offered by {rule} expected, {_told(answer, code)} found"
    for code, facts in expect.get("needs_information", {}).items():
        if answer.status(code) != "needs-information" or set(_listed(facts)) - answer.missing_for(code):
            yield f"{code}: needs-information for {facts} expected, {_told(answer, code)} found"
    for code, wanted in expect.get("line", {}).items():
        yield from _lacks(f"line of {code}", [wanted], {entry["line"] for entry in answer.entries(code)})
    for code, notes in expect.get("differs", {}).items():
        yield from _lacks(
            f"notes of {code}", notes, {note for entry in answer.entries(code) for note in entry["differs"]}
        )
    for code, wanted in expect.get("override", {}).items():
        yield from _differ(f"override of {code}", {wanted}, {entry["override"] for entry in answer.entries(code)})
    if expect.get("options_empty"):
        yield from _differ("options", [], answer["options"])
    if expect.get("no_medicine_offered"):
        offered = [
            entry["code"]
            for entry in answer["options"]
            if entry["section"].endswith("-medicine") and entry["status"] in OFFERED
        ]
        yield from _differ("medicines offered", [], offered)


def _by(rule: Any, answer: Answer, code: str) -> bool:
    wanted = _listed(rule)
    return not wanted or bool(set(wanted) & answer.reasons(code))


def _told(answer: Answer, code: str) -> str:
    reasons, missing = sorted(answer.reasons(code)), sorted(answer.missing_for(code))
    return f"{answer.status(code)} {reasons}" + (f" missing {missing}" if missing else "")


def _visit(expect: Mapping[str, Any], answer: Answer) -> Iterable[str]:
    for component in ("depression", "pain"):
        for part in ("class", "change"):
            if f"{component}_{part}" in expect:
                yield from _differ(f"{component} {part}", expect[f"{component}_{part}"], answer[component][part])
    yield from _lacks("next steps", expect.get("next_steps", ()), answer.steps())
    yield from _has("next steps", expect.get("no_next_steps", ()), answer.steps())


def _refusal(edition: Edition, expect: Mapping[str, Any], facts: Facts) -> Faults:
    try:
        assess_facts(edition, facts)
    except FactError as error:
        wrong = list(_differ("exit", expect.get("exit", REFUSED_WITH), REFUSED_WITH))
        return wrong + [f"{word} expected in: {error}" for word in expect.get("mentions", ()) if word not in str(error)]
    return ["a refusal expected, an answer found"]
