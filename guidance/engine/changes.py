"""What would have to change for a rule to hold, or no longer to hold.

A criterion is turned by the fewest changes that a clinician could bring about or wait for. What lasts (age, a past
illness, an allergy, what was tried) is never turned: then the answer says so instead of promising anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from guidance.engine import criteria as c
from guidance.engine.situation import Situation

if TYPE_CHECKING:
    from guidance.engine.edition import Edition


class Change(NamedTuple):
    """One change of one fact.

    ``how``: a comparison that the fact then meets (``is``, ``at_least``, ``below`` ...); for ``medicines``: ``without``
    a code, ``with`` a code, ``stopped_for`` (code, days after the last dose), ``after`` (code, days from now on until
    it no longer acts); for ``replaces``: ``with`` the code of the medicine that a switch would replace.
    """

    fact: str
    how: str
    value: Any


Changes = list[Change] | None
"""The changes that are all needed together; None: nothing that could change does it."""

ENDS: Final = {
    "conditions.heavy-alcohol": "heavy drinking has stopped",
    "conditions.narrow-angle-glaucoma": "the narrow-angle glaucoma is treated",
    "conditions.urinary-retention": "the bladder empties again",
    "conditions.recent-mi": "the recovery from the heart attack is over",
    "conditions.uncontrolled-hypertension": "blood pressure is under control",
    "conditions.after-cabg": "more than 14 days have passed since the bypass surgery",
    "conditions.active-gi-bleed-or-ulcer": "the ulcer or bleed has healed",
    "conditions.hyponatraemia": "sodium is normal and stays so",
    "conditions.hyperthyroidism": "the overactive thyroid is treated",
    "conditions.gi-obstruction": "bowel obstruction is ruled out",
    "conditions.falls": "falls are no longer a concern",
    "pregnant": "it is after the pregnancy",
    "pregnant_or_possible": "pregnancy is ruled out, or it is after the pregnancy",
    "breastfeeding": "breastfeeding has ended",
    "safety_sensitive_work": "the work is no longer safety-sensitive",
    "radicular": "the leg pain is no longer radicular",
    "suicide_risk": "the suicide screen is negative",
    **{
        f"flag_{state}.{flag}": f"{words} is {outcome}"
        for state, outcome in (("open", "excluded or treated"), ("not_excluded", "excluded"))
        for flag, words in (
            ("cauda-equina", "cauda equina syndrome"), ("motor-deficit", "a motor deficit"), ("fracture", "a fracture"),
            ("cancer", "cancer"), ("infection", "infection"), ("vascular", "a vascular emergency"),
            ("inflammatory", "inflammatory back pain"), ("visceral", "pain from another organ"),
        )
    },
}  # fmt: skip
"""Yes-or-no facts that can end, and the sentence that says so. A fact that stands neither here nor below lasts."""
NUMBERS: Final = {
    "egfr": "eGFR", "qtc_ms": "QTc", "sodium_mmol_l": "sodium", "systolic_mmhg": "systolic blood pressure",
    "diastolic_mmhg": "diastolic blood pressure",
}  # fmt: skip
"""Measurements that can change."""
KEPT: Final = "kept"
"""The class of medicines that nobody stops so that another may start."""
_LASTING_RISK: Final = ("suicide_screen.behaviour-lifetime", "suicide_screen.behaviour-3-months")
_UNITS: Final = {"qtc_ms": " ms"}
_INVERSE: Final = {"at_least": "below", "below": "at_least", "above": "at_most", "at_most": "above"}
_HOW: Final = {"at_least": "{} or more", "at_most": "{} or less", "above": "above {}", "below": "below {}"}


def turned(criterion: c.Criterion, s: Situation, wanted: bool) -> Changes:
    """The fewest changes after which the criterion is ``wanted`` (True or False); [] when it is that already."""
    if criterion.value(s) is wanted:
        return []
    if isinstance(criterion, c.Not):
        return turned(criterion.part, s, not wanted)
    if isinstance(criterion, c.Holds):
        return turned(s.edition.definitions[criterion.name].when, s, wanted)
    if isinstance(criterion, c.AllOf | c.AnyOf):
        ways = [turned(part, s, wanted) for part in criterion.parts]
        return together(ways) if isinstance(criterion, c.AllOf) is wanted else fewest(ways)
    if isinstance(criterion, c.Compare):
        return _compared(criterion, s, wanted)
    if isinstance(criterion, c.Taking):
        return _taken(criterion, s, wanted)
    return None


def together(ways: Iterable[Changes]) -> Changes:
    """All of them: None as soon as one cannot be."""
    out: list[Change] = []
    for changes in ways:
        if changes is None:
            return None
        out += changes
    return strictest(out)


def fewest(ways: Iterable[Changes]) -> Changes:
    """The shortest that can be; of equally short ones the first."""
    possible = [changes for changes in ways if changes is not None]
    return min(possible, key=len) if possible else None


def _compared(criterion: c.Compare, s: Situation, wanted: bool) -> Changes:
    name, comparison, operand = criterion.name, criterion.comparison, criterion.operand
    if name in NUMBERS and comparison in _INVERSE:
        return [Change(name, comparison if wanted else _INVERSE[comparison], operand)]
    if name == "suicide_risk" and any(s.facts.get(fact) for fact in _LASTING_RISK):
        return None
    # only the end of something can be promised, never that it begins
    ends = operand is True if comparison == "is" else name == "suicide_risk" and comparison == "one_of"
    return [Change(name, "is", False)] if name in ENDS and ends and not wanted else None


def _taken(criterion: c.Taking, s: Situation, wanted: bool) -> Changes:
    if wanted:
        # an option of the plan can be chosen beside it (stomach protection); a medicine is never added from outside
        codes = sorted(code for code in criterion.group if code in s.edition.options)
        can_be_chosen = criterion.scope == "current-or-chosen" and criterion.count == 1 and codes
        return [Change("medicines", "with", codes[0])] if can_be_chosen else None
    if criterion.ever and criterion.group & s.stopped:
        return None
    codes = sorted(criterion.group & (s.present if criterion.scope == "current-or-chosen" else s.current))
    if criterion.stopped:
        codes += sorted(set(s.lingering) & criterion.group - set(codes))
    return leaving(codes[criterion.count - 1 :], s) or None


def leaving(codes: Iterable[str], s: Situation) -> Changes:
    """What it takes until these medicines no longer count; None where one of them is not stopped for such a reason."""
    return together(_without(code, s) for code in codes)


def _without(code: str, s: Situation) -> Changes:
    medicine = s.edition.medicines.get(code)
    lingers = medicine.lingers if medicine is not None else None
    if code in s.lingering and code not in s.current and lingers is not None:
        return [Change("medicines", "after", (code, lingers + 1 - s.lingering[code]))]
    if medicine is not None and KEPT in medicine.classes:
        return None
    return [
        Change("medicines", "without", code)
        if lingers is None
        else Change("medicines", "stopped_for", (code, lingers + 1))
    ]


def applied(changes: Iterable[Change], s: Situation) -> Situation:
    """The same situation with its measurements at the nearest value that the changes allow."""
    found = {
        change.fact: change.value + {"above": 1, "below": -1}.get(change.how, 0)
        for change in changes
        if change.fact in NUMBERS
    }
    other = s.without(frozenset())
    other.facts = {**s.facts, **found}
    return other


def strictest(changes: Iterable[Change]) -> list[Change]:
    """Of several limits on one measurement the one that holds all of them."""
    out: dict[tuple[str, Any], Change] = {}
    for change in changes:
        upper = change.how in ("below", "at_most")
        key = (change.fact, upper if change.fact in NUMBERS else (change.how, change.value))
        kept = out.get(key)
        if kept is None or (change.value < kept.value if upper else change.value > kept.value):
            out[key] = change
    gone = {
        change.value if change.how == "without" else change.value[0]
        for change in out.values()
        if change.how in ("without", "stopped_for")
    }
    return [change for change in out.values() if change.fact != "replaces" or change.value not in gone]


def words(edition: Edition, change: Change) -> str:
    """One change, as the second half of "would be reconsidered if"."""
    fact, how, value = change
    if fact == "medicines":
        code = value if isinstance(value, str) else value[0]
        known = edition.medicines.get(code) or edition.options.get(code)
        name = known.name if known else code
        if how == "with":
            return f"{name} is taken as well"
        if how == "without":
            known_classes = edition.medicines[code].classes if code in edition.medicines else ()
            return f"{name} has been tapered off" if "taper-first" in known_classes else f"{name} is no longer taken"
        days = f"{value[1]} day{'' if value[1] == 1 else 's'}"
        if how == "stopped_for":
            return f"{name} has been stopped for {days}"
        return f"{name} no longer acts: earliest start in {days}"
    if how == "is":
        return ENDS[fact]
    if fact == "replaces":
        replaced = edition.medicines[value]
        return f"it replaces {replaced.name}" + (", with a cross-taper" if "taper-first" in replaced.classes else "")
    return f"{NUMBERS[fact]} is {_HOW[how].format(f'{value:g}' + _UNITS.get(fact, ''))}"
