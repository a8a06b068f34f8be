"""The examination of editions: what is shipped passes it, and each thing that may go wrong is found and named."""

from __future__ import annotations

import copy
import dataclasses
import random
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from guidance import actions
from guidance.checks import completeness, report
from guidance.checks.edges import edges, uncovered
from guidance.checks.patients import patients
from guidance.checks.properties import PROPERTIES, Property, answer, broken
from guidance.checks.reach import answered, must_fire, reached
from guidance.checks.sweep import sweep
from guidance.checks.worked import Facts, cases, merge
from guidance.engine import criteria as c
from guidance.engine.edition import Edition, EditionError
from guidance.engine.reading import read_edition
from guidance.engine.situation import Situation
from guidance.models import Edition as StoredEdition
from guidance.packaged import CONTENT, packaged_edition

Rows = dict[str, list[Any]]
Change = Callable[[Rows], None]


def changed(document: dict[str, Any], change: Change) -> Edition:
    """The packaged edition after a change to its rows."""
    made = copy.deepcopy(document)
    change(made["rows"])
    return read_edition(made)


def row(rows: Rows, kind: str, name: str) -> dict[str, Any]:
    """The row of a kind by its id, else its code."""
    return next(body for body in rows[kind] if body.get("id", body["code"]) == name)


def drop(kind: str, *names: str) -> Change:
    def change(rows: Rows) -> None:
        rows[kind] = [body for body in rows[kind] if body.get("id", body["code"]) not in names]

    return change


def put(kind: str, name: str, **fields: Any) -> Change:
    return lambda rows: row(rows, kind, name).update(fields)


# ---------------------------------------------------------------- the shipped edition


def test_every_claim_of_the_articles_is_accounted_for() -> None:
    edition = packaged_edition()
    assert list(edition.claims) == completeness.claim_ids()
    assert len(edition.claims) == 258


def test_nothing_is_missing_in_the_shipped_edition() -> None:
    assert report.structural(packaged_edition()) == []


def test_every_rule_is_fired_by_one_worked_patient_and_spared_by_another() -> None:
    edition = packaged_edition()
    found = reached(edition, answered(edition, cases()))
    assert [name for name, reach in found.items() if not reach.fires] == []
    assert [name for name, reach in found.items() if not reach.spares] == []


def test_every_threshold_has_worked_patients_on_both_sides() -> None:
    edition = packaged_edition()
    assert uncovered(edges(edition, answered(edition, cases()))) == {}


def test_there_are_many_worked_patients() -> None:
    assert len(cases()) >= 150


# ---------------------------------------------------------------- what is missing is named


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (drop("interactions", "IX-29"), "no interaction IX-29"),
        (drop("monitoring", "M-LVL"), "no check M-LVL"),
        (drop("next-steps", "FU-WAIT"), "no next step FU-WAIT"),
        (drop("alerts", "CX-BP"), "no alert CX-BP"),
        (drop("alerts", "MED-UNRECOGNISED"), "no words for the alert MED-UNRECOGNISED"),
        (drop("contraindications", "CX-CABG"), "no contraindication CX-CABG"),
        (drop("options", "biofeedback"), "no option biofeedback"),
        (
            lambda rows: [row(rows, "options", "fluoxetine").pop(name) for name in ("dose", "dose_verification")],
            "option fluoxetine has no dose",
        ),
        (drop("claims", "S2-16"), "claim S2-16 is not accounted for"),
        (put("claims", "S2-16", stands=["statement:S9-99"]), "claim S2-16 points nowhere: statement:S9-99"),
        (put("claims", "S2-16", stands=["page:nowhere"]), "claim S2-16 points nowhere: page:nowhere"),
        (put("claims", "S2-16", stands=["fact:shoe_size"]), "claim S2-16 points nowhere: fact:shoe_size"),
        (put("claims", "S2-16", code="S7-01"), "claim S7-01 is not one of the five articles"),
        (put("contraindications", "CX-EGFR29", when={"fact": "egfr", "below": 25}), "band kidney: at egfr 25"),
        (put("contraindications", "CX-EGFR29", when={"fact": "egfr", "below": 35}), "hold"),
        (put("contraindications", "CX-NA.129", when={"fact": "sodium_mmol_l", "below": 129}), "band sodium: at"),
        (put("contraindications", "CX-QTC.500", when={"fact": "qtc_ms", "at_least": 505}), "band qtc-female: at"),
    ],
)
def test_what_an_edition_lacks_is_named(document: dict[str, Any], change: Change, complaint: str) -> None:
    found = report.structural(changed(document, change))
    assert [problem.text for problem in found if complaint in problem.text]


