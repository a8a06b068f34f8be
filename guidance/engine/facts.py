"""The data dictionary: every fact the engine may be asked with, and the check of what comes in.

A fact that is absent or null is unknown, and in this package unknown is ``None``: never ``False``, never 0.
Maps (``conditions``, ``red_flags`` ...) are flattened to dotted names (``conditions.heart-failure``); lists keep
the list's name (``phq9``, ``medicines``). Names, values and units are the promise of docs/contract/facts.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

CONDITIONS: Final = (
    "chronic-liver-disease", "severe-liver-disease", "heavy-alcohol", "seizure-history", "narrow-angle-glaucoma",
    "urinary-retention", "recent-mi", "arrhythmia-or-heart-block", "heart-failure", "severe-heart-failure",
    "hypertension", "uncontrolled-hypertension", "cardiovascular-disease", "after-cabg", "active-gi-bleed-or-ulcer",
    "past-gi-bleed-or-ulcer", "bleeding-disorder", "aspirin-sensitive-asthma", "substance-use-disorder",
    "opioid-use-disorder", "hyponatraemia", "diabetes", "respiratory-disease", "sleep-apnoea", "osteoporosis",
    "hyperthyroidism", "falls", "gi-obstruction", "kidney-disease",
)  # fmt: skip
RED_FLAGS: Final = (
    "cauda-equina", "motor-deficit", "fracture", "cancer", "infection", "vascular", "inflammatory", "visceral",
)  # fmt: skip
EMERGENCY_FLAGS: Final = ("cauda-equina", "motor-deficit", "infection", "vascular")
URGENT_FLAGS: Final = ("fracture", "cancer", "visceral")
SUICIDE_SCREEN: Final = (
    "wish-to-be-dead", "suicidal-thoughts", "method", "intent", "plan-with-intent", "behaviour-lifetime",
    "behaviour-3-months",
)  # fmt: skip
PAIN_SITES: Final = (
    "neck", "upper-back", "lower-back", "buttock-left", "buttock-right", "thigh-left", "thigh-right",
    "below-knee-left", "below-knee-right", "elsewhere",
)  # fmt: skip
FLAG_OUTCOMES: Final = ("excluded", "referred", "treated")
TRIED_OUTCOMES: Final = ("helped", "no-response", "not-tolerated", "contraindicated")
MEDICINE_STATUSES: Final = ("current", "stopped")

Kind = Literal["integer", "number", "boolean", "choice", "set", "codes", "texts", "items", "map", "medicines", "tried"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the data dictionary. ``low`` and ``high`` are inclusive, in ``unit``."""

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    unit: str = ""
    values: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    length: int = 0


def _integer(name: str, low: int, high: int, unit: str = "") -> Fact:
    return Fact(name, "integer", low, high, unit)


def _number(name: str, low: float, high: float, unit: str) -> Fact:
    return Fact(name, "number", low, high, unit)


def _choice(name: str, *values: str) -> Fact:
    return Fact(name, "choice", values=values)


def _yes_no(*names: str) -> tuple[Fact, ...]:
    return tuple(Fact(name, "boolean") for name in names)


_ALL: Final = (
    _integer("age_years", 18, 120, "year"),
    _choice("sex_at_birth", "female", "male", "other"),
    _choice("pregnancy", "not-applicable", "not-pregnant", "possible", "pregnant"),
    _integer("pregnancy_weeks", 0, 45, "week"),
    *_yes_no("breastfeeding"),
    _integer("pain_duration_days", 0, 36500, "day"),
    Fact("pain_sites", "set", values=PAIN_SITES),
    *_yes_no("radicular"),
    Fact("peg", "items", 0, 10, length=3),
    Fact("red_flags", "map", keys=RED_FLAGS),
    Fact("red_flag_outcomes", "map", keys=RED_FLAGS, values=FLAG_OUTCOMES),
    Fact("phq9", "items", 0, 3, length=9),
    _integer("phq9_difficulty", 0, 3),
    Fact("suicide_screen", "map", keys=SUICIDE_SCREEN),
    _choice("suicide_risk_judgement", "low", "moderate", "high"),
    *_yes_no(
        "suicide_actions_recorded", "emergency_assessment_recorded", "past_suicide_attempt", "depression_diagnosis",
        "mania_history", "psychosis", "psychosis_actions_recorded",
    ),
    Fact("conditions", "map", keys=CONDITIONS),
    _number("egfr", 0, 200, "mL/min/1.73m2"),
    _integer("qtc_ms", 200, 800, "ms"),
    _number("sodium_mmol_l", 90, 190, "mmol/L"),
    _integer("systolic_mmhg", 50, 300, "mmHg"),
    _integer("diastolic_mmhg", 20, 200, "mmHg"),
    Fact("medicines", "medicines"),
    *_yes_no("medicines_complete"),
    Fact("unrecognised_medicines", "texts"),
    *_yes_no("unrecognised_medicines_reviewed", "serotonin_signs"),
    Fact("allergies", "codes"),
    *_yes_no("allergies_complete"),
    Fact("tried", "tried"),
    *_yes_no(
        "safety_sensitive_work", "sedentary_work", "screen_work", "commutes", "carries_heavy_bag", "off_work",
        "work_stress", "sleep_problem", "poor_diet", "inactive",
    ),
    _choice("prefers_medicines", "wants", "avoids", "unsure"),
    _choice("prefers_therapy", "wants", "avoids", "unsure"),
    Fact("replaces", "codes"),
    Fact("chosen", "codes"),
    *_yes_no("opioid_discussion_recorded"),
)  # fmt: skip
DICTIONARY: Final[Mapping[str, Fact]] = {fact.name: fact for fact in _ALL}


