"""The four answer steps of the intake.

Every field may be left open: a step is saved as it is. `unanswered` names what a clinician would still be asked;
`clean` refuses what cannot be right. Both speak in sentences that say what to do.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final, Self

from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict

from backdep_site.forms import (
    ClinicalForm,
    long_text_field,
    past_date,
    radio_field,
    select_field,
    text_field,
    tick_field,
    ticks_field,
)
from backdep_site.layout import Part
from patients.intake import questionnaires as q
from patients.intake.mapping import NameBook, screen_answers
from patients.intake.suggestions import nearest

Answers = Mapping[str, list[str]]


class StepForm(ClinicalForm):
    """One step. Built from the stored answers (as typed) or from a post."""

    step = ""

    @classmethod
    def fields_stored(cls) -> list[str]:
        """The field names whose answers are kept."""
        return [name for name in cls.base_fields if name not in ("version", "token")]

    @classmethod
    def typed(cls, data: Any) -> dict[str, list[str]]:
        """What was typed, for storing: field -> texts. Left out: what is empty, what is no field of the step, and NUL
        characters, which nobody types and PostgreSQL cannot keep."""
        out = {}
        for name in cls.fields_stored():
            values = [text for value in data.getlist(name) if (text := value.replace("\0", "")) != ""]
            if values:
                # of a question with one answer the last counts, as it does when the form is judged
                many = isinstance(cls.base_fields[name], forms.MultipleChoiceField)
                out[name] = values if many else values[-1:]
        return out

    @classmethod
    def with_answers(cls, answers: Answers, **kwargs: Any) -> Self:
        """The form showing stored answers, without judging them."""
        initial: dict[str, Any] = {}
        for name, values in answers.items():
            field = cls.base_fields.get(name)
            if field is not None and values:
                initial[name] = values if isinstance(field, forms.MultipleChoiceField) else values[0]
        return cls(initial=initial, **kwargs)

    @classmethod
    def judging(cls, answers: Answers, *, version: int = 0, **kwargs: Any) -> Self:
        """The form bound to stored answers, so that they can be read and judged; with a fresh token."""
        data = QueryDict(mutable=True)
        for name, values in answers.items():
            data.setlist(name, list(values))
        data["version"], data["token"] = str(version), str(uuid.uuid4())
        return cls(data, version=version, **kwargs)

    def unanswered(self) -> dict[str, str]:
        """field -> what to do, for questions without an answer (only on a bound, cleaned form)."""
        return {}

    def ask_for_unanswered(self) -> None:
        """Turn what is unanswered into errors, as `Save and continue` does."""
        for name, message in self.unanswered().items():
            if name not in self.errors:
                self.add_error(name, message)

    def given(self, name: str) -> bool:
        """Whether the question has any answer, "not known" among them."""
        return bool(self.cleaned_data.get(name))


# ------------------------------------------------------------------------------------------------ 1 mood and safety


SAFETY_FIELDS = (
    "means_access", "protective_factors", "judgement", "safety_actions", "emergency_assessment", "safety_note",
)  # fmt: skip
"""What the screener's part of the page asks beside the screener."""


def open_safety(form: StepForm) -> dict[str, str]:
    """What is still open about suicide risk, once item 9 or the screener raises it: field -> what to do."""
    answers = screen_answers(form.cleaned_data)
    if form.cleaned_data.get("phq9_9") in (None, "", "0") and True not in answers.values():
        return {}
    reached = ["wish-to-be-dead", "suicidal-thoughts"]
    if answers.get("suicidal-thoughts"):
        reached += ["method", "intent", "plan-with-intent"]
    reached.append("behaviour-lifetime")
    if answers.get("behaviour-lifetime"):
        reached.append("behaviour-3-months")
    numbers = {code: number for code, number, *_ in q.CSSRS_QUESTIONS}
    out = {
        f"screen_{code}": f"Ask question {numbers[code]} of the suicide screener"
        for code in reached
        if code not in answers
    }
    if not form.given("judgement"):
        out["judgement"] = "Select your judgement of the suicide risk"
    if not form.given("safety_actions"):
        out["safety_actions"] = "Select what was done about the suicide risk"
    return out