@pytest.mark.parametrize(
    "name", ["patients:worklist", "guidance:edition", "home", "patients:plan-print", "account_login"]
)
def test_pages_are_known_by_their_names(name: str) -> None:
    assert report.page_exists(name) or report.page_exists(name.partition(":")[2])


# ---------------------------------------------------------------- rules that nobody shows


def test_a_rule_that_nobody_fires_is_found(document: dict[str, Any]) -> None:
    never = {"all": [{"fact": "age_years", "at_least": 119}, {"fact": "age_years", "below": 119}]}
    edition = changed(document, put("contraindications", "CX-CABG", when=never))
    found = reached(edition, answered(edition, cases()))
    assert not found["contraindication:CX-CABG"].fires


def test_a_rule_that_fires_on_everybody_is_found(document: dict[str, Any]) -> None:
    always = {"any": [{"fact": "age_years", "known": True}, {"fact": "age_years", "known": False}]}
    edition = changed(document, put("contraindications", "CX-CABG", when=always))
    found = reached(edition, answered(edition, cases()))
    assert not found["contraindication:CX-CABG"].spares


def test_a_threshold_that_moves_away_from_its_patients_is_found(document: dict[str, Any]) -> None:
    edition = changed(document, put("alerts", "CX-NA", when={"fact": "sodium_mmol_l", "below": 111}))
    assert "sodium_mmol_l 111" in uncovered(edges(edition, answered(edition, cases())))


def test_words_without_a_condition_need_no_patient(document: dict[str, Any]) -> None:
    names = must_fire(read_edition(document))
    assert "statement:S0-80" not in names
    assert "monitoring:M-1MO" not in names


def test_the_whole_examination_names_every_kind_of_fault(document: dict[str, Any]) -> None:
    def change(rows: Rows) -> None:
        drop("claims", "S0-01")(rows)
        put("contraindications", "CX-CABG", when={"fact": "age_years", "at_least": 120})(rows)
        put("alerts", "CX-BP", when={"fact": "systolic_mmhg", "at_least": 270})(rows)
        for code in ("RF-1", "RF-2", "RF-5", "RF-6"):
            put("red-flags", code, severity="note")(rows)

    found = report.examine(changed(document, change), cases(), patients=150)
    texts = "\n".join(problem.text for problem in found.problems)
    for part in (
        "claim S0-01",
        "contraindication:CX-CABG: no worked patient",
        "threshold systolic_mmhg 270",
        "worked patient ",
        "safety only shows no option",
    ):
        assert part in texts
    assert found.rules[0] < found.rules[1]
    assert found.thresholds[0] < found.thresholds[1]


# ---------------------------------------------------------------- the sweep notices what chance may miss


def known_only(condition: str) -> dict[str, Any]:
    """A rule that takes an unknown answer for a no."""
    return {"all": [{"fact": f"conditions.{condition}", "known": True}, {"condition": condition}]}


def loses(kind: str, name: str, field: str, value: str) -> Change:
    """A row whose list loses one entry."""
    return lambda rows: row(rows, kind, name)[field].remove(value)


