"""Reading the guidance."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from guidance import evaluation, presenters
from guidance.models import Edition, EditionStatus


def edition(request: HttpRequest, version: str = "") -> HttpResponse:
    """One edition, the one in force unless another is named; drafts are not for readers."""
    try:
        if version:
            found = Edition.objects.exclude(status=EditionStatus.DRAFT).filter(version=version).first()
            if found is None:
                raise Http404
        else:
            found = evaluation.in_force()
        page = presenters.edition_page(found)
    except evaluation.GuidanceUnavailable:
        return render(request, "guidance/unavailable.html", status=503)
    return render(request, "guidance/edition.html", {"page": page})
