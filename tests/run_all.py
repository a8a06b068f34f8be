"""What `make test` runs: every test on SQLite, every test on PostgreSQL, the journeys in a real browser.

    python -m tests.run_all [--only sqlite|postgresql|journeys] [arguments for pytest]

A step that cannot be done here is NOT RUN, with the reason; where CI=true that counts as a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests import postgres
from tests.postgres import NotAvailable, signals_as_exceptions

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5  # pytest's exit status
SECONDS_TO_STOP = 20
WITHOUT_BROWSER = ("-n", "auto", "-m", "not journey")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium")


class Result(Enum):
    """How a step ended."""

    PASSED = "passed"
    NOTHING_SELECTED = "passed (the arguments select no test here)"
    FAILED = "FAILED"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True)
class Outcome:
    """One line of the summary."""

    step: str
    result: Result
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.step:<12}{self.seconds:6.1f} s   {self.result.value}{reason}"


def on_sqlite(arguments: Sequence[str]) -> int:
    """Every test that needs no browser, on the SQLite of this Python."""
    _heading(f"Tests on SQLite {sqlite3.sqlite_version}")
    return _pytest([*WITHOUT_BROWSER, *arguments])


def on_postgresql(arguments: Sequence[str]) -> int:
    """The same tests on PostgreSQL; Django makes a database for each worker."""
    with postgres.running() as server:
        _heading(f"Tests on {server.version}")
        return _pytest([*WITHOUT_BROWSER, *arguments], DATABASE_URL=server.url)


def journeys(arguments: Sequence[str]) -> int:
    """The stories in a real browser."""
    browser, version = _browser()
    _heading(f"Journeys in {version}, on SQLite {sqlite3.sqlite_version}")
    names_files = any((ROOT / argument.split("::")[0]).exists() for argument in arguments)
    return _pytest(
        ["-m", "journey", *([] if names_files else ["tests/journeys"]), *arguments],
        BACKDEP_CHROMIUM=browser,
        # Playwright keeps an event loop in the thread of the test, and Django then refuses its database there
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )


STEPS: dict[str, Callable[[Sequence[str]], int]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
    "journeys": journeys,
}


def main(given: Sequence[str]) -> int:
    """Run the steps and print the summary. The exit status of `make test`."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.run_all",
        description="Runs every test. Arguments that are not named here go to pytest.",
        allow_abbrev=False,
    )
    parser.add_argument("--only", choices=STEPS, help="run this step alone")
    options, arguments = parser.parse_known_args(given)
    with signals_as_exceptions():
        outcomes = [_outcome(step, arguments) for step in STEPS if options.only in (None, step)]
    _heading("Summary")
    for outcome in outcomes:
        print(outcome, flush=True)
    results = {outcome.result for outcome in outcomes}
    if Result.PASSED not in results and Result.FAILED not in results:
        print("No test was run.", flush=True)
        return 1
    accepted = {Result.PASSED, Result.NOTHING_SELECTED} | (set() if _is_ci() else {Result.NOT_RUN})
    return 0 if results <= accepted else 1


def _outcome(step: str, arguments: Sequence[str]) -> Outcome:
    start = time.monotonic()
    result, reason = Result.NOT_RUN, ""
    try:
        status = STEPS[step](arguments)
    except NotAvailable as error:
        reason = str(error)
        _heading(f"Not run: {step}")
    else:
        if status == 0:
            result = Result.PASSED
        elif status == NO_TESTS_COLLECTED and arguments:
            result = Result.NOTHING_SELECTED
        else:
            result = Result.FAILED
            reason = "no test was found" if status == NO_TESTS_COLLECTED else f"pytest ended with status {status}"
    outcome = Outcome(step, result, time.monotonic() - start, reason)
    print(outcome, flush=True)
    return outcome


def _pytest(arguments: Sequence[str], **environment: str) -> int:
    """pytest in its own process, in an environment that this shell's own settings do not reach."""
    ours = ("BACKDEP_", "DATABASE_URL", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=inherited | {"BACKDEP_DEBUG": "on"} | environment,
    )
    try:
        return process.wait()
    except BaseException as reason:
        # a Ctrl-C in the terminal has reached pytest too, and a second one would cut its own clean-up short
        if not isinstance(reason, KeyboardInterrupt):
            process.send_signal(signal.SIGINT)
        _let_finish(process)
        raise


def _let_finish(process: subprocess.Popen[bytes]) -> None:
    """Let pytest close browsers and databases; insist when it does not, or when Ctrl-C comes again."""
    try:
        process.wait(SECONDS_TO_STOP)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _browser() -> tuple[str, str]:
    """The path of a Chromium that answers, and what it calls itself."""
    named = os.environ.get("CHROMIUM", "").strip()
    for candidate in (named,) if named else BROWSERS:
        path = shutil.which(candidate)
        if path is None:
            continue
        try:
            answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return path, answer.stdout.split(" built on ")[0].strip()
    if named:
        raise NotAvailable(f"CHROMIUM names {named}, which does not answer to --version: name a Chromium that starts")
    raise NotAvailable("no Chromium was found: install the package chromium, or name a browser in CHROMIUM")


def _is_ci() -> bool:
    return os.environ.get("CI", "").strip().lower() in ("true", "1")


def _heading(text: str) -> None:
    print(f"\n=== {text} ===", flush=True)


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
