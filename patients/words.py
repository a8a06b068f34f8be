"""Facts in words: why a rule holds for this patient, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from patients.intake import questionnaires as q

_YES_NO: Final[dict[str, tuple[str, str]]] = {
    "breastfeeding": ("breastfeeding", "not breastfeeding"),
    "radicular": ("radicular leg pain", "no radicular leg pain"),
    "suicide_actions_recorded": ("safety actions recorded", "safety actions not recorded"),
    "emergency_assessment_recorded": ("emergency assessment recorded", "no emergency assessment recorded"),
    "past_suicide_attempt": ("past suicide attempt", "no past suicide attempt"),
    "depression_diagnosis": ("depression diagnosed", "no diagnosis of depression"),
    "mania_history": ("past mania or hypomania", "no past mania"),
    "psychosis": ("psychotic symptoms", "no psychotic symptoms"),
    "psychosis_actions_recorded": ("action on psychosis recorded", "no action on psychosis recorded"),
    "medicines_complete": ("medicine list complete", "medicine list not complete"),
    "unrecognised_medicines_reviewed": ("unrecognised medicines looked up", "unrecognised medicines not looked up"),
    "serotonin_signs": ("signs of serotonin syndrome", "no signs of serotonin syndrome"),
    "allergies_complete": ("allergies complete", "allergies not complete"),
    "safety_sensitive_work": ("safety-sensitive work", "no safety-sensitive work"),
    "sedentary_work": ("sits for long at work", "does not sit for long at work"),
    "screen_work": ("works at a screen", "no screen work"),
    "commutes": ("travels to work", "does not travel to work"),
    "carries_heavy_bag": ("carries a heavy bag", "carries no heavy bag"),
    "off_work": ("off work", "not off work"),
    "work_stress": ("stress", "no stress"),
    "sleep_problem": ("sleeps badly", "sleeps well"),
    "poor_diet": ("meals are poor", "meals are not poor"),
    "inactive": ("moves little", "moves enough"),
    "opioid_discussion_recorded": ("opioid discussion recorded", "opioid discussion not recorded"),
    "pregnant": ("pregnant", "not pregnant"),
    "pregnant_or_possible": ("pregnant, or a pregnancy is possible", "not pregnant"),
    "screen_complete": ("suicide screener complete", "suicide screener not complete"),
    "screen_positive": ("suicide screener positive", "suicide screener negative"),
    "leg_pain_both_sides": ("pain in both legs", "no pain in both legs"),
    "out_of_scope_site": ("pain is not in the lower back or leg", "pain is in the lower back or leg"),
    "antidepressant_offered": ("an antidepressant is offered", "no antidepressant is offered"),
    "side_effect_mild": ("mild side effect", "no mild side effect"),
    "side_effect_significant": ("significant side effect", "no significant side effect"),
    "red_flag_open": ("a red flag is open", "no red flag is open"),
    "suicide_alert_open": ("suicide risk is open", "suicide risk is recorded, or none"),
}
_NUMBERS: Final = {
    "age_years": "{} years old",
    "pregnancy_weeks": "week {} of pregnancy",
    "gestation_weeks": "week {} of pregnancy",
    "pain_duration_days": "back pain for {} days",
    "egfr": "eGFR {}",
    "qtc_ms": "QTc {} ms",
    "sodium_mmol_l": "sodium {}",
    "systolic_mmhg": "systolic blood pressure {}",
    "diastolic_mmhg": "diastolic blood pressure {}",
    "phq9_total": "PHQ-9 {} of 27",
    "phq9_item9": "PHQ-9 item 9: {}",
    "day": "day {} of the plan",
    "depression_change": "PHQ-9 changed by {}",
}
_VALUES: Final = {
    ("pain_phase", "acute"): "back pain for less than 4 weeks",
    ("pain_phase", "subacute"): "back pain for 4 to 12 weeks",
    ("pain_phase", "chronic"): "back pain for more than 12 weeks",
    ("suicide_risk", "none"): "suicide screen negative",
    ("suicide_risk", "low"): "suicide risk low",
    ("suicide_risk", "moderate"): "suicide risk moderate",
    ("suicide_risk", "high"): "suicide risk high",
    ("suicide_risk", "unassessed"): "suicide risk not assessed",
    ("sex_at_birth", "female"): "female",
    ("sex_at_birth", "male"): "male",
    ("sex_at_birth", "other"): "sex other",
    ("prefers_medicines", "wants"): "wants medicines",
    ("prefers_medicines", "avoids"): "would rather not take medicines",
    ("prefers_medicines", "unsure"): "unsure about medicines",
    ("prefers_therapy", "wants"): "wants a talking treatment",
    ("prefers_therapy", "avoids"): "would rather not have a talking treatment",
    ("prefers_therapy", "unsure"): "unsure about a talking treatment",
    ("pregnancy", "possible"): "pregnancy possible",
    ("adherence", "missed-some"): "missed some",
    ("adherence", "stopped"): "stopped",
    ("adherence", "never-started"): "never started",
    ("adherence", "as-planned"): "taken as planned",
    ("depression_class", "remission"): "depression in remission",
    ("depression_class", "response"): "depression responds",
    ("depression_class", "partial"): "depression partly better",
    ("depression_class", "none"): "no clear change of depression",
    ("depression_class", "worse"): "depression worse",
    ("pain_class", "remission"): "pain in remission",
    ("pain_class", "response"): "pain responds",
    ("pain_class", "partial"): "pain partly better",
    ("pain_class", "none"): "no clear change of pain",
    ("pain_class", "worse"): "pain worse",
    ("conditions", "every one is withheld"): "every NSAID is ruled out",
}
FLAG_NAMES: Final = {
    "cauda-equina": "cauda equina signs",
    "motor-deficit": "leg weakness",
    "fracture": "fracture",
    "cancer": "cancer",
    "infection": "infection",
    "vascular": "aortic emergency",
    "inflammatory": "inflammatory back pain",
    "visceral": "another organ or pregnancy",
}
CLASS_WORDS: Final = {
    "remission": "Improved: remission",
    "response": "Improved: response",
    "partial": "Improved: partial",
    "none": "No clear change",
    "worse": "Worse",
}


def fact_words(fact: str, value: Any) -> str:
    """One (fact, value) pair of a reason, in words."""
    head, _, tail = fact.partition(".")
    if value is None:
        return f"{missing_words(fact)} not known"
    if (fact, value if isinstance(value, str) else "") in _VALUES:
        return _VALUES[(fact, value)]
    if head == "conditions" and tail:
        name = q.CONDITION_NAMES.get(tail, tail.replace("-", " "))
        name = name[:1].lower() + name[1:] if not name[:2].isupper() else name
        return name if value else f"no {name}"
    if head in ("red_flags", "flag_open", "flag_not_excluded") and tail:
        return f"{FLAG_NAMES[tail]}: {'yes' if value else 'no'}"
    if fact == "red_flags":
        return f"{FLAG_NAMES.get(value, value)} not asked"
    if fact == "medicines":
        return f"takes {str(value).replace('-', ' ')}" if "stopped" not in str(value) else str(value).replace("-", " ")
    if fact == "chosen":
        return f"{str(value).replace('-', ' ')} is accepted in this plan"
    if fact == "replaces":
        return f"replaces {str(value).replace('-', ' ')}"
    if fact == "tried":
        code, _, outcome = str(value).partition(": ")
        words = dict(q.TRIED_OUTCOMES).get(outcome, outcome).lower()
        return f"{code.replace('-', ' ')}: {words}"
    if fact == "allergies":
        return f"allergic to {str(value).replace('-', ' ')}"
    if fact == "unrecognised_medicines":
        return f"‘{value}’ was not recognised"
    if fact in _YES_NO and isinstance(value, bool):
        return _YES_NO[fact][0 if value else 1]
    if fact in _NUMBERS:
        return _NUMBERS[fact].format(value)
    return f"{fact.replace('_', ' ')}: {value}"


def known_lines(facts: Mapping[str, Any], medicine_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is known of a patient's health, as (heading, words): what a reader of the plan needs beside the scores."""
    days = facts.get("pain_duration_days")
    found = [
        ("Pregnancy", facts["pregnancy"] if facts.get("pregnancy") in ("possible", "pregnant") else ""),
        ("Back pain for", "" if days is None else f"{days} days"),
        ("Medicines now", _medicines_now(facts, medicine_names)),
        ("Stopped", ", ".join(_stopped(facts, medicine_names))),
        ("Conditions", _conditions(facts.get("conditions") or {})),
        ("Measured", ", ".join(_measured(facts))),
        ("Tried", _tried(facts.get("tried"))),
    ]
    return [(heading, words) for heading, words in found if words]