def cell(name: str, target: str, letter: str) -> Change:
    def change(rows: Rows) -> None:
        found = row(rows, "contraindications", name)
        found["cells"][target] = letter
        if letter == "N":
            found.get("texts", {}).setdefault(target, "Nothing to say.")

    return change


SWEPT: list[tuple[Change, str]] = [
    *(
        (put("contraindications", name, when=known_only(code)), f"conditions.{code} is not known")
        for name, code in (("CX-ASTHMA", "aspirin-sensitive-asthma"), ("CX-SEIZURE", "seizure-history"),
                           ("CX-BLEED.active", "active-gi-bleed-or-ulcer"), ("CX-ALCOHOL", "heavy-alcohol"),
                           ("CX-ANGLE", "narrow-angle-glaucoma"), ("CX-CABG", "after-cabg"))
    ),
    (lambda rows: row(rows, "measurements", "egfr")["exempt_when"]["all"].remove(
        {"not": {"condition": "kidney-disease"}}), "egfr is not known"),
    (cell("CX-SUD.opioid", "opioid", "C"), "opioid is avoid, and must be withhold"),
    (cell("SR-12.opioid", "opioid", "A"), "opioid is avoid, and must be withhold"),
    (cell("CX-PREG.opioid", "opioid", "C"), "opioid is avoid, and must be withhold"),
    (cell("RF-4.opioid", "opioid", "C"), "opioid is avoid, and must be withhold"),
    (cell("CX-EGFR29", "gabapentin", "N"), "the dose of gabapentin does not say"),
    (put("contraindications", "CX-AGE75", when={"fact": "age_years", "above": 64}), "limited to 300 mg at 75 already"),
    (put("definitions", "pressure-uncontrolled", when={"fact": "systolic_mmhg", "at_least": 160}),
     "must be avoid with {'conditions': {'uncontrolled-hypertension': True}}"),
    (put("definitions", "any-heart-failure", when={"condition": "heart-failure"}), "'severe-heart-failure': True"),
    (loses("medicines", "rasagiline", "classes", "maoi"), "rasagiline is not among the class maoi"),
    (lambda rows: row(rows, "medicines", "rasagiline").pop("lingers") and row(rows, "medicines", "rasagiline").pop(
        "lingers_verification"), "rasagiline must count for 13 days"),
    (lambda rows: row(rows, "interactions", "IX-5")["members"][1].remove("snri"), "no IX-5 for"),
    (lambda rows: rows.update(bands=[]), "no band for egfr from 0 to below 60"),
    (put("bands", "kidney", below=50), "no band for egfr from 0 to below 60"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "complaint"), SWEPT, ids=[complaint for _, complaint in SWEPT])
def test_what_is_lost_is_found_without_chance(document: dict[str, Any], change: Change, complaint: str) -> None:
    found = report.examine(changed(document, change), cases(), patients=1)
    assert [problem.text for problem in found.problems if complaint in problem.text]


def test_the_sweep_of_the_shipped_edition_finds_nothing() -> None:
    assert list(sweep(packaged_edition())) == []


# ---------------------------------------------------------------- safety properties notice broken editions


class Moody(c.Criterion):
    """Answers otherwise each time: what no content can be, and a broken engine could."""

    __slots__ = ()
    answers = iter(lambda: random.random() < 0.5, None)

    def value(self, s: Situation) -> bool | None:
        return next(self.answers)

    def because(self, s: Situation) -> c.Because:
        return []

    def missing(self, s: Situation) -> c.Names:
        return []


def moody(edition: Edition) -> Edition:
    statements = tuple(dataclasses.replace(one, when=Moody()) for one in edition.statements)
    return dataclasses.replace(edition, statements=statements)


