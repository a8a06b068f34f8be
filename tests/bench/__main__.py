"""Measures the speed of assessing and prints one table: `python -m tests.bench`, or `make bench`.

    engine      one assessment, facts in and sentences out: the median over the worked patients of tests/cases
    bare loop   as many comparisons of facts with values as that assessment makes, and nothing else
    command     `manage.py assess` on a file of patients, from its start to its end, with its highest use of memory

Nothing is written but the table. Figures are no test: the exit status is 0 whatever they are.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from guidance.checks.worked import cases, facts_of
from guidance.engine import criteria
from guidance.engine.edition import Edition
from guidance.engine.evaluate import evaluate
from guidance.engine.facts import check
from guidance.engine.wording import render
from guidance.packaged import packaged_edition
from tests.engine.asking import Facts

ROOT: Final = Path(__file__).resolve().parents[2]
MANY, FEW = 20_000, 2_000
TARGET_ENGINE: Final = 1_000
"""Microseconds for one assessment, at most."""
TARGET_COMMAND: Final = 1_000
"""Patients a second, at least."""
TARGET_GROWTH: Final = 1.05
"""Memory for many patients beside memory for few, at most."""
REPEATS: Final = 15
Leaf = tuple[str, Callable[[Any, Any], Any], Any]
Row = tuple[str, str, str]


def main() -> None:
    """Measure everything and print the table."""
    edition = packaged_edition()
    patients = [facts_of(case) for case in cases().values() if case["kind"] == "assess"]
    rows: list[Row] = [("edition: read from its files in a new process", f"{_edition_seconds() * 1000:.0f} ms", "")]
    rows += _engine(edition, patients)
    rows += _command(patients)
    _print(rows)


# ---------------------------------------------------------------- the engine


def _engine(edition: Edition, patients: list[Facts]) -> Iterator[Row]:
    whole, brief, bare, counts = [], [], [], []
    for patient in patients:
        checked = check(patient)
        leaves = _comparisons(edition, checked)
        whole.append(_microseconds(lambda given=patient: render(edition, evaluate(edition, check(given)))))
        brief.append(_microseconds(lambda given=checked: evaluate(edition, given)))
        bare.append(_microseconds(lambda given=checked, made=leaves: _bare_loop(given, made)))
        counts.append(len(leaves))
    one, alone, loop = (statistics.median(found) for found in (whole, brief, bare))
    yield f"engine: one assessment, median of {len(patients)} patients", f"{one:.0f} µs", f"at most {TARGET_ENGINE} µs"
    yield "engine: the slowest patient", f"{max(whole):.0f} µs", ""
    yield "engine: without checking facts and adding sentences", f"{alone:.0f} µs", ""
    yield f"bare loop: {statistics.median(counts):.0f} comparisons", f"{loop:.0f} µs", ""
    yield "engine beside the bare loop", f"{one / loop:.1f} times", ""


def _microseconds(call: Callable[[], object]) -> float:
    """The median time of one call."""
    call()
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - start)
    return statistics.median(taken) / 1000


def _comparisons(edition: Edition, checked: Facts) -> list[Leaf]:
    """Every comparison that one assessment makes, in the order in which it makes them."""
    made: list[Leaf] = []
    with _watching(made):
        evaluate(edition, checked)
    return made


@contextmanager
def _watching(made: list[Leaf]) -> Iterator[None]:
    """Note each question that is put to a fact or to the medicines."""
    kinds = (criteria.Compare, criteria.Known, criteria.Taking, criteria.Replaces, criteria.TriedBefore)
    before = {kind: kind.value for kind in kinds}

    def noting(kind: type[criteria.Criterion]) -> Callable[[Any, Any], bool | None]:
        def value(self: Any, s: Any) -> bool | None:
            if kind is criteria.Compare:
                made.append((self.name, self.test, self.operand))
            else:
                made.append((getattr(self, "name", "medicines"), _is_not, None))
            return before[kind](self, s)

        return value

    for kind in kinds:
        kind.value = noting(kind)
    try:
        yield
    finally:
        for kind in kinds:
            kind.value = before[kind]


def _is_not(one: object, other: object) -> bool:
    return one is not other


def _bare_loop(checked: Facts, leaves: list[Leaf]) -> int:
    """What the comparisons alone would cost."""
    held = 0
    get = checked.get
    for name, test, operand in leaves:
        found = get(name)
        if found is not None and test(found, operand):
            held += 1
    return held


def _edition_seconds() -> float:
    """Importing the engine and reading the packaged edition, in a process that has not done it before."""
    program = (
        "import time; start = time.perf_counter(); from guidance.packaged import packaged_edition; packaged_edition(); "
        "print(time.perf_counter() - start)"
    )
    taken = [
        float(subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    return statistics.median(taken)


# ---------------------------------------------------------------- the command


def _command(patients: list[Facts]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory = {}, {}
        for number in (FEW, MANY):
            file = Path(folder) / f"{number}.jsonl"
            lines = [json.dumps(patient) + "\n" for patient in patients]
            with file.open("w", encoding="utf-8") as out:
                out.writelines(lines[place % len(lines)] for place in range(number))
            seconds[number], memory[number] = _assess(file, Path(folder))
    speed = MANY / seconds[MANY]
    yield f"command: assess {MANY:,} patients", f"{seconds[MANY]:.1f} s", ""
    yield "command: patients a second", f"{speed:,.0f}", f"at least {TARGET_COMMAND:,}"
    yield f"command: memory with {FEW:,} patients", f"{memory[FEW]:.1f} MB", ""
    yield f"command: memory with {MANY:,} patients", f"{memory[MANY]:.1f} MB", ""
    growth = memory[MANY] / memory[FEW]
    yield "command: memory, many beside few", f"{growth:.2f} times", f"at most {TARGET_GROWTH}"


# A small process in between: the memory of a child counts what its parent held when it was started.
_MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def _assess(file: Path, empty: Path) -> tuple[float, float]:
    """(seconds, highest memory in megabytes) of the command on a file, answered by the packaged edition."""
    ours = ("BACKDEP_", "DATABASE_URL", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", _MEASURE, sys.executable, "manage.py", "assess", str(file)],
        cwd=ROOT,
        env=inherited | {"BACKDEP_DEBUG": "on", "BACKDEP_VAR": str(empty)},
        check=True,
        stdout=subprocess.PIPE,
    )
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory / (1024**2 if sys.platform == "darwin" else 1024)


def _print(rows: list[Row]) -> None:
    heading: Row = ("measured", "found", "target")
    wide = [max(len(row[column]) for row in (heading, *rows)) for column in range(3)]
    for row in (heading, ("-" * wide[0], "-" * wide[1], "-" * wide[2]), *rows):
        print(f"{row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:<{wide[2]}}".rstrip())


if __name__ == "__main__":
    main()
