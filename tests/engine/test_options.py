"""Options: which status a treatment has, what its line is, what is missing, and how it may be chosen all the same."""

from __future__ import annotations

from typing import Any

import pytest

from guidance.engine.edition import Edition
from tests.engine.asking import (
    AFTER_NSAID,
    LEG_PAIN,
    SCREEN_COMPLETE,
    SUBACUTE,
    Answer,
    Facts,
    assess,
    failed,
    flag,
    has,
    merge,
    phq9,
    stopped,
    taking,
)

TRICYCLICS = ("amitriptyline", "nortriptyline", "doxepin", "desipramine")
SSRIS = ("sertraline", "fluoxetine", "paroxetine")
SNRIS = ("duloxetine", "venlafaxine", "desvenlafaxine")
NSAIDS = ("ibuprofen", "naproxen", "celecoxib")
RELAXANTS = ("cyclobenzaprine", "methocarbamol", "tizanidine")
ANTIDEPRESSANTS = (*SNRIS, *TRICYCLICS, *SSRIS)
AGED_70: Facts = {"age_years": 70, "pregnancy": "not-applicable"}
MAN: Facts = {"sex_at_birth": "male", "pregnancy": "not-applicable"}
MILD = phq9(7)
WISH: Facts = {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}}


def ask(*patients: Facts, unknown: tuple[str, ...] = ()) -> Answer:
    """Assess the healthy adult with one or more differences laid over each other."""
    delta: Facts = {}
    for patient in patients:
        delta = merge(delta, patient)
    return assess(**delta, unknown=unknown)


def medicines_of(answer: Answer) -> list[dict[str, Any]]:
    return [entry for entry in answer["options"] if entry["section"].endswith("-medicine")]


# ---------------------------------------------------------------- what is raised at all


def test_moderate_depression_with_chronic_pain_raises_the_first_and_second_line() -> None:
    answer = ask()
    assert {code: answer.status(code) for code in ANTIDEPRESSANTS} == dict.fromkeys(ANTIDEPRESSANTS, "offer")
    assert {"S0-24"} <= answer.reasons("duloxetine")
    assert {"S0-25"} <= answer.reasons("amitriptyline")
    assert {"S0-26"} <= answer.reasons("sertraline")


@pytest.mark.parametrize(("total", "raised"), [(9, False), (10, True), (27, True)])
def test_an_antidepressant_is_raised_from_a_score_of_ten(total: int, raised: bool) -> None:
    score = phq9(total, 3 if total == 27 else 0)
    assert (
        "sertraline" in {entry["code"] for entry in ask(score, {"depression_diagnosis": False})["options"]}
    ) is raised


def test_mild_depression_is_treated_with_cbt_first() -> None:
    answer = ask(MILD, {"depression_diagnosis": False})
    assert answer.status("cbt") == "offer"
    assert {answer.status(code) for code in ANTIDEPRESSANTS} == {"absent"}


@pytest.mark.parametrize(
    ("patient", "raised"),
    [
        ({"prefers_medicines": "wants", "depression_diagnosis": True}, True),
        ({"prefers_medicines": "wants", "depression_diagnosis": False}, False),
        ({"prefers_medicines": "wants", "depression_diagnosis": False} | failed("sertraline"), True),
        ({"prefers_medicines": "wants", "depression_diagnosis": False} | stopped("sertraline", 700), True),
        ({"prefers_medicines": "unsure", "depression_diagnosis": True}, False),
        ({"prefers_medicines": "avoids", "depression_diagnosis": True}, False),
    ],
)
def test_in_mild_depression_a_wish_counts_only_with_a_diagnosis_or_an_earlier_antidepressant(
    patient: Facts, raised: bool
) -> None:
    assert (ask(MILD, patient).status("fluoxetine") != "absent") is raised


def test_a_score_below_five_raises_no_antidepressant_whatever_is_wanted() -> None:
    assert ask(phq9(4), {"prefers_medicines": "wants"}).status("sertraline") == "absent"


@pytest.mark.parametrize("days", [20, 84])
def test_tricyclics_are_for_chronic_pain_and_duloxetine_then_serves_depression_alone(days: int) -> None:
    answer = ask({"pain_duration_days": days})
    assert {answer.status(code) for code in TRICYCLICS} == {"absent"}
    assert [entry["section"] for entry in answer.entries("duloxetine")] == ["depression-medicine"]
    assert "A-4" in answer.reasons("duloxetine")


def test_an_nsaid_is_the_first_medicine_whatever_the_duration() -> None:
    for days, reason in [(5, "S0-28"), (84, "S0-28"), (85, "S0-31")]:
        answer = ask({"pain_duration_days": days})
        assert {answer.status(code) for code in NSAIDS} == {"offer"}
        assert all(reason in answer.reasons(code) for code in NSAIDS)


def test_a_muscle_relaxant_comes_after_an_nsaid_in_acute_and_subacute_pain() -> None:
    assert ask({"pain_duration_days": 84}).status("methocarbamol") == "absent"
    assert ask(SUBACUTE).status("methocarbamol") == "offer"
    assert ask(SUBACUTE, {"pain_duration_days": 85}).status("methocarbamol") == "absent"
    short_trial = {"tried": [{"code": "naproxen", "outcome": "no-response", "adequate": False}]}
    assert ask({"pain_duration_days": 10}, short_trial).status("methocarbamol") == "offer"
    ruled_out = has("active-gi-bleed-or-ulcer")
    assert ask({"pain_duration_days": 10}, ruled_out).status("methocarbamol") == "offer"


def test_a_muscle_relaxant_is_not_for_the_nerve_root() -> None:
    answer = ask(SUBACUTE, {"radicular": True})
    assert set(answer.statuses(*RELAXANTS).values()) == {"avoid"}
    assert all("S0-59" in answer.reasons(code) for code in RELAXANTS)


@pytest.mark.parametrize(
    ("tried", "raised"),
    [
        ([], False),
        ([{"code": "ibuprofen", "outcome": "no-response", "adequate": True}], True),
        ([{"code": "ibuprofen", "outcome": "no-response", "adequate": False}], False),
        ([{"code": "diclofenac", "outcome": "not-tolerated"}], True),
        ([{"code": "naproxen", "outcome": "contraindicated"}], True),
        ([{"code": "naproxen", "outcome": "helped", "adequate": True}], False),
        ([{"code": "acetaminophen", "outcome": "no-response", "adequate": True}], False),
    ],
)
def test_the_second_line_for_pain_needs_an_nsaid_that_failed(tried: list[Facts], raised: bool) -> None:
    answer = ask({"tried": tried})
    assert (answer.status("tramadol") != "absent") is raised
    sections = [entry["section"] for entry in answer.entries("duloxetine")]
    assert ("pain-medicine" in sections) is raised


def test_nsaids_withheld_for_the_patients_own_sake_open_the_second_line() -> None:
    for own in (has("active-gi-bleed-or-ulcer"), {"egfr": 25}, {"allergies": ["nsaid"]}, has("after-cabg")):
        assert ask(own).status("tramadol") in ("caution", "avoid"), own


def test_nsaids_withheld_because_of_another_medicine_or_a_red_flag_do_not_open_the_second_line() -> None:
    blood_thinner = taking("warfarin", "sertraline")
    answer = ask(blood_thinner)
    assert set(answer.statuses(*NSAIDS).values()) == {"withhold"}
    assert answer.status("tramadol") == "absent"
    visceral = ask(flag("visceral"))
    assert set(visceral.statuses(*NSAIDS).values()) == {"withhold"}
    assert visceral.status("tramadol") == "absent"


