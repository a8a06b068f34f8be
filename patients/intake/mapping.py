"""Answers -> facts: the only place. A question without an answer, or "not known", stays out of the facts.

`cleaned` holds each step's cleaned answers (what could be read of them); the result is facts as the contract writes
them (docs/contract/facts.yaml).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil, floor
from typing import Any

from guidance.engine.edition import Edition, MedicineClass
from guidance.engine.facts import as_code
from patients.intake import questionnaires as q
from patients.models import Patient, Sex

PREGNANCY_ASKED_UNTIL_AGE = 55
STALE_AFTER = 14
"""Days. The PHQ-9 asks about the last two weeks; red flags are asked at every contact."""
_BESIDE_A_NAME = re.compile(
    r"""(?x)  # what stands behind a medicine's name and says nothing of another: strength, form, schedule, salt
    \d+([.,/x-]\d+)*(mg|mcg|µg|ug|g|ml|iu|units?|micrograms?|mmol|meq|%)?(/\d*(ml|h|hr|hour|day))?
    | mg | mcg | µg | ug | g | grams? | ml | iu | units? | micrograms? | mmol | meq
    | tablets? | tabs? | capsules? | caps? | solution | patch(es)? | spray | drops? | dispersible | effervescent
    | gastro-?resistant | film-?coated | (modified|prolonged|extended|slow|immediate)-?release | m/r
    | oral | po | mr | sr | xl | xr | er | cr | la | ec | dr | retard
    | od | bd | tds | qds | om | nocte | mane | bid | tid | qid | prn | daily | once | twice | three | four | times
    | a | per | x | days? | every | hours? | h | at | night | in | the | morning | evening | as | needed
    | sodium | potassium | calcium | magnesium | hydrochloride | hcl | carbonate | citrate | maleate | tartrate
    | succinate | besil?ate | besylate | mesil?ate | mesylate | sul(f|ph)ate | phosphate | fumarate | acetate
    | (hydro)?bromide | hbr
    """
)
_YES_NO = {"yes": True, "no": False}
Cleaned = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Spelling:
    """One name as people read it, with the code and the name of what it stands for."""

    text: str
    code: str
    name: str
    is_brand: bool = False
    is_class: bool = False


def name_and_rest(typed: str) -> tuple[list[str], list[str]]:
    """The words of a medicine's name, and those behind it that say nothing of another medicine."""
    words = typed.replace(",", " ").split()
    end = len(words)
    while end > 1 and _BESIDE_A_NAME.fullmatch(words[end - 1].lower()):
        end -= 1
    return words[:end], words[end:]


@dataclass(frozen=True)
class NameBook:
    """Every name a medicine or an allergy is typed by -> its code; and the names for the type-ahead."""

    medicines: Mapping[str, str]
    allergies: Mapping[str, str]
    medicine_names: tuple[tuple[str, str], ...]
    allergy_names: tuple[str, ...]
    spellings: tuple[Spelling, ...] = ()
    products: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, edition: Edition) -> NameBook:
        """Names of one edition's catalogue: ingredients, other names, brands, and classes for allergies."""
        medicines: dict[str, str] = {}
        for medicine in edition.medicines.values():
            for name in (medicine.code, medicine.name, *medicine.other_codes, *medicine.brands):
                medicines.setdefault(as_code(name), medicine.code)
        for product in edition.products.values():
            for name in (product.code, product.name, *product.brands):
                medicines.setdefault(as_code(name), product.code)
        allergies = dict(medicines)
        for group in edition.classes.values():
            allergies.setdefault(as_code(group.code), group.code)
            allergies.setdefault(as_code(group.name), group.code)
            allergies.setdefault(as_code(group.name) + "s", group.code)
        shown = tuple(
            (medicine.name, ", ".join((*(code.replace("-", " ") for code in medicine.other_codes), *medicine.brands)))
            for medicine in edition.medicines.values()
        )
        names = sorted({group.name for group in _named_classes(edition)} | {name for name, _ in shown})
        products = {product.code: product.contains for product in edition.products.values()}
        return cls(medicines, allergies, tuple(sorted(shown)), tuple(names), _spellings(edition, allergies), products)

    def ingredients(self, code: str) -> tuple[str, ...]:
        """What a recognised code stands for: the ingredients of a product, or itself."""
        return self.products.get(code, (code,))

    def medicine(self, typed: str) -> str | None:
        """The code of a medicine as it is typed: a name, or a name with nothing but strength, form and schedule."""
        name, rest = name_and_rest(typed.lower())
        words = [*name, *rest]
        for end in range(len(words), len(name) - 1, -1):
            if words[end - 1].isdigit() and words[end : end + 1] in (["times"], ["x"]):
                continue  # "Tylenol 3 times a day" is no Tylenol 3
            code = self.medicines.get("-".join(words[:end]))
            if code is not None:
                return code
        return None

    def allergy(self, typed: str) -> str | None:
        """The code of a medicine or of an allergy class as it is typed."""
        return self.allergies.get(as_code(typed)) or self.medicine(typed)

    def named_in(self, typed: str) -> list[str]:
        """Names of the catalogue that a text holds which is not recognised as one medicine."""
        words = re.findall(r"[^\s,;+/()-]+", typed.lower())
        found = {
            name
            for start in range(len(words))
            for end in range(start + 1, len(words) + 1)
            if (name := "-".join(words[start:end])) in self.medicines
        }
        return sorted(name.replace("-", " ") for name in found)


