"""What would have to change for an option to be offered: told only where it is true."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from guidance.engine.changes import NUMBERS
from tests.engine.asking import (
    AFTER_NSAID,
    LEG_PAIN,
    OFFERED,
    SCREEN_COMPLETE,
    SUBACUTE,
    Answer,
    Facts,
    assess,
    assess_facts,
    failed,
    flag,
    has,
    merge,
    phq9,
    stopped,
    taking,
)
from tests.engine.generated import PATIENTS, examples


def told(answer: Answer, code: str) -> list[str]:
    return list(answer.entries(code)[0]["reconsider"]["texts"])


def lasting(answer: Answer, code: str) -> list[str]:
    return list(answer.entries(code)[0]["reconsider"]["lasting"])


# ---------------------------------------------------------------- what would change


@pytest.mark.parametrize(
    ("facts", "code", "texts"),
    [
        ({"egfr": 22}, "naproxen", ["eGFR is 30 or more"]),
        ({"egfr": 22} | has("heavy-alcohol"), "duloxetine", ["eGFR is 30 or more", "heavy drinking has stopped"]),
        ({"sodium_mmol_l": 128}, "sertraline", ["sodium is 130 or more"]),
        ({"systolic_mmhg": 170}, "duloxetine", ["systolic blood pressure is below 160"]),
        ({"systolic_mmhg": 170, "diastolic_mmhg": 104}, "naproxen",
         ["systolic blood pressure is below 160", "diastolic blood pressure is below 100"]),
        (has("uncontrolled-hypertension"), "venlafaxine", ["blood pressure is under control"]),
        ({"qtc_ms": 505}, "venlafaxine", ["QTc is below 500 ms"]),
        (has("active-gi-bleed-or-ulcer"), "ibuprofen", ["the ulcer or bleed has healed"]),
        ({"pregnancy": "pregnant", "pregnancy_weeks": 31}, "naproxen", ["it is after the pregnancy"]),
        (AFTER_NSAID | {"breastfeeding": True}, "tramadol", ["breastfeeding has ended"]),
        (AFTER_NSAID | {"safety_sensitive_work": True}, "tramadol", ["the work is no longer safety-sensitive"]),
        (flag("visceral"), "naproxen", ["pain from another organ is excluded or treated"]),
        (flag("fracture", "treated"), "spinal-manipulation", ["a fracture is excluded"]),
        ({"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}} | phq9(14, 1), "nortriptyline",
         ["the suicide screen is negative"]),
        (taking("sertraline") | {"age_years": 67}, "naproxen", ["omeprazole is taken as well"]),
        (taking("sertraline"), "duloxetine", ["it replaces sertraline, with a cross-taper"]),
        (taking("ibuprofen"), "naproxen", ["it replaces ibuprofen"]),
        (taking("paroxetine"), "amitriptyline", ["paroxetine has been tapered off"]),
        (taking("fluoxetine"), "amitriptyline", ["fluoxetine has been stopped for 35 days"]),
        (taking("phenelzine"), "duloxetine", ["phenelzine has been stopped for 14 days"]),
        (taking("linezolid"), "duloxetine", ["linezolid has been stopped for 2 days"]),
        (stopped("phenelzine", 6), "duloxetine", ["phenelzine no longer acts: earliest start in 8 days"]),
        (stopped("phenelzine", 13), "sertraline", ["phenelzine no longer acts: earliest start in 1 day"]),
        (AFTER_NSAID | stopped("fluoxetine", 20), "tramadol", ["fluoxetine no longer acts: earliest start in 15 days"]),
        (SUBACUTE | LEG_PAIN, "methocarbamol", ["the leg pain is no longer radicular"]),
    ],
)  # fmt: skip
def test_what_would_have_to_change_is_told(facts: Facts, code: str, texts: list[str]) -> None:
    answer = assess(**facts)
    assert told(answer, code) == texts
    assert lasting(answer, code) == []


def test_a_measurement_leaves_every_band_that_speaks_against_the_option() -> None:
    """Below 500 ms a tricyclic would still be avoided: the limit that frees it is told, by sex."""
    assert told(assess(qtc_ms=505), "amitriptyline") == ["QTc is 460 ms or less"]
    male = {"sex_at_birth": "male", "pregnancy": "not-applicable"}
    assert told(assess(qtc_ms=505, **male), "amitriptyline") == ["QTc is 450 ms or less"]


@pytest.mark.parametrize(
    ("facts", "code", "codes"),
    [
        ({"age_years": 70}, "paroxetine", ["CX-AGE65"]),
        ({"mania_history": True}, "duloxetine", ["CX-MANIA"]),
        (has("chronic-liver-disease"), "duloxetine", ["CX-LIVER"]),
        ({"allergies": ["nsaid"]}, "naproxen", ["CX-ALLERGY"]),
        (failed("sertraline"), "sertraline", ["TRIED"]),
        (failed("naproxen", outcome="contraindicated"), "naproxen", ["TRIED"]),
        ({"past_suicide_attempt": True} | {"suicide_actions_recorded": True}, "amitriptyline", ["CX-SUICIDE"]),
        (has("aspirin-sensitive-asthma"), "celecoxib", ["CX-ASTHMA"]),
        (taking("warfarin"), "naproxen", ["CX-ANTICOAG", "IX-6"]),
        (taking("tamoxifen"), "fluoxetine", ["IX-13"]),
        (AFTER_NSAID | taking("methadone"), "tramadol", ["IX-26"]),
        ({"suicide_screen": SCREEN_COMPLETE | {"behaviour-lifetime": True}}, "amitriptyline", ["CX-SUICIDE"]),
    ],
)
def test_what_lasts_is_named_and_nothing_is_promised(facts: Facts, code: str, codes: list[str]) -> None:
    answer = assess(**facts)
    assert lasting(answer, code) == codes
    assert told(answer, code) == []


def test_what_lasts_beside_what_can_change() -> None:
    answer = assess(age_years=70, egfr=22, **has("past-gi-bleed-or-ulcer"))
    assert told(answer, "naproxen") == ["eGFR is 30 or more", "omeprazole is taken as well"]
    answer = assess(age_years=70, sodium_mmol_l=127)
    assert told(answer, "paroxetine") == ["sodium is 130 or more"]
    assert lasting(answer, "paroxetine") == ["CX-AGE65"]


@pytest.mark.parametrize("code", ["sertraline", "naproxen", "cbt"])
def test_of_what_is_offered_nothing_has_to_change(code: str) -> None:
    assert assess().entries(code)[0]["reconsider"] is None


def test_what_waits_for_a_fact_says_so_and_nothing_else() -> None:
    answer = assess(unknown=["conditions.seizure-history"], **AFTER_NSAID)
    assert answer.status("tramadol") == "needs-information"
    assert answer.entries("tramadol")[0]["reconsider"] is None


# ---------------------------------------------------------------- what is told is true


def changed(facts: Facts, change: list[Any]) -> Facts | None:
    """The facts after a change, None where no fact alone stands for it."""
    name, how, value = change
    if name in NUMBERS:
        return merge(facts, {name: value + {"above": 1, "below": -1}.get(how, 0)})
    if name == "medicines" and how == "without":
        return merge(facts, {"medicines": [one for one in facts["medicines"] or () if one["code"] != value]})
    if name == "medicines" and how == "with":
        return merge(facts, {"chosen": [*(facts["chosen"] or ()), value]})
    if name.startswith("conditions."):
        return merge(facts, {"conditions": {name.partition(".")[2]: False}})
    if name in ("breastfeeding", "safety_sensitive_work", "radicular"):
        return merge(facts, {name: False})
    if name in ("pregnant", "pregnant_or_possible"):
        return merge(facts, {"pregnancy": "not-pregnant", "pregnancy_weeks": None})
    if name.startswith("flag_"):
        return merge(facts, {"red_flag_outcomes": {name.partition(".")[2]: "excluded"}})
    return None


@examples(600)
@given(facts=PATIENTS)
def test_after_the_changes_that_are_told_nothing_speaks_against_it_any_more(facts: Facts) -> None:
    """Whatever stays in the way then is something that the page asks for, or that the changes brought to light."""
    answer = assess_facts(facts)
    for entry in answer["options"]:
        found = entry["reconsider"]
        if found is None or found["lasting"] or entry["code"] in facts.get("chosen", ()):
            continue
        after: Facts | None = facts
        for change in found["changes"]:
            after = changed(after, change) if after is not None else None
        if after is None:
            continue
        now = assess_facts(after)
        status = now.status(entry["code"])
        before = {reason["code"] for reason in entry["reasons"] if reason["effect"] in ("withhold", "avoid")}
        left = {
            reason["code"]
            for one in now.entries(entry["code"])
            for reason in one["reasons"]
            if reason["effect"] in ("withhold", "avoid")
        }
        assert status in (*OFFERED, "needs-information", "absent") or not left & before, (entry["code"], found, left)


# ---------------------------------------------------------------- the conditions of what is never offered


def conditions(answer: Answer) -> dict[str, bool | None]:
    return {one["code"]: one["met"] for one in answer.entries("opioid")[0]["conditions"]}


def test_every_condition_of_an_opioid_is_shown_met_or_not() -> None:
    met = conditions(assess())
    assert met == {
        "S0-61": True, "S0-62": False, "S0-63": False, "SR-12": True, "CX-SUD": True, "CX-ALCOHOL": True,
        "CX-PREG": True, "BENZO-CURRENT": True, "IX-26": True, "RF-1": True,
    }  # fmt: skip
    for one in assess().entries("opioid")[0]["conditions"]:
        assert one["text"]


def test_a_condition_that_nobody_asked_about_is_not_known() -> None:
    answer = assess(unknown=["conditions.heavy-alcohol", "red_flags.cancer", "pain_duration_days"])
    found = conditions(answer)
    assert (found["CX-ALCOHOL"], found["RF-1"], found["S0-61"]) == (None, None, None)
    assert answer.status("opioid") == "withhold"


def test_one_open_red_flag_is_enough() -> None:
    answer = assess(unknown=["red_flags.cancer"], **flag("inflammatory"))
    assert conditions(answer)["RF-1"] is False


def test_only_what_is_never_offered_has_conditions() -> None:
    assert {entry["code"] for entry in assess()["options"] if entry["conditions"]} == {"opioid"}
