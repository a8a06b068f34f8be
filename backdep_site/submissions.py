"""Each form is carried out once: the page's token is claimed inside the action's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backdep_site.models import Submission, User


class AlreadyDone(Exception):
    """The form was carried out before; ``result`` is the id of what it made."""

    def __init__(self, result: str) -> None:
        self.result = result
        super().__init__(result)


class Stale(Exception):
    """The page was made from a version that is no longer the newest."""


@contextmanager
def once(token: UUID | None, *, by: User, at: datetime) -> Iterator[Submission]:
    """A transaction that is carried out once per token. Set ``result`` on what is yielded.

    Raises AlreadyDone when the token was used; nothing is written then. A form without a token runs every time.
    """
    with transaction.atomic():
        submission = Submission(by=by, at=at) if token is None else Submission(token=token, by=by, at=at)
        try:
            with transaction.atomic():
                submission.save(force_insert=True)
        except IntegrityError as error:
            raise AlreadyDone(Submission.objects.get(token=submission.token).result) from error
        yield submission
        submission.save(update_fields=["result"])
