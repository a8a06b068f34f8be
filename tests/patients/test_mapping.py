"""Answers become facts; what was not answered, or answered "not known", never becomes no."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from guidance.packaged import packaged_edition
from patients.demo import intake_answers
from patients.intake import questionnaires as q
from patients.intake.forms import STEP_FORMS
from patients.intake.mapping import NameBook, asks_pregnancy, facts_of
from patients.models import Patient

TODAY = date(2026, 11, 20)
NAMES = NameBook.of(packaged_edition())
ROSA = Patient(birth_date=date(1984, 3, 12), sex_at_birth="female")


def facts(answers: dict[str, dict[str, list[str]]], patient: Patient = ROSA) -> dict[str, Any]:
    """The facts of answers as they are typed into the forms."""
    cleaned = {}
    for step, form_class in STEP_FORMS.items():
        arguments: dict[str, Any] = {}
        if step == "pain":
            arguments = {"today": TODAY}
        elif step == "health":
            arguments = {"asks_pregnancy": asks_pregnancy(patient, TODAY), "known_names": NAMES}
        elif step == "life":
            arguments = {"known_names": NAMES}
        form = form_class.judging(answers.get(step, {}), **arguments)
        form.is_valid()
        cleaned[step] = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    return facts_of(cleaned, patient=patient, today=TODAY, names=NAMES)


def test_nothing_answered_is_nothing_known():
    assert facts({}) == {
        "age_years": 42,
        "sex_at_birth": "female",
        "suicide_actions_recorded": False,
        "emergency_assessment_recorded": False,
        "psychosis_actions_recorded": False,
    }


def test_a_complete_intake_breaks_no_rule_of_the_contract():
    from guidance.engine.facts import check

    assert check(facts(intake_answers()))


# ------------------------------------------------------------------------------------------------ who


@pytest.mark.parametrize(
    ("born", "age"), [(date(1984, 11, 20), 42), (date(1984, 11, 21), 41), (date(2008, 11, 20), 18)]
)
def test_age_is_completed_years(born, age):
    assert facts({}, Patient(birth_date=born, sex_at_birth="female"))["age_years"] == age


def test_a_sex_that_is_not_known_stays_out():
    assert "sex_at_birth" not in facts({}, Patient(birth_date=date(1984, 3, 12), sex_at_birth=""))


# ------------------------------------------------------------------------------------------------ yes, no, not known


@pytest.mark.parametrize(
    ("step", "field", "fact"),
    [
        ("mood", "past_attempt", "past_suicide_attempt"),
        ("mood", "depression_diagnosis", "depression_diagnosis"),
        ("mood", "mania", "mania_history"),
        ("mood", "psychosis", "psychosis"),
        ("health", "serotonin_signs", "serotonin_signs"),
        ("health", "breastfeeding", "breastfeeding"),
        ("life", "safety_sensitive_work", "safety_sensitive_work"),
    ],
)
def test_not_known_and_not_answered_stay_out_of_the_facts(step, field, fact):
    assert facts({step: {field: ["yes"]}})[fact] is True
    assert facts({step: {field: ["no"]}})[fact] is False
    assert fact not in facts({step: {field: ["unknown"]}})
    assert fact not in facts({step: {field: []}})
    assert fact not in facts({})


@pytest.mark.parametrize("code", list(q.CONDITION_NAMES))
def test_each_condition_by_itself(code):
    name = f"condition_{code}"
    assert facts({"health": {name: ["yes"]}})["conditions"] == {code: True}
    assert facts({"health": {name: ["no"]}})["conditions"] == {code: False}
    assert "conditions" not in facts({"health": {name: ["unknown"]}})


# ------------------------------------------------------------------------------------------------ mood and safety


def test_phq9_keeps_what_was_answered_and_what_was_not():
    assert facts({"mood": {"phq9_1": ["3"], "phq9_9": ["0"]}})["phq9"] == [3, *[None] * 7, 0]


def test_an_item_that_is_not_a_number_is_not_answered():
    assert "phq9" not in facts({"mood": {"phq9_1": ["7"]}})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"wish-to-be-dead": "no", "suicidal-thoughts": "no", "behaviour-lifetime": "no"},
         {"wish-to-be-dead": False, "suicidal-thoughts": False, "behaviour-lifetime": False}),
        # 3 to 5 belong to a yes to 2: an answer left behind by a changed mind does not count
        ({"suicidal-thoughts": "no", "method": "yes", "intent": "yes", "plan-with-intent": "yes"},
         {"suicidal-thoughts": False}),
        ({"suicidal-thoughts": "yes", "method": "no", "intent": "yes"},
         {"suicidal-thoughts": True, "method": False, "intent": True}),
        # 6a belongs to a yes to 6
        ({"behaviour-lifetime": "no", "behaviour-3-months": "yes"}, {"behaviour-lifetime": False}),
        ({"behaviour-lifetime": "yes", "behaviour-3-months": "no"},
         {"behaviour-lifetime": True, "behaviour-3-months": False}),
        # without an answer to 2 an answer to 3 stands: it is not thrown away
        ({"intent": "yes"}, {"intent": True}),
        ({"wish-to-be-dead": "unknown"}, None),
    ],
)  # fmt: skip
def test_the_screener_follows_its_published_branching(typed, kept):
    found = facts({"mood": {f"screen_{code}": [value] for code, value in typed.items()}})
    assert found.get("suicide_screen") == kept


def test_actions_count_only_beside_a_judgement():
    with_both = {"mood": {"judgement": ["low"], "safety_actions": ["safety-plan"]}}
    assert facts(with_both)["suicide_actions_recorded"] is True
    assert facts({"mood": {"judgement": ["low"]}})["suicide_actions_recorded"] is False
    assert facts({"mood": {"safety_actions": ["safety-plan"]}})["suicide_actions_recorded"] is False
    not_yet = facts({"mood": {"judgement": ["not-yet"], "safety_actions": ["safety-plan"]}})
    assert not_yet["suicide_actions_recorded"] is False
    assert "suicide_risk_judgement" not in not_yet


def test_an_emergency_assessment_counts_only_with_its_outcome():
    ticked = {"emergency_assessment": ["on"]}
    assert facts({"mood": ticked})["emergency_assessment_recorded"] is False
    assert facts({"mood": ticked | {"safety_note": ["seen"]}})["emergency_assessment_recorded"] is True
    assert facts({"mood": {"safety_note": ["seen"]}})["emergency_assessment_recorded"] is False


def test_what_was_done_about_psychosis_counts_only_when_it_says_something():
    assert facts({"mood": {"psychosis": ["yes"]}})["psychosis_actions_recorded"] is False
    assert facts({"mood": {"psychosis": ["yes"], "psychosis_actions": ["   "]}})["psychosis_actions_recorded"] is False
    said = {"mood": {"psychosis": ["yes"], "psychosis_actions": ["Psychiatry called"]}}
    assert facts(said)["psychosis_actions_recorded"] is True


# ------------------------------------------------------------------------------------------------ pain and red flags


@pytest.mark.parametrize(("weeks", "days"), [("3.99", 27), ("4", 28), ("12", 84), ("12,01", 85), ("0", 0), ("34", 238)])
def test_weeks_become_days(weeks, days):
    assert facts({"pain": {"duration_weeks": [weeks]}})["pain_duration_days"] == days


@pytest.mark.parametrize(
    ("start", "days"), [("20 11 2026", 0), ("23 10 2026", 28), ("28 8 2026", 84), ("27 8 2026", 85)]
)
def test_a_start_date_becomes_days(start, days):
    assert facts({"pain": {"duration_start": [start]}})["pain_duration_days"] == days


def test_the_number_decides_before_the_date():
    typed = {"pain": {"duration_weeks": ["2"], "duration_start": ["20 11 2020"]}}
    assert facts(typed)["pain_duration_days"] == 14


@pytest.mark.parametrize(
    "typed",
    [
        {"duration": ["unknown"], "duration_weeks": ["3"]},
        {"duration": ["over-12"]},
        {"duration_weeks": ["a long time"]},
        {"duration_start": ["1 1 2030"]},
    ],
)
def test_a_duration_that_cannot_be_told_stays_out(typed):
    assert "pain_duration_days" not in facts({"pain": typed})


@pytest.mark.parametrize(
    ("typed", "radicular"),
    [
        ({"leg": ["none"]}, False),
        ({"leg": ["above"]}, False),
        ({"leg": ["above"], "leg_signs": ["slr"]}, True),
        ({"leg": ["below"]}, True),
        ({"leg": ["unknown"]}, None),
        ({}, None),
    ],
)
def test_radicular_pain(typed, radicular):
    assert facts({"pain": typed}).get("radicular") is radicular


ALL_FLAGS = {group.code for group in q.RED_FLAG_GROUPS}


def test_none_of_these_answers_every_red_flag():
    assert facts({"pain": {"flags_none": ["on"]}})["red_flags"] == dict.fromkeys(ALL_FLAGS, False)


def test_one_ticked_answers_the_others_with_no():
    found = facts({"pain": {"flag_cancer": ["history"]}})["red_flags"]
    assert found == {code: code == "cancer" for code in ALL_FLAGS}


def test_not_fully_assessed_leaves_the_unticked_open():
    found = facts({"pain": {"flag_cancer": ["history"], "flags_open": ["on"]}})["red_flags"]
    assert found == {"cancer": True}
    assert "red_flags" not in facts({"pain": {"flags_open": ["on"]}})


def test_nothing_ticked_is_not_asked():
    assert "red_flags" not in facts({"pain": {"leg": ["none"]}})


def test_both_none_and_a_flag_keeps_the_flag():
    """A contradiction is an error on the page; what is stored of it must never read as "none"."""
    found = facts({"pain": {"flag_cauda-equina": ["saddle"], "flags_none": ["on"]}})["red_flags"]
    assert found["cauda-equina"] is True


@pytest.mark.parametrize(("given", "kept"), [("referred", "referred"), ("excluded", "excluded"), ("open", None)])
def test_outcomes_of_a_red_flag(given, kept):
    found = facts({"pain": {"flag_fracture": ["major-injury"], "outcome_fracture": [given]}})
    assert found.get("red_flag_outcomes", {}).get("fracture") == kept


def test_an_outcome_without_its_flag_does_not_count():
    found = facts({"pain": {"flags_none": ["on"], "outcome_fracture": ["referred"]}})
    assert "red_flag_outcomes" not in found


# ------------------------------------------------------------------------------------------------ measurements


@pytest.mark.parametrize(("typed", "egfr"), [(">60", 60), ("> 60", 60), ("≥90", 90), ("60+", 60), ("58,5", 58.5)])
def test_kidney_function_as_it_is_printed(typed, egfr):
    assert facts({"health": {"egfr": [typed]}})["egfr"] == egfr


@pytest.mark.parametrize(
    ("field", "typed"),
    [("egfr", "normal"), ("egfr", "-3"), ("egfr", "nan"), ("egfr", "inf"), ("blood_pressure", "120"),
     ("blood_pressure", "80/120"), ("qtc", "12"), ("sodium", "1e9")],
)  # fmt: skip
def test_a_number_that_cannot_be_read_stays_out(field, typed):
    found = facts({"health": {field: [typed]}})
    assert not {"egfr", "systolic_mmhg", "diastolic_mmhg", "qtc_ms", "sodium_mmol_l"} & found.keys()


def test_blood_pressure_becomes_two_numbers():
    found = facts({"health": {"blood_pressure": ["146/84"]}})
    assert (found["systolic_mmhg"], found["diastolic_mmhg"]) == (146, 84)


# ------------------------------------------------------------------------------------------------ pregnancy


@pytest.mark.parametrize(
    ("sex", "born", "asked"),
    [
        ("female", date(1971, 11, 20), True),  # 55 today
        ("female", date(1970, 11, 20), False),  # 56
        ("male", date(1990, 1, 1), False),
        ("other", date(1990, 1, 1), True),
        ("", date(1990, 1, 1), True),
    ],
)
def test_who_is_asked_about_pregnancy(sex, born, asked):
    patient = Patient(birth_date=born, sex_at_birth=sex)
    found = facts({"health": {"pregnancy": ["possible"]}}, patient)
    assert found["pregnancy"] == ("possible" if asked else "not-applicable")


def test_pregnancy_that_is_not_known_stays_out():
    assert "pregnancy" not in facts({"health": {"pregnancy": ["unknown"]}})
    assert "pregnancy" not in facts({})


def test_weeks_count_only_in_a_pregnancy():
    assert facts({"health": {"pregnancy": ["pregnant"], "pregnancy_weeks": ["21"]}})["pregnancy_weeks"] == 21
    assert "pregnancy_weeks" not in facts({"health": {"pregnancy": ["not-pregnant"], "pregnancy_weeks": ["21"]}})


# ------------------------------------------------------------------------------------------------ medicines, allergies


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Zestoretic", ["lisinopril", "hydrochlorothiazide"]),
        ("Symbyax 6/25 mg", ["olanzapine", "fluoxetine"]),
        ("Nurofen Plus", ["ibuprofen", "codeine"]),
        ("lisinopril-hydrochlorothiazide 20/12.5", ["lisinopril", "hydrochlorothiazide"]),
    ],
)
def test_a_product_counts_as_each_of_its_ingredients(typed, codes):
    answers = {"medicine_1": [typed], "medicine_1_stopped": ["on"], "medicine_1_days": ["9"]}
    found = facts({"health": answers})
    assert [(one["code"], one["stopped_days_ago"]) for one in found["medicines"]] == [(code, 9) for code in codes]
    assert found["unrecognised_medicines"] == []


def test_an_allergy_to_a_product_is_one_to_each_of_its_ingredients():
    found = facts({"health": {"allergies": ["some"], "allergy_1": ["Seglentis"]}})
    assert found["allergies"] == ["celecoxib", "tramadol"]


def test_a_number_before_times_belongs_to_the_schedule():
    found = facts({"health": {"medicine_1": ["Tylenol 3 times a day"], "medicine_2": ["Tylenol 3"]}})
    assert [one["code"] for one in found["medicines"]] == ["acetaminophen", "codeine"]


def test_medicines_by_any_name_they_are_known_by():
    typed = {"medicine_1": ["Cymbalta"], "medicine_2": [" IBUPROFEN "], "medicine_3": ["Paracetamol"]}
    assert [entry["code"] for entry in facts({"health": typed})["medicines"]] == [
        "duloxetine", "ibuprofen", "acetaminophen",
    ]  # fmt: skip


def test_what_is_not_recognised_is_kept_as_typed_and_not_checked():
    found = facts({"health": {"medicine_1": ["Dr Li back tonic"]}})
    assert found["unrecognised_medicines"] == ["Dr Li back tonic"]
    assert found["medicines"] == []
    assert found["unrecognised_medicines_reviewed"] is False


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("warfarin 5 mg", "warfarin"),
        ("Ibuprofen 400mg", "ibuprofen"),
        ("aspirin 75 mg od", "aspirin"),
        ("Lithium carbonate 400 mg MR", "lithium"),
        ("duloxetine 60 mg, once a day in the morning", "duloxetine"),
        ("codeine 30mg/5ml", "codeine"),
    ],
)
def test_strength_and_schedule_do_not_hide_a_medicine(typed, code):
    found = facts({"health": {"medicine_1": [typed]}})
    assert ([entry["code"] for entry in found["medicines"]], found["unrecognised_medicines"]) == ([code], [])


@pytest.mark.parametrize(
    "typed",
    ["aspirin 75 mg and clopidogrel", "warfarin stopped", "codeine/paracetamol", "no ibuprofen", "ibuprofen gel"],
)
def test_a_text_that_names_a_medicine_is_typed_again_and_never_counts_as_looked_up(typed):
    answers = {"medicine_1": [typed], "unrecognised_reviewed": ["on"]}
    found = facts({"health": answers})
    assert found["unrecognised_medicines"] == [typed]
    assert found["unrecognised_medicines_reviewed"] is False
    assert any(f"‘{typed}’ is not recognised" in message for message in _messages("health", answers, known_names=NAMES))


def test_a_text_that_names_no_medicine_counts_as_looked_up_when_said_so():
    answers = {"medicine_1": ["Dr Li back tonic"], "unrecognised_reviewed": ["on"]}
    assert facts({"health": answers})["unrecognised_medicines_reviewed"] is True
    assert not any("is not recognised" in message for message in _messages("health", answers, known_names=NAMES))


def test_no_list_is_not_an_empty_list():
    assert "medicines" not in facts({})
    none = facts({"health": {"medicines_none": ["on"]}})
    assert (none["medicines"], none["medicines_complete"]) == ([], True)


def test_a_list_is_complete_only_when_said_so():
    assert facts({"health": {"medicine_1": ["ibuprofen"]}})["medicines_complete"] is False
    assert facts({"health": {"medicine_1": ["ibuprofen"], "medicines_complete": ["on"]}})["medicines_complete"] is True


def test_a_stopped_medicine_keeps_its_days():
    typed = {"medicine_1": ["phenelzine"], "medicine_1_stopped": ["on"], "medicine_1_days": ["9"]}
    assert facts({"health": typed})["medicines"] == [{"code": "phenelzine", "status": "stopped", "stopped_days_ago": 9}]
    without_days = facts({"health": {"medicine_1": ["phenelzine"], "medicine_1_stopped": ["on"]}})
    assert without_days["medicines"] == [{"code": "phenelzine", "status": "stopped"}]


def test_days_of_a_medicine_that_is_still_taken_do_not_count():
    typed = {"medicine_1": ["phenelzine"], "medicine_1_days": ["9"]}
    assert facts({"health": typed})["medicines"] == [{"code": "phenelzine", "status": "current"}]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"allergies": ["none"]}, ([], True)),
        ({"allergies": ["some"], "allergy_1": ["Ibuprofen"]}, (["ibuprofen"], True)),
        ({"allergies": ["some"], "allergy_1": ["NSAIDs"]}, (["nsaid"], True)),
        ({"allergies": ["some"], "allergy_1": ["Bee sting"]}, (["bee-sting"], True)),
        ({"allergies": ["some"]}, ([], False)),
        ({"allergies": ["unknown"]}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_allergies(typed, expected):
    found = facts({"health": typed})
    assert (found.get("allergies"), found.get("allergies_complete")) == expected


# ------------------------------------------------------------------------------------------------ life, tried


def test_daily_life_is_known_only_when_answered():
    assert "sleep_problem" not in facts({})
    none = facts({"life": {"life_none": ["on"]}})
    assert {none[code] for code, _ in q.LIFE_FACTS} == {False}
    some = facts({"life": {"life": ["sleep_problem"]}})
    assert some["sleep_problem"] is True
    assert some["inactive"] is False


def test_what_was_tried():
    found = facts({"life": {"tried_naproxen": ["no-response"], "adequate_naproxen": ["yes"], "tried_cbt": ["helped"]}})
    assert {"code": "naproxen", "outcome": "no-response", "adequate": True} in found["tried"]
    assert {"code": "cbt", "outcome": "helped"} in found["tried"]


def test_a_trial_of_unknown_length_is_not_called_short():
    found = facts({"life": {"tried_naproxen": ["no-response"], "adequate_naproxen": ["unknown"]}})
    assert found["tried"] == [{"code": "naproxen", "outcome": "no-response"}]


def test_with_gaps_in_the_history_the_rest_is_not_called_untried():
    typed = {"tried_naproxen": ["no-response"], "adequate_naproxen": ["yes"], "tried_unknown": ["on"]}
    assert "tried" not in facts({"life": typed})


def test_nothing_tried_is_not_the_same_as_not_known():
    assert facts({"life": {"tried_none": ["on"]}})["tried"] == []
    assert "tried" not in facts({"life": {"tried_unknown": ["on"]}})
    assert "tried" not in facts({})


@pytest.mark.parametrize("given", ["wants", "avoids", "unsure", "unknown"])
def test_preferences(given):
    found = facts({"life": {"prefers_medicines": [given]}})
    assert found.get("prefers_medicines") == (None if given == "unknown" else given)


# ------------------------------------------------------------------------------------------------ the forms


def test_what_is_typed_is_kept_even_when_it_cannot_be_read():
    data = QueryDict(mutable=True)
    data.setlist("egfr", ["normal"])
    data.setlist("medicine_1", ["ibuprofen"])
    data.setlist("nothing_we_know", ["x"])
    data.setlist("qtc", [""])
    assert STEP_FORMS["health"].typed(data) == {"egfr": ["normal"], "medicine_1": ["ibuprofen"]}


def _messages(step: str, typed: dict[str, list[str]], **arguments: Any) -> list[str]:
    form = STEP_FORMS[step].judging(typed, **arguments)
    if form.is_valid():
        form.ask_for_unanswered()
    return [line.message for line in form.error_lines]


@pytest.mark.parametrize("step", list(STEP_FORMS))
def test_errors_name_what_to_do_and_never_say_required_please_or_invalid(step):
    every_field_wrong = {name: ["zzz"] for name in STEP_FORMS[step].fields_stored()}
    for typed in ({}, every_field_wrong):
        messages = _messages(step, typed)
        assert messages
        for message in messages:
            lowered = message.lower()
            assert not any(word in lowered for word in ("required", "please", "invalid", "this field", "valid choice"))
            assert message[0].isupper() or message.startswith(("eGFR", *"123456789"))


@pytest.mark.parametrize(
    ("weeks", "band", "fits"),
    [("3", "under-4", True), ("4", "under-4", False), ("4", "4-to-12", True), ("12", "4-to-12", True),
     ("13", "4-to-12", False), ("13", "over-12", True), ("2", "unknown", True)],
)  # fmt: skip
def test_weeks_that_contradict_the_answer_are_an_error(weeks, band, fits):
    messages = _messages("pain", {"duration": [band], "duration_weeks": [weeks]}, today=TODAY)
    assert any("does not match" in message for message in messages) is not fits


SCREENER = "of the suicide screener"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"phq9_9": ["1"]}, [f"Ask question {n} {SCREENER}" for n in ("1", "2", "6")]),
        ({"phq9_9": ["0"]}, []),
        ({}, []),
        (
            {"phq9_9": ["0"], "screen_suicidal-thoughts": ["yes"]},
            [f"Ask question {n} {SCREENER}" for n in ("1", "3", "4", "5", "6")],
        ),
        (
            {"phq9_9": ["2"], "screen_wish-to-be-dead": ["no"], "screen_suicidal-thoughts": ["no"],
             "screen_behaviour-lifetime": ["yes"]},
            [f"Ask question 6a {SCREENER}"],
        ),
    ],
)  # fmt: skip
def test_the_screener_is_asked_for_once_something_raises_it(typed, asked):
    assert [message for message in _messages("mood", typed) if SCREENER in message] == asked


@pytest.mark.parametrize(("item_9", "asks"), [("1", True), ("0", False)])
def test_judgement_and_actions_are_asked_for_once_something_raises_the_risk(item_9, asks):
    messages = _messages("mood", {"phq9_9": [item_9]})
    assert ("Select your judgement of the suicide risk" in messages) is asks
    assert ("Select what was done about the suicide risk" in messages) is asks
    given = _messages("mood", {"phq9_9": [item_9], "judgement": ["low"], "safety_actions": ["safety-plan"]})
    assert not any("suicide risk" in message for message in given)


@pytest.mark.parametrize(("step", "field"), [("pain", "duration_start"), ("health", "egfr_date")])
@pytest.mark.parametrize(("day", "fits"), [("20 11 2026", True), ("21 11 2026", False)])
def test_what_was_is_not_in_the_future(step, field, day, fits):
    messages = _messages(step, {field: [day]}, today=TODAY)
    assert any("must be today or in the past" in message for message in messages) is not fits


@pytest.mark.parametrize(
    ("step", "typed", "said"),
    [
        ("pain", {"flags_none": ["on"], "flag_cancer": ["history"]}, "not both"),
        ("pain", {"flags_none": ["on"], "flags_open": ["on"]}, "not both"),
        ("health", {"medicines_none": ["on"], "medicine_1": ["ibuprofen"]}, "not both"),
        ("health", {"allergies": ["none"], "allergy_1": ["ibuprofen"]}, "Has allergies"),
        ("health", {"medicine_1": ["a"], "medicine_1_days": ["two"]}, "whole number"),
        ("life", {"tried_none": ["on"], "tried_cbt": ["helped"]}, "not both"),
        ("life", {"life_none": ["on"], "life": ["inactive"]}, "not both"),
    ],
)
def test_contradictions_are_errors(step, typed, said):
    assert any(said in message for message in _messages(step, typed))


def test_a_complete_step_has_nothing_to_ask():
    answers = intake_answers()
    for step, form_class in STEP_FORMS.items():
        arguments = {"known_names": NAMES} if step in ("health", "life") else {}
        form = form_class.judging(answers[step], **arguments)
        assert form.is_valid(), (step, form.errors)
        assert form.unanswered() == {}, step
