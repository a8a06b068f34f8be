"""A little edition: a few rows of each kind, well formed, to be changed by the tests of reading and of criteria."""

from __future__ import annotations

import json
from typing import Any

from guidance.engine.edition import Edition
from guidance.engine.facts import RED_FLAGS, check
from guidance.engine.reading import read_edition
from guidance.engine.situation import Situation

Document = dict[str, Any]
SOURCE = ["BOOK"]
_ROWS: dict[str, list[Any]] = {
    "settings": [{"code": "allergy", "text": "An allergy is recorded."}],
    "sources": [{"code": "BOOK", "citation": "A book that was read", "verification": "verified"}],
    "classes": [
        {"code": "calming", "name": "calming medicine"},
        {"code": "sleepy", "name": "sleepy medicine", "within": ["calming"]},
        {"code": "blocker", "name": "blocker"},
    ],
    "medicines": [
        {
            "code": "dozeline",
            "name": "dozeline",
            "other_codes": ["dozelin"],
            "classes": ["sleepy"],
            "column": "dozeline",
        },
        {"code": "napine", "name": "napine", "classes": ["sleepy"]},
        {"code": "calmol", "name": "calmol", "classes": ["calming"]},
        {"code": "lingerine", "name": "lingerine", "classes": ["blocker"], "lingers": 13},
    ],
    "definitions": [{"code": "old", "when": {"fact": "age_years", "at_least": 65}}],
    "measurements": [{"code": "egfr", "facts": ["egfr"], "exempt_when": {"fact": "age_years", "below": 60}}],
    "red-flags": [
        {"code": f"FLAG-{number}", "flag": name, "severity": "urgent", "title": name, "text": "Act.", "sources": SOURCE}
        for number, name in enumerate(RED_FLAGS, 1)
    ],
    "alerts": [
        {
            "code": "OLD-ALERT",
            "severity": "note",
            "title": "Old",
            "text": "Old.",
            "when": {"holds": "old"},
            "sources": SOURCE,
        }
    ],
    "differences": [
        {"code": "DIF", "topic": "Naps", "seed": "Good.", "others": "Bad.", "shown": "Both.", "sources": SOURCE}
    ],
    "options": [
        {
            "code": "dozeline",
            "name": "dozeline",
            "sections": [{"section": "pain-medicine", "line": 1}],
            "text": "For sleep.",
            "patient_text": "For your sleep.",
            "why": [{"code": "W-1", "text": "It helps."}],
            "differs": [{"code": "DIF"}],
            "sources": SOURCE,
        }
    ],
    "contraindications": [
        {
            "code": "CX-OLD",
            "when": {"holds": "old"},
            "text": "Old.",
            "cells": {"dozeline": "CD"},
            "texts": {"dozeline": "Half the dose."},
            "sources": SOURCE,
        }
    ],
    "interactions": [
        {
            "code": "IX-SLEEP",
            "members": [["sleepy"], ["blocker"]],
            "title": "Sleep",
            "text": "Too much sleep.",
            "effects": [{"affects": ["sleepy"], "effect": "A", "text": "Too much."}],
            "sources": SOURCE,
        }
    ],
    "monitoring": [{"code": "M-NAP", "brought_by": ["sleepy"], "days": [0, 7], "text": "Awake?", "sources": SOURCE}],
    "statements": [{"code": "ST-1", "kind": "advice", "text": "Rest.", "sources": SOURCE}],
    "next-steps": [
        {"code": "FU-NAP", "when": {"fact": "day", "above": 7}, "text": "Wake up.", "sources": SOURCE},
    ],
}


def document() -> Document:
    """A fresh copy of the little document."""
    return {"version": "0.1", "title": "A little edition", "rows": json.loads(json.dumps(_ROWS))}


def edition_with(**definitions: Any) -> Edition:
    """The little edition with criteria of one's own, by name, in the order given."""
    made = document()
    made["rows"]["definitions"] += [{"code": name, "when": body} for name, body in definitions.items()]
    return read_edition(made)


def ask(criterion: Any, facts: dict[str, Any], **extra: Any) -> tuple[bool | None, list[tuple[str, Any]], list[str]]:
    """(value, because, missing) of a criterion, as content writes it, for one patient."""
    edition = edition_with(asked=criterion)
    situation = Situation(edition, check(facts), extra)
    when = edition.definitions["asked"].when
    return when.value(situation), when.because(situation), when.missing(situation)