NEVER = {"fact": "age_years", "at_least": 120}
ALWAYS_KNOWN = {"any": [{"fact": "age_years", "known": True}, {"fact": "age_years", "known": False}]}
SEIZURES = {
    "conditions": {"seizure-history": True},
    "tried": [{"code": "naproxen", "outcome": "no-response", "adequate": True}],
}
MUTANTS: list[tuple[str, str, Change, Facts]] = [
    ("never offered against a withhold", "a label contraindication is gone",
     drop("contraindications", "CX-ASTHMA"), {"conditions": {"aspirin-sensitive-asthma": True}}),
    ("never offered against a withhold", "the MAOI window is gone",
     drop("interactions", "IX-1"), {"medicines": [{"code": "phenelzine", "status": "current"}]}),
    ("never offered against a withhold", "an unknown eGFR is always excused",
     put("measurements", "egfr", exempt_when=ALWAYS_KNOWN), {"egfr": None, "age_years": 70}),
    ("never offered against a withhold", "an unknown answer counts as no",
     put("contraindications", "CX-ASTHMA", when=known_only("aspirin-sensitive-asthma")),
     {"conditions": {"aspirin-sensitive-asthma": None}}),
    ("safety only shows no option", "an emergency is told as a note",
     put("red-flags", "RF-1", severity="note"), {"red_flags": {"cauda-equina": True}, "red_flag_outcomes": {}}),
    ("item nine is never no risk", "nobody is told that risk is not assessed",
     drop("alerts", "SR-UNASSESSED"), {"phq9": [1, 1, 1, 1, 1, 1, 1, 1, 2], "suicide_screen": {}}),
    ("forgetting frees nothing", "an unknown answer counts as no",
     put("contraindications", "CX-SEIZURE", when=known_only("seizure-history")), SEIZURES),
    ("finding more frees nothing", "one finding lifts another",
     put("contraindications", "CX-MANIA",
         when={"all": [{"fact": "mania_history", "is": True}, {"not": {"condition": "falls"}}]}),
     {"mania_history": True}),
    ("always something without medicine", "CBT only for those who ask for it",
     put("options", "cbt", sections=[{"section": "depression-psychological",
                                      "raised_when": {"fact": "prefers_therapy", "is": "wants"}}]), {}),
    ("never offers opioids or benzodiazepines", "benzodiazepines are an option",
     lambda rows: row(rows, "contraindications", "S0-64")["cells"].update(benzodiazepine="C"), {}),
    ("never offers opioids or benzodiazepines", "the opioid gate is gone",
     lambda rows: rows.update(contraindications=[
         body for body in rows["contraindications"] if set(body["cells"]) != {"opioid"}]), {}),
]  # fmt: skip


def first_break(edition: Edition, holds: Property, given: Facts, most: int = 4000) -> str | None:
    """How the first of some invented patients breaks a property. ``given``: facts that all of them have."""
    chance = random.Random(1)
    for _, facts in zip(range(most), patients(edition, 1), strict=False):
        whole = merge(facts, given)
        how = holds(edition, whole, answer(edition, whole), chance)
        if how is not None:
            return how
    return None


@pytest.mark.parametrize(("name", "what", "change", "given"), MUTANTS, ids=[f"{one[0]}: {one[1]}" for one in MUTANTS])
def test_a_broken_edition_breaks_its_property(
    document: dict[str, Any], name: str, what: str, change: Change, given: Facts
) -> None:
    holds = PROPERTIES[name]
    assert first_break(changed(document, change), holds, given) is not None
    assert first_break(packaged_edition(), holds, given, 150) is None


def test_an_answer_that_changes_by_itself_is_found() -> None:
    assert first_break(moody(packaged_edition()), PROPERTIES["same facts same answer"], {}) is not None


def test_a_line_without_a_source_is_found() -> None:
    mute = dataclasses.replace(packaged_edition(), text_sources={})
    assert first_break(mute, PROPERTIES["every line has its reason and source"], {}) is not None


def test_every_property_is_seen_to_break() -> None:
    alone = {"same facts same answer", "every line has its reason and source"}
    assert {name for name, *_ in MUTANTS} | alone == set(PROPERTIES)


def test_the_shipped_edition_breaks_no_property() -> None:
    assert list(broken(packaged_edition(), 200, seed=5)) == []


