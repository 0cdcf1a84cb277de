"""Predict, then run, then explain: a question whose result stays shut until a prediction is locked in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.kit.frontend import Rich, escape, interactive, live_widgets, marked, plain
from course.kit.verdict import Verdict, compare_choices, compare_numbers, parse_number

SURENESS = ("guessing", "unsure", "fairly sure", "certain")
"""How sure a student can be, from least to most."""


@dataclass
class Guess:
    """A prediction that was locked in, and what came of it."""

    question: str
    choices: tuple[str, ...] | None
    predicted: str
    """The option's text, or the number as it was typed."""

    value: float | None
    """The number, where the question asks for one."""

    shown: str
    """The same as the student reads it, a number with its unit."""

    sure: str
    """One of `SURENESS`."""

    result: str = ""
    """What happened, as text; empty until the reveal succeeded or where the question has no single answer."""

    verdict: Verdict | None = None


_guesses: dict[str, Guess] = {}
"""The locked predictions of this kernel, by name, in the order in which they were locked."""


def predict(
    name: str,
    question: str,
    *,
    choices: Sequence[str] | None = None,
    unit: str = "",
    reveal: Callable[[], Any],
    answer: Callable[[Any], str | float | None] | None = None,
    explain: str = "",
    factor: float | None = None,
) -> Prediction:
    """Ask `question`; once a prediction is locked in, run `reveal` and show the two side by side.

    Put it last in a cell. Where nobody can answer, as in a graded or converted notebook, it shows question and result.

    Args:
        name: what the prediction is remembered by for as long as the kernel lives.
        question: text; what stands between backticks is set as code. Likewise in `choices` and `explain`.
        choices: the options, or None to ask for a number.
        unit: what a number counts or measures.
        reveal: runs after the prediction; what it returns is displayed, what it prints too. None shows nothing.
        answer: takes what `reveal` returned and gives the right choice, word for word, or the right number. None, or an
            `answer` that returns None, leaves the verdict to the student.
        explain: shown at the end, whatever was predicted.
        factor: for a number that varies from run to run, such as a timing: up to this many times too large or too small
            counts as right, and the question says so. None: within 5 %, and exactly for a count below a thousand.

    Raises:
        ValueError: for fewer than two choices, the same one twice, or a `factor` that is not above 1 or has choices.
        AnswerError: while it is displayed where nobody can answer, when `answer` gives none of the choices.
    """
    options = None if choices is None else tuple(choices)
    return Prediction(name, question, options, unit, reveal, answer, explain, factor)


