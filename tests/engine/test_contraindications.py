"""The contraindication table: every cell as published, and every row with a patient it concerns and one it does not.

Letters as in the content: W withhold, A avoid, C caution, D dose only, and a hyphen where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    taking,
)

# ---------------------------------------------------------------- the table, cell by cell

RAISED_BY: dict[str, Facts] = {
    "cyclobenzaprine": SUBACUTE, "methocarbamol": SUBACUTE, "tizanidine": SUBACUTE, "tramadol": AFTER_NSAID,
    "gabapentin": LEG_PAIN,
}  # fmt: skip
"""What a patient must be like for the medicine to be raised at all."""
STATUS = {"W": "withhold", "A": "avoid", "C": "caution", "D": "offer", "-": "offer"}
EFFECTS = {"W": "withhold", "A": "avoid", "C": "caution", "D": "dose"}
PREGNANT = {"pregnancy": "pregnant"}

# who: (patient, reason code)
FACTORS: dict[str, tuple[Facts, str]] = {
    "eGFR 45": ({"egfr": 45}, "CX-EGFR59"),
    "eGFR 20": ({"egfr": 20}, "CX-EGFR29"),
    "chronic liver disease": (has("chronic-liver-disease"), "CX-LIVER"),
    "severe liver disease": (has("severe-liver-disease"), "CX-LIVER"),
    "liver disease and bleeding disorder": (has("chronic-liver-disease", "bleeding-disorder"), "CX-LIVER"),
    "severe liver disease and bleeding disorder": (has("severe-liver-disease", "bleeding-disorder"), "CX-LIVER"),
    "heavy drinking": (has("heavy-alcohol"), "CX-ALCOHOL"),
    "past attempt": ({"past_suicide_attempt": True}, "CX-SUICIDE"),
    "past mania": ({"mania_history": True}, "CX-MANIA"),
    "seizures": (has("seizure-history"), "CX-SEIZURE"),
    "narrow angle": (has("narrow-angle-glaucoma"), "CX-ANGLE"),
    "urinary retention": (has("urinary-retention"), "CX-RETENTION"),
    "heart attack": (has("recent-mi"), "CX-HEART"),
    "arrhythmia or block": (has("arrhythmia-or-heart-block"), "CX-HEART"),
    "heart failure": (has("heart-failure"), "CX-HF"),
    "severe heart failure": (has("severe-heart-failure"), "CX-HF"),
    "pressure not controlled": (has("uncontrolled-hypertension"), "CX-BP"),
    "active ulcer": (has("active-gi-bleed-or-ulcer"), "CX-BLEED"),
    "bleeding disorder": (has("bleeding-disorder"), "CX-BLEED"),
    "anticoagulant": (taking("apixaban"), "CX-ANTICOAG"),
    "65 years": ({"age_years": 65, "pregnancy": "not-applicable"}, "CX-AGE65"),
    "pregnant, 10 weeks": (PREGNANT | {"pregnancy_weeks": 10}, "CX-PREG"),
    "pregnant, 24 weeks": (PREGNANT | {"pregnancy_weeks": 24}, "CX-PREG"),
    "pregnant, 32 weeks": (PREGNANT | {"pregnancy_weeks": 32}, "CX-PREG"),
    "low sodium before": (has("hyponatraemia"), "CX-NA"),
    "thiazide": (taking("indapamide"), "CX-NA"),
    "sodium 132": ({"sodium_mmol_l": 132}, "CX-NA"),
    "sodium 128": ({"sodium_mmol_l": 128}, "CX-NA"),
    "drives a lorry": ({"safety_sensitive_work": True}, "CX-WORK"),
    "substance use disorder": (has("substance-use-disorder"), "CX-SUD"),
    "lung disease": (has("respiratory-disease"), "CX-RESP"),
    "sleep apnoea": (has("sleep-apnoea"), "CX-APNOEA"),
    "falls": (has("falls"), "CX-FALLS"),
    "breastfeeding": ({"breastfeeding": True}, "CX-LACT"),
    "cardiovascular disease": (has("cardiovascular-disease"), "CX-CVD"),
    "after bypass surgery": (has("after-cabg"), "CX-CABG"),
    "overactive thyroid": (has("hyperthyroidism"), "CX-THYROID"),
    "bowel obstruction": (has("gi-obstruction"), "CX-OBSTRUCTION"),
    "QTc 470": ({"qtc_ms": 470}, "CX-QTC"),
    "QTc 510": ({"qtc_ms": 510}, "CX-QTC"),
    "aspirin-sensitive asthma": (has("aspirin-sensitive-asthma"), "CX-ASTHMA"),
}
COLUMNS = {
    "dul": "duloxetine",
    "ven": "venlafaxine",
    "ami": "amitriptyline",
    "ser": "sertraline",
    "flu": "fluoxetine",
    "par": "paroxetine",
    "ibu": "ibuprofen",
    "cyc": "cyclobenzaprine",
    "met": "methocarbamol",
    "tiz": "tizanidine",
    "tra": "tramadol",
    "gab": "gabapentin",
}
TABLE = """
                                            dul ven ami ser flu par ibu cyc met tiz tra gab
