"""Small forms of the plan page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from backdep_site.forms import ClinicalForm, long_text_field, parse_date, select_field, text_field, ticks_field
from patients.intake.questionnaires import SAFETY_ACTIONS
from patients.plans import schedule
from patients.plans.policy import ACCEPT_REASONS, DECLINE_REASONS


def _coming_date(text: str, name: str, today: date | None, ahead: timedelta = schedule.LONGEST_AHEAD) -> date | None:
    """A typed date from today to ``ahead``, None when nothing was typed. Raises ValidationError."""
    if not text.strip():
        return None
    found = parse_date(text)
    if found is None:
        raise forms.ValidationError(f"{name} must be a date, like 27 3 2026")
    if today is not None and found < today:
        raise forms.ValidationError(f"{name} must be today or later")
    if today is not None and found > today + ahead:
        raise forms.ValidationError(f"{name} must be within {ahead.days} days")
    return found


BOTH = "both"


class AcceptForm(ClinicalForm):
    """Take an option into the plan, perhaps with a change, a reason, or instead of something taken now."""

    reason = select_field("Why it is accepted all the same", tuple(ACCEPT_REASONS.items()), empty="Select a reason")
    comment = text_field("Comment", limit=500)
    check_date = text_field("Monitor on", hint="For example, 27 3 2026", limit=30, autocomplete="off")
    change = text_field("What is different (dose, how, when)", limit=300)
    start_date = text_field("Starts on", hint="If not today. For example, 27 3 2026", limit=30, autocomplete="off")
    replaces = forms.MultipleChoiceField(
        label="It replaces", required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args: Any, code: str, replaceable: Any = (), today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_accept_{code}_%s", **kwargs)
        self.today = today
        self.taken = list(replaceable)
        both = [(BOTH, "Nothing: both are taken")] if self.taken else []
        self.fields["replaces"].choices = self.taken + both  # type: ignore[attr-defined]  # a choice field

    def clean_replaces(self) -> list[str]:
        given = self.cleaned_data["replaces"]
        if self.taken and not given:
            names = ", ".join(name for _, name in self.taken)
            raise forms.ValidationError(f"Select whether it replaces {names}, or both are taken")
        if BOTH in given and len(given) > 1:
            raise forms.ValidationError("Select what it replaces or that both are taken, not both answers")
        return [code for code in given if code != BOTH]

    def clean_check_date(self) -> date | None:
        return _coming_date(self.cleaned_data["check_date"], "Monitor on", self.today)

    def clean_start_date(self) -> date | None:
        return _coming_date(self.cleaned_data["start_date"], "Starts on", self.today, schedule.LONGEST_WAIT)


class DeclineForm(ClinicalForm):
    """Decline an option, with the reason."""

    reason = select_field("Why it is declined", tuple(DECLINE_REASONS.items()), empty="Select a reason")
    comment = text_field("Comment (optional): what should we mend?", limit=500)

    def __init__(self, *args: Any, code: str, is_taken: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_decline_{code}_%s", **kwargs)
        if is_taken:
            # "already taking it" would be no reason to stop it
            reasons = [(code, words) for code, words in DECLINE_REASONS.items() if code != "action-completed"]
            self.fields["reason"].label = "Why it is to be stopped"
            self.fields["reason"].choices = [("", "Select a reason"), *reasons]  # type: ignore[attr-defined]


class CombinationForm(ClinicalForm):
    """One answer to each alert among what was accepted."""

    def __init__(self, *args: Any, alerts: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, card in enumerate(alerts):
            field = select_field(f"Answer to: {card.title}", tuple(ACCEPT_REASONS.items()), empty="Select an answer")
            field.initial = card.answer
            self.fields[f"answer_{number}"] = field


class SafetyRecordForm(ClinicalForm):
    """What was done about an emergency: the record that is signed instead of a plan."""

    actions = ticks_field("What was done", SAFETY_ACTIONS)
    what_was_done = long_text_field("In your words: what was done, and what was found", rows=4)
    handed_to = text_field("Handed over to (service or person, optional)", limit=120)
    done_at = text_field("When", hint="Date and time, for example 27 3 2026 14:30", limit=40, autocomplete="off")

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        if now is not None:
            self.fields["done_at"].initial = f"{now.day} {now.month} {now.year} {now:%H:%M}"

    def clean_done_at(self) -> str:
        text = self.cleaned_data["done_at"].strip()
        day_part, _, time_part = text.rpartition(" ")
        day = parse_date(day_part)
        hours, _, minutes = time_part.partition(":")
        if day is None or not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
            raise forms.ValidationError("When must be a date and a time, like 27 3 2026 14:30")
        when = datetime(day.year, day.month, day.day, int(hours), int(minutes))  # the clinic's own clock
        if self.now is not None and when > self.now.replace(tzinfo=None):
            raise forms.ValidationError("When must be now or in the past")
        return f"{when:%Y-%m-%d %H:%M}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.require("what_was_done", "Enter what was done, and what was found")
        return cleaned