def test_withheld_nsaids_never_stand_in_for_a_trial_before_an_opioid() -> None:
    gate = failed("tramadol", "duloxetine") | {"opioid_discussion_recorded": True}
    answer = ask(gate, has("active-gi-bleed-or-ulcer"))
    assert answer.status("opioid") == "withhold"
    assert "S0-62" in answer.reasons("opioid")


def test_gabapentin_is_for_chronic_radicular_pain_only() -> None:
    assert ask(LEG_PAIN).status("gabapentin") == "offer"
    assert ask().status("gabapentin") == "absent"
    assert ask(LEG_PAIN, {"pain_duration_days": 84}).status("gabapentin") == "absent"


def test_care_without_medicine_stands_in_every_plan_that_has_options() -> None:
    for patient in ({}, {"pain_duration_days": 3}, MILD, {"radicular": True}, has("after-cabg"), AGED_70):
        answer = ask(patient)
        assert {"cbt", "exercise-therapy", "physical-therapy", "walking-and-breaks"} <= answer.offered()


def test_what_needs_a_reason_of_its_own_is_raised_by_it() -> None:
    for fact, code in [
        ("sleep_problem", "sleep-routine"),
        ("poor_diet", "dietary-improvement"),
        ("work_stress", "stress-management"),
    ]:
        assert ask().status(code) == "absent"
        assert ask({fact: True}).status(code) == "offer"
        assert ask(unknown=(fact,)).status(code) == "needs-information"


def test_interdisciplinary_rehabilitation_is_for_subacute_and_chronic_pain_with_depression() -> None:
    code = "interdisciplinary-rehabilitation"
    assert ask({"pain_duration_days": 27}).status(code) == "absent"
    assert ask({"pain_duration_days": 28}).status(code) == "offer"
    assert ask(phq9(4), {"depression_diagnosis": False}).status(code) == "absent"
    assert "S0-55" in ask({"off_work": True}).reasons(code)


@pytest.mark.parametrize(
    ("patient", "raised"),
    [
        (phq9(19), False),
        (phq9(20), True),
        ({"psychosis": True}, True),
        ({"mania_history": True}, True),
        ({"past_suicide_attempt": True}, True),
        (WISH, False),
    ],
)
def test_psychiatry_is_asked_for_severe_depression_psychosis_mania_and_suicide_risk(
    patient: Facts, raised: bool
) -> None:
    assert (ask(patient).status("psychiatry-referral") == "offer") is raised


def test_other_referrals_are_raised_by_what_they_are_for() -> None:
    assert ask(flag("inflammatory")).status("rheumatology-referral") == "offer"
    assert ask().status("rheumatology-referral") == "absent"
    assert ask(LEG_PAIN).status("specialist-referral") == "offer"
    assert ask(failed("exercise-therapy")).status("specialist-referral") == "offer"
    assert ask().status("specialist-referral") == "absent"


def test_only_opioids_and_benzodiazepines_are_listed_unraised(edition: Edition) -> None:
    assert {option.code for option in edition.options.values() if option.always_listed} == {"opioid", "benzodiazepine"}
    for patient in ({}, {"pain_duration_days": 2}, phq9(0) | {"depression_diagnosis": False}):
        assert {"opioid", "benzodiazepine"} <= {entry["code"] for entry in ask(patient)["options"]}


# ---------------------------------------------------------------- precedence


def test_withhold_comes_before_everything_else() -> None:
    answer = ask({"egfr": 25}, has("heart-failure"), unknown=("conditions.chronic-liver-disease", "allergies_complete"))
    assert answer.status("naproxen") == "withhold"


def test_what_is_not_known_comes_before_avoid() -> None:
    answer = ask(has("heart-failure"), unknown=("conditions.chronic-liver-disease",))
    assert answer.status("naproxen") == "needs-information"
    assert answer.missing_for("naproxen") == {"conditions.chronic-liver-disease"}


def test_avoid_comes_before_caution_and_caution_before_offer() -> None:
    assert ask(has("heart-failure", "respiratory-disease")).status("naproxen") == "avoid"
    assert ask(has("respiratory-disease")).status("naproxen") == "caution"
    assert ask(has("sleep-apnoea")).status("naproxen") == "offer"


def test_every_reason_against_stays_listed_beside_the_strongest() -> None:
    answer = ask({"egfr": 25}, has("heart-failure", "respiratory-disease"))
    assert {"CX-EGFR29", "CX-HF", "CX-RESP"} <= answer.reasons("naproxen")


# ---------------------------------------------------------------- what is not known


@pytest.mark.parametrize(
    ("fact", "codes"),
    [
        ("conditions.chronic-liver-disease", ("duloxetine", "amitriptyline", "naproxen")),
        ("conditions.heavy-alcohol", ("duloxetine", "ibuprofen")),
        ("conditions.seizure-history", TRICYCLICS),
        ("conditions.narrow-angle-glaucoma", ("venlafaxine", "doxepin")),
        ("conditions.active-gi-bleed-or-ulcer", NSAIDS),
        ("conditions.past-gi-bleed-or-ulcer", NSAIDS),
        ("conditions.after-cabg", NSAIDS),
        ("mania_history", ANTIDEPRESSANTS),
        ("past_suicide_attempt", (*TRICYCLICS, "venlafaxine")),
        ("safety_sensitive_work", TRICYCLICS),
        ("age_years", TRICYCLICS),
        ("breastfeeding", ("doxepin",)),
        ("pregnancy", ("paroxetine", *NSAIDS)),
        ("red_flags.visceral", NSAIDS),
        ("red_flags.fracture", ("spinal-manipulation", "massage", "exercise-therapy")),
        ("conditions.osteoporosis", ("spinal-manipulation",)),
        ("tried", (*ANTIDEPRESSANTS, *NSAIDS)),
        ("allergies_complete", (*ANTIDEPRESSANTS, *NSAIDS)),
        ("allergies", (*ANTIDEPRESSANTS, *NSAIDS)),
    ],
)
def test_an_unknown_fact_that_could_forbid_keeps_a_treatment_back(fact: str, codes: tuple[str, ...]) -> None:
    answer = ask(unknown=(fact,))
    named = "allergies_complete" if fact == "allergies" else fact
    for code in codes:
        assert answer.status(code) == "needs-information", code
        assert named in answer.missing_for(code), code
    assert named in answer.missing()


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("conditions.respiratory-disease", "naproxen"),
        ("conditions.urinary-retention", "duloxetine"),
        ("conditions.falls", "sertraline"),
        ("conditions.hyponatraemia", "naproxen"),
        ("breastfeeding", "fluoxetine"),
    ],
)
def test_an_unknown_fact_that_only_cautions_is_a_caution_that_names_it(fact: str, code: str) -> None:
    answer = ask(unknown=(fact,))
    assert answer.status(code) == "caution"
    assert fact in answer.missing_for(code)


def test_an_unknown_fact_that_no_rule_reads_changes_nothing() -> None:
    answer = ask(unknown=("conditions.hyperthyroidism", "commutes", "phq9_difficulty"))
    assert answer.statuses("naproxen", "sertraline") == {"naproxen": "offer", "sertraline": "offer"}


