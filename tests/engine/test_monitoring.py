"""Monitoring: what everyone gets, what each choice brings, and on which days."""

from __future__ import annotations

import pytest

from guidance.engine.edition import Edition
from tests.engine.asking import (
    AFTER_NSAID,
    LEG_PAIN,
    SCREEN_COMPLETE,
    SCREEN_UNASKED,
    SUBACUTE,
    Facts,
    assess,
    failed,
    flag,
    has,
    phq9,
    taking,
)

AGED_70: Facts = {"age_years": 70, "pregnancy": "not-applicable"}
YOUNG: Facts = {"age_years": 34}
WISH: Facts = {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}


def chosen(*codes: str) -> Facts:
    return {"chosen": list(codes)}


# row: (patient, days, patient for whom it does not stand)
ROWS: dict[str, tuple[Facts, list[int], Facts]] = {
    "M-SUI7": (WISH, [7, 14, 21], {}),
    "M-SUI7.young": ({"age_years": 25} | chosen("sertraline"), [7, 14, 21], {"age_years": 26} | chosen("sertraline")),
    "M-AD14": (chosen("sertraline"), [14], chosen("sertraline") | taking("sertraline")),
    "M-BP": (chosen("desvenlafaxine"), [0, 14, 28, 84, 168], chosen("sertraline")),
    "M-LVL": (chosen("nortriptyline"), [28], chosen("amitriptyline")),
    "M-NA": (AGED_70 | chosen("sertraline"), [0, 14, 28], {"age_years": 64} | chosen("sertraline")),
    "M-NA.venlafaxine": ({"age_years": 66} | chosen("venlafaxine"), [5], {"age_years": 65} | chosen("venlafaxine")),
    "M-ECG": ({"age_years": 40} | chosen("amitriptyline"), [0], {"age_years": 39} | chosen("amitriptyline")),
    "M-ECG.repeat": (
        YOUNG | has("cardiovascular-disease") | chosen("nortriptyline"),
        [0, 14],
        YOUNG | has("hypertension") | chosen("nortriptyline"),
    ),
    "M-REN": (has("diabetes") | chosen("naproxen"), [0, 14, 84, 168], chosen("naproxen")),
    "M-REN.gabapentin": (
        LEG_PAIN | {"egfr": 59} | chosen("gabapentin"),
        [0, 14, 84, 168],
        LEG_PAIN | {"egfr": 60} | chosen("gabapentin"),
    ),
    "M-GI": (taking("naproxen") | chosen("sertraline"), [14, 28], taking("naproxen") | chosen("amitriptyline")),
    "M-INR": (taking("warfarin") | chosen("sertraline"), [7], taking("apixaban") | chosen("sertraline")),
    "M-LFT": (SUBACUTE | chosen("tizanidine"), [0, 28], SUBACUTE | chosen("methocarbamol")),
    "M-SERO": (taking("sumatriptan") | chosen("sertraline"), [0, 1, 7], chosen("sertraline")),
    "M-SMR": (SUBACUTE | chosen("methocarbamol"), [14, 21], SUBACUTE | chosen("cbt")),
    "M-NSAID": (chosen("celecoxib"), [14, 28], chosen("cbt")),
    "M-GBP": (LEG_PAIN | chosen("gabapentin"), [7, 28, 56], LEG_PAIN | chosen("cbt")),
    "M-OPI": (AFTER_NSAID | chosen("tramadol"), [0, 7, 28, 84], AFTER_NSAID | chosen("duloxetine")),
    "M-ADH": (chosen("duloxetine"), [28, 84, 168], chosen("naproxen")),
    "M-TAPER": (
        taking("sertraline") | chosen("duloxetine") | {"replaces": ["sertraline"]},
        [7],
        taking("sertraline") | chosen("sertraline"),
    ),
}
EVERYBODY = {"M-1MO": 28, "M-3MO": 84, "M-6MO": 168}


@pytest.mark.parametrize("row", ROWS)
def test_each_check_stands_on_its_days(row: str) -> None:
    patient, days, _ = ROWS[row]
    assert set(days) <= set(assess(**patient).days(row.partition(".")[0]))


@pytest.mark.parametrize("row", ROWS)
def test_each_check_is_absent_where_nothing_asks_for_it(row: str) -> None:
    _, days, other = ROWS[row]
    code = row.partition(".")[0]
    found = assess(**other).days(code)
    assert not (set(found) & set(days) if row == "M-NA.venlafaxine" else found)


def test_every_check_of_the_edition_is_told(edition: Edition) -> None:
    assert {row.id for row in edition.monitoring} == set(ROWS) | set(EVERYBODY)