eGFR 45                                     C   D   C   -   -   -   C   -   -   C   C   D
eGFR 20                                     W   D   C   C   -   D   W   -   C   D   D   D
chronic liver disease                       W   D   A   C   C   C   A   A   C   A   D   -
severe liver disease                        W   D   A   A   A   A   W   A   C   A   D   -
liver disease and bleeding disorder         W   C   A   A   A   A   W   W   C   A   C   -
severe liver disease and bleeding disorder  W   C   W   A   A   A   W   W   C   W   C   -
heavy drinking                              W   C   A   C   C   C   A   A   A   A   W   A
past attempt                                C   A   W   -   -   -   -   C   -   -   W   C
past mania                                  W   W   W   W   W   W   -   -   -   -   C   -
seizures                                    C   C   A   C   C   C   -   C   C   -   W   -
narrow angle                                A   A   A   C   C   A   -   A   -   -   -   -
urinary retention                           C   C   A   -   -   C   C   A   -   -   C   -
heart attack                                C   A   W   -   C   C   A   W   -   C   -   -
arrhythmia or block                         C   A   W   -   C   C   A   W   -   C   -   -
heart failure                               C   C   A   -   -   -   A   W   -   C   -   C
severe heart failure                        C   C   A   -   -   -   W   W   -   C   -   C
pressure not controlled                     A   A   C   -   -   -   A   C   -   -   -   -
active ulcer                                A   A   -   A   A   A   W   -   -   -   -   -
bleeding disorder                           C   C   -   C   C   C   W   -   -   -   -   -
anticoagulant                               C   C   C   C   C   C   A   -   -   -   C   -
65 years                                    C   C   A   C   C   A   C   A   A   A   C   D
pregnant, 10 weeks                          C   C   C   C   C   A   C   A   A   A   A   C
pregnant, 24 weeks                          C   C   C   C   C   A   A   A   A   A   A   C
pregnant, 32 weeks                          C   C   C   C   C   A   W   A   A   A   A   C
low sodium before                           C   C   C   C   C   C   C   -   -   -   C   -
thiazide                                    C   C   C   C   C   C   C   -   -   -   C   -
sodium 132                                  C   C   C   C   C   C   C   -   -   -   C   -
sodium 128                                  A   A   A   A   A   A   C   -   -   -   A   -
drives a lorry                              C   C   W   C   C   C   -   W   W   W   W   W
substance use disorder                      -   -   -   -   -   -   -   C   C   C   W   A
lung disease                                -   -   C   -   -   -   C   C   C   C   A   A
sleep apnoea                                -   -   C   -   -   -   -   C   C   C   A   C
falls                                       C   C   A   C   C   A   -   A   A   A   A   A
breastfeeding                               C   C   C   -   C   C   -   C   C   A   A   C
cardiovascular disease                      C   C   C   -   C   C   A   C   -   C   -   -
after bypass surgery                        -   -   -   -   -   -   W   -   -   -   -   -
overactive thyroid                          -   -   A   -   -   -   -   W   -   -   -   -
bowel obstruction                           -   -   A   -   -   -   -   A   -   -   W   -
QTc 470                                     -   C   A   C   C   C   -   A   -   C   -   -
QTc 510                                     C   W   W   C   A   C   -   W   -   C   -   -
aspirin-sensitive asthma                    -   -   -   -   -   -   W   -   -   -   -   -
"""


def cells() -> Iterator[Any]:
    """(factor, medicine, letter) of every place of the table."""
    heading, *rows = TABLE.strip("\n").splitlines()
    for row in rows:
        factor, *letters = row.rsplit(maxsplit=len(COLUMNS))
        for short, letter in zip(heading.split(), letters, strict=True):
            yield pytest.param(factor, COLUMNS[short], letter, id=f"{factor}: {COLUMNS[short]}")


# Where the letter is empty but another rule speaks: indapamide lowers blood pressure (IX-25 beside tizanidine).
BESIDE = {("thiazide", "tizanidine"): "caution"}


def strongest(answer: Answer, column: str, code: str) -> str:
    """What the rows of one code do to a medicine, whatever else speaks against it."""
    order = list(EFFECTS.values())
    found = [reason["effect"] for reason in answer.entries(column)[0]["reasons"] if reason["code"] == code]
    return min(found, key=order.index)


@pytest.mark.parametrize(("factor", "column", "letter"), list(cells()))
def test_each_cell_of_the_table_gives_its_status(factor: str, column: str, letter: str) -> None:
    patient, code = FACTORS[factor]
    answer = assess(**merge(patient, RAISED_BY.get(column, {})))
    expected = BESIDE.get((factor, column), STATUS[letter])
    if column == "tramadol" and expected == "offer":
        expected = "caution"  # an opioid in a person with depression is never without a caution
    assert answer.status(column) == expected
    if letter != "-":
        assert code in answer.reasons(column)
    if letter != "-" and " and " not in factor:  # in the rows of two factors the letter is that of both together
        assert strongest(answer, column, code) == EFFECTS[letter]


@pytest.mark.parametrize("column", COLUMNS.values())
def test_a_healthy_adult_has_no_contraindication(column: str) -> None:
    assert assess(**RAISED_BY.get(column, {})).status(column) == ("caution" if column == "tramadol" else "offer")


@pytest.mark.parametrize("factor", FACTORS)
def test_desvenlafaxine_goes_with_venlafaxine_and_the_tricyclics_go_together(factor: str) -> None:
    answer = assess(**FACTORS[factor][0])
    assert answer.status("desvenlafaxine") == answer.status("venlafaxine")
    assert {answer.status(code) for code in ("nortriptyline", "desipramine")} == {answer.status("amitriptyline")}
    assert answer.status("naproxen") == ("caution" if factor == "breastfeeding" else answer.status("ibuprofen"))


def test_doxepin_is_stricter_than_the_other_tricyclics_where_its_label_is() -> None:
    for condition in ("narrow-angle-glaucoma", "urinary-retention"):
        answer = assess(**has(condition))
        assert answer.statuses("doxepin", "amitriptyline") == {"doxepin": "withhold", "amitriptyline": "avoid"}
        assert answer.override("doxepin") == "none"
    assert assess(breastfeeding=True).statuses("doxepin", "amitriptyline") == {
        "doxepin": "avoid",
        "amitriptyline": "caution",
    }


def test_celecoxib_is_stricter_than_the_other_nsaids_with_cardiovascular_disease() -> None:
    answer = assess(**has("cardiovascular-disease"))
    assert answer.statuses("celecoxib", "naproxen") == {"celecoxib": "withhold", "naproxen": "avoid"}


@pytest.mark.parametrize(
    ("name", "manipulation", "massage", "exercise"),
    [
        ("cauda-equina", "withhold", "offer", "offer"),
        ("motor-deficit", "withhold", "offer", "offer"),
        ("fracture", "withhold", "withhold", "avoid"),
        ("cancer", "withhold", "withhold", "avoid"),
        ("infection", "withhold", "withhold", "offer"),
        ("vascular", "withhold", "offer", "offer"),
        ("inflammatory", "avoid", "offer", "offer"),
        ("visceral", "withhold", "offer", "offer"),
    ],
)
def test_hands_on_care_waits_until_a_red_flag_is_excluded(
    name: str, manipulation: str, massage: str, exercise: str
) -> None:
    answer = assess(**flag(name, "treated"))
    assert answer.statuses("spinal-manipulation", "massage") == {
        "spinal-manipulation": manipulation,
        "massage": massage,
    }
    assert answer.statuses("exercise-therapy", "physical-therapy") == {
        "exercise-therapy": exercise,
        "physical-therapy": exercise,
    }
    assert answer.statuses("walking-and-breaks", "acupuncture") == {
        "walking-and-breaks": "offer",
        "acupuncture": "offer",
    }
    excluded = assess(**flag(name, "excluded"))
    assert {"spinal-manipulation", "massage", "exercise-therapy", "physical-therapy"} <= excluded.offered()


# ---------------------------------------------------------------- every row: a patient it concerns, and one it does not

WOMAN_70 = {"age_years": 70, "pregnancy": "not-applicable"}
GATE_MET = failed("naproxen", "tramadol", "duloxetine") | {"opioid_discussion_recorded": True}
"""Every condition for an opioid is met: the class is avoided, no longer withheld."""


def gate_but(**delta: Any) -> Facts:
    return merge(GATE_MET, delta)


# row id: (patient it concerns, option, status, patient it does not concern)
ROWS: dict[str, tuple[Facts, str, str, Facts]] = {
    "CX-EGFR59": ({"egfr": 59.9}, "naproxen", "caution", {"egfr": 60}),
    "CX-EGFR29": ({"egfr": 29.9}, "naproxen", "withhold", {"egfr": 30}),
    "CX-LIVER.chronic": (has("chronic-liver-disease"), "duloxetine", "withhold", has("kidney-disease")),
    "CX-LIVER.severe": (has("severe-liver-disease"), "sertraline", "avoid", has("chronic-liver-disease")),
    "CX-LIVER.bleeding-or-alcohol": (
        has("chronic-liver-disease", "heavy-alcohol"),
        "sertraline",
        "avoid",
        has("heavy-alcohol"),
    ),
    "CX-LIVER.severe-bleeding-or-alcohol": (
        has("severe-liver-disease", "heavy-alcohol"),
        "amitriptyline",
        "withhold",
        has("chronic-liver-disease", "heavy-alcohol"),
    ),
    "CX-ALCOHOL": (has("heavy-alcohol"), "duloxetine", "withhold", has("substance-use-disorder")),
    "CX-SUICIDE": (
        {"suicide_screen": SCREEN_COMPLETE | {"wish-to-be-dead": True}},
        "amitriptyline",
        "withhold",
        {"suicide_screen": SCREEN_COMPLETE},
    ),
    "CX-MANIA": ({"mania_history": True}, "sertraline", "withhold", {"psychosis": True}),
    "CX-SEIZURE": (has("seizure-history"), "amitriptyline", "avoid", has("falls")),
    "CX-ANGLE": (has("narrow-angle-glaucoma"), "paroxetine", "avoid", has("urinary-retention")),
    "CX-RETENTION": (has("urinary-retention"), "duloxetine", "caution", has("narrow-angle-glaucoma")),
    "CX-HEART.infarction": (has("recent-mi"), "amitriptyline", "withhold", has("cardiovascular-disease")),
    "CX-HEART.rhythm": (has("arrhythmia-or-heart-block"), "venlafaxine", "avoid", has("recent-mi")),
    "CX-HF.any": (has("heart-failure"), "naproxen", "avoid", has("cardiovascular-disease")),
    "CX-HF.severe": (has("severe-heart-failure"), "naproxen", "withhold", has("heart-failure")),
    "CX-BP": ({"systolic_mmhg": 160}, "venlafaxine", "avoid", {"systolic_mmhg": 159}),
    "CX-BLEED.active": (has("active-gi-bleed-or-ulcer"), "ibuprofen", "withhold", has("past-gi-bleed-or-ulcer")),
    "CX-BLEED.past-protected": (
        has("past-gi-bleed-or-ulcer") | taking("pantoprazole"),
        "ibuprofen",
        "caution",
        has("past-gi-bleed-or-ulcer"),
    ),
    "CX-BLEED.past": (
        has("past-gi-bleed-or-ulcer"),
        "ibuprofen",
        "avoid",
        has("past-gi-bleed-or-ulcer") | taking("omeprazole"),
    ),
    "CX-BLEED.disorder": (has("bleeding-disorder"), "spinal-manipulation", "withhold", has("past-gi-bleed-or-ulcer")),
    "CX-ANTICOAG": (taking("enoxaparin"), "acupuncture", "caution", taking("clopidogrel")),
    "CX-AGE65": (WOMAN_70 | {"age_years": 65}, "amitriptyline", "avoid", WOMAN_70 | {"age_years": 64}),
    "CX-AGE75": (
        WOMAN_70 | AFTER_NSAID | {"age_years": 76},
        "tramadol",
        "caution",
        WOMAN_70 | AFTER_NSAID | {"age_years": 75},
    ),
    "CX-AGE75.manipulation": (
        WOMAN_70 | {"age_years": 75},
        "spinal-manipulation",
        "avoid",
        WOMAN_70 | {"age_years": 74},
    ),
    "CX-PREG.pregnant": (PREGNANT | {"pregnancy_weeks": 8}, "paroxetine", "avoid", {"pregnancy": "possible"}),
    "CX-PREG.possible": (SUBACUTE | {"pregnancy": "possible"}, "methocarbamol", "avoid", SUBACUTE),
    "CX-PREG.early": (PREGNANT | {"pregnancy_weeks": 19}, "naproxen", "caution", PREGNANT | {"pregnancy_weeks": 20}),
    "CX-PREG.middle": (PREGNANT | {"pregnancy_weeks": 27}, "naproxen", "avoid", PREGNANT | {"pregnancy_weeks": 19}),
    "CX-PREG.week28": (PREGNANT | {"pregnancy_weeks": 28}, "naproxen", "avoid", PREGNANT | {"pregnancy_weeks": 27}),
    "CX-PREG.late": (PREGNANT | {"pregnancy_weeks": 30}, "naproxen", "withhold", PREGNANT | {"pregnancy_weeks": 29}),
    "CX-LACT": ({"breastfeeding": True}, "naproxen", "caution", {"pregnancy": "possible"}),
    "CX-NA.history": (taking("hydrochlorothiazide"), "sertraline", "caution", taking("furosemide")),
    "CX-NA.134": ({"sodium_mmol_l": 134.9}, "sertraline", "caution", {"sodium_mmol_l": 135}),
    "CX-NA.129": ({"sodium_mmol_l": 129.9}, "sertraline", "avoid", {"sodium_mmol_l": 130}),
    "CX-WORK": (LEG_PAIN | {"safety_sensitive_work": True}, "gabapentin", "withhold", LEG_PAIN | {"commutes": True}),
    "CX-SUD": (AFTER_NSAID | has("opioid-use-disorder"), "tramadol", "withhold", AFTER_NSAID),
    "CX-ASTHMA": (has("aspirin-sensitive-asthma"), "celecoxib", "withhold", has("respiratory-disease")),
    "CX-CABG": (has("after-cabg"), "naproxen", "withhold", has("cardiovascular-disease")),
    "CX-CVD": (has("cardiovascular-disease"), "celecoxib", "withhold", has("hypertension")),
    "CX-RESP": (AFTER_NSAID | has("respiratory-disease"), "tramadol", "avoid", AFTER_NSAID | has("sleep-apnoea")),
    "CX-APNOEA": (AFTER_NSAID | has("sleep-apnoea"), "tramadol", "avoid", AFTER_NSAID | {"sleep_problem": True}),
    "CX-FALLS": (
        WOMAN_70 | has("osteoporosis") | {"age_years": 65},
        "sertraline",
        "caution",
        WOMAN_70 | has("osteoporosis") | {"age_years": 64},
    ),
    "CX-THYROID": (SUBACUTE | has("hyperthyroidism"), "cyclobenzaprine", "withhold", SUBACUTE),
    "CX-OBSTRUCTION": (AFTER_NSAID | has("gi-obstruction"), "tramadol", "withhold", AFTER_NSAID),
    "CX-QTC.raised": ({"qtc_ms": 461}, "amitriptyline", "avoid", {"qtc_ms": 460}),
    "CX-QTC.500": ({"qtc_ms": 500}, "venlafaxine", "withhold", {"qtc_ms": 499}),
    "RF-8.nsaid": (flag("visceral"), "naproxen", "withhold", flag("visceral", "excluded")),
    "S0-29.chronic": (
        taking("methocarbamol"),
        "methocarbamol",
        "avoid",
        taking("methocarbamol") | {"pain_duration_days": 84},
    ),
    "S0-59": (SUBACUTE | {"radicular": True}, "methocarbamol", "avoid", SUBACUTE),
    "RF-1.manual": (
        flag("cauda-equina", "treated"),
        "spinal-manipulation",
        "withhold",
        flag("cauda-equina", "excluded"),
    ),
    "RF-2.manual": (
        flag("motor-deficit", "treated"),
        "spinal-manipulation",
        "withhold",
        flag("motor-deficit", "excluded"),
    ),
    "RF-3.manual": (flag("fracture", "referred"), "massage", "withhold", flag("fracture", "excluded")),
    "RF-4.manual": (flag("cancer"), "exercise-therapy", "avoid", flag("cancer", "excluded")),
    "RF-5.manual": (flag("infection", "treated"), "massage", "withhold", flag("infection", "excluded")),
    "RF-6.manual": (flag("vascular", "treated"), "spinal-manipulation", "withhold", flag("vascular", "excluded")),
    "RF-7.manual": (flag("inflammatory"), "spinal-manipulation", "avoid", flag("inflammatory", "excluded")),
    "RF-8.manual": (flag("visceral", "treated"), "spinal-manipulation", "withhold", flag("visceral", "excluded")),
    "CX-BONE": (has("osteoporosis"), "spinal-manipulation", "withhold", has("falls")),
    "CX-BONE.corticosteroid": (taking("prednisone"), "spinal-manipulation", "avoid", taking("budesonide")),
    # the opioid gate: an unmet condition withholds; when every one is met the class is avoided
    "S0-61": (gate_but(pain_duration_days=84), "opioid", "withhold", gate_but(pain_duration_days=85)),
    "IX-8.omeprazole": (
        taking("clopidogrel") | {"chosen": ["naproxen"]},
        "omeprazole",
        "caution",
        taking("aspirin") | {"chosen": ["naproxen"]},
    ),
    "S0-62": (GATE_MET | failed("naproxen", "tramadol"), "opioid", "withhold", GATE_MET),
    "S0-63.discussion": (gate_but(opioid_discussion_recorded=False), "opioid", "withhold", GATE_MET),
    "SR-12.opioid": (gate_but(past_suicide_attempt=True), "opioid", "withhold", GATE_MET),
    "CX-SUD.opioid": (gate_but(**has("substance-use-disorder")), "opioid", "withhold", GATE_MET),
    "CX-ALCOHOL.opioid": (gate_but(**has("heavy-alcohol")), "opioid", "withhold", GATE_MET),
    "CX-PREG.opioid": (gate_but(**PREGNANT), "opioid", "withhold", GATE_MET),
    "BENZO-CURRENT.opioid": (gate_but(**taking("zopiclone")), "opioid", "withhold", gate_but(**taking("melatonin"))),
    "IX-26.opioid": (gate_but(**taking("naltrexone")), "opioid", "withhold", gate_but(**taking("naloxone"))),
    "RF-1.opioid": (
        gate_but(unknown_flag="cauda-equina"),
        "opioid",
        "withhold",
        gate_but(**flag("cauda-equina", "excluded")),
    ),
    "RF-2.opioid": (
        gate_but(unknown_flag="motor-deficit"),
        "opioid",
        "withhold",
        gate_but(**flag("motor-deficit", "treated")),
    ),
    "RF-3.opioid": (
        gate_but(**flag("fracture", "referred")),
        "opioid",
        "withhold",
        gate_but(**flag("fracture", "treated")),
    ),
    "RF-4.opioid": (gate_but(**flag("cancer")), "opioid", "withhold", gate_but(**flag("cancer", "excluded"))),
    "RF-5.opioid": (gate_but(unknown_flag="infection"), "opioid", "withhold", gate_but(**flag("infection", "treated"))),
    "RF-6.opioid": (gate_but(unknown_flag="vascular"), "opioid", "withhold", gate_but(**flag("vascular", "excluded"))),
    "RF-7.opioid": (
        gate_but(**flag("inflammatory")),
        "opioid",
        "withhold",
        gate_but(**flag("inflammatory", "excluded")),
    ),
    "RF-8.opioid": (
        gate_but(**flag("visceral", "referred")),
        "opioid",
        "withhold",
        gate_but(**flag("visceral", "treated")),
    ),
}
EVERYBODY = {"SR-12": "tramadol", "S0-63.never-offered": "opioid", "S0-64": "benzodiazepine"}
"""Rows that hold for everybody, and the one option they speak of."""


def ask(patient: Facts) -> Answer:
    unasked = patient.get("unknown_flag")
    rest = {name: value for name, value in patient.items() if name != "unknown_flag"}
    return assess(**rest, unknown=[f"red_flags.{unasked}"] if unasked else [])


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_a_reason_for_the_patient_it_concerns(row: str) -> None:
    concerned, option, status, _ = ROWS[row]
    answer = ask(concerned)
    assert answer.status(option) == status
    assert any(ref.startswith(f"{row}:") for ref in answer.reason_refs(option))


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_no_reason_for_the_patient_it_does_not_concern(row: str) -> None:
    _, option, _, other = ROWS[row]
    answer = ask(other)
    assert answer.status(option) != "absent"
    assert not any(ref.startswith(f"{row}:") for ref in answer.reason_refs(option))


@pytest.mark.parametrize("row", ROWS)
def test_a_reason_that_holds_says_of_which_facts(row: str) -> None:
    concerned, option, _, _ = ROWS[row]
    for entry in ask(concerned).entries(option):
        for reason in entry["reasons"]:
            if reason["ref"].startswith(f"{row}:") and row != "S0-62" and "unknown_flag" not in concerned:
                assert reason["because"], reason


@pytest.mark.parametrize(("row", "option"), EVERYBODY.items())
def test_a_row_for_everybody_holds_for_everybody(row: str, option: str) -> None:
    for answer in (assess(**AFTER_NSAID), assess(**AFTER_NSAID, **has("falls")), assess("blank")):
        assert any(ref.startswith(f"{row}:") for ref in answer.reason_refs(option))


def test_every_row_of_the_table_has_both_patients(edition: Edition) -> None:
    told = set(ROWS) | set(EVERYBODY)
    assert {row.id for row in edition.contraindications} == told


def test_every_cell_of_the_packaged_table_belongs_to_a_row_that_is_told(edition: Edition) -> None:
    for row in edition.contraindications:
        for target in row.cells:
            assert target in edition.options or edition.groups.get(target) or target == "other-antidepressant", target


# ---------------------------------------------------------------- the edges that the table cannot show


def test_the_limit_of_qtc_is_460_for_women_and_450_for_everybody_else() -> None:
    for sex, limit in [("female", 460), ("male", 450), ("other", 450), (None, 450)]:
        at, above = (assess(sex_at_birth=sex, qtc_ms=limit + more) for more in (0, 1))
        assert at.status("amitriptyline") == "offer", sex
        assert above.status("amitriptyline") == "avoid", sex


@pytest.mark.parametrize(
    ("systolic", "diastolic", "status"),
    [(159, 99, "offer"), (160, 80, "avoid"), (120, 100, "avoid"), (180, 120, "avoid")],
)
def test_blood_pressure_is_not_controlled_from_160_over_100(systolic: int, diastolic: int, status: str) -> None:
    assert assess(systolic_mmhg=systolic, diastolic_mmhg=diastolic).status("duloxetine") == status


@pytest.mark.parametrize(
    ("sodium", "status"),
    [(135, "offer"), (134.9, "caution"), (130, "caution"), (129.9, "avoid"), (124, "avoid")],
)
def test_sodium_is_low_below_135_and_forbids_below_130(sodium: float, status: str) -> None:
    answer = assess(sodium_mmol_l=sodium)
    assert answer.status("sertraline") == status
    assert ("CX-NA" in answer.reasons("sertraline")) is (sodium < 135)


def test_osteoporosis_counts_as_a_risk_of_falls_from_65_and_falls_at_any_age() -> None:
    assert "CX-FALLS" not in assess(**has("osteoporosis")).reasons("sertraline")
    assert "CX-FALLS" in assess(**has("falls")).reasons("sertraline")


def test_a_possible_pregnancy_counts_for_relaxants_and_tramadol_and_leaves_the_week_open_for_nsaids() -> None:
    relaxants = assess(**SUBACUTE, pregnancy="possible")
    assert set(relaxants.statuses("cyclobenzaprine", "methocarbamol", "tizanidine").values()) == {"avoid"}
    assert assess(**AFTER_NSAID, pregnancy="possible").status("tramadol") == "avoid"
    nsaid = assess(pregnancy="possible")
    assert nsaid.status("naproxen") == "needs-information"
    assert {"pregnancy", "pregnancy_weeks"} & nsaid.missing_for("naproxen")


def test_the_texts_of_doses_reach_the_dose_of_the_option() -> None:
    assert "400 to 1,400 mg" in assess(**LEG_PAIN, egfr=45).dose("gabapentin")
    assert "200 to 700 mg" in assess(**LEG_PAIN, egfr=20).dose("gabapentin")
    assert "25 to 50 %" in assess(egfr=45).dose("venlafaxine")
    assert "at most 300 mg" in assess(**AFTER_NSAID, age_years=76, pregnancy="not-applicable").dose("tramadol")
    assert "2 weeks before 60 mg" in assess(**WOMAN_70).dose("duloxetine")
    assert "Half the dose" in assess(**has("chronic-liver-disease")).dose("sertraline")


def test_pregnancy_texts_name_the_perinatal_team() -> None:
    answer = assess(**PREGNANT, pregnancy_weeks=12)
    for code in ("duloxetine", "amitriptyline", "venlafaxine"):
        texts = [reason["text"] for entry in answer.entries(code) for reason in entry["reasons"]]
        assert any("perinatal mental-health team" in text for text in texts), code
