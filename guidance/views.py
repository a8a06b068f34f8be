"""Reading the guidance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from guidance import evaluation, presenters
from guidance.models import Edition, EditionStatus


def _page(request: HttpRequest, version: str, template: str, make: Callable[[Edition], Any]) -> HttpResponse:
    """A page of one edition, the one in force unless another is named; drafts are not for readers."""
    try:
        if version:
            found = Edition.objects.exclude(status=EditionStatus.DRAFT).filter(version=version).first()
            if found is None:
                raise Http404
        else:
            found = evaluation.in_force()
        page = make(found)
    except evaluation.GuidanceUnavailable:
        return render(request, "guidance/unavailable.html", status=503)
    return render(request, template, {"page": page})


def edition(request: HttpRequest, version: str = "") -> HttpResponse:
    """What an edition says."""
    return _page(request, version, "guidance/edition.html", presenters.edition_page)


def rules(request: HttpRequest, version: str) -> HttpResponse:
    """Every rule of an edition, how it was verified and on whose word it stands."""
    return _page(request, version, "guidance/rules.html", presenters.rules_page)


def claims(request: HttpRequest, version: str) -> HttpResponse:
    """Every claim of the seed articles and where it lives."""
    return _page(request, version, "guidance/claims.html", presenters.claims_page)