def test_the_days_of_a_check_are_exactly_those_of_the_edition(edition: Edition) -> None:
    for row in edition.monitoring:
        days = ROWS[row.id][1] if row.id in ROWS else [EVERYBODY[row.id]]
        assert list(row.days) == days, row.id


def test_everybody_is_seen_after_one_three_and_six_months_and_nothing_else_stands_unchosen() -> None:
    for patient in ({}, AGED_70, taking("naproxen", "sertraline"), {"pain_duration_days": 4}):
        assert {row["code"]: row["day"] for row in assess(**patient)["monitoring"]} == EVERYBODY


def test_checks_come_in_the_order_of_their_days() -> None:
    found = [row["day"] for row in assess(**AGED_70, **chosen("venlafaxine", "naproxen"))["monitoring"]]
    assert found == sorted(found)


def test_each_check_names_the_choice_that_brings_it_and_has_words() -> None:
    answer = assess(**chosen("duloxetine", "naproxen"))
    brought = {(row["code"], row["day"]): row["for"] for row in answer["monitoring"]}
    assert brought["M-BP", 0] == ["duloxetine"]
    assert brought["M-NSAID", 14] == ["naproxen"]
    assert brought["M-GI", 14] == ["duloxetine", "naproxen"]
    assert brought["M-1MO", 28] == []
    assert all(row["text"] for row in answer["monitoring"])


def test_a_choice_that_is_withheld_brings_no_check() -> None:
    assert assess(egfr=25, **chosen("naproxen")).days("M-NSAID") == []
    assert assess(**has("chronic-liver-disease"), **chosen("duloxetine")).days("M-BP") == []
    avoided = assess(**has("heart-failure"), **chosen("naproxen"))
    assert avoided.status("naproxen") == "avoid"
    assert avoided.days("M-NSAID") == [14, 28]


# ---------------------------------------------------------------- suicidal thoughts and the first review


@pytest.mark.parametrize(
    ("patient", "stands"),
    [
        (WISH, True),
        ({"past_suicide_attempt": True}, True),
        ({"suicide_screen": SCREEN_COMPLETE | {"suicidal-thoughts": True, "intent": True}}, True),
        (phq9(12, item9=1), True),
        ({}, False),
        ({"phq9": None, "suicide_screen": SCREEN_UNASKED}, False),
    ],
)
def test_a_patient_at_risk_is_contacted_each_week_whatever_is_chosen(patient: Facts, stands: bool) -> None:
    assert bool(assess(**patient).days("M-SUI7")) is stands
    assert bool(assess(**patient, **chosen("cbt")).days("M-SUI7")) is stands


def test_a_young_adult_is_contacted_each_week_only_for_a_new_antidepressant() -> None:
    assert assess(age_years=20).days("M-SUI7") == []
    assert assess(age_years=20, **chosen("naproxen")).days("M-SUI7") == []
    assert assess(age_years=20, **chosen("sertraline")).days("M-SUI7") == [7, 14, 21]
    assert assess(age_years=20, **chosen("sertraline"), **taking("sertraline")).days("M-SUI7") == []


def test_the_first_review_after_two_weeks_stands_where_there_is_no_weekly_contact() -> None:
    assert assess(age_years=26, **chosen("sertraline")).days("M-AD14") == [14]
    assert assess(age_years=25, **chosen("sertraline")).days("M-AD14") == []
    assert assess(**WISH, **chosen("sertraline")).days("M-AD14") == []


# ---------------------------------------------------------------- blood tests and ECG


@pytest.mark.parametrize(
    ("patient", "stands"),
    [
        ({}, False),
        ({"age_years": 65}, True),
        (taking("indapamide"), True),
        (has("hyponatraemia"), True),
        (taking("furosemide"), False),
    ],
)
def test_sodium_is_checked_with_an_antidepressant_where_it_may_fall(patient: Facts, stands: bool) -> None:
    assert bool(assess(**patient, **chosen("sertraline")).days("M-NA")) is stands


def test_venlafaxine_above_65_adds_an_early_sodium() -> None:
    assert assess(age_years=66, pregnancy="not-applicable", **chosen("venlafaxine")).days("M-NA") == [0, 5, 14, 28]


@pytest.mark.parametrize(
    ("patient", "days"),
    [
        (YOUNG, []),
        ({"age_years": 40}, [0]),
        (YOUNG | has("heart-failure"), [0, 14]),
        (YOUNG | taking("ondansetron"), [0, 14]),
        ({"age_years": 60} | taking("ondansetron"), [0, 14]),
    ],
)
def test_an_ecg_stands_before_a_tricyclic_by_age_and_is_repeated_by_heart_or_qt_medicine(
    patient: Facts, days: list[int]
) -> None:
    assert assess(**patient, **chosen("amitriptyline")).days("M-ECG") == days


