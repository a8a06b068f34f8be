"""Layout objects that crispy-forms does not have: a part drawn by a template of ours, with the fields it needs."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import LayoutObject
from django.forms import BaseForm
from django.template.loader import render_to_string


class Part(LayoutObject):
    """Fields drawn together by one template, which receives `fields`, `form` and the extra words."""

    def __init__(self, template: str, *fields: str, **extra: Any) -> None:
        self.template, self.fields, self.extra = template, list(fields), extra

    def render(self, form: BaseForm, context: Any, template_pack: str = "bootstrap5", **kwargs: Any) -> str:
        rendered = getattr(form, "rendered_fields", None)
        if rendered is not None:
            rendered.update(self.fields)
        page = {"form": form, "fields": [form[name] for name in self.fields], **self.extra}
        return render_to_string(self.template, page)
