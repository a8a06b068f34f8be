"""Names are suggested while a medicine or an allergy is typed; what is typed stays as it is until somebody picks."""

from __future__ import annotations

from typing import Any

import pytest

from backdep_site.models import AuditEvent
from guidance import evaluation
from guidance.models import EditionRow
from guidance.packaged import packaged_edition
from patients.intake.mapping import NameBook
from patients.intake.suggestions import MOST, nearest, suggest

NAMES = NameBook.of(packaged_edition())


def lines(typed: str, **where: Any) -> list[str]:
    """The list as it is read: the name, and what it stands for."""
    return [f"{one.text} -> {one.means}" if one.means else one.text for one in suggest(NAMES, typed, **where)]


# ------------------------------------------------------------------------------------------------ what is suggested


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("descenlafaxine", "desvenlafaxine"),
        ("ibuprofin", "ibuprofen"),
        ("amitryptiline", "amitriptyline"),
        ("cymbolta", "Cymbalta -> duloxetine"),
        ("gabapentine", "gabapentin"),
        ("sertralin", "sertraline"),
        ("setraline", "sertraline"),
        ("paracetomol", "paracetamol -> acetaminophen"),
        ("metphormin", "metformin"),
        ("warferin", "warfarin"),
        ("asprin", "aspirin"),
        ("co codomol 30/500", "co codamol -> codeine"),
        ("st jons wort", "St John’s wort"),
        ("descenl", "desvenlafaxine"),
    ],
)
def test_a_misspelt_name_suggests_what_was_meant(typed, first):
    assert lines(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Cymbalta", "Cymbalta -> duloxetine"),
        ("Effexor", "Effexor -> venlafaxine"),
        ("Efexor", "Efexor -> venlafaxine"),
        ("Zoloft", "Zoloft -> sertraline"),
        ("Lustral", "Lustral -> sertraline"),
        ("Advil", "Advil -> ibuprofen"),
        ("Nurofen", "Nurofen -> ibuprofen"),
        ("Tylenol", "Tylenol -> acetaminophen"),
        ("Panadol", "Panadol -> acetaminophen"),
        ("pethidine", "pethidine -> meperidine"),
    ],
)
def test_a_brand_or_another_name_says_what_it_stands_for(typed, first):
    assert lines(typed)[0] == first


@pytest.mark.parametrize(
    "typed",
    ["duloxetine", "DULOXETINE", " dulo xetine ", "dulo-xetine", "duloxétine", "duloxetine 30 mg", "Duloxetine 30mg od",
     "dulox", "du"],
)  # fmt: skip
def test_case_spaces_hyphens_accents_and_strength_make_no_difference(typed):
    assert "duloxetine" in lines(typed)


def test_the_whole_name_comes_before_beginnings_and_those_before_what_is_spelt_like_it():
    assert lines("prednisolone")[0] == "prednisolone"
    assert {"prednisolone", "prednisone"} <= set(lines("predniso"))
    assert lines("prednison") == ["prednisone", "prednisolone"]


def test_any_word_of_a_name_may_be_begun():
    assert "folic acid" in lines("acid")
    assert "insulin glargine" in lines("glarg")


def test_a_name_that_is_like_two_suggests_both():
    assert lines("lamisal") == ["Lamisil -> terbinafine", "Lamictal -> lamotrigine"]


def test_a_beginning_says_what_it_may_go_on_to_be_but_not_of_two_letters():
    assert {"prednisolone", "prednisone"} <= set(nearest(NAMES, "pred"))
    assert nearest(NAMES, "pr") == []


def test_there_are_at_most_eight_and_each_medicine_once():
    for typed in ("co", "in", "pro", "met", "st john", "lithium"):
        found = suggest(NAMES, typed)
        assert len(found) <= MOST == 8
        meant = [NAMES.medicine(one.text) for one in found]
        assert len(set(meant)) == len(meant)
    assert len(suggest(NAMES, "co")) == 8


@pytest.mark.parametrize(
    "typed",
    ["", " ", "d", "Dr Li back tonic", "asdfgh", "herbal tea", "protein", "none", "unknown", "дулоксетин", "😀😀",
     "\x00\x07", "x" * 1000, "sertraline " * 100],
)  # fmt: skip
def test_nonsense_suggests_nothing(typed):
    assert suggest(NAMES, typed) == []
    assert nearest(NAMES, typed) == []


@pytest.mark.parametrize("typed", ["aspirin 75 mg and clopidogrel", "no ibuprofen", "codeine/paracetamol"])
def test_a_text_that_names_more_than_a_medicine_is_not_cut_short_to_one(typed):
    assert suggest(NAMES, typed) == []


def test_a_product_of_several_ingredients_says_what_it_contains():
    assert lines("zestor") == ["Zestoretic -> lisinopril with hydrochlorothiazide"]
    (found,) = suggest(NAMES, "Symbyax 6/25 mg")
    assert NAMES.ingredients(NAMES.medicine(found.fills)) == ("olanzapine", "fluoxetine")


