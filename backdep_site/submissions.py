"""Each form is carried out once: the page's token is claimed inside the action's own transaction.

The same token with something else in the form is no second press: what was corrected before the first answer came is
carried out by itself, and meets the version check like any other page that is not the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, models, transaction

from backdep_site.models import Submission, User


class AlreadyDone(Exception):
    """The form was carried out before; ``result`` is the id of what it made."""

    def __init__(self, result: str) -> None:
        self.result = result
        super().__init__(result)


class Stale(Exception):
    """The page was made from a version that is no longer the newest."""


@contextmanager
def once(
    token: UUID | None, action: str, about: models.Model | None, content: object = None, *, by: User, at: datetime
) -> Iterator[Submission]:
    """A transaction that is carried out once for a token, a person, an action, its object and the form's content.

    Set ``result`` on what is yielded. Raises AlreadyDone when all of it was carried out before; nothing is written
    then. A form without a token runs every time.
    """
    what = f"{action} {about.pk if about else ''} {by.pk} {content!r}"
    with transaction.atomic():
        submission = Submission(token=uuid5(token, what) if token else uuid4(), by=by, at=at)
        try:
            with transaction.atomic():
                submission.save(force_insert=True)
        except IntegrityError as error:
            raise AlreadyDone(Submission.objects.get(token=submission.token).result) from error
        yield submission
        submission.save(update_fields=["result"])