def _named_classes(edition: Edition) -> list[MedicineClass]:
    """Classes that have a name; "medicine that ..." is a description, which nobody types."""
    return [group for group in edition.classes.values() if not group.name.startswith(("medicine ", "other "))]


def _spellings(edition: Edition, codes: Mapping[str, str]) -> tuple[Spelling, ...]:
    """Every name of the catalogue; of the classes those that lead to the class when they are typed (``codes``)."""
    out: list[Spelling] = []
    for medicine in edition.medicines.values():
        code, name = medicine.code, medicine.name
        out.append(Spelling(name, code, name))
        out.extend(Spelling(other.replace("-", " "), code, name) for other in medicine.other_codes)
        out.extend(Spelling(brand, code, name, is_brand=True) for brand in medicine.brands)
    for group in _named_classes(edition):
        # a code of one word is a word that people use: maoi, opioid
        texts = [group.name] if "-" in group.code or group.code == as_code(group.name) else [group.name, group.code]
        out.extend(
            Spelling(text, group.code, group.name, is_class=True)
            for text in texts
            if codes[as_code(text)] == group.code
        )
    for product in edition.products.values():
        out.append(Spelling(product.name, product.code, product.name))
        out.extend(Spelling(brand, product.code, product.name, is_brand=True) for brand in product.brands)
    return tuple(out)


def asks_pregnancy(patient: Patient, today: date) -> bool:
    """Whether a pregnancy is possible at all: sex female, other or not known, and 55 or younger."""
    return patient.sex_at_birth != Sex.MALE and patient.age_on(today) <= PREGNANCY_ASKED_UNTIL_AGE


def stale_steps(said_on: Mapping[str, date], today: date) -> dict[str, int]:
    """Steps whose answers are too old to say that nothing is wrong: step -> days since it was saved."""
    ages = {step: (today - said_on[step]).days for step in ("mood", "pain") if step in said_on}
    return {step: days for step, days in ages.items() if days > STALE_AFTER}


def _leave_out_stale(facts: dict[str, Any], stale: Mapping[str, int]) -> None:
    """An old "no" to suicidal thoughts or a red flag does not count any more; an old "yes" does."""
    if "pain" in stale and "red_flags" in facts:
        facts["red_flags"] = {code: True for code, found in facts["red_flags"].items() if found}
    if "mood" in stale:
        items = facts.get("phq9") or [None] * 9
        if not items[8] and True not in facts.get("suicide_screen", {}).values():
            for name in ("phq9", "phq9_difficulty", "suicide_screen"):
                facts.pop(name, None)


def facts_of(
    cleaned: Cleaned,
    *,
    patient: Patient,
    today: date,
    names: NameBook,
    said_on: Mapping[str, date] | None = None,
) -> dict[str, Any]:
    """The facts of an intake on a day. ``said_on``: the day each step was saved; today, when it is not told."""
    said_on = said_on or {}
    facts: dict[str, Any] = {"age_years": patient.age_on(today)}
    if patient.sex_at_birth:
        facts["sex_at_birth"] = patient.sex_at_birth
    _mood(cleaned.get("mood", {}), facts)
    _pain(cleaned.get("pain", {}), facts, today, said_on.get("pain", today))
    _health(cleaned.get("health", {}), facts, names, asks=asks_pregnancy(patient, today))
    _life(cleaned.get("life", {}), facts, names)
    _leave_out_stale(facts, stale_steps(said_on, today))
    return facts


def _yes_no(facts: dict[str, Any], name: str, answer: Any) -> None:
    if answer in _YES_NO:
        facts[name] = _YES_NO[answer]


def _integer(answer: Any) -> int | None:
    return int(answer) if answer not in (None, "") else None


def phq9_items(step: Mapping[str, Any]) -> list[int | None] | None:
    """Nine items, None where not answered; None when not one was."""
    items = [_integer(step.get(f"phq9_{n}")) for n in range(1, 10)]
    return items if any(item is not None for item in items) else None


