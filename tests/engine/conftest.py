"""Fixtures of the engine's tests. None of them touches a database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guidance.engine.edition import Edition
from guidance.packaged import packaged_edition
from tests.engine import asking
from tests.engine.asking import Answer, Facts


@pytest.fixture(scope="session")
def edition() -> Edition:
    """The edition that comes with the product."""
    return packaged_edition()


@pytest.fixture
def healthy() -> Facts:
    """A fresh healthy adult of whom everything is known."""
    return asking.base()


@pytest.fixture(scope="session")
def assess() -> Callable[..., Answer]:
    """assess(**what_differs, unknown=[...]): the rendered assessment of the healthy adult with those differences."""
    return asking.assess
