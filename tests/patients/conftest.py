"""What several stories about patients begin with."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from patients.models import Plan
from patients.plans import actions


@pytest.fixture
def the_clock_stands(now):
    """The pages' clock stands where the test plays."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def accept(stage):
    """Accept one option of a plan, by the action."""

    def run(plan: Plan, code: str, **given: Any) -> Plan:
        fresh = Plan.objects.get(pk=plan.pk)
        actions.accept_item(
            by=stage.by, at=stage.now, token=None, plan=fresh, code=code, expected=fresh.version, **given
        )
        return Plan.objects.get(pk=plan.pk)

    return run