@pytest.mark.parametrize(
    ("unknown", "codes", "asked_for"),
    [
        ("phq9", ("duloxetine", "venlafaxine", *SSRIS), "phq9"),
        ("radicular", ("gabapentin",), "radicular"),
        ("pain_duration_days", (*TRICYCLICS, "mindfulness-based-stress-reduction"), "pain_duration_days"),
    ],
)
def test_where_it_is_not_known_whether_a_treatment_comes_up_it_asks(
    unknown: str, codes: tuple[str, ...], asked_for: str
) -> None:
    answer = ask(unknown=(unknown,))
    for code in codes:
        assert answer.status(code) == "needs-information", code
        assert asked_for in answer.missing_for(code), code


def test_one_open_item_of_the_phq9_keeps_antidepressants_back() -> None:
    answer = ask({"phq9": [None, *[2] * 7, 0]})
    assert answer.status("sertraline") == "needs-information"
    assert "phq9" in answer.missing_for("sertraline")
    assert "phq9" in answer.missing()


def test_what_is_withheld_stays_withheld_while_it_is_not_known_whether_it_comes_up() -> None:
    assert ask(LEG_PAIN, {"safety_sensitive_work": True}, unknown=("radicular",)).status("gabapentin") == "withhold"


def test_each_missing_fact_names_the_treatments_it_keeps_back() -> None:
    (entry,) = [
        one for one in ask(unknown=("conditions.after-cabg",))["missing"] if one["fact"] == "conditions.after-cabg"
    ]
    assert set(NSAIDS) <= set(entry["affects"])


def test_nothing_asked_means_no_medicine_is_offered() -> None:
    answer = assess("blank")
    assert [entry["code"] for entry in medicines_of(answer) if entry["status"] in ("offer", "caution")] == []


# ---------------------------------------------------------------- the medicine list


@pytest.mark.parametrize(
    ("patient", "asked_for"),
    [
        ({"medicines_complete": False}, "medicines_complete"),
        ({"medicines_complete": None}, "medicines_complete"),
        ({"medicines": None}, "medicines"),
    ],
)
def test_a_medicine_list_that_is_not_complete_keeps_medicines_back(patient: Facts, asked_for: str) -> None:
    answer = ask(patient)
    for code in (*ANTIDEPRESSANTS, *NSAIDS):
        assert answer.status(code) == "needs-information", code
        assert asked_for in answer.missing_for(code)
    assert answer.status("cbt") == "offer"


def test_what_stands_in_an_incomplete_list_still_forbids() -> None:
    assert ask(taking("phenelzine"), {"medicines_complete": False}).status("sertraline") == "withhold"


def test_an_maoi_whose_last_dose_nobody_knows_keeps_antidepressants_back() -> None:
    answer = ask(stopped("phenelzine", None))
    for code in (*ANTIDEPRESSANTS,):
        assert answer.status(code) == "needs-information", code
        assert "medicines" in answer.missing_for(code)
    assert ask(stopped("phenelzine", 14)).status("sertraline") == "offer"


def test_a_medicine_of_which_nobody_said_whether_it_is_taken_keeps_its_partners_back() -> None:
    answer = ask({"medicines": [{"code": "phenelzine"}]})
    assert answer.status("sertraline") == "needs-information"
    assert answer.status("acupuncture") == "offer"


# ---------------------------------------------------------------- measurements that may be unknown

STRICT = ("gabapentin", "tramadol", "venlafaxine", "desvenlafaxine")
RISKS_FOR_KIDNEYS: list[Facts] = [
    MAN | {"age_years": 60},
    has("diabetes"), has("hypertension"), has("heart-failure"), has("severe-heart-failure"), has("kidney-disease"),
    taking("lisinopril"), taking("losartan"), taking("furosemide"), taking("indapamide"), taking("lithium"),
]  # fmt: skip
UNKNOWN_RISKS = (
    "age_years", "conditions.diabetes", "conditions.hypertension", "conditions.heart-failure",
    "conditions.severe-heart-failure", "conditions.kidney-disease", "medicines", "medicines_complete",
)  # fmt: skip


def test_an_unknown_egfr_is_a_caution_where_no_kidney_risk_is_known_to_be_present() -> None:
    answer = ask(AFTER_NSAID, LEG_PAIN, unknown=("egfr",))
    for code in ("duloxetine", "ibuprofen", *STRICT):
        assert answer.status(code) == "caution", code
        assert "egfr" in answer.missing_for(code), code


@pytest.mark.parametrize("risk", RISKS_FOR_KIDNEYS, ids=str)
def test_an_unknown_egfr_keeps_back_what_the_kidney_decides_where_a_risk_is_present(risk: Facts) -> None:
    answer = ask(LEG_PAIN, AFTER_NSAID, risk, unknown=("egfr",))
    for code in ("duloxetine", "celecoxib", *STRICT):
        assert answer.status(code) in ("needs-information", "withhold"), code
        assert "egfr" in answer.missing_for(code), code


@pytest.mark.parametrize("unknown", UNKNOWN_RISKS)
def test_an_unknown_egfr_keeps_back_what_the_kidney_decides_where_a_risk_is_not_known(unknown: str) -> None:
    answer = ask(LEG_PAIN, unknown=("egfr", unknown))
    for code in ("duloxetine", "naproxen", "venlafaxine", "gabapentin"):
        assert answer.status(code) == "needs-information", code
        assert "egfr" in answer.missing_for(code), code


def test_an_unknown_egfr_that_only_cautions_or_changes_another_dose_is_a_caution_even_with_a_kidney_risk() -> None:
    answer = ask(has("diabetes"), unknown=("egfr",))
    for code in ("sertraline", "paroxetine", "amitriptyline"):
        assert answer.status(code) == "caution", code
        assert "egfr" in answer.missing_for(code), code
    assert ask(SUBACUTE, has("diabetes"), unknown=("egfr",)).status("tizanidine") == "caution"


def test_fifty_nine_is_young_enough_for_the_kidney_and_sixty_is_not() -> None:
    for age, status in [(59, "caution"), (60, "needs-information")]:
        assert ask(MAN, {"age_years": age}, unknown=("egfr",)).status("naproxen") == status


def test_an_unknown_qtc_is_a_caution_for_tricyclics_below_forty_without_heart_disease_or_a_qt_medicine() -> None:
    for age, status in [(39, "caution"), (40, "needs-information")]:
        answer = ask({"age_years": age}, unknown=("qtc_ms",))
        assert {answer.status(code) for code in TRICYCLICS} == {status}
        assert all("qtc_ms" in answer.missing_for(code) for code in TRICYCLICS)


@pytest.mark.parametrize(
    "risk",
    [has("cardiovascular-disease"), has("heart-failure"), taking("ondansetron"), taking("citalopram")],
    ids=["cardiovascular disease", "heart failure", "ondansetron", "citalopram"],
)
def test_an_unknown_qtc_is_asked_of_tricyclics_and_venlafaxine_with_heart_disease_or_a_qt_medicine(risk: Facts) -> None:
    answer = ask({"age_years": 30}, risk, unknown=("qtc_ms",))
    for code in ("amitriptyline", "venlafaxine"):
        assert answer.status(code) == "needs-information", code
        assert "qtc_ms" in answer.missing_for(code), code


@pytest.mark.parametrize("age", [30, 42, 64])
def test_an_unknown_qtc_changes_nothing_for_other_medicines_without_heart_disease_or_a_qt_medicine(age: int) -> None:
    answer = ask({"age_years": age}, MAN, unknown=("qtc_ms",))
    for code in (*SSRIS, *SNRIS, *NSAIDS):
        assert answer.status(code) == "offer", code
        assert "qtc_ms" not in answer.missing_for(code), code
    relaxant = ask({"age_years": age}, MAN, SUBACUTE, unknown=("qtc_ms",))
    assert relaxant.statuses("cyclobenzaprine", "tizanidine") == {"cyclobenzaprine": "offer", "tizanidine": "offer"}


