"""Grafts a student's answers into the instructor's notebook, which keeps everything that is graded."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader import utils

from autograder.intake.cell_changes import name_of, remarks_on
from autograder.intake.cell_match import MAX_SOURCE, all_names, bound_names, is_empty, is_fixed, match, normal
from autograder.intake.notebook_file import VALID_ID, tidy

MAX_CELLS = 2_000
"""Cells of a grafted notebook; further extra cells of the student's are left out."""

_ATTACHMENT = re.compile(r"attachment:([^)\s\"'<>]+)")


@dataclass(frozen=True)
class Grafted:
    """A notebook that is safe to grade."""

    notebook: NotebookNode
    """The skeleton's cells in their order, with answers in place and the student's extra cells between; format 4.5,
    without outputs. Only the skeleton's cells carry metadata."""

    students: frozenset[int]
    """Indices of the cells whose text is the student's."""

    remarks: tuple[str, ...]
    """What was found elsewhere than expected, restored or left out, in sentences for a teacher."""


def graft(skeleton: NotebookNode, released: NotebookNode, submitted: NotebookNode) -> Grafted:
    """Put the answers in `submitted` into a copy of `skeleton`.

    Every cell that carries points, is locked or describes a task is the skeleton's, whatever was handed in. So are the
    type, metadata and place of answers and of the cells that were handed out without nbgrader's metadata; of these,
    the student's text counts.

    Args:
        skeleton: the notebook that students got, with the hidden tests in.
        released: the notebook that students got.
        submitted: what came back; any NotebookNode will do.

    Raises:
        notebook_file.UnreadableError: if `submitted` has no list of cells.
    """
    theirs, _ = tidy(submitted)
    return _Graft(skeleton, _counterparts(skeleton, released), theirs.cells).done()


class _Graft:
    def __init__(self, skeleton: NotebookNode, released: Sequence[NotebookNode], submitted: Sequence[NotebookNode]):
        self.skeleton = skeleton
        self.released = released
        self.submitted = submitted
        self.versions = match(released, submitted)
        self.remarks = remarks_on(released, submitted, self.versions)
        self._placed = {index: place for place, version in self.versions.items() for index in version.indices}
        self._taken: set[int] = set()
        self._room = MAX_CELLS - len(released)

    def done(self) -> Grafted:
        ours = [copy.deepcopy(cell) for cell in self.skeleton.cells]
        above: dict[int, list[NotebookNode]] = {}
        for place, cell in enumerate(ours):
            if utils.is_solution(cell):
                above[place] = self._answer(place, cell)
            elif place in self.versions and not is_fixed(cell):
                self._take_text(place, cell)
        extra = self._extra_cells()
        together = list(extra.get(-1, []))
        for place, cell in enumerate(ours):
            together += [*above.get(place, []), cell, *extra.get(place, [])]
        _give_ids(ours, together)
        metadata = copy.deepcopy(self.skeleton.metadata)
        notebook = NotebookNode(cells=together, metadata=metadata, nbformat=4, nbformat_minor=5)
        untouched = {id(cell) for place, cell in enumerate(ours) if place not in self._taken}
        students = frozenset(index for index, cell in enumerate(together) if id(cell) not in untouched)
        return Grafted(notebook, students, tuple(self.remarks))

    def _answer(self, place: int, cell: NotebookNode) -> list[NotebookNode]:
        """Put the answer into `cell`; returns the student's other versions of it, which go above."""
        name, stub = name_of(cell, place), self.released[place]
        if place not in self.versions:
            self._stand_aside(place, cell)
            return []
        versions = [self.submitted[index] for index in self.versions[place].indices]
        if any(len(version.source) > MAX_SOURCE for version in versions):
            self.remarks.append(f"{name}: an answer of more than {MAX_SOURCE:,} characters counts as empty.")
        filled = [version for version in versions if not is_empty(version, stub)]
        chosen = (filled or versions)[-1]
        if len(versions) > 1:
            said = f"{name}: {len(versions)} cells claim to be this answer; the last one that is not empty counts"
            self.remarks.append(f"{said}, the others that are not empty stand above it." if filled[1:] else f"{said}.")
        if len(chosen.source) <= MAX_SOURCE:
            _set_text(cell, chosen)
            self._taken.add(place)
        # The parts of a cell that was split are such versions too, so what comes before the last part still runs.
        others = filled[max(0, len(filled) - 1 - self._room) : -1]
        self._room -= len(others)
        return [_stripped(version, cell.cell_type) for version in others]

    def _stand_aside(self, place: int, cell: NotebookNode) -> None:
        """Empty the stub of a deleted answer where it would undo what another of the student's cells defines."""
        wanted = bound_names(cell.source) if cell.cell_type == "code" else frozenset()
        if wanted and wanted <= self._defined():
            cell.source = ""
            self.remarks.append(f"{name_of(cell, place)}: another cell defines what belongs in the missing one.")

    def _defined(self) -> frozenset[str]:
        """The names that the student's own code defines."""
        own = (cell for index, cell in enumerate(self.submitted) if self._is_own(index) and cell.cell_type == "code")
        return frozenset().union(*(all_names(cell.source) for cell in own))

    def _is_own(self, index: int) -> bool:
        return index not in self._placed or utils.is_solution(self.skeleton.cells[self._placed[index]])

    def _take_text(self, place: int, cell: NotebookNode) -> None:
        """Take the student's text: honest students change parameters in cells that were handed out. One that was turned
        into another type of cell is put back as it was."""
        theirs = self.submitted[self.versions[place].indices[0]]
        changed = normal(theirs.source) != normal(self.released[place].source)
        if changed and theirs.cell_type == cell.cell_type and len(theirs.source) <= MAX_SOURCE:
            _set_text(cell, theirs)
            self._taken.add(place)

    def _extra_cells(self) -> dict[int, list[NotebookNode]]:
        """The student's own cells by the place that they follow, -1 for those before all recognised ones."""
        extra: dict[int, list[NotebookNode]] = {}
        place, too_many, too_long = -1, 0, 0
        for index, cell in enumerate(self.submitted):
            if index in self._placed:
                place = self._placed[index]
            elif len(cell.source) > MAX_SOURCE:
                too_long += 1
            elif self._room <= 0:
                too_many += 1
            else:
                extra.setdefault(place, []).append(_stripped(cell, cell.cell_type))
                self._room -= 1
        if too_many:
            self.remarks.append(f"{too_many:,} extra cells were left out: a notebook may have {MAX_CELLS:,} cells.")
        if too_long:
            self.remarks.append(f"{too_long:,} extra cells were left out: longer than {MAX_SOURCE:,} characters.")
        return extra


