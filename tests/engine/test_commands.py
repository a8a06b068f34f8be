"""`manage.py assess` and `manage.py review`: what is answered, what is refused, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guidance.engine.edition import Edition
from tests.engine import asking
from tests.engine.asking import Facts, flag, phq9

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """How a command ended, what it printed and what it complained of."""

    status: int
    printed: bytes
    complaint: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.splitlines()]

    @property
    def complaints(self) -> list[str]:
        return self.complaint.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in a folder without a database, so that the packaged edition answers."""

    def command(verb: str, given: bytes | str | list[Any] = b"", *, file: str = "-", **environment: str) -> Outcome:
        if isinstance(given, list):
            given = "".join(json.dumps(question) + "\n" for question in given)
        ours = ("BACKDEP_", "DATABASE_URL", "DJANGO_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            [sys.executable, "manage.py", verb, file],
            cwd=ROOT,
            env=inherited | {"BACKDEP_DEBUG": "on", "BACKDEP_VAR": str(tmp_path)} | environment,
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr.decode())

    return command


# ---------------------------------------------------------------- answered


def test_each_line_is_answered_with_its_number_its_id_and_the_edition(
    run: Run, edition: Edition, healthy: Facts
) -> None:
    done = run("assess", [healthy | {"id": "first"}, asking.merge(healthy, flag("cauda-equina"))])
    assert (done.status, done.complaint) == (0, "")
    first, second = done.answers
    assert (first["line"], first["id"], first["gate"], first["contract"]) == (1, "first", "open", 1)
    assert (second["line"], second["gate"], second["options"]) == (2, "safety-only", [])
    assert "id" not in second
    assert first["edition"] == {"version": edition.version, "fingerprint": edition.fingerprint}


def test_the_command_says_what_the_engine_says(run: Run, healthy: Facts) -> None:
    (answer,) = run("assess", [healthy]).answers
    expected = json.loads(json.dumps(asking.assess_facts(healthy)))
    assert answer == expected | {"line": 1}


def test_one_object_over_many_lines_is_one_question(run: Run, healthy: Facts) -> None:
    for text in (json.dumps(healthy, indent=2), json.dumps(healthy, indent=2) + "\n\n", json.dumps(healthy)):
        done = run("assess", text)
        assert done.status == 0
        assert [answer["line"] for answer in done.answers] == [1]


def test_blank_lines_are_passed_over_and_counted(run: Run, healthy: Facts) -> None:
    line = json.dumps(healthy)
    done = run("assess", f"\n\n{line}\n   \n\n{line}\n\n")
    assert done.status == 0
    assert [answer["line"] for answer in done.answers] == [3, 6]


def test_nothing_asked_is_nothing_answered(run: Run) -> None:
    for text in ("", "\n", "  \n\n"):
        assert run("assess", text) == Outcome(0, b"", "")


def test_a_file_is_read_as_standard_input_is(run: Run, healthy: Facts, tmp_path: Path) -> None:
    file = tmp_path / "patients.jsonl"
    file.write_text(json.dumps(healthy) + "\n" + json.dumps(healthy), encoding="utf-8")
    done = run("assess", file=str(file))
    assert done.status == 0
    assert len(done.answers) == 2


def test_a_review_is_answered(run: Run, healthy: Facts) -> None:
    question = {
        "id": "visit 1",
        "baseline": healthy,
        "now": asking.base("quiet-visit") | phq9(6) | {"peg": [5, 4, 4]},
        "day": 28,
        "adherence": "as-planned",
        "side_effects": [],
    }
    done = run("review", [question])
    assert (done.status, done.complaint) == (0, "")
    (answer,) = done.answers
    assert (answer["line"], answer["id"], answer["gate"]) == (1, "visit 1", "open")
    assert answer["depression"] == {"class": "response", "change": -6}
    assert answer["pain"] == {"class": "partial", "change": -1.0}
    assert {step["code"] for step in answer["next_steps"]} == {"FU-D-CONTINUE", "FU-P-STEP"}


# ---------------------------------------------------------------- refused, and the others still answered

