"""Alerts: every code with a patient who raises it, how urgent it is, and a patient who only nearly does."""

from __future__ import annotations

from typing import Any

import pytest

from guidance.engine.edition import Edition
from tests.engine.asking import (
    SCREEN_COMPLETE,
    SCREEN_UNASKED,
    Answer,
    Facts,
    assess,
    failed,
    flag,
    has,
    phq9,
    stopped,
    taking,
)

AGED_70: Facts = {"age_years": 70, "pregnancy": "not-applicable"}
WISH: Facts = {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}
THOUGHTS: Facts = {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True}}
METHOD: Facts = {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "method": True}}
BOTH_LEGS: Facts = {"pain_sites": ["lower-back", "below-knee-left", "below-knee-right"]}


def ask(patient: Facts) -> Answer:
    """Assess; `unknown` in a patient lists what nobody asked."""
    return assess(**patient)


def chosen(*codes: str) -> Facts:
    return {"chosen": list(codes)}


# ---------------------------------------------------------------- red flags, suicide, scores, medicine lists

# code: (patient who raises it, severity, patient who only nearly does)
ONE_FACT: dict[str, tuple[Facts, str, Facts]] = {
    "RF-1": (flag("cauda-equina", "referred"), "emergency", flag("cauda-equina", "excluded")),
    "RF-2": (flag("motor-deficit"), "emergency", flag("motor-deficit", "treated")),
    "RF-3": (flag("fracture"), "urgent", flag("fracture", "excluded")),
    "RF-4": (flag("cancer"), "urgent", flag("cancer", "treated")),
    "RF-5": (flag("infection"), "emergency", flag("infection", "excluded")),
    "RF-6": (flag("vascular"), "emergency", flag("vascular", "treated")),
    "RF-7": (flag("inflammatory"), "caution", flag("inflammatory", "excluded")),
    "RF-8": (flag("visceral"), "urgent", flag("visceral", "treated")),
    "RF-UNASKED": ({"unknown": ["red_flags.vascular"]}, "urgent", {"unknown": ["red_flags.inflammatory"]}),
    "RF-CONFIRM": (BOTH_LEGS, "note", {"pain_sites": ["lower-back", "below-knee-left"]}),
    "SR-HIGH": (
        {"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "intent": True}},
        "emergency",
        METHOD,
    ),
    "SR-MODERATE": (METHOD, "urgent", THOUGHTS),
    "SR-LOW": (THOUGHTS, "urgent", {"suicide_screen": SCREEN_COMPLETE}),
    "SR-UNASSESSED": (
        phq9(12, item9=1) | {"suicide_screen": SCREEN_UNASKED},
        "urgent",
        {"suicide_screen": SCREEN_UNASKED},
    ),
    "SEROTONIN-SYNDROME": ({"serotonin_signs": True}, "emergency", {"unknown": ["serotonin_signs"]}),
    "PSYCHOSIS": ({"psychosis": True}, "urgent", {"unknown": ["psychosis"]}),
    "PHQ-INCOMPLETE": ({"phq9": [None, *[1] * 8]}, "caution", {"phq9": [0] * 9}),
    "OUT-OF-SCOPE": (phq9(4) | {"depression_diagnosis": False}, "note", phq9(4)),
    "SR-7": ({"age_years": 24}, "caution", {"age_years": 25}),
    "MED-UNRECOGNISED": ({"unrecognised_medicines": ["blue tablets"]}, "caution", taking("acetaminophen")),
    "MED-UNREVIEWED": ({"medicines_complete": False}, "caution", taking("acetaminophen")),
    "BENZO-CURRENT": (taking("zopiclone"), "caution", stopped("zopiclone", 1)),
    "STAGGER-CNS": (
        {"radicular": True} | chosen("duloxetine", "gabapentin"),
        "caution",
        {"radicular": True} | taking("gabapentin") | chosen("duloxetine", "gabapentin"),
    ),
    "CX-CURRENT": (taking("naproxen") | {"egfr": 29}, "urgent", taking("naproxen") | {"egfr": 30}),
    "CX-NA": ({"sodium_mmol_l": 124.9}, "urgent", {"sodium_mmol_l": 125}),
    "CX-BP": ({"systolic_mmhg": 180}, "urgent", {"systolic_mmhg": 179, "diastolic_mmhg": 119}),
}

# ---------------------------------------------------------------- medicines that meet, by row

# row: (patient who raises it, severity, patient who only nearly does)
PAIRS: dict[str, tuple[Facts, str, Facts]] = {
    "IX-1.window": (stopped("phenelzine", 13), "caution", stopped("phenelzine", 14)),
    "IX-1": (stopped("moclobemide", 13, "sertraline"), "urgent", stopped("moclobemide", 14, "sertraline")),
    "IX-1.other": (taking("phenelzine", "sumatriptan"), "urgent", stopped("phenelzine", 14, "sumatriptan")),
    "IX-2": (taking("tramadol", "nortriptyline"), "caution", taking("tramadol", "bupropion")),
    "IX-3": (taking("sertraline") | chosen("duloxetine"), "caution", taking("buspirone") | chosen("duloxetine")),
    "IX-3.gentle": (
        taking("trazodone") | chosen("sertraline"),
        "caution",
        stopped("trazodone", 1) | chosen("sertraline"),
    ),
    "IX-3.switch": (
        taking("sertraline") | chosen("duloxetine") | {"replaces": ["sertraline"]},
        "caution",
        taking("sertraline") | {"replaces": ["sertraline"]},
    ),
    "IX-3.cyclobenzaprine": (
        taking("cyclobenzaprine", "amitriptyline"),
        "caution",
        taking("tizanidine", "amitriptyline"),
    ),
    "IX-4": (taking("sumatriptan") | chosen("sertraline"), "caution", taking("propranolol") | chosen("sertraline")),
    "IX-4.tramadol": (taking("tramadol", "rizatriptan"), "caution", taking("tramadol", "propranolol")),
    "IX-4.st-johns-wort": (taking("st-johns-wort") | chosen("sertraline"), "caution", taking("st-johns-wort")),
    "IX-4.cyclobenzaprine": (taking("cyclobenzaprine", "sertraline"), "caution", taking("methocarbamol", "sertraline")),
    "IX-5": (taking("ibuprofen") | chosen("duloxetine"), "caution", taking("ibuprofen") | chosen("amitriptyline")),
    "IX-6": (taking("rivaroxaban") | chosen("naproxen"), "caution", taking("tizanidine") | chosen("naproxen")),
    "IX-7": (taking("warfarin") | chosen("sertraline"), "caution", taking("apixaban") | chosen("sertraline")),
    "IX-8": (taking("clopidogrel") | chosen("naproxen"), "caution", taking("acetaminophen") | chosen("naproxen")),
    "IX-9": (taking("paroxetine") | chosen("amitriptyline"), "caution", taking("sertraline") | chosen("amitriptyline")),
    "IX-9.tail": (
        stopped("fluoxetine", 34) | chosen("amitriptyline"),
        "caution",
        stopped("fluoxetine", 35) | chosen("amitriptyline"),
    ),
    "IX-10": (
        taking("duloxetine") | chosen("amitriptyline"),
        "caution",
        taking("venlafaxine") | chosen("amitriptyline"),
    ),
    "IX-11": (taking("bupropion", "tramadol"), "caution", taking("mirtazapine", "tramadol")),
    "IX-12": (taking("metoprolol") | chosen("paroxetine"), "note", taking("bisoprolol") | chosen("paroxetine")),
    "IX-13": (taking("tamoxifen") | chosen("fluoxetine"), "urgent", taking("tamoxifen") | chosen("venlafaxine")),
    "IX-13.duloxetine": (
        taking("tamoxifen") | chosen("duloxetine"),
        "caution",
        taking("letrozole") | chosen("duloxetine"),
    ),
    "IX-14": (taking("ciprofloxacin") | chosen("duloxetine"), "caution", taking("levofloxacin") | chosen("duloxetine")),
    "IX-15": (taking("ciprofloxacin", "tizanidine"), "urgent", taking("ciprofloxacin", "methocarbamol")),
    "IX-15.other": (taking("ethinyl-estradiol", "tizanidine"), "caution", taking("estradiol", "tizanidine")),
    "IX-16": (taking("lithium", "diclofenac"), "urgent", taking("lithium", "acetaminophen")),
    "IX-16.level": (taking("lithium", "ramipril"), "note", taking("lithium", "furosemide")),
    "IX-17": (taking("lisinopril") | chosen("naproxen"), "caution", taking("amlodipine") | chosen("naproxen")),
    "IX-17.triple": (
        taking("losartan", "hydrochlorothiazide") | chosen("naproxen"),
        "caution",
        taking("losartan", "amlodipine") | chosen("naproxen"),
    ),
    "IX-18": (taking("pregabalin", "codeine"), "caution", taking("lamotrigine", "codeine")),
    "IX-19": (taking("tramadol", "zolpidem"), "caution", taking("tramadol", "melatonin")),
    "IX-19.sedating": (taking("tramadol", "quetiapine"), "caution", taking("tramadol", "lamotrigine")),
    "IX-20": (taking("amitriptyline") | has("heavy-alcohol"), "caution", taking("sertraline") | has("heavy-alcohol")),
    "IX-21": (
        AGED_70 | taking("sertraline", "zopiclone", "pregabalin"),
        "caution",
        {"age_years": 64} | taking("sertraline", "zopiclone", "pregabalin"),
    ),
    "IX-22": (
        taking("haloperidol") | chosen("amitriptyline"),
        "caution",
        taking("aripiprazole") | chosen("amitriptyline"),
    ),
    "IX-22.long": (
        {"qtc_ms": 461} | chosen("amitriptyline"),
        "caution",
        {"qtc_ms": 460} | chosen("amitriptyline"),
    ),
    "IX-22.cisapride": (
        taking("cisapride") | chosen("nortriptyline"),
        "urgent",
        taking("cisapride") | chosen("sertraline"),
    ),
    "IX-23.label": (
        stopped("fluoxetine", 34, "thioridazine"),
        "urgent",
        stopped("fluoxetine", 35, "thioridazine"),
    ),
    "IX-23.sertraline": (
        taking("pimozide") | chosen("sertraline"),
        "urgent",
        taking("thioridazine") | chosen("sertraline"),
    ),
    "IX-23.citalopram": (taking("pimozide", "escitalopram"), "urgent", taking("haloperidol", "escitalopram")),
    "IX-23.fluvoxamine": (taking("thioridazine", "fluvoxamine"), "urgent", taking("quetiapine", "fluvoxamine")),
    "IX-23.duloxetine": (
        taking("thioridazine") | chosen("duloxetine"),
        "urgent",
        taking("pimozide") | chosen("duloxetine"),
    ),
    "IX-23.other": (taking("pimozide") | chosen("venlafaxine"), "urgent", taking("olanzapine") | chosen("venlafaxine")),
    "IX-24": (AGED_70 | {"age_years": 65} | chosen("sertraline"), "note", {"age_years": 64} | chosen("sertraline")),
    "IX-25": (taking("tizanidine", "amlodipine"), "note", taking("tizanidine", "atorvastatin")),
    "IX-25.clonidine": (
        taking("clonidine") | chosen("desipramine"),
        "note",
        taking("clonidine") | chosen("sertraline"),
    ),
    "IX-26": (taking("buprenorphine", "tramadol"), "urgent", taking("acetaminophen", "tramadol")),
    "IX-26.sedatives": (taking("methadone", "diazepam"), "caution", taking("methadone", "melatonin")),
    "IX-26.naltrexone": (taking("naltrexone", "codeine"), "urgent", taking("naloxone", "codeine")),
    "IX-27": (taking("aspirin") | chosen("sertraline"), "caution", taking("aspirin") | chosen("amitriptyline")),
    "IX-28": (taking("prednisolone") | chosen("naproxen"), "caution", taking("fluticasone") | chosen("naproxen")),
    "IX-29": (taking("methotrexate") | chosen("naproxen"), "caution", taking("azathioprine") | chosen("naproxen")),
    "NSAID-DUPLICATE": (taking("naproxen") | chosen("ibuprofen"), "caution", taking("naproxen") | chosen("naproxen")),
}


@pytest.mark.parametrize("code", ONE_FACT)
def test_each_alert_is_raised_with_its_severity(code: str) -> None:
    patient, severity, _ = ONE_FACT[code]
    alert = ask(patient).alert(code)
    assert alert["severity"] == severity
    assert alert["resolved"] is False
    assert alert["title"]
    assert alert["text"]
    assert alert["sources"]


@pytest.mark.parametrize("code", ONE_FACT)
def test_each_alert_is_quiet_for_the_patient_who_only_nearly_has_it(code: str) -> None:
    assert code not in ask(ONE_FACT[code][2]).alert_codes()


@pytest.mark.parametrize("row", PAIRS)
def test_each_pair_of_medicines_is_told_with_its_severity(row: str) -> None:
    patient, severity, _ = PAIRS[row]
    (alert,) = [alert for alert in ask(patient)["alerts"] if alert["ref"] == row]
    assert alert["code"] == row.partition(".")[0]
    assert alert["severity"] == severity
    assert alert["because"]
    assert alert["title"]
    assert alert["text"]
    assert alert["sources"]


@pytest.mark.parametrize("row", PAIRS)
def test_each_pair_is_quiet_where_one_side_is_another_medicine(row: str) -> None:
    assert row not in ask(PAIRS[row][2]).alert_refs()


@pytest.mark.parametrize("row", PAIRS)
def test_each_pair_names_every_medicine_it_is_about(row: str) -> None:
    patient = PAIRS[row][0]
    (alert,) = [alert for alert in ask(patient)["alerts"] if alert["ref"] == row]
    named = {str(entry["value"]).partition(",")[0] for entry in alert["because"]}
    given = {entry["code"] for entry in patient.get("medicines", ())} | set(patient.get("chosen", ()))
    assert named & given
    if len(given) == 2 and row != "IX-1.window":
        assert given <= named


# ---------------------------------------------------------------- nothing is forgotten

CONTRACT = {
    *(f"RF-{number}" for number in range(1, 9)), "RF-CONFIRM", "RF-UNASKED",
    "SR-HIGH", "SR-MODERATE", "SR-LOW", "SR-UNASSESSED", "SR-7", "SEROTONIN-SYNDROME", "PSYCHOSIS", "PHQ-INCOMPLETE",
    "OUT-OF-SCOPE", "MED-UNRECOGNISED", "MED-UNREVIEWED", "BENZO-CURRENT", "NSAID-DUPLICATE", "STAGGER-CNS",
    "CX-CURRENT", "CX-NA", "CX-BP", *(f"IX-{number}" for number in range(1, 30)),
}  # fmt: skip


def test_every_alert_that_is_promised_has_both_patients() -> None:
    assert set(ONE_FACT) | {row.partition(".")[0] for row in PAIRS} == CONTRACT


def test_every_alert_and_every_pair_of_the_edition_has_both_patients(edition: Edition) -> None:
    assert set(edition.alerts) | set(edition.red_flags) == set(ONE_FACT)
    assert {row.id for row in edition.interactions if row.alert} == set(PAIRS)


def test_a_healthy_adult_raises_no_alert() -> None:
    assert assess()["alerts"] == []


def test_alerts_come_in_the_order_of_their_urgency() -> None:
    answer = assess(
        **flag("cauda-equina"), **taking("naproxen", "lisinopril"), egfr=20, age_years=24, unknown=["red_flags.cancer"]
    )
    order = ["emergency", "urgent", "caution", "note"]
    found = [order.index(alert["severity"]) for alert in answer["alerts"]]
    assert found == sorted(found)
    assert len(set(found)) > 2


# ---------------------------------------------------------------- resolved: acted on, and shown as a note


@pytest.mark.parametrize(
    ("patient", "code", "severity"),
    [
        (flag("fracture", "referred"), "RF-3", "urgent"),
        (flag("cancer", "referred"), "RF-4", "urgent"),
        (flag("visceral", "referred"), "RF-8", "urgent"),
        (METHOD | {"suicide_actions_recorded": True}, "SR-MODERATE", "urgent"),
        (WISH | {"suicide_actions_recorded": True}, "SR-LOW", "urgent"),
        ({"psychosis": True, "psychosis_actions_recorded": True}, "PSYCHOSIS", "urgent"),
        (
            {"unrecognised_medicines": ["blue tablets"], "unrecognised_medicines_reviewed": True},
            "MED-UNRECOGNISED",
            "caution",
        ),
        (
            {
                "suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "intent": True},
                "emergency_assessment_recorded": True,
                "suicide_actions_recorded": True,
            },
            "SR-HIGH",
            "emergency",
        ),
    ],
)
def test_an_alert_that_was_acted_on_is_resolved_and_keeps_its_severity(
    patient: Facts, code: str, severity: str
) -> None:
    alert = ask(patient).alert(code)
    assert alert["resolved"] is True
    assert alert["severity"] == severity


@pytest.mark.parametrize("name", ["cauda-equina", "motor-deficit", "infection", "vascular"])
def test_referred_never_resolves_an_emergency_flag(name: str) -> None:
    (alert,) = [alert for alert in ask(flag(name, "referred"))["alerts"] if alert["severity"] == "emergency"]
    assert alert["resolved"] is False


# ---------------------------------------------------------------- red flags and scope in detail


def test_the_unasked_red_flags_are_named() -> None:
    alert = assess(unknown=["red_flags.vascular", "red_flags.cancer"]).alert("RF-UNASKED")
    assert {entry["value"] for entry in alert["because"]} == {"vascular", "cancer"}


@pytest.mark.parametrize(
    ("sites", "radicular", "raised"),
    [
        (["below-knee-left", "below-knee-right"], False, True),
        (["thigh-left", "thigh-right"], True, True),
        (["thigh-left", "below-knee-right"], True, True),
        (["thigh-left", "thigh-right"], False, False),
        (["below-knee-left", "thigh-left"], True, False),
    ],
)
def test_pain_in_both_legs_asks_to_confirm_the_cauda_equina_questions(
    sites: list[str], radicular: bool, raised: bool
) -> None:
    assert ("RF-CONFIRM" in assess(pain_sites=sites, radicular=radicular).alert_codes()) is raised


def test_the_confirmation_is_asked_only_where_cauda_equina_was_answered_no() -> None:
    assert "RF-CONFIRM" not in assess(**BOTH_LEGS, unknown=["red_flags.cauda-equina"]).alert_codes()
    assert "RF-CONFIRM" not in assess(**BOTH_LEGS, **flag("cauda-equina")).alert_codes()


@pytest.mark.parametrize(
    ("sites", "outside"),
    [
        (["neck"], True),
        (["upper-back", "elsewhere"], True),
        (["neck", "lower-back"], False),
        (["buttock-left"], False),
        (["thigh-right"], False),
        (["below-knee-left"], False),
        (None, False),
    ],
)
def test_pain_elsewhere_is_outside_the_guidance(sites: list[str] | None, outside: bool) -> None:
    assert ("OUT-OF-SCOPE" in assess(pain_sites=sites).alert_codes()) is outside


def test_a_low_score_is_outside_the_guidance_only_without_a_diagnosis() -> None:
    assert "OUT-OF-SCOPE" in assess(**phq9(4), depression_diagnosis=None).alert_codes()
    assert "OUT-OF-SCOPE" not in assess(**phq9(5), depression_diagnosis=False).alert_codes()
    assert "OUT-OF-SCOPE" not in assess(phq9=None, depression_diagnosis=False).alert_codes()


def test_being_outside_the_guidance_closes_no_gate_and_hides_no_option() -> None:
    answer = assess(pain_sites=["neck"])
    assert answer["gate"] == "open"
    assert answer.offered() == assess().offered()


# ---------------------------------------------------------------- suicide in detail


@pytest.mark.parametrize(
    ("patient", "beside"),
    [
        ({"suicide_screen": SCREEN_UNASKED | {"behaviour-lifetime": True}}, "SR-MODERATE"),
        ({"suicide_screen": SCREEN_UNASKED, "past_suicide_attempt": True}, "SR-MODERATE"),
        ({"suicide_screen": SCREEN_UNASKED, "suicide_risk_judgement": "moderate"}, "SR-MODERATE"),
    ],
)
def test_an_incomplete_screener_is_told_beside_what_it_already_shows(patient: Facts, beside: str) -> None:
    for recorded in (False, True):
        codes = ask(patient | {"suicide_actions_recorded": recorded}).alert_codes()
        assert {"SR-UNASSESSED", beside} <= codes


def test_unknown_risk_is_told_as_not_assessed() -> None:
    assert "SR-UNASSESSED" in assess("blank").alert_codes()
    assert "SR-UNASSESSED" in assess(phq9=[1] * 8 + [None], suicide_screen=SCREEN_UNASKED).alert_codes()


def test_the_boxed_warning_stands_where_an_antidepressant_is_offered_or_chosen() -> None:
    nothing_offered = phq9(3) | {"depression_diagnosis": False, "age_years": 22}
    assert "SR-7" not in ask(nothing_offered).alert_codes()
    assert "SR-7" in ask(nothing_offered | chosen("sertraline")).alert_codes()
    assert "SR-7" in ask({"age_years": 18}).alert_codes()


# ---------------------------------------------------------------- medicine lists in detail


def test_each_unrecognised_medicine_has_its_own_alert() -> None:
    answer = assess(unrecognised_medicines=["blue tablets", "back tea"], **taking("moonwort"))
    assert {alert["about"] for alert in answer.alerts_of("MED-UNRECOGNISED")} == {
        "blue tablets",
        "back tea",
        "moonwort",
    }


@pytest.mark.parametrize("delta", [{"medicines_complete": None}, {"medicines_complete": False}, {"medicines": None}])
def test_a_list_that_nobody_reviewed_is_told(delta: Facts) -> None:
    assert "MED-UNREVIEWED" in ask(delta).alert_codes()


def test_two_new_medicines_acting_on_the_brain_are_staggered() -> None:
    for codes in (("sertraline", "tizanidine"), ("amitriptyline", "gabapentin"), ("duloxetine", "benzodiazepine")):
        assert "STAGGER-CNS" in ask(chosen(*codes)).alert_codes(), codes
    for codes in (("sertraline", "naproxen"), ("sertraline", "cbt"), ("gabapentin",)):
        assert "STAGGER-CNS" not in ask(chosen(*codes)).alert_codes(), codes


@pytest.mark.parametrize(("days", "inside"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("code", ["linezolid", "methylene-blue"])
def test_linezolid_and_methylene_blue_act_until_the_day_after(code: str, days: int, inside: bool) -> None:
    assert ("IX-1" in ask(stopped(code, days, "sertraline")).alert_codes()) is inside


@pytest.mark.parametrize(
    "code",
    [
        "phenelzine",
        "tranylcypromine",
        "isocarboxazid",
        "moclobemide",
        "selegiline",
        "rasagiline",
        "safinamide",
        "procarbazine",
    ],
)
def test_every_maoi_counts_for_14_days(code: str) -> None:
    for days, inside in [(0, True), (13, True), (14, False)]:
        assert ("IX-1" in ask(stopped(code, days)).alert_codes()) is inside
    assert ask(taking(code)).alert("IX-1")["ref"] == "IX-1.window"


@pytest.mark.parametrize(
    ("partner", "code"),
    [
        ("tramadol", "IX-2"),
        ("tramadol", "IX-11"),
        ("metoprolol", "IX-12"),
        ("tamoxifen", "IX-13"),
        ("pimozide", "IX-23"),
        ("amitriptyline", "IX-9"),
    ],
)
@pytest.mark.parametrize(("days", "counts"), [(0, True), (34, True), (35, False), (None, False)])
def test_fluoxetine_counts_for_five_weeks_after_the_last_dose(
    partner: str, code: str, days: int | None, counts: bool
) -> None:
    assert (code in ask(stopped("fluoxetine", days, partner)).alert_codes()) is counts


@pytest.mark.parametrize("other", ["codeine", "zopiclone", "diazepam"])
def test_a_sedative_beside_a_gabapentinoid_or_opioid_is_told(other: str) -> None:
    assert "IX-18" in ask(taking("gabapentin", other)).alert_codes()


@pytest.mark.parametrize("code", ["warfarin", "apixaban", "dabigatran", "heparin", "enoxaparin", "fondaparinux"])
def test_every_anticoagulant_counts_beside_an_nsaid_heparins_among_them(code: str) -> None:
    assert "IX-6" in ask(taking(code) | chosen("ibuprofen")).alert_codes()


@pytest.mark.parametrize("code", ["hydrochlorothiazide", "sertraline", "venlafaxine", "tramadol"])
def test_from_65_everything_that_lowers_sodium_is_noted(code: str) -> None:
    assert "IX-24" in ask(AGED_70 | taking(code)).alert_codes()
    assert "IX-24" not in ask({"age_years": 64} | taking(code)).alert_codes()


@pytest.mark.parametrize("code", ["ramipril", "losartan", "hydrochlorothiazide", "indapamide"])
def test_lithium_needs_a_level_beside_what_raises_it(code: str) -> None:
    assert "IX-16.level" in ask(taking("lithium", code)).alert_refs()


@pytest.mark.parametrize("code", ["tramadol", "codeine", "methocarbamol", "baclofen", "nortriptyline"])
def test_heavy_drinking_beside_what_makes_drowsy_is_told(code: str) -> None:
    assert "IX-20" in ask(taking(code) | has("heavy-alcohol")).alert_codes()


def test_three_medicines_acting_on_the_brain_need_three_different_medicines() -> None:
    assert "IX-21" not in ask(AGED_70 | taking("sertraline", "zopiclone")).alert_codes()
    assert "IX-21" in ask(AGED_70 | taking("sertraline", "zopiclone") | chosen("gabapentin")).alert_codes()


def test_lithium_beside_an_nsaid_is_urgent_when_both_are_taken_and_a_caution_before() -> None:
    assert ask(taking("lithium", "ibuprofen")).alert("IX-16")["severity"] == "urgent"
    assert ask(taking("lithium") | chosen("ibuprofen")).alert("IX-16")["severity"] == "caution"


# ---------------------------------------------------------------- medicines taken now that a rule speaks against


@pytest.mark.parametrize(
    ("patient", "medicine", "severity"),
    [
        (taking("naproxen") | {"egfr": 25}, "naproxen", "urgent"),
        (taking("meloxicam") | {"egfr": 25}, "meloxicam", "urgent"),
        (taking("naproxen") | has("heart-failure"), "naproxen", "caution"),
        (taking("citalopram") | {"mania_history": True}, "citalopram", "urgent"),
        (taking("bupropion") | {"mania_history": True}, "bupropion", "urgent"),
        (taking("clomipramine") | WISH, "clomipramine", "urgent"),
        (taking("venlafaxine") | WISH, "venlafaxine", "caution"),
        (taking("tramadol") | WISH, "tramadol", "urgent"),
        (taking("lithium") | WISH, "lithium", "urgent"),
        (taking("lithium") | {"past_suicide_attempt": True}, "lithium", "urgent"),
        (taking("escitalopram") | {"qtc_ms": 505}, "escitalopram", "urgent"),
        (taking("pregabalin") | has("respiratory-disease"), "pregabalin", "caution"),
        (taking("duloxetine") | has("chronic-liver-disease"), "duloxetine", "urgent"),
        (taking("ibuprofen") | {"allergies": ["nsaid"]}, "ibuprofen", "urgent"),
        (taking("aspirin") | has("aspirin-sensitive-asthma"), "aspirin", "urgent"),
        (taking("sertraline", "phenelzine"), "sertraline", "urgent"),
        (taking("sertraline") | failed("sertraline", outcome="contraindicated"), "sertraline", "urgent"),
    ],
)
def test_a_medicine_taken_now_that_a_rule_speaks_against_is_reviewed_today(
    patient: Facts, medicine: str, severity: str
) -> None:
    assert ask(patient).current_review() == {medicine: severity}


@pytest.mark.parametrize(
    ("patient", "medicine"),
    [
        (taking("sertraline") | has("cardiovascular-disease"), "sertraline"),
        (taking("naproxen", "lisinopril"), "naproxen"),
        (taking("lithium"), "lithium"),
        (taking("oxycodone") | has("substance-use-disorder"), "oxycodone"),
        (taking("diazepam") | has("falls"), "diazepam"),
        (stopped("naproxen", 1) | {"egfr": 20}, "naproxen"),
    ],
)
def test_a_medicine_that_no_rule_speaks_against_is_left_alone(patient: Facts, medicine: str) -> None:
    assert medicine not in ask(patient).current_review()


def test_the_review_of_current_medicines_stands_in_every_gate_and_for_options_that_are_not_raised() -> None:
    acute = taking("pregabalin") | {"safety_sensitive_work": True}
    assert ask(acute).status("pregabalin") == "absent"
    assert ask(acute).current_review() == {"pregabalin": "urgent"}
    assert ask(acute | flag("cauda-equina")).current_review() == {"pregabalin": "urgent"}
    assert ask(acute | {"psychosis": True}).current_review() == {"pregabalin": "urgent"}


@pytest.mark.parametrize("code", ["tramadol", "gabapentin", "cyclobenzaprine", "methocarbamol", "tizanidine"])
def test_a_pain_medicine_that_is_taken_stands_among_the_options_though_nobody_would_start_it(code: str) -> None:
    assert ask({}).status(code) == "absent"
    assert ask(taking(code)).entries(code)[0]["current"] is True


def test_a_medicine_that_must_be_tapered_says_so() -> None:
    assert "taper" in ask(taking("amitriptyline") | WISH).alert("CX-CURRENT")["text"]
    assert "taper" not in ask(taking("naproxen") | {"egfr": 25}).alert("CX-CURRENT")["text"]


def test_an_alert_about_a_medicine_names_it_and_why() -> None:
    alert = ask(taking("naproxen") | {"egfr": 25}).alert("CX-CURRENT")
    assert "Naproxen" in alert["title"]
    assert {"fact": "egfr", "value": 25} in alert["because"]


def test_one_alert_for_a_code_with_the_most_urgent_row() -> None:
    answer = ask(taking("pimozide") | chosen("sertraline", "venlafaxine"))
    assert len(answer.alerts_of("IX-23")) == 1
    both: Any = ask(taking("phenelzine", "sertraline")).alert("IX-1")
    assert (both["ref"], both["severity"]) == ("IX-1", "urgent")
