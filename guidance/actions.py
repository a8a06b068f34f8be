"""All writes of guidance."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from backdep_site import audit
from backdep_site.models import User
from guidance.checks.report import refuse_broken
from guidance.engine.edition import fingerprint
from guidance.engine.reading import read_edition
from guidance.models import Edition, EditionRow, EditionStatus


@transaction.atomic
def import_first_edition(document: dict[str, Any], *, by: User | None, at: datetime) -> Edition:
    """Store the packaged edition and put it in force as "not reviewed", the only edition that may be so.

    ``document``: as packaged.read_document gives it. Returns the edition that was stored before, if it is the same.
    Raises EditionError when the document cannot be read or lacks what every edition holds, ValueError when another
    edition is in force already.
    """
    plain = json.loads(json.dumps(document))
    found = Edition.objects.filter(fingerprint=fingerprint(plain)).first()
    if found is not None:
        return found
    if Edition.objects.exists():
        raise ValueError(
            "An edition is stored already. A newer one goes through drafting and review, not through the import."
        )
    read = read_edition(plain)
    refuse_broken(read)
    edition = Edition.objects.create(
        version=read.version,
        title=read.title,
        status=EditionStatus.IN_FORCE,
        fingerprint=read.fingerprint,
        created_at=at,
        in_force_at=at,
    )
    EditionRow.objects.bulk_create(
        EditionRow(edition=edition, kind=kind, position=position, code=str(body.get("id") or body["code"]), body=body)
        for kind, rows in plain["rows"].items()
        for position, body in enumerate(rows)
    )
    if by is not None:
        audit.record("edition.imported", by=by, at=at, about=edition, fingerprint=read.fingerprint)
    return edition