@dataclass(frozen=True, slots=True)
class Medicine:
    """One line of the medicine list. ``status`` None: nobody said whether it is still taken."""

    code: str
    status: str | None
    stopped_days_ago: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """One treatment tried before. ``adequate``: taken long enough at a labelled dose (reading A-3)."""

    code: str
    outcome: str | None
    adequate: bool | None


class FactError(ValueError):
    """Facts that break the contract. ``problems`` holds (fact, reason) pairs; the message names all of them."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{fact}: {reason}" for fact, reason in problems))


Facts = Mapping[str, Any]
"""Checked, flattened facts: only what is known stands in it."""


def entries() -> dict[str, Fact]:
    """Every name a criterion may read of what is asked, maps by their dotted entries."""
    out: dict[str, Fact] = {}
    for fact in _ALL:
        if fact.kind != "map":
            out[fact.name] = fact
            continue
        for key in fact.keys:
            name = f"{fact.name}.{key}"
            out[name] = Fact(name, "choice" if fact.values else "boolean", values=fact.values)
    return out


def check(given: object) -> dict[str, Any]:
    """Check one patient's facts against the dictionary.

    ``given``: a mapping as the contract writes it (an ``id`` is allowed and left out of the result).
    Returns flattened facts without the unknown ones. Raises FactError naming every fact that breaks the contract.
    """
    if not isinstance(given, Mapping):
        raise FactError([("facts", f"must be an object of facts, not {_name_of(given)}")])
    problems: list[tuple[str, str]] = []
    out: dict[str, Any] = {}
    for name, value in given.items():
        fact = DICTIONARY.get(name)
        if fact is None:
            if name == "id":
                if value is not None and not isinstance(value, str):
                    problems.append(("id", f"must be text, not {_name_of(value)}"))
            else:
                problems.append((str(name)[:80], "is not a fact of the contract"))
        elif value is not None:
            _CHECKS[fact.kind](fact, value, out, problems)
    if problems:
        raise FactError(problems)
    return out


def _name_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return repr(value)[:60]


def _range_text(fact: Fact) -> str:
    return f"{fact.low:g} to {fact.high:g}" + (f" {fact.unit}" if fact.unit else "")


def _is_whole(value: object) -> bool:
    return type(value) is int


def _check_number(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if type(value) is not int and (fact.kind == "integer" or type(value) is not float):
        wanted = "a whole number" if fact.kind == "integer" else "a number"
        problems.append((fact.name, f"must be {wanted} from {_range_text(fact)}, not {_name_of(value)}"))
    elif not fact.low <= value <= fact.high:  # type: ignore[operator]  # numbers always carry both ends
        problems.append((fact.name, f"must be from {_range_text(fact)}, not {value!r}"[:200]))
    else:
        out[fact.name] = value


def _check_boolean(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if value is True or value is False:
        out[fact.name] = value
    else:
        problems.append((fact.name, f"must be true or false, not {_name_of(value)}"))


def _check_choice(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if isinstance(value, str) and value in fact.values:
        out[fact.name] = value
    else:
        problems.append((fact.name, f"must be one of {', '.join(fact.values)}, not {_name_of(value)}"))


def _check_map(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not isinstance(value, Mapping):
        problems.append((fact.name, f"must be an object, not {_name_of(value)}"))
        return
    for key, entry in value.items():
        if key not in fact.keys:
            problems.append((f"{fact.name}.{str(key)[:60]}", f"is not one of {', '.join(fact.keys)}"))
        elif entry is None:
            continue
        elif fact.values:
            if isinstance(entry, str) and entry in fact.values:
                out[f"{fact.name}.{key}"] = entry
            else:
                problems.append(
                    (f"{fact.name}.{key}", f"must be one of {', '.join(fact.values)}, not {_name_of(entry)}")
                )
        elif entry is True or entry is False:
            out[f"{fact.name}.{key}"] = entry
        else:
            problems.append((f"{fact.name}.{key}", f"must be true or false, not {_name_of(entry)}"))


def _check_items(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not isinstance(value, list | tuple):
        problems.append((fact.name, f"must be a list of {fact.length} numbers, not {_name_of(value)}"))
        return
    if len(value) != fact.length:
        problems.append((fact.name, f"must have {fact.length} items, not {len(value)}"))
        return
    for place, item in enumerate(value, 1):
        if item is not None and (not _is_whole(item) or not fact.low <= item <= fact.high):
            problems.append(
                (f"{fact.name}[{place}]", f"must be a whole number from {_range_text(fact)}, not {_name_of(item)}")
            )
    out[fact.name] = tuple(value)


def _is_list(fact: Fact, value: Any, problems: list[tuple[str, str]]) -> bool:
    if isinstance(value, list | tuple):
        return True
    problems.append((fact.name, f"must be a list, not {_name_of(value)}"))
    return False


def _check_set(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not _is_list(fact, value, problems):
        return
    for entry in value:
        if not isinstance(entry, str) or entry not in fact.values:
            problems.append((fact.name, f"must hold only {', '.join(fact.values)}, not {_name_of(entry)}"))
            return
    out[fact.name] = frozenset(value)


def as_code(text: str) -> str:
    """The spelling of a code: lower case, spaces as hyphens."""
    return "-".join(text.lower().split())


def _check_codes(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not _is_list(fact, value, problems):
        return
    for entry in value:
        if not isinstance(entry, str) or not entry.strip():
            problems.append((fact.name, f"must hold codes (text), not {_name_of(entry)}"))
            return
    out[fact.name] = tuple(dict.fromkeys(as_code(entry) for entry in value))


def _check_texts(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not _is_list(fact, value, problems):
        return
    for entry in value:
        if not isinstance(entry, str) or not entry.strip():
            problems.append((fact.name, f"must hold texts, not {_name_of(entry)}"))
            return
    out[fact.name] = tuple(dict.fromkeys(entry.strip() for entry in value))


def _entry_code(fact: Fact, place: int, entry: Any, fields: tuple[str, ...], problems: list[tuple[str, str]]) -> str:
    """The code of one entry of a list of objects, or "" after noting what is wrong with it."""
    where = f"{fact.name}[{place}]"
    if not isinstance(entry, Mapping):
        problems.append((where, f"must be an object with {', '.join(fields)}, not {_name_of(entry)}"))
        return ""
    for key in entry:
        if key not in fields:
            problems.append((f"{where}.{str(key)[:60]}", f"is not one of {', '.join(fields)}"))
            return ""
    code = entry.get("code")
    if not isinstance(code, str) or not code.strip():
        problems.append((f"{where}.code", f"must be a code (text), not {_name_of(code)}"))
        return ""
    return as_code(code)


def _check_medicines(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not _is_list(fact, value, problems):
        return
    found = []
    for place, entry in enumerate(value, 1):
        code = _entry_code(fact, place, entry, ("code", "status", "stopped_days_ago"), problems)
        if not code:
            continue
        status, days = entry.get("status"), entry.get("stopped_days_ago")
        if status is not None and (not isinstance(status, str) or status not in MEDICINE_STATUSES):
            reason = f"must be one of {', '.join(MEDICINE_STATUSES)}, not {_name_of(status)}"
            problems.append((f"{fact.name}[{place}].status", reason))
        elif days is not None and (not _is_whole(days) or days < 0):
            reason = f"must be a whole number of days, 0 or more, not {_name_of(days)}"
            problems.append((f"{fact.name}[{place}].stopped_days_ago", reason))
        else:
            found.append(Medicine(code, status, days))
    out[fact.name] = tuple(found)


def _check_tried(fact: Fact, value: Any, out: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    if not _is_list(fact, value, problems):
        return
    found = []
    for place, entry in enumerate(value, 1):
        code = _entry_code(fact, place, entry, ("code", "outcome", "adequate"), problems)
        if not code:
            continue
        outcome, adequate = entry.get("outcome"), entry.get("adequate")
        if outcome is not None and (not isinstance(outcome, str) or outcome not in TRIED_OUTCOMES):
            reason = f"must be one of {', '.join(TRIED_OUTCOMES)}, not {_name_of(outcome)}"
            problems.append((f"{fact.name}[{place}].outcome", reason))
        elif adequate is not None and not isinstance(adequate, bool):
            reason = f"must be true or false, not {_name_of(adequate)}"
            problems.append((f"{fact.name}[{place}].adequate", reason))
        else:
            found.append(Tried(code, outcome, adequate))
    out[fact.name] = tuple(found)


_CHECKS: Final = {
    "integer": _check_number,
    "number": _check_number,
    "boolean": _check_boolean,
    "choice": _check_choice,
    "map": _check_map,
    "items": _check_items,
    "set": _check_set,
    "codes": _check_codes,
    "texts": _check_texts,
    "medicines": _check_medicines,
    "tried": _check_tried,
}