class MoodForm(StepForm):
    """PHQ-9, the suicide screener with what was done, and what an antidepressant must know."""

    step = "mood"
    answered_by = radio_field(
        "Answered by",
        (("paper", "Patient, on paper"), ("with-me", "Patient, with me"), ("interpreter", "With an interpreter")),
    )
    phq9_difficulty = radio_field(q.PHQ9_DIFFICULTY, q.PHQ9_DIFFICULTY_CHOICES)
    means_access = radio_field("Access to means of self-harm", q.YES_NO_NOT_ASKED, inline=True)
    protective_factors = radio_field("Something or someone protects the patient", q.YES_NO_NOT_ASKED, inline=True)
    judgement = radio_field(
        "Your judgement of the suicide risk",
        q.JUDGEMENT_CHOICES,
        hint="It raises the result of the questions, never lowers it.",
    )
    safety_actions = ticks_field("What was done", q.SAFETY_ACTIONS)
    emergency_assessment = tick_field(
        "An emergency mental-health assessment took place for this episode, and its outcome is written below"
    )
    safety_note = long_text_field("Note on safety (optional)")
    past_attempt = radio_field("Past suicide attempt", q.YES_NO_UNKNOWN, inline=True)
    depression_diagnosis = radio_field(
        "Depression diagnosed by a clinician",
        q.YES_NO_UNKNOWN,
        hint="Now or before, whatever today's score.",
        inline=True,
    )
    mania = radio_field("Past mania or hypomania", q.YES_NO_UNKNOWN, inline=True)
    psychosis = radio_field("Psychotic symptoms now", q.YES_NO_UNKNOWN, inline=True)
    psychosis_actions = long_text_field(
        "What was done about the psychotic symptoms",
        hint="For example, psychiatry called at 10:20, seen today.",
        rows=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper_layout = Layout(
            "version",
            "token",
            "answered_by",
            Part("components/phq9.html", *(f"phq9_{n}" for n in range(1, 10)), questionnaire=q, bands=BANDS),
            Part(
                "components/suicide_screen.html",
                *(f"screen_{code}" for code, *_ in q.CSSRS_QUESTIONS),
                questionnaire=q,
                also=SAFETY_FIELDS,
            ),
            "phq9_difficulty",
            Part("components/section.html", heading="Before an antidepressant", hint=""),
            "past_attempt",
            "depression_diagnosis",
            "mania",
            "psychosis",
            Part("components/reveal_text.html", "psychosis_actions", on="psychosis", value="yes"),
        )

    def clean_emergency_assessment(self) -> bool:
        return bool(self.cleaned_data.get("emergency_assessment"))

    def unanswered(self) -> dict[str, str]:
        out: dict[str, str] = {}
        open_items = [n for n in range(1, 10) if not self.given(f"phq9_{n}")]
        if len(open_items) == 9:
            out["phq9_1"] = "Answer the PHQ-9 questions"
        else:
            for n in open_items:
                out[f"phq9_{n}"] = f"Select how often the patient has {q.PHQ9_SHORT[n - 1]} (question {n})"
        out.update(open_safety(self))
        if not self.given("phq9_difficulty"):
            out["phq9_difficulty"] = "Select how difficult these problems have made things"
        for name, what in (
            ("past_attempt", "there was a past suicide attempt"),
            ("depression_diagnosis", "a clinician has diagnosed depression"),
            ("mania", "the patient has had mania or hypomania"),
            ("psychosis", "there are psychotic symptoms"),
        ):
            if not self.given(name):
                out[name] = f"Select whether {what}"
        return out


for _number, _item in enumerate(q.PHQ9_ITEMS, 1):
    MoodForm.base_fields[f"phq9_{_number}"] = radio_field(f"{_number}. {_item}", q.PHQ9_CHOICES)
for _code, _n, _question, _period in q.CSSRS_QUESTIONS:
    MoodForm.base_fields[f"screen_{_code}"] = radio_field(
        f"{_n}. {_question}",
        q.YES_NO_NOT_ASKED,
        hint=f"In the {_period}" if _period != "lifetime" else "In the whole life",
    )
BANDS = (("0", "Minimal"), ("5", "Mild"), ("10", "Moderate"), ("15", "Moderately severe"), ("20", "Severe"))


# ------------------------------------------------------------------------------------------------ 2 pain and red flags


class PainForm(StepForm):
    """PEG, how long, where, the leg, and the red flags with what came of them."""

    step = "pain"
    duration = radio_field("How long has the back pain lasted?", q.DURATION_CHOICES)
    duration_weeks = text_field("Number of weeks", limit=6, inputmode="decimal", autocomplete="off")
    duration_start = text_field("Or the date it began", hint="For example, 27 3 2026", limit=30, autocomplete="off")
    sites = ticks_field("Where is the pain?", q.SITE_CHOICES, hint="The patient's own left and right.")
    site_text = text_field("Where else (optional)", limit=120)
    leg = radio_field("Leg symptoms", q.LEG_CHOICES)
    leg_side = ticks_field("Which leg", (("left", "Left"), ("right", "Right")))
    leg_signs = ticks_field("Signs in the leg", q.LEG_SIGNS)
    flags_none = tick_field("None of these red flags")
    flags_open = tick_field("Not fully assessed")

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.helper_layout = Layout(
            "version",
            "token",
            Part("components/peg.html", "peg_1", "peg_2", "peg_3", questionnaire=q),
            "duration",
            Part("components/side_by_side.html", "duration_weeks", "duration_start"),
            "sites",
            "site_text",
            "leg",
            Part("components/reveal.html", "leg_side", "leg_signs", on="leg", values="above below"),
            Part(
                "components/red_flags.html",
                "flags_none",
                "flags_open",
                *(f"flag_{g.code}" for g in q.RED_FLAG_GROUPS),
                *(f"outcome_{g.code}" for g in q.RED_FLAG_GROUPS),
                groups=q.RED_FLAG_GROUPS,
            ),
        )

    def clean_duration_weeks(self) -> float | None:
        text = self.cleaned_data["duration_weeks"].strip().replace(",", ".")
        if not text:
            return None
        try:
            weeks = float(text)
        except ValueError:
            weeks = -1
        if not 0 <= weeks <= 5200:
            raise forms.ValidationError("Number of weeks must be a number, like 34")
        return weeks

    def clean_duration_start(self) -> date | None:
        return past_date(self.cleaned_data["duration_start"], "The date the pain began", today=self.today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        flags = [f"flag_{g.code}" for g in q.RED_FLAG_GROUPS if cleaned.get(f"flag_{g.code}")]
        if cleaned.get("flags_none") and flags:
            self.add_error("flags_none", "Select red flags or ‘None of these’, not both")
        if cleaned.get("flags_none") and cleaned.get("flags_open"):
            self.add_error("flags_open", "Select ‘None of these’ or ‘Not fully assessed’, not both")
        self._check_duration(cleaned)
        return cleaned

    def _check_duration(self, cleaned: dict[str, Any]) -> None:
        """The radio must agree with the number of weeks; the number decides."""
        weeks, start, band = cleaned.get("duration_weeks"), cleaned.get("duration_start"), cleaned.get("duration")
        field, what = "duration_weeks", "number of weeks"
        if weeks is None and start is not None and self.today is not None:
            weeks, field, what = (self.today - start).days / 7, "duration_start", "start date"
        if weeks is None or band in (None, "", "unknown"):
            return
        fits = {"under-4": weeks < 4, "4-to-12": 4 <= weeks <= 12, "over-12": weeks > 12}
        if not fits[band]:
            name = dict(q.DURATION_CHOICES)[band]
            self.add_error(field, f"The {what} does not match ‘{name}’")

    def unanswered(self) -> dict[str, str]:
        cleaned, out = self.cleaned_data, {}
        for number, what in enumerate(q.PEG_SHORT, 1):
            if not self.given(f"peg_{number}"):
                out[f"peg_{number}"] = f"Select {what} (0 to 10)"
        if not self.given("duration"):
            out["duration"] = "Select how long the patient has had back pain"
        elif (
            cleaned["duration"] != "unknown"
            and cleaned.get("duration_weeks") is None
            and not cleaned.get("duration_start")
        ):
            out["duration_weeks"] = "Enter when the pain started, or how many weeks it has lasted"
        if not self.given("sites"):
            out["sites"] = "Select where the pain is"
        if not self.given("leg"):
            out["leg"] = "Select whether there are leg symptoms"
        ticked = [g for g in q.RED_FLAG_GROUPS if self.given(f"flag_{g.code}")]
        if not ticked and not cleaned.get("flags_none") and not cleaned.get("flags_open"):
            out["flags_none"] = "Select red flags, or ‘None of these red flags’"
        return out


for _number, (_question, _low, _high) in enumerate(q.PEG_ITEMS, 1):
    PainForm.base_fields[f"peg_{_number}"] = radio_field(_question, [(str(n), str(n)) for n in range(11)])
for _group in q.RED_FLAG_GROUPS:
    PainForm.base_fields[f"flag_{_group.code}"] = ticks_field(_group.heading, _group.signs, hint=_group.hint)
    PainForm.base_fields[f"outcome_{_group.code}"] = radio_field(
        f"What came of it: {_group.heading.lower()}", (("open", "No outcome yet"), *q.FLAG_OUTCOMES), inline=True
    )


# ----------------------------------------------------------------------------------------------- 3 health and medicines

_ABOVE = re.compile(r"^(?:>|≥|above|over|more than)\s*(\d{1,3})$|^(\d{1,3})\s*\+$")


def _read_number(text: str, low: float, high: float, message: str, *, whole: bool = False) -> float | int | None:
    """A number in a range, or None for an empty text. Raises ValidationError with the message."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise forms.ValidationError(message) from error
    if not low <= value <= high or (whole and value != int(value)):
        raise forms.ValidationError(message)
    return int(value) if whole or value == int(value) else value


def unclear_medicines(cleaned: Mapping[str, Any], names: NameBook | None, rows: int) -> dict[str, str]:
    """Lines of a medicine list that are not recognised although they name a medicine: field -> what to do."""
    out = {}
    for field in (f"medicine_{n}" for n in range(1, rows + 1)):
        typed = cleaned.get(field) or ""
        if typed and names is not None and names.medicine(typed) is None and (named := names.named_in(typed)):
            others = ", ".join(named)
            out[field] = f"Enter one medicine by its name alone. ‘{typed}’ is not recognised, though it names {others}"
    return out


MEDICINE, ALLERGY, TRIED = "medicine", "allergy", "tried"
_AS_IT_STANDS: Final = {
    MEDICINE: "As it stands it counts as not checked for interactions.",
    ALLERGY: "As it stands the allergies count as not complete.",
    TRIED: "As it stands no advice takes it into account.",
}


def not_recognised(form: forms.Form, names: NameBook | None, fields: Mapping[str, str]) -> dict[str, str]:
    """What stands beside each line that no name of the catalogue matches: the nearest names, and what it counts as.

    ``fields``: field -> MEDICINE, ALLERGY or TRIED. Without guidance no line can be told from another.
    """
    out: dict[str, str] = {}
    if names is None or not names.medicines:
        return out
    for field, kind in fields.items():
        typed = str(form[field].value() or "").strip()
        if not typed or (names.allergy(typed) if kind == ALLERGY else names.medicine(typed)) is not None:
            continue
        said = f"Not recognised: {typed}."
        if named := names.named_in(typed):
            said += f" It names {_and_last(named, 'and')}: enter one by its name alone."
        elif near := nearest(names, typed, allergies=kind == ALLERGY):
            said += f" Did you mean {_and_last(near, 'or')}?"
        out[field] = f"{said} {_AS_IT_STANDS[kind]}"
    return out


def _and_last(names: Sequence[str], word: str) -> str:
    return f" {word} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


class HealthForm(StepForm):
    """Conditions, measurements, pregnancy, medicines and allergies."""

    step = "health"
    egfr = text_field(
        "Kidney function (eGFR)",
        hint="mL/min/1.73m². A result above 60 may be typed as >60.",
        limit=12,
        autocomplete="off",
    )
    egfr_date = text_field(
        "Date of the kidney test (optional)", hint="For example, 27 3 2026", limit=30, autocomplete="off"
    )
    blood_pressure = text_field("Blood pressure", hint="mmHg, like 128/82", limit=12, autocomplete="off")
    qtc = text_field("QTc (optional)", hint="ms, from an ECG", limit=8, inputmode="numeric", autocomplete="off")
    sodium = text_field("Sodium (optional)", hint="mmol/L", limit=8, inputmode="decimal", autocomplete="off")
    pregnancy = radio_field("Pregnancy", q.PREGNANCY_CHOICES)
    pregnancy_weeks = text_field("Week of pregnancy", limit=4, inputmode="numeric", autocomplete="off")
    breastfeeding = radio_field("Breastfeeding", q.YES_NO_UNKNOWN, inline=True)
    medicines_none = tick_field("No medicines")
    medicines_complete = tick_field(
        "The list is complete",
        hint="Prescribed, bought and herbal; and MAOIs, linezolid or fluoxetine stopped in the last 5 weeks.",
    )
    unrecognised_reviewed = tick_field("I have looked up every medicine that was not recognised")
    serotonin_signs = radio_field(
        q.SEROTONIN_QUESTION,
        q.YES_NO_NOT_ASKED,
        hint="Asked when a medicine that acts on serotonin is taken.",
        inline=True,
    )
    allergies = radio_field("Allergies", q.ALLERGY_CHOICES)

    def __init__(
        self,
        *args: Any,
        asks_pregnancy: bool = True,
        known_names: NameBook | None = None,
        today: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asks_pregnancy, self.today, self.names = asks_pregnancy, today, known_names
        pregnancy = (
            [
                "pregnancy",
                Part("components/reveal_text.html", "pregnancy_weeks", on="pregnancy", value="pregnant"),
                "breastfeeding",
            ]
            if asks_pregnancy
            else []
        )
        rows = range(1, q.MEDICINE_ROWS + 1)
        self.helper_layout = Layout(
            "version",
            "token",
            Part(
                "components/conditions.html",
                *(f"condition_{code}" for code in q.CONDITION_NAMES),
                groups=q.CONDITION_GROUPS,
            ),
            Part(
                "components/section.html",
                heading="Measurements",
                hint="Leave open what is not known. The plan says what it blocks.",
            ),
            Part("components/side_by_side.html", "egfr", "egfr_date"),
            "blood_pressure",
            Part("components/side_by_side.html", "qtc", "sodium"),
            *pregnancy,
            Part(
                "components/medicines.html",
                "medicines_none",
                "medicines_complete",
                "unrecognised_reviewed",
                *(f"medicine_{n}" for n in rows),
                *(f"medicine_{n}_stopped" for n in rows),
                *(f"medicine_{n}_days" for n in rows),
                rows=rows,
                known_names=known_names,
            ),
            "serotonin_signs",
            "allergies",
            Part(
                "components/allergies.html",
                *(f"allergy_{n}" for n in range(1, q.ALLERGY_ROWS + 1)),
                on="allergies",
                value="some",
            ),
            Part("components/known_allergies.html", names=known_names),
        )

    @cached_property
    def notes(self) -> dict[str, str]:
        return not_recognised(
            self,
            self.names,
            {
                **{f"medicine_{n}": MEDICINE for n in range(1, q.MEDICINE_ROWS + 1)},
                **{f"allergy_{n}": ALLERGY for n in range(1, q.ALLERGY_ROWS + 1)},
            },
        )

    def clean_egfr(self) -> float | None:
        text = self.cleaned_data["egfr"].strip().lower()
        above = _ABOVE.match(text)
        if above:
            text = above.group(1) or above.group(2)
        return _read_number(text, 0, 200, "eGFR must be a number between 0 and 200")

    def clean_egfr_date(self) -> date | None:
        return past_date(self.cleaned_data["egfr_date"], "The date of the kidney test", today=self.today)

    def clean_blood_pressure(self) -> tuple[int, int] | None:
        text = self.cleaned_data["blood_pressure"].strip()
        if not text:
            return None
        found = re.fullmatch(r"(\d{2,3})\s*/\s*(\d{2,3})", text)
        if found is None:
            raise forms.ValidationError("Blood pressure must be two numbers, like 128/82")
        high, low = int(found[1]), int(found[2])
        if not (50 <= high <= 300 and 20 <= low <= 200 and low < high):
            raise forms.ValidationError("Blood pressure must be two numbers that a patient can have, like 128/82")
        return high, low

    def clean_qtc(self) -> float | None:
        return _read_number(
            self.cleaned_data["qtc"], 200, 800, "QTc must be a whole number between 200 and 800", whole=True
        )

    def clean_sodium(self) -> float | None:
        return _read_number(self.cleaned_data["sodium"], 90, 190, "Sodium must be a number between 90 and 190")

    def clean_pregnancy_weeks(self) -> float | None:
        return _read_number(
            self.cleaned_data["pregnancy_weeks"],
            0,
            45,
            "Week of pregnancy must be a whole number between 0 and 45",
            whole=True,
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [f"medicine_{n}" for n in range(1, q.MEDICINE_ROWS + 1)]
        if cleaned.get("medicines_none") and any(cleaned.get(name) for name in names):
            self.add_error("medicines_none", "Select ‘No medicines’ or enter medicines, not both")
        for name in names:
            days = cleaned.get(f"{name}_days")
            if days and not days.strip().isdecimal():
                self.add_error(f"{name}_days", "Days since it was stopped must be a whole number")
        if cleaned.get("allergies") in ("none", "unknown") and any(
            cleaned.get(f"allergy_{n}") for n in range(1, q.ALLERGY_ROWS + 1)
        ):
            self.add_error("allergies", "Select ‘Has allergies’, or clear what is entered below")
        return cleaned

    def unanswered(self) -> dict[str, str]:
        cleaned, out = self.cleaned_data, {}
        open_conditions = [code for code in q.CONDITION_NAMES if not self.given(f"condition_{code}")]
        if len(open_conditions) == len(q.CONDITION_NAMES):
            out[f"condition_{open_conditions[0]}"] = "Answer the conditions, or select ‘No to all the others’"
        else:
            for code in open_conditions:
                out[f"condition_{code}"] = f"Select yes, no or not known: {q.CONDITION_NAMES[code]}"
        if self.asks_pregnancy and not self.given("pregnancy"):
            out["pregnancy"] = "Select whether the patient is pregnant"
        if self.asks_pregnancy and cleaned.get("pregnancy") == "pregnant" and cleaned.get("pregnancy_weeks") is None:
            out["pregnancy_weeks"] = "Enter the week of pregnancy"
        if self.asks_pregnancy and not self.given("breastfeeding"):
            out["breastfeeding"] = "Select whether the patient is breastfeeding"
        if not cleaned.get("medicines_none") and not any(
            self.given(f"medicine_{n}") for n in range(1, q.MEDICINE_ROWS + 1)
        ):
            out["medicines_none"] = "Enter the medicines taken, or select ‘No medicines’"
        out.update(unclear_medicines(cleaned, self.names, q.MEDICINE_ROWS))
        if not self.given("allergies"):
            out["allergies"] = "Select whether the patient has allergies"
        elif cleaned["allergies"] == "some" and not any(
            self.given(f"allergy_{n}") for n in range(1, q.ALLERGY_ROWS + 1)
        ):
            out["allergy_1"] = "Enter what the patient is allergic to"
        return out


for _condition, _name in q.CONDITION_NAMES.items():
    HealthForm.base_fields[f"condition_{_condition}"] = radio_field(_name, q.YES_NO_UNKNOWN)


def medicine_row_fields(number: int) -> dict[str, forms.Field]:
    """The fields of one line of the medicine list."""
    return {
        f"medicine_{number}": text_field(f"Medicine {number}", limit=80, list="known-medicines", autocomplete="off"),
        f"medicine_{number}_stopped": tick_field(f"Medicine {number} is stopped"),
        f"medicine_{number}_days": text_field(
            f"Medicine {number}: stopped how many days ago", limit=6, inputmode="numeric", autocomplete="off"
        ),
    }


for _number_ in range(1, q.MEDICINE_ROWS + 1):
    HealthForm.base_fields.update(medicine_row_fields(_number_))
for _number_ in range(1, q.ALLERGY_ROWS + 1):
    HealthForm.base_fields[f"allergy_{_number_}"] = text_field(
        f"Allergic to ({_number_})", limit=80, list="known-allergies", autocomplete="off"
    )


# ------------------------------------------------------------------------------------------------ 4 life and treatment


class LifeForm(StepForm):
    """Work and daily life, what was tried, and what the patient prefers."""

    step = "life"
    safety_sensitive_work = radio_field(
        "Drives for a living, operates machinery, works at height or in another safety-critical job",
        q.YES_NO_UNKNOWN,
        inline=True,
    )
    life = ticks_field("What applies", q.LIFE_FACTS)
    life_none = tick_field("None of these")
    tried_none = tick_field("Nothing was tried")
    tried_unknown = tick_field("Not known what was tried, or not all of it")
    opioid_discussion = tick_field(
        "For opioids only: risks against benefits discussed and recorded, a function goal set, "
        "and the monitoring programme checked"
    )
    prefers_therapy = radio_field("Talking treatment", q.PREFERENCE_CHOICES, inline=True)
    prefers_medicines = radio_field("Medicines", q.PREFERENCE_CHOICES, inline=True)
    goal = long_text_field("Goal in the patient's own words (optional)", limit=200, rows=2)

    def __init__(self, *args: Any, known_names: NameBook | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = known_names
        codes = list(q.TRIED_NAMES)
        self.helper_layout = Layout(
            "version",
            "token",
            "safety_sensitive_work",
            Part("components/exclusive_ticks.html", "life", "life_none"),
            Part(
                "components/tried.html",
                "tried_none",
                "tried_unknown",
                *(f"tried_{code}" for code in codes),
                *(f"adequate_{code}" for code, _ in q.TRIED_MEDICINES),
                "tried_other_1",
                "tried_other_1_outcome",
                "tried_other_1_adequate",
                "tried_other_2",
                "tried_other_2_outcome",
                "tried_other_2_adequate",
                medicines=q.TRIED_MEDICINES,
                others=q.TRIED_OTHER,
                known_names=known_names,
            ),
            "opioid_discussion",
            Part("components/section.html", heading="What the patient prefers", hint=""),
            "prefers_therapy",
            "prefers_medicines",
            "goal",
        )

    @cached_property
    def notes(self) -> dict[str, str]:
        return not_recognised(self, self.names, {"tried_other_1": TRIED, "tried_other_2": TRIED})

    def _named(self) -> list[str]:
        return [code for code in q.TRIED_NAMES if self.given(f"tried_{code}")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        anything = bool(self._named()) or self.given("tried_other_1") or self.given("tried_other_2")
        if cleaned.get("tried_none") and (anything or cleaned.get("tried_unknown")):
            self.add_error("tried_none", "Select what was tried or ‘Nothing was tried’, not both")
        if cleaned.get("life_none") and cleaned.get("life"):
            self.add_error("life_none", "Select what applies or ‘None of these’, not both")
        return cleaned

    def unanswered(self) -> dict[str, str]:
        cleaned, out = self.cleaned_data, {}
        if not self.given("safety_sensitive_work"):
            out["safety_sensitive_work"] = "Select whether the work is safety-sensitive"
        if not self.given("life") and not cleaned.get("life_none"):
            out["life"] = "Select what applies in daily life, or ‘None of these’"
        anything = bool(self._named()) or self.given("tried_other_1") or self.given("tried_other_2")
        if not anything and not cleaned.get("tried_none") and not cleaned.get("tried_unknown"):
            out["tried_none"] = "Select what was tried, or ‘Nothing was tried’"
        for number in (1, 2):
            if self.given(f"tried_other_{number}") and not self.given(f"tried_other_{number}_outcome"):
                out[f"tried_other_{number}_outcome"] = f"Select what happened with {cleaned[f'tried_other_{number}']}"
        for code, name in q.TRIED_MEDICINES:
            if cleaned.get(f"tried_{code}") == "no-response" and not self.given(f"adequate_{code}"):
                out[f"adequate_{code}"] = f"Select whether {name.lower()} was taken at a full dose for long enough"
        for name, what in (("prefers_therapy", "a talking treatment"), ("prefers_medicines", "medicines")):
            if not self.given(name):
                out[name] = f"Select whether the patient wants {what}"
        return out


for _code, _name in q.TRIED_NAMES.items():
    LifeForm.base_fields[f"tried_{_code}"] = select_field(_name, q.TRIED_OUTCOMES, empty="Not tried")
for _code, _name in q.TRIED_MEDICINES:
    LifeForm.base_fields[f"adequate_{_code}"] = select_field(
        f"{_name}: {q.ADEQUATE_QUESTION.lower()}", q.YES_NO_UNKNOWN, empty=q.ADEQUATE_QUESTION
    )
for _number_ in (1, 2):
    LifeForm.base_fields[f"tried_other_{_number_}"] = text_field(
        f"Another medicine ({_number_})", limit=80, list="known-medicines", autocomplete="off"
    )
    LifeForm.base_fields[f"tried_other_{_number_}_outcome"] = select_field(
        f"Another medicine ({_number_}): what happened", q.TRIED_OUTCOMES, empty="What happened"
    )
    LifeForm.base_fields[f"tried_other_{_number_}_adequate"] = select_field(
        f"Another medicine ({_number_}): {q.ADEQUATE_QUESTION.lower()}", q.YES_NO_UNKNOWN, empty=q.ADEQUATE_QUESTION
    )

STEP_FORMS: dict[str, type[StepForm]] = {form.step: form for form in (MoodForm, PainForm, HealthForm, LifeForm)}
__all__ = ["STEP_FORMS", "HealthForm", "LifeForm", "MoodForm", "PainForm", "StepForm"]
