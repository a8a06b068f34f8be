"""A line that no name matches stays as it was typed, and says beside it what may be meant and what it counts as."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from guidance import evaluation
from guidance.models import EditionRow
from guidance.packaged import packaged_edition
from patients.demo import intake_answers
from patients.followup import actions as followup
from patients.followup.forms import FollowUpForm
from patients.intake import actions
from patients.intake.forms import HealthForm, LifeForm
from patients.intake.mapping import NameBook
from patients.models import Intake
from tests.pages import press, text_of

NAMES = NameBook.of(packaged_edition())


def notes(form_class: Any, answers: dict[str, str], names: NameBook | None = NAMES) -> dict[str, str]:
    return form_class.with_answers({name: [text] for name, text in answers.items()}, known_names=names).notes


def test_a_line_that_is_not_recognised_says_what_may_be_meant_and_what_it_counts_as():
    answers = {"medicine_1": "descenlafaxine", "medicine_2": "Cymbalta 60 mg", "allergy_1": "penicilin"}
    assert notes(HealthForm, answers) == {
        "medicine_1": "Not recognised: descenlafaxine. Did you mean desvenlafaxine? "
        "As it stands it counts as not checked for interactions.",
        "allergy_1": "Not recognised: penicilin. Did you mean penicillin, penicillin v or penicillin g? "
        "As it stands the allergies count as not complete.",
    }
    assert notes(LifeForm, {"tried_other_1": "lamisal"}) == {
        "tried_other_1": "Not recognised: lamisal. Did you mean Lamisil or Lamictal? "
        "As it stands no advice takes it into account."
    }


def test_a_line_that_is_like_nothing_is_not_recognised_either():
    found = notes(HealthForm, {"medicine_1": "Dr Li back tonic"})["medicine_1"]
    assert found == "Not recognised: Dr Li back tonic. As it stands it counts as not checked for interactions."


def test_a_line_that_names_two_medicines_is_to_be_taken_apart():
    found = notes(HealthForm, {"medicine_1": "aspirin 75 mg and clopidogrel"})["medicine_1"]
    assert "It names aspirin and clopidogrel: enter one by its name alone." in found
    assert "Did you mean" not in found


def test_a_follow_up_says_it_too():
    found = notes(FollowUpForm, {"medicine_1": "sertralin", "since_1": "cymbolta", "new_allergy_1": "latexx"})
    assert [text.split("?")[0].split("Did you mean ")[1] for text in found.values()] == [
        "Cymbalta",
        "latex",
        "sertraline",
    ]


@pytest.mark.parametrize("names", [None, NameBook({}, {}, (), ())])
def test_without_guidance_no_line_is_called_not_recognised(names):
    assert notes(HealthForm, {"medicine_1": "descenlafaxine"}, names) == {}


# ------------------------------------------------------------------------------------------------ on the pages


@pytest.fixture
def intake(stage):
    patient = stage.patient("Rosa", date(1984, 3, 12), "female", stage.now)
    return actions.start_intake(by=stage.by, at=stage.now, patient=patient)


def test_what_is_not_recognised_is_saved_as_typed_and_said_on_the_step_and_the_check_page(alices, intake):
    page = f"/intakes/{intake.pk}/health/"
    press(alices, page, medicine_1="descenlafaxine 50 mg", medicine_2="duloxetine", go="on")
    assert Intake.objects.get().answers["health"]["medicine_1"] == ["descenlafaxine 50 mg"]
    response = alices.get(page)
    assert 'value="descenlafaxine 50 mg"' in response.content.decode()
    assert 'aria-describedby="id_medicine_1_note"' in response.content.decode()
    said = "Not recognised: descenlafaxine 50 mg. Did you mean desvenlafaxine?"
    assert said in text_of(response)
    assert said in text_of(alices.get(f"/intakes/{intake.pk}/check/"))
    assert "Not recognised: duloxetine" not in text_of(response)


def test_an_error_about_a_line_takes_the_place_of_the_note(alices, intake):
    response = press(alices, f"/intakes/{intake.pk}/health/", medicine_1="aspirin and clopidogrel")
    text = text_of(response)
    assert "‘aspirin and clopidogrel’ is not recognised, though it names aspirin, clopidogrel" in text
    assert "Not recognised: aspirin" not in text


def test_every_field_that_takes_names_has_its_list_on_the_page(alices, stage, intake):
    plan = stage.signed(intake.patient, intake_answers(), ("duloxetine",), stage.now)
    visit = followup.start_follow_up(by=stage.by, at=stage.now, plan=plan, reminder=None, answers={})
    fresh = actions.start_intake(by=stage.by, at=stage.now, patient=intake.patient)
    for page in (f"/intakes/{fresh.pk}/health/", f"/intakes/{fresh.pk}/life/", f"/follow-ups/{visit.pk}/"):
        body = alices.get(page).content.decode()
        wanted = {name for name in ("known-medicines", "known-allergies") if f'list="{name}"' in body}
        assert wanted
        for name in wanted:
            assert body.count(f'id="{name}"') == 1, (page, name)


def test_without_guidance_what_is_typed_is_kept_in_a_plain_field(alices, intake, monkeypatch):
    monkeypatch.setattr(evaluation, "_loaded", {})
    EditionRow.objects.filter(kind="options").first().delete()
    page = f"/intakes/{intake.pk}/health/"
    assert "data-suggest" not in alices.get(page).content.decode()
    press(alices, page, medicine_1="descenlafaxine", go="on")
    assert Intake.objects.get().answers["health"]["medicine_1"] == ["descenlafaxine"]
    assert "Did you mean" not in text_of(alices.get(page))
