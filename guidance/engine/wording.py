"""An answer with its sentences, from the edition that it names."""

from __future__ import annotations

from typing import Final

from guidance.engine import changes as ch
from guidance.engine.answer import Alert, Assessment, GateCondition, OptionEntry, Reason
from guidance.engine.edition import Edition

TAPER_FIRST: Final = "taper-first"
"""The class (and the sentence) of medicines that are never stopped abruptly."""


def render_alert(edition: Edition, alert: Alert) -> Alert:
    """The alert with its title, text and sources."""
    text, title = edition.texts[alert["ref"]], edition.titles[alert["ref"]]
    sources = dict.fromkeys(edition.text_sources[alert["ref"]])
    about = alert.get("about")
    if about:
        known = edition.medicines.get(about)
        name = known.name if known else about
        title = f"{name[:1].upper()}{name[1:]}: {title}"
        if known is not None and TAPER_FIRST in known.classes:
            text = f"{text} {edition.settings[TAPER_FIRST]}"
    for ref in alert.get("refs", ()):
        text = f"{edition.texts[ref]} {text}"
        sources.update(dict.fromkeys(edition.text_sources[ref]))
    return {**alert, "title": title, "text": text, "sources": list(sources)}


def render_option(edition: Edition, entry: OptionEntry) -> OptionEntry:
    """The option with its words: text, patient text, dose, reasons and sources."""
    option = edition.options[entry["code"]]
    text, sources = option.text, dict.fromkeys(option.sources)
    if entry["current"] and option.is_medicine:
        key = "current-continue" if entry["status"] in ("offer", "caution") else "current-review"
        text = f"{edition.settings[key]} {text}"
    reasons: list[Reason] = []
    for reason in entry["reasons"]:
        cited = edition.text_sources[reason["ref"]]
        reasons.append({**reason, "text": edition.texts[reason["ref"]], "sources": list(cited)})
        sources.update(dict.fromkeys(cited))
    limits = " ".join(edition.texts[ref] for ref in entry["dose_refs"])
    # the patient's own limit first: the usual dose behind it must not be read as allowed beyond it
    dose = (
        f"For this patient: {limits} The label's usual dose, only within that: {option.dose}" if limits else option.dose
    )
    # answers stored before these were told have neither
    conditions: list[GateCondition] = [
        {**one, "text": edition.texts[one["ref"]]} for one in entry.get("conditions", ())
    ]
    reconsider = entry.get("reconsider")
    if reconsider is not None:
        told = [ch.words(edition, ch.Change(*change)) for change in reconsider["changes"]]
        reconsider = {**reconsider, "texts": told}
    return {
        **entry,
        "conditions": conditions,
        "reconsider": reconsider,
        "name": option.name,
        "text": text,
        "patient_text": option.patient_text,
        "dose": dose,
        "reasons": reasons,
        "sources": list(sources),
    }


def render(edition: Edition, brief: Assessment) -> Assessment:
    """The whole answer with its sentences, from the edition that the answer names."""
    texts, cited = edition.texts, edition.text_sources
    statements = {row.id: row for row in edition.statements} if brief["statements"] else {}
    return {
        **brief,
        "alerts": [render_alert(edition, alert) for alert in brief["alerts"]],
        "options": [render_option(edition, entry) for entry in brief["options"]],
        "statements": [
            {
                **row,
                "text": texts[row["ref"]],
                "patient_text": statements[row["ref"]].patient_text,
                "sources": list(cited[row["ref"]]),
            }
            for row in brief["statements"]
        ],
        "monitoring": [{**row, "text": texts[row["ref"]]} for row in brief["monitoring"]],
    }
