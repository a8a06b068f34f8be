"""When something is due: plain dates, no clock."""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5
LONGEST_AHEAD = timedelta(days=365)
"""How far ahead a day may be set by hand."""
LONGEST_WAIT = timedelta(days=90)
"""How far ahead an accepted treatment may start: its monitoring, safety contacts among it, starts with it."""


def on_working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend. Public holidays are not known."""
    late = day.weekday() - SATURDAY
    return day + timedelta(days=2 - late) if late >= 0 else day


def next_working_day(day: date) -> date:
    """The first working day after a day."""
    return on_working_day(day + timedelta(days=1))


def due(start: date, days: int) -> date:
    """``days`` after a start, moved to a working day."""
    return on_working_day(start + timedelta(days=days))
