"""The one way to write history: record(event, by=, at=, about=...)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from backdep_site.models import AuditEvent, Clinic, User

NOBODY: Final = "nobody"
"""The actor of a sign-in that failed; nothing else happens without a person."""
NOBODY_EVENTS: Final = frozenset(("sign-in.failed",))


def record(
    event: str,
    *,
    by: User | str,
    at: datetime,
    about: Model | str = "",
    clinic: Clinic | None = None,
    patient: UUID | None = None,
    **details: Any,
) -> AuditEvent:
    """Write one event. ``details`` hold codes, ids and numbers, never names or free text.

    Raises ValueError without an actor: an action that nobody did is a mistake of the program.
    """
    actor: User | None
    if isinstance(by, User):
        actor = by
    elif by == NOBODY and event in NOBODY_EVENTS:
        actor = None
    else:
        raise ValueError(f"{event}: an audit event needs the person who did it")
    return AuditEvent.objects.create(
        event=event,
        by=actor,
        at=at,
        clinic=clinic,
        patient=patient,
        about=about if isinstance(about, str) else f"{about._meta.label_lower}:{about.pk}",
        details=details,
    )
