"""The people of every test: Alice and Bob of one clinic, Charlie of another, Edith who edits, Ravi who reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from backdep_site import triggers
from backdep_site.models import Clinic, Membership, Role, User
from guidance import actions as guidance_actions
from guidance.models import Edition, Review
from guidance.packaged import read_document
from patients.demo import Stage

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
"""A Friday."""
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session", autouse=True)
def _history_can_be_cleared() -> Iterator[None]:
    """Clearing a test database deletes history, which the database refuses: the triggers step aside for that."""
    clear = TransactionTestCase._fixture_teardown

    def clear_with_triggers_down(self: TransactionTestCase) -> None:
        triggers.drop(connection)
        clear(self)
        triggers.create(connection)

    TransactionTestCase._fixture_teardown = clear_with_triggers_down
    yield
    TransactionTestCase._fixture_teardown = clear


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The packaged edition as a document."""
    return read_document()


@pytest.fixture
def now() -> datetime:
    """The moment at which the test plays."""
    return NOW


@pytest.fixture
def edition(db: None, document: dict[str, Any]) -> Edition:
    """The first edition, in force and not reviewed."""
    return guidance_actions.import_first_edition(document, by=None, at=NOW)


@pytest.fixture
def approved(edition: Edition, ravi: User) -> Edition:
    """The edition in force, approved by a medical reviewer."""
    Review.objects.create(edition=edition, reviewer=ravi, decision=Review.Decision.APPROVED, at=NOW)
    return edition


@pytest.fixture
def clinic(db: None) -> Clinic:
    """Alice's and Bob's clinic; a real one, no demo."""
    return Clinic.objects.create(name="North clinic", time_zone="Europe/London", telephone="01632 960100")


@pytest.fixture
def other_clinic(db: None) -> Clinic:
    """Charlie's clinic."""
    return Clinic.objects.create(name="South clinic", time_zone="Europe/London")


def _person(name: str, clinic: Clinic, *roles: str, **fields: Any) -> User:
    user = User.objects.create_user(username=name.lower(), password=PASSWORD, first_name=name, **fields)
    for role in roles:
        Membership.objects.create(user=user, clinic=clinic, role=role)
    return user


@pytest.fixture
def alice(clinic: Clinic) -> User:
    return _person("Alice", clinic, Role.CLINICIAN)


@pytest.fixture
def bob(clinic: Clinic) -> User:
    return _person("Bob", clinic, Role.CLINICIAN)


@pytest.fixture
def charlie(other_clinic: Clinic) -> User:
    return _person("Charlie", other_clinic, Role.CLINICIAN)


@pytest.fixture
def edith(clinic: Clinic) -> User:
    return _person("Edith", clinic, Role.EDITOR)


@pytest.fixture
def ravi(clinic: Clinic) -> User:
    return _person("Ravi", clinic, Role.REVIEWER)


@pytest.fixture
def stage(clinic: Clinic, alice: User, approved: Edition) -> Stage:
    """Alice at work in her clinic, with an approved edition in force."""
    return Stage(clinic, alice, NOW)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser without a screen, signed in as somebody."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def alices(signed_in: Callable[[User], Client], alice: User) -> Client:
    """Alice's browser."""
    return signed_in(alice)