def summary() -> Rich:
    """Every prediction locked in this kernel: what was predicted, how sure, what happened, and how well the two fit."""
    more = "`import course; course.progress()` shows which checks and quizzes you have passed in all units."
    more_text, more_html = (f"{plain(more)}\n", f"<p>{marked(more)}</p>") if interactive() else ("", "")
    if not _guesses:
        nothing = "No prediction is locked in yet."
        return Rich(f"<p>{nothing}</p>{more_html}", f"{nothing}\n{more_text}".rstrip("\n"))
    heads = ("question", "prediction", "how sure", "what happened", "right?")
    rows = [(plain(g.question), plain(g.shown), g.sure, plain(g.result) or "–", _right(g)) for g in _guesses.values()]
    line = calibration(list(_guesses.values()))
    text = "\n".join([" | ".join(heads), *(" | ".join(row) for row in rows), line])
    cell = '<{0} style="text-align:left;padding:.25em .8em .25em 0;vertical-align:top;">{1}</{0}>'
    head = "".join(cell.format("th", head) for head in heads)
    body = "".join(f"<tr>{''.join(cell.format('td', escape(value)) for value in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return Rich(f"{table}<p>{escape(line)}</p>{more_html}", f"{text}\n{more_text}")


def calibration(guesses: Sequence[Guess]) -> str:
    """How often the student was right at each level of sureness, in one sentence."""
    parts = []
    for sure in reversed(SURENESS):
        judged = [guess for guess in guesses if guess.sure == sure and guess.verdict]
        if judged:
            parts.append(f"when {sure}, {sum(g.verdict.right for g in judged)} of {len(judged)}")
    if not parts:
        return "None of these has a right answer to compare with yet."
    return f"Right {'; '.join(parts)}."


def _right(guess: Guess) -> str:
    if guess.verdict is None:
        return "–"
    return "✔ yes" if guess.verdict.right else "✘ no"


class AnswerError(ValueError):
    """An `answer` gave something that is none of the choices: the question, or what its reveal ran, is wrong."""


class Prediction:
    """A question, and what to do once it is answered; see `predict`, whose arguments are its attributes."""

    def __init__(
        self,
        name: str,
        question: str,
        choices: tuple[str, ...] | None,
        unit: str,
        reveal: Callable[[], Any],
        answer: Callable[[Any], str | float | None] | None,
        explain: str,
        factor: float | None,
    ) -> None:
        if choices is not None and (len(choices) < 2 or len(set(choices)) < len(choices)):
            raise ValueError(f"prediction {name!r} needs at least two different choices")
        if factor is not None and (choices is not None or not factor > 1):
            raise ValueError(f"prediction {name!r}: factor is {factor!r}; it must be above 1 and asks for a number")
        self.name, self.question, self.choices, self.unit = name, question, choices, unit
        self._reveal, self._answer, self.explain, self.factor = reveal, answer, explain, factor

    @property
    def asked(self) -> str:
        """The question as the student reads it: with what counts as right, where that is generous."""
        if self.factor is None:
            return self.question
        return f"{self.question} Within a factor of {self.factor:g} counts as right."

    @property
    def guess(self) -> Guess | None:
        """What was locked in, in this kernel, for this question as it stands now; else None."""
        guess = _guesses.get(self.name)
        return guess if guess and (guess.question, guess.choices) == (self.question, self.choices) else None

    def lock(self, predicted: str, sure: str) -> Guess:
        """Remember a prediction for good; where one is locked already, that one stays.

        Raises:
            ValueError: for a text that is no option or no number, and for an unknown `sure`.
        """
        if self.guess is not None:
            return self.guess
        if sure not in SURENESS:
            raise ValueError(f"how sure is {sure!r}; it must be one of {', '.join(SURENESS)}")
        if self.choices is not None and predicted not in self.choices:
            raise ValueError(f"{predicted!r} is none of the choices")
        value = parse_number(predicted) if self.choices is None else None
        _guesses.pop(self.name, None)
        shown = predicted if value is None else self.in_words(value)
        _guesses[self.name] = Guess(self.question, self.choices, predicted, value, shown, sure)
        return _guesses[self.name]

    def open(self) -> tuple[Any, str | float | None]:
        """Run the reveal: what it returned, and the right answer, None where the question has none.

        What the locked guess knows of its result is brought up to date. Whatever the reveal raises passes through.

        Raises:
            AnswerError: when `answer` gives none of the choices.
        """
        result = self._reveal()
        right = None if self._answer is None else self._answer(result)
        if right is not None and self.choices is None:
            right = float(right)
        elif right is not None and right not in self.choices:
            raise AnswerError(
                f"prediction {self.name!r}: the result reads {right!r}, which is none of the choices "
                f"({'; '.join(self.choices)})"
            )
        if self.guess is not None and right is not None:
            self.guess.result = self.in_words(right)
            self.guess.verdict = self._judge(self.guess, right)
        return result, right

    def _judge(self, guess: Guess, right: str | float) -> Verdict:
        if self.choices is None:
            return compare_numbers(guess.value, right, self.factor)
        return compare_choices(guess.predicted, right)

    def in_words(self, right: str | float) -> str:
        """A right answer as the student reads it: the option, or the number with its unit."""
        if isinstance(right, str):
            return right
        whole = math.isfinite(right) and right.is_integer() and abs(right) < 1e6
        text = f"{right:.0f}" if whole else f"{right:.4g}"
        return f"{text.replace('-', '−')}{f' ({self.unit})' if self.unit else ''}"

    def _ipython_display_(self) -> None:
        from course.kit import prediction_view

        widgets = live_widgets()
        if widgets is None:
            prediction_view.show_still(self)
        else:
            prediction_view.show_live(self, widgets)