def test_an_unknown_blood_pressure_is_a_caution_only_where_hypertension_is_known_to_be_absent() -> None:
    pressure = ("systolic_mmhg", "diastolic_mmhg")
    quiet = ask(unknown=pressure)
    for code in ("duloxetine", "venlafaxine", "naproxen"):
        assert quiet.status(code) == "caution", code
        assert set(pressure) <= quiet.missing_for(code), code
    for answer in (
        ask(has("hypertension"), unknown=pressure),
        ask(unknown=(*pressure, "conditions.hypertension")),
        ask(unknown=(*pressure, "conditions.uncontrolled-hypertension")),
    ):
        for code in ("duloxetine", "venlafaxine", "naproxen"):
            assert answer.status(code) == "needs-information", code
    assert ask(has("uncontrolled-hypertension"), unknown=pressure).status("duloxetine") == "avoid"


def test_one_high_reading_decides_without_the_other() -> None:
    assert ask({"systolic_mmhg": 170}, unknown=("diastolic_mmhg",)).status("duloxetine") == "avoid"


def test_an_unknown_sodium_changes_no_status() -> None:
    for patient in ({}, AGED_70, taking("hydrochlorothiazide"), has("hyponatraemia")):
        known, unknown = ask(patient), ask(patient, unknown=("sodium_mmol_l",))
        assert {entry["code"]: entry["status"] for entry in known["options"]} == {
            entry["code"]: entry["status"] for entry in unknown["options"]
        }
        assert "sodium_mmol_l" not in unknown.missing()


def test_a_yes_or_no_fact_is_never_exempt() -> None:
    young_and_well = {"age_years": 25}
    assert ask(young_and_well, unknown=("conditions.after-cabg",)).status("naproxen") == "needs-information"
    assert ask(young_and_well, unknown=("conditions.recent-mi",)).status("amitriptyline") == "needs-information"


def test_pregnancy_is_asked_only_where_it_is_possible() -> None:
    for patient, asked_for in [
        ({"sex_at_birth": "female", "age_years": 55}, True),
        ({"sex_at_birth": "other", "age_years": 30}, True),
        ({"sex_at_birth": "female", "age_years": 56}, False),
        ({"sex_at_birth": "male", "age_years": 30}, False),
    ]:
        answer = ask(patient, unknown=("pregnancy",))
        assert (answer.status("naproxen") == "needs-information") is asked_for, patient
        assert ("pregnancy" in answer.missing_for("naproxen")) is asked_for, patient


def test_the_week_of_a_pregnancy_decides_and_is_asked_for() -> None:
    answer = ask({"pregnancy": "pregnant"})
    assert answer.status("naproxen") == "needs-information"
    assert answer.missing_for("naproxen") == {"pregnancy_weeks"}


# ---------------------------------------------------------------- doses


@pytest.mark.parametrize(
    ("patient", "code", "reason", "words"),
    [
        ({"egfr": 45}, "venlafaxine", "CX-EGFR59", "25 to 50 %"),
        ({"egfr": 45}, "desvenlafaxine", "CX-EGFR59", "50 mg a day"),
        (LEG_PAIN | {"egfr": 45}, "gabapentin", "CX-EGFR59", "400 to 1,400 mg"),
        (LEG_PAIN | {"egfr": 25}, "gabapentin", "CX-EGFR29", "200 to 700 mg"),
        (LEG_PAIN | AGED_70, "gabapentin", "CX-AGE65", "100 to 300 mg at night"),
        ({"egfr": 25}, "paroxetine", "CX-EGFR29", "10 mg"),
        (SUBACUTE | {"egfr": 25}, "tizanidine", "CX-EGFR29", "lower single doses"),
    ],
)
def test_a_rule_that_only_changes_the_dose_still_offers_with_dose_and_reason(
    patient: Facts, code: str, reason: str, words: str
) -> None:
    answer = ask(patient)
    assert answer.status(code) == "offer"
    assert reason in answer.reasons(code)
    assert words in answer.dose(code)


def test_a_dose_sentence_stands_only_where_it_is_needed() -> None:
    assert "25 to 50 %" not in ask().dose("venlafaxine")
    assert "half or more" in ask({"egfr": 20}).dose("venlafaxine")


@pytest.mark.parametrize(
    ("patient", "code", "reason", "words"),
    [
        (has("recent-mi"), "sertraline", "CX-HEART", "preferred"),
        (has("arrhythmia-or-heart-block"), "sertraline", "CX-HEART", "preferred"),
        (WISH, "sertraline", "CX-SUICIDE", "small quantities"),
        (WISH, "fluoxetine", "CX-SUICIDE", "small quantities"),
        ({"breastfeeding": True}, "ibuprofen", "CX-LACT", "Suitable"),
        (AGED_70, "venlafaxine", "IX-24", "sodium"),
    ],
)
def test_a_rule_that_only_has_something_to_say_says_it(patient: Facts, code: str, reason: str, words: str) -> None:
    answer = ask(patient)
    assert answer.status(code) == ("caution" if patient is AGED_70 else "offer")
    (said,) = [one["text"] for one in answer.entries(code)[0]["reasons"] if one["code"] == reason]
    assert words in said


# ---------------------------------------------------------------- allergies


@pytest.mark.parametrize(
    ("allergy", "withheld", "free"),
    [
        ("ibuprofen", NSAIDS, ("sertraline",)),
        ("nsaid", NSAIDS, ("sertraline",)),
        ("diclofenac", NSAIDS, ("duloxetine",)),
        ("aspirin", NSAIDS, ("duloxetine",)),
        ("acetylsalicylic-acid", NSAIDS, ("duloxetine",)),
        ("sulfonamide", ("celecoxib",), ("ibuprofen", "naproxen")),
        ("sulfamethoxazole", ("celecoxib",), ("ibuprofen", "naproxen")),
        ("co-trimoxazole", ("celecoxib",), ("ibuprofen",)),
        ("sertraline", ("sertraline",), ("fluoxetine", "duloxetine")),
        ("SSRI", SSRIS, ("duloxetine",)),
        ("amitriptyline", ("amitriptyline",), ("nortriptyline", "sertraline")),
        ("penicillin", (), (*NSAIDS, *ANTIDEPRESSANTS)),
        ("peanut", (), (*NSAIDS, *ANTIDEPRESSANTS)),
        ("latex", (), (*NSAIDS, *ANTIDEPRESSANTS)),
    ],
)
def test_an_allergy_forbids_the_medicine_and_its_group(
    allergy: str, withheld: tuple[str, ...], free: tuple[str, ...]
) -> None:
    answer = ask({"allergies": [allergy]})
    for code in withheld:
        assert answer.status(code) == "withhold", code
        assert "CX-ALLERGY" in answer.reasons(code), code
        assert answer.override(code) == "none", code
    for code in free:
        assert answer.status(code) == "offer", code


def test_an_allergy_to_an_opioid_forbids_tramadol() -> None:
    assert ask(AFTER_NSAID, {"allergies": ["codeine"]}).status("tramadol") == "withhold"