def test_allergies_know_groups_as_well():
    assert lines("penicilin", allergies=True)[:2] == ["penicillin -> a group", "penicillin v"]
    assert lines("nsaids", allergies=True) == ["NSAID -> a group"]
    assert lines("maoi", allergies=True) == ["maoi -> monoamine oxidase inhibitor, a group"]
    assert "iodinated contrast medium -> a group" in lines("contrast", allergies=True)
    assert lines("Nurofen", allergies=True)[0] == "Nurofen -> ibuprofen"


def test_medicines_know_no_groups():
    assert lines("penicilin") == ["penicillin v", "penicillin g -> benzylpenicillin"]
    assert lines("latex") == []


def test_a_class_that_is_only_described_is_not_suggested():
    assert not any(line.startswith(("medicine ", "other ")) for line in lines("medic", allergies=True))


# ------------------------------------------------------------------------------------------------ what picking fills in


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ("cymbolta", "duloxetine"),
        ("Cymbalta 30 mg od", "duloxetine 30 mg od"),
        ("sertralin 50mg", "sertraline 50mg"),
        ("paracet", "paracetamol"),
        ("lithium carb", "lithium carbonate"),
        ("insulin a", "insulin aspart"),
    ],
)
def test_a_brand_is_filled_in_as_its_ingredient_and_the_strength_stays(typed, filled):
    assert suggest(NAMES, typed)[0].fills == filled


@pytest.mark.parametrize("allergies", [False, True])
def test_every_name_finds_itself_and_what_it_fills_in_is_recognised(allergies):
    recognised = NAMES.allergy if allergies else NAMES.medicine
    for spelling in NAMES.spellings:
        if spelling.is_class and not allergies:
            continue
        found = {recognised(one.fills) for one in suggest(NAMES, spelling.text, allergies=allergies)}
        assert spelling.code in found, spelling
        assert None not in found, spelling
        assert recognised(spelling.text) == spelling.code


def test_a_strength_behind_what_one_is_allergic_to_is_passed_over():
    assert (NAMES.allergy("Ibuprofen 400 mg"), NAMES.allergy("NSAIDs")) == ("ibuprofen", "nsaid")
    assert NAMES.allergy("ibuprofen rash") is None


# ------------------------------------------------------------------------------------------------ the address


def test_the_answer_is_a_list_for_the_field_and_stays_private(alices, edition):
    response = alices.get("/suggestions/medicines/", {"q": "cymb"})
    assert response.json() == {"suggestions": [{"text": "Cymbalta", "means": "duloxetine", "fills": "duloxetine"}]}
    assert "private" in response["Cache-Control"]
    groups = alices.get("/suggestions/allergies/", {"q": "latex"}).json()["suggestions"]
    assert groups == [{"text": "latex", "means": "a group", "fills": "latex"}]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x" * 1000, "\x01\x02\x1f\x7f", "' OR 1=1 --", "<b>", "\u202e", "😀", "%", "q\nz", "\ufdfa" * 80],
)
def test_strange_input_suggests_nothing_and_is_no_error(alices, edition, typed):
    for what in ("medicines", "allergies"):
        response = alices.get(f"/suggestions/{what}/", {"q": typed})
        assert (response.status_code, response.json()) == (200, {"suggestions": []})
    assert alices.get("/suggestions/medicines/").json() == {"suggestions": []}


def test_bytes_that_are_no_text_are_no_error(alices, edition):
    assert alices.get("/suggestions/medicines/?q=%ff%fe%ed%a0%80").json() == {"suggestions": []}


def test_a_nul_and_an_unknown_list_are_not_found(alices, edition):
    assert alices.get("/suggestions/medicines/?q=%00").status_code == 404
    assert alices.get("/suggestions/patients/?q=ro").status_code == 404


def test_without_a_sign_in_the_address_leads_to_it(client, edition):
    response = client.get("/suggestions/medicines/?q=cymb")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_an_editor_gets_no_suggestions(signed_in, edith, edition):
    assert signed_in(edith).get("/suggestions/medicines/?q=cymb").status_code == 403
    assert AuditEvent.objects.get(event="refused", by=edith).details["reason"] == "role"


def test_suggestions_are_only_read(alices, edition):
    assert alices.post("/suggestions/medicines/?q=cymb").status_code == 405


def test_what_was_typed_is_written_down_nowhere(alices, edition, caplog, monkeypatch):
    before = AuditEvent.objects.count()
    alices.get("/suggestions/medicines/", {"q": "cymbolta"})
    assert AuditEvent.objects.count() == before
    monkeypatch.setattr(evaluation, "_loaded", {})
    EditionRow.objects.filter(kind="options").first().delete()
    alices.get("/suggestions/medicines/", {"q": "cymbolta"})
    assert caplog.records
    assert "cymbolta" not in caplog.text


def test_without_guidance_there_are_no_suggestions(alices, edition, monkeypatch):
    monkeypatch.setattr(evaluation, "_loaded", {})
    EditionRow.objects.filter(kind="options").first().delete()
    response = alices.get("/suggestions/medicines/", {"q": "cymb"})
    assert (response.status_code, response.json()) == (503, {"suggestions": []})
