"""Middleware of our own."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from backdep_site.access import clinics_of
from backdep_site.models import User


class NulMiddleware:
    """No address holds a NUL: PostgreSQL cannot even look for one. Not found, before anything is asked of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        return self.get_response(request)


class CharsetMiddleware:
    """Browsers send forms in UTF-8. Any other encoding that a form names is refused before it is decoded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            raise BadRequest("a form in another encoding than UTF-8")
        return self.get_response(request)


class NoStoreMiddleware:
    """Pages of a signed-in person are never kept by the browser or anything on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response


class ClinicTimeMiddleware:
    """Times on a page are the clinic's own; of several clinics, the first one's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clinics = clinics_of(request.user) if isinstance(request.user, User) else []
        if not clinics:
            return self.get_response(request)
        with timezone.override(clinics[0].zone):
            return self.get_response(request)
