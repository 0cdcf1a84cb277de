"""Decides, without running anything, which of the instructor's earlier statements a grade cell depends on."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from nbformat import NotebookNode
from nbgrader import utils

from autograder.slicing import library_effects as library
from autograder.slicing.cell_code import CellCode
from autograder.slicing.effect_reader import effects_of
from autograder.slicing.events import Event, Events, Marks, Ownership, SourceCell

MARKS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
"""nbgrader's own."""

_BUILTINS = frozenset(name for name in vars(builtins) if not name.startswith("_"))


@dataclass(frozen=True)
class Step:
    """One statement to run before a grade cell."""

    code: CodeType
    binds: frozenset[str]
    cell: int
    """Index of its cell in the skeleton."""

    place: str
    """Where it stands, in words for a teacher."""

    ownership: Ownership
    """At the beginning of its cell."""

    in_classes: frozenset[str]
    """Names that it needs in the body of a class, where Python looks for them in its own way."""


@dataclass(frozen=True)
class Handover:
    """From here on the names are the student's."""

    names: frozenset[str]


@dataclass(frozen=True)
class Slice:
    """What has to be known to run one grade cell."""

    steps: tuple[Step | Handover, ...]
    ownership: Ownership
    """At the grade cell's place."""

    binds: frozenset[str]
    """Names that the grade cell binds itself."""

    needs: frozenset[str]
    """Names that it uses."""

    builtins: frozenset[str]
    """Names of Python's own that it or a step uses, and that nobody binds."""

    patches: frozenset[str]
    """Imported names into which it stores something."""

    in_classes: frozenset[str]
    """As of a step."""

    random: Mapping[str, str]
    """Names whose value is drawn at random without a seed, and the place where that happens."""

    imports: frozenset[str]
    """Dotted names of everything that it or a step imports."""

    is_secret: bool
    """Whether one of the steps stands in a hidden test."""

    flags: int
    """For the compiler: what the cells before it import from __future__."""


