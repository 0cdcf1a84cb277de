"""What a teacher should know about a graded notebook that its score alone does not tell."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader import utils

_CELL_FILE = re.compile(r"\(\S+, (line \d+)\)$")


def attention_of(submitted: NotebookNode, autograded: NotebookNode) -> list[str]:
    """Sentences about one notebook as it was handed in and as it was executed; none if all is as it should be."""
    edited = [_name(cell) for cell in submitted.cells if utils.is_locked(cell) and _edited(cell)]
    unending = [_name(cell) for cell in autograded.cells if "CellTimeoutError" in _errors(cell)]
    warned = [_name(cell) for cell in autograded.cells if utils.is_grade(cell) and _only_warned(cell)]
    found = [f"edited, and put right for grading: {_listed(edited)}"] if edited else []
    found += [f"did not come to an end: {_listed(unending)}"] if unending else []
    found += [f"a warning cost all points of {_listed(warned)}, as nbgrader takes stderr for failure"] if warned else []
    found += [_said(cell) for cell in autograded.cells if utils.is_solution(cell) and _broken(cell)]
    # Cells of the course's own break when answers do, and after one another: alone, the first of them says it all.
    return found or [_said(cell) for cell in autograded.cells if _is_given(cell) and _broken(cell)][:1]


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
