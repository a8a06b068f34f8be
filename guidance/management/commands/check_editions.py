"""manage.py check_editions: read the packaged edition and say what it holds; exit status 1 when it cannot be read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance.engine.edition import VERIFICATION, Edition, EditionError
from guidance.engine.evaluate import COMPUTED_ALERTS
from guidance.engine.reading import read_edition
from guidance.packaged import read_document

INTERACTIONS = 29
DIFFERENCES = 22


def gaps(edition: Edition) -> list[str]:
    """What an edition must hold and does not, as sentences."""
    found = []
    interactions = {row.code for row in edition.interactions} | {row.code for row in edition.contraindications}
    found += [f"no rule IX-{n}" for n in range(1, INTERACTIONS + 1) if f"IX-{n}" not in interactions]
    found += [f"no difference D-{n:02d}" for n in range(1, DIFFERENCES + 1) if f"D-{n:02d}" not in edition.differences]
    found += [f"no words for the alert {code}" for code in COMPUTED_ALERTS if code not in edition.alerts]
    found += [
        f"medicine option {code} is not in the catalogue"
        for code, option in edition.options.items()
        if option.is_medicine and code not in edition.medicines and code not in edition.classes
    ]
    found += [f"option {code} has no dose" for code, option in edition.options.items() if _lacks_dose(option, edition)]
    return found


def _lacks_dose(option: Any, edition: Edition) -> bool:
    return option.is_medicine and not option.dose and option.code in edition.medicines


class Command(BaseCommand):
    help = "Check the packaged edition: it can be read, it is complete, and what its statements rest on."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition = read_edition(read_document())
        except EditionError as error:
            raise CommandError(f"The packaged edition cannot be used: {error}") from error
        missing = gaps(edition)
        marks = Counter(source.verification for source in edition.sources.values())
        rows = [
            ("edition", f"{edition.version} {edition.fingerprint}"),
            ("options", len(edition.options)),
            ("contraindication rows", len(edition.contraindications)),
            ("contraindication cells", sum(len(row.cells) for row in edition.contraindications)),
            ("interaction rows", len(edition.interactions)),
            ("alerts and red flags", len(edition.alerts) + len(edition.red_flags)),
            ("monitoring rules", len(edition.monitoring)),
            ("next steps", len(edition.next_steps)),
            ("statements", len(edition.statements)),
            ("differences", len(edition.differences)),
            ("medicines", len(edition.medicines)),
            ("sources", len(edition.sources)),
            *((f"  {mark}", marks[mark]) for mark in VERIFICATION),
        ]
        for name, value in rows:
            self.stdout.write(f"{name:<26}{value}")
        if missing:
            raise CommandError("; ".join(missing))
        self.stdout.write("The packaged edition can be read and nothing is missing.")
