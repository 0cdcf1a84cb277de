"""Makes up a class: every known mistake, every way to go about it, and every way to hand in something unusable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.demo.names import NAMES
from tests.demo.unit import Unit, as_answer

RIGHT_STUDENTS = 3
EXPLANATION = "A few sentences in the student's own words, which somebody has to read and to grade."


@dataclass(frozen=True)
class Student:
    """A synthetic student and what grading should find out about them."""

    id: str
    """nbgrader's id of the student."""

    story: str
    """What they did, in a few words."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """Cell id to what they wrote there; all other cells are as released."""

    misconceptions: Mapping[str, str] = field(default_factory=dict)
    """Exercise to the mistake that should be named."""

    damage: Callable[[Path], None] | None = None
    """What happens to the file after it was saved."""


def make_class(unit: Unit, *, unlucky: bool = True) -> list[Student]:
    """The class for `unit`, the same on every call; with those whose files or functions are beyond judging, or not."""
    stories = [*_right(unit), *_mistaken(unit), *(_unlucky(unit) if unlucky else ())]
    if len(stories) > len(NAMES):
        raise ValueError(f"the class has {len(stories)} students and there are {len(NAMES)} names")
    return [Student(name, *story) for name, story in zip(NAMES, stories, strict=False)]


def _complete(unit: Unit) -> dict[str, str]:
    """The instructor's answers, the written one put in a student's words."""
    return {**unit.solutions, "explain": EXPLANATION}


def _right(unit: Unit) -> list[tuple]:
    """Students who get everything right, each in a style of their own; the first one as the instructor does."""
    stories = [("right, as the instructor", _complete(unit))]
    for i in range(RIGHT_STUDENTS):
        styles = {exercise: list(by_style)[i % len(by_style)] for exercise, by_style in unit.right.items()}
        answers = {exercise: as_answer(unit.right[exercise][style], exercise) for exercise, style in styles.items()}
        stories.append((f"right, in the styles {', '.join(styles.values())}", {**_complete(unit), **answers}))
    return stories


def _mistaken(unit: Unit) -> list[tuple]:
    """One student for each round through the mistakes: each makes one in every exercise that has any left."""
    rounds = max(len(mistakes) for mistakes in unit.misconceptions.values())
    stories = []
    for i in range(rounds):
        made = {exercise: mistakes[i] for exercise, mistakes in unit.misconceptions.items() if i < len(mistakes)}
        wrong = {exercise: as_answer(mistake.variants[0], exercise) for exercise, mistake in made.items()}
        names = {exercise: mistake.name for exercise, mistake in made.items()}
        stories.append((f"mistaken: {', '.join(names.values())}", {**_complete(unit), **wrong}, names))
    return stories


def _unlucky(unit: Unit) -> list[tuple]:
    first, second, *_ = unit.right
    right = {exercise: as_answer(next(iter(styles.values())), exercise) for exercise, styles in unit.right.items()}
    all_right = {**_complete(unit), **right}
    signature = next(line for line in right[first].split("\n") if line.startswith(f"def {first}("))

    def instead(body: str) -> dict[str, str]:
        """Everything right but the first exercise, which has `body` for a body."""
        return {**all_right, first: f"{signature}\n{body}"}

    def before(statement: str) -> dict[str, str]:
        """Everything right, with a statement at the start of the first exercise's function."""
        return {**all_right, first: right[first].replace(signature, f"{signature}\n    {statement}", 1)}

    return [
        ("did half", {name: right[name] for name in (first, second)}),
        ("handed in the notebook as it was", {}),
        ("wrong letters", {**all_right, **_wrong_letters(unit)}),
        ("a syntax error", {**all_right, first: f"{signature.rstrip(':')}\n    return 1"}),
        ("a warning at the top level", {**all_right, first: f"import warnings\n\nwarnings.warn('hm')\n{right[first]}"}),
        ("a warning inside the function", before("import warnings; warnings.warn('hm')")),
        ("prints a megabyte", before("print('logits ' * 150_000)")),
        ("an infinite loop at the top level", {**all_right, first: "while True:\n    pass"}),
        ("an infinite loop inside the function", instead("    while True:\n        pass")),
        ("raises", instead("    raise ValueError('to be continued')")),
        ("returns None", instead("    result = 1")),
        ("returns a list", instead("    return [0.5, 0.5]")),
        ("a file that is no notebook", all_right, {}, lambda file: file.write_text('{"cells": [', encoding="utf-8")),
        ("forgot the notebook", all_right, {}, Path.unlink),
        ("gave the file another name", all_right, {}, lambda file: file.rename(file.with_name("my answers.ipynb"))),
    ]


def _wrong_letters(unit: Unit) -> dict[str, str]:
    wrong = {name: "ABCD"[("ABCD".index(letter) + 1) % 4] for name, letter in unit.quiz_letters.items()}
    return {name: f'{name.replace("-", "_")} = "{letter}"' for name, letter in wrong.items()}
