"""Every fact by itself, without chance: what one answer forbids, no missing answer allows.

Three patients in whom all options are raised, and one in whom every condition of the opioid gate is met, get each
answer of each fact in turn, unknown among them; and each pair of medicines that must be told is taken together. What is
demanded is the contract and the interaction table in literal codes, so that an edition cannot excuse itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guidance.checks.properties import answer, statuses
from guidance.checks.worked import OFFERED, Facts, base, forget, merge
from guidance.engine.edition import Edition
from guidance.engine.facts import CONDITIONS, DICTIONARY, RED_FLAGS

_AFTER_NSAID: Final = {"tried": [{"code": "naproxen", "outcome": "no-response", "adequate": True}]}
STARTS: Final[Mapping[str, Facts]] = {
    "chronic radicular pain after an NSAID": {"radicular": True, **_AFTER_NSAID},
    "subacute pain after an NSAID": {"pain_duration_days": 50, **_AFTER_NSAID},
    "chronic pain at 30": {"age_years": 30, **_AFTER_NSAID},
}
_EXEMPT: Final = ("suicide_actions_recorded", "emergency_assessment_recorded", "psychosis_actions_recorded")
"""What was recorded: not said is not done, and holds the gate."""
_BAD: Final = ("avoid", "withhold")


def _facts_of(start: Facts, over: Facts) -> Facts:
    return merge(merge(base(), start), over)


def sweep(edition: Edition) -> Iterator[str]:
    """How an edition breaks what is demanded, as sentences."""
    for name, start in STARTS.items():
        yield from (f"{problem} ({name})" for problem in _unknowns(edition, start))
    yield from _measurements(edition)
    yield from _gate(edition)
    yield from _pairs(edition)


# ---------------------------------------------------------------- unknown is not no


def _answers() -> Iterator[tuple[str, list[Facts]]]:
    """(fact, its answers) of everything that has few of them."""
    for name, fact in DICTIONARY.items():
        if name in _EXEMPT:
            continue
        if fact.kind == "boolean":
            yield name, [{name: True}, {name: False}]
        elif fact.kind == "choice" and not name.startswith("suicide"):
            yield name, [{name: value} for value in fact.values]
    yield from (
        (f"conditions.{code}", [{"conditions": {code: value}} for value in (True, False)]) for code in CONDITIONS
    )
    yield from ((f"red_flags.{code}", [{"red_flags": {code: value}} for value in (True, False)]) for code in RED_FLAGS)


def _unknowns(edition: Edition, start: Facts) -> Iterator[str]:
    for name, answers in _answers():
        open_one = statuses(answer(edition, forget(_facts_of(start, {}), [name])))
        for over in answers:
            for code, status in statuses(answer(edition, _facts_of(start, over))).items():
                if status in _BAD and open_one.get(code) in OFFERED:
                    yield f"{code} is {open_one[code]} while {name} is not known, and {status} with {over}"


_CARDIAC: Final = (
    "recent-mi", "arrhythmia-or-heart-block", "heart-failure", "severe-heart-failure", "cardiovascular-disease",
    "after-cabg",
)  # fmt: skip


def _taking(code: str) -> Facts:
    return {"medicines": [{"code": code, "status": "current"}]}


def _risks() -> Iterator[tuple[tuple[str, ...], list[Facts], Facts]]:
    """(measurements, values that speak against something, a risk because of which they must be known)."""
    low = [{"egfr": 20}]
    for code in ("diabetes", "hypertension", "heart-failure", "severe-heart-failure", "kidney-disease"):
        for value in (True, None):
            yield ("egfr",), low, {"conditions": {code: value}}
    yield ("egfr",), low, {"age_years": 60}
    yield from ((("egfr",), low, _taking(code)) for code in ("lisinopril", "losartan", "furosemide", "lithium"))
    long = [{"qtc_ms": 520}]
    for code in _CARDIAC:
        for value in (True, None):
            yield ("qtc_ms",), long, {"conditions": {code: value}}
    yield ("qtc_ms",), long, _taking("haloperidol")
    high = [{"systolic_mmhg": 170}, {"diastolic_mmhg": 105}]
    for code in ("hypertension", "uncontrolled-hypertension"):
        for value in (True, None):
            yield ("systolic_mmhg", "diastolic_mmhg"), high, {"conditions": {code: value}}


def _measurements(edition: Edition) -> Iterator[str]:
    for name, start in STARTS.items():
        for measured, values, risk in _risks():
            open_one = statuses(answer(edition, forget(_facts_of(start, risk), measured)))
            for over in values:
                for code, status in statuses(answer(edition, merge(_facts_of(start, risk), over))).items():
                    if status in _BAD and open_one.get(code) in OFFERED:
                        yield (
                            f"{code} is {open_one[code]} while {' and '.join(measured)} are not known, and {status} with"
                            f" {over}; risk: {risk} ({name})"
                        )


# ---------------------------------------------------------------- the opioid gate

_FAILED: Final = [
    {"code": code, "outcome": "no-response", "adequate": True} for code in ("naproxen", "tramadol", "duloxetine")
]
GATE_MET: Final[Facts] = {"tried": _FAILED, "opioid_discussion_recorded": True}


def _deviations() -> Iterator[Facts]:
    """Each condition of the opioid gate unmet, and not known."""
    yield from ({"pain_duration_days": days} for days in (20, 84, None))
    for place in range(len(_FAILED)):
        others = [one for number, one in enumerate(_FAILED) if number != place]
        yield {"tried": others}
        yield from ({"tried": [*others, {**_FAILED[place], "adequate": value}]} for value in (False, None))
        yield {"tried": [*others, {**_FAILED[place], "outcome": "helped"}]}
    yield {"tried": None}
    yield from ({"opioid_discussion_recorded": value} for value in (False, None))
    yield from ({"past_suicide_attempt": value} for value in (True, None))
    yield {"phq9": [1, 1, 1, 1, 1, 1, 1, 1, 1]}
    yield {"phq9": None, "suicide_screen": {"wish-to-be-dead": None}}
    for code in ("substance-use-disorder", "opioid-use-disorder", "heavy-alcohol"):
        yield from ({"conditions": {code: value}} for value in (True, None))
    yield from ({"pregnancy": value, "pregnancy_weeks": None} for value in ("pregnant", "possible", None))
    yield from (_taking(code) for code in ("diazepam", "zopiclone", "naltrexone"))
    yield from ({"medicines": None}, {"medicines_complete": False})
    for flag in RED_FLAGS:
        yield from ({"red_flags": {flag: value}, "red_flag_outcomes": {flag: None}} for value in (True, None))


def _gate(edition: Edition) -> Iterator[str]:
    met = statuses(answer(edition, _facts_of({}, GATE_MET))).get("opioid")
    if met != "avoid":
        yield f"opioid is {met} with every condition met, and must be avoid"
    for over in _deviations():
        found = answer(edition, _facts_of(GATE_MET, over))
        status = statuses(found).get("opioid")
        if found["gate"] != "safety-only" and status != "withhold":
            yield f"opioid is {status}, and must be withhold with {over}"


# ---------------------------------------------------------------- medicines that must be told together

PAIRS: Final[Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]] = {
    "IX-1": (
        (("phenelzine", "tranylcypromine", "isocarboxazid", "moclobemide", "selegiline", "rasagiline", "safinamide",
          "procarbazine", "linezolid", "methylene-blue"),
         ("duloxetine", "sertraline", "amitriptyline", "mirtazapine", "bupropion", "tramadol", "cyclobenzaprine")),
    ),
    "IX-2": (
        (("tramadol",),
         ("sertraline", "fluoxetine", "duloxetine", "venlafaxine", "amitriptyline", "imipramine")),
    ),
    "IX-3": ((("sertraline", "duloxetine", "amitriptyline"), ("venlafaxine", "escitalopram", "nortriptyline")),),
    "IX-4": (
        (("sertraline", "duloxetine", "amitriptyline"),
         ("sumatriptan", "lithium", "st-johns-wort", "fentanyl", "buspirone", "amphetamine")),
    ),
    "IX-5": (
        (("ibuprofen", "naproxen", "celecoxib", "ketorolac"),
         ("sertraline", "citalopram", "duloxetine", "venlafaxine")),
    ),
    "IX-6": (
        (("naproxen", "celecoxib"),
         ("warfarin", "apixaban", "rivaroxaban", "dabigatran", "edoxaban", "enoxaparin")),
    ),
    "IX-7": ((("sertraline", "duloxetine"), ("warfarin",)),),
    "IX-8": ((("naproxen", "celecoxib"), ("aspirin", "clopidogrel", "prasugrel", "ticagrelor")),),
    "IX-9": ((("fluoxetine", "paroxetine", "bupropion"), ("amitriptyline", "nortriptyline", "imipramine")),),
    "IX-10": ((("duloxetine",), ("amitriptyline", "desipramine")),),
    "IX-11": ((("fluoxetine", "paroxetine", "bupropion"), ("tramadol",)),),
    "IX-12": ((("fluoxetine", "paroxetine", "duloxetine"), ("metoprolol",)),),
    "IX-13": ((("fluoxetine", "paroxetine", "duloxetine"), ("tamoxifen",)),),
    "IX-14": ((("duloxetine",), ("fluvoxamine", "ciprofloxacin")),),
    "IX-15": (
        (("tizanidine",), ("fluvoxamine", "ciprofloxacin", "levofloxacin", "zileuton", "amiodarone", "mexiletine",
                           "propafenone", "verapamil", "cimetidine", "famotidine", "ethinyl-estradiol", "acyclovir",
                           "ticlopidine")),
    ),
    "IX-16": ((("lithium",), ("naproxen", "lisinopril", "losartan", "hydrochlorothiazide")),),
    "IX-17": ((("naproxen",), ("lisinopril", "losartan")),),
    "IX-18": ((("gabapentin", "pregabalin"), ("oxycodone", "tramadol", "diazepam", "zopiclone", "zolpidem")),),
    "IX-19": ((("tramadol", "oxycodone", "codeine"), ("diazepam", "zopiclone")),),
    "IX-22": ((("amitriptyline", "citalopram", "venlafaxine"), ("haloperidol", "sotalol", "methadone")),),
    "IX-23": (
        (("thioridazine",), ("fluoxetine", "paroxetine", "duloxetine", "amitriptyline", "venlafaxine")),
        (("pimozide",), ("fluoxetine", "paroxetine", "sertraline", "amitriptyline", "venlafaxine")),
    ),
    "IX-25": ((("tizanidine",), ("amlodipine", "lisinopril", "metoprolol")), (("clonidine",), ("amitriptyline",))),
    "IX-26": (
        (("methadone", "buprenorphine"), ("tramadol", "diazepam", "gabapentin")),
        (("naltrexone",), ("tramadol", "oxycodone")),
    ),
    "IX-27": ((("sertraline", "duloxetine"), ("aspirin", "clopidogrel")),),
    "IX-28": ((("naproxen",), ("prednisone", "dexamethasone")),),
    "IX-29": ((("naproxen",), ("methotrexate", "cyclosporine", "tacrolimus")),),
    "NSAID-DUPLICATE": ((("naproxen", "ketorolac"), ("ibuprofen", "celecoxib")),),
}  # fmt: skip
"""Interaction -> groups of medicines, each of the first with each of the second."""
STILL_ACTING: Final = (
    ("phenelzine", 13),
    ("selegiline", 13),
    ("rasagiline", 13),
    ("linezolid", 1),
    ("methylene-blue", 1),
)
"""(medicine, the last day after it on which IX-1 stands)."""


def _pairs(edition: Edition) -> Iterator[str]:
    for code, groups in PAIRS.items():
        for first, second in groups:
            for one in first:
                for other in second:
                    if code not in _told(edition, {"code": one}, {"code": other}):
                        yield f"no {code} for {one} with {other}"
    for one, day in STILL_ACTING:
        if "IX-1" not in _told(edition, {"code": one, "status": "stopped", "stopped_days_ago": day}):
            yield f"no IX-1 on day {day} after {one}"
    for other in ("tramadol", "amitriptyline", "tamoxifen"):
        stopped = {"code": "fluoxetine", "status": "stopped", "stopped_days_ago": 34}
        wanted = {"tramadol": "IX-2", "amitriptyline": "IX-9", "tamoxifen": "IX-13"}[other]
        if wanted not in _told(edition, stopped, {"code": other}):
            yield f"no {wanted} for {other} on day 34 after fluoxetine"


def _told(edition: Edition, *medicines: Mapping[str, Any]) -> set[str]:
    listed = [{"status": "current", **one} for one in medicines]
    return {alert["code"] for alert in answer(edition, _facts_of({}, {"medicines": listed}))["alerts"]}
