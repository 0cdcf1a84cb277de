"""Finds which cells of a handed-in notebook are which of the cells that were handed out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader import utils

MAX_SOURCE = 1_000_000
"""Characters in one cell; a longer one counts as empty."""

BY_GRADE_ID = "grade id"
BY_CELL_ID = "cell id"
BY_TEXT = "text"
BY_NAME = "name"
BY_PLACE = "place"

# Not Python's parser: deep nesting in hostile text can overflow its stack.
_DEFINED = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_WORD = re.compile(r"\w+|[^\w\s]")
_COMPARED = 4_000
_MAX_COMPARISONS = 4_000
_ALIKE = 0.6


@dataclass
class Versions:
    """The handed-in cells that stand for one handed-out cell."""

    indices: list[int]
    """In the order of the handed-in notebook; more than one only for an answer."""

    how: str
    """BY_GRADE_ID, …: how they were found."""


def match(released: Sequence[NotebookNode], submitted: Sequence[NotebookNode]) -> dict[int, Versions]:
    """Match the cells, by grade id first, then by cell id, then by equal text, by the names that they bind, and by
    place and likeness.

    Args:
        released: the cells that were handed out, with nbgrader's metadata.
        submitted: the cells that were handed in, as `notebook_file.tidy` gives them.

    Returns:
        By place, that is by index in `released`; no index in `submitted` occurs twice.
    """
    matcher = _Matcher(released, submitted)
    matcher.by_grade_id()
    matcher.by_cell_id()
    matcher.by_text()
    matcher.by_names()
    # Handed-out text that was edited finds its place before answers, which need not resemble anything.
    matcher.by_place(place for place in matcher.open() if not utils.is_solution(released[place]))
    matcher.by_place(place for place in matcher.open() if utils.is_solution(released[place]))
    return matcher.versions


def is_fixed(cell: NotebookNode) -> bool:
    """Whether nbgrader's metadata say that students may not change the cell's text."""
    return utils.is_locked(cell) or (utils.is_task(cell) and not utils.is_solution(cell))


class _Matcher:
    def __init__(self, released: Sequence[NotebookNode], submitted: Sequence[NotebookNode]):
        self.released = released
        self.submitted = submitted
        self.versions: dict[int, Versions] = {}
        self._free = set(range(len(submitted)))
        self._homes = {cell["id"]: place for place, cell in enumerate(released) if "id" in cell}
        self._comparisons = 0

    def open(self) -> list[int]:
        """Places without a cell."""
        return [place for place in range(len(self.released)) if place not in self.versions]

    def by_grade_id(self) -> None:
        wanted = {_grade_id(cell): place for place, cell in enumerate(self.released) if _grade_id(cell)}
        claims: dict[int, list[int]] = {}
        for index, cell in enumerate(self.submitted):
            place = wanted.get(_grade_id(cell))
            if place is not None:
                claims.setdefault(place, []).append(index)
        for place, indices in claims.items():
            # A cell under another's grade id, but with its own cell id, goes back to where nobody else is at home.
            elsewhere = {index for index in indices if self._home(index) not in (None, place, *claims)}
            staying = [index for index in indices if index not in elsewhere]
            if staying:
                # Where only one can be meant, it is the one whose cell id says so too.
                self._claim(place, sorted(staying, key=lambda index: self._home(index) != place), BY_GRADE_ID)

    def by_cell_id(self) -> None:
        claims: dict[int, list[int]] = {}
        for index in sorted(self._free):
            place = self._home(index)
            if place is not None and self._is_wanting(place):
                claims.setdefault(place, []).append(index)
        for place, indices in claims.items():
            self._claim(place, indices, BY_CELL_ID)

    def by_text(self) -> None:
        places: dict[str, list[int]] = {}
        for place in reversed(self.open()):
            places.setdefault(normal(self.released[place].source), []).append(place)
        # Where the same stub is handed out for several answers, only its place tells which is which.
        places = {text: same for text, same in places.items() if text and not self._ambiguous(same)}
        for index in sorted(self._free):
            same = places.get(normal(self.submitted[index].source))
            if same:
                self._claim(same.pop(), [index], BY_TEXT)

    def by_names(self) -> None:
        names = {i: all_names(self.submitted[i].source) for i in self._free if self.submitted[i].cell_type == "code"}
        for place in self.open():
            cell = self.released[place]
            if not utils.is_solution(cell) or cell.cell_type != "code":
                continue
            wanted = bound_names(cell.source)
            shared = {index: len(wanted & names[index]) for index in sorted(names) if index in self._free}
            most = max(shared.values(), default=0)
            if most:
                self._claim(place, [index for index, count in shared.items() if count == most], BY_NAME)

    def by_place(self, places: Iterable[int]) -> None:
        """For each place the most alike of the cells between its recognised neighbours. An answer need not be alike,
        unless nothing at all was recognised."""
        for place in places:
            cell = self.released[place]
            answer = utils.is_solution(cell) and bool(self.versions)
            best, most = None, -1.0
            for index in self._between_neighbours(place):
                if self.submitted[index].cell_type != cell.cell_type or not self.submitted[index].source.strip():
                    continue
                alike = self._likeness(place, index)
                if alike > most and (answer or alike >= _ALIKE):
                    best, most = index, alike
            if best is not None:
                self._claim(place, [best], BY_PLACE)

    def _is_wanting(self, place: int) -> bool:
        """Whether a place has no cell, or only empty ones where an answer should be."""
        cell = self.released[place]
        if place not in self.versions:
            return True
        indices = self.versions[place].indices
        return utils.is_solution(cell) and all(is_empty(self.submitted[index], cell) for index in indices)

    def _ambiguous(self, places: list[int]) -> bool:
        return len(places) > 1 and any(utils.is_solution(self.released[place]) for place in places)

    def _claim(self, place: int, indices: list[int], how: str) -> None:
        if not utils.is_solution(self.released[place]):
            indices = indices[:1]
        earlier = self.versions[place].indices if place in self.versions else []
        self.versions[place] = Versions(sorted([*earlier, *indices]), how)
        self._free.difference_update(indices)

    def _home(self, index: int) -> int | None:
        """The place that a cell's own id names."""
        cell = self.submitted[index]
        return self._homes.get(cell.get("id"), self._homes.get(cell.metadata.get("id")))

    def _between_neighbours(self, place: int) -> list[int]:
        known = (self.versions[p] for p in range(place - 1, -1, -1) if p in self.versions)
        before = next((versions.indices[-1] for versions in known), -1)
        taken = (index for versions in self.versions.values() for index in versions.indices if index > before)
        after = min(taken, default=len(self.submitted))
        return [index for index in range(before + 1, after) if index in self._free]

    def _likeness(self, place: int, index: int) -> float:
        """Between 0 and 1 by the words in common (Dice's coefficient), one more for the same heading or names."""
        self._comparisons += 1
        if self._comparisons > _MAX_COMPARISONS:
            return 0.0
        handed_out, handed_in = self.released[place].source, self.submitted[index].source
        ours, theirs = _words(handed_out), _words(handed_in)
        alike = 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())
        return alike + (_title(handed_out) is not None and _title(handed_out) == _title(handed_in))