BAD_LINES: dict[str, tuple[bytes, str, str]] = {
    "a fact out of range": (b'{"age_years": 12}', "age_years", "18 to 120"),
    "a fact of the wrong kind": (b'{"radicular": "yes"}', "radicular", "true or false"),
    "a fact that does not exist": (b'{"shoe_size": 42}', "shoe_size", "not a fact"),
    "a choice that does not exist": (b'{"chosen": ["leeches"]}', "chosen", "leeches"),
    "no object": (b"[1, 2]", "facts", "object"),
    "not JSON": (b'{"age_years": 45', "", "not JSON"),
    "a key twice": (b'{"age_years": 45, "age_years": 60}', "age_years", "twice"),
    "a key twice inside": (b'{"conditions": {"falls": true, "falls": false}}', "falls", "twice"),
    "NaN": (b'{"egfr": NaN}', "egfr", "0 to 200"),
    "infinity": (b'{"egfr": Infinity}', "egfr", "0 to 200"),
    "nested too deeply": (b'{"chosen": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "", "deep"),
    "a number too long": (b'{"egfr": ' + b"9" * 10_000 + b"}", "", "long"),
    "not UTF-8": (b'{"unrecognised_medicines": ["caf\xe9"]}', "", "UTF-8"),
    "too long": (b'{"unrecognised_medicines": ["' + b"x" * 1_100_000 + b'"]}', "", "longer than"),
}


def test_a_bad_line_is_refused_by_number_fact_and_reason_and_the_others_are_answered(run: Run, healthy: Facts) -> None:
    good = json.dumps(healthy).encode()
    lines = [good]
    for bad, _, _ in BAD_LINES.values():
        lines += [bad, good]
    done = run("assess", b"\n".join(lines) + b"\n")
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == list(range(1, len(lines) + 1, 2))
    assert len(done.complaints) == len(BAD_LINES)
    for number, (story, (_, fact, reason)) in enumerate(BAD_LINES.items()):
        complaint = done.complaints[number]
        assert complaint.startswith(f"line {2 * number + 2}: "), story
        assert fact in complaint, story
        assert reason in complaint, story
        assert len(complaint) < 1000, story


@pytest.mark.parametrize("story", ["a fact out of range", "not JSON", "not UTF-8", "too long"])
def test_a_bad_first_line_spoils_no_other(run: Run, healthy: Facts, story: str) -> None:
    good = json.dumps(healthy).encode()
    done = run("assess", BAD_LINES[story][0] + b"\n" + good + b"\n" + good + b"\n")
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == [2, 3]
    assert done.complaint.startswith("line 1: ")


def test_a_bad_first_line_before_many_spoils_none_of_them(run: Run, healthy: Facts) -> None:
    many = 600  # more than a megabyte
    done = run("assess", "hello {\n" + (json.dumps(healthy) + "\n") * many)
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == list(range(2, many + 2))


def test_several_bad_lines_at_the_start_spoil_no_other(run: Run, healthy: Facts) -> None:
    good = json.dumps(healthy)
    done = run("assess", f"patients of Tuesday\n(two of them)\n{good}\n{good}\n")
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == [3, 4]


def test_a_bad_last_line_without_its_end_spoils_no_other(run: Run, healthy: Facts) -> None:
    done = run("assess", json.dumps(healthy) + '\n{"age_years": 4')
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == [1]
    assert done.complaint.startswith("line 2: ")


@pytest.mark.parametrize("text", ['{\n  "age_years": 45,\n  "egfr": }\n', '{\n  "age_years": 12\n}\n', "hello\n"])
def test_one_question_that_cannot_be_read_prints_nothing(run: Run, text: str) -> None:
    done = run("assess", text)
    assert (done.status, done.printed) == (2, b"")
    assert done.complaint.startswith("line 1: ")


HALF_A_CHARACTER: dict[str, bytes] = {
    "in the id": b'{"age_years": 45, "id": "\\ud800"}',
    "in the id, in capitals": b'{"age_years": 45, "id": "visit \\uDFFF"}',
    "in a medicine that nobody knows": b'{"unrecognised_medicines": ["tonic \\udc00 of Dr Li"]}',
    "in the name of a fact": b'{"\\ud83d": 1}',
    "in a choice": b'{"chosen": ["\\ud800"]}',
    "deep inside an id": b'{"age_years": 45, "id": {"visit": ["\\ud800"]}}',
}


@pytest.mark.parametrize("verb", ["assess", "review"])
def test_half_a_character_is_refused_and_the_others_are_answered(run: Run, healthy: Facts, verb: str) -> None:
    good = json.dumps(healthy if verb == "assess" else {"baseline": healthy, "now": {}, "day": 28}).encode()
    lines = [good]
    for bad in HALF_A_CHARACTER.values():
        lines += [bad if verb == "assess" else b'{"baseline": ' + bad + b', "now": {}, "day": 28}', good]
    done = run(verb, b"\n".join(lines) + b"\n")
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == list(range(1, len(lines) + 1, 2))
    assert [complaint.split(": ")[0] for complaint in done.complaints] == [
        f"line {number}" for number in range(2, len(lines), 2)
    ]
    for complaint in done.complaints:
        assert "half a character" in complaint


def test_a_whole_character_written_as_two_halves_is_answered(run: Run, healthy: Facts) -> None:
    done = run("assess", [healthy | {"id": "\N{GRINNING FACE}", "unrecognised_medicines": ["\N{PILL} tonic"]}])
    assert (done.status, done.complaint) == (0, "")
    assert done.answers[0]["id"] == "\N{GRINNING FACE}"


def test_every_fact_that_is_wrong_is_named(run: Run) -> None:
    done = run("assess", '{"age_years": 12, "egfr": "low"}')
    assert [complaint.split(": ")[:2] for complaint in done.complaints] == [
        ["line 1", "age_years"],
        ["line 1", "egfr"],
    ]


def test_a_review_that_breaks_the_contract_is_refused_by_its_part(run: Run, healthy: Facts) -> None:
    good = {"baseline": healthy, "now": {}, "day": 28}
    done = run("review", [good, good | {"day": -1}, good | {"now": {"egfr": "low"}}, {"baseline": healthy}, good])
    assert done.status == 2
    assert [answer["line"] for answer in done.answers] == [1, 5]
    assert [complaint.split(": ")[:2] for complaint in done.complaints] == [
        ["line 2", "day"],
        ["line 3", "now.egfr"],
        ["line 4", "now"],
        ["line 4", "day"],
    ]


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    for file in (tmp_path / "nobody.jsonl", tmp_path):
        done = run("assess", file=str(file))
        assert (done.status, done.printed) == (2, b"")
        assert str(file) in done.complaint


# ---------------------------------------------------------------- nothing can answer


def test_a_database_that_cannot_be_reached_is_never_papered_over(run: Run, healthy: Facts) -> None:
    for verb in ("assess", "review"):
        done = run(verb, [healthy], DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
        assert (done.status, done.printed) == (1, b"")
        assert "database cannot be reached" in done.complaint


def test_a_database_that_exists_and_is_empty_is_never_papered_over(run: Run, healthy: Facts, tmp_path: Path) -> None:
    (tmp_path / "backdep.sqlite3").touch()
    done = run("assess", [healthy])
    assert (done.status, done.printed) == (1, b"")
    assert "database is empty" in done.complaint


def test_a_file_that_is_no_database_is_never_papered_over(run: Run, healthy: Facts, tmp_path: Path) -> None:
    (tmp_path / "backdep.sqlite3").write_bytes(b"this is no database at all" * 100)
    done = run("assess", [healthy])
    assert (done.status, done.printed) == (1, b"")
    assert "database" in done.complaint


@pytest.mark.parametrize(("verb", "place"), [("assess", "nowhere/at/all"), ("review", "nowhere"), ("assess", ".")])
def test_a_database_that_is_named_and_not_there_is_never_papered_over(
    run: Run, healthy: Facts, tmp_path: Path, verb: str, place: str
) -> None:
    question = healthy if verb == "assess" else {"baseline": healthy, "now": {}, "day": 28}
    done = run(verb, [question], DATABASE_URL=f"sqlite:///{tmp_path / place / 'x.sqlite3'}")
    assert (done.status, done.printed) == (1, b"")
    assert len(done.complaints) == 1
    assert "database" in done.complaint


def test_a_database_that_is_named_with_blanks_only_is_not_named(run: Run, healthy: Facts) -> None:
    done = run("assess", [healthy], DATABASE_URL="  ")
    assert (done.status, len(done.answers)) == (0, 1)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://[::1/x", "postgresql://host:port/x", "mysql://a:b@c/d"])
def test_a_database_address_that_cannot_be_read_is_said_in_a_sentence(run: Run, healthy: Facts, url: str) -> None:
    done = run("assess", [healthy], DATABASE_URL=url)
    assert (done.status, done.printed) == (1, b"")
    assert len(done.complaints) == 1
    assert done.complaint.startswith("DATABASE_URL ")


# ---------------------------------------------------------------- nobody reads on


@pytest.mark.parametrize(("verb", "lines_read"), [("assess", 1), ("review", 0)])
def test_answers_that_nobody_reads_to_their_end_are_no_error_of_ours(
    healthy: Facts, tmp_path: Path, verb: str, lines_read: int
) -> None:
    """What `manage.py assess patients.jsonl | head -1` does."""
    question = healthy if verb == "assess" else {"baseline": healthy, "now": {}, "day": 28}
    file = tmp_path / "patients.jsonl"
    file.write_text((json.dumps(question) + "\n") * 300, encoding="utf-8")  # more than a pipe holds
    ours = ("BACKDEP_", "DATABASE_URL", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with subprocess.Popen(
        [sys.executable, "manage.py", verb, str(file)],
        cwd=ROOT,
        env=inherited | {"BACKDEP_DEBUG": "on", "BACKDEP_VAR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        read = [json.loads(command.stdout.readline()) for _ in range(lines_read)]
        command.stdout.close()
        complaint = command.stderr.read().decode()
        command.wait(SECONDS)
    assert [answer["line"] for answer in read] == list(range(1, lines_read + 1))
    assert complaint == ""
    assert command.returncode == 1