def peg_items(step: Mapping[str, Any]) -> list[int | None] | None:
    """Three items, None where not answered; None when not one was."""
    items = [_integer(step.get(f"peg_{n}")) for n in range(1, 4)]
    return items if any(item is not None for item in items) else None


def screen_answers(step: Mapping[str, Any]) -> dict[str, bool]:
    """The C-SSRS screener as far as it was answered, by its published branching.

    Questions 3 to 5 are reached only by a yes to 2, and 6a only by a yes to 6: an answer left behind by a changed mind
    does not count.
    """
    answers = {
        code: _YES_NO[given] for code, *_ in q.CSSRS_QUESTIONS if (given := step.get(f"screen_{code}")) in _YES_NO
    }
    if answers.get("suicidal-thoughts") is False:
        for code in ("method", "intent", "plan-with-intent"):
            answers.pop(code, None)
    if answers.get("behaviour-lifetime") is False:
        answers.pop("behaviour-3-months", None)
    return answers


def safety_facts(step: Mapping[str, Any], facts: dict[str, Any]) -> None:
    """What was judged and done about suicide risk and psychosis (the same questions at intake and follow-up)."""
    screen = screen_answers(step)
    if screen:
        facts["suicide_screen"] = screen
    judgement = step.get("judgement")
    if judgement in ("low", "moderate", "high"):
        facts["suicide_risk_judgement"] = judgement
    facts["suicide_actions_recorded"] = judgement in ("low", "moderate", "high") and bool(step.get("safety_actions"))
    facts["emergency_assessment_recorded"] = bool(step.get("emergency_assessment")) and bool(step.get("safety_note"))
    _yes_no(facts, "psychosis", step.get("psychosis"))
    facts["psychosis_actions_recorded"] = bool((step.get("psychosis_actions") or "").strip())


def _mood(step: Mapping[str, Any], facts: dict[str, Any]) -> None:
    items = phq9_items(step)
    if items is not None:
        facts["phq9"] = items
    difficulty = _integer(step.get("phq9_difficulty"))
    if difficulty is not None:
        facts["phq9_difficulty"] = difficulty
    safety_facts(step, facts)
    _yes_no(facts, "past_suicide_attempt", step.get("past_attempt"))
    _yes_no(facts, "depression_diagnosis", step.get("depression_diagnosis"))
    _yes_no(facts, "mania_history", step.get("mania"))


def duration_days(step: Mapping[str, Any], today: date, said_on: date) -> int | None:
    """Days of pain: 7 times the weeks and the days since that was said, or counted from the start date to today."""
    if step.get("duration") == "unknown":
        return None
    weeks, start = step.get("duration_weeks"), step.get("duration_start")
    if weeks is not None:
        # below 4 weeks stays below, above 12 stays above: the day is rounded away from the limits of the phases
        return int(floor(weeks * 7) if weeks < 4 else ceil(weeks * 7)) + max((today - said_on).days, 0)
    if start is not None and start <= today:
        return min(int((today - start).days), 36500)
    return None


def red_flag_facts(step: Mapping[str, Any], facts: dict[str, Any]) -> None:
    """Ticked: true. All false with "none of these". Otherwise an unticked one is false only when something was ticked
    and "not fully assessed" was not."""
    ticked = {g.code for g in q.RED_FLAG_GROUPS if step.get(f"flag_{g.code}")}
    flags: dict[str, bool] = dict.fromkeys(ticked, True)
    if not step.get("flags_open") and (ticked or step.get("flags_none")):
        flags = {g.code: g.code in ticked for g in q.RED_FLAG_GROUPS}
    if flags:
        facts["red_flags"] = flags
    outcomes = {
        code: given for code in sorted(ticked) if (given := step.get(f"outcome_{code}")) not in (None, "", "open")
    }
    if outcomes:
        facts["red_flag_outcomes"] = outcomes


def _pain(step: Mapping[str, Any], facts: dict[str, Any], today: date, said_on: date) -> None:
    items = peg_items(step)
    if items is not None:
        facts["peg"] = items
    days = duration_days(step, today, said_on)
    if days is not None:
        facts["pain_duration_days"] = days
    if step.get("sites"):
        facts["pain_sites"] = list(step["sites"])
    leg = step.get("leg")
    if leg in ("none", "above", "below"):
        facts["radicular"] = leg == "below" or (leg == "above" and bool(step.get("leg_signs")))
    red_flag_facts(step, facts)