# ---------------------------------------------------------------- the command, and what it refuses


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packaged files, to be spoilt."""
    place = tmp_path / "content"
    shutil.copytree(CONTENT, place, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return place


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def examine(*arguments: str) -> str:
    said = StringIO()
    call_command("check_editions", "--patients", "5", *arguments, stdout=said)
    return said.getvalue()


SPOILT = [
    ("contraindications.yaml", "when: {fact: egfr, below: 30}", "when: {fact: egfr, below: 30", "line"),
    ("contraindications.yaml", "when: {fact: egfr, below: 30}", "when: {fact: gfr, below: 30}", "gfr is not a fact"),
    ("contraindications.yaml", "when: {fact: egfr, below: 30}", "when: {fact: egfr, below: 300}", "outside the range"),
    ("contraindications.yaml", "    sources: [BEERS23, PRODUCT]\n", "", "must name at least one source"),
    ("contraindications.yaml", "code: CX-THYROID\n", "code: CX-CABG\n", "CX-CABG"),
    ("contraindications.yaml", "when: {fact: egfr, below: 30}", "when: {fact: egfr, below: 29}", "band kidney"),
    ("contraindications.yaml", "when: {fact: egfr, below: 30}", "when: {fact: egfr, below: 31}", "band kidney"),
    ("claims.yaml", "code: S0-02,", "code: S0-01,", "stands twice"),
    ("sources.yaml", "code: NG59,", "code: NG222,", "stands twice"),
]


@pytest.mark.parametrize(("name", "old", "new", "reason"), SPOILT)
def test_what_is_spoilt_is_refused_with_file_line_and_reason(
    folder: Path, name: str, old: str, new: str, reason: str
) -> None:
    spoil(folder, name, old, new)
    with pytest.raises(CommandError) as refused:
        examine("--folder", str(folder))
    complaint = str(refused.value)
    assert reason in complaint
    line = next(one for one in complaint.splitlines() if reason in one)
    assert ", line " in line
    assert ".yaml" in line


@pytest.mark.parametrize(("name", "old", "new", "reason"), SPOILT)
def test_nothing_half_imported_stays(
    db: None, monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, old: str, new: str, reason: str
) -> None:
    spoil(folder, name, old, new)
    monkeypatch.setattr("guidance.management.commands.import_edition.CONTENT", folder)
    with pytest.raises(CommandError) as refused:
        call_command("import_edition")
    assert reason in str(refused.value)
    assert ", line " in str(refused.value)
    assert not StoredEdition.objects.exists()


def test_an_edition_that_lacks_something_is_not_stored(db: None, document: dict[str, Any], now: Any) -> None:
    broken_one = copy.deepcopy(document)
    drop("claims", "S0-01", "S0-02")(broken_one["rows"])
    with pytest.raises(EditionError, match=r"claim S0-01 is not accounted for \(and 1 more problem"):
        actions.import_first_edition(broken_one, by=None, at=now)
    assert not StoredEdition.objects.exists()


def test_without_patients_nothing_can_be_examined() -> None:
    with pytest.raises(CommandError, match="1 or more"):
        call_command("check_editions", "--patients", "0")


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match=r"edition\.yaml"):
        examine("--folder", "/nonexistent")


def test_the_command_tells_the_figures() -> None:
    said = examine()
    for part in (
        "258 of 258",
        "100.0 %",
        "checked against the source",
        "awaiting clinical verification",
        "decision of this product",
        "Nothing is missing",
    ):
        assert part in said


def test_the_command_lists_the_claims() -> None:
    said = examine("--claims")
    assert "S0-09  REC" in said
    assert "left out (marketing)" in said


def test_the_command_examines_a_stored_edition(edition: StoredEdition) -> None:
    assert edition.version in examine("--stored", edition.version)
    with pytest.raises(CommandError, match="no edition 1999"):
        examine("--stored", "1999.1")
