"""What must hold for every patient under any edition, however it was edited.

Each property is a function of an edition, a patient, the answer and a source of chance: the sentence that tells how it
was broken, or None. They know nothing of the rows of the edition but the names that the contract promises, so that an
edition cannot excuse itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from guidance.checks.patients import patients
from guidance.checks.worked import OFFERED, Facts, merge
from guidance.engine.answer import Assessment
from guidance.engine.edition import Edition
from guidance.engine.evaluate import evaluate
from guidance.engine.facts import CONDITIONS, RED_FLAGS, SUICIDE_SCREEN, as_code, check
from guidance.engine.situation import PREGNANCY_POSSIBLE_UNTIL_AGE, Situation

NOT_OFFERED: Final = ("avoid", "withhold", "needs-information")
GATES: Final = {"open": 0, "held": 1, "safety-only": 2}
LEVELS: Final = {"note": 0, "caution": 1, "urgent": 2, "emergency": 3}
Path = tuple[Any, ...]
Property = Callable[[Edition, Facts, Assessment, Random], "str | None"]


def answer(edition: Edition, facts: Facts) -> Assessment:
    """The brief assessment of facts as the contract writes them."""
    return evaluate(edition, check(facts))


def statuses(found: Assessment) -> dict[str, str]:
    """Option -> status."""
    return {entry["code"]: entry["status"] for entry in found["options"]}


# ---------------------------------------------------------------- facts, in three values


def _condition(facts: Facts, *names: str) -> bool | None:
    told = facts.get("conditions") or {}
    values = [told.get(name) for name in names]
    return True if True in values else None if None in values else False


def _takes(edition: Edition, facts: Facts, *groups: str, stopped_within: bool = False) -> bool | None:
    """Whether one of the groups is taken now (or still acts); None when the list does not tell."""
    members = frozenset().union(*(edition.groups.get(name, frozenset()) for name in groups))
    listed = facts.get("medicines")
    unsure = listed is None or facts.get("medicines_complete") is not True
    for entry in listed or ():
        code = edition.catalogue_codes.get(as_code(entry["code"]))
        if code not in members:
            continue
        days, lingers = entry.get("stopped_days_ago"), edition.medicines[code].lingers
        if entry["status"] == "current":
            return True
        if entry["status"] is None:
            unsure = True
        elif stopped_within and lingers is not None:
            if days is not None and days <= lingers:
                return True
            unsure = unsure or days is None
    return None if unsure else False


def _suicide_suspected(facts: Facts) -> bool | None:
    """A positive or unanswered item 9, a positive answer of the screener, a past attempt, a judgement."""
    items, screen = facts.get("phq9"), facts.get("suicide_screen") or {}
    answers = [screen.get(name) for name in SUICIDE_SCREEN]
    if (
        (items and items[8])
        or True in answers
        or facts.get("past_suicide_attempt")
        or facts.get("suicide_risk_judgement") in ("moderate", "high")
    ):
        return True
    if items is None or items[8] is None:
        # nobody answered item 9: with a screen that is complete it counts as low, otherwise it is not known
        asked = ("wish-to-be-dead", "suicidal-thoughts", "behaviour-lifetime")
        return True if all(screen.get(name) is False for name in asked) else None
    return None if facts.get("past_suicide_attempt") is None else False


def _late_pregnancy(facts: Facts) -> bool | None:
    possible = facts.get("sex_at_birth") != "male" and (facts.get("age_years") or 0) <= PREGNANCY_POSSIBLE_UNTIL_AGE
    told = facts.get("pregnancy")
    if told == "pregnant":
        weeks = facts.get("pregnancy_weeks")
        return None if weeks is None else weeks >= 30
    return None if told == "possible" or (told is None and possible) else False


Floor = tuple[str, Callable[[Edition, Facts], "bool | None"], tuple[str, ...]]
FLOOR: Final[tuple[Floor, ...]] = (
    (
        "an MAOI acts (IX-1)",
        lambda e, f: _takes(e, f, "maoi", "brief-maoi", stopped_within=True),
        ("antidepressant", "tramadol", "cyclobenzaprine"),
    ),
    ("asthma worsened by aspirin (CX-ASTHMA)", lambda e, f: _condition(f, "aspirin-sensitive-asthma"), ("nsaid",)),
    (
        "narrow angle or urinary retention (CX-ANGLE, CX-RETENTION)",
        lambda e, f: _condition(f, "narrow-angle-glaucoma", "urinary-retention"),
        ("doxepin",),
    ),
    ("suicide risk (SR-11, SR-12)", lambda e, f: _suicide_suspected(f), ("tricyclic", "tramadol")),
    ("seizures (CX-SEIZURE)", lambda e, f: _condition(f, "seizure-history"), ("tramadol",)),
    ("an active ulcer or bleed (CX-BLEED)", lambda e, f: _condition(f, "active-gi-bleed-or-ulcer"), ("nsaid",)),
    ("pregnancy from week 30 (CX-PREG)", lambda e, f: _late_pregnancy(f), ("nsaid",)),
    ("past mania (CX-MANIA)", lambda e, f: f.get("mania_history"), ("ssri", "snri", "tricyclic")),
    (
        "liver disease (CX-LIVER)",
        lambda e, f: _condition(f, "chronic-liver-disease", "severe-liver-disease"),
        ("duloxetine",),
    ),
    ("an eGFR below 30 (CX-EGFR29)", lambda e, f: _low_egfr(e, f), ("duloxetine", "nsaid")),
    ("recovery from a heart attack, or an arrhythmia (CX-HEART)",
     lambda e, f: _condition(f, "recent-mi", "arrhythmia-or-heart-block"), ("tricyclic", "cyclobenzaprine")),
)  # fmt: skip
"""What no edition may lose: while it holds, or is not known, none of these is offered."""


def no_risk_for(edition: Edition, measurement: str, facts: Facts) -> bool:
    """Every risk factor that would make an unknown measurement necessary is known to be absent (contract, status)."""
    if measurement == "egfr":
        age = facts.get("age_years")
        return (
            age is not None
            and age < 60
            and _condition(facts, "diabetes", "hypertension", "heart-failure", "severe-heart-failure", "kidney-disease")
            is False
            and _takes(edition, facts, "ace-inhibitor", "arb", "diuretic", "lithium") is False
        )
    if measurement == "qtc_ms":
        cardiac = (
            "recent-mi", "arrhythmia-or-heart-block", "heart-failure", "severe-heart-failure",
            "cardiovascular-disease", "after-cabg",
        )  # fmt: skip
        return _condition(facts, *cardiac) is False and _takes(edition, facts, "qt-prolonging") is False
    return _condition(facts, "hypertension", "uncontrolled-hypertension") is False


def _low_egfr(edition: Edition, facts: Facts) -> bool | None:
    egfr = facts.get("egfr")
    if egfr is None:
        return False if no_risk_for(edition, "egfr", facts) else None
    return egfr < 30


# ---------------------------------------------------------------- the properties


def never_offered_against_a_withhold(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """No option is offered while one of its withhold conditions holds, or is unknown and required."""
    told = statuses(found)
    for words, holds, groups in FLOOR:
        if holds(edition, facts) is False:
            continue
        for code in sorted(frozenset().union(*(edition.groups[name] for name in groups)) & set(told)):
            if told[code] in OFFERED:
                return f"{code} is {told[code]} although {words} holds or is not known"
    for entry in found["options"]:
        effects = {reason["effect"] for reason in entry["reasons"]}
        if "withhold" in effects and entry["status"] != "withhold":
            return f"{entry['code']} has a reason to withhold and is {entry['status']}"
        if "avoid" in effects and entry["status"] in OFFERED:
            return f"{entry['code']} has a reason to avoid and is {entry['status']}"
    return None


def safety_only_shows_no_option(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """Behind the closed gate there is no option, and an emergency says why; before it there are options."""
    if found["gate"] != "safety-only":
        return None if found["options"] else "no option although the gate is not safety-only"
    if found["options"]:
        return "options although the gate is safety-only"
    severities = {alert["severity"] for alert in found["alerts"] if not alert["resolved"]}
    return None if "emergency" in severities else "safety-only without an emergency among the alerts"


def item_nine_is_never_no_risk(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """Item 9 above 0 or unanswered never gives risk `none`, and is never without an SR- alert unless screened."""
    items = facts.get("phq9")
    if items is not None and items[8] == 0:
        return None
    if found["scores"]["suicide_risk"] == "none":
        return "suicide risk none although item 9 is above 0 or not answered"
    levels = [LEVELS[alert["severity"]] for alert in found["alerts"] if alert["code"].startswith("SR-")]
    return None if max(levels, default=0) >= LEVELS["urgent"] else "item 9 above 0 or not answered, and no SR- alert"


def known_paths(facts: Facts) -> list[Path]:
    """Every place of the facts that can be made unknown, down to the items of lists."""
    found: list[Path] = []
    for name, value in facts.items():
        if value is None:
            continue
        found.append((name,))
        if isinstance(value, dict):
            found += [(name, key) for key, inner in value.items() if inner is not None]
        elif name in ("medicines", "tried"):
            found += [(name, place, key) for place, entry in enumerate(value) for key in entry if key != "code"]
        elif name in ("phq9", "peg"):
            found += [(name, place) for place, item in enumerate(value) if item is not None]
    return found


def without(facts: Facts, path: Path) -> Facts:
    """The same facts with one place unknown."""
    out = copy.deepcopy(facts)
    inner: Any = out
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = None
    return out


def may_relax(edition: Edition, facts: Facts, path: Path) -> bool:
    """The few facts whose absence may free a treatment, by the contract itself."""
    name = path[0]
    if name in ("egfr", "qtc_ms", "systolic_mmhg", "diastolic_mmhg"):
        return no_risk_for(edition, name, facts)
    if name == "sodium_mmol_l":
        return True
    if name in ("suicide_screen", "suicide_risk_judgement", "past_suicide_attempt"):
        items = facts.get("phq9")
        return items is not None and items[8] == 0
    if name == "unrecognised_medicines":
        # a list said to be complete answers for it: nothing was left outside it
        return facts.get("medicines_complete") is True
    if name == "pregnancy":
        return facts.get("sex_at_birth") == "male" or (facts.get("age_years") or 0) > PREGNANCY_POSSIBLE_UNTIL_AGE
    # nothing chosen, nothing replaced is a decision and no gap
    return name in ("chosen", "replaces")


_GATE_READS_ONLY_YES: Final = ("serotonin_signs", "psychosis", "past_suicide_attempt", "suicide_risk_judgement")
"""Facts that close the gate when true and that the contract's gate does not ask for."""