def test_an_allergy_that_matches_nothing_keeps_every_medicine_back() -> None:
    answer = ask({"allergies": ["purple berries"]})
    for entry in medicines_of(answer):
        if entry["code"] not in ("opioid", "benzodiazepine"):
            assert entry["status"] == "needs-information", entry["code"]
            assert "allergies_complete" in entry["missing"], entry["code"]
    assert answer.status("cbt") == "offer"


# ---------------------------------------------------------------- unrecognised medicines


def test_a_medicine_that_was_not_recognised_keeps_back_what_interacts_most() -> None:
    answer = ask(AFTER_NSAID, LEG_PAIN, {"unrecognised_medicines": ["blue tablets"]})
    for code in (*ANTIDEPRESSANTS, "tramadol"):
        assert answer.status(code) == "needs-information", code
        assert "unrecognised_medicines_reviewed" in answer.missing_for(code), code
    for code in ("ibuprofen", "gabapentin"):
        assert answer.status(code) == "caution", code
    assert answer.status("cbt") == "offer"
    relaxants = ask(SUBACUTE, {"unrecognised_medicines": ["blue tablets"]})
    assert relaxants.statuses(*RELAXANTS) == {
        "cyclobenzaprine": "needs-information",
        "methocarbamol": "caution",
        "tizanidine": "caution",
    }


def test_once_it_was_looked_up_a_caution_remains() -> None:
    looked_up = {"unrecognised_medicines": ["blue tablets"], "unrecognised_medicines_reviewed": True}
    answer = ask(AFTER_NSAID, looked_up)
    for code in (*ANTIDEPRESSANTS, "tramadol", "ibuprofen"):
        assert answer.status(code) == "caution", code
        assert "MED-UNRECOGNISED" in answer.reasons(code), code


# ---------------------------------------------------------------- tried before


@pytest.mark.parametrize(
    ("entry", "status", "override"),
    [
        ({"outcome": "contraindicated"}, "withhold", "documented"),
        ({"outcome": "not-tolerated"}, "avoid", "coded-reason"),
        ({"outcome": "not-tolerated", "adequate": False}, "avoid", "coded-reason"),
        ({"outcome": "no-response", "adequate": True}, "avoid", "coded-reason"),
        ({"outcome": "no-response", "adequate": False}, "offer", "none"),
        ({"outcome": "helped", "adequate": True}, "offer", "none"),
        ({"outcome": "no-response"}, "needs-information", "none"),
        ({}, "needs-information", "none"),
    ],
)
@pytest.mark.parametrize("code", ["sertraline", "ibuprofen"])
def test_what_was_tried_before_counts_by_its_outcome(code: str, entry: Facts, status: str, override: str) -> None:
    answer = ask({"tried": [{"code": code, **entry}]})
    assert answer.status(code) == status
    assert answer.override(code) == override
    if status in ("withhold", "avoid"):
        assert "TRIED" in answer.reasons(code)
    if status == "needs-information":
        assert "tried" in answer.missing_for(code)


def test_what_was_tried_before_counts_for_that_medicine_alone() -> None:
    answer = ask({"tried": [{"code": "sertraline", "outcome": "not-tolerated"}]})
    assert answer.statuses("sertraline", "fluoxetine") == {"sertraline": "avoid", "fluoxetine": "offer"}


def test_what_was_tried_under_another_name_counts() -> None:
    assert ask(failed("amfebutamone", "indometacin")).status("tramadol") == "caution"


@pytest.mark.parametrize("code", ["acupuncture", "cbt", "exercise-therapy", "interdisciplinary-rehabilitation"])
def test_care_without_medicine_that_did_not_help_is_done_differently(code: str) -> None:
    for adequate in (True, False, None):
        answer = ask({"tried": [{"code": code, "outcome": "no-response", "adequate": adequate}]})
        assert answer.status(code) == "caution"
        assert "TRIED" in answer.reasons(code)
    assert ask({"tried": [{"code": code, "outcome": "helped"}]}).status(code) == "offer"


def test_care_without_medicine_is_not_kept_back_when_nobody_asked_what_was_tried() -> None:
    assert ask(unknown=("tried",)).status("cbt") == "caution"


# ---------------------------------------------------------------- medicines taken now


def test_a_medicine_taken_now_is_marked_and_is_no_duplicate_of_itself() -> None:
    for code in ("sertraline", "naproxen", "amitriptyline"):
        (entry,) = ask(taking(code)).entries(code)
        assert entry["current"] is True
        assert entry["status"] in ("offer", "caution")
        assert "continue or adjust" in entry["text"]
    assert ask().entries("sertraline")[0]["current"] is False


def test_a_medicine_taken_now_that_a_rule_speaks_against_is_to_be_reviewed_and_not_stopped_abruptly() -> None:
    (entry,) = ask(taking("duloxetine"), has("chronic-liver-disease")).entries("duloxetine")
    assert entry["status"] == "withhold"
    assert "review today" in entry["text"]
    assert "abruptly" in entry["text"]
    assert "continue or adjust" not in entry["text"]


def test_an_antidepressant_taken_now_is_listed_even_where_none_would_be_started() -> None:
    answer = ask(phq9(3), taking("sertraline"))
    assert answer.status("sertraline") == "offer"
    assert answer.status("fluoxetine") == "absent"


def test_a_second_nsaid_beside_one_that_is_taken_is_avoided() -> None:
    answer = ask(taking("naproxen"))
    assert answer.statuses("ibuprofen", "naproxen") == {"ibuprofen": "avoid", "naproxen": "offer"}
    assert "NSAID-DUPLICATE" in answer.reasons("ibuprofen")


# ---------------------------------------------------------------- a second antidepressant, and switches


def test_a_second_antidepressant_is_avoided_beside_the_first() -> None:
    answer = ask(taking("sertraline"))
    for code in ("duloxetine", "venlafaxine", "amitriptyline", "fluoxetine"):
        assert answer.status(code) == "avoid", code
        assert "IX-3" in answer.reasons(code), code
        assert answer.override(code) == "coded-reason", code


def test_every_antidepressant_of_the_catalogue_speaks_against_a_second(edition: Edition) -> None:
    gentle = edition.groups["gentle-second-antidepressant"]
    assert gentle == {"trazodone", "mirtazapine", "bupropion"}
    for taken in sorted(edition.groups["antidepressant"] - gentle - {"sertraline"}):
        answer = ask(taking(taken))
        assert answer.status("sertraline") == "avoid", taken
        assert "IX-3" in answer.reasons("sertraline"), taken


def test_a_second_antidepressant_instead_of_the_first_is_a_caution_with_a_cross_taper() -> None:
    answer = ask(taking("sertraline"), {"replaces": ["sertraline"]})
    for code in ("duloxetine", "venlafaxine", "amitriptyline"):
        assert answer.status(code) == "caution", code
        texts = " ".join(reason["text"] for entry in answer.entries(code) for reason in entry["reasons"])
        assert "cross-taper" in texts.lower(), code


def test_a_switch_frees_only_from_the_one_it_replaces() -> None:
    answer = ask(taking("sertraline", "citalopram"), {"replaces": ["sertraline"]})
    assert answer.status("duloxetine") == "avoid"


@pytest.mark.parametrize("code", ["trazodone", "mirtazapine", "bupropion"])
def test_trazodone_mirtazapine_and_bupropion_are_a_caution_beside_an_antidepressant(code: str) -> None:
    answer = ask(taking(code))
    assert answer.status("sertraline") == "caution"
    assert "IX-3" in answer.reasons("sertraline")