def _grade_id(cell: NotebookNode) -> str:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return grade_id if isinstance(grade_id, str) else ""


def _words(source: str) -> Counter[str]:
    return Counter(_WORD.findall(source[:_COMPARED]))


def _title(source: str) -> str | frozenset[str] | None:
    """What a cell is about: its heading, or the names that it binds."""
    first = source.lstrip()[:200].split("\n")[0]
    return first.strip() if re.match(r"#+ ", first) else bound_names(source) or None


def is_empty(cell: NotebookNode, stub: NotebookNode) -> bool:
    """Whether a handed-in cell holds no answer: nothing, only comments, too much, or just what was handed out."""
    source = cell.source
    if len(source) > MAX_SOURCE or not source.strip() or normal(source) == normal(stub.source):
        return True
    return stub.cell_type == "code" and all(line.strip().startswith("#") for line in source.split("\n") if line.strip())


def normal(source: str) -> str:
    """The text without what front ends change by themselves: line ends, and white space before them."""
    return "\n".join(line.rstrip() for line in source.splitlines()).strip("\n")


def bound_names(source: str) -> frozenset[str]:
    """The functions and classes that code defines at its top level, or else the names that it assigns to there."""
    source = source[:MAX_SOURCE]
    return frozenset(_DEFINED.findall(source)) or frozenset(_ASSIGNED.findall(source))


def all_names(source: str) -> frozenset[str]:
    """Everything that code defines or assigns to at its top level, in a line of its own."""
    source = source[:MAX_SOURCE]
    return frozenset(_DEFINED.findall(source)) | frozenset(_ASSIGNED.findall(source))
