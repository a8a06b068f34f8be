"""manage.py assess FILE: what the edition in force says about each patient (docs/contract/assessment.md)."""

from typing import Any

from guidance.engine.edition import Edition
from guidance.engine.evaluate import evaluate
from guidance.engine.facts import check
from guidance.engine.wording import render
from guidance.management.commands._answers import AnswerCommand


class Command(AnswerCommand):
    help = "Assess patients: facts as JSON, or JSON Lines for many; - reads standard input."

    def answer(self, edition: Edition, question: Any) -> dict[str, Any]:
        return dict(render(edition, evaluate(edition, check(question))))
