"""Multiple-choice questions whose key does not stand in the package, with feedback on every option."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from course.kit import passed, syllabus
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, Result

LETTERS = ("A", "B", "C", "D")


def seal(question_id: str, letter: str) -> str:
    """What a `Question` keeps instead of its right letter: a hash, salted with the question's id.

    It keeps the key from being read by accident; it is no defence against someone who tries all four.
    """
    if letter not in LETTERS:
        raise ValueError(f"letter is {letter!r}; it must be one of {', '.join(LETTERS)}")
    return hashlib.sha256(f"stable-exponentials/{question_id}/{letter}".encode()).hexdigest()


@dataclass(frozen=True)
class Question:
    """One question; its text and options stand in the notebook."""

    id: str
    """Name of the question and of its cell, such as `"quiz-1"`."""

    feedback: Mapping[str, str]
    """What to say to each of the letters A to D."""

    hint: str

    digest: str
    """The sealed right letter, made by `seal`."""

    def __post_init__(self) -> None:
        if tuple(sorted(self.feedback)) != LETTERS:
            raise ValueError(f"{self.id}: feedback must have the letters {', '.join(LETTERS)}")
        if not any(self.is_right(letter) for letter in LETTERS):
            raise ValueError(f"{self.id}: no letter opens the digest; make it with seal({self.id!r}, letter)")

    def is_right(self, letter: str) -> bool:
        """Whether `letter` is the sealed one."""
        return seal(self.id, letter) == self.digest


class Quiz:
    """The questions of a unit; calling it checks one answer."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._questions = {question.id: question for question in questions}

    @property
    def ids(self) -> tuple[str, ...]:
        """What the questions are called, in their order."""
        return tuple(self._questions)

    def __call__(self, question_id: str, value: object) -> Result:
        """Check the answer `value` to the question called `question_id`.

        A letter counts in either case and with spaces around it; anything else is not attempted.

        Raises:
            ValueError: where no question is called that.
        """
        if question_id not in self._questions:
            raise ValueError(f"there is no question {question_id!r}; there are {', '.join(self._questions)}")
        question = self._questions[question_id]
        if value is not None and not isinstance(value, str):
            return _not_attempted(question, f"A value of type {type(value).__name__} is none of the options.")
        letter = (value or "").strip().upper()
        if letter in ("", "?"):
            return _not_attempted(question, "No answer yet.")
        if letter not in LETTERS:
            return _not_attempted(question, f"“{letter[:20]}” is none of the options.")
        outcome = CORRECT if question.is_right(letter) else INCORRECT
        if outcome == CORRECT:
            passed.note(syllabus.unit_of_quiz(self), question.id, (syllabus.RIGHT,))
        return _result(question, outcome, question.feedback[letter])

    def judge(self, answers: Mapping[str, object]) -> None:
        """Print what each answer that was given gets, by question id, and how many of them there are.

        Raises:
            ValueError: where `answers` is no dictionary, or no question is called as one of its keys.
        """
        if not isinstance(answers, Mapping):
            raise ValueError(f"a dictionary of letters is wanted here, not {type(answers).__name__}")
        judged = 0
        for question_id, value in answers.items():
            result = self(question_id, value)
            judged += result.outcome != NOT_ATTEMPTED
            if value != "?":
                print(result)
        print(f"{judged} of {len(answers)} judged")


def _not_attempted(question: Question, why: str) -> Result:
    allowed = "Set it to one letter: “A”, “B”, “C” or “D”."
    return _result(question, NOT_ATTEMPTED, f"{why} {allowed}")


def _result(question: Question, outcome: str, message: str) -> Result:
    # The cell that checks an answer is locked, so nothing can be added to it.
    ask = f'quiz("{question.id}", "?").hint()'
    return Result(question.id, None, outcome, message, hints=(question.hint,), ask=ask)
