"""The follow-up form: the same questionnaires as at the intake, and what happened since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from backdep_site.forms import (
    ClinicalForm,
    long_text_field,
    parse_date,
    past_date,
    radio_field,
    select_field,
    text_field,
    tick_field,
    ticks_field,
)
from backdep_site.layout import Part
from guidance.engine.review import SIDE_EFFECTS
from patients.followup.mapping import TRIED_ROWS
from patients.intake import questionnaires as q
from patients.intake.forms import (
    ALLERGY,
    BANDS,
    MEDICINE,
    SAFETY_FIELDS,
    TRIED,
    HealthForm,
    MoodForm,
    PainForm,
    StepForm,
    medicine_row_fields,
    not_recognised,
    open_safety,
    unclear_medicines,
)
from patients.intake.mapping import NameBook
from patients.words import FLAG_NAMES

ADHERENCE_CHOICES = (
    ("as-planned", "As planned"),
    ("missed-some", "Missed some"),
    ("stopped", "Stopped"),
    ("never-started", "Never started"),
)
SIDE_EFFECT_CHOICES = (
    ("nausea", "Nausea"),
    ("sedation", "Drowsiness"),
    ("rash", "Rash"),
    ("bleeding", "Bleeding or bruising"),
    ("hyponatraemia", "Low sodium"),
    ("raised-blood-pressure", "Raised blood pressure"),
    ("qtc-prolonged", "Long QTc"),
    ("liver", "Liver problem"),
    ("akathisia", "Restlessness, cannot sit still"),
    ("falls", "Falls"),
    ("sexual", "Sexual side effect"),
    ("other", "Other"),
)
SEVERITY_CHOICES = (("mild", "Mild"), ("significant", "Significant"))


class FollowUpForm(StepForm):
    """Everything asked at a follow-up; any of it may be left open."""

    step = "follow-up"
    contact_date = text_field("Date of the contact", hint="For example, 27 3 2026", limit=30, autocomplete="off")
    phq9_difficulty = radio_field(q.PHQ9_DIFFICULTY, q.PHQ9_DIFFICULTY_CHOICES)
    psychosis = radio_field("Psychotic symptoms now", q.YES_NO_UNKNOWN, inline=True)
    adherence = radio_field("Medicines and other treatments taken", ADHERENCE_CHOICES)
    adherence_why = text_field("What stood in the way (optional)", limit=200)
    effects_none = tick_field("No side effects")
    new_flags = radio_field(
        "Any red flag today?", (("no", "No"), ("yes", "Yes"), ("unknown", "Not asked")), inline=True,
        hint="Bladder, bowel, saddle numbness; leg weakness; injury; cancer; fever; aorta; inflammation; other organs.",
    )  # fmt: skip
    serotonin_signs = radio_field(q.SEROTONIN_QUESTION, q.YES_NO_NOT_ASKED, inline=True)
    new_conditions = ticks_field("New conditions since then", tuple(q.CONDITION_NAMES.items()))
    pregnancy = radio_field("Pregnancy", (("no-change", "No change"), *q.PREGNANCY_CHOICES[1:]))
    note = long_text_field("Note (optional)")

    def __init__(
        self,
        *args: Any,
        asks_pregnancy: bool = True,
        known_names: NameBook | None = None,
        today: date | None = None,
        since: date | None = None,
        open_flags: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """``since``: the day the plan was signed, no contact lies before it; ``open_flags``: red flags of the plan that
        nobody has settled yet."""
        super().__init__(*args, **kwargs)
        self.asks_pregnancy, self.today, self.since, self.names = asks_pregnancy, today, since, known_names
        self.open_flags = list(open_flags)
        rows = range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1)
        tried = range(1, TRIED_ROWS + 1)
        codes = [code for code, *_ in q.CSSRS_QUESTIONS]
        pregnancy = (
            ["pregnancy", Part("components/reveal_text.html", "pregnancy_weeks", on="pregnancy", value="pregnant")]
            if asks_pregnancy
            else []
        )
        self.helper_layout = Layout(
            "version",
            "token",
            "contact_date",
            Part("components/phq9.html", *(f"phq9_{n}" for n in range(1, 10)), questionnaire=q, bands=BANDS),
            Part(
                "components/suicide_screen.html",
                *(f"screen_{code}" for code in codes),
                questionnaire=q,
                also=SAFETY_FIELDS,
            ),
            "phq9_difficulty",
            "psychosis",
            Part("components/reveal_text.html", "psychosis_actions", on="psychosis", value="yes"),
            Part("components/peg.html", "peg_1", "peg_2", "peg_3", questionnaire=q),
            Part("components/section.html", heading="Since the plan was signed", hint=""),
            "adherence",
            "adherence_why",
            Part(
                "components/side_effects.html", "effects_none", *(f"effect_{code}" for code, _ in SIDE_EFFECT_CHOICES)
            ),
            Part(
                "components/tried_since.html",
                *(f"since_{n}{part}" for n in tried for part in ("", "_outcome", "_adequate")),
                rows=tried,
            ),
            Part(
                "components/section.html",
                heading="New allergy or serious reaction",
                hint="Leave open when there is none.",
            ),
            Part("components/side_by_side.html", "new_allergy_1", "new_allergy_2"),
            Part("components/known_allergies.html", names=known_names),
            *(f"earlier_{code}" for code in self.open_flags),
            "new_flags",
            Part(
                "components/red_flags.html",
                "flags_none",
                "flags_open",
                *(f"flag_{g.code}" for g in q.RED_FLAG_GROUPS),
                *(f"outcome_{g.code}" for g in q.RED_FLAG_GROUPS),
                groups=q.RED_FLAG_GROUPS,
                on="new_flags",
                value="yes",
            ),
            Part("components/section.html", heading="Measurements today", hint="Leave open what was not measured."),
            "blood_pressure",
            Part("components/side_by_side.html", "sodium", "qtc"),
            "egfr",
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
            "new_conditions",
            *pregnancy,
            "note",
        )

    @cached_property
    def notes(self) -> dict[str, str]:
        return not_recognised(
            self,
            self.names,
            {
                **{f"since_{n}": TRIED for n in range(1, TRIED_ROWS + 1)},
                "new_allergy_1": ALLERGY,
                "new_allergy_2": ALLERGY,
                **{f"medicine_{n}": MEDICINE for n in range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1)},
            },
        )

    clean_egfr = HealthForm.clean_egfr
    clean_blood_pressure = HealthForm.clean_blood_pressure
    clean_qtc = HealthForm.clean_qtc
    clean_sodium = HealthForm.clean_sodium
    clean_pregnancy_weeks = HealthForm.clean_pregnancy_weeks

    def clean_contact_date(self) -> date | None:
        found = past_date(self.cleaned_data["contact_date"], "The date of the contact", today=self.today)
        if found is not None and self.since is not None and found < self.since:
            raise forms.ValidationError(
                f"The date of the contact must be {self.since:%-d %b %Y} or later: the plan was signed on that day"
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [f"medicine_{n}" for n in range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1)]
        if cleaned.get("medicines_none") and any(cleaned.get(name) for name in names):
            self.add_error("medicines_none", "Select ‘No medicines’ or enter medicines, not both")
        for name in names:
            days = cleaned.get(f"{name}_days")
            if days and not days.strip().isdecimal():
                self.add_error(f"{name}_days", "Days since it was stopped must be a whole number")
        if cleaned.get("effects_none") and self._effects():
            self.add_error("effects_none", "Select side effects or ‘No side effects’, not both")
        return cleaned

    def _effects(self) -> list[str]:
        """How strong each side effect was that the visit names."""
        given = [self.cleaned_data.get(f"effect_{code}") for code in SIDE_EFFECTS]
        return [severity for severity in given if severity in ("mild", "significant")]

    def unanswered(self) -> dict[str, str]:
        out: dict[str, str] = {}
        open_items = [n for n in range(1, 10) if not self.given(f"phq9_{n}")]
        if len(open_items) == 9:
            out["phq9_1"] = "Answer the PHQ-9 questions"
        else:
            for n in open_items:
                out[f"phq9_{n}"] = f"Select how often the patient has {q.PHQ9_SHORT[n - 1]} (question {n})"
        out.update(open_safety(self))
        for number, what in enumerate(q.PEG_SHORT, 1):
            if not self.given(f"peg_{number}"):
                out[f"peg_{number}"] = f"Select {what} (0 to 10)"
        out.update(unclear_medicines(self.cleaned_data, self.names, q.FOLLOW_UP_MEDICINE_ROWS))
        out.update(self._open_since())
        for code in self.open_flags:
            if not self.given(f"earlier_{code}"):
                out[f"earlier_{code}"] = f"Select what came of: {FLAG_NAMES[code]}"
        if not self.given("new_flags"):
            out["new_flags"] = "Select whether there is any red flag today"
        elif self.cleaned_data["new_flags"] == "yes" and not any(
            self.given(f"flag_{g.code}") for g in q.RED_FLAG_GROUPS
        ):
            out["new_flags"] = "Select the signs of the red flag, or No"
        return out

    def _open_since(self) -> dict[str, str]:
        """What is open about the treatments since the plan."""
        cleaned, out = self.cleaned_data, {}
        listed = [f"medicine_{n}" for n in range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1) if self.given(f"medicine_{n}")]
        stopped = any(cleaned.get(f"{name}_stopped") for name in listed)
        for name in listed:
            if cleaned.get(f"{name}_stopped") and not self.given(f"{name}_days"):
                out[f"{name}_days"] = f"Enter how many days ago {cleaned[name]} was stopped"
        for n in range(1, TRIED_ROWS + 1):
            typed = cleaned.get(f"since_{n}") or ""
            if typed and self.names is not None and self.names.medicine(typed) is None:
                out[f"since_{n}"] = f"Enter the name as it stands in the list: ‘{typed}’ is not recognised"
        if not self.given("adherence"):
            out["adherence"] = "Select whether the medicine was taken as planned"
        elif cleaned["adherence"] in ("stopped", "never-started") and listed and not stopped:
            out[f"{listed[0]}_stopped"] = "Select which medicine is stopped: the list says that all of it is taken"
        if not cleaned.get("effects_none") and not self._effects():
            out["effects_none"] = "Select the side effects, or ‘No side effects’"
        told = [cleaned.get(f"since_{n}_outcome") for n in range(1, TRIED_ROWS + 1)]
        blamed = any(outcome in ("not-tolerated", "contraindicated") for outcome in told)
        if "significant" in self._effects() and not blamed and not self.given("new_allergy_1"):
            out["since_1_outcome"] = (
                "Select which treatment caused the significant side effect; save and go on when it was none of these"
            )
        if listed and not self.given("serotonin_signs"):
            out["serotonin_signs"] = "Select whether there are signs of serotonin syndrome"
        return out


_TAKEN_OVER: dict[type[StepForm], tuple[str, ...]] = {
    MoodForm: (
        *(f"phq9_{n}" for n in range(1, 10)), *(f"screen_{code}" for code, *_ in q.CSSRS_QUESTIONS), "means_access",
        "protective_factors", "judgement", "safety_actions", "emergency_assessment", "safety_note", "psychosis_actions",
    ),
    PainForm: (
        "peg_1", "peg_2", "peg_3", "flags_none", "flags_open", *(f"flag_{g.code}" for g in q.RED_FLAG_GROUPS),
        *(f"outcome_{g.code}" for g in q.RED_FLAG_GROUPS),
    ),
    HealthForm: (
        "egfr", "blood_pressure", "qtc", "sodium", "pregnancy_weeks", "medicines_none", "medicines_complete",
        "unrecognised_reviewed",
    ),
}  # fmt: skip
for _form, _names in _TAKEN_OVER.items():
    for _name in _names:
        FollowUpForm.base_fields[_name] = _form.base_fields[_name]
for _number in range(1, q.FOLLOW_UP_MEDICINE_ROWS + 1):
    FollowUpForm.base_fields.update(medicine_row_fields(_number))
for _code, _label in SIDE_EFFECT_CHOICES:
    FollowUpForm.base_fields[f"effect_{_code}"] = select_field(_label, SEVERITY_CHOICES, empty="Not named")
for _number in range(1, TRIED_ROWS + 1):
    _name = f"Treatment {_number}"
    FollowUpForm.base_fields[f"since_{_number}"] = text_field(
        _name, limit=80, list="known-medicines", autocomplete="off"
    )
    FollowUpForm.base_fields[f"since_{_number}_outcome"] = select_field(
        f"{_name}: what came of it", q.TRIED_OUTCOMES, empty="Goes on"
    )
    FollowUpForm.base_fields[f"since_{_number}_adequate"] = select_field(
        f"{_name}: {q.ADEQUATE_QUESTION.lower()}", q.YES_NO_UNKNOWN, empty=q.ADEQUATE_QUESTION
    )
for _number in (1, 2):
    FollowUpForm.base_fields[f"new_allergy_{_number}"] = text_field(
        f"Allergic to ({_number})", limit=80, list="known-allergies", autocomplete="off"
    )
for _group in q.RED_FLAG_GROUPS:
    FollowUpForm.base_fields[f"earlier_{_group.code}"] = radio_field(
        f"Open since the plan: {FLAG_NAMES[_group.code]}. What came of it?",
        (("referred", "Referred, result not back"), ("excluded", "Excluded"), ("treated", "Treated")),
    )


class DoneForm(ClinicalForm):
    """A reminder that was carried out."""

    note = text_field("What came of it (optional)", limit=500)


class RescheduleForm(ClinicalForm):
    """Another day for a reminder, with the reason."""

    due = text_field("New date", hint="For example, 27 3 2026", limit=30)
    reason = text_field("Reason", limit=300)

    def clean_due(self) -> date | None:
        found = parse_date(self.cleaned_data["due"])
        if found is None:
            raise forms.ValidationError("The new date must be a date, like 27 3 2026")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.require("reason", "Enter why it is moved")
        return cleaned
