"""What `assess` and `review` share: JSON or JSON Lines in, one answer per line out, in constant memory."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from guidance.engine.edition import Edition
from guidance.engine.facts import FactError
from guidance.evaluation import GuidanceUnavailable, for_commands

LONGEST_LINE = 1024 * 1024
"""Bytes. A patient's facts take a few thousand."""


class Refused(Exception):
    """One question that breaks the contract; the others are still answered."""


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if any(name == other for other, _ in pairs[:place]))
        raise Refused(f"{twice}: stands twice")
    return out


def parse(text: bytes) -> Any:
    """One JSON document. Raises Refused with the reason."""
    try:
        question = json.loads(text, object_pairs_hook=_no_twice)
        if b"\\ud" in text.lower():
            orjson.dumps(question)
        return question
    except TypeError as error:
        raise Refused("holds half a character (an unpaired \\ud800 to \\udfff)") from error
    except UnicodeDecodeError as error:
        raise Refused("is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise Refused(f"is not JSON: {error.msg} (column {error.colno})") from error
    except (RecursionError, ValueError) as error:
        raise Refused("is not JSON that can be read (nested too deeply, or a number too long)") from error


def _questions(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """(line, text) of each question: every line of JSON Lines, or the whole of one pretty-printed object."""
    first, number = b"", 0
    while not first.strip():
        first = stream.readline(LONGEST_LINE + 1)
        number += 1
        if not first:
            return
    if not _is_whole(first) and len(first) <= LONGEST_LINE:
        # one object over several lines, unless another line starts an object of its own
        rest = stream.read(LONGEST_LINE + 1 - len(first))
        whole = first + rest
        if _is_whole(whole) or not any(line.startswith(b"{") for line in rest.split(b"\n")):
            yield number, whole
            return
        lines = whole.split(b"\n")
        for place, line in enumerate(lines[:-1]):
            if line.strip():
                yield number + place, line
        number += len(lines) - 1
        first = lines[-1] + stream.readline(LONGEST_LINE + 1)
    while first:
        if len(first) > LONGEST_LINE:
            yield number, first
            while first and not first.endswith(b"\n"):
                first = stream.readline(LONGEST_LINE + 1)
        elif first.strip():
            yield number, first
        first = stream.readline(LONGEST_LINE + 1)
        number += 1


def _is_whole(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class AnswerCommand(BaseCommand):
    """Base of `assess` and `review`. Exit status 2 when a question was refused, 1 when nothing can answer."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="a file of JSON or JSON Lines, or - for standard input")

    def answer(self, edition: Edition, question: Any) -> dict[str, Any]:
        """The answer to one question. Raises FactError."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition = for_commands()
        except GuidanceUnavailable as error:
            raise CommandError(str(error), returncode=1) from error
        try:
            stream = sys.stdin.buffer if options["file"] == "-" else open(options["file"], "rb")  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}", returncode=2) from error
        out = getattr(self.stdout, "buffer", None) or sys.stdout.buffer
        try:
            with stream:
                refused = self._answer_all(edition, stream, out.write)
            out.flush()
        except BrokenPipeError:
            # whoever read the answers has enough of them; nothing is left to tell, at the end of Python either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        if refused:
            sys.exit(2)

    def _answer_all(self, edition: Edition, stream: IO[bytes], write: Callable[[bytes], object]) -> int:
        refused = 0
        for number, text in _questions(stream):
            try:
                if len(text) > LONGEST_LINE:
                    raise Refused(f"is longer than {LONGEST_LINE} bytes")
                question = parse(text)
                answer = self.answer(edition, question)
            except (Refused, FactError) as error:
                refused += 1
                problems = error.problems if isinstance(error, FactError) else []
                for line in [f"{fact}: {reason}" for fact, reason in problems] or [str(error)]:
                    self.stderr.write(f"line {number}: {line}")
                continue
            answer["line"] = number
            if isinstance(question, dict) and question.get("id") is not None:
                answer["id"] = question["id"]
            write(orjson.dumps(answer) + b"\n")
        return refused
