"""The door for patients: what does the edition in force say about these facts?

Editions are read once per process and kept by fingerprint. An edition that cannot be loaded or whose content does not
match its fingerprint is never used: callers get GuidanceUnavailable and must say so, not show an empty answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from guidance.engine import evaluate as engine
from guidance.engine import review as engine_review
from guidance.engine.answer import Assessment
from guidance.engine.edition import Edition as Content
from guidance.engine.edition import EditionError, fingerprint
from guidance.engine.facts import FactError, check
from guidance.engine.reading import read_edition
from guidance.models import Edition, EditionStatus
from guidance.models import Review as Approval
from guidance.packaged import packaged_edition

logger = logging.getLogger("backdep.guidance")
_loaded: dict[str, Content] = {}


class GuidanceUnavailable(Exception):
    """The guidance cannot answer. The reason is logged; the page says that nothing could be prepared."""


@dataclass(frozen=True)
class ReviewStatus:
    """What readers are told about the review of an edition."""

    version: str
    is_approved: bool
    notice: str
    reviewers: tuple[str, ...]


def load(edition: Edition) -> Content:
    """The content of a stored edition, checked against its fingerprint. Raises GuidanceUnavailable."""
    content = _loaded.get(edition.fingerprint)
    if content is None:
        try:
            document = edition.document()
            found = fingerprint(document)
            if found != edition.fingerprint:
                raise EditionError(f"content does not match its fingerprint (found {found})")
            content = _loaded[edition.fingerprint] = read_edition(document)
        except (EditionError, DatabaseError) as error:
            logger.exception("edition %s cannot be loaded", edition.version)
            raise GuidanceUnavailable(f"edition {edition.version} cannot be loaded: {error}") from error
    return content


def in_force() -> Edition:
    """The edition in force. Raises GuidanceUnavailable when there is none."""
    edition = Edition.objects.filter(status=EditionStatus.IN_FORCE).first()
    if edition is None:
        logger.error("no edition is in force")
        raise GuidanceUnavailable("no edition is in force")
    return edition


def status_of(edition: Edition) -> ReviewStatus:
    """Whether a medical reviewer approved it, and what the screen says."""
    reviews = edition.reviews.filter(decision=Approval.Decision.APPROVED).select_related("reviewer").order_by("at")
    reviewers = tuple(str(review.reviewer) for review in reviews)
    notice = "" if reviewers else load(edition).settings.get("status-notice", "Awaiting clinical review")
    return ReviewStatus(edition.version, bool(reviewers), notice, reviewers)


def assess(edition: Edition, facts: Mapping[str, Any]) -> Assessment:
    """Assess facts (as the contract writes them) under a stored edition; brief, see render.

    Raises FactError for facts that break the contract, GuidanceUnavailable when the guidance cannot answer.
    """
    content = load(edition)
    checked = check(facts)
    try:
        return engine.evaluate(content, checked)
    except FactError:
        raise
    except Exception as error:
        logger.exception("edition %s could not be evaluated", edition.version)
        raise GuidanceUnavailable("the rules could not be evaluated") from error


def review(edition: Edition, question: Mapping[str, Any]) -> engine_review.Review:
    """Review a visit beside its baseline (contract, review) under a stored edition; brief.

    Raises FactError and GuidanceUnavailable as assess does.
    """
    content = load(edition)
    visit = engine_review.check_visit(question)
    try:
        return engine_review.review(content, visit)
    except FactError:
        raise
    except Exception as error:
        logger.exception("edition %s could not be evaluated", edition.version)
        raise GuidanceUnavailable("the rules could not be evaluated") from error


def for_commands() -> Content:
    """The edition that answers on the command line: the one in force, or the packaged one while there is no database.

    Raises GuidanceUnavailable: a database that is named and cannot be reached, or that holds no edition, is never
    papered over.
    """
    if not settings.DATABASE_IS_NAMED and not Path(settings.DATABASES["default"]["NAME"]).exists():
        try:
            return packaged_edition()
        except EditionError as error:
            raise GuidanceUnavailable(f"the packaged edition cannot be read: {error}") from error
    try:
        connection.ensure_connection()
        if Edition._meta.db_table not in connection.introspection.table_names():
            raise GuidanceUnavailable("the database is empty: run manage.py migrate and manage.py import_edition")
        return load(in_force())
    except DatabaseError as error:
        raise GuidanceUnavailable(f"the database cannot be reached: {str(error).strip()}") from error