def _listed(facts: Mapping[str, Any], names: Mapping[str, str], *statuses: str | None) -> list[str]:
    listed = facts.get("medicines") or []
    return [names.get(one["code"], one["code"]) for one in listed if one.get("status") in statuses]


def _stopped(facts: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Medicines that are no longer taken, with the days since then."""
    out = []
    for one in facts.get("medicines") or []:
        if one.get("status") == "stopped":
            days = one.get("stopped_days_ago")
            when = "day not known" if days is None else f"{days} day{'' if days == 1 else 's'} ago"
            out.append(f"{names.get(one['code'], one['code'])} ({when})")
    return out


def _medicines_now(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    unchecked = [f"{text} (not recognised)" for text in facts.get("unrecognised_medicines") or []]
    taken = [*_listed(facts, names, "current", None), *unchecked]
    if facts.get("medicines_complete"):
        return ", ".join(taken) or "none"
    return f"{', '.join(taken)} (list not known to be complete)" if taken else "not recorded"


def _conditions(asked: Mapping[str, bool | None]) -> str:
    if not asked:
        return "not asked"
    present = [fact_words(f"conditions.{code}", True) for code, answer in asked.items() if answer]
    open_ones = sum(asked.get(code) is None for code in q.CONDITION_NAMES)
    return (", ".join(present) or "none of those asked") + (f" ({open_ones} not known)" if open_ones else "")


def _measured(facts: Mapping[str, Any]) -> list[str]:
    known = [name for name in ("egfr", "sodium_mmol_l", "qtc_ms") if facts.get(name) is not None]
    pressure = [f"{facts[name]}" for name in ("systolic_mmhg", "diastolic_mmhg") if facts.get(name) is not None]
    return [
        *([f"blood pressure {'/'.join(pressure)}"] if len(pressure) == 2 else []),
        *(fact_words(name, facts[name]) for name in known),
    ]


def _tried(tried: Sequence[Mapping[str, Any]] | None) -> str:
    if tried is None:
        return "not known"
    return ", ".join(fact_words("tried", f"{one['code']}: {one.get('outcome')}") for one in tried) or "nothing"


_MISSING: Final[dict[str, tuple[str, str, str]]] = {
    "age_years": ("Age", "", ""),
    "sex_at_birth": ("Sex recorded for prescribing", "", ""),
    "pregnancy": ("Pregnancy", "health", "id_pregnancy_0"),
    "pregnancy_weeks": ("Week of pregnancy", "health", "id_pregnancy_weeks"),
    "breastfeeding": ("Breastfeeding", "health", "id_breastfeeding_0"),
    "pain_duration_days": ("How long the pain has lasted", "pain", "id_duration_0"),
    "pain_sites": ("Where the pain is", "pain", "id_sites_0"),
    "radicular": ("Leg symptoms", "pain", "id_leg_0"),
    "peg": ("PEG", "pain", "id_peg_1_0"),
    "phq9": ("PHQ-9", "mood", "id_phq9_1_0"),
    "phq9_total": ("PHQ-9 total", "mood", "id_phq9_1_0"),
    "phq9_item9": ("PHQ-9 item 9", "mood", "id_phq9_9_0"),
    "suicide_risk": ("Suicide risk", "mood", "id_phq9_9_0"),
    "pain_phase": ("How long the pain has lasted", "pain", "id_duration_0"),
    "peg_thirds": ("PEG", "pain", "id_peg_1_0"),
    "adherence": ("How it was taken", "", ""),
    "depression_class": ("Change of depression", "", ""),
    "pain_class": ("Change of pain", "", ""),
    "suicide_risk_judgement": ("Judgement of suicide risk", "mood", "id_judgement_0"),
    "past_suicide_attempt": ("Past suicide attempt", "mood", "id_past_attempt_0"),
    "depression_diagnosis": ("Diagnosis of depression", "mood", "id_depression_diagnosis_0"),
    "mania_history": ("Past mania or hypomania", "mood", "id_mania_0"),
    "psychosis": ("Psychotic symptoms", "mood", "id_psychosis_0"),
    "egfr": ("Kidney function (eGFR)", "health", "id_egfr"),
    "qtc_ms": ("QTc", "health", "id_qtc"),
    "sodium_mmol_l": ("Sodium", "health", "id_sodium"),
    "systolic_mmhg": ("Blood pressure", "health", "id_blood_pressure"),
    "diastolic_mmhg": ("Blood pressure", "health", "id_blood_pressure"),
    "medicines": ("Medicines, with the date when one was stopped", "health", "id_medicine_1"),
    "medicines_complete": ("Whether the medicine list is complete", "health", "id_medicines_complete"),
    "unrecognised_medicines_reviewed": ("Look-up of unrecognised medicines", "health", "id_unrecognised_reviewed"),
    "serotonin_signs": ("Signs of serotonin syndrome", "health", "id_serotonin_signs_0"),
    "allergies": ("Allergies", "health", "id_allergies_0"),
    "allergies_complete": ("Allergies", "health", "id_allergies_0"),
    "tried": ("Treatments tried, with what came of them", "life", "id_tried_none"),
    "safety_sensitive_work": ("Safety-sensitive work", "life", "id_safety_sensitive_work_0"),
    "prefers_medicines": ("Preference for medicines", "life", "id_prefers_medicines_0"),
    "prefers_therapy": ("Preference for talking treatment", "life", "id_prefers_therapy_0"),
    "opioid_discussion_recorded": ("Opioid discussion", "life", "id_opioid_discussion"),
}
_LIFE: Final = dict(q.LIFE_FACTS)


def missing_place(fact: str) -> tuple[str, str, str]:
    """(words, intake step, id of the control) of an unknown fact; step empty when no step asks for it."""
    head, _, tail = fact.partition(".")
    if head == "conditions" and tail:
        return q.CONDITION_NAMES.get(tail, tail), "health", f"id_condition_{tail}_0"
    if head == "red_flags" and tail:
        words = FLAG_NAMES[tail]
        return f"Red flag: {words}", "pain", f"id_flag_{tail}_0"
    if head == "suicide_screen" and tail:
        number = next((n for code, n, *_ in q.CSSRS_QUESTIONS if code == tail), tail)
        return f"Suicide screener, question {number}", "mood", f"id_screen_{tail}_0"
    if fact in _LIFE:
        return _LIFE[fact], "life", "id_life_0"
    return _MISSING.get(fact, (fact.replace("_", " "), "", ""))


def missing_words(fact: str) -> str:
    """An unknown fact in words."""
    return missing_place(fact)[0]