def test_two_antidepressants_chosen_together_speak_against_each_other() -> None:
    answer = ask({"chosen": ["sertraline", "duloxetine"]})
    assert answer.statuses("sertraline", "duloxetine") == {"sertraline": "avoid", "duloxetine": "avoid"}


def test_a_strong_inhibitor_forbids_a_tricyclic_and_the_other_way_round() -> None:
    assert ask(taking("paroxetine")).status("amitriptyline") == "withhold"
    assert ask(taking("amitriptyline")).statuses("fluoxetine", "paroxetine", "sertraline") == {
        "fluoxetine": "withhold",
        "paroxetine": "withhold",
        "sertraline": "avoid",
    }


@pytest.mark.parametrize(("days", "status"), [(0, "caution"), (34, "caution"), (35, "offer")])
def test_after_fluoxetine_any_antidepressant_starts_low_for_five_weeks(days: int, status: str) -> None:
    answer = ask(stopped("fluoxetine", days))
    for code in ("duloxetine", "venlafaxine", *TRICYCLICS, "sertraline", "paroxetine"):
        assert answer.status(code) == status, code


# ---------------------------------------------------------------- where pair rules fall


@pytest.mark.parametrize(
    ("partner", "reason", "status"),
    [
        ("apixaban", "IX-6", "avoid"),
        ("lithium", "IX-16", "avoid"),
        ("methotrexate", "IX-29", "avoid"),
        ("clopidogrel", "IX-8", "caution"),
        ("prednisone", "IX-28", "caution"),
        ("ramipril", "IX-17", "caution"),
    ],
)
def test_a_pair_with_an_nsaid_falls_on_the_nsaid(partner: str, reason: str, status: str) -> None:
    answer = ask(taking(partner))
    for code in NSAIDS:
        assert answer.status(code) == status, code
        assert reason in answer.reasons(code), code
    assert partner not in ask(taking(partner, "naproxen")).current_review()


def test_an_nsaid_with_an_antidepressant_is_a_caution_for_both() -> None:
    answer = ask(taking("naproxen"))
    assert answer.statuses("sertraline", "duloxetine") == {"sertraline": "caution", "duloxetine": "caution"}
    assert ask(taking("sertraline")).status("naproxen") == "caution"


@pytest.mark.parametrize(
    "risk",
    [
        AGED_70, has("past-gi-bleed-or-ulcer"), has("heavy-alcohol"), taking("prednisone", "sertraline"),
        taking("aspirin", "sertraline"),
    ],
    ids=["70 years", "past ulcer", "heavy drinking", "corticosteroid", "aspirin"],
)  # fmt: skip
def test_an_nsaid_with_an_antidepressant_and_a_stomach_risk_needs_a_proton_pump_inhibitor(risk: Facts) -> None:
    bare = ask(taking("sertraline"), risk)
    assert bare.status("ibuprofen") == "avoid"
    assert "IX-5" in bare.reasons("ibuprofen")
    assert ask(taking("ibuprofen"), {"chosen": ["sertraline"]}, AGED_70).status("sertraline") == "caution"


def test_a_proton_pump_inhibitor_taken_or_chosen_turns_that_into_a_caution() -> None:
    assert ask(AGED_70, taking("sertraline", "lansoprazole")).status("ibuprofen") == "caution"
    assert ask(AGED_70, taking("sertraline"), {"chosen": ["ibuprofen", "omeprazole"]}).status("ibuprofen") == "caution"


def test_an_nsaid_taken_now_gives_way_to_the_antidepressant_that_is_chosen() -> None:
    at_seventy = ask(AGED_70, taking("naproxen"), {"chosen": ["sertraline"]})
    assert at_seventy.statuses("naproxen", "sertraline") == {"naproxen": "avoid", "sertraline": "caution"}
    assert at_seventy.current_review() == {"naproxen": "caution"}
    on_warfarin = ask(taking("naproxen", "warfarin"), {"chosen": ["sertraline"]})
    assert on_warfarin.statuses("naproxen", "sertraline") == {"naproxen": "withhold", "sertraline": "caution"}
    assert on_warfarin.current_review() == {"naproxen": "urgent"}


def test_heavy_drinking_speaks_against_what_makes_drowsy_as_a_pair_too() -> None:
    drinks = has("heavy-alcohol")
    assert "IX-20" in ask(drinks).reasons("amitriptyline")
    assert "IX-20" in ask(drinks, AFTER_NSAID).reasons("tramadol")
    assert "IX-20" in ask(drinks, SUBACUTE).reasons("methocarbamol")
    assert "IX-20" not in ask(drinks).reasons("sertraline")


def test_an_anticoagulant_with_an_antidepressant_or_aspirin_withholds_the_nsaid() -> None:
    assert ask(taking("warfarin")).status("naproxen") == "avoid"
    assert ask(taking("warfarin", "sertraline")).status("naproxen") == "withhold"
    assert ask(taking("warfarin", "aspirin")).status("naproxen") == "withhold"
    assert ask(taking("warfarin"), {"chosen": ["naproxen", "duloxetine"]}).status("naproxen") == "withhold"


def test_two_antiplatelets_withhold_the_nsaid() -> None:
    assert ask(taking("aspirin", "clopidogrel")).status("naproxen") == "withhold"


@pytest.mark.parametrize(
    ("patient", "status"),
    [
        (taking("warfarin"), "caution"),
        (taking("warfarin") | AGED_70, "avoid"),
        (taking("warfarin", "clopidogrel"), "avoid"),
        (taking("warfarin", "omeprazole") | AGED_70, "caution"),
        (taking("apixaban") | AGED_70, "caution"),
    ],
)
def test_warfarin_with_an_antidepressant_falls_on_the_antidepressant(patient: Facts, status: str) -> None:
    assert ask(patient).status("sertraline") == status


@pytest.mark.parametrize("blood_thinner", ["warfarin", "acenocoumarol", "phenprocoumon"])
def test_every_ssri_and_snri_is_a_caution_beside_warfarin_and_its_like(blood_thinner: str) -> None:
    answer = ask(taking(blood_thinner))
    for code in (*SSRIS, *SNRIS):
        assert answer.status(code) == "caution", code
        assert "IX-7" in answer.reasons(code), code


def test_ace_inhibitor_and_diuretic_together_speak_against_the_nsaid() -> None:
    assert ask(taking("ramipril", "furosemide")).status("naproxen") == "avoid"
    assert ask(taking("furosemide")).status("naproxen") == "offer"


