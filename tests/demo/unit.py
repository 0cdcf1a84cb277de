"""What the synthetic class needs to know about a unit: right answers, known mistakes and the instructor's own words."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader import utils

from course.kit.misconception import Misconception

_MARK = re.compile(r"^\s*#+ (?:BEGIN|END) SOLUTION *\n?", re.MULTILINE)


@dataclass(frozen=True)
class Unit:
    """One unit of the course, as seen by someone who makes up students."""

    assignment: str
    """nbgrader's name for it (`"03-max-shift"`)."""

    notebook: str
    """Name of its notebook without suffix (`"max_shift"`), which is also that of its package."""

    right: Mapping[str, Mapping[str, Callable]]
    """Exercise to style to a right answer."""

    misconceptions: Mapping[str, Sequence[Misconception]]
    """Exercise to its known mistakes."""

    solutions: Mapping[str, str]
    """Solution cell to the instructor's own answer: quiz letters, the written answer, and one more style of code."""

    @property
    def quiz_letters(self) -> dict[str, str]:
        """Quiz question to its right letter."""
        found = {name: re.search(r'= *"(\w)"\s*$', text) for name, text in self.solutions.items() if _is_quiz(name)}
        return {name: match[1] for name, match in found.items()}


def all_units(repository: Path) -> list[str]:
    """Names of all units in `source/`."""
    return sorted(file.parent.name for file in (Path(repository) / "source").glob("*/*.ipynb"))


def load(repository: Path, assignment: str) -> Unit:
    """The unit whose instructor notebook lies in `source/<assignment>` of `repository`."""
    (file,) = (Path(repository) / "source" / assignment).glob("*.ipynb")
    cells = nbformat.read(file, as_version=4).cells
    return Unit(
        assignment=assignment,
        notebook=file.stem,
        right=importlib.import_module(f"tests.{file.stem}.right").RIGHT,
        misconceptions=importlib.import_module(f"course.{file.stem}.misconceptions").MISCONCEPTIONS,
        solutions={cell.id: _MARK.sub("", cell.source) for cell in cells if utils.is_solution(cell)},
    )


def as_answer(function: Callable, exercise: str) -> str:
    """The source of `function`, renamed to what the exercise asks for."""
    source = textwrap.dedent(inspect.getsource(function))
    return re.sub(rf"\b{function.__name__}\b", exercise, source).rstrip()


def _is_quiz(name: str) -> bool:
    return name.startswith("quiz-")
