"""Typing the names of medicines: the list under the field, with the keys, with the mouse, and with nothing but HTML."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from patients.models import Intake
from tests.journeys.people import Person

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def opens_the_medicines(clinician: Person) -> None:
    clinician.signs_in()
    clinician.adds_a_patient("Rosa", "Wells", "12 3 1984")
    clinician.starts_an_assessment()
    clinician.opens_the_step("Health and medicines")
    expect(clinician.page.get_by_role("heading", level=1)).to_have_text("Health and medicines")


def line(clinician: Person, name: str) -> Locator:
    return clinician.page.locator(f'[name="{name}"]')


def options(clinician: Person) -> Locator:
    return clinician.page.get_by_role("option")


def test_a_name_is_picked_from_the_list_and_what_is_not_picked_stays_as_typed(at_the_browser, alice):
    clinician = at_the_browser(alice)
    opens_the_medicines(clinician)
    page, keys = clinician.page, clinician.page.keyboard
    first, second, third, fourth = (line(clinician, f"medicine_{n}") for n in (1, 2, 3, 4))
    said = page.get_by_role("status")

    # down, and Enter picks without leaving the row; the next Enter leads to the next one
    first.press_sequentially("cymb")
    expect(options(clinician)).to_have_text(["Cymbalta → duloxetine"])
    expect(said).to_have_text("1 suggestion")
    expect(first).to_have_attribute("aria-expanded", "true")
    clinician.looks_at_the_page()
    keys.press("ArrowDown")
    expect(options(clinician)).to_have_attribute("aria-selected", "true")
    expect(first).to_have_attribute("aria-activedescendant", "id_medicine_1_suggestions_0")
    clinician.looks_at_the_page()
    keys.press("Enter")
    expect(first).to_have_value("duloxetine")
    expect(first).to_be_focused()
    expect(options(clinician)).to_have_count(0)
    expect(said).to_have_text("duloxetine is filled in")
    keys.press("Enter")
    expect(second).to_be_focused()

    # nothing marked: Escape only closes, and Enter goes on with the text as it is
    second.press_sequentially("descenlafaxine 50 mg")
    expect(options(clinician)).to_have_text(["desvenlafaxine"])
    keys.press("Escape")
    expect(options(clinician)).to_have_count(0)
    expect(second).to_have_value("descenlafaxine 50 mg")
    keys.press("Enter")
    expect(third).to_be_focused()

    # Tab and leaving the field take nothing, even of what is marked
    third.press_sequentially("predniso")
    expect(options(clinician)).to_have_count(3)
    keys.press("ArrowUp")
    expect(options(clinician).last).to_have_attribute("aria-selected", "true")
    keys.press("ArrowDown")
    expect(third).not_to_have_attribute("aria-activedescendant", "id_medicine_3_suggestions_1")
    keys.press("ArrowDown")
    expect(options(clinician).first).to_have_attribute("aria-selected", "true")
    keys.press("Tab")
    expect(options(clinician)).to_have_count(0)
    expect(third).to_have_value("predniso")

    # the mouse on a narrow screen; undoing brings back what was typed
    page.set_viewport_size({"width": 320, "height": 640})
    third.focus()
    keys.press("Enter")
    fourth.press_sequentially("ibuprofin 400 mg")
    expect(options(clinician)).to_have_text(["ibuprofen"])
    box = page.get_by_role("listbox").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    options(clinician).first.click()
    expect(fourth).to_have_value("ibuprofen 400 mg")
    expect(fourth).to_be_focused()
    keys.press("Control+z")
    expect(fourth).to_have_value("ibuprofin 400 mg")
    keys.press("Escape")

    # groups, for an allergy
    page.set_viewport_size({"width": 1280, "height": 900})
    clinician.picks("allergies", "some")
    line(clinician, "allergy_1").press_sequentially("penicilin")
    expect(options(clinician)).to_have_text(["penicillin → a group", "penicillin v", "penicillin g → benzylpenicillin"])
    clinician.looks_at_the_page()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(line(clinician, "allergy_1")).to_have_value("penicillin")

    clinician.presses("Save and continue")
    clinician.reads("There is a problem")
    kept = Intake.objects.get().answers["health"]
    assert [kept[f"medicine_{n}"] for n in (1, 2, 3, 4)] == [
        ["duloxetine"], ["descenlafaxine 50 mg"], ["predniso"], ["ibuprofin 400 mg"],
    ]  # fmt: skip
    clinician.reads("Not recognised: descenlafaxine 50 mg. Did you mean desvenlafaxine?")
    clinician.looks_at_the_page()
    second.fill("desvenlafaxine 50 mg")
    clinician.does_not_read("Did you mean desvenlafaxine?")


def test_when_no_suggestions_come_the_field_is_a_plain_one(at_the_browser, alice):
    clinician = at_the_browser(alice)
    opens_the_medicines(clinician)
    clinician.page.route("**/suggestions/**", lambda route: route.abort())
    field = line(clinician, "medicine_1")
    with clinician.page.expect_event("requestfailed"):
        field.press_sequentially("cymb")
    field.press_sequentially("alta")
    expect(field).to_have_value("cymbalta")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(clinician.page.get_by_role("status")).to_have_text("")
    clinician.presses("Save and exit")
    clinician.reads("WELLS, Rosa")
    assert Intake.objects.get().answers["health"]["medicine_1"] == ["cymbalta"]


def test_without_javascript_the_page_says_afterwards_what_was_not_recognised(at_the_browser, alice):
    clinician = at_the_browser(alice, javascript=False)
    opens_the_medicines(clinician)
    clinician.types("medicine_1", "descenlafaxine")
    clinician.types("medicine_2", "sertraline 50 mg")
    clinician.goes_on()
    clinician.reads(
        "Not recognised: descenlafaxine. Did you mean desvenlafaxine? As it stands it counts as not checked"
    )
    clinician.does_not_read("Not recognised: sertraline")
    clinician.looks_at_the_page()
    clinician.opens_the_step("Check and create plan")
    clinician.reads("Not recognised: descenlafaxine. Did you mean desvenlafaxine?")
    clinician.looks_at_the_page()
    assert Intake.objects.get().answers["health"]["medicine_1"] == ["descenlafaxine"]
