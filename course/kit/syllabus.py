"""What the course consists of: its units, and the exercises, claims and quiz questions of each, read from the units."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
import re
import sys
from dataclasses import dataclass
from typing import Any

import course

EXERCISE, CLAIM, QUESTION = "exercise", "claim", "quiz question"
KINDS = (EXERCISE, CLAIM, QUESTION)
"""What can be passed in a unit."""

RIGHT = "right"
"""The one part of a claim or quiz question."""

_DOCSTRING = re.compile(r"Unit (?P<number>\d\d): (?P<title>.+?)\.?")


@dataclass(frozen=True)
class Item:
    """Something that can be passed."""

    name: str
    """An exercise's name or a question's id."""

    kind: str
    """One of `KINDS`."""

    parts: tuple[str, ...]
    """An exercise's behaviours; `RIGHT` alone for the others. It is passed when all of them are."""


@dataclass(frozen=True)
class Unit:
    """One unit's name, without what is in it."""

    package: str
    """`"max_shift"` for `course.max_shift`."""

    number: str
    """Two digits, as in `"03"`."""

    title: str

    @property
    def folder(self) -> str:
        """The folder of its notebook: `"03-max-shift"`."""
        return f"{self.number}-{self.package.replace('_', '-')}"


@functools.cache
def units() -> tuple[Unit, ...]:
    """The units of the installed course in their order. None of their contents is imported, and so no torch."""
    found = []
    for module in pkgutil.iter_modules(course.__path__, "course."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.questions") is not None:
            first_line = (importlib.import_module(module.name).__doc__ or "").partition("\n")[0]
            stated = _DOCSTRING.fullmatch(first_line)
            package = module.name.partition(".")[2]
            number, title = stated.group("number", "title") if stated else ("00", package)
            found.append(Unit(package, number, title))
    return tuple(sorted(found, key=lambda unit: (unit.number, unit.package)))


def items(unit: Unit) -> tuple[Item, ...]:
    """What can be passed in `unit`: exercises, then claims, then quiz questions. Imports the unit's checks.

    Raises:
        ImportError: where torch or another package that the checks need is missing.
    """
    package = f"course.{unit.package}"
    checks = importlib.import_module(f"{package}.checks")
    asked = importlib.import_module(f"{package}.questions").quiz.ids
    exercises = [each for name, each in vars(checks).items() if getattr(each, "name", None) == name]
    found = [Item(each.name, EXERCISE, tuple(b.name for b in each.behaviours)) for each in exercises]
    found += [Item(name, CLAIM, (RIGHT,)) for name in asked if not name.startswith("quiz-")]
    found += [Item(name, QUESTION, (RIGHT,)) for name in asked if name.startswith("quiz-")]
    return tuple(found)


def unit_of_exercise(exercise: Any) -> Unit | None:
    """The unit whose `checks` has this exercise, or None for an exercise of nobody's, such as a test's."""
    for unit in units():
        checks = sys.modules.get(f"course.{unit.package}.checks")
        # Some are wrapped, so the behaviours are compared and not the exercise.
        if getattr(getattr(checks, exercise.name, None), "behaviours", None) is exercise.behaviours:
            return unit
    return None


def unit_of_quiz(quiz: Any) -> Unit | None:
    """The unit whose `questions` has this quiz, or None."""
    for unit in units():
        if getattr(sys.modules.get(f"course.{unit.package}.questions"), "quiz", None) is quiz:
            return unit
    return None
