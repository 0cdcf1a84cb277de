"""What a teacher should know about a graded notebook that its score alone does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from nbformat import NotebookNode
from nbgrader import utils

_CELL_FILE = re.compile(r"\(\S+, (line \d+)\)$")


class Urgency(IntEnum):
    """How soon a teacher should look, the soonest first."""

    NO_RESULT = 1
    """Nothing could be graded."""

    DOUBTFUL = 2
    """There are points, and they may be wrong."""

    UNUSUAL = 3
    """The points are as they should be; something else was not."""


@dataclass(frozen=True)
class Concern:
    """One thing to know about one submission."""

    urgency: Urgency

    text: str
    """In words for a teacher; may quote what a student's code said."""


def attention_of(autograded: NotebookNode) -> list[str]:
    """Sentences about one notebook as it was executed; none if all is as it should be."""
    return [concern.text for concern in concerns_of(autograded)]


def concerns_of(autograded: NotebookNode, submitted: NotebookNode | None = None) -> list[Concern]:
    """What the outputs of one notebook tell.

    Args:
        autograded: the notebook as it was executed.
        submitted: the notebook as it was handed in, where nbgrader's own autograder graded it; ours puts edited cells
            right before anything else and takes no warning for a failure.
    """
    found = _stock_concerns(submitted, autograded) if submitted is not None else []
    unending = [_name(cell) for cell in autograded.cells if "CellTimeoutError" in _errors(cell)]
    if unending:
        found.insert(0, Concern(Urgency.UNUSUAL, f"did not come to an end: {_listed(unending)}"))
    broken = [cell for cell in autograded.cells if _broken(cell)]
    found += [Concern(Urgency.UNUSUAL, _said(cell)) for cell in broken if utils.is_solution(cell)]
    # Cells of the course's own break when answers do, and after one another: alone, the first of them says it all.
    return found or [Concern(Urgency.UNUSUAL, _said(cell)) for cell in broken if _is_given(cell)][:1]


def _stock_concerns(submitted: NotebookNode, autograded: NotebookNode) -> list[Concern]:
    edited = [_name(cell) for cell in submitted.cells if _is_marked(cell) and utils.is_locked(cell) and _edited(cell)]
    warned = [_name(cell) for cell in autograded.cells if utils.is_grade(cell) and _only_warned(cell)]
    found = []
    if edited:
        found.append(Concern(Urgency.UNUSUAL, f"edited, and put right for grading: {_listed(edited)}"))
    if warned:
        text = f"a warning cost all points of {_listed(warned)}, as nbgrader takes stderr for failure"
        found.append(Concern(Urgency.DOUBTFUL, text))
    return found


def _is_marked(cell: NotebookNode) -> bool:
    """Whether the cell has metadata of nbgrader's in the form that it has when it is handed out."""
    marks = cell.metadata.get("nbgrader")
    if not isinstance(marks, dict) or not isinstance(marks.get("grade_id"), str):
        return False
    return not marks.get("grade") or isinstance(marks.get("points"), (int, float))


def _edited(cell: NotebookNode) -> bool:
    """Whether the cell no longer has the checksum that it was handed out with."""
    return cell.metadata.nbgrader.get("checksum") != utils.compute_checksum(cell)


def _errors(cell: NotebookNode) -> dict[str, str]:
    """Messages of the errors in the cell's output, by the error's name."""
    return {output.ename: output.evalue for output in cell.get("outputs", []) if output.output_type == "error"}


def _only_warned(cell: NotebookNode) -> bool:
    return not _errors(cell) and any(output.get("name") == "stderr" for output in cell.get("outputs", []))


def _broken(cell: NotebookNode) -> bool:
    errors = set(_errors(cell))
    return "CellTimeoutError" not in errors and bool(errors - {"NotImplementedError"})


def _is_given(cell: NotebookNode) -> bool:
    """Whether the cell is neither graded nor an answer, and not expected to fail while answers are missing."""
    answers = utils.is_solution(cell) or utils.is_grade(cell)
    return not answers and "raises-exception" not in cell.metadata.get("tags", [])


def _said(cell: NotebookNode) -> str:
    name, message = next(iter(_errors(cell).items()))
    line = _CELL_FILE.sub(r"(\1)", message.strip().split("\n")[0])
    return f"{_name(cell)} raises {name}: {line[:120]}"


def _name(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "a cell without id")


def _listed(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names))
