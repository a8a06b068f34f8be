"""Reading an edition: what cannot be understood is refused, with the row and the reason."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guidance.engine.edition import KINDS, Edition, EditionError, canonical, fingerprint
from guidance.engine.reading import read_edition
from guidance.packaged import CONTENT, read_document
from tests.engine import little
from tests.engine.little import Document

Change = Callable[[dict[str, list[Any]]], None]


def refusal(change: Change) -> str:
    """What the reader says of the little document after a change to its rows."""
    document = little.document()
    change(document["rows"])
    with pytest.raises(EditionError) as refused:
        read_edition(document)
    return str(refused.value)


def test_the_little_document_is_read() -> None:
    edition = read_edition(little.document())
    assert edition.version == "0.1"
    assert list(edition.definitions) == ["old"]


def test_the_packaged_edition_is_read(edition: Edition) -> None:
    assert edition.options["duloxetine"].is_medicine
    assert len(edition.medicines) > 500


# ---------------------------------------------------------------- criteria


def with_rule(criterion: Any) -> Change:
    return lambda rows: rows["definitions"].append({"code": "new", "when": criterion})


@pytest.mark.parametrize(
    ("criterion", "reason"),
    [
        ({"fact": "shoe_size", "is": 42}, "shoe_size is not a fact"),
        ({"condition": "hay-fever"}, "conditions.hay-fever is not a fact"),
        ({"fact": "red_flags.toothache", "is": True}, "red_flags.toothache is not a fact"),
        ({"fact": "age_years", "at_least": 200}, "200 lies outside the range of age_years"),
        ({"fact": "egfr", "below": -1}, "-1 lies outside the range of egfr"),
        ({"fact": "age_years", "one_of": [30, 300]}, "300 lies outside the range of age_years"),
        ({"fact": "pregnancy", "is": "perhaps"}, "pregnancy never has the value perhaps"),
        ({"fact": "sex_at_birth", "one_of": ["female", "women"]}, "sex_at_birth never has the value women"),
        ({"fact": "age_years"}, "fact age_years needs exactly one of"),
        ({"fact": "age_years", "at_least": 18, "below": 65}, "fact age_years needs exactly one of"),
        ({"fact": "age_years", "equals": 65}, "fact age_years needs exactly one of"),
        ({"holds": "young"}, "definition young is not among those above it"),
        ({"holds": "new"}, "definition new is not among those above it"),
        ({"taking": ["antigravity"]}, "antigravity is neither a class nor a medicine of the catalogue"),
        ({"taking": []}, "a group must be a list of classes or medicines"),
        ({"taking": "sleepy"}, "a group must be a list of classes or medicines"),
        ({"taking": ["sleepy"], "or": "wished"}, "taking allows"),
        ({"taking": ["sleepy"], "or": "chosen", "only": "new"}, "taking allows"),
        ({"replaces": ["antigravity"]}, "antigravity is neither a class nor a medicine"),
        ({"tried": ["sleepy"], "outcomes": ["cured"]}, "outcomes must be among"),
        ({"inadequate": ["antigravity"]}, "antigravity is neither a class nor a medicine"),
        ({"all": []}, "all, any and of need a list of criteria"),
        ({"any": {"holds": "old"}}, "all, any and of need a list of criteria"),
        ({"count": 0, "of": [{"holds": "old"}]}, "count must be a whole number, 1 or more"),
        ({"of": [{"holds": "old"}]}, "count must be a whole number, 1 or more"),
        ({"holds": "old", "colour": "red"}, "a criterion does not understand colour"),
        ({"none": [{"holds": "old"}]}, "a criterion does not understand none"),
        ({}, "a criterion does not understand nothing"),
        (["old"], "a criterion must be a mapping"),
        ({"not": "old"}, "a criterion must be a mapping"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused_with_its_row(criterion: Any, reason: str) -> None:
    said = refusal(with_rule(criterion))
    assert said.startswith("definitions[2] new: ")
    assert reason in said


@pytest.mark.parametrize(
    "criterion",
    [{"fact": "age_years", "at_least": "65"}, {"fact": "egfr", "below": [30]}, {"fact": "age_years", "one_of": 65}],
)
def test_a_limit_that_is_no_number_is_refused_with_its_row(criterion: Any) -> None:
    assert "new" in refusal(with_rule(criterion))


@pytest.mark.parametrize(
    "criterion",
    [
        {"fact": "radicular", "is": "yes"},
        {"fact": "suicide_risk", "is": "hihg"},
        {"fact": "pain_phase", "one_of": ["acute", "subacut"]},
        {"fact": "pain_phase", "one_of": "chronic"},
        {"fact": "phq9_total", "at_least": 28},
        {"fact": "egfr", "known": "no"},
        {"taking": ["sleepy"], "count": 0},
    ],
    ids=str,
)
def test_a_rule_that_could_never_hold_or_always_holds_is_refused_with_its_row(criterion: Any) -> None:
    assert "new" in refusal(with_rule(criterion))


def test_a_rule_may_read_only_the_definitions_above_it() -> None:
    def swapped(rows: dict[str, list[Any]]) -> None:
        rows["definitions"].insert(0, {"code": "first", "when": {"holds": "old"}})

    assert refusal(swapped) == "definitions[1] first: definition old is not among those above it"


# ---------------------------------------------------------------- rows


def alter(kind: str, /, **fields: Any) -> Change:
    """The first row of a kind with other fields; a field of None is left out."""

    def change(rows: dict[str, list[Any]]) -> None:
        row = {**rows[kind][0], **fields}
        rows[kind][0] = {name: value for name, value in row.items() if value is not None}

    return change


def again(kind: str) -> Change:
    return lambda rows: rows[kind].append(copy.deepcopy(rows[kind][0]))


@pytest.mark.parametrize(
    ("change", "row", "reason"),
    [
        (alter("alerts", sources=None), "alerts[1] OLD-ALERT", "must name at least one source"),
        (alter("alerts", sources=["RUMOUR"]), "alerts[1] OLD-ALERT", "source RUMOUR is not among the sources"),
        (alter("alerts", severity="loud"), "alerts[1] OLD-ALERT", "severity must be one of emergency, urgent"),
        (alter("alerts", text=None), "alerts[1] OLD-ALERT", "text must be text"),
        (alter("alerts", text="  "), "alerts[1] OLD-ALERT", "text must be text"),
        (alter("alerts", colour="red"), "alerts[1] OLD-ALERT", "does not understand colour"),
        (alter("classes", within=["heavenly"]), "", "class heavenly is not among the classes"),
        (alter("medicines", classes=["heavenly"]), "medicines[1] dozeline", "class heavenly is not among the classes"),
        (alter("medicines", allergy_also=["heavenly"]), "medicines[1] dozeline", "class heavenly is not among"),
        (alter("medicines", lingers=-1), "medicines[1] dozeline", "lingers must be a whole number, 0 or more"),
        (alter("medicines", other_codes=["napine"]), "medicines[2] napine", "the code napine stands twice"),
        (alter("medicines", code="sleepy"), "medicines[1] sleepy", "the code sleepy stands twice"),
        (alter("measurements", facts=["height"]), "measurements[1] egfr", "height is not a fact"),
        (alter("red-flags", flag="toothache"), "red-flags[1] FLAG-1", "flag must be one of cauda-equina"),
        (alter("options", sections=None), "options[1] dozeline", "must stand in at least one section"),
        (alter("options", sections=[{"section": "magic"}]), "options[1] dozeline sections", "section must be one of"),
        (alter("options", why=None), "options[1] dozeline", "must say why"),
        (alter("options", differs=[{"code": "D-99"}]), "options[1] dozeline", "difference D-99 is not among"),
        (alter("contraindications", cells={"dozeline": "X"}), "contraindications[1] CX-OLD", "effect must be W, W!, A"),
        (alter("contraindications", cells={"dozeline": "w"}), "contraindications[1] CX-OLD", "effect must be W, W!, A"),
        (alter("contraindications", cells={"dozeline": "A!"}), "contraindications[1] CX-OLD", "effect must be"),
        (alter("contraindications", cells={}, texts=None), "contraindications[1] CX-OLD", "has no cells"),
        (alter("contraindications", cells={"moonwort": "W"}, texts=None), "CX-OLD", "moonwort is neither a column nor"),
        (alter("contraindications", cells={"napine": "W"}, texts=None), "CX-OLD", "napine is neither a column nor"),
        (alter("contraindications", texts=None), "CX-OLD", "dozeline changes the dose and has no text that says how"),
        (alter("contraindications", cells={"dozeline": "D"}, texts=None), "CX-OLD", "has no text that says how"),
        (alter("contraindications", texts={"napine": "Half."}), "CX-OLD", "has no text that says how"),
        (
            alter("contraindications", cells={"dozeline": "C"}, texts={"dozeline": "Half.", "napine": "Half."}),
            "CX-OLD",
            "texts for napine have no cell",
        ),
        (alter("contraindications", concern="weather"), "CX-OLD", "concern must be one of patient, medicine"),
        (alter("contraindications", unknown_counts="yes"), "CX-OLD", "unknown_counts must be true or false"),
        (alter("interactions", members=[]), "interactions[1] IX-SLEEP", "must have members"),
        (alter("interactions", members=[["heavenly"]]), "interactions[1] IX-SLEEP", "heavenly is neither a class"),
        (alter("interactions", stopped="sometimes"), "interactions[1] IX-SLEEP", "stopped must be one of no, also"),
        (alter("interactions", replaced="maybe"), "interactions[1] IX-SLEEP", "replaced must be one of any, exclude"),
        (
            alter("interactions", effects=[{"affects": ["sleepy"], "effect": "B", "text": "No."}]),
            "interactions[1] IX-SLEEP effects[1]",
            "effect must be W, W!, A, C, CD, D or N",
        ),
        (alter("monitoring", days=[0, -1]), "monitoring[1] M-NAP", "days must be whole numbers, 0 or more"),
        (alter("monitoring", days=[]), "monitoring[1] M-NAP", "days must be whole numbers, 0 or more"),
        (alter("monitoring", days=[1.5]), "monitoring[1] M-NAP", "days must be whole numbers, 0 or more"),
        (alter("monitoring", days=7), "monitoring[1] M-NAP", "days must be a list"),
        (alter("monitoring", brought_by=["blocker"]), "monitoring[1] M-NAP", "brought_by names nothing that can be"),
        (alter("statements", kind="gossip"), "statements[1] ST-1", "kind must be one of pitfall"),
        (alter("next-steps", when=None), "next-steps[1] FU-NAP", "when is missing"),
        (alter("definitions", when=None), "definitions[1] old", "when is missing"),
        (alter("sources", verification="sure"), "sources[1] BOOK", "verification must be one of verified"),
    ],
)
def test_a_row_that_cannot_be_understood_is_refused_by_name(change: Change, row: str, reason: str) -> None:
    said = refusal(change)
    assert row in said
    assert reason in said


@pytest.mark.parametrize(
    "kind",
    [
        "settings", "sources", "classes", "medicines", "definitions", "red-flags", "alerts", "differences", "options",
        "contraindications", "interactions", "monitoring", "statements", "next-steps",
    ],
)  # fmt: skip
def test_a_row_that_stands_twice_is_refused(kind: str) -> None:
    assert "stands twice" in refusal(again(kind))


def test_a_class_that_is_named_nowhere_is_refused_with_the_class_that_names_it() -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        rows["classes"][1]["within"] = ["heavenly"]

    assert "dozeline" in refusal(change)
    assert "heavenly" in refusal(change)


def test_every_red_flag_of_the_contract_needs_its_row() -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        del rows["red-flags"][2:4]

    assert refusal(change) == "red-flags: nothing said of cancer, fracture"


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_rows_are_a_list_of_mappings(kind: str) -> None:
    assert f"{kind}: must be a list of rows" in refusal(lambda rows: rows.update({kind: {"code": "X"}}))
    assert f"{kind}[1]: must be a mapping" in refusal(lambda rows: rows.update({kind: ["X"]}))


def test_a_kind_of_rows_that_does_not_exist_is_refused() -> None:
    assert refusal(lambda rows: rows.update(spells=[])) == "edition: does not understand spells"


@pytest.mark.parametrize(
    "document",
    [{}, {"version": "1", "rows": {}}, {"version": "1", "title": "T", "rows": {}, "date": 1}, [], None, "edition"],
)
def test_a_document_has_a_version_a_title_and_rows(document: Any) -> None:
    with pytest.raises(EditionError, match="must have exactly version, title and rows"):
        read_edition(document)


def test_a_label_contraindication_and_a_dose_are_told_apart_by_their_letters() -> None:
    document = little.document()
    row = document["rows"]["contraindications"][0]
    for letters, texts, expected in [
        ("W!", {}, (4, True, False)),
        ("W", {}, (4, False, False)),
        ("A", {}, (3, False, False)),
        ("C", {}, (2, False, False)),
        ("CD", {"dozeline": "Half."}, (2, False, True)),
        ("D", {"dozeline": "Half."}, (1, False, True)),
        ("N", {}, (0, False, False)),
    ]:
        row["cells"], row["texts"] = {"dozeline": letters}, texts
        cell = read_edition(document).contraindications[0].cells["dozeline"]
        assert (cell.effect, cell.label, bool(cell.dose_ref)) == expected


# ---------------------------------------------------------------- YAML files

HEAD = 'version: "0.1"\ntitle: A little edition\n'


def folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "edition.yaml").write_text(HEAD, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_files_of_one_kind_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        b="kind: sources\nrows:\n  - {code: SECOND}\n",
        a="kind: sources\nrows:\n  - {code: FIRST}\n",
    )
    assert read_document(place) == {
        "version": "0.1",
        "title": "A little edition",
        "rows": {"sources": [{"code": "FIRST"}, {"code": "SECOND"}]},
    }


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("kind: sources\nrows:\n  - code: A\n    year: 1\n    code: B\n", "rows.yaml, line 5", "key code stands twice"),
        ("kind: sources\nkind: alerts\nrows: []\n", "rows.yaml, line 2", "key kind stands twice"),
        ("kind: sources\nrows:\n  - {cells: {nsaid: W, nsaid: A}}\n", "rows.yaml, line 3", "key nsaid stands twice"),
        ("kind: sources\nrows: [\n", "rows.yaml", ""),
        ("kind: sources\n", "rows.yaml", "must have exactly kind and rows"),
        ("kind: sources\nrows: []\nauthor: me\n", "rows.yaml", "must have exactly kind and rows"),
        ("- kind: sources\n", "rows.yaml", "must have exactly kind and rows"),
        ("kind: spells\nrows: []\n", "rows.yaml", "kind must be one of"),
        ("kind: sources\nrows: {}\n", "rows.yaml", "rows must be a list"),
        ("kind: sources\nrows: [!!python/name:os.system {}]\n", "rows.yaml", "constructor"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line(tmp_path: Path, text: str, where: str, reason: str) -> None:
    with pytest.raises(EditionError) as refused:
        read_document(folder(tmp_path, rows=text))
    assert str(refused.value).startswith(where)
    assert reason in str(refused.value)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "rows.yaml").write_bytes(b"kind: sources\nrows: [{code: caf\xe9}]\n")
    with pytest.raises(EditionError, match=r"rows\.yaml"):
        read_document(place)


def test_an_edition_has_a_head(tmp_path: Path) -> None:
    (tmp_path / "edition.yaml").write_text("version: '1'\n", encoding="utf-8")
    with pytest.raises(EditionError, match=r"edition\.yaml: must have exactly version and title"):
        read_document(tmp_path)


# ---------------------------------------------------------------- fingerprint


def test_the_fingerprint_is_that_of_the_document_and_stays_the_same(edition: Edition) -> None:
    first, second = read_document(), read_document(CONTENT)
    assert fingerprint(first) == fingerprint(second) == edition.fingerprint
    assert edition.fingerprint.startswith("sha256:")
    assert len(edition.fingerprint) == len("sha256:") + 64


def turned_round(value: Any) -> Any:
    """The same mappings, their keys in another order."""
    if isinstance(value, dict):
        return {key: turned_round(value[key]) for key in reversed(list(value))}
    return [turned_round(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_is_no_change() -> None:
    document = little.document()
    assert canonical(turned_round(document)) == canonical(document)
    assert fingerprint(turned_round(document)) == fingerprint(document)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [found for place, inner in enumerate(value) for found in leaves(inner, (*path, place))]
    return [path]


def changed_at(document: Document, path: tuple[Any, ...]) -> Document:
    out = copy.deepcopy(document)
    inner: Any = out
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = "changed" if inner[path[-1]] != "changed" else "changed again"
    return out


def test_any_change_of_any_word_changes_the_fingerprint() -> None:
    document = little.document()
    before = fingerprint(document)
    found = {fingerprint(changed_at(document, path)) for path in leaves(document)}
    assert before not in found
    assert len(found) == len(leaves(document))


def test_the_order_of_rows_is_a_change() -> None:
    document = little.document()
    document["rows"]["classes"].reverse()
    assert fingerprint(document) != fingerprint(little.document())


# ---------------------------------------------------------------- the packaged content holds together


def test_every_sentence_of_the_packaged_edition_cites_a_source(edition: Edition) -> None:
    silent = {ref for ref, sources in edition.text_sources.items() if not sources and not ref.startswith("setting:")}
    assert silent == set()


def test_every_difference_of_the_packaged_edition_is_told(edition: Edition) -> None:
    numbers = [f"D-{number:02}" for number in range(1, 23)]
    assert list(edition.differences) == numbers
    for note in edition.differences.values():
        assert note.seed
        assert note.others
        assert note.shown


def test_a_medicine_that_can_be_chosen_stands_in_the_catalogue_with_a_column(edition: Edition) -> None:
    for option in edition.options.values():
        if option.is_medicine and option.code not in edition.classes and option.code != "omeprazole":
            assert edition.medicines[option.code].column, option.code


def test_patient_texts_show_no_dose(edition: Edition) -> None:
    for option in edition.options.values():
        assert " mg" not in option.patient_text, option.code