def test_venlafaxine_needs_an_ecg_only_with_heart_disease_or_a_qt_medicine() -> None:
    assert assess(age_years=60, **chosen("venlafaxine")).days("M-ECG") == []
    assert assess(**taking("ondansetron"), **chosen("venlafaxine")).days("M-ECG") == [0, 14]


@pytest.mark.parametrize(
    ("patient", "stands"),
    [
        ({}, False),
        (taking("ramipril"), True),
        (taking("losartan"), True),
        (taking("furosemide"), True),
        ({"egfr": 45}, True),
        ({"age_years": 65, "pregnancy": "not-applicable"}, True),
        (has("diabetes"), True),
        (taking("amlodipine"), False),
    ],
)
def test_kidneys_are_checked_with_an_nsaid_and_any_of_its_risks(patient: Facts, stands: bool) -> None:
    assert bool(assess(**patient, **chosen("naproxen")).days("M-REN")) is stands


@pytest.mark.parametrize(
    ("patient", "stands"),
    [
        (chosen("naproxen", "sertraline"), True),
        (taking("aspirin") | chosen("sertraline"), True),
        (taking("warfarin") | chosen("duloxetine"), True),
        (taking("prednisone") | chosen("naproxen"), True),
        (taking("clopidogrel") | chosen("naproxen"), True),
        (chosen("naproxen"), False),
        (chosen("sertraline"), False),
        (taking("aspirin") | chosen("amitriptyline"), False),
        (taking("naproxen", "sertraline"), False),
    ],
)
def test_bleeding_is_asked_about_with_any_two_that_make_bleed_when_one_is_chosen(patient: Facts, stands: bool) -> None:
    assert bool(assess(**patient).days("M-GI")) is stands


def test_the_inr_is_checked_a_week_after_anything_new_beside_warfarin() -> None:
    for code in ("sertraline", "amitriptyline"):
        assert assess(**taking("warfarin"), **chosen(code)).days("M-INR") == [7], code
    assert assess(**AFTER_NSAID, **taking("warfarin"), **chosen("tramadol")).days("M-INR") == [7]
    assert assess(**taking("warfarin", "sertraline"), **chosen("sertraline")).days("M-INR") == []


# ---------------------------------------------------------------- serotonin, switches, long use


@pytest.mark.parametrize(
    ("patient", "stands"),
    [
        (AFTER_NSAID | chosen("sertraline", "tramadol"), True),
        (AFTER_NSAID | taking("sertraline") | chosen("tramadol"), True),
        (AFTER_NSAID | taking("tramadol") | chosen("sertraline"), True),
        (taking("lithium") | chosen("sertraline"), True),
        (AFTER_NSAID | chosen("tramadol"), False),
        (chosen("sertraline"), False),
    ],
)
def test_serotonin_signs_are_asked_about_on_days_one_and_seven_where_two_meet(patient: Facts, stands: bool) -> None:
    assert assess(**patient).days("M-SERO") == ([0, 1, 7] if stands else [])


def test_what_is_taken_for_long_is_asked_about_at_every_review() -> None:
    for patient in (chosen("sertraline"), LEG_PAIN | chosen("gabapentin"), AFTER_NSAID | chosen("tramadol")):
        assert assess(**patient).days("M-ADH") == [28, 84, 168]


def test_an_opioid_that_may_be_chosen_brings_its_checks_and_one_that_is_withheld_none() -> None:
    gate_met = failed("naproxen", "tramadol", "duloxetine") | {"opioid_discussion_recorded": True}
    assert assess(**gate_met, **chosen("opioid")).days("M-OPI") == [0, 7, 28, 84]
    assert assess(**chosen("opioid")).days("M-OPI") == []
    assert assess(**chosen("benzodiazepine")).days("M-ADH") == []


# ---------------------------------------------------------------- what is not known


@pytest.mark.parametrize(
    ("unknown", "choice", "code"),
    [
        ("age_years", "sertraline", "M-NA"),
        ("conditions.hyponatraemia", "sertraline", "M-NA"),
        ("conditions.diabetes", "naproxen", "M-REN"),
        ("egfr", "naproxen", "M-REN"),
        ("conditions.heart-failure", "amitriptyline", "M-ECG"),
    ],
)
def test_a_check_whose_reason_is_not_known_is_asked_for(unknown: str, choice: str, code: str) -> None:
    patient = YOUNG | chosen(choice)
    assert assess(**patient).days(code) == []
    assert assess(**patient, unknown=[unknown]).days(code) != []


def test_the_three_visits_stand_in_every_gate() -> None:
    for patient in (flag("cauda-equina"), {"serotonin_signs": True}, {"psychosis": True}, WISH):
        assert {"M-1MO", "M-3MO", "M-6MO"} <= {row["code"] for row in assess(**patient)["monitoring"]}
