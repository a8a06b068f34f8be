"""Pages of the frame: home, health, errors."""

from __future__ import annotations

import logging
import secrets

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from backdep_site.access import has_role, person
from backdep_site.models import Role

logger = logging.getLogger("backdep.site")


def home(request: HttpRequest) -> HttpResponse:
    """Clinicians start at the worklist, everybody else at the guidance."""
    return redirect("worklist" if has_role(person(request), Role.CLINICIAN) else "guidance:edition")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process answers and reaches its database; says nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("the database cannot be reached\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: too much, or in a shape that no page of ours sends."""
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the own clinic, but not the role."""
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for everything of another clinic."""
    return render(request, "404.html", status=404)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page had become too old."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: with a reference that stands in the log."""
    reference = secrets.token_hex(3).upper()
    logger.error("error page shown, reference %s", reference)
    # without the request: what fills the frame may be what failed
    return HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)