@pytest.mark.parametrize(
    ("taken", "code", "status", "reason"),
    [
        ("fluoxetine", "tramadol", "avoid", "IX-11"),
        ("bupropion", "tramadol", "avoid", "IX-11"),
        ("sertraline", "tramadol", "caution", "IX-2"),
        ("zopiclone", "tramadol", "avoid", "IX-19"),
        ("pregabalin", "tramadol", "avoid", "IX-18"),
        ("naltrexone", "tramadol", "withhold", "IX-26"),
        ("methadone", "tramadol", "withhold", "IX-26"),
        ("st-johns-wort", "tramadol", "avoid", "IX-4"),
        ("codeine", "gabapentin", "avoid", "IX-18"),
        ("diazepam", "gabapentin", "avoid", "IX-18"),
        ("buprenorphine", "gabapentin", "avoid", "IX-26"),
        ("sumatriptan", "sertraline", "caution", "IX-4"),
        ("st-johns-wort", "sertraline", "avoid", "IX-4"),
        ("tamoxifen", "paroxetine", "withhold", "IX-13"),
        ("tamoxifen", "fluoxetine", "withhold", "IX-13"),
        ("tamoxifen", "duloxetine", "caution", "IX-13"),
        ("metoprolol", "duloxetine", "caution", "IX-12"),
        ("ciprofloxacin", "duloxetine", "avoid", "IX-14"),
        ("thioridazine", "duloxetine", "withhold", "IX-23"),
        ("thioridazine", "fluoxetine", "withhold", "IX-23"),
        ("pimozide", "paroxetine", "withhold", "IX-23"),
        ("pimozide", "sertraline", "withhold", "IX-23"),
        ("pimozide", "amitriptyline", "withhold", "IX-23"),
        ("thioridazine", "desvenlafaxine", "withhold", "IX-23"),
        ("cisapride", "amitriptyline", "withhold", "IX-22"),
        ("ondansetron", "amitriptyline", "caution", "IX-22"),
        ("ondansetron", "venlafaxine", "caution", "IX-22"),
        ("clonidine", "nortriptyline", "caution", "IX-25"),
        ("duloxetine", "amitriptyline", "avoid", "IX-10"),
        ("linezolid", "sertraline", "withhold", "IX-1"),
        ("phenelzine", "duloxetine", "withhold", "IX-1"),
        ("rasagiline", "tramadol", "withhold", "IX-1"),
    ],
)
def test_a_medicine_taken_now_decides_what_may_join_it(taken: str, code: str, status: str, reason: str) -> None:
    answer = ask(AFTER_NSAID, LEG_PAIN, taking(taken))
    assert answer.status(code) == status
    assert reason in answer.reasons(code)


@pytest.mark.parametrize(
    ("taken", "code", "status"),
    [
        ("ciprofloxacin", "tizanidine", "withhold"),
        ("fluvoxamine", "tizanidine", "withhold"),
        ("verapamil", "tizanidine", "avoid"),
        ("famotidine", "tizanidine", "avoid"),
        ("acyclovir", "tizanidine", "avoid"),
        ("amlodipine", "tizanidine", "caution"),
        ("sertraline", "cyclobenzaprine", "avoid"),
        ("tramadol", "cyclobenzaprine", "avoid"),
        ("amitriptyline", "cyclobenzaprine", "withhold"),
        ("phenelzine", "cyclobenzaprine", "withhold"),
        ("sertraline", "methocarbamol", "offer"),
    ],
)
def test_a_medicine_taken_now_decides_which_relaxant_may_join_it(taken: str, code: str, status: str) -> None:
    assert ask(SUBACUTE, taking(taken)).status(code) == status


# ---------------------------------------------------------------- override and line


@pytest.mark.parametrize(
    ("patient", "code", "override"),
    [
        ({}, "sertraline", "none"),
        (has("cardiovascular-disease"), "duloxetine", "none"),
        ({}, "benzodiazepine", "documented"),
        ({}, "opioid", "documented"),
        ({"mania_history": True}, "sertraline", "documented"),
        (has("chronic-liver-disease"), "duloxetine", "documented"),
        ({"egfr": 20}, "duloxetine", "documented"),
        ({"egfr": 20}, "naproxen", "documented"),
        (WISH, "amitriptyline", "documented"),
        (has("heart-failure"), "naproxen", "coded-reason"),
        (taking("phenelzine"), "sertraline", "none"),
        ({"allergies": ["nsaid"]}, "naproxen", "none"),
        (has("aspirin-sensitive-asthma"), "naproxen", "none"),
        (has("narrow-angle-glaucoma"), "doxepin", "none"),
        (has("urinary-retention"), "doxepin", "none"),
        (has("recent-mi"), "amitriptyline", "none"),
        (has("arrhythmia-or-heart-block"), "amitriptyline", "documented"),
        ({"egfr": 20} | has("after-cabg"), "naproxen", "none"),
        ({"allergies_complete": False}, "sertraline", "none"),
    ],
)
def test_how_a_clinician_may_choose_it_all_the_same(patient: Facts, code: str, override: str) -> None:
    assert ask(patient).override(code) == override


@pytest.mark.parametrize(
    ("code", "section", "line"),
    [
        ("duloxetine", "depression-medicine", 1),
        ("duloxetine", "pain-medicine", 2),
        *((code, "depression-medicine", 1) for code in TRICYCLICS),
        *((code, "depression-medicine", 2) for code in (*SSRIS, "venlafaxine", "desvenlafaxine")),
        *((code, "pain-medicine", 1) for code in NSAIDS),
        ("tramadol", "pain-medicine", 2),
        ("omeprazole", "pain-medicine", None),
        ("cbt", "depression-psychological", None),
        ("exercise-therapy", "nonpharmacologic", None),
    ],
)
def test_the_line_is_that_of_the_guideline(code: str, section: str, line: int | None) -> None:
    answer = ask(failed("naproxen"), taking("naproxen", "sertraline"))
    (entry,) = [one for one in answer.entries(code) if one["section"] == section]
    assert entry["line"] == line


def test_outside_medicines_nothing_has_a_line() -> None:
    troubles = {"sleep_problem": True, "poor_diet": True, "work_stress": True, "psychosis": True}
    for entry in ask(LEG_PAIN, troubles, flag("inflammatory"))["options"]:
        if not entry["section"].endswith("-medicine"):
            assert entry["line"] is None, entry["code"]


def test_the_line_does_not_move_up_when_the_first_line_is_ruled_out() -> None:
    answer = ask(has("chronic-liver-disease", "seizure-history"))
    assert [entry["line"] for entry in answer.entries("sertraline")] == [2]


def test_duloxetine_stands_in_two_sections_with_one_status() -> None:
    for patient in ({}, has("hypertension"), has("chronic-liver-disease"), {"systolic_mmhg": 170}):
        entries = ask(AFTER_NSAID, patient).entries("duloxetine")
        assert [entry["section"] for entry in entries] == ["depression-medicine", "pain-medicine"]
        assert len({entry["status"] for entry in entries}) == 1


def test_with_mild_depression_duloxetine_stands_under_pain_alone() -> None:
    entries = ask(AFTER_NSAID, MILD, {"depression_diagnosis": False}).entries("duloxetine")
    assert [(entry["section"], entry["line"]) for entry in entries] == [("pain-medicine", 2)]


def test_a_preference_never_changes_a_status() -> None:
    for wish in ("wants", "avoids", "unsure"):
        answer = ask({"prefers_medicines": wish, "prefers_therapy": wish})
        assert answer.statuses("naproxen", "duloxetine", "cbt") == dict.fromkeys(
            ("naproxen", "duloxetine", "cbt"), "offer"
        )


# ---------------------------------------------------------------- omeprazole


@pytest.mark.parametrize(
    ("patient", "raised"),
    [
        (taking("naproxen", "sertraline"), True),
        (taking("naproxen") | {"chosen": ["duloxetine"]}, True),
        (AGED_70 | {"chosen": ["naproxen"]}, True),
        (taking("naproxen", "prednisone"), True),
        (taking("naproxen") | has("past-gi-bleed-or-ulcer"), True),
        (taking("naproxen"), False),
        (taking("sertraline") | AGED_70, False),
        (taking("naproxen", "sertraline", "pantoprazole"), False),
    ],
)
def test_stomach_protection_comes_up_beside_an_nsaid_with_a_stomach_risk_or_an_antidepressant(
    patient: Facts, raised: bool
) -> None:
    assert (ask(patient).status("omeprazole") == "offer") is raised


