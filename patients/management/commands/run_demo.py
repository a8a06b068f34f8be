"""manage.py run_demo: everything `make run` needs, then a server on this machine only."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from guidance.models import Edition
from patients.management.commands.seed_demo import PEOPLE, password_file


class Command(BaseCommand):
    help = "Migrate, import the first edition, make the demo clinic, and serve it on 127.0.0.1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for a developer's machine: BACKDEP_DEBUG is off here.")
        port = options["port"]
        if not 1 <= port <= 65535:
            raise CommandError("PORT must be a number from 1 to 65535.")
        folder = Path(settings.VAR_DIR)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}. BACKDEP_VAR names another.") from error
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise CommandError(f"Port {port} cannot be used: {error.strerror}. Take another: PORT=8001.") from error
        key = folder / "secret-key"
        if not key.exists() or not key.read_text().strip():
            with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(60))
            settings.SECRET_KEY = key.read_text()
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database cannot be opened: {error}") from error
        try:
            call_command("import_edition")
        except CommandError as error:
            if not Edition.objects.exists():
                raise
            self.stdout.write(f"{error} The demo goes on with the stored edition; remove {folder} to start afresh.")
        call_command("seed_demo")
        first, *others = (f"demo-{name}" for name, *_ in PEOPLE)
        self.stdout.write("")
        self.stdout.write(f"  Backdep demo: http://127.0.0.1:{port}")
        self.stdout.write(f"  Sign in as:   {first} (also: {', '.join(others)})")
        self.stdout.write(f"  Password:     {password_file().read_text().strip()}")
        self.stdout.write(f"  All patients are invented. Stop with Ctrl-C; the data stays in {folder}.")
        self.stdout.write("")
        self.stdout.flush()
        call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)
