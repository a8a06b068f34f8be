"""manage.py check_editions: examine an edition and say what it rests on; exit status 1 when something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import evaluation
from guidance.checks import completeness, report, worked
from guidance.checks.report import Report
from guidance.engine.edition import VERIFICATION, Edition, EditionError
from guidance.models import Edition as StoredEdition
from guidance.packaged import CONTENT, Package, read_package

MARKS = {
    "verified": "checked against the source",
    "secondary": "checked against a secondary source",
    "unverified": "awaiting clinical verification",
    "product": "decision of this product",
}
SHOWN_AT_MOST = 60


class Command(BaseCommand):
    help = (
        "Examine an edition: complete, every claim at home, every rule and threshold shown, safe for invented patients."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--folder", type=Path, help="the folder of YAML files to examine, instead of the packaged one"
        )
        which.add_argument("--stored", metavar="VERSION", help="an edition of the database")
        parser.add_argument("--patients", type=int, default=300, help="invented patients for the safety properties")
        parser.add_argument("--claims", action="store_true", help="list every claim and where it stands")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["patients"] < 1:
            raise CommandError("--patients must be 1 or more.")
        edition, package = self._edition(options["folder"] or CONTENT, options["stored"])
        found = report.examine(edition, worked.cases(), options["patients"])
        self._tell(edition, found)
        if options["claims"]:
            self._tell_claims(edition)
        if found.problems:
            lines = []
            for problem in found.problems[:SHOWN_AT_MOST]:
                place = package.place(problem.kind, problem.number) if package else ""
                lines.append(f"{place}: {problem.text}" if place else problem.text)
            left = len(found.problems) - SHOWN_AT_MOST
            lines += [f"... and {left} more"] if left > 0 else []
            raise CommandError("\n".join([f"{len(found.problems)} problems:", *lines]))
        self.stdout.write("Nothing is missing, and nothing is wrong that a machine can find.")

    def _edition(self, folder: Path, version: str | None) -> tuple[Edition, Package | None]:
        try:
            if version is None:
                package = read_package(folder)
                return package.edition(), package
            stored = StoredEdition.objects.filter(version=version).first()
            if stored is None:
                raise CommandError(f"There is no edition {version} in the database.")
            return evaluation.load(stored), None
        except EditionError as error:
            raise CommandError(f"The edition cannot be used: {error}") from error
        except evaluation.GuidanceUnavailable as error:
            raise CommandError(str(error)) from error

    def _tell(self, edition: Edition, found: Report) -> None:
        table = completeness.claims_table(edition)
        wanted, standing = sum(completeness.CLAIMS.values()), sum(row[1] for row in table)
        rows = [
            ("edition", f"{edition.version} {edition.fingerprint}"),
            ("claims accounted for", f"{standing} of {wanted}"),
            *(
                (
                    f"  {article}",
                    f"{count}: {stand} stand ({corrected} corrected)"
                    + "".join(f", {number} {why}" for why, number in sorted(left.items())),
                )
                for article, count, stand, corrected, left in table
            ),
            ("rules", len([rule for rule in edition.rules.values() if rule.verification])),
            *((f"  {MARKS[mark]}", found.marks[mark]) for mark in VERIFICATION),
            ("sources", len(edition.sources)),
            ("medicines", len(edition.medicines)),
            ("worked patients", found.cases),
            ("reachability", _share(found.rules, "rules fired by one worked patient and spared by another")),
            ("thresholds", _share(found.thresholds, "with worked patients on both sides")),
            ("safety properties", f"{len(report.properties.PROPERTIES)} on {found.patients} invented patients"),
        ]
        for name, value in rows:
            self.stdout.write(f"{name:<40}{value}")

    def _tell_claims(self, edition: Edition) -> None:
        for claim in edition.claims.values():
            where = ", ".join(claim.stands) if claim.stands else f"left out ({claim.left_out}): {claim.why}"
            self.stdout.write(f"{claim.code}  {claim.kind}  {claim.claim}\n        {where}")


def _share(of: tuple[int, int], what: str) -> str:
    shown, every = of
    return f"{shown} of {every} {what}: {100 * shown / every if every else 0:.1f} %"