# ---------------------------------------------------------------- opioids and benzodiazepines

GATE_MET = failed("naproxen", "tramadol", "duloxetine") | {"opioid_discussion_recorded": True}


def after_nsaid(outcome: str, *, adequate: bool) -> Facts:
    """Tramadol and duloxetine failed, and an NSAID had this outcome."""
    nsaid = {"code": "naproxen", "outcome": outcome, "adequate": adequate}
    return {"tried": [nsaid, *failed("tramadol", "duloxetine")["tried"]]}


def test_with_every_condition_met_an_opioid_is_avoided_and_never_offered() -> None:
    answer = ask(GATE_MET)
    assert answer.status("opioid") == "avoid"
    assert answer.override("opioid") == "coded-reason"
    assert "S0-63" in answer.reasons("opioid")
    assert answer.entries("opioid")[0]["differs"] == ["D-12"]


@pytest.mark.parametrize(
    "tried",
    [
        [("ibuprofen", "no-response"), ("tramadol", "not-tolerated"), ("duloxetine", "contraindicated")],
        [("diclofenac", "not-tolerated"), ("tramadol", "contraindicated"), ("duloxetine", "no-response")],
    ],
)
def test_each_step_may_have_failed_in_its_own_way(tried: list[tuple[str, str]]) -> None:
    steps = [{"code": code, "outcome": outcome, "adequate": True} for code, outcome in tried]
    assert ask(GATE_MET, {"tried": steps}).status("opioid") == "avoid"


@pytest.mark.parametrize(
    ("patient", "unknown", "reason"),
    [
        ({"pain_duration_days": 84}, (), "S0-61"),
        ({}, ("pain_duration_days",), "S0-61"),
        (failed("naproxen", "tramadol"), (), "S0-62"),
        (failed("naproxen", "duloxetine"), (), "S0-62"),
        (failed("tramadol", "duloxetine"), (), "S0-62"),
        (after_nsaid("no-response", adequate=False), (), "S0-62"),
        (after_nsaid("helped", adequate=True), (), "S0-62"),
        ({}, ("tried",), "S0-62"),
        ({"opioid_discussion_recorded": False}, (), "S0-63"),
        ({}, ("opioid_discussion_recorded",), "S0-63"),
        (has("substance-use-disorder"), (), "CX-SUD"),
        (has("opioid-use-disorder"), (), "CX-SUD"),
        ({}, ("conditions.substance-use-disorder",), "CX-SUD"),
        (has("heavy-alcohol"), (), "CX-ALCOHOL"),
        ({}, ("conditions.heavy-alcohol",), "CX-ALCOHOL"),
        ({"pregnancy": "pregnant"}, (), "CX-PREG"),
        ({"pregnancy": "possible"}, (), "CX-PREG"),
        ({}, ("pregnancy",), "CX-PREG"),
        (WISH, (), "SR-12"),
        ({"past_suicide_attempt": True}, (), "SR-12"),
        ({}, ("past_suicide_attempt",), "SR-12"),
        ({"phq9": None, "suicide_screen": {"wish-to-be-dead": None}}, (), "SR-12"),
        (taking("diazepam"), (), "BENZO-CURRENT"),
        (taking("zopiclone"), (), "BENZO-CURRENT"),
        ({}, ("medicines",), "BENZO-CURRENT"),
        ({"medicines_complete": False}, (), "BENZO-CURRENT"),
        (taking("naltrexone"), (), "IX-26"),
        (flag("fracture", "referred"), (), "RF-3"),
        (flag("cancer"), (), "RF-4"),
        (flag("inflammatory"), (), "RF-7"),
        (flag("visceral"), (), "RF-8"),
        ({}, ("red_flags.cauda-equina",), "RF-1"),
        ({}, ("red_flags.motor-deficit",), "RF-2"),
        ({}, ("red_flags.infection",), "RF-5"),
        ({}, ("red_flags.vascular",), "RF-6"),
    ],
)  # fmt: skip
def test_each_condition_that_is_unmet_or_unknown_closes_the_gate_for_opioids(
    patient: Facts, unknown: tuple[str, ...], reason: str
) -> None:
    answer = ask(GATE_MET, patient, unknown=unknown)
    assert answer.status("opioid") == "withhold"
    assert reason in answer.reasons("opioid")
    assert answer.override("opioid") == "documented"


def test_sleep_apnoea_adds_a_reason_and_naloxone() -> None:
    answer = ask(GATE_MET, has("sleep-apnoea"))
    assert answer.status("opioid") == "avoid"
    texts = " ".join(
        reason["text"] for reason in answer.entries("opioid")[0]["reasons"] if reason["code"] == "CX-APNOEA"
    )
    assert "naloxone" in texts


@pytest.mark.parametrize(
    "patient", [{}, GATE_MET, {"pain_duration_days": 3}, taking("diazepam"), failed("diazepam", outcome="helped")]
)
def test_a_benzodiazepine_is_always_withheld(patient: Facts) -> None:
    answer = ask(patient)
    assert answer.status("benzodiazepine") == "withhold"
    assert "S0-64" in answer.reasons("benzodiazepine")
    assert answer.override("benzodiazepine") == "documented"


def test_a_benzodiazepine_or_opioid_taken_now_is_marked_on_its_class() -> None:
    answer = ask(taking("diazepam", "oxycodone"))
    assert answer.entries("benzodiazepine")[0]["current"] is True
    assert answer.entries("opioid")[0]["current"] is True
    assert ask(taking("tramadol")).entries("opioid")[0]["current"] is False


# ---------------------------------------------------------------- words


def test_every_option_is_told_in_words_for_clinician_and_patient() -> None:
    answer = ask(AFTER_NSAID, LEG_PAIN, {"sleep_problem": True})
    for entry in answer["options"]:
        assert entry["text"], entry["code"]
        assert entry["patient_text"], entry["code"]
        assert entry["reasons"], entry["code"]
        assert entry["sources"], entry["code"]
        assert all(reason["text"] for reason in entry["reasons"]), entry["code"]


@pytest.mark.parametrize(
    ("patient", "code", "note"),
    [
        ({}, "duloxetine", "D-01"),
        ({}, "amitriptyline", "D-02"),
        ({}, "amitriptyline", "D-09"),
        ({}, "sertraline", "D-03"),
        ({}, "acupuncture", "D-10"),
        ({}, "spinal-manipulation", "D-10"),
        ({"safety_sensitive_work": True}, "sertraline", "D-18"),
        ({"safety_sensitive_work": True}, "duloxetine", "D-18"),
        (LEG_PAIN, "gabapentin", "D-06"),
        (LEG_PAIN, "naproxen", "D-11"),
        (AFTER_NSAID, "tramadol", "D-05"),
        (SUBACUTE, "methocarbamol", "D-08"),
        (taking("naproxen"), "sertraline", "D-19"),
        ({}, "benzodiazepine", "D-07"),
        ({}, "opioid", "D-12"),
    ],
)
def test_where_guidelines_differ_the_option_says_so(patient: Facts, code: str, note: str) -> None:
    assert note in ask(patient).entries(code)[0]["differs"]


@pytest.mark.parametrize(("total", "told"), [(5, True), (15, True), (16, False)])
def test_from_five_to_fifteen_the_guidelines_differ_on_who_gets_an_antidepressant(total: int, told: bool) -> None:
    entries = ask(phq9(total)).entries("sertraline")
    assert ("D-04" in entries[0]["differs"]) is told
