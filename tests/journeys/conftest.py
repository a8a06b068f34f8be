"""A real browser, and the people who sit at it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

# Playwright keeps an event loop in the thread of the test, and Django then refuses its database there
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import time_machine
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.people import Person

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, named by BACKDEP_CHROMIUM."""
    path = os.environ.get("BACKDEP_CHROMIUM", "")
    if not path:
        pytest.fail("BACKDEP_CHROMIUM names no browser; `make test` finds one")
    with sync_playwright() as playwright:
        # without its sandbox, as in containers and for root; it only ever opens our own pages
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    """Sets the time of the server; it goes on from there."""
    travels: list[Any] = []

    def stand_at(moment: datetime) -> None:
        while travels:
            travels.pop().stop()
        travel = time_machine.travel(moment, tick=True)
        travel.start()
        travels.append(travel)

    yield stand_at
    while travels:
        travels.pop().stop()


@pytest.fixture
def at_the_browser(
    browser: Browser, live_server: Any, approved: Any, clock: Callable[[datetime], None]
) -> Iterator[Callable[..., Person]]:
    """Puts a person in front of a browser window of their own. It is Monday, 9 o'clock."""
    clock(MONDAY)
    windows: list[BrowserContext] = []

    def window(**options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en-GB", **options
        )
        windows.append(context)
        return context.new_page()

    def sit_down(user: Any, *, javascript: bool = True) -> Person:
        if javascript:
            return Person(user.username, window())
        mirror = window()
        mirror.route("**/*.js", lambda route: route.abort())
        return Person(user.username, window(java_script_enabled=False), mirror)

    yield sit_down
    for context in windows:
        context.close()
