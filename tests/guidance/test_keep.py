"""manage.py import_edition --keep: an update of the product leaves the edition in force alone, and starts."""

from __future__ import annotations

import copy
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from guidance import evaluation
from guidance.engine.edition import fingerprint
from guidance.management.commands import import_edition
from guidance.models import Edition, EditionStatus
from guidance.packaged import Package


@pytest.fixture(autouse=True)
def nothing_kept_in_memory(monkeypatch):
    monkeypatch.setattr(evaluation, "_loaded", {})


@pytest.fixture
def packaged_anew(monkeypatch, document) -> dict[str, Any]:
    """A newer product, with a packaged edition of another content."""
    newer = copy.deepcopy(document)
    newer["title"] = "A newer edition"
    monkeypatch.setattr(import_edition, "read_package", lambda folder: Package(newer, {}))
    return newer


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("import_edition", *arguments, stdout=said)
    return said.getvalue()


def test_the_stored_edition_stays_whatever_is_packaged(edition, packaged_anew):
    assert run("--keep") == f"Edition {edition.version} is stored and stays in force.\n"
    assert Edition.objects.get() == edition
    assert Edition.objects.get().fingerprint == edition.fingerprint != fingerprint(packaged_anew)
    assert evaluation.in_force() == edition


def test_without_keep_another_edition_is_refused(edition, packaged_anew):
    with pytest.raises(CommandError, match="An edition is stored already"):
        run()
    assert Edition.objects.get() == edition


def test_without_a_stored_edition_it_is_imported_and_the_second_time_kept(db, document):
    assert "is stored, " in run("--keep")
    stored = Edition.objects.get()
    assert (stored.status, stored.fingerprint) == (EditionStatus.IN_FORCE, fingerprint(document))
    assert "stays in force" in run("--keep")
    assert Edition.objects.get() == stored


def test_an_edition_that_is_not_in_force_is_not_kept_for_one_that_is(edition, packaged_anew):
    """Nothing is in force: that is said loudly, the site would have no guidance."""
    Edition.objects.update(status=EditionStatus.RETIRED)
    with pytest.raises(CommandError):
        run("--keep")
