"""Reading our own pages in tests: the hidden fields of a form, and a page as text."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client

_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def text_of(response: Any) -> str:
    """What a reader sees, roughly: without tags, with single spaces."""
    body = response.content.decode() if hasattr(response, "content") else str(response)
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", body)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def hidden_fields(response: Any, action: str = "") -> dict[str, str]:
    """The hidden fields of the form that posts to ``action`` ("" for the page itself)."""
    body = response.content.decode()
    for form in re.findall(r"(?s)<form.*?</form>", body):
        head = dict(_ATTRIBUTE.findall(form[: form.index(">")]))
        if head.get("method") == "post" and head.get("action", "").split("#")[0] == action:
            found = {}
            for tag in _INPUT.findall(form):
                attributes = dict(_ATTRIBUTE.findall(tag))
                if attributes.get("type") == "hidden":
                    found[attributes["name"]] = html.unescape(attributes.get("value", ""))
            return found
    raise AssertionError(f"no form posts to {action or 'the page itself'}")


def press(client: Client, page: str, action: str = "", **typed: Any) -> Any:
    """Open a page, fill in one of its forms and press its button."""
    fields = hidden_fields(client.get(page), action)
    return client.post(action or page, {**fields, **typed})
