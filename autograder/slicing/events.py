"""Reads an instructor's notebook as a list of events: statements, and places where names become the student's."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import CodeType

from autograder.slicing.cell_code import CellCode, read
from autograder.slicing.effect_reader import effects_of, learn
from autograder.slicing.effects import Effects, Known, closure

Marks = tuple[str, str]


@dataclass(frozen=True)
class SourceCell:
    """One cell of the skeleton."""

    source: str
    """Its text; "" for one that is no code."""

    grade_id: str

    is_answer: bool
    """Whether it is the student's to write."""

    is_test: bool
    """Whether it is a grade cell that is run."""

    solution: str = ""
    """The instructor's own answer, where it is known."""

    def file(self, index: int) -> str:
        """The name under which its code is compiled."""
        return f"<{self.grade_id or f'cell {index + 1}'}>"


@dataclass(eq=False)
class Event:
    """A statement of the instructor's, or (without one) a place where names become the student's."""

    cell: int
    """Index of its cell."""

    effects: Effects

    statement: ast.stmt | None = None

    place: str = ""
    """Where it stands, in words for a teacher."""

    file: str = ""
    """The name under which it is compiled."""

    flags: int = 0
    """For the compiler: what cells before it import from __future__."""

    touches: frozenset[str] = frozenset()
    """Names that may stand for something else afterwards, those that share an object with another included."""

    def code(self) -> CodeType:
        """Ready to be run."""
        return compile(ast.Module([self.statement], []), self.file, "exec", self.flags, dont_inherit=True)


@dataclass(frozen=True)
class Ownership:
    """Whose a name is at one place of the notebook, as far as the instructor's text says."""

    instructors: frozenset[str]
    """Bound last by a cell that is not an answer."""

    students: frozenset[str]
    """Bound or changed last by an answer."""


class Events:
    """What happens to names in a notebook, cell by cell."""

    def __init__(self, cells: Sequence[SourceCell], marks: Marks):
        self.all: list[Event] = []
        self.ownership: list[Ownership] = []
        """At the beginning of each cell."""

        self.flags: list[int] = []
        """For the compiler, at the end of each cell."""

        self.answers: list[tuple[int, str, frozenset[str]]] = []
        """Index, grade id and names of each answer."""

        self.known = Known()
        self.codes = [read(cell.source, marks, cell.file(index)) for index, cell in enumerate(cells)]
        solutions = [read(cell.solution, marks) for cell in cells]
        self._learn(cells, solutions)
        for index, cell in enumerate(cells):
            self.flags.append(self.flags[-1] if self.flags else 0)
            self.ownership.append(_owners(self.all))
            if cell.is_answer:
                self._add_answer(index, cell, solutions[index])
            else:
                self._add_statements(index, cell)
        aliases = [pair for event in self.all for pair in event.effects.aliases]
        aliases = [pair for pair in aliases if self.known.imports.keys().isdisjoint(pair)]
        for event in self.all:
            event.touches = event.effects.binds | closure(event.effects.changes, aliases)

    def is_seeded(self, generator: str, event: Event) -> bool:
        """Whether the instructor's cells seed a global random generator before a statement."""
        for earlier in self.all:
            if earlier is event:
                return False
            if generator in earlier.effects.surely and earlier.statement is not None:
                return True
        return False

    def _learn(self, cells: Sequence[SourceCell], solutions: Sequence[CellCode]) -> None:
        own = [s for cell, code in zip(cells, self.codes, strict=True) if not cell.is_answer for s in code.statements]
        answers = [code for cell, code in zip(cells, self.codes, strict=True) if cell.is_answer]
        imports = [s for code in (*answers, *solutions) for s in code.statements if _is_import(s)]
        learn(self.known, [*imports, *own])

    def _add_statements(self, index: int, cell: SourceCell) -> None:
        code = self.codes[index]
        for number, statement in enumerate(code.statements):
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                self.flags[-1] |= _future_flags(statement)
                continue
            if _is_magic(statement):
                continue
            shown = code.shown and number == len(code.statements) - 1
            effects = effects_of(statement, self.known, shown=shown)
            place = _place(index, code.source, statement)
            self.all.append(Event(index, effects, statement, place, cell.file(index), self.flags[-1]))
        if cell.is_test:
            self._give_back(index)

    def _give_back(self, index: int) -> None:
        """A grade cell that takes an answer's name and puts it back leaves it the student's."""
        own = [event.effects for event in self.all if event.cell == index]
        loads = set().union(*(effects.loads for effects in own))
        binds = set().union(*(effects.binds for effects in own))
        self._hand_over(index, binds & loads & self.ownership[index].students)

    def _add_answer(self, index: int, cell: SourceCell, solution: CellCode) -> None:
        """What the instructor's version of an answer imports is the instructor's; the rest is the student's."""
        names: set[str] = set()
        for code in (self.codes[index], solution):
            effects = [effects_of(statement, self.known, cautious=False) for statement in code.statements]
            aliases = [pair for each in effects for pair in each.aliases]
            for statement, each in zip(code.statements, effects, strict=True):
                if _is_import(statement) and not each.star:
                    place = _place(index, code.source, statement)
                    self.all.append(Event(index, each, statement, place, cell.file(index)))
                else:
                    names |= each.binds | closure(each.changes, aliases)
        # A random generator's state or a package's settings are nobody's.
        names = {name for name in names if not name.startswith("@") and name not in self.known.imports}
        self._hand_over(index, names)
        self.answers.append((index, cell.grade_id, frozenset(names)))

    def _hand_over(self, index: int, names: Iterable[str]) -> None:
        names = frozenset(names)
        if names:
            self.all.append(Event(index, Effects(binds=names, surely=names)))


def _owners(events: Iterable[Event]) -> Ownership:
    instructors: set[str] = set()
    students: set[str] = set()
    for event in events:
        bound = event.effects.binds
        if event.statement is None:
            instructors -= bound
            students |= bound
        elif isinstance(event.statement, ast.Delete):
            instructors -= bound
        else:
            instructors |= bound
            students -= bound
    return Ownership(frozenset(instructors), frozenset(students))


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _is_magic(statement: ast.stmt) -> bool:
    """Whether it is one of IPython's own, run for its effect on the front end."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and isinstance(value.func.value, ast.Call)
        and getattr(value.func.value.func, "id", "") == "get_ipython"
    )


def _future_flags(statement: ast.ImportFrom) -> int:
    flags = 0
    for alias in statement.names:
        flags |= getattr(__future__, alias.name).compiler_flag if hasattr(__future__, alias.name) else 0
    return flags


def _place(index: int, source: str, statement: ast.stmt) -> str:
    line = ast.unparse(statement) if _is_import(statement) else source.split("\n")[statement.lineno - 1].strip()
    return f"cell {index + 1} (`{line if len(line) <= 60 else f'{line[:57]}…'}`)"
