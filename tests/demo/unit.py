"""What the synthetic class needs to know about a unit: right answers, known mistakes and the instructor's own words."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

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
    """The source of `function`, renamed to what the exercise asks for, after what it uses of its module."""
    source = textwrap.dedent(inspect.getsource(function))
    own = re.sub(rf"\b{function.__code__.co_name}\b", exercise, source).rstrip()
    return "\n\n\n".join([*_helpers(function, {function}), *_apart(own)])


def _apart(source: str) -> list[str]:
    """A function's source, and before it the classes that it defines inside: an exercise may ask for them by name."""
    (definition,) = ast.parse(source).body
    lines = source.split("\n")
    parts = []
    for inner in reversed(definition.body):
        if isinstance(inner, ast.ClassDef):
            parts.insert(0, textwrap.dedent("\n".join(lines[inner.lineno - 1 : inner.end_lineno])))
            del lines[inner.lineno - 1 : inner.end_lineno]
    return [*parts, "\n".join(lines)]


def _helpers(function: Callable, known: set) -> list[str]:
    """Sources of what a function uses of its module: imports, constants, and other functions with what they use."""
    found = []
    enclosed = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    names = {name: function.__globals__.get(name) for name in _names(function.__code__)}
    names |= {name: cell.cell_contents for name, cell in enclosed.items()}
    for name, used in sorted(names.items()):
        if inspect.ismodule(used):
            found.append(f"import {used.__name__}" if used.__name__ == name else f"import {used.__name__} as {name}")
        elif (inspect.isfunction(used) or inspect.isclass(used)) and used.__module__ == function.__module__:
            if used not in known:
                known.add(used)
                methods = [m for m in vars(used).values() if inspect.isfunction(getattr(m, "__func__", m))]
                inside = [used] if inspect.isfunction(used) else [getattr(m, "__func__", m) for m in methods]
                found += [text for each in inside for text in _helpers(each, known)]
                found.append(textwrap.dedent(inspect.getsource(used)).rstrip())
        elif isinstance(used, (int, float, str, tuple)) and not name.startswith("__"):
            found.append(f"{name} = {used!r}")
        elif inspect.isfunction(used) or inspect.isclass(used):
            found.append(f"from {used.__module__} import {name}")
    return list(dict.fromkeys(found))


def _names(code: CodeType) -> set[str]:
    """Names that a function's code and the functions inside it look up outside."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _is_quiz(name: str) -> bool:
    return name.startswith("quiz-")
