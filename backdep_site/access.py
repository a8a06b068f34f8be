"""Who may see what: find-and-authorise in one call.

A patient's objects are found only inside the clinics where the person holds the role. What belongs to another clinic
is "not found", as if it did not exist. In the own clinic without the role it is "forbidden". What was found is recorded
as read, what was refused as refused: no page shows a patient's object without an entry in the history.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import reduce
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from backdep_site import audit
from backdep_site.models import Clinic, Role, User

M = TypeVar("M", bound=Model)


def person(request: HttpRequest) -> User:
    """The signed-in person."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def clinics_of(user: User, *roles: str) -> list[Clinic]:
    """Clinics where the person is active in one of the roles (any role when none is named), by name.

    Read once per request and kept on the person."""
    cached: list[tuple[str, Clinic]] | None = getattr(user, "_clinic_roles", None)
    if cached is None:
        memberships = user.memberships.filter(is_active=True).select_related("clinic").order_by("clinic__name", "pk")
        cached = [(membership.role, membership.clinic) for membership in memberships]
        user._clinic_roles = cached  # type: ignore[attr-defined]
    found = {clinic.pk: clinic for role, clinic in cached if not roles or role in roles}
    return list(found.values())


def has_role(user: User, *roles: str) -> bool:
    """Whether the person holds one of the roles anywhere."""
    return bool(clinics_of(user, *roles))


def require_role(user: User, *roles: str, at: datetime) -> None:
    """Forbidden without one of the roles; the refusal is recorded."""
    if not has_role(user, *roles):
        audit.record("refused", by=user, at=at, reason="role", role=",".join(map(str, roles)))
        raise PermissionDenied("Your role cannot do this. Ask an administrator of your clinic.")


def find(
    objects: QuerySet[M], pk: Any, *, by: User, at: datetime, clinic_path: str = "clinic", role: str = Role.CLINICIAN
) -> M:
    """The object, if it belongs to a clinic where ``by`` holds ``role``.

    ``clinic_path``: the lookup from the object to its clinic. Raises Http404 for what does not exist or belongs to
    another clinic, PermissionDenied in the own clinic without the role.
    """
    own = clinics_of(by, role)
    try:
        found = objects.filter(**{f"{clinic_path}__in": own}).get(pk=pk)
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        _refuse(objects, pk, by=by, at=at, clinic_path=clinic_path, role=role)
        raise Http404 from error
    clinic: Any = reduce(getattr, clinic_path.split("__"), found)
    audit.record(
        f"{_kind(found)}.read",
        by=by,
        at=at,
        about=found,
        clinic=clinic,
        patient=getattr(found, "patient_id", found.pk),
    )
    return found


def _kind(found: Model) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(found).__name__).lower()


def _refuse(objects: QuerySet[Any], pk: Any, *, by: User, at: datetime, clinic_path: str, role: str) -> None:
    """Record the refusal of something that exists; forbidden rather than not found in an own clinic."""
    patient_path = "patient" if clinic_path.startswith("patient__") else "pk"
    try:
        row = objects.filter(pk=pk).values_list(clinic_path, patient_path).first()
    except (ValidationError, ValueError):
        return
    if row is None:
        return
    clinic, patient = row
    own_clinic = any(one.pk == clinic for one in clinics_of(by))
    audit.record(
        "refused",
        by=by,
        at=at,
        about=f"{objects.model._meta.label_lower}:{pk}",
        clinic=Clinic(pk=clinic),
        patient=patient,
        reason="role" if own_clinic else "other-clinic",
        role=str(role),
    )
    if own_clinic:
        raise PermissionDenied("Your role cannot do this. Ask an administrator of your clinic.")
