"""What a field is, for the templates that draw it."""

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def is_tick(field: BoundField) -> bool:
    """One tick box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """A group of radios or ticks."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def note_of(field: BoundField) -> str:
    """What stands beside the field; an error says more and takes its place."""
    return "" if field.errors else getattr(field.form, "notes", {}).get(field.name, "")


@register.filter
def with_look(field: BoundField) -> SafeString:
    """The control with our classes and what describes it."""
    attrs: dict[str, Any] = {"class": "form-select" if isinstance(field.field.widget, forms.Select) else "form-control"}
    if (getattr(field.field, "max_length", None) or 100) <= 12:
        attrs["class"] += " short"
    described = [f"{field.auto_id}_helptext"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if note_of(field):
        described.append(f"{field.auto_id}_note")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def of(fields: list[BoundField], name: str) -> BoundField | None:
    """The field of a name, among those a part was given."""
    return next((field for field in fields if field.name == name), None)


@register.filter
def prefixed(prefix: str, rest: object) -> str:
    """Two parts of a name."""
    return f"{prefix}{rest}"
