"""The edition in force: stored once, loaded only when it is what was stored."""

from __future__ import annotations

import copy
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from backdep_site.models import User
from guidance import actions, evaluation
from guidance.engine.edition import EditionError
from guidance.models import Edition, EditionRow, EditionStatus, Review
from guidance.packaged import packaged_edition

ASKED = {"age_years": 44, "phq9": [1] * 9}


@pytest.fixture(autouse=True)
def nothing_kept_in_memory(monkeypatch):
    monkeypatch.setattr(evaluation, "_loaded", {})


def test_the_packaged_edition_is_stored_whole(edition):
    loaded, packaged = evaluation.load(edition), packaged_edition()
    assert loaded.fingerprint == packaged.fingerprint == edition.fingerprint
    assert loaded.texts == packaged.texts
    assert loaded.options.keys() == packaged.options.keys()
    assert edition.status == EditionStatus.IN_FORCE


def test_importing_again_changes_nothing(edition, document, now):
    again = actions.import_first_edition(copy.deepcopy(document), by=None, at=now)
    assert again == edition
    assert Edition.objects.count() == 1


def test_a_second_different_edition_cannot_be_imported(edition, document, now):
    other = copy.deepcopy(document)
    other["version"] = "2099.1"
    with pytest.raises(ValueError, match="drafting and review"):
        actions.import_first_edition(other, by=None, at=now)


def test_a_document_that_cannot_be_read_is_not_stored(db, document, now):
    broken = copy.deepcopy(document)
    broken["rows"]["options"][0]["sources"] = ["no-such-source"]
    with pytest.raises(EditionError):
        actions.import_first_edition(broken, by=None, at=now)
    assert not Edition.objects.exists()


def test_the_database_allows_one_edition_in_force(edition, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.create(
            version="2099.1", title="Another", status=EditionStatus.IN_FORCE, fingerprint="sha256:0", created_at=now
        )


def test_the_command_imports_and_can_run_again(db):
    for _ in range(2):
        out = StringIO()
        call_command("import_edition", stdout=out)
        assert "is stored, in force" in out.getvalue()


# ------------------------------------------------------------------------------------------------ failures


def test_a_row_that_was_changed_in_the_database_stops_everything(edition, caplog):
    row = EditionRow.objects.filter(edition=edition, kind="options").first()
    EditionRow.objects.filter(pk=row.pk).update(body={**row.body, "text": "Take twice as much."})
    with pytest.raises(evaluation.GuidanceUnavailable, match="fingerprint"):
        evaluation.assess(edition, ASKED)
    assert "cannot be loaded" in " ".join(record.getMessage() for record in caplog.records)


def test_a_row_that_is_gone_stops_everything(edition):
    EditionRow.objects.filter(edition=edition, kind="interactions").first().delete()
    with pytest.raises(evaluation.GuidanceUnavailable):
        evaluation.assess(edition, ASKED)


def test_without_an_edition_in_force_nothing_answers(edition):
    Edition.objects.update(status=EditionStatus.RETIRED)
    with pytest.raises(evaluation.GuidanceUnavailable):
        evaluation.in_force()


def test_a_fault_in_the_rules_is_unavailable_and_never_an_empty_answer(edition, monkeypatch):
    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(evaluation.engine, "evaluate", fail)
    with pytest.raises(evaluation.GuidanceUnavailable):
        evaluation.assess(edition, ASKED)


# ------------------------------------------------------------------------------------------------ review status


def test_an_edition_that_nobody_reviewed_says_so(edition):
    status = evaluation.status_of(edition)
    assert not status.is_approved
    assert status.notice == "Educational use: awaiting clinical review"


def test_an_approved_edition_names_its_reviewer(approved):
    status = evaluation.status_of(approved)
    assert status.is_approved
    assert status.notice == ""
    assert status.reviewers == ("Ravi",)


def test_a_returned_edition_is_not_approved(edition, ravi, now):
    Review.objects.create(edition=edition, reviewer=ravi, decision=Review.Decision.RETURNED, at=now)
    assert not evaluation.status_of(edition).is_approved


# ------------------------------------------------------------------------------------------------ pages


def test_the_guidance_page_shows_status_options_and_sources(signed_in, edith, edition):
    text = signed_in(edith).get("/guidance/").content.decode()
    assert "Educational use: awaiting clinical review" in text
    assert "duloxetine" in text.lower()
    assert edition.fingerprint[:20] in text


def test_the_guidance_page_of_an_approved_edition_names_the_reviewer(alices, approved):
    text = alices.get("/guidance/").content.decode()
    assert "Reviewed by Ravi" in text
    assert "awaiting clinical review" not in text


@pytest.mark.parametrize("version", ["1999.1", "..", "%00"])
def test_an_edition_that_does_not_exist_is_404(alices, edition, version):
    assert alices.get(f"/guidance/{version}/").status_code in (301, 404)


def test_a_draft_edition_is_not_for_readers(alices, edition, now):
    Edition.objects.create(version="2099.1", title="Draft", fingerprint="sha256:1", created_at=now)
    assert alices.get("/guidance/2099.1/").status_code == 404


def test_guidance_that_cannot_be_loaded_says_so(alices, edition):
    EditionRow.objects.filter(edition=edition, kind="options").first().delete()
    response = alices.get("/guidance/")
    assert response.status_code == 503
    assert "could not be" in response.content.decode().lower()


def test_reading_the_guidance_costs_few_queries(alices, edition, django_assert_max_num_queries):
    alices.get("/guidance/")
    with django_assert_max_num_queries(15):
        alices.get("/guidance/")


# ------------------------------------------------------------------------------------------------ commands


@pytest.fixture
def a_database_that_exists(monkeypatch):
    """The database of a test may live in memory, where there is no file to find."""
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", __file__)


def test_on_the_command_line_a_database_without_an_edition_is_an_error(db, a_database_that_exists):
    with pytest.raises(evaluation.GuidanceUnavailable):
        evaluation.for_commands()


def test_on_the_command_line_the_edition_in_force_answers(edition, a_database_that_exists):
    assert evaluation.for_commands().fingerprint == edition.fingerprint


def test_the_demo_refuses_a_database_with_real_clinics(clinic, edition, settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="never mix"):
        call_command("seed_demo", stdout=StringIO())
    assert not User.objects.exists()