class Plan:
    """One notebook's statements, read once for all submissions."""

    def __init__(self, cells: Sequence[SourceCell], marks: Marks):
        self._events = Events(cells, marks)
        self._files = {cell.grade_id: cell.file(index) for index, cell in enumerate(cells) if cell.is_test}
        self._cells = {cell.grade_id: index for index, cell in enumerate(cells) if cell.is_test}
        self._slices: dict[str, Slice] = {}
        self.codes: dict[str, CellCode] = {
            cell.file(index): self._events.codes[index] for index, cell in enumerate(cells) if not cell.is_answer
        }
        """The instructor's cells, by the names under which they are compiled."""

    def all(self) -> list[Slice]:
        """What every grade cell depends on."""
        return [self.slice(grade_id) for grade_id in self._cells]

    def slice(self, grade_id: str) -> Slice:
        """What the grade cell depends on."""
        if grade_id not in self._slices:
            self._slices[grade_id] = self._find(self._cells[grade_id])
        return self._slices[grade_id]

    def code(self, grade_id: str) -> CellCode:
        """The grade cell itself."""
        return self.codes[self._files[grade_id]]

    def file(self, grade_id: str) -> str:
        """The name under which the grade cell is compiled."""
        return self._files[grade_id]

    def answers_to(self, names: Iterable[str], grade_id: str) -> list[str]:
        """Grade ids of the answers before a grade cell that bind or change one of the names: of all of them, where it
        cannot be told."""
        before = [(answer, bound) for index, answer, bound in self._events.answers if index < self._cells[grade_id]]
        return [answer for answer, bound in before if bound & set(names)] or [answer for answer, _ in before]

    def is_answer(self, name: str, grade_id: str) -> bool:
        """Whether a name that the notebook lacks can be the student's to bind, and not a slip of the instructor's."""
        before = [bound for index, _, bound in self._events.answers if index < self._cells[grade_id]]
        return any(not bound or name in bound for bound in before)

    def _find(self, index: int) -> Slice:
        before = [event for event in self._events.all if event.cell < index]
        own = [event for event in self._events.all if event.cell == index and event.statement is not None]
        deferred = set().union(*(e.effects.later for e in own), *(e.effects.loads for e in own if e.effects.star))
        while True:
            chosen, found = self._scan([*before, *own], index, deferred)
            if found <= deferred:
                break
            deferred |= found
        steps = []
        for event in before:
            place = self._events.ownership[event.cell]
            if event.statement is None:
                steps.append(Handover(event.effects.binds))
            elif event in chosen:
                in_classes = self._in_classes(event.statement)
                steps.append(Step(event.code(), event.effects.binds, event.cell, event.place, place, in_classes))
        ran = [event.effects for event in before if event in chosen] + [event.effects for event in own]
        here, known = self._events.ownership[index], self._events.known
        bound = here.students.union(*(effects.binds for effects in ran), *(e.effects.binds for e in before))
        return Slice(
            steps=tuple(steps),
            ownership=here,
            binds=_all(event.effects.binds for event in own) - library.GENERATORS,
            needs=_all(event.effects.loads | event.effects.later for event in own),
            builtins=_all(effects.loads | effects.later for effects in ran) & _BUILTINS - bound,
            patches=_all(event.effects.changes & known.imports.keys() for event in own),
            in_classes=_all(self._in_classes(event.statement) for event in own),
            random=_drawn_at_random([event for event in before if event in chosen], self._events.is_seeded),
            imports=frozenset(path for effects in ran for path in effects.imported.values()),
            is_secret=any(self._is_hidden(event) for event in chosen),
            flags=self._events.flags[index],
        )

    def _in_classes(self, statement: ast.stmt) -> frozenset[str]:
        bodies = [node.body for node in ast.walk(statement) if isinstance(node, ast.ClassDef)]
        return _all(effects_of(s, self._events.known).loads for body in bodies for s in body) - library.GENERATORS

    def _is_hidden(self, event: Event) -> bool:
        return self._events.codes[event.cell].hides(event.statement.lineno, event.statement.end_lineno)

    def _scan(self, events: list[Event], index: int, deferred: set[str]) -> tuple[set[Event], set[str]]:
        """Go backwards from the end of a grade cell: what is needed there, and what makes it what it is.

        Returns:
            The statements before it to run, and further names that functions among them need when they are called.
        """
        live: set[str] = set()
        chosen: set[Event] = set()
        found: set[str] = set()
        for event in reversed(events):
            effects = event.effects
            if event.statement is None:
                live -= effects.surely
                continue
            mine = event.cell == index
            if not (mine or effects.star or event.touches & (live | deferred)):
                continue
            live -= effects.surely
            live |= {n for n in effects.loads if n not in library.GENERATORS or self._events.is_seeded(n, event)}
            if not mine:
                chosen.add(event)
                found |= effects.later
        return chosen, found


def plan(skeleton: NotebookNode, marks: Marks = MARKS, solutions: Mapping[str, str] | None = None) -> Plan:
    """Read a notebook's statements. The result is kept, so that a process forked later has it.

    Args:
        skeleton: the notebook as students got it, with hidden tests.
        marks: what opens and closes a region of hidden tests.
        solutions: the instructor's own answers by grade id, as far as they are known. They tell which names an answer
            binds or changes where the stub that students got does not.
    """
    cells = []
    for cell in skeleton.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.cell_type != "code":
            cells.append(SourceCell("", grade_id, False, False))
            continue
        is_answer = bool(utils.is_solution(cell))
        is_test = bool(utils.is_grade(cell)) and not is_answer
        cells.append(SourceCell(cell.source, grade_id, is_answer, is_test, (solutions or {}).get(grade_id, "")))
    return _plan(tuple(cells), tuple(marks))


@lru_cache(maxsize=64)
def _plan(cells: tuple[SourceCell, ...], marks: Marks) -> Plan:
    return Plan(cells, marks)


def _all(sets: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _drawn_at_random(chosen: Sequence[Event], is_seeded: Callable[[str, Event], bool]) -> dict[str, str]:
    """Names that depend on a draw without a seed, by following the chosen statements in order."""
    tainted: dict[str, str] = {}
    for event in chosen:
        effects = event.effects
        draws = effects.loads & library.GENERATORS
        names = {name for name in effects.binds | effects.changes if not name.startswith("@")}
        sources = [tainted[name] for name in effects.loads if name in tainted]
        if effects.unseeded or any(not is_seeded(generator, event) for generator in draws):
            tainted.update(dict.fromkeys(names, event.place))
        elif sources:
            tainted.update(dict.fromkeys(names, sources[0]))
        else:
            for name in effects.surely:
                tainted.pop(name, None)
    return tainted
