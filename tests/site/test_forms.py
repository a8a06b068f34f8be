"""What every form shares: dates as people type them, errors that name what to do."""

from datetime import date

import pytest

from backdep_site.forms import ClinicalForm, parse_date, radio_field, text_field
from patients.intake.forms import MoodForm


@pytest.mark.parametrize(
    "text", ["27 3 1980", "27/03/1980", "27.3.1980", "27 Mar 1980", "27 march 1980", "1980-03-27", " 27-3-1980 "]
)
def test_dates_as_people_type_them(text):
    assert parse_date(text) == date(1980, 3, 27)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "31 2 1980",
        "27 3 80",
        "27 3",
        "3 27 1980",
        "27 13 1980",
        "0 3 1980",
        "1 2 3 4",
        "٣ ٣ ٣",
        f"1 {9**99} 1980",
        f"1 {'9' * 5000} 1980",
    ],
)
def test_what_is_no_date(text):
    assert parse_date(text) is None


class SampleForm(ClinicalForm):
    name = text_field("Family name", limit=5)
    colour = radio_field("Colour", (("r", "Red"), ("b", "Blue")))

    def clean(self):
        super().clean()
        self.require("name", "Enter the family name")


def test_errors_link_to_the_first_control_of_their_field():
    form = SampleForm({"colour": "green"})
    assert [(line.href, line.message) for line in form.error_lines] == [
        ("#id_name", "Enter the family name"),
        ("#id_colour_0", "Colour: select one of the answers shown"),
    ]


def test_no_control_is_marked_as_required_in_html():
    html = SampleForm().as_p()
    assert " required" not in html


def test_a_page_carries_its_version_and_a_token_of_its_own():
    one, two = SampleForm(version=3), SampleForm(version=3)
    assert one["version"].value() == 3
    assert one["token"].value() != two["token"].value()


def test_a_version_or_token_that_is_nonsense_counts_as_none():
    form = SampleForm({"name": "Wells", "version": "x", "token": "y"})
    form.is_valid()
    assert (form.posted_version(), form.posted_token()) == (0, None)


def test_errors_stand_in_the_order_of_the_page():
    form = MoodForm.judging({"phq9_9": ["1"]})
    form.is_valid()
    form.ask_for_unanswered()
    fields = [line.href for line in form.error_lines]
    places = [
        fields.index(f"#id_{name}_0")
        for name in ("phq9_1", "screen_intent", "judgement", "past_attempt", "mania")
        if f"#id_{name}_0" in fields
    ]
    assert places == sorted(places)
    assert len(places) == 4
