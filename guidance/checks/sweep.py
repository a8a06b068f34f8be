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
    yield from _table(edition)
    yield from _doses(edition)
    yield from _pairs(edition)
    yield from _reviewed(edition)


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
                        told = f"{code} is {open_one[code]} while {' and '.join(measured)} is not known"
                        yield f"{told}, and {status} with {over}; risk: {risk} ({name})"


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


# ---------------------------------------------------------------- the contraindication table, in literal codes

_TCA: Final = ("amitriptyline", "nortriptyline", "doxepin", "desipramine")
_NSAID: Final = ("ibuprofen", "naproxen", "celecoxib")
_SNRI: Final = ("duloxetine", "venlafaxine", "desvenlafaxine")
_SSRI: Final = ("sertraline", "fluoxetine", "paroxetine")
_RELAXANT: Final = ("cyclobenzaprine", "methocarbamol", "tizanidine")


def _has(*codes: str) -> Facts:
    return {"conditions": dict.fromkeys(codes, True)}


TABLE: Final[tuple[tuple[Facts, tuple[str, ...], tuple[str, ...]], ...]] = (
    ({"egfr": 29}, ("duloxetine", *_NSAID), ()),
    (_has("chronic-liver-disease"), ("duloxetine",), (*_TCA, *_NSAID, "cyclobenzaprine", "tizanidine")),
    (_has("severe-liver-disease"), ("duloxetine", *_NSAID), (*_TCA, *_SSRI)),
    (_has("chronic-liver-disease", "bleeding-disorder"), ("duloxetine", *_NSAID, "cyclobenzaprine"), (*_SSRI, *_TCA)),
    (_has("heavy-alcohol"), ("duloxetine", "tramadol"), (*_TCA, *_NSAID, *_RELAXANT, "gabapentin")),
    ({"past_suicide_attempt": True}, (*_TCA, "tramadol"), ("venlafaxine", "desvenlafaxine")),
    ({"mania_history": True}, (*_SNRI, *_TCA, *_SSRI), ()),
    (_has("seizure-history"), ("tramadol",), _TCA),
    (_has("narrow-angle-glaucoma"), ("doxepin",), (*_SNRI, "amitriptyline", "paroxetine", "cyclobenzaprine")),
    (_has("urinary-retention"), ("doxepin",), ("amitriptyline", "nortriptyline", "cyclobenzaprine")),
    (_has("recent-mi"), (*_TCA, "cyclobenzaprine"), ("venlafaxine", *_NSAID)),
    (_has("arrhythmia-or-heart-block"), (*_TCA, "cyclobenzaprine"), ("venlafaxine", *_NSAID)),
    (_has("heart-failure"), ("cyclobenzaprine",), (*_TCA, *_NSAID)),
    (_has("severe-heart-failure"), ("cyclobenzaprine", *_NSAID), _TCA),
    (_has("uncontrolled-hypertension"), (), (*_SNRI, *_NSAID)),
    ({"systolic_mmhg": 160}, (), (*_SNRI, *_NSAID)),
    ({"diastolic_mmhg": 100}, (), (*_SNRI, *_NSAID)),
    (_has("active-gi-bleed-or-ulcer"), _NSAID, (*_SNRI, *_SSRI)),
    (_has("past-gi-bleed-or-ulcer"), (), _NSAID),
    (_has("bleeding-disorder"), (*_NSAID, "spinal-manipulation"), ()),
    (_taking("warfarin"), ("spinal-manipulation",), _NSAID),
    ({"age_years": 65}, (), (*_TCA, "paroxetine", *_RELAXANT)),
    ({"pregnancy": "pregnant", "pregnancy_weeks": 30}, _NSAID, ("paroxetine", "tramadol", *_RELAXANT)),
    ({"pregnancy": "pregnant", "pregnancy_weeks": 20}, (), _NSAID),
    ({"breastfeeding": True}, (), ("doxepin", "tizanidine", "tramadol")),
    ({"sodium_mmol_l": 129}, (), (*_SNRI, *_TCA, *_SSRI, "tramadol")),
    ({"safety_sensitive_work": True}, (*_TCA, *_RELAXANT, "tramadol", "gabapentin"), ()),
    (_has("substance-use-disorder"), ("tramadol",), ("gabapentin",)),
    (_has("opioid-use-disorder"), ("tramadol",), ("gabapentin",)),
    (_has("aspirin-sensitive-asthma"), _NSAID, ()),
    (_has("after-cabg"), _NSAID, ()),
    (_has("cardiovascular-disease"), ("celecoxib",), ("ibuprofen", "naproxen")),
    (_has("respiratory-disease"), (), ("tramadol", "gabapentin")),
    (_has("sleep-apnoea"), (), ("tramadol",)),
    (_has("falls"), (), (*_TCA, "paroxetine", *_RELAXANT, "tramadol", "gabapentin")),
    ({"age_years": 65, **_has("osteoporosis")}, ("spinal-manipulation",), ("tramadol", "gabapentin")),
    (_has("hyperthyroidism"), ("cyclobenzaprine",), _TCA),
    (_has("gi-obstruction"), ("tramadol",), (*_TCA, "cyclobenzaprine")),
    ({"qtc_ms": 461}, (), (*_TCA, "cyclobenzaprine")),
    ({"qtc_ms": 500}, (*_TCA, "venlafaxine", "cyclobenzaprine"), ("fluoxetine",)),
    ({"red_flags": {"visceral": True}}, (*_NSAID, "spinal-manipulation"), ()),
    ({"red_flags": {"fracture": True}}, ("spinal-manipulation", "massage"), ("exercise-therapy", "physical-therapy")),
    ({"red_flags": {"cancer": True}}, ("spinal-manipulation", "massage"), ("exercise-therapy", "physical-therapy")),
    ({"allergies": ["nsaid"]}, _NSAID, ()),
    ({"allergies": ["sulfonamide"]}, ("celecoxib",), ()),
)
"""(what is so, what is then withheld, what is then avoided or withheld), wherever it is raised at all."""


