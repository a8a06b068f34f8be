"""manage.py seed_demo: a demo clinic with a user of every role and twelve invented patients (once)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from backdep_site.models import Clinic, Membership, Role, User
from patients.demo import make_demo_patients

PEOPLE = (
    ("clinician", "Demo Clinician", (Role.CLINICIAN,), False),
    ("colleague", "Demo Colleague", (Role.CLINICIAN,), False),
    ("editor", "Demo Editor", (Role.EDITOR,), False),
    ("reviewer", "Demo Reviewer", (Role.REVIEWER,), False),
    ("admin", "Demo Administrator", (Role.ADMINISTRATOR,), True),
)


def password_file() -> Path:
    """Where the demo's password is kept, readable only by its owner."""
    return Path(settings.VAR_DIR) / "demo-password"


def new_password() -> str:
    """A new password for the demo, kept before anybody is made who signs in with it."""
    password, path = secrets.token_urlsafe(12), password_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password + "\n")
    return password


class Command(BaseCommand):
    help = "Make a demo clinic with users of every role and invented patients. Refuses a database with real clinics."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for a developer's machine: BACKDEP_DEBUG is off here.")
        if Clinic.objects.filter(is_demo=True).exists():
            self.stdout.write("The demo clinic is there already.")
            if not password_file().exists():
                self._new_sign_in()
            return
        if Clinic.objects.exists():
            raise CommandError("This database holds clinics that are not a demo. Demo and real data never mix.")
        password = new_password()
        now = timezone.now()
        with transaction.atomic():
            clinic = Clinic.objects.create(
                name="Demo clinic", time_zone="Europe/London", telephone="01632 960000", is_demo=True
            )
            users = {}
            for name, full_name, roles, is_staff in PEOPLE:
                first, last = full_name.split(" ", 1)
                users[name] = User.objects.create_user(
                    username=f"demo-{name}", password=password, first_name=first, last_name=last,
                    is_staff=is_staff, is_superuser=is_staff,
                )  # fmt: skip
                for role in roles:
                    Membership.objects.create(user=users[name], clinic=clinic, role=role)
            made = make_demo_patients(clinic=clinic, by=users["clinician"], now=now)
        self.stdout.write(f"Demo clinic with {len(made)} invented patients.")

    def _new_sign_in(self) -> None:
        """The kept password is gone: everybody of the demo gets a new one."""
        password = new_password()
        for user in User.objects.filter(username__in=[f"demo-{name}" for name, *_ in PEOPLE]):
            user.set_password(password)
            user.save(update_fields=["password"])
        self.stdout.write("The demo's password was lost; there is a new one.")