def medicine_facts(step: Mapping[str, Any], facts: dict[str, Any], names: NameBook) -> None:
    """The medicine list: recognised names become codes, the others are kept as typed and reported as not checked."""
    known: list[dict[str, Any]] = []
    unrecognised: list[str] = []
    unclear = False
    for n in range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1):
        typed = (step.get(f"medicine_{n}") or "").strip()
        if not typed:
            continue
        code = names.medicine(typed)
        if code is None:
            unrecognised.append(typed)
            unclear = unclear or bool(names.named_in(typed))
            continue
        stopped = bool(step.get(f"medicine_{n}_stopped"))
        entry: dict[str, Any] = {"status": "stopped" if stopped else "current"}
        days = step.get(f"medicine_{n}_days")
        if stopped and days:
            entry["stopped_days_ago"] = int(days)
        known += [{"code": one, **entry} for one in names.ingredients(code)]
    if known or unrecognised or step.get("medicines_none"):
        facts["medicines"] = known
        facts["unrecognised_medicines"] = unrecognised
        facts["medicines_complete"] = bool(step.get("medicines_none") or step.get("medicines_complete"))
        # a text that names a medicine of the catalogue is to be typed again, not looked up
        facts["unrecognised_medicines_reviewed"] = bool(step.get("unrecognised_reviewed")) and not unclear


def measurement_facts(step: Mapping[str, Any], facts: dict[str, Any]) -> None:
    """Measurements that were taken."""
    for name, field in (("egfr", "egfr"), ("qtc_ms", "qtc"), ("sodium_mmol_l", "sodium")):
        if step.get(field) is not None:
            facts[name] = step[field]
    if step.get("blood_pressure"):
        facts["systolic_mmhg"], facts["diastolic_mmhg"] = step["blood_pressure"]


def _health(step: Mapping[str, Any], facts: dict[str, Any], names: NameBook, *, asks: bool) -> None:
    conditions: dict[str, bool] = {}
    for code in q.CONDITION_NAMES:
        _yes_no(conditions, code, step.get(f"condition_{code}"))
    if conditions:
        facts["conditions"] = conditions
    measurement_facts(step, facts)
    if asks:
        if step.get("pregnancy") not in (None, "", "unknown"):
            facts["pregnancy"] = step["pregnancy"]
        if step.get("pregnancy") == "pregnant" and step.get("pregnancy_weeks") is not None:
            facts["pregnancy_weeks"] = step["pregnancy_weeks"]
        _yes_no(facts, "breastfeeding", step.get("breastfeeding"))
    else:
        facts["pregnancy"] = "not-applicable"
        facts["breastfeeding"] = False
    medicine_facts(step, facts, names)
    _yes_no(facts, "serotonin_signs", step.get("serotonin_signs"))
    answer = step.get("allergies")
    if answer == "none":
        facts["allergies"], facts["allergies_complete"] = [], True
    elif answer == "some":
        typed = [
            step[f"allergy_{n}"].strip()
            for n in range(1, q.ALLERGY_ROWS + 1)
            if (step.get(f"allergy_{n}") or "").strip()
        ]
        codes = [names.allergy(text) or as_code(text) for text in typed]
        facts["allergies"] = [one for code in codes for one in names.ingredients(code)]
        facts["allergies_complete"] = bool(typed)


def _life(step: Mapping[str, Any], facts: dict[str, Any], names: NameBook) -> None:
    _yes_no(facts, "safety_sensitive_work", step.get("safety_sensitive_work"))
    applies = step.get("life") or []
    if applies or step.get("life_none"):
        facts.update({code: code in applies for code, _ in q.LIFE_FACTS})
    tried: list[dict[str, Any]] = []
    for code in q.TRIED_NAMES:
        outcome = step.get(f"tried_{code}")
        if outcome:
            tried.append(tried_entry(code, outcome, step.get(f"adequate_{code}")))
    for n in (1, 2):
        typed = (step.get(f"tried_other_{n}") or "").strip()
        if typed:
            code = names.medicine(typed) or as_code(typed)
            tried.append(
                tried_entry(code, step.get(f"tried_other_{n}_outcome") or None, step.get(f"tried_other_{n}_adequate"))
            )
    # with gaps in the history the list is not the whole: it would say "never tried" of what is not in it
    if (tried or step.get("tried_none")) and not step.get("tried_unknown"):
        facts["tried"] = tried
    for fact in ("prefers_medicines", "prefers_therapy"):
        if step.get(fact) in ("wants", "avoids", "unsure"):
            facts[fact] = step[fact]
    if step.get("opioid_discussion"):
        facts["opioid_discussion_recorded"] = True


def tried_entry(code: str, outcome: str | None, adequate: Any) -> dict[str, Any]:
    """One treatment tried, as the contract writes it."""
    entry: dict[str, Any] = {"code": code, "outcome": outcome}
    if outcome == "no-response" and adequate in _YES_NO:
        entry["adequate"] = _YES_NO[adequate]
    return entry
