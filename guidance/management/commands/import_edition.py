"""manage.py import_edition: store the packaged edition and put it in force (once)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guidance import actions
from guidance.engine.edition import EditionError
from guidance.models import Edition, EditionStatus
from guidance.packaged import CONTENT, read_package


class Command(BaseCommand):
    help = "Store the packaged first edition and put it in force as not reviewed. Safe to run again."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--keep", action="store_true", help="be content with the edition that is stored already, whatever it says"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stored = Edition.objects.filter(status=EditionStatus.IN_FORCE).first() if options["keep"] else None
        if stored is not None:
            self.stdout.write(f"Edition {stored.version} is stored and stays in force.")
            return
        try:
            package = read_package(CONTENT)
            edition = actions.import_first_edition(package.document, by=None, at=timezone.now())
        except EditionError as error:
            # what reading the files refuses names its file and line already
            raise CommandError(str(package.located(error) if error.kind else error)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Edition {edition.version} is stored, {edition.get_status_display().lower()}.")
