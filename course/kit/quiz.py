"""Multiple choice with feedback of its own for every option; the right letters are sealed, not readable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, Result

LETTERS = "ABCD"


def seal(question: str, letter: str) -> str:
    """The key of a question, as it may stand in the package: a digest that does not show the letter.

    It keeps the answer from jumping to a reader's eye; it is no protection against someone who tries four letters.
    """
    return hashlib.sha256(f"stable exponentials, {question}: {letter}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Question:
    """What a student is told for each letter. The question itself stands in the notebook."""

    id: str
    """Id of the answer's cell (`"quiz-1"`)."""

    feedback: dict[str, str]
    """A sentence or two for each of the four letters: what is right about it, or what it overlooks."""

    hint: str
    digest: str
    """`seal(id, right letter)`."""

    def __post_init__(self):
        if sorted(self.feedback) != list(LETTERS):
            raise ValueError(f"{self.id} needs feedback for A, B, C and D; it has {', '.join(sorted(self.feedback))}")
        if self.digest not in {seal(self.id, letter) for letter in LETTERS}:
            raise ValueError(
                f"the digest of {self.id} fits none of its letters; make it with seal({self.id!r}, letter)"
            )


class Quiz:
    """Questions by id; call it with an id and a student's answer."""

    def __init__(self, questions: Iterable[Question]):
        self.questions = {question.id: question for question in questions}

    def __call__(self, id: str, answer: Any) -> Result:  # noqa: A002 - reads naturally where it is used
        """The result of answering question `id` with `answer`, a letter in either case.

        Anything that is not one of the letters counts as not attempted and says which letters there are.

        Raises:
            ValueError: if there is no question `id`, a mistake of whoever wrote the cell.
        """
        if id not in self.questions:
            raise ValueError(f"there is no question {id!r}; there are {', '.join(self.questions)}")
        question = self.questions[id]
        letter = answer.strip().upper() if isinstance(answer, str) else None
        if letter not in question.feedback:
            shown = "" if answer in ("?", "", None) else f" {answer!r:.40} is not one of them."
            message = f"Answer with one of the letters A, B, C, D, in quotation marks.{shown}"
            return Result(id, None, NOT_ATTEMPTED, message, hints=(question.hint,))
        outcome = CORRECT if seal(id, letter) == question.digest else INCORRECT
        return Result(id, None, outcome, question.feedback[letter], hints=(question.hint,))