def _table(edition: Edition) -> Iterator[str]:
    for start in STARTS.values():
        for over, withheld, avoided in TABLE:
            found = statuses(answer(edition, _facts_of(start, over)))
            for code in withheld:
                if found.get(code, "withhold") != "withhold":
                    yield f"{code} is {found[code]}, and must be withhold with {over}"
            for code in avoided:
                if found.get(code, "avoid") not in _BAD:
                    yield f"{code} is {found[code]}, and must be avoid with {over}"


DOSES: Final = (
    ({"egfr": 45}, "gabapentin", "400 to 1,400 mg"),
    ({"egfr": 20}, "gabapentin", "200 to 700 mg"),
    ({"egfr": 45}, "venlafaxine", "25 to 50 %"),
    ({"egfr": 20}, "venlafaxine", "half or more"),
    ({"egfr": 20}, "desvenlafaxine", "25 mg"),
    ({"egfr": 20}, "paroxetine", "10 mg"),
    ({"egfr": 20}, "tramadol", "at most 200 mg"),
    ({"age_years": 76}, "tramadol", "at most 300 mg"),
    ({"age_years": 65}, "duloxetine", "30 mg"),
    ({"age_years": 65}, "gabapentin", "100 to 300 mg"),
    (_has("chronic-liver-disease"), "venlafaxine", "half or more"),
    (_has("chronic-liver-disease"), "sertraline", "Half the dose"),
    (_has("chronic-liver-disease"), "tramadol", "50 mg every 12 hours"),
)
"""(what is so, medicine, words that its limit then holds)."""


def _doses(edition: Edition) -> Iterator[str]:
    start = STARTS["chronic radicular pain after an NSAID"]
    for over, code, words in DOSES:
        found = answer(edition, _facts_of(start, over))
        limits = [ref for entry in found["options"] if entry["code"] == code for ref in entry["dose_refs"]]
        if not any(words in edition.texts[ref] for ref in limits):
            yield f"the dose of {code} does not say {words!r} with {over}"
    young = answer(edition, _facts_of(start, {"age_years": 75}))
    refs = [ref for entry in young["options"] if entry["code"] == "tramadol" for ref in entry["dose_refs"]]
    if any("at most 300 mg" in edition.texts[ref] for ref in refs):
        yield "the dose of tramadol is limited to 300 mg at 75 already"


def _reviewed(edition: Edition) -> Iterator[str]:
    """What is taken now although a rule withholds or avoids it is reviewed today."""
    for code, over, severity in (("naproxen", {"egfr": 20}, "urgent"), ("amitriptyline", {"age_years": 70}, "caution")):
        alerts = answer(edition, _facts_of({}, {**over, **_taking(code)}))["alerts"]
        if ("CX-CURRENT", severity) not in {(alert["code"], alert["severity"]) for alert in alerts}:
            yield f"no {severity} CX-CURRENT for {code} with {over}"


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
    "IX-13": ((("fluoxetine", "paroxetine", "bupropion", "duloxetine"), ("tamoxifen",)),),
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