def _counterparts(skeleton: NotebookNode, released: NotebookNode) -> list[NotebookNode]:
    """For each of the skeleton's cells the one that students got, or itself where there is none."""
    by_id: dict[tuple[str, str], NotebookNode] = {}
    for cell in reversed(released.cells):
        by_id.update(dict.fromkeys(_keys(cell), cell))
    same_length = len(released.cells) == len(skeleton.cells)
    found = []
    for place, cell in enumerate(skeleton.cells):
        default = released.cells[place] if same_length else cell
        found.append(next((by_id[key] for key in _keys(cell) if key in by_id), default))
    return found


def _keys(cell: NotebookNode) -> list[tuple[str, str]]:
    keys = [("grade id", cell.metadata.get("nbgrader", {}).get("grade_id")), ("cell id", cell.get("id"))]
    return [key for key in keys if key[1]]


def _set_text(cell: NotebookNode, theirs: NotebookNode) -> None:
    cell.source = theirs.source
    if cell.cell_type == "markdown":
        pictures = {**cell.get("attachments", {}), **theirs.get("attachments", {})}
        cell.source = _without_missing_pictures(cell.source, pictures)
        if pictures:
            cell["attachments"] = NotebookNode(pictures)


def _stripped(theirs: NotebookNode, kind: str) -> NotebookNode:
    """A cell of the student's with nothing but its text, its pictures and its id: tags and nbgrader's settings act."""
    cell = NotebookNode(cell_type=kind, metadata=NotebookNode(), source="", id=theirs.get("id"))
    _set_text(cell, theirs)
    return cell


def _without_missing_pictures(source: str, pictures: Mapping[str, object]) -> str:
    """nbconvert gives up on a whole notebook over one reference to an attachment that is not there."""
    return _ATTACHMENT.sub(lambda found: found[0] if found[1] in pictures else f"missing-{found[0]}", source)


def _give_ids(ours: Sequence[NotebookNode], together: Sequence[NotebookNode]) -> None:
    """Make ids valid and unique, the skeleton's first, and code cells complete."""
    used: set[str] = set()
    mine = {id(cell) for cell in ours}
    theirs = [cell for cell in together if id(cell) not in mine]
    for prefix, cells in (("cell", ours), ("extra", theirs)):
        for number, cell in enumerate(cells):
            wanted = cell.get("id")
            if not isinstance(wanted, str) or not VALID_ID.fullmatch(wanted) or wanted in used:
                wanted = f"{prefix}-{number}"
                while wanted in used:
                    wanted += "-again"
            used.add(wanted)
            cell["id"] = wanted
    for cell in together:
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
