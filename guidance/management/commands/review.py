"""manage.py review FILE: each visit beside its baseline, with the next steps (docs/contract/assessment.md)."""

from typing import Any

from guidance.engine.edition import Edition
from guidance.engine.review import check_visit, render_review, review
from guidance.management.commands._answers import AnswerCommand


class Command(AnswerCommand):
    help = "Review visits: baseline, now, day, adherence and side effects as JSON, or JSON Lines for many."

    def answer(self, edition: Edition, question: Any) -> dict[str, Any]:
        return dict(render_review(edition, review(edition, check_visit(question))))