def _may_open(path: Path, then: str, now: str) -> bool:
    """Whether the contract lets the gate open a little when this is forgotten: an emergency flag that is not asked any
    more holds the plan, as does a suicide screen; the outcome of a flag is gone with the flag."""
    if path[0] in _GATE_READS_ONLY_YES:
        return True
    return (then, now) == ("safety-only", "held") and path[0] in ("red_flags", "suicide_screen")


def forgetting_frees_nothing(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """Making one fact unknown never turns what is not offered into an offer, nor relaxes the gate."""
    paths = [path for path in known_paths(facts) if not may_relax(edition, facts, path)]
    if not paths:
        return None
    path = chance.choice(paths)
    then, now = found, answer(edition, without(facts, path))
    if GATES[now["gate"]] < GATES[then["gate"]] and not _may_open(path, then["gate"], now["gate"]):
        return f"forgetting {path} relaxes the gate from {then['gate']} to {now['gate']}"
    after = statuses(now)
    for code, status in statuses(then).items():
        if status in NOT_OFFERED and after.get(code) in OFFERED:
            return f"forgetting {path} turns {code} from {status} into {after[code]}"
    return None


_TURNED: Final = (
    *(("red_flags", flag) for flag in RED_FLAGS),
    *(("conditions", name) for name in CONDITIONS),
    *(("suicide_screen", name) for name in SUICIDE_SCREEN),
)


def finding_more_frees_nothing(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """A red flag, condition or screen answer that turns true never relaxes the gate, takes away an urgent alert or
    turns what is not offered into an offer."""
    name, key = chance.choice(_TURNED)
    outcomes = {"red_flag_outcomes": {key: None}} if name == "red_flags" else {}
    quiet = merge(facts, {name: {key: False}, **outcomes})
    then, now = answer(edition, quiet), answer(edition, merge(quiet, {name: {key: True}}))
    what = f"{name}.{key}"
    if GATES[now["gate"]] < GATES[then["gate"]]:
        return f"{what} relaxes the gate from {then['gate']} to {now['gate']}"
    urgent = _urgent(now)
    suicide = max((level for (code, _), level in urgent.items() if code.startswith("SR-")), default=0)
    for (code, about), level in _urgent(then).items():
        if max(urgent.get((code, about), 0), suicide if code.startswith("SR-") else 0) < level:
            return f"{what} takes the alert {code} away"
    after = statuses(now)
    situation = Situation(edition, check(quiet))
    for code, status in statuses(then).items():
        if status not in NOT_OFFERED or after.get(code) not in OFFERED:
            continue
        # a finding may well tell that an option comes into question (a referral, what follows the NSAIDs)
        raised = [part.raised_when.value(situation) for part in edition.options[code].sections]
        if True in raised or status != "needs-information":
            return f"{what} turns {code} from {status} into {after[code]}"
    return None


def _urgent(found: Assessment) -> dict[tuple[str, str], int]:
    """(code, about) -> level of the urgent and emergency alerts."""
    return {
        (alert["code"], alert.get("about", "")): LEVELS[alert["severity"]]
        for alert in found["alerts"]
        if alert["severity"] in ("urgent", "emergency")
    }


def always_something_without_medicine(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """Outside `safety-only` there is an option without medicine for depression, and for pain unless a red flag
    forbids it."""
    if found["gate"] == "safety-only":
        return None
    offered = {entry["section"] for entry in found["options"] if entry["status"] in OFFERED}
    if "depression-psychological" not in offered:
        return "no option without medicine for depression"
    flags, outcomes = facts.get("red_flags") or {}, facts.get("red_flag_outcomes") or {}
    forbidden = any(
        flags.get(flag) and outcomes.get(flag) != "excluded" for flag in ("fracture", "cancer", "infection")
    )
    if "nonpharmacologic" not in offered and not forbidden:
        return "no option without medicine for pain"
    return None


def never_offers_opioids_or_benzodiazepines(
    edition: Edition, facts: Facts, found: Assessment, chance: Random
) -> str | None:
    """`opioid` and `benzodiazepine` are listed outside `safety-only` and are never offered."""
    if found["gate"] == "safety-only":
        return None
    told = statuses(found)
    for code in ("opioid", "benzodiazepine"):
        if told.get(code) not in NOT_OFFERED:
            return f"{code} is {told.get(code, 'not listed')}"
    return None


def same_facts_same_answer(edition: Edition, facts: Facts, found: Assessment, chance: Random) -> str | None:
    """The answer is the same for the same facts, in whatever order they are told, and none of them changes."""
    turned: dict[str, Any] = {
        name: dict(reversed(value.items())) if isinstance(value, dict) else value
        for name, value in reversed(facts.items())
    }
    before = copy.deepcopy(facts)
    if found != answer(edition, turned):
        return "another answer to the same facts in another order"
    return None if facts == before else "the facts were changed"


def every_line_has_its_reason_and_source(
    edition: Edition, facts: Facts, found: Assessment, chance: Random
) -> str | None:
    """Every option says why or what is missing, every sentence has a source, every alert has words."""
    for entry in found["options"]:
        against = any(reason["effect"] != "for" for reason in entry["reasons"])
        if not (entry["reasons"] or entry["missing"]):
            return f"{entry['code']} has no reason"
        if entry["status"] in ("withhold", "avoid", "caution") and not (against or entry["missing"]):
            return f"{entry['code']} is {entry['status']} and nothing says why"
        if entry["status"] == "needs-information" and not entry["missing"]:
            return f"{entry['code']} waits for a fact that it does not name"
    refs = [row["ref"] for row in (*found["alerts"], *found["statements"], *found["monitoring"])]
    refs += [reason["ref"] for entry in found["options"] for reason in entry["reasons"]]
    for ref in refs:
        if not edition.texts.get(ref) or not edition.text_sources.get(ref):
            return f"{ref} has no words or no source"
    return None


PROPERTIES: Final[Mapping[str, Property]] = {
    made.__name__.replace("_", " "): made
    for made in (
        never_offered_against_a_withhold,
        safety_only_shows_no_option,
        item_nine_is_never_no_risk,
        forgetting_frees_nothing,
        finding_more_frees_nothing,
        always_something_without_medicine,
        never_offers_opioids_or_benzodiazepines,
        same_facts_same_answer,
        every_line_has_its_reason_and_source,
    )
}
"""Name -> property."""


def broken(edition: Edition, count: int, seed: int = 1) -> Iterator[tuple[str, str, Facts]]:
    """(property, how, patient) for every property that one of ``count`` invented patients breaks, each told once."""
    left = dict(PROPERTIES)
    chance = Random(seed)  # noqa: S311  # not for secrets
    for _, facts in zip(range(count), patients(edition, seed), strict=False):
        found = answer(edition, facts)
        for name, holds in list(left.items()):
            how = holds(edition, facts, found, chance)
            if how is not None:
                del left[name]
                yield name, how, facts
