"""Each worked patient of tests/cases gets the answer that a clinician expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from guidance.checks.worked import CASE_KEYS, EXPECTATIONS, KINDS, OF_OPTIONS, VISIT_KEYS, Case, cases, faults_of
from guidance.engine.edition import Edition
from guidance.engine.facts import entries
from guidance.engine.review import ADHERENCE
from guidance.packaged import packaged_edition
from tests.engine.asking import CASES, base


@pytest.mark.parametrize("name", cases())
def test_each_worked_patient_gets_the_expected_answer(name: str) -> None:
    assert faults_of(packaged_edition(), cases()[name]) == []


# ---------------------------------------------------------------- the cases themselves


def test_there_are_enough_worked_patients_of_every_kind() -> None:
    kinds = [case["kind"] for case in cases().values()]
    assert len(kinds) >= 40
    assert {kind: kinds.count(kind) > 2 for kind in KINDS} == dict.fromkeys(KINDS, True)


@pytest.mark.parametrize("name", cases())
def test_each_case_is_named_as_its_file_and_told_in_words(name: str) -> None:
    case = cases()[name]
    assert case["id"] == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(case["title"].split()) >= 2
    assert len(case["story"].split()) >= 8
    assert case["base"] in ("healthy-adult", "blank", "quiet-visit")


def test_no_two_cases_tell_the_same_title() -> None:
    titles = [case["title"] for case in cases().values()]
    assert len(set(titles)) == len(titles) == len(list(CASES.glob("*.yaml"))) - 1


@pytest.mark.parametrize("name", cases())
def test_each_case_uses_only_keys_that_are_understood(name: str) -> None:
    case = cases()[name]
    kind = case["kind"]
    assert kind in KINDS
    allowed = CASE_KEYS - {"facts"} | VISIT_KEYS if kind == "review" else CASE_KEYS
    assert set(case) <= allowed
    assert case["expect"]
    assert set(case["expect"]) <= EXPECTATIONS[kind]
    assert case.get("adherence", "as-planned") in ADHERENCE


def codes_of(case: Case) -> Iterator[tuple[str, Any]]:
    """(key, code) of every code that an expectation names."""
    for key, wanted in case["expect"].items():
        for code in wanted if isinstance(wanted, dict | list) else ():
            yield key, code


@pytest.mark.parametrize("name", cases())
def test_each_case_expects_only_codes_that_exist(name: str, edition: Edition) -> None:
    alerts = {*edition.alerts, *edition.red_flags, *(row.code for row in edition.interactions)}
    monitoring, steps = {row.code for row in edition.monitoring}, {step.code for step in edition.next_steps}
    known = {"monitoring": monitoring, "no_monitoring": monitoring, "next_steps": steps, "no_next_steps": steps}
    known |= dict.fromkeys(("alerts", "no_alerts", "alert_counts", "severity", "resolved"), alerts)
    known["top_missing"] = set(entries())
    known |= {key: set(edition.options) for key in OF_OPTIONS}
    for key, code in codes_of(cases()[name]):
        if key in known:
            assert code in known[key], (key, code)


@pytest.mark.parametrize("name", cases())
def test_each_reason_that_a_case_gives_belongs_to_something_it_expects(name: str) -> None:
    case = cases()[name]
    expected = set(case["expect"]) | {code for _, code in codes_of(case)}
    assert set(case.get("why", {})) <= expected


def test_the_bases_know_everything_nothing_and_a_quiet_visit() -> None:
    assert base("blank") == {}
    assert set(base("quiet-visit")) == {"red_flags", "red_flag_outcomes", "suicide_screen", "serotonin_signs"}
    assert base() is not base()


# ---------------------------------------------------------------- an expectation that is not met is told


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("chronic-moderate-first-line", {"gate": "held"}),
        ("chronic-moderate-first-line", {"scores": {"phq9_total": 12}}),
        ("chronic-moderate-first-line", {"alerts": ["RF-1"]}),
        ("both-legs-confirm", {"no_alerts": ["RF-CONFIRM"]}),
        ("unrecognised-tonic", {"alert_counts": {"MED-UNRECOGNISED": 2}}),
        ("both-legs-confirm", {"severity": {"RF-CONFIRM": "urgent"}}),
        ("fall-with-osteoporosis", {"resolved": ["RF-3"]}),
        ("chronic-moderate-first-line", {"resolved": ["RF-3"]}),
        ("kidneys-egfr-22", {"offered": ["naproxen"]}),
        ("kidneys-egfr-22", {"offer": ["sertraline"]}),
        ("kidneys-egfr-22", {"caution": ["gabapentin"]}),
        ("kidneys-egfr-22", {"avoided": {"naproxen": None}}),
        ("kidneys-egfr-22", {"withheld": {"naproxen": "CX-LIVER"}}),
        ("kidneys-egfr-22", {"withheld": {"cyclobenzaprine": None}}),
        ("kidneys-egfr-22", {"not_offered": {"gabapentin": None}}),
        ("kidneys-egfr-22", {"not_offered": {"naproxen": "CX-LIVER"}}),
        ("egfr-unknown-with-diabetes", {"needs_information": {"sertraline": None}}),
        ("egfr-unknown-with-diabetes", {"needs_information": {"naproxen": "qtc_ms"}}),
        ("chronic-moderate-first-line", {"line": {"duloxetine": 2}}),
        ("chronic-moderate-first-line", {"differs": {"duloxetine": ["D-18"]}}),
        ("kidneys-egfr-22", {"override": {"naproxen": "none"}}),
        ("kidneys-egfr-22", {"options_empty": True}),
        ("kidneys-egfr-22", {"no_medicine_offered": True}),
        ("kidneys-egfr-22", {"top_missing": ["egfr"]}),
        ("chronic-moderate-first-line", {"monitoring": {"M-BP": [7]}}),
        ("chronic-moderate-first-line", {"no_monitoring": ["M-BP"]}),
        ("review-one-month-both-better", {"depression_class": "partial"}),
        ("review-one-month-both-better", {"pain_class": None}),
        ("review-one-month-both-better", {"depression_change": -7}),
        ("review-one-month-both-better", {"pain_change": 3.0}),
        ("review-one-month-both-better", {"next_steps": ["FU-WAIT"]}),
        ("review-one-month-both-better", {"no_next_steps": ["FU-D-CONTINUE"]}),
        ("refuse-age-17", {"exit": 1}),
        ("refuse-age-17", {"mentions": ["egfr"]}),
    ],
)
def test_an_expectation_that_is_not_met_is_told(name: str, wrong: dict[str, Any]) -> None:
    assert len(faults_of(packaged_edition(), cases()[name] | {"expect": wrong})) == 1


def test_every_expectation_is_seen_to_fail_once() -> None:
    table = test_an_expectation_that_is_not_met_is_told.pytestmark[0].args[1]
    assert {key for _, wrong in table for key in wrong} == set().union(*EXPECTATIONS.values())


def test_an_answer_where_a_refusal_is_expected_is_told() -> None:
    patient = cases()["chronic-moderate-first-line"] | {"kind": "refuse", "expect": {"exit": 2}}
    assert faults_of(packaged_edition(), patient) == ["a refusal expected, an answer found"]
