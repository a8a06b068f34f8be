"""Forms that clinicians fill in: one look, errors that name what to do, and safety against double and stale saves."""

from __future__ import annotations

import re
import uuid
from datetime import date
from functools import cached_property
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
NOT_TYPED = frozenset(("csrfmiddlewaretoken", "version", "token", "go", "what", "resolving"))
DATE_HINT = "For example, 27 3 1980"


def parse_date(text: str) -> date | None:
    """A date as people type it: 27 3 1980, 27/03/1980, 27 Mar 1980, 1980-03-27. None when it is no date."""
    parts = [part for part in re.split(r"[\s/.,-]+", text.strip().lower()) if part]
    if len(parts) != 3:
        return None
    if len(parts[0]) == 4:
        parts.reverse()
    day, month, year = parts
    if not (day.isdecimal() and year.isdecimal() and len(year) == 4 and len(day) <= 2 and len(month) <= 9):
        return None
    number = int(month) if month.isdecimal() else _MONTHS.get(month[:3], 0)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def past_date(text: str, name: str, *, today: date | None) -> date | None:
    """A typed date up to today, None when nothing was typed. Raises ValidationError naming what to do."""
    if not text.strip():
        return None
    found = parse_date(text)
    if found is None:
        raise forms.ValidationError(f"{name} must be a date, like 27 3 2026")
    if today is not None and found > today:
        raise forms.ValidationError(f"{name} must be today or in the past")
    return found


def typed_lines(post: QueryDict) -> list[tuple[str, str]]:
    """What somebody typed into a form that was not carried out: (what, words), to be shown and not lost."""
    return [
        (name.replace("_", " ").capitalize(), value)
        for name, values in post.lists()
        if name not in NOT_TYPED
        for value in values
        if value.strip()
    ]


class ErrorLine:
    """One line of the error summary: what to do, and the control it links to."""

    def __init__(self, href: str, message: str) -> None:
        self.href, self.message = href, message


def first_control(field: BoundField) -> str:
    """The id of the field's first control; a group of radios or ticks has no control of its own."""
    widget = field.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return str(field.auto_id)


class ClinicalForm(forms.Form):
    """Base of every form. Fields are never marked as required in HTML; `clean` says what is needed, in words.

    `version`: the version of the object the page was made from; `token`: one per page, so that a second press of the
    button is recognised.
    """

    use_required_attribute = False
    # no ids: a page may hold many forms, and nothing points at these
    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), required=False)
    token = forms.UUIDField(widget=forms.HiddenInput(attrs={"id": False}), required=False)

    def __init__(self, *args: Any, version: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = version
        self.fields["token"].initial = uuid.uuid4()

    @property
    def helper(self) -> FormHelper:
        """crispy's helper: the page writes the form tag and the buttons."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.include_media = False
        layout = getattr(self, "helper_layout", None)
        if layout is not None:
            helper.layout = layout
        return helper

    @property
    def error_lines(self) -> list[ErrorLine]:
        """Every error once, in the order of the page, linked to the first control of its field."""
        lines: list[ErrorLine] = []
        seen: set[str] = set()
        for name in dict.fromkeys([*self._names_on_the_page(), *self.fields]):
            for message in map(str, self.errors.get(name, [])):
                if message not in seen:
                    seen.add(message)
                    lines.append(ErrorLine(f"#{first_control(self[name])}", message))
        lines.extend(ErrorLine("#main", str(message)) for message in self.non_field_errors())
        return lines

    @cached_property
    def notes(self) -> dict[str, str]:
        """What stands beside a field and is no error: field -> words."""
        return {}

    def _names_on_the_page(self) -> list[str]:
        """Field names in the order of the layout; a part may draw more fields than it is handed, named by ``also``."""
        found: list[str] = []
        for entry in getattr(self, "helper_layout", None) or ():
            names = [entry] if isinstance(entry, str) else [*entry.fields, *getattr(entry, "extra", {}).get("also", ())]
            found.extend(name for name in names if name in self.fields)
        return found

    def posted_version(self) -> int:
        """The version that the page was made from; 0 when the page did not say."""
        value = self.cleaned_data.get("version")
        return value if isinstance(value, int) else 0

    def posted_token(self) -> uuid.UUID | None:
        """The page's token, if it sent one."""
        value = self.cleaned_data.get("token")
        return value if isinstance(value, uuid.UUID) else None

    def require(self, name: str, message: str) -> None:
        """Add the message when the field was left empty and has no error yet."""
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, message)


def text_field(label: str, *, hint: str = "", limit: int = 80, **attrs: Any) -> forms.CharField:
    """One line of text."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=limit,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"max_length": f"{label} must be {limit} characters or fewer"},
    )


def long_text_field(label: str, *, hint: str = "", limit: int = 2000, rows: int = 3) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": f"{label} must be {limit} characters or fewer"},
    )


def radio_field(
    label: str, choices: Any, *, hint: str = "", small: bool = False, inline: bool = False
) -> forms.ChoiceField:
    """One of a few, nothing selected at first."""
    field = forms.ChoiceField(
        label=label,
        help_text=hint,
        required=False,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": f"{label}: select one of the answers shown"},
    )
    field.inline = inline  # type: ignore[attr-defined]  # read by the field's template
    field.small = small  # type: ignore[attr-defined]
    return field


def select_field(label: str, choices: Any, *, empty: str, hint: str = "") -> forms.ChoiceField:
    """One of a few, in little room; ``empty`` is what stands there before anything is selected."""
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        required=False,
        choices=[("", empty), *choices],
        error_messages={"invalid_choice": f"{label}: select one of the answers shown"},
    )


def ticks_field(label: str, choices: Any, *, hint: str = "") -> forms.MultipleChoiceField:
    """Any of several."""
    return forms.MultipleChoiceField(
        label=label,
        help_text=hint,
        required=False,
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": f"{label}: select only what is shown"},
    )


def tick_field(label: str, *, hint: str = "") -> forms.BooleanField:
    """One tick."""
    return forms.BooleanField(label=label, help_text=hint, required=False)
