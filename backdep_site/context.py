"""What the frame around every page shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from backdep_site.access import clinics_of
from backdep_site.models import Clinic, Role, User


def _version() -> str:
    """The first heading of the change log."""
    path = Path(settings.BASE_DIR) / "CHANGELOG.md"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("## "):
            return line.removeprefix("## ").split(" ")[0]
    return ""


VERSION = _version()


@dataclass(frozen=True)
class Frame:
    """The header and the footer."""

    version: str
    is_clinician: bool
    is_staff: bool
    clinics: list[Clinic]

    @property
    def is_demo(self) -> bool:
        return any(clinic.is_demo for clinic in self.clinics)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` for the base template."""
    user = getattr(request, "user", None)
    clinics = clinics_of(user) if isinstance(user, User) else []
    return {
        "frame": Frame(
            version=VERSION,
            is_clinician=isinstance(user, User) and bool(clinics_of(user, Role.CLINICIAN)),
            is_staff=isinstance(user, User) and user.is_staff,
            clinics=clinics,
        )
    }
